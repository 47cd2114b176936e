"""Priors are flat unless told otherwise, and say which shape they want."""

import numpy as np
import pytest

from impl.dice.model import Priors
from impl.errors import InputError


def test_priors_of_dice_are_flat_by_default() -> None:
    """Every concentration is 1, for as many rolled dice as there are sums of the hidden ones."""
    priors = Priors.symmetric((2, 3, 5))
    shapes = [
        part.shape
        for part in (
            priors.first_concentration,
            priors.second_concentration,
            priors.roll_concentration,
        )
    ]
    assert shapes == [(2,), (3,), (4, 5)]
    assert np.all(priors.first_concentration == 1)
    assert np.all(priors.second_concentration == 1)
    assert np.all(priors.roll_concentration == 1)


@pytest.mark.parametrize(
    ("name", "shape", "wanted"),
    [
        ("first_concentration", (1, 2), r"\(faces,\)"),
        ("second_concentration", (3, 1), r"\(faces,\)"),
        ("roll_concentration", (4,), r"\(dice, faces\)"),
    ],
)
def test_a_concentration_of_another_shape_is_refused_with_the_one_wanted(
    name: str, shape: tuple[int, ...], wanted: str
) -> None:
    """A hidden die's is a vector, the rolled dice's a matrix."""
    given = {
        "first_concentration": np.ones(2),
        "second_concentration": np.ones(3),
        "roll_concentration": np.ones((4, 5)),
        name: np.ones(shape),
    }
    with pytest.raises(InputError, match=f"{name}.*shape {wanted}"):
        Priors(**given)

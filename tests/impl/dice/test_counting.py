"""Rolls counted in memory, and priors checked: the counts are right, what is neither is refused."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from harness.dice_comparisons import assert_counts
from oracles.dice_problems import draw_problem, padded

from impl.dice import data
from impl.dice.data import MISSING, count
from impl.dice.model import Priors
from impl.errors import InputError


@pytest.mark.parametrize("sizes", [(2, 3, 4, 61, 3), (2, 2, 70, 9, 5)], ids=str)
@pytest.mark.parametrize("at_once", [1 << 20, 7])
def test_counts_of_an_array_equal_a_loop_whatever_the_chunks(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch, sizes: tuple[int, ...], at_once: int
) -> None:
    """Distinct rows, weights and index come out right, with few faces and with seventy."""
    monkeypatch.setattr(data, "_ROLLS_AT_ONCE", at_once)
    rolls = draw_problem(rng, sizes).rolls
    assert_counts(count(padded(rolls), sizes[2]), rolls, sizes[2])


@pytest.mark.parametrize(
    ("rolls", "message"),
    [
        ([[0, 1], [2, 3]], "rolls: row 2, column 2: wanted a face from 0 to 2, or -1"),
        ([[0, -2]], "rolls: row 1, column 2: wanted a face from 0 to 2, or -1"),
        ([0, 1], r"rolls: wanted integers of shape \(points, rolls\)"),
        ([[0.5]], r"rolls: wanted integers of shape \(points, rolls\)"),
        (np.empty((0, 3), dtype=int), r"rolls: wanted integers of shape \(points, rolls\)"),
    ],
)
def test_bad_arrays_of_rolls_are_refused(rolls: npt.ArrayLike, message: str) -> None:
    """Rolls handed over in memory are checked as files are."""
    with pytest.raises(InputError, match=message):
        count(rolls, 3)


def test_a_point_of_missing_rolls_alone_counts_nothing() -> None:
    """A row of missing rolls is a point with no rolls, not an error."""
    counts = count([[MISSING, MISSING], [1, MISSING]], 3)
    assert counts.by_point.tolist() == [[0, 0, 0], [0, 1, 0]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"first": [1.0, 0.0]}, r"first_concentration: .* above 0, .*, got 0.0 at index \[1\]"),
        ({"second": -2.0}, r"second_concentration: .* above 0, .*, got -2.0 at index \[0\]"),
        (
            {"roll": [1, np.nan, 1, 1]},
            r"roll_concentration: .* above 0, .*, got nan at index \[0, 1\]",
        ),
        ({"first": np.inf}, r"first_concentration: .* finite .* got inf at index \[0\]"),
        ({"first": [1, 2, 3]}, r"first_concentration: .* shape \(2,\), got shape \(3,\)"),
        ({"roll": np.ones((5, 4))}, r"roll_concentration: .* \(4, 4\), got shape \(5, 4\)"),
    ],
)
def test_bad_concentrations_are_refused_by_name_and_index(
    change: dict[str, Any], message: str
) -> None:
    """A prior that is none is an error naming the parameter, the index and the value."""
    with pytest.raises(InputError, match=message):
        Priors.symmetric((2, 3, 4), **change)


def test_priors_of_shapes_that_disagree_are_refused() -> None:
    """The rolled dice must be one for each sum of the hidden faces."""
    with pytest.raises(InputError, match="wanted 4 rows, one for each sum of 2 and 3 faces, got 5"):
        Priors(np.ones(2), np.ones(3), np.ones((5, 4)))
    with pytest.raises(InputError, match="faces, entry 2: wanted at least 1, got 0"):
        Priors.symmetric((2, 0, 4))


def test_priors_keep_what_they_checked() -> None:
    """Changing the caller's array afterwards changes no prior, and a prior cannot be written."""
    mine = np.array([1.0, 2.0])
    priors = Priors(mine, np.ones(3), np.ones((4, 5)))
    mine[0] = -1
    assert priors.first_concentration.tolist() == [1.0, 2.0]
    with pytest.raises(ValueError, match="read-only"):
        priors.first_concentration[0] = 3

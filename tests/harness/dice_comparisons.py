"""Comparisons of whole posteriors and of counts, for the tests of the dice problem."""

from collections import Counter

import numpy as np
from oracles import dice

from impl.dice.data import Counts
from impl.dice.model import Posterior

FIELDS = (
    "first_concentration",
    "second_concentration",
    "roll_concentration",
    "first_responsibilities",
    "second_responsibilities",
)


def assert_same_bits(one: Posterior, other: Posterior) -> None:
    """All factors of two posteriors are equal, bit for bit."""
    for name in FIELDS:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


def assert_close(one: Posterior, other: Posterior, rtol: float = 1e-9) -> None:
    """All factors of two posteriors agree, up to the rounding errors of some hundred sweeps."""
    for name in FIELDS:
        np.testing.assert_allclose(
            getattr(one, name), getattr(other, name), rtol=rtol, atol=1e-12, err_msg=name
        )


def assert_counts(counts: Counts, rolls: list[list[int]], faces: int) -> None:
    """Rows are distinct and ordered, and give the same counts for every point as the loop."""
    literal = dice.literal_counts(rolls, faces)
    tally = Counter(literal)
    assert [tuple(row) for row in counts.rows] == sorted(tally)
    assert counts.weights.tolist() == [tally[row] for row in sorted(tally)]
    assert [tuple(row) for row in counts.by_point] == literal
    assert counts.points == len(rolls)
    assert counts.rolls == sum(len(one_point) for one_point in rolls)

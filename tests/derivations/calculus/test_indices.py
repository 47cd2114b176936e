"""Indices and ranges: an access is in range because it is proved so, or it is refused."""

from __future__ import annotations

import itertools

import pytest
from harness.historical import case
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Integer, Max, Rational, Symbol

from derivations.calculus.expressions import Array
from derivations.calculus.indices import (
    Index,
    IndexOutOfRangeError,
    is_never_negative,
    least_value,
    size,
)

D1, D2, N = size("D1"), size("D2"), size("N")
i, l, n = Index("i", 1, D1), Index("l", 1, D2), Index("n", 1, N)  # noqa: E741 - two dice
rho = Array("rho", (D1 + D2 - 1,))
z1, z2 = Array("z1", (N,), states=D1), Array("z2", (N,), states=D2)


def test_the_index_of_a_sum_of_two_faces_is_in_range() -> None:
    """The die i + l - 1 exists for every pair of faces, and so does the one of two variables."""
    assert rho[i + l - 1].subscripts == (i + l - 1,)
    assert rho[z1[n] + z2[n] - 1].array == rho


@pytest.mark.parametrize(
    ("subscript", "said"),
    [
        case("sum-index-off-by-one, up", i + l, "as large as D1 + D2", kind="proof"),
        case("sum-index-off-by-one, down", i + l - 2, "as small as 0", kind="proof"),
        (2 * i - 1, "at most"),
        (i * l, "no least value"),
        (z1[n] + z2[n], "as large as D1 + D2"),
        (N, "at most"),
        (Integer(0), "as small as 0"),
        ((i + 1) / 2, "integer"),
        (Array("x", (D1,))[i], "integer"),
        (Max(i, 1), "no least value"),
    ],
    ids=str,
)
def test_a_subscript_not_proved_in_range_is_refused(subscript: object, said: str) -> None:
    """Off by one, too steep, not affine, not an integer: each is refused, saying which end."""
    with pytest.raises(IndexOutOfRangeError, match="rho, axis 1") as refusal:
        rho[subscript]
    assert said in str(refusal.value)


def test_wrong_number_of_subscripts_is_refused() -> None:
    """Two subscripts for one axis are an error that says both numbers."""
    with pytest.raises(ValueError, match="wanted 1 subscripts, got 2"):
        rho[i, l]


@pytest.mark.parametrize(
    ("lower", "upper"),
    [(3, N), (1, i), (1, N - 2), (N, D1), (1, N / 2), (1, Symbol("m"))],
    ids=str,
)
def test_a_range_that_may_be_shorter_than_empty_or_is_no_size_is_refused(
    lower: object, upper: object
) -> None:
    """A sum from 3 to N has no term at N = 1, while N - 2 would be -1: such ranges are refused."""
    with pytest.raises(ValueError, match="index range"):
        Index("r", lower, upper)


def test_equal_ranges_written_otherwise_are_one_index() -> None:
    """Bounds are kept expanded, so that no rule can tell two ways of writing a range apart."""
    assert Index("k", 1, N * (D1 + D2)) == Index("k", 1, N * D1 + N * D2)
    assert Array("a", (N * (D1 + D2),)) == Array("a", (N * D2 + N * D1,))


coefficients = st.integers(-3, 3)


@settings(deadline=None, derandomize=True, database=None, max_examples=60)
@given(coefficients, coefficients, coefficients, coefficients, st.integers(-4, 4))
def test_never_negative_is_exact_for_affine_expressions(
    a: int, b: int, c: int, d: int, e: int
) -> None:
    """The decision equals a search over all small sizes and index values."""
    expression = a * i + b * l + c * D1 + d * D2 + e
    found = [
        a * x + b * y + c * s + d * t + e
        for s, t in itertools.product((1, 2, 40), repeat=2)
        for x, y in itertools.product((1, s), (1, t))
    ]
    assert is_never_negative(expression) == (min(found) >= 0)


def test_products_of_sizes_are_decided_on_the_safe_side() -> None:
    """N D1 - 1 is never negative; N D1 - 2 is at N = D1 = 1; what is not affine is not proved."""
    assert is_never_negative(N * D1 - 1)
    assert not is_never_negative(N * D1 - 2)
    assert not is_never_negative(i * l - 1)
    assert not is_never_negative(i - i * i + N**2)
    assert not is_never_negative(Symbol("x", real=True) ** 2)
    assert not is_never_negative(Array("c", ())[()])
    assert least_value(i * l) is None


def test_a_state_is_between_one_and_its_number_of_states() -> None:
    """An integer variable counts as an index over its states, its own subscripts apart."""
    assert least_value(z1[n] - 1) == 0
    assert least_value(D1 - z1[n]) == 0
    assert is_never_negative(2 * z1[n] - Rational(3, 2))
    assert not is_never_negative(z1[n] - 2)

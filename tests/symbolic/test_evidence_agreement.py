"""Agreement of floats, and comparisons at points: relative, never vacuous, never past a NaN."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from sympy import Integer

from derivations.calculus.steps import Check, Verdict
from derivations.evidence.agreement import SMALLEST, TOLERANCE, Case, agreement
from derivations.evidence.checking import unsound
from derivations.evidence.equality import at_most, enclosure

ESTABLISHED, REFUTED, UNKNOWN = Verdict.ESTABLISHED, Verdict.REFUTED, Verdict.UNKNOWN


def cases_of(*pairs: tuple[float, float]) -> Callable[[np.random.Generator], Iterator]:
    """Cases to compare, whatever the generator."""
    return lambda _: iter([Case(got, wanted, "here") for got, wanted in pairs])


NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("case", "verdict"),
    [
        ((1e-20, 1e-20 * (1 + TOLERANCE / 2), 1e-20), ESTABLISHED),
        ((1e-20, 1.1e-20, 1e-20), REFUTED),
        ((1e-20, 0.0, 1e-9), ESTABLISHED),
        ((1e-20, 1e-12, 1e-20), REFUTED),
        ((1.0, 1.0 + TOLERANCE / 2, 1e-20), ESTABLISHED),
        ((0.0, 0.0, 0.0), ESTABLISHED),
        ((1e-300, 0.0, 0.0), REFUTED),
        ((0.0, 1.0, NAN), UNKNOWN),
        ((0.0, 1.0, INF), UNKNOWN),
    ],
    ids=str,
)
def test_agreement_is_relative_to_a_size_that_is_known(
    case: tuple[float, float, float], verdict: Verdict, rng: np.random.Generator
) -> None:
    """A mean that is next to nothing of what it is a mean of may be off by so much of that."""
    got, wanted, size = case
    check = agreement("enumeration", "", lambda _: iter([Case(got, wanted, "here", size)]))
    assert check(rng).verdict is verdict


@pytest.mark.parametrize(
    ("pairs", "verdict"),
    [
        ([(1.0, 1.0)], ESTABLISHED),
        ([(1e12, 1e12 * (1 + TOLERANCE / 2))], ESTABLISHED),
        ([(-1e12, -1e12 * (1 + TOLERANCE / 2))], ESTABLISHED),
        ([(1.0, 1.0), (2.0, 1.0)], REFUTED),
        ([(1.0, 1.0 + 3e-10)], REFUTED),
        ([(0.2, 0.2 * (1 + 5 * TOLERANCE))], REFUTED),
        ([(SMALLEST * (1 + 5 * TOLERANCE), SMALLEST)], REFUTED),
        ([(5 * SMALLEST * TOLERANCE, 0.0)], REFUTED),
        ([(1.0, 1.0), (SMALLEST * TOLERANCE / 2, 0.0)], ESTABLISHED),
        ([(SMALLEST * TOLERANCE / 2, 0.0)] * 2, UNKNOWN),
        ([(0.0, 0.0)], UNKNOWN),
        ([(INF, 1.0)], REFUTED),
        ([], UNKNOWN),
        ([(NAN, 1.0)], UNKNOWN),
        ([(1.0, NAN)], UNKNOWN),
        ([(NAN, NAN)], UNKNOWN),
        ([(INF, INF)], UNKNOWN),
        ([(1.0, 1.0), (NAN, NAN)], UNKNOWN),
        ([(1.0, INF)], UNKNOWN),
    ],
    ids=str,
)
def test_agreement_needs_every_case_and_no_nan(
    pairs: list[tuple[float, float]], verdict: Verdict, rng: np.random.Generator
) -> None:
    """NaN, infinity on both sides, nothing at all and nothing but zeros establish nothing."""
    assert agreement("enumeration", "", cases_of(*pairs))(rng).verdict is verdict


@pytest.mark.parametrize(
    ("pair", "verdict"),
    [
        ((3e-30, 3e-30 * (1 + TOLERANCE / 2)), ESTABLISHED),
        ((3e-30, 3.1e-30), REFUTED),
        ((1e-300, 0.0), REFUTED),
        ((0.0, 0.0), ESTABLISHED),
        ((NAN, 0.0), UNKNOWN),
        ((0.0, NAN), UNKNOWN),
    ],
    ids=str,
)
def test_agreement_of_products_is_relative_however_small_they_are(
    pair: tuple[float, float], verdict: Verdict, rng: np.random.Generator
) -> None:
    """With no smallest magnitude a tiny wrong value is as wrong as a large one."""
    check = agreement("enumeration", "", cases_of(pair), smallest=0.0)
    assert check(rng).verdict is verdict


def test_agreement_of_numpy_numbers_is_established_with_figures_of_python(
    rng: np.random.Generator,
) -> None:
    """A record takes Python's numbers alone: NumPy's cases must not turn a finding unknown."""
    pairs = [(np.float64(1), np.float64(1)), (np.float64(SMALLEST / 2),) * 2]
    found = agreement("enumeration", "", cases_of(*pairs))(rng)
    assert not unsound(found)
    assert found.figures["cases_below_0.001"] == 1


@pytest.mark.parametrize(
    ("errors", "worst"), [((0.0, 0.0), 0.0), ((2.0**-34, 0.0), 5.8e-11), ((0.0, 2.0**-36), 1.5e-11)]
)
def test_agreement_says_how_large_the_worst_error_was(
    errors: tuple[float, float], worst: float, rng: np.random.Generator
) -> None:
    """Relative, of the case in which it is largest, to two digits."""
    check = agreement("enumeration", "", cases_of(*((2 + 2 * error, 2.0) for error in errors)))
    assert check(rng).figures["worst_error"] == worst


def test_agreement_says_how_many_cases_were_near_zero(rng: np.random.Generator) -> None:
    """Errors that were not relative to the value itself are in the figures."""
    many = agreement("enumeration", "", cases_of((1.0, 1.0), (SMALLEST / 2, SMALLEST / 2)))
    assert many(rng).figures["cases_below_0.001"] == 1
    assert "cases_below_0.001" not in agreement("enumeration", "", cases_of((1, 1)))(rng).figures


@pytest.mark.parametrize("points", [0, -1])
@pytest.mark.parametrize("compare", [enclosure, at_most])
def test_comparison_at_no_points_is_refused(compare: Callable[..., Check], points: int) -> None:
    """A check that tries nothing would establish anything."""
    with pytest.raises(ValueError, match=f"wants at least one; got {points}"):
        compare("", Integer(0), Integer(1), points=points)

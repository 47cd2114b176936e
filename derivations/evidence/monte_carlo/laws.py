"""Tests of distributions: against a CDF, against another sampler, along random directions.

Write ``D`` for the largest distance between an empirical distribution function and the claimed
one, and ``Delta`` for that between the true and the claimed one. A claim is

- *refuted* if ``D > r_alpha``. If it is true, Massart's form of the Dvoretzky-Kiefer-Wolfowitz
  inequality [massart1990] makes that at most as probable as ``alpha``:
  ``P(D > r) <= 2 exp(-2 n r^2)``, so ``r_alpha = sqrt(log(2/alpha) / 2n)``;
- *established* if ``D <= r_alpha`` and ``D < detects - r_miss``. If ``Delta >= detects``, there is
  a point (or a limit of points) where the two functions differ by that much; the empirical one
  is there a mean of n indicators, and falls short by more than r with probability at most
  ``exp(-2 n r^2)``, so ``r_miss = sqrt(log(1/miss) / 2n)``;
- *unknown* otherwise, which does not occur once ``r_alpha + r_miss < detects``: that is n.

For two samplers with n draws each, ``P(D > r) <= 2 exp(-n r^2)`` for n >= 458
[wei2012, abstract]; at one point the difference of the two means falls short by more than r with
probability at most ``exp(-n r^2)``, by Hoeffding over 2n terms. A distribution with atoms only
makes ``D`` smaller. Draws must be independent.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from derivations.calculus.steps import Verdict
from derivations.evidence.monte_carlo.budget import STANDARD, Plan
from derivations.evidence.monte_carlo.sampling import (
    Floats,
    Outcome,
    SampledCheck,
    Sampler,
    UnfitDrawsError,
    collect,
    real_numbers,
    refuse_coupled,
)

Cdf = Callable[[Floats], Floats]
ROUNDING = 1e-10
"""By how much a CDF in float64 may decrease between neighbouring draws."""
FEWEST_OF_TWO = 458
"""The least number of draws for which the two-sample inequality has Massart's constant 2."""


def radius(level: float, draws: float) -> float:
    """Return r with ``exp(-2 draws r^2) = level``."""
    return math.sqrt(math.log(1 / level) / (2 * draws))


def draws_for_law(detects: float, plan: Plan = STANDARD, *, laws: int = 1) -> int:
    """Return the number of draws that detect a distance of ``detects`` in each of several tests."""
    if not 0 < detects <= 1:
        msg = f"wanted a distance of distributions to detect in (0, 1]; got {detects!r}"
        raise ValueError(msg)
    whole = radius(plan.alpha / (2 * laws), 1) + radius(plan.miss, 1)
    return math.floor((whole / detects) ** 2) + 1


def draws_for_two_laws(detects: float, plan: Plan = STANDARD, *, laws: int = 1) -> int:
    """Return the number of draws from each of two samplers that detect a distance."""
    return max(FEWEST_OF_TWO, 2 * draws_for_law(detects, plan, laws=laws))


def law_equals_cdf(
    claim: str, sampler: Sampler, cdf: Cdf, *, detects: float, plan: Plan = STANDARD
) -> SampledCheck:
    """Claim that draws have a CDF, up to less than ``detects`` everywhere."""
    draws = draws_for_law(detects, plan)

    def judge(rng: np.random.Generator) -> Outcome:
        drawn = collect(sampler, rng, draws, 1)[:, 0]
        return _verdict([distance_to_cdf(drawn, cdf)], draws, draws, detects, plan)

    return SampledCheck(claim, detects, draws, judge, plan)


def laws_equal(
    claim: str, first: Sampler, second: Sampler, *, detects: float, plan: Plan = STANDARD
) -> SampledCheck:
    """Claim that two samplers have the same CDF, up to less than ``detects`` everywhere."""
    draws = draws_for_two_laws(detects, plan)

    def judge(rng: np.random.Generator) -> Outcome:
        one, other = (collect(s, rng, draws, 1)[:, 0] for s in (first, second))
        return _verdict([distance(one, other)], draws, draws / 2, detects, plan)

    return SampledCheck(claim, detects, draws, judge, plan)


def projections_law(
    claim: str,
    sampler: Sampler,
    cdf_along: Callable[[Floats], Cdf],
    *,
    dimension: int,
    detects: float,
    directions: int = 8,
    plan: Plan = STANDARD,
) -> SampledCheck:
    """Claim a distribution in several dimensions by its projections on random directions.

    ``cdf_along(direction)`` is the CDF of ``x @ direction``. An error is detected if the CDF along
    one of the drawn directions is off by ``detects``. Distributions that are determined by their
    moments, and differ, differ along almost every direction, but perhaps by less.
    """
    draws = draws_for_law(detects, plan, laws=directions)

    def judge(rng: np.random.Generator) -> Outcome:
        units = random_directions(rng, directions, dimension)
        drawn = collect(sampler, rng, draws, dimension)
        distances = [distance_to_cdf(drawn @ unit, cdf_along(unit)) for unit in units]
        return _verdict(distances, draws, draws, detects, plan)

    return SampledCheck(claim, detects, draws, judge, plan)


def projections_equal(
    claim: str,
    first: Sampler,
    second: Sampler,
    *,
    dimension: int,
    detects: float,
    directions: int = 8,
    plan: Plan = STANDARD,
) -> SampledCheck:
    """Claim that two samplers agree along random directions, as ``projections_law`` does."""
    draws = draws_for_two_laws(detects, plan, laws=directions)

    def judge(rng: np.random.Generator) -> Outcome:
        units = random_directions(rng, directions, dimension)
        one, other = (collect(s, rng, draws, dimension) for s in (first, second))
        distances = [distance(one @ unit, other @ unit) for unit in units]
        return _verdict(distances, draws, draws / 2, detects, plan)

    return SampledCheck(claim, detects, draws, judge, plan)


def random_directions(rng: np.random.Generator, number: int, dimension: int) -> Floats:
    """Draw unit vectors, uniform on the sphere, shape ``(number, dimension)``."""
    normal = rng.standard_normal((number, dimension))
    return normal / np.linalg.norm(normal, axis=1, keepdims=True)


def distance_to_cdf(drawn: Floats, cdf: Cdf) -> float:
    """Return the largest distance of the empirical CDF from a claimed one.

    The largest distance is at a draw or just below it. The claimed CDF is evaluated on both sides,
    so that it may have atoms at float64 numbers.
    """
    places, counts = np.unique(drawn, return_counts=True)
    steps = np.concatenate([[0.0], np.cumsum(counts) / len(drawn)])
    name = "values of the claimed distribution function"
    at, below = (real_numbers(cdf(x), name) for x in (places, np.nextafter(places, -np.inf)))
    ordered = np.stack([below, at], axis=-1)
    if ordered.shape != (len(places), 2) or not np.all(np.isfinite(ordered)):
        msg = "the claimed distribution function is not a finite number at every draw"
        raise UnfitDrawsError(msg)
    ordered = ordered.ravel()
    refuse_coupled(cdf, places, at, name)
    if ordered[0] < -ROUNDING or ordered[-1] > 1 + ROUNDING:
        msg = "the claimed distribution function has values outside [0, 1]"
        raise UnfitDrawsError(msg)
    if np.any(np.diff(ordered) < -ROUNDING):
        msg = "the claimed distribution function decreases"
        raise UnfitDrawsError(msg)
    return float(max(np.abs(steps[1:] - at).max(), np.abs(steps[:-1] - below).max()))


def distance(first: Floats, second: Floats) -> float:
    """Return the largest distance between two empirical CDFs."""
    first, second = np.sort(first), np.sort(second)
    both = np.concatenate([first, second])
    one = np.searchsorted(first, both, side="right") / len(first)
    other = np.searchsorted(second, both, side="right") / len(second)
    return float(np.abs(one - other).max())


def _verdict(
    distances: list[float], draws: int, effective: float, detects: float, plan: Plan
) -> Outcome:
    """Judge the largest of several distances; each has its share of the false-alarm probability."""
    worst = max(distances)
    largest = radius(plan.alpha / (2 * len(distances)), effective)
    figures: dict[str, float | int | str] = {
        "draws": draws,
        "estimate": worst,
        "bound": largest,
    }
    if worst > largest:
        reason = f"a distance of {worst:.3g}, where chance allows {largest:.3g}"
        return Verdict.REFUTED, figures, reason
    if worst < detects - radius(plan.miss, effective):
        return Verdict.ESTABLISHED, figures, ""
    reason = f"a distance of {worst:.3g} does not rule out {detects:.3g}"
    return Verdict.UNKNOWN, figures, reason

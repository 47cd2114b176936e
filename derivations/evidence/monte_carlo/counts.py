"""Exact binomial bounds, and a check of a probability by them."""

from __future__ import annotations

import math

import numpy as np
from scipy.stats import beta, binom

from derivations.calculus.steps import Verdict
from derivations.evidence.monte_carlo.budget import STANDARD, Plan
from derivations.evidence.monte_carlo.laws import radius
from derivations.evidence.monte_carlo.sampling import Outcome, SampledCheck, Sampler, batches
from derivations.evidence.monte_carlo.targets import effects_of


def at_least(count: int, draws: int, level: float) -> float:
    """Return the lower Clopper-Pearson bound on a probability, with error probability ``level``."""
    return 0.0 if count == 0 else float(beta.ppf(level, count, draws - count + 1))


def at_most(count: int, draws: int, level: float) -> float:
    """Return the upper Clopper-Pearson bound on a probability, with error probability ``level``."""
    return 1.0 if count == draws else float(beta.isf(level, count + 1, draws - count))


def draws_for_probability(value: float, detects: float, plan: Plan = STANDARD) -> int:
    """Return a number of draws after which every count is conclusive.

    The counts that are not refuted are an interval, whose ends must be conclusive. Hoeffding's
    inequality gives a number that suffices, and bisection one that suffices for the exact bounds.
    """
    if not (0 <= value <= 1 and 0 < detects <= 1):
        msg = f"want a probability and an effect in (0, 1]; got {value!r}, {detects!r}"
        raise ValueError(msg)
    whole = radius(plan.alpha / 2, 1) + radius(plan.miss, 1)
    low, high = 1, math.floor((whole / detects) ** 2) + 1
    while low < high:
        middle = (low + high) // 2
        if _conclusive(middle, value, detects, plan):
            high = middle
        else:
            low = middle + 1
    return high


def _conclusive(draws: int, value: float, detects: float, plan: Plan) -> bool:
    most = int(binom.isf(plan.alpha / 2, draws, value))
    least = int(binom.ppf(plan.alpha / 2, draws, value))
    above = at_most(min(most, draws), draws, plan.miss) < value + detects or value + detects > 1
    below = at_least(max(least, 0), draws, plan.miss) > value - detects or value - detects < 0
    return above and below


def probability_equals(
    claim: str,
    events: Sampler,
    value: float,
    *,
    detects: float,
    relative: bool = False,
    plan: Plan = STANDARD,
) -> SampledCheck:
    """Claim the probability of an event, from draws of its indicator (0 or 1); exact.

    It is refuted if it is outside the Clopper-Pearson interval at level ``alpha``, and established
    if both one-sided bounds at level ``miss`` are nearer than ``detects``. The draws may all be
    equal: the bounds are exact for rare events, too. With ``relative``, ``detects`` is a share of
    the probability, which must not be 0.
    """
    if relative:
        (detects,) = effects_of(value, detects, relative=True).tolist()
    draws = draws_for_probability(value, detects, plan)

    def judge(rng: np.random.Generator) -> Outcome:
        count = 0
        for batch in batches(events, rng, draws, 1):
            if not np.all((batch == 0) | (batch == 1)):
                return Verdict.UNKNOWN, {"draws": draws}, "an indicator wants to be 0 or 1"
            count += int(batch.sum())
        low, high = (f(count, draws, plan.alpha / 2) for f in (at_least, at_most))
        figures: dict[str, float | int | str] = {"draws": draws, "estimate": count / draws}
        figures |= {"low": low, "high": high, "bound": "Clopper-Pearson"}
        if not low <= value <= high:
            reason = f"{count} of {draws}, where {value!r} was claimed"
            return Verdict.REFUTED, figures, reason
        near = (
            at_least(count, draws, plan.miss) > value - detects,
            at_most(count, draws, plan.miss) < value + detects,
        )
        if all(near):
            return Verdict.ESTABLISHED, figures, ""
        reason = f"{count} of {draws} does not rule out what must be detected"
        return Verdict.UNKNOWN, figures, reason

    return SampledCheck(claim, detects, draws, judge, plan)

"""Tests of means: against a value or each other; variances and divergences as means."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from derivations.calculus.steps import Verdict
from derivations.evidence.monte_carlo.budget import STANDARD, Plan
from derivations.evidence.monte_carlo.sampling import (
    Floats,
    Outcome,
    SampledCheck,
    Sampler,
    UnfitDrawsError,
    batches,
    real_numbers,
    refuse_constant,
    refuse_coupled,
)
from derivations.evidence.monte_carlo.targets import Bounds, Premise, target_of
from derivations.evidence.monte_carlo.wealth import Bounded, Target, VarianceBounded


def mean_equals(
    claim: str,
    sampler: Sampler,
    value: ArrayLike,
    *,
    detects: ArrayLike,
    relative: bool = False,
    bounds: Bounds | None = None,
    variance_bound: ArrayLike | None = None,
    plan: Plan = STANDARD,
) -> SampledCheck:
    """Claim that draws have a mean, up to less than ``detects``, by ``monte_carlo.wealth``.

    Parameters
    ----------
    sampler
        Independent draws of shape ``(draws,)``, or ``(draws, components)`` for a vector of means.
    value, detects
        The claimed mean and the smallest effect to detect, a number or one for each component.
    relative
        Whether ``detects`` is a share of ``value``: 0.01 then detects an error of one percent. A
        claimed mean of 0 has no shares, and wants an absolute effect.
    bounds, variance_bound
        Exactly one: the least and largest value of a draw, or a bound on its variance.
        Both are premises, and each needs to hold. A draw outside its bounds ends the check as
        unknown, and so do draws that contradict the bound on their variance.

    Raises
    ------
    ValueError
        If an argument is not as described.

    Notes
    -----
    A bound on the variance need not be close: one that is ten times too large costs ten times the
    draws, and one that is too small makes the claim unknown or, if the draws do not show it,
    raises the error probabilities.

    If all draws are equal, the claim is unknown or refuted. For the indicator of a rare event,
    where this is to be expected, use ``probability_equals``, which is exact.
    """
    target = target_of(value, detects, relative=relative)
    return _mean(claim, sampler, target, Premise(bounds, variance_bound), plan)


def _mean(
    claim: str, sampler: Sampler, target: Target, premise: Premise, plan: Plan
) -> SampledCheck:
    """Return the check of a mean under a premise."""
    shape = target.value.shape
    if not np.all(np.isfinite(target.value)):
        reason = f"the claimed mean is {target.value!r}"
        return _undrawn(claim, target, Verdict.UNKNOWN, reason, plan)
    wealth = premise.wealth(target, plan)
    draws = wealth().draws_needed

    def judge(rng: np.random.Generator) -> Outcome:
        return _judge(batches(sampler, rng, draws, shape[0]), wealth(), target, plan)

    return SampledCheck(claim, float(target.detects.min()), draws, judge, plan)


def means_equal(
    claim: str,
    first: Sampler,
    second: Sampler,
    *,
    detects: ArrayLike,
    bounds: Bounds | None = None,
    variance_bound: ArrayLike | None = None,
    plan: Plan = STANDARD,
) -> SampledCheck:
    """Claim that two samplers' draws have the same mean, from independent draws of each.

    ``bounds`` and ``variance_bound`` hold for the draws of either. ``detects`` is in the unit of
    the draws: no value is claimed that it could be a share of.
    """

    def differences(rng: np.random.Generator, draws: int) -> Floats:
        one, other = _real(first, rng, draws), _real(second, rng, draws)
        if one.shape != other.shape:
            msg = f"draws to compare want one shape; got {one.shape} and {other.shape}"
            raise UnfitDrawsError(msg)
        return one - other

    if bounds is not None:
        low, high = (np.asarray(b, dtype=np.float64) for b in bounds)
        bounds = (low - high, high - low)
    if variance_bound is not None:
        variance_bound = 2 * np.asarray(variance_bound, dtype=np.float64)
    target = target_of(np.zeros(np.shape(detects)), detects)
    premise = Premise(bounds, variance_bound, "2 * variance_bound")
    return _mean(claim, differences, target, premise, plan)


def variance_equals(
    claim: str,
    sampler: Sampler,
    value: ArrayLike,
    *,
    detects: ArrayLike,
    relative: bool = False,
    bounds: Bounds | None = None,
    fourth_moment_bound: ArrayLike | None = None,
    plan: Plan = STANDARD,
) -> SampledCheck:
    """Claim that draws have a variance, as the mean of half the squared difference of two draws.

    ``(x - y)^2 / 2`` has that mean whatever the draws' own mean is, and the variance
    ``(mu_4 + variance^2) / 2``, at most ``mu_4``: so ``fourth_moment_bound`` bounds the fourth
    central moment. Each pair counts as one draw. ``relative`` is that of ``mean_equals``.
    """

    def halves(rng: np.random.Generator, draws: int) -> Floats:
        drawn = _real(sampler, rng, 2 * draws)
        return np.asarray((drawn[0::2] - drawn[1::2]) ** 2 / 2)

    if bounds is not None:
        low, high = (np.asarray(b, dtype=np.float64) for b in bounds)
        bounds = (np.zeros_like(low), (high - low) ** 2 / 2)
    target = target_of(value, detects, relative=relative)
    premise = Premise(bounds, fourth_moment_bound, "fourth_moment_bound")
    return _mean(claim, halves, target, premise, plan)


def kl_matches(
    claim: str,
    sampler: Sampler,
    log_ratio: Callable[[Any], Any],
    value: float,
    *,
    detects: float,
    relative: bool = False,
    bounds: Bounds | None = None,
    variance_bound: float | None = None,
    plan: Plan = STANDARD,
) -> SampledCheck:
    """Claim ``KL(q, p) = E_q[log q - log p]`` in nats, from draws of q.

    ``log_ratio`` maps draws to ``log q - log p``; its bounds, or a bound on its variance under q,
    are part of the claim. If the ratio of a draw is not finite, the claim is unknown. A divergence
    below 0 is refuted without a draw. ``relative`` is that of ``mean_equals``.
    """
    target = target_of(value, detects, relative=relative)
    if value < 0:
        reason = f"a divergence is at least 0; claimed {value!r}"
        return _undrawn(claim, target, Verdict.REFUTED, reason, plan)

    def ratios(rng: np.random.Generator, draws: int) -> Floats:
        drawn = sampler(rng, draws)
        found = real_numbers(log_ratio(drawn), "log ratios")
        if getattr(drawn, "shape", ())[:1] == found.shape[:1] == (draws,):  # a row a draw
            refuse_coupled(log_ratio, drawn, found, "log ratios")
        return found

    return _mean(claim, ratios, target, Premise(bounds, variance_bound), plan)


def _real(sampler: Sampler, rng: np.random.Generator, draws: int) -> Floats:
    """Draw ``draws`` finite rows from the generator, for a difference."""
    state = repr(rng.bit_generator.state)
    drawn = real_numbers(sampler(rng, draws), "draws")
    if drawn.shape[:1] != (draws,):
        msg = f"draws want {draws} rows; got shape {drawn.shape}"
        raise UnfitDrawsError(msg)
    if repr(rng.bit_generator.state) == state:
        msg = "the sampler drew nothing from the generator it was given"
        raise UnfitDrawsError(msg)
    if not np.all(np.isfinite(drawn)):
        msg = f"{int((~np.isfinite(drawn)).sum())} of {drawn.size} numbers drawn are not finite"
        raise UnfitDrawsError(msg)
    return drawn


def _undrawn(claim: str, target: Target, verdict: Verdict, reason: str, plan: Plan) -> SampledCheck:
    """Return a check whose verdict needs no draws."""

    def judge(_: np.random.Generator) -> Outcome:
        return verdict, {"draws": 0}, reason

    return SampledCheck(claim, float(target.detects.min()), 0, judge, plan)


def _judge(
    drawn: Iterator[Floats], wealth: Bounded | VarianceBounded, target: Target, plan: Plan
) -> Outcome:
    """Draw batch by batch until the wealth decides, or the draws are spent.

    Once a premise is doubted, the draws that are left can refute the claim, and not establish it.
    """
    shape = target.value.shape
    total, number = np.zeros(shape), 0
    smallest, largest = np.full(shape, np.inf), np.full(shape, -np.inf)
    decided = np.zeros(shape, dtype=bool)
    threshold = math.log(len(decided) / plan.alpha)
    figures: dict[str, float | int | str] = {"bound": wealth.bound}
    doubted = ""
    for batch in drawn:
        if outside := wealth.unfit(batch):
            raise UnfitDrawsError(outside)
        wealth.add(batch)
        number += len(batch)
        total += batch.sum(axis=0)
        smallest = np.minimum(smallest, batch.min(axis=0))
        largest = np.maximum(largest, batch.max(axis=0))
        against, below, above = wealth.logs()
        worst = int(np.argmax(against))
        mean = total / number
        figures |= {"draws": number, "evidence_against": float(f"{against[worst]:.4g}")}
        figures |= {"estimate": float(mean[worst]), "value": float(target.value[worst])}
        refuted = bool(against[worst] >= threshold and wealth.ready)
        if doubt := wealth.doubt(refuted=refuted):
            if doubted:
                break
            doubted, wealth = doubt, wealth.larger()
            continue
        if refuted:
            reason = _against(worst, mean, target, number)
            return Verdict.REFUTED, figures, reason
        # A component that was established remains so: both processes have reached their goal.
        decided |= np.minimum(below, above) >= wealth.goal
        if decided.all() and wealth.ready and not doubted:
            break
    refuse_constant(smallest, largest, number)
    if doubted:
        return Verdict.UNKNOWN, figures, doubted
    if decided.all():
        return Verdict.ESTABLISHED, figures, ""
    return Verdict.UNKNOWN, figures, f"{number} draws do not rule out what must be detected"


def _against(worst: int, mean: Floats, target: Target, number: int) -> str:
    which = f"component {worst}: " if len(mean) > 1 else ""
    said = f"claimed {target.value[worst]:.6g}"
    return f"{which}{number} draws average {mean[worst]:.6g}, {said}"

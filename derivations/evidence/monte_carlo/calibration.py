"""Measured error rates of each kind of check, at levels so high that errors occur.

Every kind is run on input for which its claim is true, and on input that is off by exactly
``detects``. Counted are *false alarms* (a true claim is refuted: at most ``alpha``), *misses* (a
false claim is not refuted: at most ``miss``) and *unknowns* (a true claim is neither established
nor refuted: at most ``alpha``), each with exact bounds on its probability.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from derivations.calculus.steps import Verdict
from derivations.evidence.monte_carlo.budget import Budget, Plan
from derivations.evidence.monte_carlo.counts import at_least, at_most, probability_equals
from derivations.evidence.monte_carlo.gradients import Probe, gradient_unbiased, transport_equation
from derivations.evidence.monte_carlo.laws import (
    law_equals_cdf,
    laws_equal,
    projections_equal,
    projections_law,
)
from derivations.evidence.monte_carlo.means import (
    kl_matches,
    mean_equals,
    means_equal,
    variance_equals,
)
from derivations.evidence.monte_carlo.sampling import Floats, SampledCheck

ALPHA, MISS = 0.1, 0.1
LEVEL = 1e-6
"""The error probability of each bound; a correct rate is hardly ever reported as exceeded."""

Build = Callable[[float, Plan], SampledCheck]
"""Builds a check on input that is off by a given effect: 0, or what the check detects."""


@dataclass(frozen=True)
class Row:
    """One error of one kind of check: the stated rate, the count, and bounds on the true rate."""

    kind: str
    error: str
    draws_needed: int
    promised: float
    counted: int
    runs: int
    lower: float
    upper: float

    @property
    def broken(self) -> bool:
        """Whether the error is certainly more frequent than stated."""
        return self.lower > self.promised

    @property
    def kept(self) -> bool:
        """Whether the error is certainly not more frequent than stated."""
        return self.upper <= self.promised


def _coins(effect: float) -> Callable[[np.random.Generator, int], Floats]:
    return lambda rng, n: (rng.random(n) < 0.5 + effect).astype(np.float64)


def _normal(scale: float = 1.0, shift: float = 0.0) -> Callable[[np.random.Generator, int], Floats]:
    return lambda rng, n: shift + scale * rng.standard_normal(n)


def _uniform(effect: float) -> Callable[[np.random.Generator, int], Floats]:
    """Draw uniformly on each half of [0, 1], the lower with probability 1/2 + effect."""
    return lambda rng, n: (rng.random(n) + (rng.random(n) > 0.5 + effect)) / 2


def _round(scale: float) -> Callable[[np.random.Generator, int], Floats]:
    return lambda rng, n: scale * rng.standard_normal((n, 2))


def _scale(effect: float) -> float:
    """Return the standard deviation of the normal at distance ``effect`` from the standard one."""

    def gap(scale: float) -> float:
        place = math.sqrt(2 * math.log(scale) / (1 - scale**-2))
        return float(ndtr(place) - ndtr(place / scale)) - effect

    return float(brentq(gap, 1 + 1e-9, 1e3, xtol=1e-14)) if effect else 1.0


def _bounded(effect: float, plan: Plan) -> SampledCheck:
    return mean_equals("", _coins(effect), 0.5, detects=0.2, bounds=(0, 1), plan=plan)


def _narrow(effect: float, plan: Plan) -> SampledCheck:
    def beta(rng: np.random.Generator, draws: int) -> Floats:
        return rng.beta(30, 30, draws) + effect

    return mean_equals("", beta, 0.5, detects=0.1, bounds=(-1, 2), plan=plan)


def _tailed(effect: float, plan: Plan) -> SampledCheck:
    def student(rng: np.random.Generator, draws: int) -> Floats:
        return rng.standard_t(3, draws) + effect

    return mean_equals("", student, 0.0, detects=0.25, variance_bound=3, plan=plan)


def _vector(effect: float, plan: Plan) -> SampledCheck:
    """Shift one mean of forty, to test how false alarms are divided among the components."""
    shifts = np.zeros(40)
    shifts[7] = effect

    def coins(rng: np.random.Generator, draws: int) -> Floats:
        return (rng.random((draws, 40)) < 0.5 + shifts).astype(np.float64)

    return mean_equals("", coins, np.full(40, 0.5), detects=0.2, bounds=(0, 1), plan=plan)


def _unbounded_means(effect: float, plan: Plan) -> SampledCheck:
    return means_equal(
        "", _normal(), _normal(shift=effect), detects=0.2, variance_bound=1, plan=plan
    )


def _means(effect: float, plan: Plan) -> SampledCheck:
    return means_equal("", _coins(0), _coins(effect), detects=0.3, bounds=(0, 1), plan=plan)


def _variance(effect: float, plan: Plan) -> SampledCheck:
    sampler = _normal(math.sqrt(1 + effect), shift=3.0)
    fourth = 3 * (1 + 0.4) ** 2
    return variance_equals("", sampler, 1, detects=0.4, fourth_moment_bound=fourth, plan=plan)


def _divergence(effect: float, plan: Plan) -> SampledCheck:
    def log_ratio(x: Floats) -> Floats:
        return x - 0.5

    return kl_matches(
        "", _normal(shift=1.0), log_ratio, 0.5 + effect, detects=0.15, variance_bound=1, plan=plan
    )


def _gradient(effect: float, plan: Plan) -> SampledCheck:
    def estimator(rng: np.random.Generator, draws: int) -> Floats:
        return 2 * (1.5 + rng.standard_normal(draws)) + effect

    return gradient_unbiased("", estimator, 3.0, detects=0.3, variance_bound=4, plan=plan)


def _transport(effect: float, plan: Plan) -> SampledCheck:
    """Move the first mean of a normal distribution; a wrong velocity also moves the second."""

    def path(rng: np.random.Generator, draws: int) -> tuple[Floats, Floats]:
        points = np.array([1.0, 2.0]) + rng.standard_normal((draws, 2))
        return points, np.broadcast_to([1.0, effect], (draws, 2))

    product = Probe("x1 x2", lambda x: x[:, ::-1], 2.0, 1.25)
    return transport_equation("", path, (product,), dimension=2, detects=0.15, plan=plan)


def _law(effect: float, plan: Plan) -> SampledCheck:
    return law_equals_cdf("", _uniform(effect), lambda x: np.clip(x, 0, 1), detects=0.2, plan=plan)


def _two_laws(effect: float, plan: Plan) -> SampledCheck:
    return laws_equal("", _uniform(0), _uniform(effect), detects=0.15, plan=plan)


def _projections(effect: float, plan: Plan) -> SampledCheck:
    return projections_law(
        "",
        _round(_scale(effect)),
        lambda _: ndtr,
        dimension=2,
        detects=0.2,
        directions=3,
        plan=plan,
    )


def _two_projections(effect: float, plan: Plan) -> SampledCheck:
    return projections_equal(
        "",
        _round(1.0),
        _round(_scale(effect)),
        dimension=2,
        detects=0.15,
        directions=3,
        plan=plan,
    )


def _probability(effect: float, plan: Plan) -> SampledCheck:
    def events(rng: np.random.Generator, draws: int) -> Floats:
        return (rng.random(draws) < 0.1 + effect).astype(np.float64)

    return probability_equals("", events, 0.1, detects=0.1, plan=plan)


KINDS: dict[str, Build] = {
    "mean, bounded draws": _bounded,
    "mean, bounds far too wide": _narrow,
    "mean, heavy tails": _tailed,
    "forty means": _vector,
    "two means": _means,
    "two means, unbounded": _unbounded_means,
    "variance": _variance,
    "divergence": _divergence,
    "gradient": _gradient,
    "transport equation": _transport,
    "law": _law,
    "two laws": _two_laws,
    "projections": _projections,
    "projections of two laws": _two_projections,
    "probability": _probability,
}


def calibrate(
    rng: np.random.Generator, runs: int = 1200, kinds: dict[str, Build] | None = None
) -> tuple[Row, ...]:
    """Run every kind of check on true and on false claims, and count its errors."""
    plan = Plan(ALPHA, MISS, budget=Budget(math.inf))
    rows: list[Row] = []
    for name, build in (KINDS if kinds is None else kinds).items():
        right = build(0.0, plan)
        wrong = build(right.detects, plan)
        on_right = [right(rng).verdict for _ in range(runs)]
        on_wrong = [wrong(rng).verdict for _ in range(runs)]
        counts = (
            ("false alarm", ALPHA, sum(v is Verdict.REFUTED for v in on_right)),
            ("miss", MISS, sum(v is not Verdict.REFUTED for v in on_wrong)),
            ("unknown", ALPHA, sum(v is Verdict.UNKNOWN for v in on_right)),
        )
        for error, promised, counted in counts:
            bounds = (f(counted, runs, LEVEL) for f in (at_least, at_most))
            rows.append(Row(name, error, right.draws_needed, promised, counted, runs, *bounds))
    return tuple(rows)


def as_text(rows: Sequence[Row]) -> str:
    """Return the table of a calibration, one line for each error of each kind."""
    lines = [f"{'kind':<26}{'error':<13}{'draws':>6}{'promised':>10}{'counted':>14}  bounds"]
    lines += [
        f"{r.kind:<26}{r.error:<13}{r.draws_needed:>6}{r.promised:>10.3f}"
        f"{f'{r.counted} of {r.runs}':>14}  {r.lower:.4f} to {r.upper:.4f}"
        f"{'  BROKEN' if r.broken else ''}"
        for r in rows
    ]
    return "\n".join(lines)

"""Claims about a mean field tried by brute force: every state, every quadrature node.

What is summed is the literal log joint, node by node; ``evidence.expectation`` says how.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from sympy import Expr

from derivations.calculus.binding import free_indices
from derivations.calculus.evaluate import evaluate
from derivations.calculus.expressions import Array
from derivations.calculus.mean_field import Factor, MeanField
from derivations.calculus.model import Model, Variable
from derivations.calculus.point import Point
from derivations.calculus.steps import Check, Finding, Verdict
from derivations.evidence.agreement import TOLERANCE, Case, agreement
from derivations.evidence.drawing import Sizes, spread, tried
from derivations.evidence.expectation import (
    expected_log_joint,
    expected_statistic,
    literal_entropy,
)
from derivations.evidence.literal import (
    cells,
    densities_of,
    log_joint,
    parameter_values,
)
from derivations.evidence.parts import drawn_in, parts
from derivations.evidence.points import draw_model_point, places
from derivations.evidence.trial import UP_TO_A_CONSTANT, UPPER, about
from derivations.families import BITS, DISCRETE, POSITIVE, SIMPLEX, STATES, UNIT, Vector

POINTS = 2
BOUNDS = 5
CELLS, EVERY_CELL = 2, 100
"""How many cells are tried at each point, where each takes a sum over all states, and else."""
EXPECTED_LOG_JOINT = Array("expected_log_joint", ())[()]
DRAWS = 3
"""How many values of a continuous variable are compared: the first with each of the others."""


@about("expression")
def equals_literal_log_joint(claim: str, model: Model, expression: Expr, sizes: Sizes) -> Check:
    """Claim that an expression is the model's log joint, read literally at random values.

    Once each every discrete variable is in its first state and in its last: where an index that
    they select ends, few drawn values show it.
    """

    def cases(rng: np.random.Generator) -> Iterator[Case]:
        for held in tried((_first_state, _last_state, None, None)):
            point = draw_model_point(model, rng, sizes)
            if held is not None:
                point = _in_states(model, point, held)
            known = replace(point, density=densities_of(model))
            yield Case(evaluate(expression, known), log_joint(model, point), point.place())

    return agreement("enumeration", claim, cases)


def _first_state(_: int) -> int:
    return 1


def _last_state(states: int) -> int:
    return states


def _in_states(model: Model, point: Point, held: Callable[[int], int]) -> Point:
    """Put every discrete variable in one state everywhere."""
    discrete = (v.array for v in model.variables if v.array.states != 0)
    return point.having(
        {a: np.full_like(point.arrays[a], held(point.count(a.states))) for a in discrete}
    )


@about("parameters", "score", bounds={"score": UP_TO_A_CONSTANT})
def update_is_optimal(
    claim: str,
    mean_field: MeanField,
    array: Array,
    parameters: tuple[Vector, ...],
    sizes: Sizes,
    *,
    score: Expr = EXPECTED_LOG_JOINT,
) -> Check:
    """Claim ``log q*(v) = E_{-v}[log p] + const``: both change alike from value to value.

    ``score`` is the right side in the letter of that expectation.
    """
    factor = mean_field.factor(array)

    def cases(rng: np.random.Generator) -> Iterator[Case]:
        for end, part in enumerate(spread(POINTS, rng)):
            with drawn_in(part):
                point = draw_model_point(mean_field.model, rng, sizes, mean_field.factors)
            every = list(cells(factor.variable.plates, point))
            # The first cell or the last, by turns: a range that ends one early shows there.
            order = ((0, len(every) - 1)[end % 2], *rng.permutation(len(every)))
            for number in tuple(dict.fromkeys(int(n) for n in order))[:CELLS]:
                yield from _against_first(
                    mean_field,
                    factor,
                    parameters,
                    score=score,
                    point=point.at(every[number]),
                    rng=rng,
                )

    return agreement("enumeration", claim, cases)


def _against_first(
    mean_field: MeanField,
    factor: Factor,
    parameters: tuple[Vector, ...],
    *,
    score: Expr,
    point: Point,
    rng: np.random.Generator,
) -> Iterator[Case]:
    """Compare changes of ``log q*`` with changes of the expected log joint, from value to value."""
    variable = factor.variable
    place = tuple(point.indices[p] - 1 for p in variable.plates)
    numbers = parameter_values(parameters, point)
    if variable.family.support == STATES:
        yield Case(float(np.sum(numbers[0])), 1.0, f"{point.place()}: sum of probabilities")
    first: tuple[float, float] | None = None
    for value in _values(variable, point, rng):
        held = np.full(point.shape(variable.array), np.nan)
        held[place] = value
        mean = np.array(expected_log_joint(mean_field, point, {variable.array: held}))
        wanted = float(evaluate(score, point.having({EXPECTED_LOG_JOINT.array: mean})))
        density = variable.family.literal_log_density(value, *numbers)
        if first is None:
            first = (density, wanted)
        else:
            yield Case(density - first[0], wanted - first[1], point.place())


def _values(variable: Variable, point: Point, rng: np.random.Generator) -> list[Any]:
    """Return the values of one copy to compare at: every state, or points drawn from its domain."""
    support = variable.family.support
    if support == STATES:
        return list(range(1, point.count(variable.array.states) + 1))
    if support == SIMPLEX:
        width = point.shape(variable.array)[-1]
        return [rng.dirichlet(np.full(width, 2.0)) for _ in range(DRAWS)]
    if support == BITS:
        return [0, 1]
    if support in DISCRETE:
        return list(range(DRAWS))
    values = rng.normal(scale=2.0, size=DRAWS)
    if support == POSITIVE:
        return list(np.exp(values / 2))
    return list(1 / (1 + np.exp(-values)) if support == UNIT else values)


@about("expression")
def equals_expected_log_joint(
    claim: str, mean_field: MeanField, expression: Expr, sizes: Sizes
) -> Check:
    """Claim that a closed form is ``E_q[log p]``, summed over all states."""
    return _equals_expectation(claim, mean_field, expression, sizes, entropies=False)


@about("expression")
def equals_evidence_lower_bound(
    claim: str, mean_field: MeanField, expression: Expr, sizes: Sizes
) -> Check:
    """Claim that a closed form is ``E_q[log p - log q]``, with literal entropies."""
    return _equals_expectation(claim, mean_field, expression, sizes, entropies=True)


def _equals_expectation(
    claim: str, mean_field: MeanField, expression: Expr, sizes: Sizes, *, entropies: bool
) -> Check:
    def cases(rng: np.random.Generator) -> Iterator[Case]:
        for part in spread(POINTS, rng):
            with drawn_in(part):
                point = draw_model_point(mean_field.model, rng, sizes, mean_field.factors)
            wanted = expected_log_joint(mean_field, point, {})
            if entropies:
                wanted += math.fsum(literal_entropy(f, point) for f in mean_field.factors)
            yield Case(evaluate(expression, point), wanted, point.place())

    return agreement("enumeration", claim, cases)


@about("expression")
def equals_expected_statistics(
    claim: str, mean_field: MeanField, form: Expr, expression: Expr, sizes: Sizes
) -> Check:
    """Claim that a closed form is a form in statistics at their expected values.

    The expected statistics are sums over states or come from quadrature; the form is affine in
    each factor's statistics, so nothing else is needed.
    """

    def cases(rng: np.random.Generator) -> Iterator[Case]:
        for part in spread(POINTS, rng):
            with drawn_in(part):
                point = draw_model_point(mean_field.model, rng, sizes, mean_field.factors)
            statistics = {
                s.symbol: expected_statistic(mean_field, s, point) for s in mean_field.statistics
            }
            free = free_indices(form) | free_indices(expression)
            for here in places(point.at(dict.fromkeys(free, 1)), rng, EVERY_CELL):
                wanted = evaluate(form, here.having(statistics))
                yield Case(evaluate(expression, here), wanted, here.place())

    return agreement("enumeration", claim, cases)


@about("evidence", bounds={"evidence": UPPER})
def bound_stays_below(
    claim: str, mean_field: MeanField, bound: Expr, evidence: Expr, sizes: Sizes
) -> Check:
    """Claim that a bound is at most the log evidence at random factors, and not equal to it."""

    def run(rng: np.random.Generator) -> Finding:
        gaps = []
        for part in spread(BOUNDS, rng):
            with drawn_in(part):
                point = draw_model_point(mean_field.model, rng, sizes, mean_field.factors)
            gaps.append(evaluate(evidence, point) - evaluate(bound, point))
        return _positive(claim, gaps)

    return run


def no_better_parameters(claim: str, mean_field: MeanField, factor: Factor, sizes: Sizes) -> Check:
    """Claim that the bound at a factor's update exceeds the bound at parameters drawn at random."""
    bound = mean_field.evidence_lower_bound
    best = mean_field.with_update(bound, factor.variable.array)

    def run(rng: np.random.Generator) -> Finding:
        gaps = []
        for part in spread(POINTS, rng):
            with drawn_in(part):
                point = draw_model_point(mean_field.model, rng, sizes, mean_field.factors)
            top = evaluate(best, point)
            fixed = {s: (v,) for s, v in point.sizes.items()}
            for another in parts(BOUNDS, rng):
                with drawn_in(another):
                    other = draw_model_point(mean_field.model, rng, fixed, mean_field.factors)
                moved = point.having({p: other.arrays[p] for p in factor.parameters})
                gaps.append(top - evaluate(bound, moved))
        return _positive(claim, gaps)

    return run


def _positive(claim: str, gaps: list[float]) -> Finding:
    """Establish that every gap is above zero; one not finite, or lost in rounding, is unknown."""
    if not gaps or not all(math.isfinite(g) for g in gaps):
        return Finding("enumeration", claim, Verdict.UNKNOWN, reason=f"not all finite: {gaps}")
    least = float(f"{min(gaps):.3g}")
    if abs(least) <= TOLERANCE:
        reason = f"the least gap is {least}, no more than rounding"
        return Finding("enumeration", claim, Verdict.UNKNOWN, reason=reason)
    if least < 0:
        return Finding("enumeration", claim, Verdict.REFUTED, reason=f"the least gap is {least}")
    figures: dict[str, float | int | str] = {"cases": len(gaps), "least_gap": least}
    return Finding("enumeration", claim, Verdict.ESTABLISHED, figures)


@about("expression")
def equals_entropy(
    claim: str, mean_field: MeanField, factor: Factor, expression: Expr, sizes: Sizes
) -> Check:
    """Claim that a closed form is the entropy of a factor, from its literal density."""

    def cases(rng: np.random.Generator) -> Iterator[Case]:
        for part in spread(POINTS, rng):
            with drawn_in(part):
                point = draw_model_point(mean_field.model, rng, sizes, mean_field.factors)
            yield Case(evaluate(expression, point), literal_entropy(factor, point), point.place())

    return agreement("enumeration", claim, cases)

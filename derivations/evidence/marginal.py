"""Integrals over a model's continuous variables by quadrature, from its literal densities."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import numpy as np
from sympy import Expr

from derivations.calculus.evaluate import evaluate
from derivations.calculus.mean_field import MeanField
from derivations.calculus.model import Model, ModelError, Variable
from derivations.calculus.point import Point
from derivations.calculus.steps import Check
from derivations.evidence.agreement import Case, agreement
from derivations.evidence.drawing import Sizes, spread
from derivations.evidence.literal import cells, log_conditional, parameter_values
from derivations.evidence.parts import drawn_in
from derivations.evidence.points import draw_model_point
from derivations.evidence.trial import about
from derivations.families import ExponentialFamily

POINTS = 3


@about("expression")
def equals_integrated_joint(
    claim: str, mean_field: MeanField, expression: Expr, sizes: Sizes
) -> Check:
    """Claim that an expression is ``log p(observed, discrete latent)``."""

    def cases(rng: np.random.Generator) -> Iterator[Case]:
        for part in spread(POINTS, rng):
            with drawn_in(part):
                point = draw_model_point(mean_field.model, rng, sizes)
            yield Case(
                evaluate(expression, point), integrated(mean_field.model, point), point.place()
            )

    return agreement("enumeration", claim, cases)


@about("expression")
def equals_summed_joint(claim: str, mean_field: MeanField, expression: Expr, sizes: Sizes) -> Check:
    """Claim that an expression is ``log p(observed)``: integrals, summed over all states."""

    def cases(rng: np.random.Generator) -> Iterator[Case]:
        for part in spread(POINTS, rng):
            with drawn_in(part):
                point = draw_model_point(mean_field.model, rng, sizes)
            yield Case(
                evaluate(expression, point),
                integrated_and_summed(mean_field.model, point),
                point.place(),
            )

    return agreement("enumeration", claim, cases)


def integrated_and_summed(model: Model, point: Point) -> float:
    """Return ``log p(observed)`` at a point in nats, by every joint state and quadrature."""
    discrete = [v.array for v in model.latent if v.array.states != 0]
    cells_of = [
        itertools.product(range(1, point.count(a.states) + 1), repeat=math.prod(point.shape(a)))
        for a in discrete
    ]
    logs = []
    for assignment in itertools.product(*cells_of):
        filled = {
            a: np.array(cell, dtype=int).reshape(point.shape(a))
            for a, cell in zip(discrete, assignment, strict=True)
        }
        logs.append(integrated(model, point.having(filled)))
    return float(np.logaddexp.reduce(logs))


def integrated(model: Model, point: Point) -> float:
    """Integrate the literal joint over every continuous latent variable, copy by copy, in nats.

    Given the discrete variables the integrand is a product over the copies; each one's factor is
    the prior expectation of the likelihood with the other copies held where the point has them.
    """
    held = _log_likelihood(model, point)
    total = held
    for variable in model.latent:
        if not variable.family.is_discrete:
            for cell in cells(variable.plates, point):
                total += _log_expected_ratio(model, variable, point.at(cell), held)
    return total


def _log_expected_ratio(model: Model, variable: Variable, point: Point, held: float) -> float:
    """Return the log of the prior expectation of the likelihood over its held value."""
    family = variable.family
    if not isinstance(family, ExponentialFamily):
        message = f"{variable.name}: wanted an exponential family to integrate, got {family.name}"
        raise ModelError(message)
    degree = sum(point.arrays[v.array].size for v in model.variables if v.family.is_discrete)
    parameters = tuple(parameter_values(variable.parameters, point))
    array = variable.array
    place = tuple(point.indices[p] - 1 for p in variable.plates)
    ratios = []
    for weight, value in family.integration_rule(parameters, degree):
        values = point.arrays[array].copy()
        values[place] = value
        ratio = _log_likelihood(model, point.having({array: values})) - held
        ratios.append(weight * math.exp(ratio))
    return math.log(math.fsum(ratios))


def _log_likelihood(model: Model, point: Point) -> float:
    """Return the log density of the observed and the discrete variables given all others."""
    return math.fsum(
        log_conditional(v, v.parameters, point.at(cell))
        for v in model.variables
        if v.observed or v.family.is_discrete
        for cell in cells(v.plates, point)
    )

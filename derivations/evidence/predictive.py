"""Moments and predictive probabilities by Gauss-Jacobi quadrature over the factors."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Protocol

import numpy as np
from sympy import Expr

from derivations.calculus.binding import free_indices
from derivations.calculus.evaluate import evaluate
from derivations.calculus.expressions import Array, Element
from derivations.calculus.indices import Index
from derivations.calculus.mean_field import MeanField
from derivations.calculus.point import Point
from derivations.calculus.steps import Check
from derivations.evidence.agreement import Case, agreement
from derivations.evidence.drawing import Sizes, spread, tried
from derivations.evidence.parts import drawn_in
from derivations.evidence.points import draw_model_point
from derivations.evidence.trial import about
from derivations.families.quadrature import Floats

POINTS = 3
MOST_ROLLS = 3
"""A new point of up to this many rolls is tried; the rule is exact for that degree."""


class NewPoint(Protocol):
    """A new observation, as ``derive.predictive`` describes it."""

    @property
    def weights(self) -> tuple[Element, ...]:
        """The probabilities of its states."""

    @property
    def cell(self) -> Element:
        """The probability of one face of the die selected."""

    @property
    def counts(self) -> Array:
        """How often each face came up."""

    @property
    def states(self) -> tuple[Index, ...]:
        """The indices of its states."""


def _rule(mean_field: MeanField, element: Element, point: Point) -> tuple[Floats, Floats]:
    """Return values of the vector that an element belongs to, and their weights under its factor.

    The indices of the element's copy are placed in the point.
    """
    factor = mean_field.factor(element.array)
    copy = tuple(round(evaluate(s, point)) - 1 for s in element.subscripts[:-1])
    parameters = tuple(point.arrays[p][copy] for p in factor.parameters)
    weights, places = zip(*factor.family.integration_rule(parameters, MOST_ROLLS), strict=True)
    return np.array(places), np.array(weights)


def _placed(point: Point, expressions: tuple[Expr, ...], rng: np.random.Generator) -> Point:
    """Place the free indices of some expressions, as the document a new word belongs to."""
    free = sorted({i for e in expressions for i in free_indices(e)}, key=str)
    return point.at({i: int(rng.choice(point.index_values(i))) for i in free})


@about("expression")
def equals_moment(
    claim: str, mean_field: MeanField, element: Element, expression: Expr, sizes: Sizes
) -> Check:
    """Claim that an expression is the mean of one entry of a factor's vector."""

    def cases(rng: np.random.Generator) -> Iterator[Case]:
        for part in spread(POINTS, rng):
            with drawn_in(part):
                point = draw_model_point(mean_field.model, rng, sizes, mean_field.factors)
            last = element.subscripts[-1]
            point = _placed(point, (element,), rng)
            places, weights = _rule(mean_field, element, point)
            for value in point.index_values(last):
                here = point.at({last: value})
                yield Case(
                    evaluate(expression, here),
                    float(weights @ places[:, value - 1]),
                    here.place(),
                )

    return agreement("enumeration", claim, cases)


@about("expression")
def equals_predictive(
    claim: str, mean_field: MeanField, new: NewPoint, expression: Expr, sizes: Sizes
) -> Check:
    """Claim that an expression is ``E_q`` of the probability of a new point with given counts.

    One face comes up at least once, twice, three times: a count of one is its own square.
    """

    def cases(rng: np.random.Generator) -> Iterator[Case]:
        for alike in tried(range(1, MOST_ROLLS + 1)):
            point = draw_model_point(mean_field.model, rng, sizes, mean_field.factors)
            faces = point.shape(new.counts)[0]
            others = rng.integers(faces, size=int(rng.integers(MOST_ROLLS - alike + 1)))
            shown = np.append(others, [rng.integers(faces)] * alike)
            counts = np.bincount(shown, minlength=faces).astype(float)
            here = _placed(point, (expression,), rng).having({new.counts: counts})
            yield Case(evaluate(expression, here), _averaged(mean_field, new, here), here.place())

    return agreement("enumeration", claim, cases)


def _averaged(mean_field: MeanField, new: NewPoint, point: Point) -> float:
    """Average the literal mixture: nodes of every weight vector and of the die selected."""
    rules = [_rule(mean_field, w, point) for w in new.weights]
    counts = point.arrays[new.counts]
    total = 0.0
    for values in itertools.product(*(point.index_values(s) for s in new.states)):
        placed = point.at(dict(zip(new.states, values, strict=True)))
        places, weights = _rule(mean_field, new.cell, placed)
        likelihood = weights @ np.prod(places**counts, axis=1)
        means = [w @ p[:, v - 1] for (p, w), v in zip(rules, values, strict=True)]
        total += float(np.prod(means) * likelihood)
    return total

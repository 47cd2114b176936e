"""Means over independent standard normals by quadrature, against closed forms.

Where the integrand is a polynomial in the noise a Gauss-Hermite rule is exact. Any other has the
trapezoidal rule on the whole line, which converges geometrically for what is analytic and dies
away. Either is taken twice, the one with a node more, the other half a spacing aside: where the two
differ nothing is known. A model's other arrays are drawn where such a rule serves.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from sympy import Expr

from derivations.calculus.evaluate import evaluate
from derivations.calculus.expressions import POSITIVE, REAL, Array
from derivations.calculus.number_fields import VECTORS
from derivations.calculus.point import Point
from derivations.calculus.steps import Check
from derivations.evidence.agreement import TOLERANCE, Case, agreement
from derivations.evidence.drawing import Sizes, drawing
from derivations.evidence.points import draw_point, places
from derivations.evidence.trial import about

POINTS, CELLS = 3, 3
"""How many points are tried, and how many values of the free indices at each."""
EDGE = 8.5
"""The normal's tails beyond it weigh 2e-17."""
MOST_NODES, MOST_IN_ONE = 1_500_000, 160
"""Of the whole grid, and along one axis."""
RANGES = {REAL: (-1.2, 1.2), POSITIVE: (0.6, 2.0)}

Floats = NDArray[np.float64]
Rule = tuple[Floats, Floats]
"""Nodes and weights of a mean over one standard normal."""


@about("integrand", "expression")
def equals_normal_mean(
    claim: str,
    noises: tuple[Array, ...],
    integrand: Expr,
    expression: Expr,
    *,
    degree: int | None = None,
    sizes: Sizes | None = None,
) -> Check:
    """Claim that an expression is the mean of an integrand, every entry of the noises normal.

    ``degree`` is that of an integrand which is a polynomial in each entry. Errors are told
    relative to the mean or to one, so that a claim is best put as a mean of moderate size.
    """

    def cases(rng: np.random.Generator) -> Iterator[Case]:
        for _ in range(drawing().points(POINTS)):
            point = _drawn((integrand, expression), rng, sizes)
            axes = sum(math.prod(point.shape(noise)) for noise in noises)
            rules = _rules(axes, degree)
            for here in places(point, rng, CELLS):
                first, second = (_mean(noises, integrand, here, rule) for rule in rules)
                known = abs(first - second) <= TOLERANCE * max(1.0, abs(first))
                yield float(evaluate(expression, here)), first if known else math.nan, here.place()

    return agreement("enumeration", claim, cases, smallest=1.0)


def _drawn(expressions: tuple[Expr, ...], rng: np.random.Generator, sizes: Sizes | None) -> Point:
    point = draw_point(expressions, rng, sizes, kind=float)
    moderate = {
        array: drawing().within(RANGES[array.domain], array, values.shape, rng)
        for array, values in point.arrays.items()
        if array.domain in RANGES and array.states == 0
    }
    return point.having(moderate)


def _rules(axes: int, degree: int | None) -> tuple[Rule, Rule]:
    """Return the two rules to be taken along every axis, which must agree."""
    if degree is not None:
        return _gauss_hermite(degree // 2 + 1), _gauss_hermite(degree // 2 + 2)
    number = min(MOST_IN_ONE, int(MOST_NODES ** (1 / axes)))
    spacing = 2 * EDGE / number
    return _trapezoid(number, spacing, 0.0), _trapezoid(number, spacing, 0.5)


def _gauss_hermite(number: int) -> Rule:
    nodes, weights = np.polynomial.hermite_e.hermegauss(number)
    return nodes, weights / weights.sum()


def _trapezoid(number: int, spacing: float, aside: float) -> Rule:
    nodes = np.asarray(-EDGE + spacing * (np.arange(number) + aside), dtype=np.float64)
    return nodes, spacing * np.exp(-(nodes**2) / 2) / math.sqrt(2 * math.pi)


def _mean(noises: tuple[Array, ...], integrand: Expr, here: Point, rule: Rule) -> float:
    """Evaluate the integrand once, each entry of the noises a vector over the whole grid."""
    shapes = [here.shape(noise) for noise in noises]
    axes = sum(math.prod(shape) for shape in shapes)
    nodes = iter(np.meshgrid(*[rule[0]] * axes, indexing="ij", sparse=True))
    drawn = {}
    for noise, shape in zip(noises, shapes, strict=True):
        values = np.empty(shape, dtype=object)
        for place in np.ndindex(shape):
            values[place] = next(nodes)
        drawn[noise] = values
    with np.errstate(all="ignore"):  # a mean that is not finite is unknown, without a warning
        got = evaluate(integrand, here.having(drawn), VECTORS)
        total = np.broadcast_to(got, (len(rule[0]),) * axes)
        for _ in range(axes):
            total = total @ rule[1]
    return float(total)

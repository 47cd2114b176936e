"""Means over independent standard normals by quadrature, against closed forms.

Where the integrand is a polynomial in the noise a Gauss-Hermite rule is exact. Any other has the
trapezoidal rule on the whole line, which converges geometrically for what is analytic and dies
away. Either is taken twice, the one with a node more, the other half a spacing aside: where the two
differ nothing is known, nor where the integrand is no such polynomial, or has not died away at the
edge of the grid. At the first case of a check the mean over a single noise is enclosed instead, as
at any that would be refuted, and two noises have a third grid, nearly four times as fine.

What stays unseen: what is beyond the edge; a bump that the first case does not have, or that, over
several noises, lies between the nodes of every grid; a departure from a polynomial that is
narrower than a part in five hundred of the line it is looked for on, or off all of these lines. A
model's other arrays are drawn where such a rule serves.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import flint
import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Symbol

from derivations.calculus.evaluate import evaluate
from derivations.calculus.expressions import POSITIVE, REAL, Array
from derivations.calculus.number_fields import BALLS, VECTORS, Field, Number
from derivations.calculus.point import Point
from derivations.calculus.steps import Check
from derivations.evidence.agreement import TOLERANCE, Case, agreement
from derivations.evidence.drawing import Sizes, drawing, spread
from derivations.evidence.enclosing import FIELDS, enclosed
from derivations.evidence.parts import drawn_in
from derivations.evidence.points import draw_point, places
from derivations.evidence.precision import known
from derivations.evidence.trial import about

POINTS, CELLS = 3, 3
"""How many points are tried, and how many values of the free indices at each."""
DIGITS = 30
EDGE = 8.5
"""The normal's tails beyond it weigh 2e-17."""
MOST_NODES, MOST_IN_ONE, MOST_ONCE = 1_500_000, 160, 601
"""Of the whole grid, along one axis, and along one of a grid that is taken once."""
ASIDE = [(0.5 + axis * (math.sqrt(5) - 1) / 2) % 1 for axis in range(64)]
"""Parts of a spacing, no two of them near each other for few axes."""
RANGES = {REAL: (-1.0, 1.0), POSITIVE: (0.7, 1.6)}

Floats = NDArray[np.float64]
Rule = tuple[list[Floats], list[Floats], bool]
"""Nodes and weights of standard normals, axis by axis, and whether they are a grid's."""

STRAIGHT = 1e-12
"""Of the largest value along a line: what those of a polynomial may be off by."""
ON_A_LINE = 512


class Mean(NamedTuple):
    """By one rule: of the integrand, of its size, and what a grid's outermost nodes add at most."""

    value: float
    size: float
    edge: float


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

    ``degree`` is that of an integrand which is a polynomial in each entry. Errors are relative to
    the mean of the integrand's absolute value, by quadrature.
    """

    def nodes(sizes: Mapping[Symbol, int]) -> float:
        axes = _entries(noises, Point(sizes, {}))
        return float(MOST_IN_ONE if degree is None else degree // 2 + 2) ** axes

    def cases(rng: np.random.Generator) -> Iterator[Case]:
        for part in spread(POINTS, rng):
            with drawn_in(part):
                point = _drawn((integrand, expression), rng, sizes, nodes)
            axes = _entries(noises, point)
            rules = _rules(axes, degree)
            for number, here in enumerate(places(point, rng, CELLS)):
                got = float(evaluate(expression, here))
                wanted, size = _agreed(noises, integrand, here, rules)
                first, agree = part.number == number == 0, _near(got, wanted, size)
                if axes == 1 and (first or not agree):
                    wanted = _enclosed(noises, integrand, here, size)
                elif first and axes == 2 and degree is None:  # noqa: PLR2004 - more have no finer grid
                    third = _trapezoid(rng.random(2).tolist(), MOST_ONCE)
                    again = _mean(noises, integrand, here, third).value
                    wanted = wanted if _near(again, wanted, size) else math.nan
                if degree is not None and not _has_degree(degree, noises, integrand, here, rng):
                    wanted = math.nan
                yield Case(got, wanted, here.place(), size)

    return agreement("enumeration", claim, cases)


def _drawn(
    expressions: tuple[Expr, ...],
    rng: np.random.Generator,
    sizes: Sizes | None,
    nodes: Callable[[Mapping[Symbol, int]], float],
) -> Point:
    point = draw_point(expressions, rng, sizes, kind=float, nodes=nodes)
    moderate = {
        array: drawing().within(
            RANGES[array.domain], array, values.shape, rng, in_logs=array.domain == POSITIVE
        )
        for array, values in point.arrays.items()
        if array.domain in RANGES and array.states == 0
    }
    return point.having(moderate)


def _rules(axes: int, degree: int | None) -> tuple[Rule, Rule]:
    """Return the two rules to be taken, which must agree.

    The second grid is moved along every axis, along each by another part of its spacing: then the
    difference of two noises, too, is elsewhere than the first grid has it.
    """
    if degree is not None:
        return _gauss_hermite(axes, degree // 2 + 1), _gauss_hermite(axes, degree // 2 + 2)
    number = min(MOST_IN_ONE, int(MOST_NODES ** (1 / axes)))
    return _trapezoid([0.0] * axes, number), _trapezoid(ASIDE[:axes], number)


def _gauss_hermite(axes: int, number: int) -> Rule:
    nodes, weights = np.polynomial.hermite_e.hermegauss(number)
    return [nodes] * axes, [weights / weights.sum()] * axes, False


def _trapezoid(aside: list[float], number: int) -> Rule:
    spacing = 2 * EDGE / number
    nodes = [np.asarray(-EDGE + spacing * (np.arange(number) + by)) for by in aside]
    return nodes, [spacing * np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi) for x in nodes], True


def _agreed(
    noises: tuple[Array, ...], integrand: Expr, here: Point, rules: tuple[Rule, Rule]
) -> tuple[float, float]:
    """Return the mean by the first rule, NaN unless it is known, and the size of what has it.

    It is known where the rules agree, and the edge is empty.
    """
    first, second = (_mean(noises, integrand, here, rule) for rule in rules)
    size = max(first.size, second.size)
    known = _near(second.value, first.value, size) and first.edge <= TOLERANCE * size
    return first.value if known else math.nan, size


def _near(value: float, other: float, size: float) -> bool:
    return abs(value - other) <= TOLERANCE * size


def _enclosed(noises: tuple[Array, ...], integrand: Expr, here: Point, size: float) -> float:
    """Return the mean over one noise in the middle of its ball; NaN where that is wide."""

    def weighted(t: flint.acb, *, analytic: bool) -> flint.acb:
        try:
            got = evaluate(integrand, _noisy(noises, here, iter([t])), FIELDS[analytic])
        except ZeroDivisionError:
            return flint.acb("nan")
        return got * (-t * t / 2).exp() / (2 * flint.arb.pi()).sqrt()

    with flint.ctx.workdps(DIGITS):
        mean, error, at_edge = enclosed(weighted, EDGE, size)
    return mean if error + at_edge <= TOLERANCE * max(size, abs(mean)) else math.nan


def _mean(noises: tuple[Array, ...], integrand: Expr, here: Point, rule: Rule) -> Mean:
    """Return the mean by a rule.

    The integrand is evaluated once, each entry of the noises a vector over the whole grid.
    """
    nodes, weights, is_grid = rule
    axes = len(nodes)
    along = iter(np.meshgrid(*nodes, indexing="ij", sparse=True))
    with np.errstate(all="ignore"):  # a mean that is not finite is unknown, without a warning
        got = evaluate(integrand, _noisy(noises, here, along), VECTORS)
        values = np.broadcast_to(got, (len(nodes[0]),) * axes)
        sizes = np.abs(values)
        ends = np.array([np.moveaxis(sizes, axis, 0)[[0, -1]] for axis in range(axes)])
        for along_axis in reversed(weights[1:]):
            values, sizes, ends = (part @ along_axis for part in (values, sizes, ends))
        edge = float((ends @ weights[0][[0, -1]]).max()) if is_grid else 0.0
    return Mean(float(values @ weights[0]), float(sizes @ weights[0]), edge)


def _entries(noises: tuple[Array, ...], here: Point) -> int:
    """Return how many noises there are, each entry counted."""
    return sum(math.prod(here.shape(noise)) for noise in noises)


def _noisy(noises: tuple[Array, ...], here: Point, drawn: Iterator[Any]) -> Point:
    """Return a point at which each entry of the noises has its own of the values given."""
    arrays = {}
    for noise in noises:
        values = np.empty(here.shape(noise), dtype=object)
        for place in np.ndindex(values.shape):
            values[place] = next(drawn)
        arrays[noise] = values
    return here.having(arrays)


def _has_degree(
    degree: int,
    noises: tuple[Array, ...],
    integrand: Expr,
    here: Point,
    rng: np.random.Generator,
) -> bool:
    """Whether the integrand is a polynomial of at most a degree in each entry of the noises.

    Along a line from edge to edge, on which the others stand still, drawn anew for each as near to
    zero or as far out, it is one if its values are those of the polynomial nearest to them. Rules
    of that degree may agree on another function and both be wrong.
    """
    axes = _entries(noises, here)
    line = 2 * (np.arange(ON_A_LINE) + rng.random()) / ON_A_LINE - 1
    basis, _ = np.linalg.qr(np.polynomial.chebyshev.chebvander(line, degree))
    across = EDGE * line

    def value(drawn: list[Any], numbers: Field) -> Number:
        return evaluate(integrand, _noisy(noises, here, iter(drawn)), numbers)

    for axis in range(axes):
        still = EDGE ** rng.random() * rng.uniform(-1, 1, size=axes)
        before, after = still[:axis], still[axis + 1 :]
        with np.errstate(all="ignore"):
            got = value([*before, across, *after], VECTORS)
        if _is_spanned(np.broadcast_to(got, line.shape), basis):
            continue
        with flint.ctx.workdps(DIGITS):  # of a small difference of large numbers floats keep few
            balls = [flint.arb(value([*before, at, *after], BALLS)) for at in across]
            if not _is_spanned(np.array([known(ball) for ball in balls]), basis):
                return False
    return True


def _is_spanned(values: Floats, basis: Floats) -> bool:
    """Whether values are those of the nearest polynomial, given an orthonormal basis of them."""
    left = np.abs(values - basis @ (basis.T @ values)).max()
    return bool(left <= STRAIGHT * np.abs(values).max())

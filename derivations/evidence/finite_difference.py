"""A derivative against differences, judged by the order of the Taylor remainder.

With the right derivative ``f(x + h) - f(x) - h f'(x)`` falls like h^2 (or is zero, where f is
affine); with a wrong one like h. Halving h tells the two apart with no step chosen by hand.
"""

from __future__ import annotations

import math

import flint
import numpy as np
from sympy import Expr

from derivations.calculus.evaluate import evaluate
from derivations.calculus.expressions import Element
from derivations.calculus.number_fields import BALLS
from derivations.calculus.point import Point
from derivations.calculus.steps import Check, Finding, Verdict
from derivations.evidence.drawing import Sizes, spread
from derivations.evidence.parts import drawn_in
from derivations.evidence.points import draw_point, places
from derivations.evidence.precision import climbed
from derivations.evidence.trial import about

PRECISIONS = (90, 360, 1440, 5760, 23040, 92160, 368640)
"""Digits: the first at which the remainder is told from rounding decides."""
POINTS, CELLS = 4, 3
"""How many points are tried, and how many values of the free indices at each.

Where a power is next to nothing at a point, an error in it does not show there.
"""
HALVINGS = (40, 48)
LOWEST_ORDER = 1.99
"""The remainder of a right derivative has order 2, less O(h); a wrong one has order 1."""

NOTHING = 1e-20
"""A remainder surely below this part of the slope, by the step, is that of an affine function.

Where a function hardly moves, a wrong slope is as small as the right one. A slope of zero has no
size of its own: no remainder is small beside it, and the function may not look at the element.
"""


@about("derivative")
def finite_difference(
    claim: str,
    function: Expr,
    by: Element,
    derivative: Expr,
    *,
    sizes: Sizes | None = None,
    halvings: tuple[int, int] = HALVINGS,
) -> Check:
    """Claim that ``derivative`` is the partial derivative of ``function`` by an element.

    ``halvings`` of the element's size are the two steps; where a function moves by far more than
    its argument does, they must be many.
    """

    def run(rng: np.random.Generator) -> Finding:
        lowest = math.inf
        for part in spread(POINTS, rng):
            with drawn_in(part):
                order, place = _lowest_order(
                    function, by, derivative, sizes, rng, halvings=halvings
                )
            if not order > LOWEST_ORDER:
                verdict = Verdict.UNKNOWN if math.isnan(order) else Verdict.REFUTED
                reason = (
                    f"point {part.number + 1}, {place}: remainder of order {order:.3f}, wanted 2"
                )
                return Finding("finite difference", claim, verdict, reason=reason)
            lowest = min(lowest, order)
        shown = "affine" if lowest == math.inf else float(f"{lowest:.6f}")
        figures: dict[str, float | int | str] = {"points": POINTS, "remainder_order": shown}
        return Finding("finite difference", claim, Verdict.ESTABLISHED, figures)

    return run


def _lowest_order(
    function: Expr,
    by: Element,
    derivative: Expr,
    sizes: Sizes | None,
    rng: np.random.Generator,
    *,
    halvings: tuple[int, int],
) -> tuple[float, str]:
    """Return the lowest order over some places of one drawn point, and where; NaN if unknown."""

    def attempt(_: int) -> tuple[float, str]:
        drawn = draw_point((function, derivative, by), rng, sizes)
        orders = [
            (_remainder_order(function, by, derivative, point, halvings), point.place())
            for point in places(drawn, rng, CELLS)
        ]
        unknown = [order for order in orders if math.isnan(order[0])]
        return unknown[0] if unknown else min(orders)

    return climbed(PRECISIONS, rng, attempt, lambda lowest: not math.isnan(lowest[0]))


def _remainder_order(
    function: Expr, by: Element, derivative: Expr, point: Point, halvings: tuple[int, int]
) -> float:
    """Return the order at which the Taylor remainder falls; inf if it is zero, NaN if unknown."""
    place = tuple(int(evaluate(s, point)) - 1 for s in by.subscripts)

    def at(value: flint.arb) -> flint.arb:
        values = point.arrays[by.array].copy()
        values[place] = value
        return flint.arb(evaluate(function, point.having({by.array: values}), BALLS))

    here = flint.arb(point.arrays[by.array][place])
    start = at(here)
    slope = flint.arb(evaluate(derivative, point, BALLS))
    scale = flint.arb(1) if here.mid() == 0 else abs(here.mid())
    remainders = []
    for halving in halvings:
        step = scale * flint.arb(2) ** -halving
        remainders.append((at(here + step) - start - step * slope) / step)
    if not all(r.is_finite() for r in remainders):
        return math.nan
    if all(r.contains(0) for r in remainders):
        if slope == 0:
            return math.inf if at(flint.arb("nan")).is_finite() else math.nan
        return math.inf if all(abs(r) < NOTHING * abs(slope) for r in remainders) else math.nan
    if any(r.contains(0) for r in remainders):
        return math.nan
    fallen = abs(remainders[0].mid() / remainders[1].mid()).log() / flint.arb(2).log()
    return 1 + float(fallen.mid()) / (halvings[1] - halvings[0])

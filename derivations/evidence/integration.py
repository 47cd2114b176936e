"""Means over a uniform variable by quadrature, against closed forms."""

from __future__ import annotations

import math
from collections.abc import Iterator

import flint
import numpy as np
from scipy.integrate import quad
from sympy import Expr

from derivations.calculus.evaluate import evaluate
from derivations.calculus.expressions import Array, Element
from derivations.calculus.notation import Expectation
from derivations.calculus.number_fields import BALLS
from derivations.calculus.point import Point
from derivations.calculus.steps import Check, Finding, Verdict
from derivations.evidence.agreement import SMALLEST, TOLERANCE, Case, agreement
from derivations.evidence.drawing import drawing, spread
from derivations.evidence.parts import drawn_in
from derivations.evidence.points import draw_point
from derivations.evidence.precision import known
from derivations.evidence.trial import about

POINTS = 4
MARGIN = 1e-11
"""Of the mean: what quadrature may be off by."""
DIGITS, FARTHEST = 200, 80.0
NARROW = (0.3, 4.0)
"""Parameters are drawn from here: outside it the integrand's ends need a rule of their own."""


@about("integrand", "expression")
def equals_mean(claim: str, uniform: Element, integrand: Expr, expression: Expr) -> Check:
    """Claim that an expression is the mean of an integrand over a uniform variable."""

    def cases(rng: np.random.Generator) -> Iterator[Case]:
        for part in spread(POINTS, rng):
            with drawn_in(part):
                here = _drawn(uniform, (integrand, expression), rng)
            yield evaluate(expression, here), _mean(uniform, integrand, here), here.place()

    return agreement("enumeration", claim, cases)


@about("left", "right")
def equal_with_means(claim: str, uniform: Element, left: Expr, right: Expr) -> Check:
    """Claim an equality in which every expectation is the mean of its body over a uniform."""

    def cases(rng: np.random.Generator) -> Iterator[Case]:
        for part in spread(POINTS, rng):
            with drawn_in(part):
                here = _drawn(uniform, (left, right), rng)
            got, wanted = (_with_means(uniform, side, here) for side in (left, right))
            yield got, wanted, here.place()

    return agreement("enumeration", claim, cases)


def _with_means(uniform: Element, expression: Expr, here: Point) -> float:
    """Evaluate an expression, each of its expectations by quadrature."""
    found = sorted(expression.atoms(Expectation), key=str)
    letters = {e: Array(f"mean {number}", ())[()] for number, e in enumerate(found)}
    means = {letter.array: np.array(_mean(uniform, e.body, here)) for e, letter in letters.items()}
    return float(evaluate(expression.xreplace(letters), here.having(means)))


@about("lower", "upper")
def mean_lies_between(
    claim: str, uniform: Element, integrand: Expr, lower: Expr, upper: Expr
) -> Check:
    """Claim that the mean of an integrand over a uniform variable lies between two values."""

    def run(rng: np.random.Generator) -> Finding:
        least = math.inf
        for part in spread(POINTS, rng):
            with drawn_in(part):
                here = _drawn(uniform, (integrand, lower, upper), rng)
            mean = _mean(uniform, integrand, here)
            margins = (mean - evaluate(lower, here), evaluate(upper, here) - mean)
            unknown = not all(math.isfinite(gap) for gap in margins)
            if unknown or not min(margins) > MARGIN * abs(mean):
                verdict = Verdict.UNKNOWN if unknown else Verdict.REFUTED
                reason = f"point {part.number + 1}, {here.place()}: margins {margins}"
                return Finding("enumeration", claim, verdict, reason=reason)
            least = min(least, *margins)
        figures: dict[str, float | int | str] = {"points": POINTS, "least_margin": float(least)}
        return Finding("enumeration", claim, Verdict.ESTABLISHED, figures)

    return run


def _drawn(uniform: Element, expressions: tuple[Expr, ...], rng: np.random.Generator) -> Point:
    """Draw a point whose parameters lie where one quadrature rule serves."""
    point = draw_point(expressions, rng, kind=float)
    return point.having(
        {
            array: drawing().within(NARROW, array, values.shape, rng, in_logs=True)
            for array, values in point.arrays.items()
            if array != uniform.array
        }
    )


def _mean(uniform: Element, integrand: Expr, here: Point) -> float:
    """Return the mean over ``u = 1 / (1 + exp(-t))``, both of whose ends are at infinity.

    An integrand that has a mean dies away there; where it has not at the ends of the grid, or
    quadrature does not trust itself, the mean is NaN: not known. Balls keep the digits that floats
    would lose.
    """

    def weighted(t: float) -> float:
        tail = (-flint.arb(t)).exp()
        level = 1 / (1 + tail)
        moved = here.having({uniform.array: np.array(level, dtype=object)})
        return known(flint.arb(evaluate(integrand, moved, BALLS) * level * tail / (1 + tail)))

    with flint.ctx.workdps(DIGITS):
        value, error, *_ = quad(  # the full output comes without a warning: the error is judged
            weighted, -FARTHEST, FARTHEST, epsabs=1e-12, epsrel=1e-12, full_output=1
        )
        beyond = FARTHEST * max(abs(weighted(-FARTHEST)), abs(weighted(FARTHEST)))
    off = max(error, beyond)
    return float(value) if off <= TOLERANCE * max(SMALLEST, abs(value)) else math.nan

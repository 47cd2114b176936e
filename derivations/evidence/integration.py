"""Means over a uniform variable by quadrature, against closed forms."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial

import flint
import numpy as np
from scipy.integrate import quad
from sympy import Expr

from derivations.calculus.evaluate import evaluate
from derivations.calculus.expressions import Array, Element
from derivations.calculus.notation import Expectation
from derivations.calculus.point import Point
from derivations.calculus.steps import Check, Finding, Verdict
from derivations.evidence.agreement import SMALLEST, TOLERANCE, Case, agreement
from derivations.evidence.drawing import drawing, spread
from derivations.evidence.enclosing import FIELDS, enclosed
from derivations.evidence.parts import Part, drawn_in
from derivations.evidence.points import NODES, draw_point
from derivations.evidence.precision import known
from derivations.evidence.trial import LOWER, UPPER, about

POINTS = 3
EVALUATIONS = 2000
"""That an enclosure takes, about."""
MARGIN = TOLERANCE
"""Of the mean: what quadrature may be off by."""
DIGITS, FARTHEST = 200, 80.0
NARROW = (0.3, 4.0)
"""Parameters are drawn from here: outside it the integrand's ends need a rule of their own."""

KEPT = 256
"""Means that are remembered."""

Mean = Callable[[Element, Expr, Point], float]
"""How the mean of an integrand over a uniform variable is found at a point."""


@about("integrand", "expression")
def equals_mean(claim: str, uniform: Element, integrand: Expr, expression: Expr) -> Check:
    """Claim that an expression is the mean of an integrand over a uniform variable."""

    def sides(mean: Mean, here: Point) -> tuple[float, float]:
        return float(evaluate(expression, here)), mean(uniform, integrand, here)

    return _compared(claim, uniform, (integrand, expression), sides)


@about("left", "right")
def equal_with_means(claim: str, uniform: Element, left: Expr, right: Expr) -> Check:
    """Claim an equality in which every expectation is the mean of its body over a uniform."""

    def sides(mean: Mean, here: Point) -> tuple[float, float]:
        got, wanted = (_with_means(uniform, side, here, mean) for side in (left, right))
        return got, wanted

    return _compared(claim, uniform, (left, right), sides)


def _compared(
    claim: str,
    uniform: Element,
    expressions: tuple[Expr, ...],
    sides: Callable[[Mean, Point], tuple[float, float]],
) -> Check:
    """Claim that two sides agree at random points."""

    def cases(rng: np.random.Generator) -> Iterator[Case]:
        for part in spread(POINTS, rng):
            with drawn_in(part):
                here = _drawn(uniform, expressions, rng)
            got, wanted = _settled(part, here, sides, _agree)
            yield got, wanted, here.place()

    return agreement("enumeration", claim, cases)


def _with_means(uniform: Element, expression: Expr, here: Point, mean: Mean) -> float:
    """Evaluate an expression, each of its expectations by quadrature."""
    found = sorted(expression.atoms(Expectation), key=str)
    letters = {e: Array(f"mean {number}", ())[()] for number, e in enumerate(found)}
    means = {letter.array: np.array(mean(uniform, e.body, here)) for e, letter in letters.items()}
    return float(evaluate(expression.xreplace(letters), here.having(means)))


@about("lower", "upper", bounds={"lower": LOWER, "upper": UPPER})
def mean_lies_between(
    claim: str, uniform: Element, integrand: Expr, lower: Expr, upper: Expr
) -> Check:
    """Claim that the mean of an integrand over a uniform variable lies between two values."""

    def margins_of(mean: Mean, here: Point) -> tuple[float, float]:
        value = mean(uniform, integrand, here)
        below, above = float(evaluate(lower, here)), float(evaluate(upper, here))
        off = MARGIN * max(SMALLEST, abs(value))
        return value - below - off, above - value - off

    def run(rng: np.random.Generator) -> Finding:
        least = math.inf
        for part in spread(POINTS, rng):
            with drawn_in(part):
                here = _drawn(uniform, (integrand, lower, upper), rng)
            margins = _settled(part, here, margins_of, lambda below, above: min(below, above) > 0)
            unknown = not all(math.isfinite(gap) for gap in margins)
            if unknown or not min(margins) > 0:
                verdict = Verdict.UNKNOWN if unknown else Verdict.REFUTED
                reason = f"point {part.number + 1}, {here.place()}: margins {margins}"
                return Finding("enumeration", claim, verdict, reason=reason)
            least = min(least, *margins)
        figures: dict[str, float | int | str] = {"points": POINTS, "least_margin": float(least)}
        return Finding("enumeration", claim, Verdict.ESTABLISHED, figures)

    return run


def _drawn(uniform: Element, expressions: tuple[Expr, ...], rng: np.random.Generator) -> Point:
    """Draw a point whose parameters lie where one quadrature rule serves."""
    point = draw_point(expressions, rng, kind=float, nodes=lambda _: EVALUATIONS * NODES)
    return point.having(
        {
            array: drawing().within(NARROW, array, values.shape, rng, in_logs=True)
            for array, values in point.arrays.items()
            if array != uniform.array
        }
    )


def _settled(
    part: Part,
    here: Point,
    attempt: Callable[[Mean, Point], tuple[float, float]],
    stands: Callable[[float, float], bool],
) -> tuple[float, float]:
    """Return what comes of enclosing every integral, or of nodes alone where that will do.

    At a check's first point it does not, so that no bump or kink between two nodes is passed over;
    nor where the claim would fail, so that none is refuted for what lies between them.
    """
    if part.number > 0:
        found = attempt(_by_nodes, here)
        if stands(*found):
            return found
    return attempt(_enclosed, here)


def _agree(got: float, wanted: float) -> bool:
    return abs(got - wanted) <= TOLERANCE * max(SMALLEST, abs(wanted))


def _remembered(mean: Mean) -> Mean:
    """Remember means: a check is made of many broken forms of one side, and of one other side."""
    found: dict[object, float] = {}

    def looked_up(uniform: Element, integrand: Expr, here: Point) -> float:
        values = (
            (array, entries.tobytes())
            for array, entries in here.arrays.items()
            if array != uniform.array and integrand.has(array)
        )
        wanted = (uniform, integrand, *here.sizes.items(), *here.indices.items(), *values)
        if wanted not in found:
            if len(found) == KEPT:
                del found[next(iter(found))]
            found[wanted] = mean(uniform, integrand, here)
        return found[wanted]

    return looked_up


@_remembered
def _by_nodes(uniform: Element, integrand: Expr, here: Point) -> float:
    """Return the mean by QUADPACK; NaN where it does not trust itself."""

    def at(t: float) -> float:
        value = _weighted(uniform, integrand, here, flint.acb(t), analytic=False)
        return known(value.real) if value.imag.contains(0) else math.nan

    with flint.ctx.workdps(DIGITS):
        value, error, *_ = quad(  # the full output comes without a warning: the error is judged
            at, -FARTHEST, FARTHEST, epsabs=1e-12, epsrel=1e-12, full_output=1
        )
        return _if_known(float(value), float(error), abs(at(-FARTHEST)) + abs(at(FARTHEST)))


@_remembered
def _enclosed(uniform: Element, integrand: Expr, here: Point) -> float:
    """Return the mean in the middle of its ball; NaN where that is wide."""
    with flint.ctx.workdps(DIGITS):
        return _if_known(*enclosed(partial(_weighted, uniform, integrand, here), FARTHEST))


def _if_known(value: float, error: float, at_edge: float) -> float:
    off = error + FARTHEST * at_edge
    return value if off <= MARGIN * max(SMALLEST, abs(value)) else math.nan


def _weighted(
    uniform: Element, integrand: Expr, here: Point, t: flint.acb, *, analytic: bool
) -> flint.acb:
    """Return the integrand at ``u = 1 / (1 + exp(-t))`` times ``du/dt``.

    Both ends are at infinity, where an integrand that has a mean dies away: one that has not at the
    ends of what is integrated over has none that is known. What stays unseen is what it does nearer
    to zero or one than 1e-34. Balls keep the digits that floats would lose.
    """
    tail = (-t).exp()
    level = 1 / (1 + tail)
    moved = here.having({uniform.array: np.array(level, dtype=object)})
    try:
        value = flint.acb(evaluate(integrand, moved, FIELDS[analytic]))
    except ZeroDivisionError:
        return flint.acb("nan")
    return value * level * tail / (1 + tail)

"""Means over a uniform variable by quadrature, against closed forms."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeVar

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
AT = 161
"""Places at which the size of an integrand is looked at."""
NARROW = (0.3, 4.0)
"""Parameters are drawn from here: outside it the integrand's ends need a rule of their own."""

KEPT = 256
"""Means that are remembered."""

Found = TypeVar("Found")
Mean = Callable[[Element, Expr, Point], float]
"""How the mean of an integrand over a uniform variable is found at a point."""


@about("integrand", "expression")
def equals_mean(claim: str, uniform: Element, integrand: Expr, expression: Expr) -> Check:
    """Claim that an expression is the mean of an integrand over a uniform variable."""

    def case(mean: Mean, here: Point) -> Case:
        wanted, size = mean(uniform, integrand, here), _size(uniform, integrand, here)
        return Case(float(evaluate(expression, here)), wanted, here.place(), size)

    return _compared(claim, uniform, (integrand, expression), case)


@about("left", "right")
def equal_with_means(claim: str, uniform: Element, left: Expr, right: Expr) -> Check:
    """Claim an equality in which every expectation is the mean of its body over a uniform."""

    def case(mean: Mean, here: Point) -> Case:
        got, wanted = (_with_means(uniform, side, here, mean) for side in (left, right))
        return Case(got, wanted, here.place())

    return _compared(claim, uniform, (left, right), case)


def _compared(
    claim: str,
    uniform: Element,
    expressions: tuple[Expr, ...],
    case: Callable[[Mean, Point], Case],
) -> Check:
    """Claim that two sides agree at random points."""

    def cases(rng: np.random.Generator) -> Iterator[Case]:
        for part in spread(POINTS, rng):
            with drawn_in(part):
                here = _drawn(uniform, expressions, rng)
            yield _settled(part, here, case, _agree)

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

    def margins_of(mean: Mean, here: Point) -> tuple[float, float, float]:
        value = mean(uniform, integrand, here)
        below, above = float(evaluate(lower, here)), float(evaluate(upper, here))
        size = max(_size(uniform, integrand, here), abs(value))
        return value - below, above - value, MARGIN * size

    def run(rng: np.random.Generator) -> Finding:
        least = math.inf
        for part in spread(POINTS, rng):
            with drawn_in(part):
                here = _drawn(uniform, (integrand, lower, upper), rng)
            found = _settled(part, here, margins_of, _apart)
            *margins, off = found
            if not _apart(found):
                wrong = all(map(math.isfinite, margins)) and min(margins) < -off
                verdict = Verdict.REFUTED if wrong else Verdict.UNKNOWN
                reason = f"point {part.number + 1}, {here.place()}: margins {margins}, off by {off}"
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
    attempt: Callable[[Mean, Point], Found],
    stands: Callable[[Found], bool],
) -> Found:
    """Return what comes of enclosing every integral, or of nodes alone where that will do.

    At a check's first point it does not, so that no bump or kink between two nodes is passed over;
    nor where the claim would fail, so that none is refuted for what lies between them.
    """
    if part.number > 0:
        found = attempt(_by_nodes, here)
        if stands(found):
            return found
    return attempt(_enclosed, here)


def _agree(case: Case) -> bool:
    """Whether the case alone would be found to agree."""
    return case.error(SMALLEST) <= TOLERANCE


def _apart(found: tuple[float, float, float]) -> bool:
    """Whether both margins are more than what the mean may be off by."""
    *margins, off = found
    return all(off < gap < math.inf for gap in margins)


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

    size = _size(uniform, integrand, here)
    with flint.ctx.workdps(DIGITS):
        value, error, *_ = quad(  # the full output comes without a warning: the error is judged
            at, -FARTHEST, FARTHEST, epsabs=1e-12 * size, epsrel=1e-12, full_output=1
        )
        at_edge = abs(at(-FARTHEST)) + abs(at(FARTHEST))
    return _if_known(float(value), float(error), at_edge, size)


@_remembered
def _enclosed(uniform: Element, integrand: Expr, here: Point) -> float:
    """Return the mean in the middle of its ball; NaN where that is wide."""
    size = _size(uniform, integrand, here)
    with flint.ctx.workdps(DIGITS):
        found = enclosed(partial(_weighted, uniform, integrand, here), FARTHEST, size)
    return _if_known(*found, size)


@_remembered
def _size(uniform: Element, integrand: Expr, here: Point) -> float:
    """Return about the mean of the integrand's absolute value: what errors are relative to."""
    nodes = np.linspace(-FARTHEST, FARTHEST, AT)
    with flint.ctx.workdps(DIGITS):
        values = [_weighted(uniform, integrand, here, flint.acb(t), analytic=False) for t in nodes]
        total = sum((abs(value) for value in values), flint.arb(0))
        return known(total) * float(nodes[1] - nodes[0])


def _if_known(value: float, error: float, at_edge: float, size: float) -> float:
    off = error + FARTHEST * at_edge
    return value if off <= MARGIN * max(size, abs(value)) else math.nan


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

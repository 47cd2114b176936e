"""Whether two formulas differ somewhere: by balls in the plane, so that a log may be complex."""

from __future__ import annotations

import flint
import numpy as np
from sympy import Expr, nan, oo, zoo

from derivations.calculus.evaluate import evaluate
from derivations.calculus.notation import Expectation
from derivations.calculus.number_fields import COMPLEX_BALLS
from derivations.calculus.point import Point
from derivations.evidence.drawing import Sizes
from derivations.evidence.points import draw_point, places
from derivations.evidence.precision import climbed

PRECISIONS = (30, 120, 480)
POINTS, CELLS = 6, 4
DRAWS = 60
"""Of what is averaged; it may be real for most."""


def told_apart(
    formula: Expr, other: Expr, sizes: Sizes | None, rng: np.random.Generator
) -> str | None:
    """Say where two formulas certainly differ, or where the other has no value; None if nowhere.

    Functions take their principal values, so that a log of what is negative differs from any
    number that is real.
    """
    if other.has(nan, oo, zoo):
        return "no value anywhere"
    try:
        return _told_apart(formula, other, sizes, rng)
    except NotImplementedError:  # a mean has no number here; yet what is averaged may not be real
        return _averages_what_is_not_real(other, sizes, rng)


def _averages_what_is_not_real(
    formula: Expr, sizes: Sizes | None, rng: np.random.Generator
) -> str | None:
    bodies = sorted((e.body for e in formula.atoms(Expectation)), key=str)
    for body in bodies:
        for _ in range(DRAWS):
            try:
                here = draw_point((body,), rng, sizes)
                value = flint.acb(evaluate(body, here, COMPLEX_BALLS))
            except NotImplementedError:
                continue
            if value.is_finite() and not value.imag.contains(0):
                return f"the mean of what is {value.str(8)} at a point"
    return None


def _told_apart(
    formula: Expr, other: Expr, sizes: Sizes | None, rng: np.random.Generator
) -> str | None:
    def attempt(digits: int) -> str | None:
        point = draw_point((formula, other), rng, sizes)
        met = (_met(formula, other, here, digits) for here in places(point, rng, CELLS))
        return next((m for m in met if m is not None), None)

    found = (climbed(PRECISIONS, rng, attempt, lambda m: m is not None) for _ in range(POINTS))
    return next((f for f in found if f is not None), None)


def _met(formula: Expr, other: Expr, here: Point, digits: int) -> str | None:
    """Compare at one point."""
    wanted = flint.acb(evaluate(formula, here, COMPLEX_BALLS))
    try:
        got = flint.acb(evaluate(other, here, COMPLEX_BALLS))
    except ZeroDivisionError:
        got = flint.acb("nan")
    if not wanted.is_finite():
        return None
    if not got.is_finite():
        return f"no value at {here.place()}" if digits == PRECISIONS[-1] else None
    if got.overlaps(wanted):
        return None
    return f"{got.str(8)} against {wanted.str(8)} at {here.place()}"

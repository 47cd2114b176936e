"""Two values at a precision that shows whether they agree, as far as the time limit allows."""

from __future__ import annotations

import time
from collections.abc import Callable

import flint
from flint import acb, arb
from sympy import Expr

from derivations.calculus.evaluate import evaluate
from derivations.calculus.number_fields import COMPLEX_BALLS
from derivations.calculus.point import Point
from derivations.evidence import precision
from derivations.evidence.limits import OutOfTimeError, seconds_left

PRECISIONS = (60, 120, 480, 1920, 7680, 30720, 122880)
"""Digits of precision, increased until the sides are told apart or known well enough."""
OF_MEANS = (30, 60)
"""The same for means, whose balls are as wide as the quadrature error."""
DEARER = 64
"""How much longer four times the digits may take; 36 times was measured for polygamma."""
ENOUGH = 120
"""Digits that suffice to see that a complex value is not real."""
NARROW, NARROW_MEAN = 1e-20, 1e-8
"""The largest width of a ball relative to the larger side, without means and with them."""
SMALLEST = 1e-3
"""The width of a smaller value is taken relative to this."""


def settled(
    attempt: Callable[[], tuple[arb, arb]],
    *,
    averaged: bool,
    is_real: Callable[[], bool] = lambda: True,
) -> tuple[arb, arb]:
    """Return both values at a precision that shows whether they agree, or at the highest.

    Raises
    ------
    OutOfTimeError
        If no precision up to now does, and the next might take longer than the time that is left:
        a number of many digits is computed in C, where no time limit can interrupt it.
    """
    found = (arb("nan"), arb("nan"))
    narrow = NARROW_MEAN if averaged else NARROW
    taken, before = 0.0, 0
    for digits in OF_MEANS if averaged else precision.tried(PRECISIONS):
        if taken * DEARER > seconds_left():
            message = f"{before} digits do not decide, and more may take longer than the time limit"
            raise OutOfTimeError(message)
        started, before = time.monotonic(), digits
        with flint.ctx.workdps(digits):
            found = attempt()
            if all(v.is_finite() for v in found) and (
                not found[0].overlaps(found[1]) or width_of(*found) <= narrow
            ):
                return found
        if not all(v.is_finite() for v in found) and not is_real():
            return found
        taken = time.monotonic() - started
    return found


def may_be_real(side: Expr, here: Point) -> bool:
    """Whether a side without a value may have a real one at a higher precision."""
    with flint.ctx.workdps(ENOUGH):
        try:
            value = acb(evaluate(side, here, COMPLEX_BALLS))
        except (ArithmeticError, TypeError, ValueError):
            return True
    return not value.is_finite() or bool(value.imag.contains(0))


def width_of(left: arb, right: arb) -> float:
    """Return the larger radius of two balls, relative to the larger of them."""
    scale = max(abs(float(left.mid())), abs(float(right.mid())), SMALLEST)
    return max(float(left.rad()), float(right.rad())) / scale

"""Find out whether an expression certainly has no value at a point, by ball arithmetic."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from itertools import islice
from typing import Any

import flint
import numpy as np
from flint import arb, fmpq
from numpy.typing import NDArray
from sympy import (
    Expr,
    Matrix,
    Rational,
    exp,
    expand,
    expand_log,
    log,
    loggamma,
    pi,
    polygamma,
    sympify,
)

from derivations.calculus.binding import free_indices
from derivations.calculus.evaluate import evaluate
from derivations.calculus.number_fields import BALLS, Field, Number, Rows
from derivations.calculus.point import Point

DIGITS = 1000
"""The precision of the balls where a rational is not enough."""
MOST_PLACES = 64
MODEST = fmpq(1024)


class NoValueError(ArithmeticError):
    """An expression certainly has no value: one over zero, or the log of a number not positive."""


def _ball(x: Number) -> arb:
    return x if isinstance(x, arb) else arb(x)


def _log(x: Number) -> Number:
    if x <= 0:
        message = f"the log of {_said(x)}"
        raise NoValueError(message)
    return _ball(x).log()


def _power(base: Number, exponent: Number) -> Number:
    """Raise to a power: a rational to an integer power exactly, otherwise in balls."""
    if isinstance(base, int):
        base = fmpq(base)
    if base == 0 and exponent < 0:
        message = f"zero to the power of {_said(exponent)}"
        raise NoValueError(message)
    if isinstance(exponent, int):
        return base**exponent if isinstance(base, fmpq) else BALLS.power(base, exponent)
    if base < 0 and _ball(exponent).is_exact() and not _ball(exponent).is_integer():
        message = f"{_said(base)} to the power of {_said(exponent)}"
        raise NoValueError(message)
    return _ball(base) ** _ball(exponent)


def _loggamma(x: Number) -> Number:
    _refuse_pole(x, "log Gamma")
    return _ball(x).lgamma()


def _polygamma(order: int, x: Number) -> Number:
    _refuse_pole(x, "polygamma")
    return BALLS.polygamma(order, _ball(x))


def _refuse_pole(x: Number, name: str) -> None:
    if _ball(x).is_exact() and _ball(x).is_integer() and x <= 0:
        message = f"{name} at {_said(x)}"
        raise NoValueError(message)


def _inverse(rows: Rows) -> Rows:
    balls = [[_ball(x) for x in row] for row in rows]
    if BALLS.determinant(balls) == 0:
        message = "the inverse of a singular matrix"
        raise NoValueError(message)
    return BALLS.inverse(balls)


def _said(x: Number) -> str:
    return str(_ball(x).str(8))


EXACT = Field(
    rational=fmpq,
    pi=arb.pi,
    log=_log,
    exp=lambda x: _ball(x).exp(),
    loggamma=_loggamma,
    polygamma=_polygamma,
    determinant=lambda rows: BALLS.determinant([[_ball(x) for x in row] for row in rows]),
    inverse=_inverse,
    power=_power,
)
"""Rationals as long as only arithmetic is applied, so that zero is recognized; then balls.
"""


def without_value(expressions: Iterable[Expr], point: Point) -> str | None:
    """Say where one of some expressions certainly has no value at a point; None if that is unknown.

    All values of the free indices are checked, up to a number of them.
    """
    for expression in expressions:
        free = sorted(free_indices(expression), key=str)
        every = itertools.product(*(point.index_values(index) for index in free))
        for values in islice(every, MOST_PLACES):
            here = point.at(dict(zip(free, values, strict=True)))
            try:
                with flint.ctx.workdps(DIGITS):
                    evaluate(expression, here, EXACT)
            except NoValueError as error:
                return f"no value at {here.place()}: {error}"
            except Exception:  # noqa: BLE001, S112 - if it cannot be evaluated, nothing is known
                continue
    return None


def is_zero(expression: Expr, point: Point) -> bool:
    """Prove that an expression is zero at a point whose values are rational; False means unknown.

    SymPy's numbers are used: logs of integers become sums of logs of primes. Very large numbers are
    not decided, because SymPy may need as many digits for a sign as the number has.
    """
    values = [v for array in point.arrays.values() for v in array.flat if v != 0]
    if free_indices(expression) or not all(1 / MODEST <= abs(v) <= MODEST for v in values):
        return False
    exact = {a: np.vectorize(_sympy, otypes=[object])(v) for a, v in point.arrays.items()}
    try:
        value = sympify(evaluate(expression, Point(point.sizes, exact), SYMBOLIC))
        return bool(expand(expand_log(value, factor=True)) == 0)
    except (ArithmeticError, NotImplementedError, TypeError, ValueError):
        return False


def _sympy(value: fmpq | int) -> Expr | int:
    return Rational(int(value.p), int(value.q)) if isinstance(value, fmpq) else int(value)


SYMBOLIC = Field(
    rational=Rational,
    pi=lambda: pi,
    log=log,
    exp=exp,
    loggamma=loggamma,
    polygamma=polygamma,
    determinant=lambda rows: Matrix(rows).det(),
    inverse=lambda rows: Matrix(rows).inv().tolist(),
)


def exactly(values: NDArray[Any]) -> NDArray[Any]:
    """Return the values of a point as rationals; states remain integers."""
    if values.dtype == object or values.dtype.kind == "f":
        return np.vectorize(_rational, otypes=[object])(values)
    return values


def _rational(value: fmpq | float) -> fmpq:
    return value if isinstance(value, fmpq) else fmpq(*float(value).as_integer_ratio())

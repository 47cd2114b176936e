"""The kinds of number an expression is evaluated in: floats, vectors of them, and balls.

A ball encloses the exact value. A vector holds one float for each node of a quadrature rule. Log
Gamma is defined for positive numbers only; elsewhere libraries return ``log |Gamma|``.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import acb, acb_mat, arb, arb_mat, fmpq
from numpy.typing import NDArray
from scipy import special

Number = Any
Rows = list[list[Number]]


def _stacked(rows: Rows) -> NDArray[np.float64]:
    """Put the entries of a matrix, floats or vectors, along the last two axes."""
    flat = np.broadcast_arrays(*(np.asarray(entry, dtype=float) for row in rows for entry in row))
    return np.stack(flat, axis=-1).reshape(*flat[0].shape, len(rows), len(rows))


def _inverse(rows: Rows) -> Rows:
    inverse = np.linalg.inv(_stacked(rows))
    every = range(len(rows))
    return [[inverse[..., i, j] for j in every] for i in every]


def _inverse_of_balls(rows: Rows) -> Rows:
    """Return the inverse; its entries are NaN if the balls may contain a singular matrix."""
    try:
        return arb_mat(rows).inv().table()
    except ZeroDivisionError:
        return [[arb("nan")] * len(rows)] * len(rows)


def _power_of_balls(base: Number, exponent: Number) -> Number:
    """Raise to a power; an integer power by products if the base may be zero.

    There python-flint takes the log of the base, and has no value even for a square. Index values
    are Python integers, whose inverses would be floats.
    """
    if not isinstance(base, (arb, acb)):
        base = arb(base)
    if isinstance(exponent, int) and base.contains(0):
        product = math.prod([base] * abs(exponent), start=type(base)(1))
        return product if exponent >= 0 else 1 / product
    return base**exponent


@dataclass(frozen=True)
class Field:
    """A kind of number: the conversion of a rational to it, and its functions."""

    rational: Callable[[int, int], Number]
    pi: Callable[[], Number]
    log: Callable[[Number], Number]
    exp: Callable[[Number], Number]
    loggamma: Callable[[Number], Number]
    polygamma: Callable[[int, Number], Number]
    determinant: Callable[[Rows], Number] = lambda rows: np.linalg.det(_stacked(rows))
    inverse: Callable[[Rows], Rows] = _inverse
    power: Callable[[Number, Number], Number] = operator.pow
    absolute: Callable[[Number], Number] = abs


FLOATS = Field(
    rational=lambda p, q: p / q,
    pi=lambda: math.pi,
    log=math.log,
    exp=math.exp,
    loggamma=lambda x: math.lgamma(x) if x > 0 else math.nan,
    polygamma=lambda order, x: float(special.polygamma(order, x)),
)
VECTORS = Field(
    rational=lambda p, q: p / q,
    pi=lambda: math.pi,
    log=np.log,
    exp=np.exp,
    loggamma=lambda x: np.where(np.asarray(x) > 0, special.gammaln(x), np.nan),
    polygamma=special.polygamma,
)
BALLS = Field(
    rational=lambda p, q: arb(p) if q == 1 else arb(fmpq(p, q)),
    pi=arb.pi,
    log=lambda x: arb(x).log(),
    exp=lambda x: arb(x).exp(),
    loggamma=lambda x: arb(x).lgamma(),
    polygamma=lambda order, x: acb(x).polygamma(acb(order)).real,
    determinant=lambda rows: arb_mat(rows).det(),
    inverse=_inverse_of_balls,
    power=_power_of_balls,
)
COMPLEX_BALLS = Field(
    rational=lambda p, q: acb(fmpq(p, q)),
    pi=acb.pi,
    log=lambda z: acb(z).log(),
    exp=lambda z: acb(z).exp(),
    loggamma=lambda z: acb(z).lgamma(),
    polygamma=lambda order, z: acb(z).polygamma(acb(order)),
    determinant=lambda rows: acb_mat(rows).det(),
    inverse=lambda rows: acb_mat(rows).inv().table(),
    power=_power_of_balls,
)
"""Principal values; for telling formulas apart where one of them is no longer real."""

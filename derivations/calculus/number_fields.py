"""The kinds of number an expression is evaluated in: floats, and balls that enclose the truth."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flint import acb, arb, fmpq
from scipy import special

Number = Any


@dataclass(frozen=True)
class Field:
    """A kind of number: how a rational becomes one, and the functions on it."""

    rational: Callable[[int, int], Number]
    pi: Callable[[], Number]
    log: Callable[[Number], Number]
    exp: Callable[[Number], Number]
    loggamma: Callable[[Number], Number]
    polygamma: Callable[[int, Number], Number]


FLOATS = Field(
    rational=lambda p, q: p / q,
    pi=lambda: math.pi,
    log=math.log,
    exp=math.exp,
    loggamma=math.lgamma,
    polygamma=lambda order, x: float(special.polygamma(order, x)),
)
BALLS = Field(
    rational=lambda p, q: arb(fmpq(p, q)),
    pi=arb.pi,
    log=lambda x: arb(x).log(),
    exp=lambda x: arb(x).exp(),
    loggamma=lambda x: arb(x).lgamma(),
    polygamma=lambda order, x: acb(x).polygamma(acb(order)).real,
)

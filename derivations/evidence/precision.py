"""How many digits a comparison is given before nothing is known."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

import flint

Outcome = TypeVar("Outcome")

WIDEST = 1e-20
"""Balls wider than this, relative to their middle, know too little to establish anything."""
MOST_BITS = 1000
"""More bits than this are not told apart in a figure."""

_most: ContextVar[float] = ContextVar("most digits", default=math.inf)


def tried(ladder: tuple[int, ...]) -> tuple[int, ...]:
    """Return the precisions of a ladder that may be tried, the first always."""
    return tuple(d for d in ladder if d <= _most.get()) or ladder[:1]


def relative_radius(ball: flint.arb) -> float:
    """Return a ball's radius relative to its middle, absolute for middles below one."""
    if abs(ball.mid()) <= 1:
        return float(ball.rad())
    return 2.0 ** -min(ball.rel_accuracy_bits(), MOST_BITS)


def known(ball: flint.arb) -> float:
    """Return the middle of a ball, or NaN where the ball is too wide to be taken for it."""
    narrow = ball.is_finite() and relative_radius(ball) <= WIDEST
    return float(ball.mid()) if narrow else math.nan


@contextmanager
def digits_at_most(most: int) -> Iterator[None]:
    """Give comparisons up early: a formula without a value has none at any precision."""
    token = _most.set(most)
    try:
        yield
    finally:
        _most.reset(token)

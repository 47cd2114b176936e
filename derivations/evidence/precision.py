"""The precisions at which a comparison is tried before it ends as unknown."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

import flint

Outcome = TypeVar("Outcome")

WIDEST = 1e-20
"""Balls wider than this, relative to their midpoint, establish nothing."""
MOST_BITS = 1000
"""The most bits that a figure reports."""

_most: ContextVar[float] = ContextVar("most digits", default=math.inf)


def tried(ladder: tuple[int, ...]) -> tuple[int, ...]:
    """Return the precisions of a ladder that may be tried, the first always."""
    return tuple(d for d in ladder if d <= _most.get()) or ladder[:1]


def relative_radius(ball: flint.arb) -> float:
    """Return a ball's radius relative to its midpoint, absolute for midpoints below one."""
    if abs(ball.mid()) <= 1:
        return float(ball.rad())
    return 2.0 ** -min(ball.rel_accuracy_bits(), MOST_BITS)


def known(ball: flint.arb) -> float:
    """Return the midpoint of a ball, or NaN if the ball is too wide."""
    narrow = ball.is_finite() and relative_radius(ball) <= WIDEST
    return float(ball.mid()) if narrow else math.nan


@contextmanager
def digits_at_most(most: int) -> Iterator[None]:
    """End comparisons at fewer digits: a formula without a value has none at any precision."""
    token = _most.set(most)
    try:
        yield
    finally:
        _most.reset(token)

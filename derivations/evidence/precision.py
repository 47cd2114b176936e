"""How many digits a comparison is given before nothing is known."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

import flint
import numpy as np

Outcome = TypeVar("Outcome")

_most: ContextVar[float] = ContextVar("most digits", default=math.inf)


def tried(ladder: tuple[int, ...]) -> tuple[int, ...]:
    """Return the precisions of a ladder that may be tried, the first always."""
    return tuple(d for d in ladder if d <= _most.get()) or ladder[:1]


@contextmanager
def digits_at_most(most: int) -> Iterator[None]:
    """Give comparisons up early: a formula without a value has none at any precision."""
    token = _most.set(most)
    try:
        yield
    finally:
        _most.reset(token)


def climbed(
    ladder: tuple[int, ...],
    rng: np.random.Generator,
    attempt: Callable[[int], Outcome],
    decides: Callable[[Outcome], bool],
) -> Outcome:
    """Attempt with more and more digits until an outcome decides; return it, or the last.

    The generator is set back each time: an attempt that draws gets the same point again,
    converted more finely.
    """
    state = rng.bit_generator.state

    def attempted(digits: int) -> Outcome:
        rng.bit_generator.state = state
        with flint.ctx.workdps(digits):
            return attempt(digits)

    *others, most = tried(ladder)
    for digits in others:
        outcome = attempted(digits)
        if decides(outcome):
            return outcome
    return attempted(most)

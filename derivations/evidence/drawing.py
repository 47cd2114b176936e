"""How the points are drawn at which a claim is tried: one place, so that they can be hostile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol, TypeVar

import numpy as np
from flint import fmpq
from numpy.typing import NDArray
from scipy.special import ndtri
from sympy import Symbol

from derivations.calculus.expressions import (
    ABOVE_ONE,
    BITS,
    COUNTS,
    POSITIVE,
    SIMPLEX,
    UNIT,
    Array,
)
from derivations.evidence.parts import Part, levels, parts, whose_turn

LARGEST = 4
LARGE = range(8, 13)
"""Sizes of which every open one has one at a point of a check, where the check can afford it."""
LARGEST_COUNT = 12
TRIES = 64
"""Draws after which sizes that cannot all differ may be equal: as few of them as was found."""

Case = TypeVar("Case")
Shape = tuple[int, ...]
Sizes = Mapping[Symbol, Sequence[int]]
"""The values allowed for some size symbols; the others are drawn from two up.

A size allowed alone is one that the claim is about. Where a check can afford no more than two,
``(1, 2)`` are allowed: two is drawn, and one by the attack.
"""


class Drawing(Protocol):
    """What is asked when a point is drawn: its sizes first, then its arrays one by one."""

    def sizes(
        self, symbols: Sequence[Symbol], rng: np.random.Generator, allowed: Sizes
    ) -> dict[Symbol, int]:
        """Draw a value for every size symbol."""

    def fractions(self, array: Array, shape: Shape, rng: np.random.Generator) -> NDArray[Any]:
        """Draw exact rational values from an array's domain."""

    def floats(self, array: Array, shape: Shape, rng: np.random.Generator) -> NDArray[Any]:
        """Draw values from an array's domain for a check that works them out in floats."""

    def states(
        self, array: Array, shape: Shape, most: int, rng: np.random.Generator
    ) -> NDArray[Any]:
        """Draw the values of an integer array, from one to ``most``."""

    def within(
        self,
        bounds: tuple[float, float],
        array: Array,
        shape: Shape,
        rng: np.random.Generator,
        *,
        in_logs: bool = False,
    ) -> NDArray[Any]:
        """Draw values where a numerical method serves, or their logs as likely as each other."""

    def points(self, number: int) -> int:
        """Return how many points a check that would try ``number`` of them is to try."""


class Moderate:
    """Small sizes that differ, values from the domains: what a claim is ordinarily tried at."""

    def sizes(
        self, symbols: Sequence[Symbol], rng: np.random.Generator, allowed: Sizes
    ) -> dict[Symbol, int]:
        """Draw sizes, all different if they can be: allowed, else from two up, large in turn.

        One is drawn only where nothing else is allowed: a single roll hides a sum over rolls that
        is wrong, and a claim tried at it alone is not tried.
        """
        given = {
            s: [v for v in allowed[s] if v > 1] or list(allowed[s]) for s in symbols if s in allowed
        }
        open_symbols = [s for s in symbols if s not in allowed]
        smallest = range(2, max(LARGEST, len(symbols) + 1) + 1)
        possible = {v for s in symbols for v in given.get(s, smallest)}
        most = min(len(symbols), len(possible))
        best: dict[Symbol, int] = {}
        for _ in range(TRIES):
            free = dict(zip(open_symbols, rng.permutation(smallest), strict=False))
            drawn = {s: int(rng.choice(given[s]) if s in given else free[s]) for s in symbols}
            if len(set(drawn.values())) > len(set(best.values())):
                best = drawn
            if len(set(best.values())) == most:
                break
        large = dict(zip(whose_turn(open_symbols), rng.permutation(LARGE).tolist(), strict=False))
        return best | large

    def fractions(self, array: Array, shape: Shape, rng: np.random.Generator) -> NDArray[Any]:
        """Draw exact rational values from an array's domain.

        Positive ones span seven decades, half of them within a decade of one.
        """
        level = levels(array, shape, rng)
        if array.domain == POSITIVE:
            values = 10.0 ** np.interp(level, (0, 1 / 4, 3 / 4, 1), (-3, -1, 1, 4))
        elif array.domain == UNIT:
            values = 1 / (1 + np.exp(12.0 - 24.0 * level))
        elif array.domain == ABOVE_ONE:
            values = 1 + 10.0 ** (5 * level - 3)
        elif array.domain == SIMPLEX:
            values = 0.02 + 0.98 * level
        elif array.domain == COUNTS:
            values = np.floor(LARGEST_COUNT * level**2)
        elif array.domain == BITS:
            values = np.floor(2 * level)
        else:
            values = 2.0 * ndtri(level)
        exact = np.vectorize(lambda v: fmpq(*float(v).as_integer_ratio()), otypes=[object])(values)
        return exact / exact.sum(-1, keepdims=True) if array.domain == SIMPLEX else exact

    def floats(self, array: Array, shape: Shape, rng: np.random.Generator) -> NDArray[Any]:
        """Draw the same values, rounded."""
        return rounded(self.fractions(array, shape, rng))

    def states(
        self, array: Array, shape: Shape, most: int, rng: np.random.Generator
    ) -> NDArray[Any]:
        """Draw states: the first for a quarter of the levels, the last for another, any between.

        So over four points every entry is in the first state, in the last, and twice in any.
        """
        level = np.interp(levels(array, shape, rng), (0, 1 / 4, 3 / 4, 1), (0, 0, 1, 1))
        return np.asarray(1 + np.minimum(np.floor(most * level), most - 1), dtype=int)

    def within(
        self,
        bounds: tuple[float, float],
        array: Array,
        shape: Shape,
        rng: np.random.Generator,
        *,
        in_logs: bool = False,
    ) -> NDArray[Any]:
        """Draw values between two bounds."""
        low, high = np.log(bounds) if in_logs else bounds
        values = low + (high - low) * levels(array, shape, rng)
        return np.asarray(np.exp(values) if in_logs else values)

    def points(self, number: int) -> int:
        """Return all."""
        return number


def rounded(fractions: NDArray[Any]) -> NDArray[Any]:
    """Return exact values as floats."""
    return np.vectorize(lambda f: int(f.p) / int(f.q), otypes=[float])(fractions)


_drawing: ContextVar[Drawing] = ContextVar("drawing", default=Moderate())  # noqa: B039 - it has no state


def drawing() -> Drawing:
    """Return what points are drawn by here."""
    return _drawing.get()


@contextmanager
def drawn_by(chosen: Drawing) -> Iterator[None]:
    """Draw points otherwise."""
    token = _drawing.set(chosen)
    try:
        yield
    finally:
        _drawing.reset(token)


def spread(number: int, rng: np.random.Generator) -> Iterator[Part]:
    """Yield the parts of as many points as a check that would try ``number`` of them is to try."""
    yield from parts(drawing().points(number), rng)


def tried(cases: Sequence[Case]) -> Sequence[Case]:
    """Return the cases of a check that are each worth a point: the last so many."""
    return cases[-drawing().points(len(cases)) :]

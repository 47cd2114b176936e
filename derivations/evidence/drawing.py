"""How the points are drawn at which a claim is checked. Edge cases replace the drawing."""

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
from derivations.evidence.parts import Part, code_digits, levels, parts, whose_turn

LARGEST = 4
LARGE = range(8, 13)
"""Large sizes. Each size that is not restricted takes one of them at one point of a check."""
LARGEST_COUNT = 12
TRIES = 64
"""The number of draws in the search for sizes that all differ; the best draw is used."""

Case = TypeVar("Case")
Shape = tuple[int, ...]
Sizes = Mapping[Symbol, Sequence[int]]
"""The values allowed for some size symbols; the others are drawn from two up.

A single allowed value is one that the claim is about. Where more than two would cost too much,
``(1, 2)`` are allowed: ordinary points take two, and edge cases take one.
"""


class Drawing(Protocol):
    """How a point is drawn: its sizes first, then its arrays one by one."""

    def sizes(
        self, symbols: Sequence[Symbol], rng: np.random.Generator, allowed: Sizes
    ) -> dict[Symbol, int]:
        """Draw a value for every size symbol."""

    def fractions(self, array: Array, shape: Shape, rng: np.random.Generator) -> NDArray[Any]:
        """Draw exact rational values from an array's domain."""

    def floats(self, array: Array, shape: Shape, rng: np.random.Generator) -> NDArray[Any]:
        """Draw values from an array's domain for a check in floats."""

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
        """Draw values in the range of a numerical method, uniformly or ``in_logs``."""

    def points(self, number: int) -> int:
        """Return how many points a check takes that ordinarily takes ``number`` of them."""


class Moderate:
    """Ordinary points: small sizes that differ, and values from the domains."""

    def sizes(
        self, symbols: Sequence[Symbol], rng: np.random.Generator, allowed: Sizes
    ) -> dict[Symbol, int]:
        """Draw sizes, all different if possible: allowed ones, else from two, large ones in turn.

        One is drawn only if nothing else is allowed, because an error in a sum over rolls cannot
        be seen with a single roll.
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
            drawn = {s: int(v) for s, v in (free | _told_apart(given, rng)).items()}
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
        """Draw states: a quarter of the levels is the first, another the last, the rest any.

        Over four points an entry is once in the first state, once in the last, twice in any.
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


def _told_apart(
    given: Mapping[Symbol, Sequence[int]], rng: np.random.Generator
) -> dict[Symbol, int]:
    """Draw sizes from allowed values: of those with the same values, any two differ in turn.

    Where there are more of them than values, each has a number of its own, the same at all points
    of a check. Its digits are the indices of its values, a digit for each point.
    """
    groups: dict[tuple[int, ...], list[Symbol]] = {}
    for symbol, values in given.items():
        groups.setdefault(tuple(values), []).append(symbol)
    found: dict[Symbol, int] = {}
    for values, symbols in groups.items():
        number = len(symbols)
        digits = rng.permutation(len(values))[:number].tolist()
        if number > len(values):
            digits = code_digits(number, len(values)) or rng.integers(len(values), size=number)
        found |= {s: values[digit] for s, digit in zip(symbols, digits, strict=True)}
    return found


def rounded(fractions: NDArray[Any]) -> NDArray[Any]:
    """Return exact values as floats."""
    return np.vectorize(lambda f: int(f.p) / int(f.q), otypes=[float])(fractions)


_drawing: ContextVar[Drawing] = ContextVar("drawing", default=Moderate())  # noqa: B039 - it has no state


def drawing() -> Drawing:
    """Return the drawing in use."""
    return _drawing.get()


@contextmanager
def drawn_by(chosen: Drawing) -> Iterator[None]:
    """Use another drawing in a block of code."""
    token = _drawing.set(chosen)
    try:
        yield
    finally:
        _drawing.reset(token)


def spread(number: int, rng: np.random.Generator) -> Iterator[Part]:
    """Yield the strata of a check that ordinarily takes ``number`` points."""
    yield from parts(drawing().points(number), rng)


def tried(cases: Sequence[Case]) -> Sequence[Case]:
    """Return the last cases of a check, as many as it takes points."""
    return cases[-drawing().points(len(cases)) :]

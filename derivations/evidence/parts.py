"""Latin hypercube sampling of the points of one check.

The range of every number is divided into strata of equal length, one for each point of the check.
Each point takes its number from another stratum.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from sympy import Symbol

from derivations.calculus.expressions import Array

Floats = NDArray[np.float64]
INNER = 1e-9
"""No level is nearer to zero or one, where the quantile of a normal is not finite."""


@dataclass(frozen=True)
class Part:
    """The number of a point among those of its check, and the seed by which strata are shuffled."""

    number: int
    of: int
    salt: int


WHOLE = Part(0, 1, 0)
_part: ContextVar[Part] = ContextVar("part", default=WHOLE)


def parts(number: int, rng: np.random.Generator) -> Iterator[Part]:
    """Yield the strata for the points of one check."""
    salt = int(rng.integers(2**32))
    yield from (Part(point, number, salt) for point in range(number))


@contextmanager
def drawn_in(part: Part) -> Iterator[None]:
    """Draw within one stratum in a block of code."""
    token = _part.set(part)
    try:
        yield
    finally:
        _part.reset(token)


def levels(array: Array, shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
    """Draw the level of each entry of an array within its range, from zero to one.

    The strata are in another random order for every entry: a Latin hypercube. With two points or
    more, every real number takes both signs.
    """
    part, drawn = _part.get(), rng.uniform(INNER, 1 - INNER, size=shape)
    order = _order(part.salt, array.name, drawn.size, part.of)[:, part.number]
    return np.asarray((order.reshape(shape) + drawn) / part.of)


@lru_cache(maxsize=1024)
def _order(salt: int, name: str, entries: int, of: int) -> NDArray[np.int_]:
    """Return for every entry, in a row, the stratum of each point."""
    shuffled = np.random.default_rng((salt, crc32(name.encode())))
    return shuffled.random((entries, of)).argsort(axis=1)


def ends(number: int, rng: np.random.Generator) -> list[int]:
    """Return the end of its range that each index takes at a corner: 0 the first, 1 the last.

    Over two points a pair of indices is once at the same end and once at opposite ends. Over four
    points three indices take every combination. A corner and its opposite count as one.
    """
    part, end = _part.get(), int(rng.integers(2))
    code = part.number + part.salt if part.of > 1 else int(rng.integers(2**32))
    return [end ^ (code >> place - 1 & 1 if place else 0) for place in range(number)]


def whose_turn(symbols: Sequence[Symbol]) -> list[Symbol]:
    """Return the sizes that are large at this point; with two points or more, each is at one."""
    part = _part.get()
    return [
        symbol
        for place, symbol in enumerate(symbols)
        if part.of > 1 and (place + part.salt) % part.of == part.number
    ]


def code_digits(number: int, base: int) -> list[int]:
    """Return a digit for each of some items at this point: over the points, its own number.

    Over enough points any two items have different digits at one of them. A point that is alone
    has none.
    """
    part = _part.get()
    if part.of == 1:
        return []
    shuffled = np.random.default_rng(part.salt).permutation(number)
    return [int(own) // base**part.number % base for own in shuffled]

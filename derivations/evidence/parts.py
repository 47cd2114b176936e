"""The points of one check spread out: each takes another part of every number's range."""

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
"""No level is nearer to zero or one: a normal's quantile there is not finite."""


@dataclass(frozen=True)
class Part:
    """The place of a point among those of its check, and what the check shuffles their parts by."""

    number: int
    of: int
    salt: int


WHOLE = Part(0, 1, 0)
_part: ContextVar[Part] = ContextVar("part", default=WHOLE)


def parts(number: int, rng: np.random.Generator) -> Iterator[Part]:
    """Yield the parts for so many points of one check."""
    salt = int(rng.integers(2**32))
    yield from (Part(point, number, salt) for point in range(number))


@contextmanager
def drawn_in(part: Part) -> Iterator[None]:
    """Draw what is drawn here in one part of its range."""
    token = _part.set(part)
    try:
        yield
    finally:
        _part.reset(token)


def levels(array: Array, shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
    """Draw how far up its range each entry of an array is, from zero to one.

    Of a check's points each has another part of the range, as long as the others, in an order of
    its own for every entry: a Latin hypercube. From two points on, every real number so takes both
    signs.
    """
    part, drawn = _part.get(), rng.uniform(INNER, 1 - INNER, size=shape)
    order = _order(part.salt, array.name, drawn.size, part.of)[:, part.number]
    return np.asarray((order.reshape(shape) + drawn) / part.of)


@lru_cache(maxsize=1024)
def _order(salt: int, name: str, entries: int, of: int) -> NDArray[np.int_]:
    """Return for every entry, in a row, which part each point has of it."""
    shuffled = np.random.default_rng((salt, crc32(name.encode())))
    return shuffled.random((entries, of)).argsort(axis=1)


def ends(number: int, rng: np.random.Generator) -> list[int]:
    """Return which end of its range each of some indices has at a corner: 0 the first, 1 the last.

    Over two points a pair of indices is once at the same end and once at opposite ones, over four
    so are three indices in every way; a corner and its opposite count as one.
    """
    part, end = _part.get(), int(rng.integers(2))
    code = part.number + part.salt if part.of > 1 else int(rng.integers(2**32))
    return [end ^ (code >> place - 1 & 1 if place else 0) for place in range(number)]


def whose_turn(symbols: Sequence[Symbol]) -> list[Symbol]:
    """Return the symbols whose turn it is to be large: each has it at one point, of two or more."""
    part = _part.get()
    return [
        symbol
        for place, symbol in enumerate(symbols)
        if part.of > 1 and (place + part.salt) % part.of == part.number
    ]

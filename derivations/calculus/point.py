"""A point at which an expression is evaluated: sizes, array values, values of free indices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Symbol

from derivations.calculus.expressions import Array
from derivations.calculus.indices import Index

MOST_SHOWN = 6
"""Single numbers that are told of a point."""


@dataclass(frozen=True)
class Point:
    """Concrete sizes and array values; free indices may be given values too.

    ``ranges`` caches what is computed from the sizes; points derived from this one share it.
    """

    sizes: Mapping[Symbol, int]
    arrays: Mapping[Array, NDArray[Any]]
    indices: Mapping[Index, int] = field(default_factory=dict)
    ranges: dict[Index, range] = field(default_factory=dict, repr=False, compare=False)

    def at(self, indices: Mapping[Index, int]) -> Point:
        """Return the point with more free indices placed."""
        placed = {**self.indices, **indices}
        return Point(self.sizes, self.arrays, placed, self.ranges)

    def having(self, arrays: Mapping[Array, NDArray[Any]]) -> Point:
        """Return the point with more arrays, or other values for the ones it has."""
        held = {**self.arrays, **arrays}
        return Point(self.sizes, held, self.indices, self.ranges)

    def place(self) -> str:
        """Say where the point is: its sizes, its free indices, and its single numbers."""
        named = {**self.sizes, **self.indices}
        whole = [f"{symbol}={value}" for symbol, value in named.items()]
        single = [(a.notation, v.item()) for a, v in self.arrays.items() if np.ndim(v) == 0]
        numbers = [f"{letter}={float(value):.6g}" for letter, value in single[:MOST_SHOWN]]
        return ", ".join([*whole, *numbers]) or "a point"

    def count(self, expression: Expr) -> int:
        """Return the value of an expression in sizes."""
        return int(expression.xreplace(dict(self.sizes)))

    def index_values(self, index: Index) -> range:
        """Return the values an index runs through."""
        if index not in self.ranges:
            self.ranges[index] = range(self.count(index.lower), self.count(index.upper) + 1)
        return self.ranges[index]

    def shape(self, array: Array) -> tuple[int, ...]:
        """Return an array's concrete shape."""
        return tuple(self.count(s) for s in array.sizes)

"""Where an expression is evaluated: concrete sizes, array values, free indices placed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from numpy.typing import NDArray
from sympy import Expr, Symbol

from derivations.calculus.expressions import Array, Density
from derivations.calculus.indices import Index
from derivations.calculus.number_fields import Number


@dataclass(frozen=True)
class Point:
    """Concrete sizes and array values; free indices may be given values too.

    ``density`` gives the abstract densities of a model their numbers.
    """

    sizes: Mapping[Symbol, int]
    arrays: Mapping[Array, NDArray[Any]]
    indices: Mapping[Index, int] = field(default_factory=dict)
    density: Callable[[Density, Point], Number] | None = None

    def at(self, indices: Mapping[Index, int]) -> Point:
        """Return the point with more free indices placed."""
        return replace(self, indices={**self.indices, **indices})

    def having(self, arrays: Mapping[Array, NDArray[Any]]) -> Point:
        """Return the point with more arrays, or other values for the ones it has."""
        return replace(self, arrays={**self.arrays, **arrays})

    def place(self) -> str:
        """Say where the point is: its sizes, and the free indices placed."""
        named = {**self.sizes, **self.indices}
        return ", ".join(f"{symbol}={value}" for symbol, value in named.items())

    def count(self, expression: Expr) -> int:
        """Return the value of an expression in sizes."""
        return int(expression.xreplace(dict(self.sizes)))

    def index_values(self, index: Index) -> range:
        """Return the values an index runs through."""
        return range(self.count(index.lower), self.count(index.upper) + 1)

    def shape(self, array: Array) -> tuple[int, ...]:
        """Return an array's concrete shape."""
        return tuple(self.count(s) for s in array.sizes)

"""Determinants and inverses of matrices whose sizes are symbols, given by their entries.

Both are inert: they have a value once the sizes have one, and are never simplified. An identity
that involves them is proved from the definition of an inverse, or checked by enclosure.
"""

from __future__ import annotations

from typing import Any, Self

from sympy import Expr

from derivations.calculus.exact import exact
from derivations.calculus.expressions import Element, Inert, OverIndices
from derivations.calculus.indices import ONE, Index, prove_in_range


class OfMatrix(OverIndices):
    """A property of the square matrix with the entry ``body`` at ``row`` and ``column``."""

    is_real = True

    def __new__(cls, body: Any, row: Index, column: Index) -> Self:
        if (row.lower, row.upper) != (column.lower, column.upper) or row.lower != 1:
            ranges = f"{row.lower}..{row.upper} by {column.lower}..{column.upper}"
            message = f"{cls.__name__}: wanted a square matrix counted from one, got {ranges}"
            raise ValueError(message)
        return super().__new__(cls, body, row, column)

    @property
    def is_named(self) -> bool:
        """Whether its entries are those of an array, by whose letter it is then printed."""
        return isinstance(self.body, Element) and self.body.subscripts == self.indices


class Determinant(OfMatrix):
    """The determinant."""

    def _sympystr(self, printer: Any) -> str:
        names = ",".join(i.name for i in self.indices)
        return f"det_{{{names}}} ({printer.doprint(self.body)})"


class Inverse(OfMatrix):
    """The whole inverse matrix; ``InverseEntry`` is one of its entries."""

    def _sympystr(self, printer: Any) -> str:
        names = ",".join(i.name for i in self.indices)
        return f"inv_{{{names}}} ({printer.doprint(self.body)})"


class InverseEntry(Inert):
    """One entry of an inverse."""

    is_real = True

    def __new__(cls, inverse: Inverse, row: Any, column: Any) -> Self:
        places = (exact(row), exact(column))
        upper = inverse.indices[0].upper
        for place in places:
            if isinstance(place, Index) and place.lower == 1 and place.upper == upper:
                continue
            prove_in_range(place, ONE, upper, str(inverse))
        return Expr.__new__(cls, inverse, *places)

    @property
    def inverse(self) -> Inverse:
        """The inverse it is taken from."""
        return self.args[0]

    @property
    def subscripts(self) -> tuple[Expr, Expr]:
        """Row and column."""
        return self.args[1:]

    def _sympystr(self, printer: Any) -> str:
        inner = ",".join(printer.doprint(s) for s in self.subscripts)
        return f"{printer.doprint(self.inverse)}[{inner}]"

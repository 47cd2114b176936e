"""Named families at parameters, as in ``Dirichlet(alpha)``, and variables that follow them."""

from __future__ import annotations

from typing import Any, Self

from sympy import Expr
from sympy.core.symbol import Str

from derivations.calculus.exact import exact
from derivations.calculus.expressions import Array, Element, Inert, OverIndices, Slice
from derivations.calculus.indices import Index


class NotationError(ValueError):
    """A formula has no meaning."""


class Entries(OverIndices):
    """A vector, given by one entry and the index its entries run over; a matrix, by two indices."""

    @property
    def index(self) -> Index:
        """The index its entries run over."""
        return self.indices[0]

    @property
    def is_named(self) -> bool:
        """Whether it is a whole row of an array or a whole matrix, and printed by its letter."""
        body, number = self.body, len(self.indices)
        return (
            isinstance(body, Element)
            and body.subscripts[-number:] == self.indices
            and not any(s.has(i) for s in body.subscripts[:-number] for i in self.indices)
        )

    @property
    def row(self) -> Slice:
        """That row, or that matrix."""
        return Slice(self.body.array, *self.body.subscripts[: -len(self.indices)])


class FamilyAt(Inert):
    """A named family at parameters, as in ``Dirichlet(alpha)``: a distribution without a letter.

    Each parameter is a number, or a vector given by its ``Entries``.
    """

    def __new__(cls, name: str | Str, *parameters: Any) -> Self:
        return Expr.__new__(cls, Str(str(name)), *(exact(p) for p in parameters))

    @property
    def name(self) -> str:
        """The family's name in the registry."""
        name: str = self.args[0].name
        return name

    @property
    def parameters(self) -> tuple[Expr, ...]:
        """The parameters in the order of the family."""
        return self.args[1:]


class Independent(OverIndices):
    """Independent copies of a named family over indices, as in ``N(mu, diag(sigma^2))``."""


class Distributed(Inert):
    """``value ~ family``: a variable, or a vector given by its ``Entries``, and its family."""

    def __new__(cls, value: Expr, family: FamilyAt) -> Self:
        return Expr.__new__(cls, value, family)

    @property
    def value(self) -> Expr:
        """The random variable at its plates."""
        return self.args[0]

    @property
    def family(self) -> FamilyAt:
        """Its family at parameters."""
        return self.args[1]

    @property
    def element(self) -> Element:
        """One entry of the variable."""
        return self.value.body if isinstance(self.value, Entries) else self.value

    @property
    def array(self) -> Array:
        """The array of the variable."""
        return self.element.array

"""What a declaration gives back: a named array, to be put into formulas or to be selected from."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sympy import Expr

from derivations.calculus.declaration import ModelError
from derivations.calculus.expressions import Array
from derivations.calculus.indices import Index, IndexOutOfRangeError
from derivations.declaring.refusals import expression
from derivations.families import Vector

Plates = Callable[[], tuple[Index, ...]]
Value = Any
"""What SymPy takes for an expression: a number, a formula, a `Reference`."""
Operator = Callable[[Any, Any], Expr]


def _both(operation: Callable[[Expr, Expr], Expr]) -> tuple[Operator, Operator]:
    """Return an operator with a reference on the left, and with one on the right."""

    def left(one: Reference, other: Value) -> Expr:
        return operation(one.number(), expression(other, f"a formula with {one.name}"))

    def right(one: Reference, other: Value) -> Expr:
        return operation(expression(other, f"a formula with {one.name}"), one.number())

    return left, right


@dataclass(frozen=True, eq=False)
class Reference:
    """A random variable or fixed numbers, as used in formulas.

    Inside plates it stands for the entry at their indices, so that a formula is written as for one
    copy. ``phi[z]`` is the copy of ``phi`` that ``z`` selects, and ``rho[z1 + z2 - 1]`` likewise;
    ``x[n, d]`` names the entry at indices. It is added and multiplied like a number.

    ``own`` are the plates of a random variable, None for fixed numbers, whose axes are aligned
    with the plates of the same size. ``active`` tells the plates one stands in.
    """

    array: Array
    active: Plates
    own: tuple[Index, ...] | None = None
    chosen: tuple[Expr, ...] = ()

    def __getitem__(self, subscripts: Value) -> Reference:
        """Return what the leading subscripts select."""
        new = subscripts if isinstance(subscripts, tuple) else (subscripts,)
        chosen = (*self.chosen, *(expression(s, f"a subscript of {self.name}") for s in new))
        if len(chosen) > len(self.array.sizes):
            message = f"{self.name}: wanted at most {len(self.array.sizes)} subscripts, got {new}"
            raise ModelError(message)
        return replace(self, chosen=chosen)

    @property
    def name(self) -> str:
        """The declared name."""
        return self.array.name

    def number(self) -> Expr:
        """Return the entry it stands for: a number."""
        if self.own is not None and self.entries is not None:
            message = f"{self.name}: wanted a number, got a vector of {self.entries} entries"
            raise ModelError(message)
        return self._entry(*self._places(len(self.array.sizes)))

    def vector(self, index: Index) -> Vector:
        """Return the entries along its last axis."""
        return Vector(self._entry(*self._places(self._last), index), index)

    def _entry(self, *rest: Index) -> Expr:
        try:
            return self.array[(*self.chosen, *rest)]
        except IndexOutOfRangeError as error:
            raise ModelError(str(error)) from None

    @property
    def entries(self) -> Expr | None:
        """How many entries its last axis has, if plates leave one over."""
        sizes = self.array.sizes
        if self.array.states != 0 or len(self.chosen) == len(sizes):
            return None
        if self.own is not None:
            return sizes[-1] if len(sizes) > len(self.own) else None
        return sizes[-1]

    @property
    def _last(self) -> int:
        return len(self.array.sizes) - 1

    def _places(self, end: int) -> list[Index]:
        """Return the plates' indices at the axes that no subscript has taken."""
        active = self.active()
        if self.own is not None:
            wanted = self.own[len(self.chosen) : end]
            return [self._standing_in(plate, active) for plate in wanted]
        places: list[Index] = []
        for extent in self.array.sizes[len(self.chosen) : end]:
            found = next((p for p in active if p.upper == extent and p not in places), None)
            if found is None:
                message = (
                    f"{self.name}: wanted a plate of the size {extent} for its axis, got the "
                    f"plates {_listed(active)}; an entry is chosen as {self.name}[...]"
                )
                raise ModelError(message)
            places.append(found)
        return places

    def _standing_in(self, plate: Index, active: tuple[Index, ...]) -> Index:
        if plate in active:
            return plate
        message = (
            f"{self.name}: it is repeated over the plate {plate}, and was used outside, in the "
            f"plates {_listed(active)}; a copy is selected as {self.name}[z]"
        )
        raise ModelError(message)

    def _sympy_(self) -> Expr:
        return self.number()

    __add__, __radd__ = _both(operator.add)
    __sub__, __rsub__ = _both(operator.sub)
    __mul__, __rmul__ = _both(operator.mul)
    __truediv__, __rtruediv__ = _both(operator.truediv)
    __pow__, __rpow__ = _both(operator.pow)
    __array_ufunc__ = None  # NumPy's numbers leave sums and products to this class
    __iter__ = None  # else Python would try the subscripts 0, 1, 2, ... for ever

    def __neg__(self) -> Expr:
        """Return minus the number."""
        return -self.number()

    def __repr__(self) -> str:
        """Return the name and what was selected."""
        inner = ", ".join(map(str, self.chosen))
        return f"{self.name}[{inner}]" if inner else self.name


def _listed(plates: tuple[Index, ...]) -> str:
    return ", ".join(f"{p.name} = 1..{p.upper}" for p in plates) or "none"

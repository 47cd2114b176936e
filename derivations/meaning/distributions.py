"""Distributions as expressions: named families, factors, joint distributions and densities.

A distribution holds its variables, their families and the arrays it is conditioned on.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from sympy import Basic, Expr, Tuple
from sympy.core.symbol import Str

from derivations.calculus.binding import arrays_in, free_indices
from derivations.calculus.expressions import Array, Element, Inert, OverIndices, Slice
from derivations.calculus.indices import Index
from derivations.families import POSITIVE
from derivations.families import family as known
from derivations.meaning.named import Distributed, Entries, FamilyAt, NotationError


class Part(OverIndices):
    """One factor of a joint distribution: ``value ~ family``, independently over its plates."""

    @property
    def stated(self) -> Distributed:
        """The statement about one copy."""
        return self.args[0]

    @property
    def plates(self) -> tuple[Index, ...]:
        """The plates, outermost first."""
        return self.args[1:]

    @property
    def array(self) -> Array:
        """The array of the variable."""
        return self.stated.array


class SinglePart(Inert):
    """A factor without plates."""

    def __new__(cls, stated: Distributed) -> Self:
        return Expr.__new__(cls, stated)

    @property
    def stated(self) -> Distributed:
        """The statement about it."""
        return self.args[0]

    plates: tuple[Index, ...] = ()

    @property
    def array(self) -> Array:
        """The array of the variable."""
        return self.stated.array


AnyPart = Part | SinglePart


def part(value: Expr, family: FamilyAt, *plates: Index) -> AnyPart:
    """Return one factor of a joint distribution.

    Raises
    ------
    NotationError
        If a parameter holds an index that is no plate, or the value is no variable.
    """
    element = value.body if isinstance(value, Entries) else value
    if not isinstance(element, Element):
        message = f"wanted an entry of an array as the random variable, got {value}"
        raise NotationError(message)
    if loose := sorted(free_indices(family) - set(plates), key=str):
        message = (
            f"{element.array.name} ~ {family.name}: wanted parameters at its plates "
            f"{[p.name for p in plates]}, got the free index {loose[0].name}"
        )
        raise NotationError(message)
    for stated, parameter in zip(known(family.name).parameters, family.parameters, strict=False):
        if stated.domain == POSITIVE and parameter.is_positive is False:
            message = (
                f"{element.array.name} ~ {family.name}: wanted a positive {stated.name}, "
                f"got {parameter}"
            )
            raise NotationError(message)
    for plate, extent in zip(plates, element.array.sizes, strict=False):
        if (plate.lower, plate.upper) != (1, extent):
            message = (
                f"{element.array.name} ~ {family.name}: wanted the plate {plate.name} to run from "
                f"1 to {extent}, got {plate.lower} to {plate.upper}"
            )
            raise NotationError(message)
    stated = Distributed(value, family)
    return Part(stated, *plates) if plates else SinglePart(stated)


class Joint(Basic):
    """A joint distribution: a letter and its factors, parents before children.

    ``given`` are arrays on which all of it is conditioned, such as the image of an encoder.
    """

    def __new__(
        cls, letter: str | Str, parts: Iterable[AnyPart], given: Iterable[Any] = ()
    ) -> Self:
        parts, given = Tuple(*parts), Tuple(*given)
        seen: set[Array] = set()
        arrays = {p.array for p in parts}
        for one in parts:
            for other in arrays_in(one.stated.family):
                if other in arrays and other not in seen:
                    message = (
                        f"{letter}: wanted the parents of {one.array.name} declared before it, "
                        f"got {other.name} after it"
                    )
                    raise NotationError(message)
            if one.array in seen:
                message = f"{letter}: wanted one factor for each variable, got two for {one.array}"
                raise NotationError(message)
            seen.add(one.array)
        return Basic.__new__(cls, Str(str(letter)), parts, given)

    @property
    def letter(self) -> str:
        """The letter it is printed with."""
        letter: str = self.args[0].name
        return letter

    @property
    def parts(self) -> tuple[AnyPart, ...]:
        """Its factors, parents before children."""
        return tuple(self.args[1])

    @property
    def given(self) -> tuple[Expr, ...]:
        """The arrays on which all of it is conditioned."""
        return tuple(self.args[2])

    @property
    def variables(self) -> tuple[Array, ...]:
        """Its random variables."""
        return tuple(p.array for p in self.parts)

    def part(self, array: Array) -> AnyPart:
        """Return the factor of a variable."""
        for one in self.parts:
            if one.array == array:
                return one
        message = f"{self.letter}: wanted one of {[str(v) for v in self.variables]}, got {array}"
        raise NotationError(message)

    def __call__(self, *values: Expr, given: Any = ()) -> Density:
        """Return the density of values, given others."""
        held = given if isinstance(given, tuple) else (given,)
        return Density(self, values, held)

    def _sympystr(self, printer: Any) -> str:  # noqa: ARG002 - SymPy's printing protocol
        return self.letter


class At(Inert):
    """A value for a variable in a density: ``p(x, z)`` at ``z = z_i``."""

    def __new__(cls, variable: Slice, place: Expr) -> Self:
        return Expr.__new__(cls, variable, place)

    @property
    def variable(self) -> Slice:
        """The variable, whole or at some of its plates."""
        return self.args[0]

    @property
    def place(self) -> Expr:
        """The value: a row of an array, a number or the ``Entries`` of a vector."""
        return self.args[1]


def variable_of(item: Expr) -> Expr:
    """Return the variable of an item of a density."""
    return item.variable if isinstance(item, At) else item


class Density(Inert):
    """``p(values | given)``: the density of some variables of a joint, others given.

    Variables that are named on neither side of the bar are integrated out. The fixed arrays of the
    joint may be named after the bar: all those that the density depends on, or none.
    """

    is_positive = True

    def __new__(cls, joint: Joint, values: Any, given: Any = ()) -> Self:
        values, given = Tuple(*values), Tuple(*given)
        named = [_array(variable_of(i)) for i in (*values, *given)]
        if not values:
            message = f"{joint.letter}: wanted a density of some variable, got none"
            raise NotationError(message)
        for item, array in zip(values, named, strict=False):
            if array not in joint.variables:
                message = f"{joint.letter}: wanted a density of its variables, got {item}"
                raise NotationError(message)
        missing = [g for g in joint.given if g not in given]
        if missing:
            message = f"{joint.letter}: wanted it given {missing[0]}, on which all of it depends"
            raise NotationError(message)
        return Expr.__new__(cls, joint, values, given)

    @property
    def joint(self) -> Joint:
        """The distribution."""
        return self.args[0]

    @property
    def values(self) -> tuple[Expr, ...]:
        """The variables it is the density of."""
        return tuple(self.args[1])

    @property
    def given(self) -> tuple[Expr, ...]:
        """What it is conditioned on."""
        return tuple(self.args[2])

    def _sympystr(self, printer: Any) -> str:
        inside = ", ".join(map(printer.doprint, self.values))
        bar = " | " + ", ".join(map(printer.doprint, self.given)) if self.given else ""
        return f"{self.joint.letter}({inside}{bar})"


def _array(item: Expr) -> Array:
    if isinstance(item, (Slice, Element)):
        return item.array
    message = f"wanted a variable in a density, got {item}"
    raise NotationError(message)


class FamilyDensity(Inert):
    """The density of a named family at a value, as in ``N(x | mu, v)``."""

    is_positive = True

    def __new__(cls, value: Expr, family: FamilyAt) -> Self:
        return Expr.__new__(cls, value, family)

    @property
    def value(self) -> Expr:
        """The value at which it is taken."""
        return self.args[0]

    @property
    def family(self) -> FamilyAt:
        """The distribution."""
        return self.args[1]

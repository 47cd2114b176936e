"""A model declared once: variables with families, parents and plates; its graph and log joint."""

from __future__ import annotations

from dataclasses import dataclass, field

from sympy import Add, Expr, Integer, Mul

from derivations.calculus.binding import (
    free_indices,
    sum_over,
)
from derivations.calculus.declaration import ModelError, refuse_unless_declared
from derivations.calculus.expressions import (
    SIMPLEX,
    Array,
    Element,
    Slice,
)
from derivations.calculus.indices import Index
from derivations.calculus.selections import (
    NamedSelections,
    named_selections,
    states_spelled_out,
)
from derivations.families import Family, Vector, family, log_density

__all__ = [
    "Model",
    "ModelError",
    "NamedSelections",
    "Variable",
    "named_selections",
    "states_spelled_out",
]


@dataclass(frozen=True)
class Variable:
    """One node, repeated over its plates: an array, its family and that family's parameters.

    The family may be given by its name. The parameters are written in the parents' elements; those
    that are vectors run over one index, which is also that of the variable's entries or states.
    ``mask`` is an array over the plates: one where a copy is there, zero where it is missing.
    """

    array: Array
    family: Family
    parameters: tuple[Vector, ...]
    plates: tuple[Index, ...] = ()
    observed: bool = False
    mask: Array | None = None

    def __post_init__(self) -> None:
        """Look the family up, and validate the declaration."""
        if isinstance(self.family, str):
            try:
                object.__setattr__(self, "family", family(self.family))
            except ValueError as error:
                message = f"{self.name}: {error}"
                raise ModelError(message) from None
        refuse_unless_declared(self)

    @property
    def index(self) -> Index | None:
        """The index of its entries or states; None for a variable of numbers."""
        return next((p.index for p in self.parameters if p.index is not None), None)

    @property
    def name(self) -> str:
        """The array's name."""
        return self.array.name

    @property
    def value(self) -> Vector:
        """The variable at its plates' indices, with the index of its entries or states."""
        if self.index is not None and self.family.support == SIMPLEX:
            return Vector(self.array[(*self.plates, self.index)], self.index)
        return Vector(self.array[self.plates], self.index)

    @property
    def presence(self) -> Expr:
        """One where a copy is there, zero where it is missing."""
        return Integer(1) if self.mask is None else self.mask[self.plates]

    @property
    def slice(self) -> Slice:
        """The whole variable at its plates' indices."""
        return Slice(self.array, *self.plates)

    @property
    def selections(self) -> tuple[Element, ...]:
        """The elements of its parameters that other variables select, as ``rho[Z, d]``."""
        found = {e for p in self.parameters for e in p.entry.atoms(Element) if _selectors(e)}
        return tuple(sorted(found, key=str))


def _selectors(element: Element) -> tuple[Expr, ...]:
    return tuple(s for s in element.subscripts if s.has(Element))


@dataclass(frozen=True)
class Model:
    """A directed model: variables in an order in which parents come first."""

    name: str
    variables: tuple[Variable, ...]
    _known: dict[Array, Variable] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check that every parent is declared before its child, and each array once."""
        known: dict[Array, Variable] = {}
        arrays = {v.array for v in self.variables}
        for variable in self.variables:
            for parent in _arrays(variable):
                if parent in arrays and parent not in known:
                    message = f"{variable.name}: wanted its parent {parent.name} declared before it"
                    raise ModelError(message)
            if variable.array in known:
                message = f"{variable.name}: wanted each variable declared once, got it twice"
                raise ModelError(message)
            known[variable.array] = variable
        object.__setattr__(self, "_known", known)

    def variable(self, array: Array) -> Variable:
        """Return the variable of an array."""
        return self._known[array]

    def is_variable(self, array: Array) -> bool:
        """Return whether an array is random (a hyperparameter is not)."""
        return array in self._known

    @property
    def latent(self) -> tuple[Variable, ...]:
        """The variables that are not observed."""
        return tuple(v for v in self.variables if not v.observed)

    def parents(self, variable: Variable) -> tuple[Array, ...]:
        """Return the random arrays a variable depends on, in the order of declaration."""
        found = _arrays(variable)
        return tuple(v.array for v in self.variables if v.array in found)

    def hyperparameters(self, variable: Variable) -> tuple[Array, ...]:
        """Return the fixed arrays a variable depends on."""
        found = {a for a in _arrays(variable) if not self.is_variable(a)}
        return tuple(sorted(found, key=str))

    def inserted_log_joint(self) -> Expr:
        """Return the log joint with every family's log density inserted.

        A parent that is selected by other variables is written at an index, with an indicator.
        """
        return Add(*(self._inserted(v) for v in self.variables))

    def _inserted(self, variable: Variable) -> Expr:
        named = named_selections(self, variable)
        body = log_density(variable.family, variable.value, named.parameters)
        indices = [c.args[1] for c in named.conditions]
        present = Mul(variable.presence, *named.conditions, body)
        return sum_over(present, *variable.plates, *indices)

    def given(self, variable: Variable) -> tuple[Expr, ...]:
        """Return all that one copy of a variable depends on, the selecting variables last."""
        given: dict[Expr, None] = {}
        elements = sorted({e for p in variable.parameters for e in p.entry.atoms(Element)}, key=str)
        for element in sorted(elements, key=lambda e: bool(_selectors(e))):
            given[_whole(element, variable)] = None
        return tuple(given)


def _whole(element: Element, variable: Variable) -> Slice:
    """Return the array or slice of a parameter's element that one copy of the variable depends on.

    The leading subscripts that are known there are kept: plates and numbers. The index of the
    variable's own entries, an index that a sum binds and a selecting variable are not.
    """
    known = set(variable.plates)
    kept = []
    for subscript in element.subscripts:
        if subscript.has(Element) or not free_indices(subscript) <= known:
            break
        kept.append(subscript)
    return Slice(element.array, *kept)


def _arrays(variable: Variable) -> set[Array]:
    return {a for p in variable.parameters for a in p.entry.atoms(Array)}

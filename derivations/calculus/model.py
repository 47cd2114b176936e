"""A model declared once: variables with families, parents and plates; its graph and log joint."""

from __future__ import annotations

from dataclasses import dataclass, field

from sympy import Add, Expr, Mul, log

from derivations.calculus.binding import fresh, product_over, rewrite, sum_over
from derivations.calculus.expressions import Array, Density, Element, Iverson, Slice
from derivations.calculus.families import Family, Vector, log_density
from derivations.calculus.indices import ONE, Index


class ModelError(ValueError):
    """A declaration that does not describe a directed model."""


@dataclass(frozen=True)
class Variable:
    """One node, repeated over its plates: an array, its family and that family's parameters.

    The parameters are vectors over ``parameters[0].index``, written in the parents' elements.
    """

    array: Array
    family: Family
    parameters: tuple[Vector, ...]
    plates: tuple[Index, ...] = ()
    observed: bool = False

    @property
    def name(self) -> str:
        """The array's name."""
        return self.array.name

    @property
    def value(self) -> Vector:
        """The variable at its plates' indices, with the index of its entries or states."""
        index = self.parameters[0].index
        if index is not None and len(self.array.sizes) > len(self.plates):
            return Vector(self.array[(*self.plates, index)], index)
        return Vector(self.array[self.plates], index)

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
        """Check that every parent is declared before its child and every plate is used."""
        known: dict[Array, Variable] = {}
        arrays = {v.array for v in self.variables}
        for variable in self.variables:
            for parent in _arrays(variable):
                if parent in arrays and parent not in known:
                    message = f"{variable.name}: wanted its parent {parent.name} declared before it"
                    raise ModelError(message)
            for plate, extent in zip(variable.plates, variable.array.sizes, strict=False):
                if (plate.lower, plate.upper) != (ONE, extent):
                    message = f"{variable.name}: wanted plate {plate} to run 1..{extent}"
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

    def factorization(self) -> Expr:
        """Return the joint as the product of each variable given its parents."""
        return Mul(*(self._conditional(v) for v in self.variables))

    def log_factorization(self) -> Expr:
        """Return the log joint as a sum of log conditionals."""
        return Add(*(sum_over(log(self._density(v)), *v.plates) for v in self.variables))

    def abstract_log_joint(self) -> Expr:
        """Return the log joint in indicators and log densities, nothing inserted."""
        return Add(*(self._selected(v, inserted=False) for v in self.variables))

    def inserted_log_joint(self) -> Expr:
        """Return the log joint with every family's log density inserted."""
        return Add(*(self._selected(v, inserted=True) for v in self.variables))

    def _conditional(self, variable: Variable) -> Expr:
        return product_over(self._density(variable), *variable.plates)

    def _density(self, variable: Variable) -> Density:
        """Return ``p(variable | parents)``: whole parents, the selecting variables among them."""
        given: dict[Expr, None] = {}
        elements = sorted({e for p in variable.parameters for e in p.entry.atoms(Element)}, key=str)
        for element in sorted(elements, key=lambda e: bool(_selectors(e))):
            if _selectors(element):
                given[Slice(element.array)] = None
            elif element.array.states != 0 or variable.parameters[0].index is None:
                given[Slice(element.array, *element.subscripts)] = None
            else:
                given[Slice(element.array, *element.subscripts[:-1])] = None
        return Density("p", variable.slice, tuple(given))

    def _selected(self, variable: Variable, *, inserted: bool) -> Expr:
        """Return a variable's log density, its selected parents named by an indicator."""
        named = named_selections(self, variable)
        if inserted:
            body = log_density(variable.family, variable.value, named.parameters)
        elif named.elements:
            given = {Slice(e.array, *e.subscripts[:-1]): None for e in named.elements}
            body = log(Density("p", variable.slice, tuple(given)))
        else:
            body = log(self._density(variable))
        indices = [c.args[1] for c in named.conditions]
        return sum_over(Mul(*named.conditions, body), *variable.plates, *indices)


def _arrays(variable: Variable) -> set[Array]:
    return {a for p in variable.parameters for a in p.entry.atoms(Array)}


@dataclass(frozen=True)
class NamedSelections:
    """A variable's parameters with every selecting subscript replaced by an index of its axis.

    ``conditions`` are the indicators that the selector is that index; ``elements`` the selected
    parents at it.
    """

    conditions: tuple[Iverson, ...]
    parameters: tuple[Vector, ...]
    elements: tuple[Element, ...]


def named_selections(model: Model, variable: Variable) -> NamedSelections:
    """Name each selecting subscript by its parent's plate: ``[Z = k] rho[k, d]``."""
    conditions: list[Iverson] = []
    renamed: dict[Expr, Expr] = {}
    for element in variable.selections:
        subscripts = list(element.subscripts)
        for axis, plate in enumerate(model.variable(element.array).plates):
            if subscripts[axis].has(Element):
                named = fresh(plate, (c.args[1] for c in conditions))
                conditions.append(Iverson(subscripts[axis], named))
                subscripts[axis] = named
        renamed[element] = Element(element.array, *subscripts)
    parameters = (Vector(_replace_exactly(p.entry, renamed), p.index) for p in variable.parameters)
    return NamedSelections(tuple(conditions), tuple(parameters), tuple(renamed.values()))


def _replace_exactly(expression: Expr, mapping: dict[Expr, Expr]) -> Expr:
    """Replace elements by ones with an index of their own (new free indices are meant here)."""
    if expression in mapping:
        return mapping[expression]
    if not expression.args or isinstance(expression, (Index, Array)):
        return expression
    return expression.func(*(_replace_exactly(a, mapping) for a in expression.args))


def states_spelled_out(expression: Expr, model: Model) -> Expr:
    """Write every indicator of a sum of variables as a sum over the states of each.

    ``[Z1 + Z2 - 1 = k]`` becomes ``sum_{i,l} [Z1 = i] [Z2 = l] [i + l - 1 = k]``.
    """

    def rule(node: Expr) -> Expr | None:
        if not isinstance(node, Iverson) or isinstance(node.args[0], Element):
            return None
        selector, index = node.args
        elements = sorted(selector.atoms(Element), key=str)
        if not elements:
            return None
        states = [model.variable(e.array).parameters[0].axis for e in elements]
        condition = Iverson(selector.xreplace(dict(zip(elements, states, strict=True))), index)
        indicators = (Iverson(e, s) for e, s in zip(elements, states, strict=True))
        return sum_over(Mul(condition, *indicators), *states)

    return rewrite(expression, rule)

"""Selections: the variables that choose which copy of a parent a variable depends on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sympy import Expr, Mul

from derivations.calculus.binding import all_indices, fresh, rewrite, sum_over
from derivations.calculus.declaration import ModelError
from derivations.calculus.expressions import Array, Element, Iverson
from derivations.calculus.indices import ONE, Index
from derivations.families import STATES, Vector

if TYPE_CHECKING:
    from derivations.calculus.model import Model, Variable


@dataclass(frozen=True)
class NamedSelections:
    """A variable's parameters with every selecting subscript replaced by an index of its axis.

    ``conditions`` are the indicators that the selector is that index, one for each selector;
    ``elements`` the selected parents at it.
    """

    conditions: tuple[Iverson, ...]
    parameters: tuple[Vector, ...]
    elements: tuple[Element, ...]

    @property
    def indices(self) -> tuple[Index, ...]:
        """The indices that name the selectors."""
        return tuple(c.args[1] for c in self.conditions)


def named_selections(model: Model, variable: Variable) -> NamedSelections:
    """Name each selecting subscript by an index of its axis: ``[Z = k] rho[k, d]``.

    Parents that one selector selects along axes of one size share the index, such as the mean and
    the variance of a component. Its letter is that of a random parent's plate, if there is one.
    """
    names: dict[tuple[Expr, Expr], Index] = {}
    renamed: dict[Expr, Expr] = {}
    random_first = sorted(variable.selections, key=lambda e: not model.is_variable(e.array))
    for element in random_first:
        for axis, subscript in enumerate(element.subscripts):
            key = (subscript, element.array.sizes[axis])
            if subscript.has(Element) and key not in names:
                taken = {*_used(variable), *names.values()}
                names[key] = fresh(_axis(model, element, axis), taken)
    for element in variable.selections:
        pairs = zip(element.subscripts, element.array.sizes, strict=True)
        renamed[element] = Element(element.array, *(names.get(pair, pair[0]) for pair in pairs))
    parameters = (Vector(_replace_exactly(p.entry, renamed), p.index) for p in variable.parameters)
    conditions = (Iverson(selector, named) for (selector, _), named in names.items())
    return NamedSelections(tuple(conditions), tuple(parameters), tuple(renamed.values()))


def _used(variable: Variable) -> set[Index]:
    """Return the indices whose letters are already used where a selection is written out."""
    entries = {i for p in variable.parameters for i in all_indices(p.entry)}
    return {*variable.plates, *entries} | ({variable.index} if variable.index else set())


def _axis(model: Model, element: Element, axis: int) -> Index:
    """Return an index for one axis of an array that a variable selects along."""
    if model.is_variable(element.array):
        parent = model.variable(element.array)
        if axis < len(parent.plates):
            return parent.plates[axis]
        if parent.index is not None:
            return parent.index
    extent = element.array.sizes[axis]
    selectors = sorted(element.subscripts[axis].atoms(Element), key=str)
    letters = (model.variable(e.array).index for e in selectors if model.is_variable(e.array))
    letter = next((i.name for i in letters if i is not None), "k")
    return Index(letter, ONE, extent)


def _replace_exactly(expression: Expr, mapping: dict[Expr, Expr]) -> Expr:
    """Replace elements by elements at new indices (these are free in the result, as intended)."""
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
        states = [_states(model, e) for e in elements]
        condition = Iverson(selector.xreplace(dict(zip(elements, states, strict=True))), index)
        indicators = (Iverson(e, s) for e, s in zip(elements, states, strict=True))
        return sum_over(Mul(condition, *indicators), *states)

    return rewrite(expression, rule)


def _states(model: Model, element: Element) -> Index:
    """Return the index of the states of a variable that selects."""
    if not model.is_variable(element.array):
        message = f"{model.name}: wanted only variables to select with, got the fixed {element}"
        raise ModelError(message)
    variable = model.variable(element.array)
    if variable.family.support != STATES or variable.index is None:
        message = f"{model.name}: wanted a variable with states to select with, got {element}"
        raise ModelError(message)
    return variable.index

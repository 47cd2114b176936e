"""A new point of an observed variable: its states, its values, and their means under q."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sympy import Expr, Mul, log

from derivations.calculus.binding import (
    free_indices,
    fresh,
    legible,
    product_over,
    rewrite,
    sum_over,
)
from derivations.calculus.expressions import COUNTS, Array, Element, IndexSum, Iverson, Slice
from derivations.calculus.indices import Index
from derivations.calculus.mean_field import MeanField
from derivations.calculus.model import ModelError, Variable
from derivations.families import STATES, Vector
from derivations.meaning.notation import FamilyAt, FamilyDensity, Joint, part
from derivations.rules.moments import mean_of_exponential
from derivations.rules.setting import family_of_factor, value_of, written


@dataclass(frozen=True)
class NewPoint:
    """A new point: the states that select its parents, and its values.

    The states of the declared model have plates. The innermost one counts points, and is left out
    for the new point. Values with further plates share the states of their point.
    """

    mean_field: MeanField
    declared: Variable

    @cached_property
    def selectors(self) -> tuple[Element, ...]:
        """The variables that select a parent, as the declaration has them."""
        found = {
            s
            for e in self.declared.selections
            for subscript in e.subscripts
            for s in subscript.atoms(Element)
        }
        return tuple(sorted(found, key=str))

    @cached_property
    def plate(self) -> Index:
        """The plate that counts points."""
        plates = self.declared.plates
        if self.selectors:
            plates = _selector(self.mean_field, self.selectors[0]).plates
        if not plates:
            message = f"{self.declared.name}: wanted a plate of points, got a variable without one"
            raise ModelError(message)
        return plates[-1]

    def renewed(self, variable: Variable) -> Variable:
        """Return a variable of the new point: without the plate, with the new point's parents."""
        plates = tuple(p for p in variable.plates if p != self.plate)
        array = self._array(variable)
        parameters = tuple(Vector(self._renewed(p.entry), p.index) for p in variable.parameters)
        for parameter in parameters:
            if self.plate in free_indices(parameter.entry):
                message = (
                    f"{variable.name}: wanted parameters that are known for a new point, got "
                    f"{parameter.entry}"
                )
                raise ModelError(message)
        return Variable(array, variable.family, parameters, plates, variable.observed)

    def _array(self, variable: Variable) -> Array:
        old = variable.array
        place = variable.plates.index(self.plate)
        sizes = (*old.sizes[:place], *old.sizes[place + 1 :])
        mark = "*" if "^" in old.notation else "^*"
        return Array(f"{old.name}_new", sizes, old.notation + mark, old.domain, old.states)

    def _renewed(self, entry: Expr) -> Expr:
        """Replace the states by those of the new point."""
        known = {e.array: _selector(self.mean_field, e) for e in self.selectors}
        arrays = {a: (self._array(v), v.plates.index(self.plate)) for a, v in known.items()}

        def rule(node: Expr) -> Expr | None:
            if isinstance(node, Element) and node.array in arrays:
                array, place = arrays[node.array]
                return array[(*node.subscripts[:place], *node.subscripts[place + 1 :])]
            return None

        return rewrite(entry, rule)

    @cached_property
    def variable(self) -> Variable:
        """The new values."""
        return self.renewed(self.declared)

    @cached_property
    def latent(self) -> tuple[Variable, ...]:
        """The new states."""
        return tuple(self.renewed(_selector(self.mean_field, e)) for e in self.selectors)

    @property
    def kept(self) -> tuple[Index, ...]:
        """The plates of the new states, such as the document of a new word."""
        if self.latent:
            return self.latent[0].plates
        return tuple(p for p in self.declared.plates if p != self.plate)

    @property
    def inner(self) -> tuple[Index, ...]:
        """The plates of values that share the new point's states."""
        return tuple(p for p in self.variable.plates if p not in self.kept)

    @property
    def separate(self) -> tuple[Index, ...]:
        """Those of them along which the parents differ too, such as the pixels of one image."""
        free = {i for p in self.parameters for i in free_indices(p.entry)}
        return tuple(p for p in self.inner if p in free)

    @property
    def value(self) -> Element:
        """One new value."""
        return self.variable.array[self.variable.plates]

    @property
    def values(self) -> Slice:
        """All new values of one point."""
        return Slice(self.variable.array, *self.kept)

    @property
    def is_of_states(self) -> bool:
        """Whether values are states, whose probabilities can be listed."""
        return self.variable.family.support == STATES

    @cached_property
    def states(self) -> dict[Element, Index]:
        """An index for the state of each selecting variable of the new point."""
        found: dict[Element, Index] = {}
        index = self.variable.index
        taken = {*self.variable.plates, *([index] if index else [])}
        for variable in self.latent:
            if variable.selections or variable.family.support != STATES or variable.index is None:
                message = (
                    f"{self.declared.name}: wanted it selected by states that nothing selects, got "
                    f"{variable.name}"
                )
                raise ModelError(message)
            element = variable.array[variable.plates]
            found[element] = fresh(variable.index, {*taken, *found.values()})
        return found

    @cached_property
    def parameters(self) -> tuple[Vector, ...]:
        """The parameters of the new values at the indices of the states."""
        return tuple(Vector(_put(p.entry, self.states), p.index) for p in self.variable.parameters)

    @cached_property
    def joint(self) -> Joint:
        """The factors that the new point depends on, its states and its values."""
        parents = {a for v in (*self.latent, self.variable) for a in _arrays(v)}
        factors = [f for f in self.mean_field.factors if f.variable.array in parents]
        parts = [
            part(value_of(f.variable), family_of_factor(f), *f.variable.plates) for f in factors
        ]
        for variable in (*self.latent, self.variable):
            at = FamilyAt(variable.family.name, *(written(p) for p in variable.parameters))
            parts.append(part(value_of(variable), at, *variable.plates))
        return Joint("q", parts)

    @cached_property
    def probabilities(self) -> tuple[Expr, ...]:
        """The probability of each new state given its parents."""
        found = []
        for variable, state in zip(self.latent, self.states.values(), strict=True):
            (own,) = variable.parameters
            found.append(own.at(state))
        return tuple(found)

    @property
    def density_of_one(self) -> FamilyDensity:
        """The density of one value given the states."""
        at = FamilyAt(self.variable.family.name, *(written(p) for p in self.parameters))
        return FamilyDensity(value_of(self.variable), at)

    @cached_property
    def counts(self) -> tuple[Element, Expr] | None:
        """How often each state occurs, if the point has several values, and the letter for it."""
        index = self.variable.index
        if not self.inner or self.separate or not self.is_of_states or index is None:
            return None
        sizes = [p.upper for p in (*self.kept, index)]
        letter = Array("c", sizes, "c", COUNTS)[(*self.kept, index)]
        return letter, sum_over(Iverson(self.value, index), *self.inner)

    @cached_property
    def weights(self) -> tuple[Expr, ...]:
        """The mean probability of each new state."""
        return tuple(
            mean_of_exponential(self.mean_field, v, log(p))
            for v, p in zip(self.latent, self.probabilities, strict=True)
        )

    @cached_property
    def mean_of_all(self) -> Expr:
        """The mean density of all values of the point given its states."""
        family, index = self.variable.family, self.variable.index
        if self.counts is not None and index is not None:
            (own,) = self.parameters
            form = IndexSum(self.counts[0] * log(own.at(index)), index)
        else:
            value = Vector(self.value, index)
            shared = [p for p in self.inner if p not in self.separate]
            form = sum_over(family.log_density(value, self.parameters), *shared)
        mean = mean_of_exponential(self.mean_field, self.declared, form)
        return product_over(mean, *self.separate)

    @cached_property
    def mean_of_one(self) -> Expr:
        """The mean probability of one state of one value given the new point's states."""
        (own,) = self.parameters
        return mean_of_exponential(self.mean_field, self.declared, log(own.at(self.variable.index)))

    def summed(self, mean: Expr) -> Expr:
        """Return the sum over the new states, each with the mean of its probability."""
        self._refuse_shared_parents()
        return legible(sum_over(Mul(*self.weights, mean), *self.states.values()))

    def _refuse_shared_parents(self) -> None:
        own = _arrays(self.variable)
        shared = [f.variable.name for f in self.mean_field.factors if f.variable.array in own]
        for variable in self.latent:
            named = sorted(a.name for a in _arrays(variable) if a.name in shared)
            if named:
                message = (
                    f"{self.declared.name}: wanted other parents than its states have, got "
                    f"{', '.join(named)} twice"
                )
                raise ModelError(message)


def _arrays(variable: Variable) -> set[Array]:
    return {a for p in variable.parameters for a in p.entry.atoms(Array)}


def _selector(mean_field: MeanField, element: Element) -> Variable:
    if not mean_field.model.is_variable(element.array):
        message = f"{mean_field.model.name}: wanted only variables to select with, got {element}"
        raise ModelError(message)
    return mean_field.model.variable(element.array)


def _put(entry: Expr, states: dict[Element, Index]) -> Expr:
    """Replace each selecting variable by the index of the new state."""
    if entry in states:
        return states[entry]
    if not entry.args or isinstance(entry, (Index, Array)):
        return entry
    return entry.func(*(_put(a, states) for a in entry.args))

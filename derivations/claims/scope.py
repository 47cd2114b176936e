"""The letters of a derivation: declared, random or defined. Any other letter is refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import partial

from sympy import Basic, Expr, Integer, Symbol

from derivations.calculus.binding import arrays_in, free_indices, rewrite
from derivations.calculus.expressions import Array, Element
from derivations.calculus.indices import Index
from derivations.claims.letters import any_member, density_put_in, function_put_in, letter_put_in
from derivations.claims.statements import (
    AnyFunction,
    Assumption,
    AtLeast,
    Claim,
    Condition,
    Definition,
    Domain,
    Random,
    StatementError,
)
from derivations.meaning.expansion import expand
from derivations.meaning.notation import (
    Applied,
    Joint,
    Where,
)


@dataclass
class Scope:
    """The letters known at a line: from the assumptions, and from the definitions before it."""

    declared: set[Array] = field(default_factory=set)
    joints: dict[Array, Joint] = field(default_factory=dict)
    stated: set[Joint] = field(default_factory=set)
    functions: dict[Array, AnyFunction] = field(default_factory=dict)
    definitions: list[Definition] = field(default_factory=list)
    conditions: list[Claim] = field(default_factory=list)
    least: dict[Symbol, int] = field(default_factory=dict)

    @classmethod
    def of(cls, assumptions: Iterable[Assumption]) -> Scope:
        """Return the scope of some assumptions."""
        scope = cls()
        for assumption in assumptions:
            scope.take(assumption)
        return scope

    def take(self, assumption: Assumption) -> None:
        """Add an assumption or a definition to the scope."""
        if isinstance(assumption, Domain):
            self._declare(assumption.arrays)
        elif isinstance(assumption, Random):
            joint = assumption.joint
            self.stated.add(joint)
            self.refuse_undeclared(joint, str(joint), own=set(joint.variables))
            for array in joint.variables:
                self.joints.setdefault(array, joint)
            self._declare(joint.variables)
        elif isinstance(assumption, AnyFunction):
            self._refuse_known(assumption.head.array)
            self.functions[assumption.head.array] = assumption
            self.declared.add(assumption.head.array)
        elif isinstance(assumption, AtLeast):
            self.least[assumption.size] = assumption.least
        elif isinstance(assumption, Condition):
            self.refuse(assumption.claim)
            self.conditions.append(assumption.claim)
        elif isinstance(assumption, Definition):
            self.define(assumption)

    def _declare(self, arrays: Iterable[Array]) -> None:
        """Add letters to the scope, each of which must have one meaning."""
        for array in arrays:
            if any(array.notation == d.notation and array != d for d in self.declared):
                message = f"wanted each letter for one array, got {array.notation} for two"
                raise StatementError(message)
            self.declared.add(array)

    def define(self, definition: Definition) -> None:
        """Add a definition: its letter must be new, and its value written in known letters."""
        parameters: set[Array] = set()
        if definition.up_to:
            if any(d.letter == definition.letter for d in self.definitions):
                message = f"{definition.letter}: wanted a fresh letter, got one defined before"
                raise StatementError(message)
        else:
            self._refuse_known(definition.array)
            if isinstance(definition.letter, Applied):
                parameters = {a.array for a in definition.letter.arguments}
        self.refuse_undeclared(definition.value, str(definition), own=parameters)
        loose = free_indices(definition.value) - free_indices(definition.letter)
        if loose:
            message = (
                f"{definition}: wanted every index on the left or under a sum, got {_first(loose)}"
            )
            raise StatementError(message)
        if not definition.up_to:
            if sized := [s for s in definition.letter.args[1:] if isinstance(s, Symbol)]:
                definition = self._at_sizes(definition, sized)
            self.declared.add(definition.array)
        else:
            self.stated |= definition.letter.atoms(Joint)
        self.definitions.append(definition)

    def _at_sizes(self, definition: Definition, sized: list[Symbol]) -> Definition:
        """Return a definition for every size, with earlier definitions substituted.

        Arrays whose length is that size must be its own random variables.
        """
        value = self.defined(definition.value)
        own = {a for joint in value.atoms(Joint) for a in joint.variables}
        loose = [a for a in arrays_in(value) - own if any(e.has(*sized) for e in a.sizes)]
        if loose:
            message = (
                f"{definition}: wanted no given array whose length is its subscript, "
                f"got {loose[0].notation}"
            )
            raise StatementError(message)
        return replace(definition, value=value)

    def _refuse_known(self, array: Array) -> None:
        if array in self.declared or any(array.notation == d.notation for d in self.declared):
            message = f"wanted a fresh letter, got {array.notation}, which has a meaning already"
            raise StatementError(message)

    def refuse(self, claim: Claim) -> None:
        """Refuse a claim with a letter or an index that is not declared."""
        defined = {d.array for d in self.definitions if not d.up_to}
        for side in claim.sides:
            self.refuse_undeclared(side, str(claim))
            for node in side.atoms(Where):
                if arrays_in(node.variable) & defined:
                    name = node.variable
                    message = f"{claim}: wanted a variable replaced, got {name}, which is defined"
                    raise StatementError(message)
        placed = {i for variable in claim.up_to for i in free_indices(variable)}
        if unplaced := placed - free_indices(claim.left) - free_indices(claim.right):
            name = _first(unplaced)
            message = f"{claim}: wanted the constant's variables at known indices, got {name}"
            raise StatementError(message)
        loose = free_indices(claim.right) - free_indices(claim.left) - placed
        if loose and free_indices(claim.left) | {*()} and not loose <= free_indices(claim.left):
            message = f"{claim}: wanted every index on the left or under a sum, got {_first(loose)}"
            raise StatementError(message)
        if (
            loose
            and not free_indices(claim.left)
            and not isinstance(claim.left, (Element, Integer))
        ):
            message = f"{claim}: wanted every index on the left or under a sum, got {_first(loose)}"
            raise StatementError(message)

    def refuse_undeclared(self, form: Basic, where: str, own: Iterable[Array] = ()) -> None:
        """Refuse a formula with a letter that is not declared."""
        unknown = {a for a in arrays_in(form) if a not in self.declared} - set(own)
        for joint in form.atoms(Joint):
            if joint not in self.stated:
                message = (
                    f"{where}: wanted distributions that are stated, got {joint} of {_of(joint)}"
                )
                raise StatementError(message)
            unknown -= {a for a in joint.variables if a in self.joints or a in own}
        if unknown:
            name = min(str(a.notation) for a in unknown)
            message = f"{where}: wanted letters that are declared or defined, got {name}"
            raise StatementError(message)

    def meaning(self, form: Expr) -> Expr:
        """Return a formula with its definitions substituted and its notation written out."""
        return expand(self.defined(form))

    def defined(self, form: Expr) -> Expr:
        """Return a formula with definitions, and functions known by a letter, substituted."""
        for definition in reversed(self.definitions):
            if definition.up_to:
                form = density_put_in(form, definition)
            elif isinstance(definition.letter, Applied):
                form = function_put_in(form, definition)
            elif definition.array in arrays_in(form):
                form = letter_put_in(form, definition)
        for head, function in self.functions.items():
            if form.has(head):
                form = rewrite(form, partial(any_member, function=function))
        return form

    def having(self, definitions: list[Definition]) -> Scope:
        """Return the same scope with other definitions."""
        return replace(self, definitions=definitions)


def _of(joint: Joint) -> str:
    return ", ".join(str(a.notation) for a in joint.variables)


def _first(indices: Iterable[Index]) -> str:
    return min(i.name for i in indices)

"""The assumptions that the paper states: those that what is shown rests on, each said once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sympy import Expr

from derivations.calculus.binding import arrays_in
from derivations.calculus.expressions import Array
from derivations.claims.statements import (
    AnyFunction,
    Assumption,
    Claim,
    Definition,
    Domain,
    Random,
    Text,
)
from derivations.meaning.notation import Joint
from derivations.printing.assumptions import sentence
from derivations.printing.nodes import Prose
from derivations.printing.notation import to_text


def assumed_in(
    statements: Iterable[Claim | Definition], assumptions: Sequence[Assumption]
) -> list[Assumption]:
    """Return the assumptions on letters and distributions that occur in statements.

    Those that the kept ones are written in are kept too, and all that are no declarations.
    """
    forms: list[Expr] = []
    for statement in statements:
        forms += statement.sides if isinstance(statement, Claim) else _sides(statement)
    while True:
        kept = [held for held in (_held(a, forms) for a in assumptions) if held is not None]
        more = [form for held in kept for form in _written_in(held)]
        if all(form in forms for form in more):
            return kept
        forms += [form for form in more if form not in forms]


def _held(assumption: Assumption, forms: Sequence[Expr]) -> Assumption | None:
    """Return what is needed of an assumption where these formulas are printed."""
    used = frozenset[Array]().union(*map(arrays_in, forms))
    needed = True
    match assumption:
        case Domain(arrays):
            own = [a for a in arrays if a in used]
            return Domain(*own) if own else None
        case Random(joint):
            joints = {j for form in forms for j in form.atoms(Joint)}
            needed = joint in joints or bool(used.intersection(joint.variables))
        case Definition():
            needed = bool(assumption.up_to) or assumption.array in used
        case AnyFunction(head):
            needed = head.array in used
    return assumption if needed else None


def _written_in(assumption: Assumption) -> list[Expr]:
    """Return the formulas in the sentence of an assumption that was kept."""
    match assumption:
        case Random(joint):
            return [part.stated for part in joint.parts]
        case Definition():
            return _sides(assumption)
    return []


def _sides(definition: Definition) -> list[Expr]:
    return [definition.letter, definition.value]


class Assumed:
    """What the reader of a section has been told, so that it is said once.

    A letter or a distribution that has had another meaning since is said again.
    """

    def __init__(self) -> None:
        self._told: dict[object, object] = {}

    def in_addition(self, assumptions: Iterable[Assumption]) -> Prose:
        """Return the sentences that are new."""
        words: Prose = ()
        for assumption in assumptions:
            new: Assumption | None = assumption
            if isinstance(assumption, Domain):
                fresh = [a for a in assumption.arrays if self._is_new(a.notation, a)]
                new = Domain(*fresh) if fresh else None
            elif not self._is_new(_named(assumption), assumption):
                new = None
            if new is not None:
                told = sentence(new)
                again = isinstance(new, Text) and told[0] in words
                words += (*((" ",) if words else ()), *(told[2:] if again else told))
        return words

    def _is_new(self, name: object, meaning: object) -> bool:
        """Whether a name has not this meaning already; it has from now on."""
        known = self._told.get(name) == meaning
        self._told[name] = meaning
        return not known


def _named(assumption: Assumption) -> object:
    """Return what an assumption gives a meaning to, as it is printed; of no name, itself."""
    match assumption:
        case Random():
            return to_text(sentence(assumption)[1])
        case Definition():
            return assumption.array.notation
    return assumption

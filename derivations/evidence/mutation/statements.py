"""What a derivation states, and how a broken statement reaches the evidence for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sympy import Expr

from derivations.calculus.steps import Check, Derivation, Reading, Relation
from derivations.evidence.mutation.letters import without_letters
from derivations.evidence.trial import Trial

UNREADABLE = (AttributeError, LookupError, NotImplementedError, TypeError, ValueError)
"""What a reading raises of a formula it has no meaning for."""


@dataclass(frozen=True)
class Evidence:
    """One check of a statement, and the reading by which the statement stands in it."""

    trial: Trial
    place: str
    reading: Reading

    def on(self, formula: Expr) -> Check:
        """Return the check with another formula in the statement's place."""
        return self.trial.having(self.place, self.reading(formula))


@dataclass(frozen=True)
class Statement:
    """A relation, where it is stated, and all checks made there in which its right side stands."""

    name: str
    relation: Relation
    evidence: tuple[Evidence, ...]
    readings: tuple[Reading, ...]
    meaning: Reading


def statements(derivation: Derivation) -> tuple[Statement, ...]:
    """Return the distinct relations of a derivation; what is stated twice has both evidences."""
    meaning = derivation.meaning or as_it_is
    readings = tuple(dict.fromkeys((as_it_is, meaning, *derivation.readings)))
    named: dict[Relation, tuple[str, list[Check]]] = {}
    for number, step in enumerate(derivation.steps, 1):
        named.setdefault(step.relation, (f"step {number}: {step.rule.name}", []))[1].extend(
            step.checks
        )
    for number, relation in enumerate(derivation.results, 1):
        named.setdefault(relation, (f"result {number}", []))[1].extend(derivation.checks)
    return tuple(
        Statement(
            name, relation, tuple(_standing(relation.right, checks, readings)), readings, meaning
        )
        for relation, (name, checks) in named.items()
    )


def as_it_is(formula: Expr) -> Expr:
    """Return the formula."""
    return formula


def _standing(
    formula: Expr, checks: list[Check], readings: tuple[Reading, ...]
) -> Iterator[Evidence]:
    """Yield the checks in which a formula stands, and in one place: in two it is its own judge.

    Where both sides are the formula but for letters, its place is the one in its own letters.
    """
    read = [(reading, form) for reading in readings for form in _read(reading, formula)]
    plain = [(reading, without_letters(form)) for reading, form in read]
    for check in checks:
        if isinstance(check, Trial):
            bare = {place: without_letters(form) for place, form in check.formulas.items()}
            found = _places(check.formulas, read) or _places(bare, plain)
            if len(found) == 1:
                yield Evidence(check, *found.popitem())


def _places(standing: dict[str, Expr], read: list[tuple[Reading, Expr]]) -> dict[str, Reading]:
    """Return the places in which one of the read forms stands."""
    return {
        place: reading
        for place, there in standing.items()
        for reading, form in reversed(read)
        if form == there
    }


def _read(reading: Reading, formula: Expr) -> Iterator[Expr]:
    """Yield a reading of a formula, if it has one."""
    try:
        yield reading(formula)
    except UNREADABLE:
        return

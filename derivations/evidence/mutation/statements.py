"""What a derivation states, and how a broken statement reaches the evidence for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sympy import Expr

from derivations.calculus.steps import (
    AT_MOST,
    CONSTANT,
    DISTRIBUTED,
    EQUAL,
    Check,
    Derivation,
    Reading,
    Relation,
)
from derivations.evidence.mutation.sides import CLAIM, left_evidence
from derivations.evidence.mutation.standing import Evidence, as_it_is, standing
from derivations.evidence.trial import UP_TO_A_CONSTANT, UPPER


@dataclass(frozen=True)
class Statement:
    """One side of a relation, where it is stated, and the checks made there into which it goes.

    The right side goes into a check in which it stands; the left by what its names stand for.
    """

    name: str
    relation: Relation
    side: str
    evidence: tuple[Evidence, ...]
    readings: tuple[Reading, ...]
    meaning: Reading

    @property
    def formula(self) -> Expr:
        """The side that this is about."""
        return self.relation.left if self.side == "left" else self.relation.right


def statements(derivation: Derivation) -> tuple[Statement, ...]:
    """Return the sides of a derivation's relations; what is stated twice has both evidences."""
    return tuple(side for stated in _stated(derivation) for side in _sides(derivation, *stated))


def untied(derivation: Derivation) -> tuple[str, ...]:
    """Return the sides that no check holds: they could say anything, and every check would pass."""
    return tuple(side.name for side in statements(derivation) if not side.evidence)


def readings_of(derivation: Derivation) -> tuple[Reading, ...]:
    """Return the ways in which the checks of a derivation were given what it states."""
    meaning = derivation.meaning or as_it_is
    return tuple(dict.fromkeys((as_it_is, meaning, *derivation.readings)))


def _claims(relation: Relation, left: tuple[Evidence, ...], right: tuple[Evidence, ...]) -> bool:
    """Whether a check claims just this relation of the two sides, and not only a weaker one."""
    claimed = {evidence.bound for evidence in right}
    if relation.symbol == EQUAL:
        return None in claimed
    if relation.symbol == CONSTANT:
        return bool(claimed & {None, UP_TO_A_CONSTANT})
    if relation.symbol == AT_MOST:
        above = {id(e.trial) for e in right if e.bound == UPPER}
        return any(e.trial.claim == CLAIM or id(e.trial) in above for e in left if e.bound != UPPER)
    return relation.symbol == DISTRIBUTED and bool(right)


def _stated(derivation: Derivation) -> list[tuple[str, Relation, list[Check]]]:
    """Return the distinct relations: the name of each, and all checks made where it is stated."""
    named: dict[Relation, tuple[str, list[Check]]] = {}
    for number, step in enumerate(derivation.steps, 1):
        named.setdefault(step.relation, (f"step {number}: {step.rule.name}", []))[1].extend(
            step.checks
        )
    for number, relation in enumerate(derivation.results, 1):
        named.setdefault(relation, (f"result {number}", []))[1].extend(derivation.checks)
    return [(name, relation, checks) for relation, (name, checks) in named.items()]


def _sides(
    derivation: Derivation, name: str, relation: Relation, checks: list[Check]
) -> Iterator[Statement]:
    readings, meaning = readings_of(derivation), derivation.meaning or as_it_is
    right = tuple(standing(relation.right, checks, readings))
    left = left_evidence(relation, right, checks, readings, derivation.names)
    if not _claims(relation, left, right):
        left = right = ()
    yield Statement(name, relation, "right", right, readings, meaning)
    yield Statement(f"{name}, left side", relation, "left", left, readings, meaning)

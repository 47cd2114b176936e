"""The left side of a statement: what its names stand for, and the checks it goes into by that.

A left side says in a name, a derivative or a mean what the checks were given spelled out. Spelled
out it passes a check of the right side in the same place; or it stands in another place of that
check; or an enclosure finds the two sides equal. A formula broken on the left goes the same way.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice

import numpy as np
from sympy import Expr, log

from derivations.calculus.binding import component, replace_elements, rewrite
from derivations.calculus.derivative import differentiate
from derivations.calculus.expressions import Element
from derivations.calculus.notation import Expectation, Mean, PartialDerivative, Variance
from derivations.calculus.steps import AT_MOST, CONSTANT, EQUAL, Reading, Relation, Verdict
from derivations.evidence.equality import at_most, enclosure
from derivations.evidence.mutation.letters import without_letters
from derivations.evidence.mutation.standing import Evidence, forms

INTEGRAND = "integrand"
"""The argument of a check in which what is averaged stands, and not the mean."""
CLAIM = "both sides, by what the names stand for"
LINKS = {EQUAL: enclosure, AT_MOST: at_most}
SEED = 0


def spelled_out(names: tuple[Relation, ...]) -> Reading:
    """Return the reading that writes for each name what it stands for, and differentiates."""
    arrays = {
        name.left.array: component(name.right, name.left.subscripts)
        for name in names
        if isinstance(name.left, Element)
    }
    nodes = {name.left: name.right for name in names if not isinstance(name.left, Element)}

    def rule(node: Expr) -> Expr | None:
        if node in nodes:
            return nodes[node]
        if isinstance(node, Element) and node.array in arrays:
            return replace_elements(node, arrays)
        if isinstance(node, PartialDerivative):
            return _derivative(rewrite(node.body, rule), node.by)
        return None

    return lambda formula: rewrite(formula, rule)


def _derivative(body: Expr, by: Expr) -> Expr:
    """Differentiate by an element or by the log of one; what hides it is left to a reading."""
    try:
        if isinstance(by, log):
            return by.args[0] * differentiate(body, by.args[0])
        return differentiate(body, by)
    except NotImplementedError:
        return PartialDerivative(body, by)


def left_evidence(
    relation: Relation,
    right: tuple[Evidence, ...],
    readings: tuple[Reading, ...],
    names: tuple[Relation, ...],
) -> tuple[Evidence, ...]:
    """Return the checks that the left side of a statement goes into; none where nothing ties it."""
    read = [_in_turn(spelled_out(names), reading) for reading in readings]
    found = [
        e
        for one in right
        for e in islice(
            chain(_elsewhere(one, relation, read), _in_its_place(one, relation, read)), 1
        )
    ]
    return tuple(found) or tuple(islice(_linked(relation, read, readings), 1))


def _in_turn(first: Reading, second: Reading) -> Reading:
    return lambda formula: second(first(formula))


def _averaged(formula: Expr) -> Expr:
    """Return what a mean or variance is of."""
    if not isinstance(formula, (Expectation, Mean, Variance)):
        message = f"wanted a mean or a variance, got {formula}"
        raise TypeError(message)
    return formula.body


def _elsewhere(right: Evidence, relation: Relation, read: list[Reading]) -> Iterator[Evidence]:
    """Yield the places of a check other than the right side's in which the left side stands.

    What is averaged does as well where it is not there to the letter, but the check holds of it.
    """
    for name, value in right.trial.arguments.items():
        if not isinstance(value, Expr) or value.is_number or name == right.place:
            continue
        if relation.symbol == EQUAL and name in right.trial.bounds:
            continue
        there = without_letters(value)
        for reading in read:
            for mine in _averages(reading) if name == INTEGRAND else (reading,):
                evidence = Evidence(right.trial, name, mine)
                left = (without_letters(form) for form in forms(mine, relation.left))
                averaged = name == INTEGRAND and mine is not reading
                if there in left or (averaged and _passes(evidence, relation.left)):
                    yield evidence


def _averages(reading: Reading) -> Iterator[Reading]:
    """Yield a reading of what is averaged: as it reads the mean, after that, before that."""
    yield reading
    yield _in_turn(reading, _averaged)
    yield _in_turn(_averaged, reading)


def _in_its_place(right: Evidence, relation: Relation, read: list[Reading]) -> Iterator[Evidence]:
    """Yield the reading by which the left side passes for the right, where both are one."""
    if right.bound is not None and relation.symbol != CONSTANT:
        return
    there = without_letters(right.reading(relation.right))
    for reading in read:
        evidence = Evidence(right.trial, right.place, reading)
        same = any(without_letters(form) == there for form in forms(reading, relation.left))
        if same or _passes(evidence, relation.left):
            yield evidence


def _linked(
    relation: Relation, read: list[Reading], readings: tuple[Reading, ...]
) -> Iterator[Evidence]:
    """Yield the enclosures that find the sides in their relation, by one reading of both."""
    link = LINKS.get(relation.symbol)
    if link is None:
        return
    for mine, reading in zip(read, readings, strict=True):
        for right in forms(reading, relation.right):
            for left in forms(mine, relation.left):
                evidence = Evidence(link(CLAIM, left, right), "left", mine)
                if _passes(evidence, relation.left):
                    yield evidence


def _passes(evidence: Evidence, left: Expr) -> bool:
    """Whether a check establishes what it claims of a left side."""
    try:
        check = evidence.on(left)
        found = check(np.random.default_rng(SEED))
    except Exception:  # noqa: BLE001 - what a check cannot take does not go into it
        return False
    return found.verdict is Verdict.ESTABLISHED

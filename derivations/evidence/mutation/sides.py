"""The left side of a statement: what its names stand for, and the checks it goes into by that.

A left side says in a name, a derivative or a mean what the checks were given spelled out. Spelled
out it passes a check of the right side in the same place; or it stands in another place of that
check; or an enclosure finds the two sides equal. A formula broken on the left goes the same way.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import islice

import numpy as np
from sympy import Expr, log

from derivations.calculus.binding import component, replace_elements, rewrite
from derivations.calculus.derivative import differentiate
from derivations.calculus.expressions import Density, Element
from derivations.calculus.notation import Divergence, Expectation, Mean, PartialDerivative, Variance
from derivations.calculus.steps import (
    AT_MOST,
    CONSTANT,
    DISTRIBUTED,
    EQUAL,
    Check,
    Reading,
    Relation,
    Verdict,
)
from derivations.evidence.equality import at_most, enclosure
from derivations.evidence.limits import LIMIT, OvertimeError, time_limit
from derivations.evidence.mutation.letters import without_letters
from derivations.evidence.mutation.standing import Evidence, forms, standing
from derivations.evidence.precision import digits_at_most
from derivations.evidence.trial import LOWER, UP_TO_A_CONSTANT, UPPER

INTEGRAND = "integrand"
"""The argument of a check in which what is averaged stands, and not the mean."""
AVERAGES = (Density, Divergence, Expectation, Mean, Variance)
"""Notation that a reading may write as what it is the mean of."""
CLAIM = "both sides, by what the names stand for"
LINKS = {EQUAL: enclosure, AT_MOST: at_most}
BELOW_OR_ABOVE = {LOWER, UPPER}
UNLIKE: dict[str, set[str]] = {
    EQUAL: {LOWER, UPPER, UP_TO_A_CONSTANT},
    CONSTANT: BELOW_OR_ABOVE,
    DISTRIBUTED: BELOW_OR_ABOVE,
    AT_MOST: set(),
}
"""What a check may claim that is not what a relation's symbol says."""
SEED = 0
DIGITS = 60
"""They tell two sides apart if they differ; of two that are equal no number of digits does."""


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
    checks: list[Check],
    readings: tuple[Reading, ...],
    names: tuple[Relation, ...],
) -> tuple[Evidence, ...]:
    """Return the checks that the left side of a statement goes into; none where nothing ties it.

    Those of the right in which it stands to the letter; else those that hold of it; else an
    enclosure. Where one of these ties it, other checks in which it stands are added. Nothing ties
    sides that are said to be equal and that a check puts one above the other.
    """
    spelled = cache(spelled_out(names))
    read: list[Reading] = [cache(_in_turn(spelled, reading)) for reading in readings]
    pairs = list(zip(read, readings, strict=True))
    if relation.symbol in {EQUAL, CONSTANT} and any(
        _bounded(one, relation, pairs) for one in right
    ):
        return ()
    ways = [list(_ways(one, relation, pairs)) for one in right]
    found = [next((w for w in each if _stands(w, relation.left)), None) for each in ways]
    if relation.symbol == AT_MOST or not any(found):
        passing = [(w for w in each if _passes(w, relation.left)) for each in ways]
        found = [one or next(more, None) for one, more in zip(found, passing, strict=True)]
    ties = [w for w in found if w is not None] or list(islice(_linked(relation, read, readings), 1))
    others = [c for c in checks if all(c is not one.trial for one in ties)]
    return (*ties, *_standing_alone(relation.left, others, tuple(read))) if ties else ()


def _bounded(right: Evidence, relation: Relation, pairs: list[tuple[Reading, Reading]]) -> bool:
    """Whether a check puts the left side below or above the right, both read alike."""
    if right.bound not in BELOW_OR_ABOVE:
        return False
    trial, left = right.trial, _alike(right, relation, pairs)
    placed = [Evidence(trial, o, mine) for o in trial.bounds if o != right.place for mine in left]
    if any(_stands(e, relation.left) for e in placed):
        return True
    with digits_at_most(DIGITS):
        return trial.arguments.get("strict", True) and any(
            _passes(e, relation.left) for e in placed
        )


def _alike(
    right: Evidence, relation: Relation, pairs: list[tuple[Reading, Reading]]
) -> list[Reading]:
    """Return the readings of the left side by which the right side stands where it does."""
    there = right.trial.formulas[right.place]
    return [mine for mine, its in pairs if there in forms(its, relation.right)]


def _standing_alone(
    left: Expr, checks: list[Check], read: tuple[Reading, ...]
) -> Iterator[Evidence]:
    """Yield the checks in which a left side stands beside another form, or a bound from below."""
    for evidence in standing(left, checks, read):
        if evidence.bound in {None, UPPER} and not evidence.reading(left).is_number:
            yield evidence


def _in_turn(first: Reading, second: Reading) -> Reading:
    return lambda formula: second(first(formula))


def _averaged(formula: Expr) -> Expr:
    """Return what a mean or variance is of."""
    if not isinstance(formula, (Expectation, Mean, Variance)):
        message = f"wanted a mean or a variance, got {formula}"
        raise TypeError(message)
    return formula.body


def _ways(
    right: Evidence, relation: Relation, pairs: list[tuple[Reading, Reading]]
) -> Iterator[Evidence]:
    """Yield how the left side might go into a check of the right: elsewhere, or in its place.

    What is averaged is the side of no relation: only a mean, or a law, goes there. Beside a bound
    both sides are read alike: a reading may lessen one.
    """
    trial = right.trial
    every = [mine for mine, _ in pairs]
    alike = _alike(right, relation, pairs) if relation.symbol == AT_MOST else every
    for name in dict.fromkeys((*trial.about, INTEGRAND)):
        value = trial.arguments.get(name)
        if not isinstance(value, Expr) or name == right.place:
            continue
        if value.is_number and not relation.left.is_number:
            continue
        if trial.bounds.get(name) in UNLIKE[relation.symbol]:
            continue
        if name == INTEGRAND:
            averages = (mine for reading in every for mine in _averages(reading, relation))
            yield from (Evidence(trial, name, mine) for mine in averages)
        else:
            yield from (Evidence(trial, name, mine) for mine in alike)
    if right.bound is None or (right.bound, relation.symbol) == (UP_TO_A_CONSTANT, CONSTANT):
        yield from (Evidence(trial, right.place, reading) for reading in alike)


def _averages(reading: Reading, relation: Relation) -> Iterator[Reading]:
    """Yield a reading of what is averaged: after it has read the mean, before that, as it is."""
    yield _in_turn(reading, _averaged)
    yield _in_turn(_averaged, reading)
    if relation.left.has(*AVERAGES) or relation.symbol == DISTRIBUTED:
        yield reading


def _stands(evidence: Evidence, left: Expr) -> bool:
    """Whether a left side stands in a place of a check to the letter."""
    name, _, entry = evidence.place.partition(" ")
    there = evidence.trial.formulas[evidence.place] if entry else evidence.trial.arguments[name]
    return any(
        without_letters(form) == without_letters(there) for form in forms(evidence.reading, left)
    )


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
        with time_limit(LIMIT):
            found = evidence.on(left)(np.random.default_rng(SEED))
    except (OvertimeError, Exception):  # noqa: BLE001 - it does not go into what cannot take it
        return False
    return found.verdict is Verdict.ESTABLISHED

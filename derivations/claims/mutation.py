"""Mutation: any node of a statement changed, notation included, and the same verdict asked again.

A change that is established, under other seeds as well, says something that is still true. One that
another seed refutes has survived: the verdict of this run did not see it.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import numpy as np
from sympy import (
    Basic,
)

from derivations.calculus.binding import all_indices, free_indices
from derivations.calculus.expressions import (
    Array,
    OverIndices,
)
from derivations.calculus.steps import Finding, Verdict
from derivations.claims.changes import Letters, changes, make
from derivations.claims.judging import judge_claim, verdict_of
from derivations.claims.scope import Scope
from derivations.claims.statements import (
    AT_MOST,
    LESS,
    Claim,
    Definition,
    Derivation,
    Random,
    Rule,
    Step,
)
from derivations.evidence.limits import described
from derivations.meaning.notation import (
    Joint,
    Part,
    SinglePart,
)

LIMIT = 10.0
"""Seconds that one change may take."""
OTHERS = 2
"""Other seeds under which a change that stands is judged."""


class Fate(Enum):
    """What became of a change."""

    REFUTED = "refuted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    TRUE = "still true"
    SURVIVED = "survived"


@dataclass(frozen=True)
class Mutant:
    """A changed statement: where, the kind of change, the statement before and after, its fate."""

    key: str
    place: str
    kind: str
    before: str
    after: Claim | Definition | Joint
    fate: Fate
    reason: str = ""


def mutants(derivation: Derivation, seed: int = 0, most: int | None = None) -> Iterator[Mutant]:
    """Yield the changes of a derivation's claims, definitions and distributions, each judged.

    Of each line at most ``most`` changes are drawn.
    """
    rng = np.random.default_rng([seed, zlib.crc32(derivation.key.encode())])
    scope = Scope.of(derivation.assumptions)
    rules: set[Rule] = set()
    for number, line in enumerate(derivation.steps, 1):
        place = f"step {number}"
        if isinstance(line.claim, Definition):
            for kind, new in _drawn(line.claim, _letters(derivation, line.claim), rng, most):
                yield _of_definition(derivation, number, line.claim, kind, new, seed)
            scope.define(line.claim)
            continue
        for kind, new in _drawn(line.claim, _letters(derivation, line.claim), rng, most):
            yield _of_claim(derivation, place, line.claim, kind, new, scope, seed)
        if line.rule not in rules:
            rules.add(line.rule)
            own = Scope.of(line.rule.given)
            for claim in line.rule.claims:
                for kind, new in _drawn(claim, _letters(derivation, claim), rng, most):
                    yield _of_claim(derivation, f"rule of {place}", claim, kind, new, own, seed)
    for assumption in derivation.assumptions:
        if isinstance(assumption, Definition):
            for kind, new in _drawn(assumption, _letters(derivation, assumption), rng, most):
                yield _of_definition(derivation, 0, assumption, kind, new, seed)
        if isinstance(assumption, Random):
            for kind, new in _drawn_of_joint(derivation, assumption.joint, rng, most):
                yield _of_joint(derivation, assumption.joint, kind, new, seed)


def _letters(derivation: Derivation, statement: Claim | Definition) -> Letters:
    scope = Scope.of(derivation.assumptions)
    sides = (
        (statement.left, statement.right)
        if isinstance(statement, Claim)
        else (statement.letter, statement.value)
    )
    used = {a for s in sides for a in s.atoms(Array)}
    free = {i for s in sides for i in free_indices(s)} | {
        i for s in sides for n in s.atoms(OverIndices) if not isinstance(n, Part) for i in n.indices
    }
    return Letters(
        tuple(sorted(used, key=str)),
        tuple(dict.fromkeys(scope.joints.values())),
        tuple(sorted({s for a in used for e in a.sizes for s in e.free_symbols}, key=str)),
        tuple(sorted(free, key=str)),
    )


def _drawn(
    statement: Claim | Definition, letters: Letters, rng: np.random.Generator, most: int | None
) -> Iterator[tuple[str, Any]]:
    """Yield changes of a statement, in which sides are still to be made."""
    found: list[tuple[str, Any]] = []
    if isinstance(statement, Claim):
        for place, side in enumerate(statement.sides):
            for kind, new in changes(side, letters):
                found.append((kind, (place, new)))
        if statement.relation in (AT_MOST, LESS):
            found.append(("relation", None))
    else:
        found += [(kind, (1, new)) for kind, new in changes(statement.value, letters)]
    yield from _some(found, rng, most)


def _some(
    found: list[tuple[str, Any]], rng: np.random.Generator, most: int | None
) -> list[tuple[str, Any]]:
    """Return all changes, or some of each kind."""
    if most is None or len(found) <= most:
        return found
    kinds: dict[str, list[tuple[str, Any]]] = {}
    for number in rng.permutation(len(found)):
        kinds.setdefault(found[number][0], []).append(found[number])
    chosen: list[tuple[str, Any]] = []
    while len(chosen) < most:
        for members in kinds.values():
            if members and len(chosen) < most:
                chosen.append(members.pop())
    return chosen


def _changed(claim: Claim, new: Any) -> Claim:
    if new is None:
        return replace(claim, left=claim.right, right=claim.left)
    place, side = new
    made = make(side)
    return replace(claim, left=made) if place == 0 else replace(claim, right=made)


def _of_claim(
    derivation: Derivation,
    place: str,
    claim: Claim,
    kind: str,
    new: Any,
    scope: Scope,
    seed: int,
) -> Mutant:
    before = str(claim)
    try:
        changed = _changed(claim, new)
        if changed == claim:
            return Mutant(derivation.key, place, kind, before, claim, Fate.REFUSED, "no change")

        def judged(rng: np.random.Generator, quick: bool) -> Judged:  # noqa: FBT001 - as judge_claim
            return _judged(
                judge_claim(changed, scope, rng, derivation.sizes, limit=LIMIT, quick=quick)
            )

        fate, reason = _fate(judged, seed)
    except Exception as error:  # noqa: BLE001 - a change that cannot be made or stated is refused
        return Mutant(derivation.key, place, kind, before, claim, Fate.REFUSED, described(error))
    return Mutant(derivation.key, place, kind, before, changed, fate, reason)


Judged = tuple[Verdict, str]


def _fate(judged: Callable[[np.random.Generator, bool], Judged], seed: int) -> tuple[Fate, str]:
    """Judge a change quickly first, in full where it would stand, then under other seeds."""
    for quick in (True, False):
        verdict, reason = judged(np.random.default_rng([seed, 7]), quick)
        if verdict is not Verdict.ESTABLISHED:
            return (Fate.REFUTED if verdict is Verdict.REFUTED else Fate.UNKNOWN), reason
    for other in range(1, OTHERS + 1):
        verdict, reason = judged(np.random.default_rng([seed, 7, other]), False)
        if verdict is Verdict.REFUTED:
            return Fate.SURVIVED, reason
    return Fate.TRUE, ""


def _judged(findings: tuple[Finding, ...]) -> Judged:
    verdict = verdict_of(findings)
    return verdict, next((f.reason for f in findings if f.verdict is verdict), "")


def _of_definition(
    derivation: Derivation, number: int, definition: Definition, kind: str, new: Any, seed: int
) -> Mutant:
    """Judge the claims that follow a changed definition: one of them must fall."""
    place, before = f"step {number}" if number else "assumptions", str(definition)
    try:
        _, side = new
        changed = replace(definition, value=make(side))
        steps = tuple(
            replace(s, claim=changed) if s.claim == definition else s for s in derivation.steps
        )
        assumed = tuple(changed if a == definition else a for a in derivation.assumptions)
        fate, reason = _fate_of_all(replace(derivation, steps=steps, assumptions=assumed), seed)
    except Exception as error:  # noqa: BLE001 - as above
        return Mutant(
            derivation.key, place, kind, before, definition, Fate.REFUSED, described(error)
        )
    return Mutant(derivation.key, place, kind, before, changed, fate, reason)


def _fate_of_all(derivation: Derivation, seed: int) -> tuple[Fate, str]:
    """Judge every claim of a derivation; the first that falls decides."""

    def judged(rng: np.random.Generator, quick: bool) -> Judged:  # noqa: FBT001 - as judge_claim
        scope = Scope.of(derivation.assumptions)
        for line in derivation.steps:
            found: tuple[Finding, ...] = ()
            if isinstance(line.claim, Definition):
                scope.define(line.claim)
            else:
                found = judge_claim(
                    line.claim, scope, rng, derivation.sizes, limit=LIMIT, quick=quick
                )
            verdict, reason = _judged(found)
            if verdict is not Verdict.ESTABLISHED:
                return verdict, reason
        return Verdict.ESTABLISHED, ""

    return _fate(judged, seed)


def _drawn_of_joint(
    derivation: Derivation, joint: Joint, rng: np.random.Generator, most: int | None
) -> Iterator[tuple[str, Any]]:
    """Yield changes of the factors of a joint distribution."""
    scope = Scope.of(derivation.assumptions)
    arrays = tuple(sorted(joint.atoms(Array), key=str))
    letters = Letters(
        arrays,
        tuple(dict.fromkeys(scope.joints.values())),
        tuple(sorted({s for a in arrays for e in a.sizes for s in e.free_symbols}, key=str)),
        tuple(sorted(all_indices(joint), key=str)),
    )
    found: list[tuple[str, Any]] = []
    for place, one in enumerate(joint.parts):
        for kind, new in changes(one.stated.family, letters):
            found.append((kind, (place, new)))
    yield from _some(found, rng, most)


def _of_joint(derivation: Derivation, joint: Joint, kind: str, new: Any, seed: int) -> Mutant:
    """Judge all claims under a changed distribution: one of them must fall."""
    place, before = f"distribution {joint.letter}", str(joint)
    try:
        number, changed_family = new
        parts = list(joint.parts)
        one = parts[number]
        stated = one.stated.func(one.stated.value, make(changed_family))
        parts[number] = Part(stated, *one.plates) if one.plates else SinglePart(stated)
        changed = Joint(joint.letter, parts, joint.given)
        mapping = {joint: changed}
        steps = tuple(_with(s, mapping) for s in derivation.steps)
        assumed = tuple(
            Random(changed)
            if isinstance(a, Random) and a.joint == joint
            else _with_statement(a, mapping)
            for a in derivation.assumptions
        )
        fate, reason = _fate_of_all(replace(derivation, steps=steps, assumptions=assumed), seed)
    except Exception as error:  # noqa: BLE001 - as above
        return Mutant(derivation.key, place, kind, before, joint, Fate.REFUSED, described(error))
    return Mutant(derivation.key, place, kind, before, changed, fate, reason)


def _with(line: Step, mapping: dict[Basic, Basic]) -> Step:
    return replace(line, claim=_with_statement(line.claim, mapping))


def _with_statement(statement: Any, mapping: dict[Basic, Basic]) -> Any:
    if isinstance(statement, Claim):
        left, right = (s.xreplace(mapping) for s in statement.sides)
        return replace(statement, left=left, right=right)
    if isinstance(statement, Definition):
        return replace(
            statement,
            letter=statement.letter.xreplace(mapping),
            value=statement.value.xreplace(mapping),
        )
    return statement

"""Mutation tests: change any node of a statement, notation included, and judge the claim again.

A changed claim that is established under other seeds as well counts as still true. One that another
seed refutes has survived: it is false, and the verdict of this run missed it.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from typing import Any

import numpy as np
from sympy import (
    Basic,
)

from derivations.calculus.steps import Finding, Verdict
from derivations.claims.changes import make
from derivations.claims.choices import drawn, drawn_of_joint
from derivations.claims.judgements import verdict_of
from derivations.claims.judging import judge_claim
from derivations.claims.scope import Scope
from derivations.claims.statements import (
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
"""The number of other seeds under which a change is judged that was established."""


class Fate(Enum):
    """The outcome of a change."""

    REFUTED = "refuted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    TRUE = "still true"
    SURVIVED = "survived"


@dataclass(frozen=True)
class Place:
    """The place of a change: the derivation and the line, and the seed it is judged under."""

    derivation: Derivation
    line: str
    seed: int


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
        at = Place(derivation, f"step {number}", seed)
        if isinstance(line.claim, Definition):
            scope.define(line.claim)
        for kind, new in drawn(line.claim, derivation, rng, most):
            if isinstance(line.claim, Definition):
                yield _of_definition(at, line.claim, kind, new)
            else:
                yield _of_claim(at, line.claim, scope, kind, new)
        for claim in line.rule.claims if line.rule not in rules else ():
            within = Place(derivation, f"rule of step {number}", seed)
            for kind, new in drawn(claim, derivation, rng, most):
                yield _of_claim(within, claim, Scope.of(line.rule.given), kind, new)
        rules.add(line.rule)
    yield from _of_assumptions(derivation, seed, rng, most)


def _of_assumptions(
    derivation: Derivation, seed: int, rng: np.random.Generator, most: int | None
) -> Iterator[Mutant]:
    """Yield the changes of definitions and distributions that are assumptions."""
    at = Place(derivation, "assumptions", seed)
    for assumption in derivation.assumptions:
        if isinstance(assumption, Definition):
            for kind, new in drawn(assumption, derivation, rng, most):
                yield _of_definition(at, assumption, kind, new)
        if isinstance(assumption, Random):
            for kind, new in drawn_of_joint(derivation, assumption.joint, rng, most):
                yield _of_joint(at, assumption.joint, kind, new)


def _changed(claim: Claim, new: Any) -> Claim:
    if new is None:
        return replace(claim, left=claim.right, right=claim.left)
    place, side = new
    made = make(side)
    return replace(claim, left=made) if place == 0 else replace(claim, right=made)


def _of_claim(at: Place, claim: Claim, scope: Scope, kind: str, new: Any) -> Mutant:
    def judged(changed: Claim, rng: np.random.Generator, *, quick: bool) -> Judged:
        sizes = at.derivation.sizes
        return _judged(judge_claim(changed, scope, rng, sizes, limit=LIMIT, quick=quick))

    return _mutant(at, kind, claim, lambda: _changed(claim, new), judged)


def _mutant(
    at: Place,
    kind: str,
    before: Claim | Definition | Joint,
    make_change: Callable[[], Any],
    judged: Callable[..., Judged],
) -> Mutant:
    """Make a change and judge it; one that cannot be built or stated is refused."""
    made = partial(Mutant, at.derivation.key, at.line, kind, str(before))
    try:
        changed = make_change()
        if changed == before:
            return made(before, Fate.REFUSED, "no change")
        return made(changed, *_fate(partial(judged, changed), at.seed))
    except Exception as error:  # noqa: BLE001 - any error rejects the change
        return made(before, Fate.REFUSED, described(error))


Judged = tuple[Verdict, str]


def _fate(judged: Callable[..., Judged], seed: int) -> tuple[Fate, str]:
    """Judge a change quickly; if it is not refuted, in full, and then under other seeds."""
    for quick in (True, False):
        verdict, reason = judged(np.random.default_rng([seed, 7]), quick=quick)
        if verdict is not Verdict.ESTABLISHED:
            return (Fate.REFUTED if verdict is Verdict.REFUTED else Fate.UNKNOWN), reason
    for other in range(1, OTHERS + 1):
        verdict, reason = judged(np.random.default_rng([seed, 7, other]), quick=False)
        if verdict is Verdict.REFUTED:
            return Fate.SURVIVED, reason
    return Fate.TRUE, ""


def _judged(findings: tuple[Finding, ...]) -> Judged:
    verdict = verdict_of(findings)
    return verdict, next((f.reason for f in findings if f.verdict is verdict), "")


def _of_definition(at: Place, definition: Definition, kind: str, new: Any) -> Mutant:
    """Judge the claims that follow a changed definition: one of them must be refuted."""

    def judged(changed: Definition, rng: np.random.Generator, *, quick: bool) -> Judged:
        steps = tuple(
            replace(s, claim=changed) if s.claim == definition else s for s in at.derivation.steps
        )
        assumed = tuple(changed if a == definition else a for a in at.derivation.assumptions)
        other = replace(at.derivation, steps=steps, assumptions=assumed)
        return _judged_all(other, rng, quick=quick)

    return _mutant(at, kind, definition, lambda: replace(definition, value=make(new[1])), judged)


def _judged_all(derivation: Derivation, rng: np.random.Generator, *, quick: bool) -> Judged:
    """Judge every claim of a derivation, until one is refuted."""
    scope = Scope.of(derivation.assumptions)
    for line in derivation.steps:
        if isinstance(line.claim, Definition):
            scope.define(line.claim)
            continue
        found = judge_claim(line.claim, scope, rng, derivation.sizes, limit=LIMIT, quick=quick)
        verdict, reason = _judged(found)
        if verdict is not Verdict.ESTABLISHED:
            return verdict, reason
    return Verdict.ESTABLISHED, ""


def _of_joint(at: Place, joint: Joint, kind: str, new: Any) -> Mutant:
    """Judge all claims under a changed distribution: one of them must be refuted."""

    def changed() -> Joint:
        number, changed_family = new
        parts = list(joint.parts)
        one = parts[number]
        stated = one.stated.func(one.stated.value, make(changed_family))
        parts[number] = Part(stated, *one.plates) if one.plates else SinglePart(stated)
        return Joint(joint.letter, parts, joint.given)

    def judged(other: Joint, rng: np.random.Generator, *, quick: bool) -> Judged:
        mapping = {joint: other}
        assumed = tuple(
            replace(a, joint=other)
            if isinstance(a, Random) and a.joint == joint
            else _with_statement(a, mapping)
            for a in at.derivation.assumptions
        )
        steps = tuple(_with(s, mapping) for s in at.derivation.steps)
        return _judged_all(
            replace(at.derivation, steps=steps, assumptions=assumed), rng, quick=quick
        )

    return _mutant(at, kind, joint, changed, judged)


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

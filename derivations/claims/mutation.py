"""Mutation: any node of a statement changed, notation included, and the same verdict asked again.

A change that is established, under other seeds as well, says something that is still true. One that
another seed refutes has survived: the verdict of this run did not see it.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum

import numpy as np
from sympy import (
    Add,
    Basic,
    Expr,
    Integer,
    Mul,
    Pow,
    Rational,
    Symbol,
    Tuple,
    exp,
    log,
    loggamma,
    polygamma,
)
from sympy.core.symbol import Str

from derivations.calculus.binding import all_indices, free_indices, substitute
from derivations.calculus.expressions import (
    Array,
    Element,
    IndexProduct,
    IndexSum,
    Iverson,
    OverIndices,
    Slice,
)
from derivations.calculus.indices import Index
from derivations.calculus.steps import Finding, Verdict
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
from derivations.families import DISCRETE, family, names
from derivations.meaning.notation import (
    Density,
    Divergence,
    Entries,
    Expectation,
    FamilyAt,
    Independent,
    Joint,
    Part,
    PartialDerivative,
    SinglePart,
    Variance,
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


@dataclass(frozen=True)
class Letters:
    """What a change may put in the place of something: the letters of a derivation."""

    arrays: tuple[Array, ...]
    joints: tuple[Joint, ...]
    sizes: tuple[Symbol, ...]
    indices: tuple[Index, ...] = field(default=())


def changes(
    node: Basic, letters: Letters, only: type[Basic] = Basic
) -> Iterator[tuple[str, Basic]]:
    """Yield every expression with one node, of one type, changed, with the kind of the change."""
    if isinstance(node, only):
        yield from _own(node, letters)
    if isinstance(node, (Joint, Array, Index, Str)) or not node.args:
        return
    for place, argument in enumerate(node.args):
        if not isinstance(argument, Basic) or isinstance(argument, (Str, Joint, Array, Index)):
            continue
        for kind, new in changes(argument, letters, only):
            arguments = [*node.args[:place], new, *node.args[place + 1 :]]
            yield kind, _Built(node.func, tuple(arguments))  # type: ignore[misc]


def swapped_divergences(side: Expr) -> Iterator[Basic]:
    """Yield a side with the arguments of each of its divergences swapped in turn."""
    for kind, new in changes(side, Letters((), (), ()), only=Divergence):
        if kind == "notation":
            yield new


@dataclass(frozen=True)
class _Built:
    """A node still to be made: making it may refuse the change."""

    func: type
    arguments: tuple[object, ...]


def make(change: object) -> Basic:
    """Make a changed expression; what it refuses it raises."""
    if isinstance(change, _Built):
        made: Basic = change.func(*(make(a) for a in change.arguments))
        return made
    assert isinstance(change, Basic)  # noqa: S101 - nothing else is yielded
    return change


def _own(node: Basic, letters: Letters) -> Iterator[tuple[str, Basic]]:  # noqa: C901, PLR0912 - a line a kind
    if isinstance(node, Divergence):
        yield "notation", _Built(Divergence, (node.right, node.left))
    elif isinstance(node, Expectation):
        yield from _of_expectation(node, letters)
    elif isinstance(node, Density):
        yield from _of_density(node, letters)
    elif isinstance(node, FamilyAt):
        yield from _of_family(node)
    elif isinstance(node, PartialDerivative) and isinstance(node.by, Element):
        for array in letters.arrays:
            if array != node.by.array and array.sizes == node.by.array.sizes and array.states == 0:
                yield "notation", _Built(PartialDerivative, (node.body, array[node.by.subscripts]))
    elif isinstance(node, Element):
        yield from _of_element(node, letters)
    elif isinstance(node, Slice):
        for array in letters.arrays:
            if array != node.array and array.args[1:2] == node.array.args[1:2] and array.states == node.array.states:
                yield "letters", _Built(Slice, (array, *node.subscripts))
    elif isinstance(node, (IndexSum, IndexProduct, Independent, Part)):
        yield from _of_binder(node, letters)
    elif isinstance(node, Iverson):
        yield "algebra", Integer(1)
    elif isinstance(node, Add):
        for term in node.args:
            yield "sign", _Built(Add, (node, -2 * term))
            yield "term", _Built(Add, (node, -term))
    elif isinstance(node, Mul):
        for factor in node.args:
            if factor not in (-1, 1):
                yield "factor", Mul(*(a for a in node.args if a is not factor))
    elif isinstance(node, Pow):
        yield "power", _Built(Pow, (node.base, node.exp + 1))
        yield "power", _Built(Pow, (node.base, -node.exp))
    elif isinstance(node, Rational):
        yield "number", node + 1
    elif isinstance(node, Symbol):
        for size in letters.sizes:
            if size != node:
                yield "size", size
        yield "size", node + 1
    elif isinstance(node, (log, exp, loggamma)):
        yield "function", node.args[0]
    elif isinstance(node, polygamma):
        yield "function", _Built(polygamma, (node.args[0] + 1, node.args[1]))


def _of_expectation(node: Expectation, letters: Letters) -> Iterator[tuple[str, Basic]]:
    if node.held:
        yield "notation", _Built(node.func, (node.distribution, node.body))
    if isinstance(node, Variance):
        yield "notation", _Built(Expectation, node.args)
    else:
        yield "notation", _Built(Variance, node.args)
    if isinstance(node.distribution, Joint):
        for joint in letters.joints:
            if joint != node.distribution and set(joint.variables) & set(node.distribution.variables):
                yield "notation", _Built(node.func, (joint, node.body, node.held))
    if isinstance(node.distribution, Tuple) and len(node.distribution) > 1:
        for place in range(len(node.distribution)):
            rest = [d for n, d in enumerate(node.distribution) if n != place]
            yield "notation", _Built(node.func, (Tuple(*rest), node.body, node.held))


def _of_density(node: Density, letters: Letters) -> Iterator[tuple[str, Basic]]:
    for item in node.given:
        rest = tuple(g for g in node.given if g != item)
        yield "notation", _Built(Density, (node.joint, node.values, rest))
    if len(node.values) > 1:
        for item in node.values:
            rest = tuple(v for v in node.values if v != item)
            yield "notation", _Built(Density, (node.joint, rest, node.given))
    for item in node.given:
        if item not in node.joint.given:
            moved = tuple(g for g in node.given if g != item)
            yield "notation", _Built(Density, (node.joint, (*node.values, item), moved))
    for joint in letters.joints:
        if joint != node.joint and set(node.joint.variables) <= set(joint.variables):
            given = tuple(dict.fromkeys((*(g for g in node.given if g not in node.joint.given), *joint.given)))
            yield "notation", _Built(Density, (joint, node.values, given))


def _of_family(node: FamilyAt) -> Iterator[tuple[str, Basic]]:
    own = family(node.name)
    for name in names():
        other = family(name)
        alike = [p.is_vector for p in other.parameters] == [p.is_vector for p in own.parameters]
        if name != node.name and alike and (other.support in DISCRETE) == (own.support in DISCRETE):
            if {name, node.name} != {"Any", "Categorical"}:
                yield "family", _Built(FamilyAt, (name, *node.parameters))
    if len(node.parameters) == 2:  # noqa: PLR2004 - two can be swapped
        yield "family", _Built(FamilyAt, (node.name, *reversed(node.parameters)))


def _of_element(node: Element, letters: Letters) -> Iterator[tuple[str, Basic]]:
    for array in letters.arrays:
        if array != node.array and array.sizes == node.array.sizes and array.states == node.array.states:
            yield "letters", _Built(Element, (array, *node.subscripts))
    for place, subscript in enumerate(node.subscripts):
        for index in letters.indices:
            if index != subscript and isinstance(subscript, Index):
                changed = [*node.subscripts[:place], index, *node.subscripts[place + 1 :]]
                yield "index", _Built(Element, (node.array, *changed))


def _of_binder(node: OverIndices, letters: Letters) -> Iterator[tuple[str, Basic]]:
    if isinstance(node, IndexSum):
        yield "notation", _Built(IndexProduct, node.args)
    if isinstance(node, IndexProduct):
        yield "notation", _Built(IndexSum, node.args)
    for place, index in enumerate(node.indices):
        bounds = [(index.lower + 1, index.upper), (index.lower, index.upper - 1)]
        bounds += [(index.lower, s) for s in letters.sizes if s != index.upper]
        for lower, upper in bounds:
            yield "index", _Rebound(node, place, lower, upper)  # type: ignore[misc]


class _Rebound(_Built):
    """A sum whose index runs over another range."""

    def __init__(self, node: OverIndices, place: int, lower: Expr, upper: Expr) -> None:
        def rebuilt() -> Basic:
            old = node.indices[place]
            new = Index(old.name, lower, upper)
            body = substitute(node.body, {old: new})
            made: Basic = node.func(body, *(new if i == old else i for i in node.indices))
            return made

        super().__init__(rebuilt, ())  # type: ignore[arg-type]


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
    sides = (statement.left, statement.right) if isinstance(statement, Claim) else (statement.letter, statement.value)
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
) -> Iterator[tuple[str, object]]:
    """Yield changes of a statement, in which sides are still to be made."""
    found: list[tuple[str, object]] = []
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
    found: list[tuple[str, object]], rng: np.random.Generator, most: int | None
) -> list[tuple[str, object]]:
    """Return all changes, or some of each kind."""
    if most is None or len(found) <= most:
        return found
    kinds: dict[str, list[tuple[str, object]]] = {}
    for number in rng.permutation(len(found)):
        kinds.setdefault(found[number][0], []).append(found[number])
    chosen: list[tuple[str, object]] = []
    while len(chosen) < most:
        for members in kinds.values():
            if members and len(chosen) < most:
                chosen.append(members.pop())
    return chosen


def _changed(claim: Claim, new: object) -> Claim:
    if new is None:
        return replace(claim, left=claim.right, right=claim.left)
    place, side = new  # type: ignore[misc]
    made = make(side)
    return replace(claim, left=made) if place == 0 else replace(claim, right=made)


def _of_claim(
    derivation: Derivation, place: str, claim: Claim, kind: str, new: object, scope: Scope, seed: int
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
    derivation: Derivation, number: int, definition: Definition, kind: str, new: object, seed: int
) -> Mutant:
    """Judge the claims that follow a changed definition: one of them must fall."""
    place, before = f"step {number}" if number else "assumptions", str(definition)
    try:
        _, side = new  # type: ignore[misc]
        changed = replace(definition, value=make(side))
        steps = tuple(replace(s, claim=changed) if s.claim == definition else s for s in derivation.steps)
        assumed = tuple(changed if a == definition else a for a in derivation.assumptions)
        fate, reason = _fate_of_all(replace(derivation, steps=steps, assumptions=assumed), seed)
    except Exception as error:  # noqa: BLE001 - as above
        return Mutant(derivation.key, place, kind, before, definition, Fate.REFUSED, described(error))
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
) -> Iterator[tuple[str, object]]:
    """Yield changes of the factors of a joint distribution."""
    scope = Scope.of(derivation.assumptions)
    arrays = tuple(sorted(joint.atoms(Array), key=str))
    letters = Letters(
        arrays,
        tuple(dict.fromkeys(scope.joints.values())),
        tuple(sorted({s for a in arrays for e in a.sizes for s in e.free_symbols}, key=str)),
        tuple(sorted(all_indices(joint), key=str)),
    )
    found: list[tuple[str, object]] = []
    for place, one in enumerate(joint.parts):
        for kind, new in changes(one.stated.family, letters):
            found.append((kind, (place, new)))
    yield from _some(found, rng, most)


def _of_joint(derivation: Derivation, joint: Joint, kind: str, new: object, seed: int) -> Mutant:
    """Judge all claims under a changed distribution: one of them must fall."""
    place, before = f"distribution {joint.letter}", str(joint)
    try:
        number, changed_family = new  # type: ignore[misc]
        parts = list(joint.parts)
        one = parts[number]
        stated = one.stated.func(one.stated.value, make(changed_family))
        parts[number] = Part(stated, *one.plates) if one.plates else SinglePart(stated)
        changed = Joint(joint.letter, parts, joint.given)
        mapping = {joint: changed}
        steps = tuple(_with(s, mapping) for s in derivation.steps)
        assumed = tuple(
            Random(changed) if isinstance(a, Random) and a.joint == joint else _with_statement(a, mapping)
            for a in derivation.assumptions
        )
        fate, reason = _fate_of_all(replace(derivation, steps=steps, assumptions=assumed), seed)
    except Exception as error:  # noqa: BLE001 - as above
        return Mutant(derivation.key, place, kind, before, joint, Fate.REFUSED, described(error))
    return Mutant(derivation.key, place, kind, before, changed, fate, reason)


def _with(line: Step, mapping: dict[Basic, Basic]) -> Step:
    return replace(line, claim=_with_statement(line.claim, mapping))


def _with_statement(statement: object, mapping: dict[Basic, Basic]) -> object:
    if isinstance(statement, Claim):
        left, right = (s.xreplace(mapping) for s in statement.sides)
        return replace(statement, left=left, right=right)
    if isinstance(statement, Definition):
        return replace(
            statement, letter=statement.letter.xreplace(mapping), value=statement.value.xreplace(mapping)
        )
    return statement



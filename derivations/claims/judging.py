"""Judge claims by the meaning of their notation, always by the same methods.

The notation of both sides is written out, and they are compared at random points that satisfy the
assumptions: in ball arithmetic, so that a disagreement refutes. Equal normal forms are a proof.
"""

from __future__ import annotations

import math
import time
import zlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

import flint
import numpy as np
from sympy import Expr, Symbol

from derivations.calculus.coincidences import without_value
from derivations.calculus.normal_form import is_proved_equal
from derivations.calculus.steps import KINDS, Finding, Verdict
from derivations.claims.comparing import PLACES, POINTS, compared
from derivations.claims.densities import (
    Constraint,
    constraints_of,
    forms_of,
    lies_outside,
    normalised,
)
from derivations.claims.drawing import draw
from derivations.claims.judgements import Judgement
from derivations.claims.scope import Scope
from derivations.claims.statements import (
    EQUAL,
    Claim,
    Definition,
    Derivation,
    Method,
    Random,
    Rule,
    StatementError,
    Step,
)
from derivations.claims.transcription import transcribed
from derivations.evidence.limits import LIMIT, OutOfTimeError, OvertimeError, described, limited
from derivations.evidence.points import places
from derivations.meaning import means  # noqa: F401 - registers how means are evaluated
from derivations.meaning.differences import as_differences
from derivations.meaning.notation import Applied, MeanOver, NotationError

DOMAINS = "values in their domains"
"""The claim that no letter or parameter leaves its domain, in findings about it."""
LEFT_OVER, NO_VALUE = "a difference is left over", "no value"
"""Why a proof fails; the second is reported, as a comparison at points may miss the place."""


def judge(derivation: Derivation, seed: int = 0, *, limit: float = LIMIT) -> Judgement:
    """Check every claim of a derivation, those of its rules included."""
    started = time.perf_counter()
    scope = Scope.of(derivation.assumptions)
    rules: list[tuple[Finding, ...]] = []
    steps: list[tuple[Finding, ...]] = []
    seen: set[Rule] = set()
    held = [a for a in derivation.assumptions if isinstance(a, Random) and a.transcription]
    rng = _generator(derivation, seed, len(derivation.steps) + 1)
    sources = (_guarded(partial(transcribed, a, rng, limit=limit), a, limit) for a in held)
    assumptions = _about("the declared distribution", sources) + tuple(
        f
        for a in derivation.assumptions
        if isinstance(a, Definition)
        for f in _constrained(a, scope, rng, derivation.sizes, limit)
    )
    for number, line in enumerate(derivation.steps):
        rng = _generator(derivation, seed, number)
        rules.append(() if line.rule in seen else judge_rule(line.rule, rng, limit=limit))
        seen.add(line.rule)
        steps.append(judge_step(line, scope, rng, derivation.sizes, limit=limit))
    rng = _generator(derivation, seed, len(derivation.steps))
    remarks = tuple(
        f
        for words in derivation.remarks
        for part in words
        if isinstance(part, Claim)
        for f in _about("the remark", judge_claim(part, scope, rng, derivation.sizes, limit=limit))
    )
    seconds = time.perf_counter() - started
    return Judgement(derivation.key, tuple(rules), tuple(steps), remarks, seconds, assumptions)


def _generator(derivation: Derivation, seed: int, number: int) -> np.random.Generator:
    return np.random.default_rng([seed, zlib.crc32(derivation.key.encode()), number])


def judge_rule(
    rule: Rule, rng: np.random.Generator, *, limit: float = LIMIT
) -> tuple[Finding, ...]:
    """Check the claims in a rule's statement, under the rule's own assumptions."""
    if not rule.claims:
        return ()
    scope = Scope.of(rule.given)
    several = len(rule.claims) > 1
    return tuple(
        f
        for number, c in enumerate(rule.claims, 1)
        for f in _about(
            f"formula {number} of the sentence" if several else "the formula of the sentence",
            judge_claim(c, scope, rng, limit=limit),
        )
    )


def _about(what: str, found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings that name the claim they are about."""
    return tuple(replace(f, claim=what) if f.claim == "" else f for f in found)


def judge_step(
    line: Step,
    scope: Scope,
    rng: np.random.Generator,
    sizes: dict[Symbol, tuple[int, ...]] | None = None,
    *,
    limit: float = LIMIT,
) -> tuple[Finding, ...]:
    """Check one line; a definition is added to the scope, and its letter's domain is checked."""
    if isinstance(line.claim, Definition):
        inside = _constrained(line.claim, scope, rng, {**(sizes or {}), **line.sizes}, limit)
        scope.define(line.claim)
        return inside
    found = judge_claim(line.claim, scope, rng, {**(sizes or {}), **line.sizes}, limit=limit)
    found += tuple(
        _guarded(partial(_by_method, method, line.claim, scope, rng), line.claim, limit)
        for method in line.evidence
    )
    return _about("the equation" if line.claim.relation == EQUAL else "the statement", found)


def _by_method(method: Method, claim: Claim, scope: Scope, rng: np.random.Generator) -> Finding:
    found: Finding = method(claim, scope, rng)
    return found


def judge_claim(
    claim: Claim,
    scope: Scope,
    rng: np.random.Generator,
    sizes: dict[Symbol, tuple[int, ...]] | None = None,
    *,
    limit: float = LIMIT,
    quick: bool = False,
) -> tuple[Finding, ...]:
    """Check one claim by every method, and return the findings of those that apply.

    With ``quick`` a claim is checked at few points and not proved.

    Raises
    ------
    StatementError
        If a letter or an index is not declared.
    """
    scope.refuse(claim)
    found = list(_constrained(claim, scope, rng, sizes or {}, limit))
    try:
        claim, by_differences = limited(partial(_prepared, claim, scope, quick=quick), limit)
    except OutOfTimeError as error:
        return (*found, Finding("none", str(claim), Verdict.UNKNOWN, reason=str(error)))
    if claim.relation == EQUAL and not quick:
        proved = _guarded(lambda: _proof(claim, scope), claim, limit)
        if proved.reason.startswith(NO_VALUE):
            found.append(proved)
        if proved.verdict is Verdict.ESTABLISHED:
            found.append(proved)
            quick = True  # a few points suffice to check the proof itself
    found.append(
        _guarded(
            lambda: compared(claim, scope, rng, sizes or {}, quick=quick, limit=limit), claim, limit
        )
    )
    if by_differences != claim:
        found.append(
            _guarded(
                lambda: compared(
                    by_differences,
                    scope,
                    rng,
                    sizes or {},
                    kind="finite difference",
                    quick=True,
                    limit=limit,
                ),
                claim,
                limit,
            )
        )
    return tuple(found)


def _prepared(claim: Claim, scope: Scope, *, quick: bool) -> tuple[Claim, Claim]:
    """Return a claim with its densities normalised, and with differences for its derivatives."""
    claim = normalised(claim, scope)
    if claim.relation != EQUAL or quick:
        return claim, claim
    left, right = as_differences(claim.left), as_differences(claim.right)
    return claim, replace(claim, left=left, right=right)


def _constrained(
    statement: Claim | Definition,
    scope: Scope,
    rng: np.random.Generator,
    sizes: dict[Symbol, tuple[int, ...]],
    limit: float,
) -> tuple[Finding, ...]:
    """Check that values are in the domain of a letter, or of a family's parameter."""

    def tried(constraint: Constraint, known: Scope) -> Finding:
        entry, total = (known.meaning(f) for f in forms_of(constraint))
        for _ in range(POINTS):
            point = draw((entry, total), scope, rng, sizes, moderate=True)
            for here in places(point, rng, PLACES):
                with flint.ctx.workdps(60):
                    reason = lies_outside(constraint, entry, total, here)
                if reason is not None:
                    reason = f"at {here.place()}: {reason}"
                    return Finding("enclosure", DOMAINS, Verdict.REFUTED, reason=reason)
        return Finding("enclosure", DOMAINS, Verdict.ESTABLISHED, {"points": POINTS})

    def at_any_letters(constraint: Constraint) -> Finding:
        """Check it for any values of the letters defined before; if that fails, for their own."""
        functions = [d for d in scope.definitions if isinstance(d.letter, Applied)]
        found = tried(constraint, scope.having(functions))
        return found if found.verdict is Verdict.ESTABLISHED else tried(constraint, scope)

    try:
        constraints = limited(lambda: tuple(constraints_of(statement)), limit)
    except OutOfTimeError as error:
        return (Finding("none", str(statement), Verdict.UNKNOWN, reason=str(error)),)
    return tuple(_guarded(partial(at_any_letters, c), statement, limit) for c in constraints)


def _guarded(run: Callable[[], Finding], claim: object, limit: float) -> Finding:
    """Run a method; if it raises or reaches its time limit, the claim is unknown."""
    try:
        found, reason = limited(lambda: (made := run(), unsound(made)), limit)
        if not reason:
            return found
    except OutOfTimeError as error:
        reason = str(error)
    except (KeyboardInterrupt, OvertimeError, StatementError, NotationError):
        raise
    except BaseException as error:  # noqa: BLE001 - a failing method must not hide its claim
        reason = described(error)
    return Finding("none", str(claim), Verdict.UNKNOWN, reason=reason)


def unsound(found: object) -> str:
    """Say what is wrong with a method's result; the empty string if it is a valid finding."""
    if not isinstance(found, Finding):
        return f"no finding but {found!r}"
    if found.kind not in KINDS:
        return f"evidence of an unknown kind, {found.kind!r}"
    if not isinstance(found.verdict, Verdict):
        return f"no verdict but {found.verdict!r}"
    for name, figure in found.figures.items():
        number = isinstance(figure, (int, float)) and math.isfinite(figure)
        if not (number or isinstance(figure, str)):
            return f"{found.verdict.value} by {found.kind}, yet its figure {name!r} is {figure!r}"
    return ""


def _proof(claim: Claim, scope: Scope) -> Finding:
    left, right = (scope.meaning(s) for s in claim.sides)
    factors = [{m.parts for m in side.atoms(MeanOver)} for side in (left, right)]
    comparable = factors[0] == factors[1]  # a mean on only one side never cancels
    comparable = comparable and len(_means(left)) == len(_means(right))  # nor does an extra mean
    if not comparable or not is_proved_equal(left, right):
        return Finding("proof", "", Verdict.UNKNOWN, reason=LEFT_OVER)
    if (place := without_value(left) or without_value(right)) is not None:
        return Finding("proof", "", Verdict.UNKNOWN, reason=f"{NO_VALUE} where {place}")
    return Finding("proof", "", Verdict.ESTABLISHED, {"sizes": "symbolic"})


def _means(form: Expr) -> set[MeanOver]:
    """Return the means of a formula that are under no other mean."""
    if isinstance(form, MeanOver):
        return {form}
    if not form.args or not form.has(MeanOver):
        return set()
    return {m for a in form.args if isinstance(a, Expr) for m in _means(a)}

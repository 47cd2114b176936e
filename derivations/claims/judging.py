"""The one verdict: every claim is tried by meaning, by the same methods wherever it is asked for.

Both sides are written out in what they mean and compared at random points that satisfy the
assumptions: in balls, so that a disagreement refutes. What can be proved by the normal form is.
"""

from __future__ import annotations

import math
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest

import flint
import numpy as np
from flint import acb, arb
from sympy import Expr, Symbol, exp

from derivations.calculus.binding import sum_over
from derivations.calculus.evaluate import State, compiled, evaluate
from derivations.calculus.expressions import POSITIVE, Array
from derivations.calculus.indices import Index
from derivations.calculus.normal_form import is_proved_equal
from derivations.calculus.number_fields import BALLS, COMPLEX_BALLS
from derivations.calculus.point import Point
from derivations.calculus.steps import KINDS, Finding, Verdict
from derivations.claims.densities import (
    Constraint,
    constraints_of,
    forms_of,
    lies_outside,
    normalised,
)
from derivations.claims.drawing import draw, moved, redrawn, satisfies
from derivations.claims.scope import Scope
from derivations.claims.statements import (
    AT_MOST,
    CONSTANT,
    DISTRIBUTED,
    EQUAL,
    LESS,
    Claim,
    Definition,
    Derivation,
    Random,
    Rule,
    StatementError,
    Step,
)
from derivations.claims.transcription import transcribed
from derivations.evidence import precision
from derivations.evidence.drawing import spread
from derivations.evidence.limits import LIMIT, OvertimeError, described, time_limit
from derivations.evidence.parts import drawn_in
from derivations.evidence.points import places
from derivations.families import COUNTS, family
from derivations.meaning import means  # noqa: F401 - registers how means are evaluated
from derivations.meaning.differences import as_differences
from derivations.meaning.family_forms import nameless
from derivations.meaning.notation import (
    Applied,
    Entries,
    Expectation,
    Independent,
    Joint,
    MeanOver,
    NotationError,
)

POINTS, PLACES, CONSTANTS = 4, 3, 2
"""Points, values of the free indices at each, and other values of what a constant leaves out."""
PRECISIONS = (30, 120, 480, 1920, 7680, 30720, 122880)
NARROW, NARROW_MEAN = 1e-20, 1e-8
"""How wide a ball may be, relative to the larger side, without means and with them."""
SMALLEST = 1e-3
"""Below this a width is taken relative to it."""
STARTS, MOVES, SLOWER = 12, 48, 0.95
"""Points drawn for an inequality, moves towards one at which it fails, and how these shrink."""
TESTS = 3
"""How many functions two distributions are told apart by, at each point."""

Sides = Callable[[Point], tuple[arb, arb]]


@dataclass(frozen=True)
class Judgement:
    """What a derivation's claims were found to be, line by line."""

    key: str
    rules: tuple[tuple[Finding, ...], ...]
    steps: tuple[tuple[Finding, ...], ...]
    remarks: tuple[Finding, ...]
    seconds: float
    assumptions: tuple[Finding, ...] = ()
    """What was found of declarations that are held against their source."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings in order."""
        return (*self.assumptions, *(f for line in self.lines() for f in line))

    def lines(self) -> list[tuple[Finding, ...]]:
        """The findings on each line, those on the claims of its rule first; the remarks' last."""
        lines = [(*r, *s) for r, s in zip_longest(self.rules, self.steps, fillvalue=())]
        return [*lines, self.remarks] if self.remarks else lines

    @property
    def verdict(self) -> Verdict:
        """Return REFUTED if anything is, else UNKNOWN if anything is or nothing was tried."""
        return verdict_of(self.findings) if self.findings else Verdict.UNKNOWN


def verdict_of(findings: tuple[Finding, ...]) -> Verdict:
    """Return the verdict on claims that each must stand."""
    verdicts = {f.verdict for f in findings}
    for bad in (Verdict.REFUTED, Verdict.UNKNOWN):
        if bad in verdicts:
            return bad
    return Verdict.ESTABLISHED


def judge(derivation: Derivation, seed: int = 0, *, limit: float = LIMIT) -> Judgement:
    """Try every claim of a derivation, those of its rules included."""
    started = time.perf_counter()
    scope = Scope.of(derivation.assumptions)
    rules: list[tuple[Finding, ...]] = []
    steps: list[tuple[Finding, ...]] = []
    seen: set[Rule] = set()
    held = [a for a in derivation.assumptions if isinstance(a, Random) and a.transcription]
    rng = _generator(derivation, seed, len(derivation.steps) + 1)
    assumptions = tuple(_guarded(lambda r=a: transcribed(r, rng), a, limit) for a in held)
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
        for f in judge_claim(part, scope, rng, derivation.sizes, limit=limit)
    )
    seconds = time.perf_counter() - started
    return Judgement(derivation.key, tuple(rules), tuple(steps), remarks, seconds, assumptions)


def _generator(derivation: Derivation, seed: int, number: int) -> np.random.Generator:
    return np.random.default_rng([seed, zlib.crc32(derivation.key.encode()), number])


def judge_rule(rule: Rule, rng: np.random.Generator, *, limit: float = LIMIT) -> tuple[Finding, ...]:
    """Try the claims in a rule's words, under the rule's own assumptions."""
    if not rule.claims:
        return ()
    scope = Scope.of(rule.given)
    return tuple(f for c in rule.claims for f in judge_claim(c, scope, rng, limit=limit))


def judge_step(
    line: Step,
    scope: Scope,
    rng: np.random.Generator,
    sizes: dict[Symbol, tuple[int, ...]] | None = None,
    *,
    limit: float = LIMIT,
) -> tuple[Finding, ...]:
    """Try one line; a definition is taken into the scope, its letter's domain is tried."""
    if isinstance(line.claim, Definition):
        inside = _constrained(line.claim, scope, rng, {**(sizes or {}), **line.sizes}, limit)
        scope.define(line.claim)
        return inside
    found = judge_claim(line.claim, scope, rng, {**(sizes or {}), **line.sizes}, limit=limit)
    return found + tuple(
        _guarded(lambda m=method: m(line.claim, scope, rng), line.claim, limit)
        for method in line.evidence
    )


def judge_claim(
    claim: Claim,
    scope: Scope,
    rng: np.random.Generator,
    sizes: dict[Symbol, tuple[int, ...]] | None = None,
    *,
    limit: float = LIMIT,
    quick: bool = False,
) -> tuple[Finding, ...]:
    """Try one claim by every default method; the findings that say something are returned.

    With ``quick`` a claim is tried at few points and not proved.

    Raises
    ------
    StatementError
        If a letter or an index is not declared.
    """
    scope.refuse(claim)
    found = list(_constrained(claim, scope, rng, sizes or {}, limit))
    claim = normalised(claim, scope)
    by_differences = claim
    if claim.relation == EQUAL and not quick:
        by_differences = replace(claim, left=as_differences(claim.left), right=as_differences(claim.right))
        proved = _guarded(lambda: _proof(claim, scope), claim, limit)
        if proved.verdict is Verdict.ESTABLISHED:
            found.append(proved)
            quick = True  # a few points are enough to try the proof itself
    found.append(_guarded(lambda: compared(claim, scope, rng, sizes or {}, quick=quick), claim, limit))
    if by_differences != claim:
        found.append(
            _guarded(
                lambda: compared(
                    by_differences, scope, rng, sizes or {}, kind="finite difference", quick=quick
                ),
                claim,
                limit,
            )
        )
    return tuple(found)


def _constrained(
    statement: Claim | Definition,
    scope: Scope,
    rng: np.random.Generator,
    sizes: dict[Symbol, tuple[int, ...]],
    limit: float,
) -> tuple[Finding, ...]:
    """Try what a statement needs besides: values in the domain of a letter, or of a family."""

    def tried(constraint: Constraint, known: Scope) -> Finding:
        entry, total = (known.meaning(f) for f in forms_of(constraint))
        for _ in range(POINTS):
            point = draw((entry, total), scope, rng, sizes, moderate=True)
            for here in places(point, rng, PLACES):
                with flint.ctx.workdps(60):
                    reason = lies_outside(constraint, entry, total, here)
                if reason is not None:
                    reason = f"at {here.place()}: {reason}"
                    return Finding("enclosure", "", Verdict.REFUTED, reason=reason)
        return Finding("enclosure", "", Verdict.ESTABLISHED, {"points": POINTS})

    def at_any_letters(constraint: Constraint) -> Finding:
        """Try it whatever the letters defined before are; else at what they are."""
        functions = [d for d in scope.definitions if isinstance(d.letter, Applied)]
        found = tried(constraint, scope.having(functions))
        return found if found.verdict is Verdict.ESTABLISHED else tried(constraint, scope)

    return tuple(
        _guarded(lambda c=c: at_any_letters(c), statement, limit) for c in constraints_of(statement)
    )


def _guarded(run: Callable[[], Finding], claim: object, limit: float) -> Finding:
    """Run a method; one that breaks or does not end leaves its claim unknown, and says why."""
    try:
        with time_limit(limit):
            found = run()
            reason = unsound(found)
        if not reason:
            return found
    except OvertimeError:
        reason = f"did not end within {limit:g} s"
    except (KeyboardInterrupt, StatementError, NotationError):
        raise
    except BaseException as error:  # noqa: BLE001 - a method must never hide its claim
        reason = described(error)
    return Finding("none", str(claim), Verdict.UNKNOWN, reason=reason)


def unsound(found: object) -> str:
    """Say what is wrong with what a method returned; nothing if it is a finding that can stand."""
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
    comparable = factors[0] == factors[1]  # a mean under factors of one side alone never cancels
    comparable = comparable and len(_means(left)) == len(_means(right))  # nor one of several
    if comparable and is_proved_equal(left, right):
        return Finding("proof", "", Verdict.ESTABLISHED, {"sizes": "symbolic"})
    return Finding("proof", "", Verdict.UNKNOWN, reason="a difference is left over")


def _means(form: Expr) -> set[MeanOver]:
    """Return the means of a formula that are under no other mean."""
    if isinstance(form, MeanOver):
        return {form}
    if not form.args or not form.has(MeanOver):
        return set()
    return {m for a in form.args if isinstance(a, Expr) for m in _means(a)}


def compared(
    claim: Claim,
    scope: Scope,
    rng: np.random.Generator,
    sizes: dict[Symbol, tuple[int, ...]],
    *,
    kind: str = "",
    quick: bool = False,
    search: bool = True,
) -> Finding:
    """Compare both sides at random points; of an inequality, ``search`` for one where it fails."""
    if claim.relation == DISTRIBUTED:
        pairs = list(_tests(claim, scope, rng))
        relation = EQUAL
    else:
        pairs = [(scope.meaning(claim.left), scope.meaning(claim.right))]
        relation = claim.relation
    averaged = any(s.has(MeanOver) for pair in pairs for s in pair)
    kind = kind or ("quadrature" if averaged else "enclosure")
    widest, tried = 0.0, 0
    for left, right in pairs:
        if search and relation in (AT_MOST, LESS):
            where = _closest(left, right, scope, rng, sizes, averaged=averaged)
            if where is not None:
                return Finding(kind, "", Verdict.REFUTED, reason=where)
        for one in spread(1 if quick else POINTS, rng):
            with drawn_in(one):
                point = draw((left, right), scope, rng, sizes, moderate=averaged)
                cells = tuple(places(point, rng, 2 if quick else PLACES))
            for here in cells:
                values = _values(left, right, claim, here, rng, averaged=averaged)
                reason, width = _judged(*values, relation, averaged=averaged)
                if reason is not None:
                    verdict, words = reason
                    return Finding(kind, "", verdict, reason=f"at {here.place()}: {words}")
                widest, tried = max(widest, width), tried + 1
    return Finding(kind, "", Verdict.ESTABLISHED, {"points": tried, "widest_ball": float(f"{widest:.1e}")})


def _closest(
    left: Expr,
    right: Expr,
    scope: Scope,
    rng: np.random.Generator,
    sizes: dict[Symbol, tuple[int, ...]],
    *,
    averaged: bool,
) -> str | None:
    """Search for a point at which an inequality fails; say where it does, or return None.

    From the best of some points drawn the search goes on by small moves that bring the two sides
    nearer to each other.
    """
    found = [draw((left, right), scope, rng, sizes, moderate=averaged) for _ in range(STARTS)]

    def gap(point: Point) -> float:
        with flint.ctx.workdps(60):
            try:
                difference = _value(right, point) - _value(left, point)
            except (ArithmeticError, ValueError):
                return math.inf
        return float(difference.mid()) if difference.is_finite() else math.inf

    best = min(found, key=gap)
    least, scale = gap(best), 1.0
    for _ in range(MOVES):
        if least < 0:
            break
        other = moved(best, scale, rng)
        if (distance := gap(other)) < least and satisfies(other, scope):
            best, least = other, distance
        else:
            scale *= SLOWER
    values = _value(left, best), _value(right, best)
    return f"at {best.place()}: {values[0]} against {values[1]}" if values[0] > values[1] else None


def _values(
    left: Expr, right: Expr, claim: Claim, here: Point, rng: np.random.Generator, *, averaged: bool
) -> tuple[arb, arb]:
    """Return both sides at a point; of a claim up to a constant, what they change by."""
    if claim.relation != CONSTANT:
        return _settled(
            lambda: _both(left, right, here),
            averaged=averaged,
            is_real=lambda: _is_real(left, here) and _is_real(right, here),
        )
    other = here
    for variable in claim.up_to:
        if isinstance(variable, Index):
            values = [v for v in here.index_values(variable) if v != here.indices[variable]]
            other = other.at({variable: int(rng.choice(values))}) if values else other
        else:
            other = redrawn(other, variable, rng)

    def changed() -> tuple[arb, arb]:
        one, two = _both(left, right, here), _both(left, right, other)
        return one[0] - two[0], one[1] - two[1]

    return _settled(changed, averaged=averaged)


def _both(left: Expr, right: Expr, here: Point) -> tuple[arb, arb]:
    """Return two values at a point; what they have in common is worked out once."""
    state = State(here, BALLS, dict(here.indices))
    return arb(compiled(left)(state)), arb(compiled(right)(state))


def _value(side: Expr, here: Point) -> arb:
    return arb(evaluate(side, here, BALLS))


def _is_real(side: Expr, here: Point) -> bool:
    """Whether a side without a value may have one, given more digits: it is not off the line."""
    with flint.ctx.workdps(PRECISIONS[1]):
        try:
            value = acb(evaluate(side, here, COMPLEX_BALLS))
        except (ArithmeticError, TypeError, ValueError):
            return True
    return not value.is_finite() or bool(value.imag.contains(0))


def _settled(
    attempt: Callable[[], tuple[arb, arb]],
    *,
    averaged: bool,
    is_real: Callable[[], bool] = lambda: True,
) -> tuple[arb, arb]:
    """Return both sides with as many digits as tell whether they agree."""
    found = (arb("nan"), arb("nan"))
    for digits in (60,) if averaged else precision.tried(PRECISIONS):
        with flint.ctx.workdps(digits):
            found = attempt()
            if all(v.is_finite() for v in found) and (
                not found[0].overlaps(found[1]) or _width(*found) <= NARROW
            ):
                return found
        if not all(v.is_finite() for v in found) and not is_real():
            return found
    return found


def _width(left: arb, right: arb) -> float:
    scale = max(abs(float(left.mid())), abs(float(right.mid())), SMALLEST)
    return max(float(left.rad()), float(right.rad())) / scale


def _judged(
    left: arb, right: arb, relation: str, *, averaged: bool
) -> tuple[tuple[Verdict, str] | None, float]:
    """Say why two balls do not stand in a relation, or None; and how wide they are."""
    if not (left.is_finite() and right.is_finite()):
        return (Verdict.UNKNOWN, f"no value: {left} against {right}"), math.inf
    width = _width(left, right)
    said = f"{left.str(12, radius=False)} against {right.str(12, radius=False)}"
    if relation in (AT_MOST, LESS):
        if left > right:
            return (Verdict.REFUTED, said), width
        if left < right:
            return None, width
        if relation == AT_MOST and width <= (NARROW_MEAN if averaged else NARROW):
            return None, width
        return (Verdict.UNKNOWN, f"not told apart: {said}"), width
    if not left.overlaps(right):
        return (Verdict.REFUTED, said), width
    if width > (NARROW_MEAN if averaged else NARROW):
        return (Verdict.UNKNOWN, f"known to too few digits: {left} against {right}"), width
    return None, width


def _tests(claim: Claim, scope: Scope, rng: np.random.Generator) -> Iterator[tuple[Expr, Expr]]:
    """Yield means of exponentials under both distributions.

    Where these are finite near zero two distributions that agree on all of them are one.
    """
    value, at = claim.left, claim.right
    entries, indices = (value.body, value.indices) if isinstance(value, Entries) else (value, ())
    joint = _joint_of(value, scope)
    other, named = nameless(at, "drawn")
    drawn = named.array[tuple(indices)] if indices else named.array[()]
    support = family(at.body.name if isinstance(at, Independent) else at.name).support
    for number in range(TESTS):
        slope = Array(f"slope {number}", [i.upper for i in indices])[tuple(indices)]

        def tilted(entry: Expr, slope: Expr = slope) -> Expr:
            rate = -exp(slope) if support in (POSITIVE, COUNTS) else slope
            return exp(sum_over(rate * entry, *indices))

        yield (
            scope.meaning(Expectation(joint, tilted(entries))),
            scope.meaning(Expectation(other, tilted(drawn))),
        )


def _joint_of(value: Expr, scope: Scope) -> Joint | tuple[Joint, ...]:
    """Return the distribution of what a quantity is made of; several are independent."""
    found = {scope.joints[a] for a in scope.defined(value).atoms(Array) if a in scope.joints}
    variables = [a for joint in found for a in joint.variables]
    if not found or len(set(variables)) < len(variables):
        message = f"{value}: wanted a function of variables of distributions, each of one alone"
        raise StatementError(message)
    return found.pop() if len(found) == 1 else tuple(sorted(found, key=str))

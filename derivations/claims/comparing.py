"""Compare both sides of a claim at random points, in ball arithmetic: a disagreement refutes."""

from __future__ import annotations

import math
from collections.abc import Iterator

import flint
import numpy as np
from flint import arb
from sympy import Expr, Symbol, exp

from derivations.calculus.binding import sum_over
from derivations.calculus.evaluate import State, compiled
from derivations.calculus.expressions import POSITIVE, Array
from derivations.calculus.indices import Index
from derivations.calculus.number_fields import BALLS
from derivations.calculus.point import Point
from derivations.calculus.steps import Finding, Verdict
from derivations.claims.drawing import draw, moved, redrawn, satisfies
from derivations.claims.scope import Scope
from derivations.claims.settling import (
    NARROW,
    NARROW_MEAN,
    OF_MEANS,
    may_be_real,
    settled,
    width_of,
)
from derivations.claims.statements import (
    AT_MOST,
    CONSTANT,
    DISTRIBUTED,
    EQUAL,
    LESS,
    Claim,
    StatementError,
)
from derivations.evidence.drawing import spread
from derivations.evidence.limits import LIMIT, OutOfTimeError, limited
from derivations.evidence.parts import drawn_in
from derivations.evidence.points import places
from derivations.families import COUNTS, family
from derivations.meaning import means  # noqa: F401 - registers how means are evaluated
from derivations.meaning.family_forms import nameless
from derivations.meaning.notation import (
    Entries,
    Expectation,
    Independent,
    Joint,
    MeanOver,
)

POINTS, PLACES = 4, 3
"""Points, and values of the free indices at each."""
POINTS_OF_MEANS, FEW_PLACES = 3, 2
"""The same for claims with means, which cost more; a quick comparison takes one point."""
STARTS, DESCENTS, MOVES, SLOWER = 12, 2, 24, 0.93
"""For an inequality: points drawn, starting points of a search, its moves, their shrinkage."""
TESTS = 3
"""The number of test functions by which two distributions are compared at each point."""


def compared(
    claim: Claim,
    scope: Scope,
    rng: np.random.Generator,
    sizes: dict[Symbol, tuple[int, ...]],
    *,
    kind: str = "",
    quick: bool = False,
    search: bool = True,
    limit: float = LIMIT,
) -> Finding:
    """Compare both sides at random points; ``search`` for one at which an inequality fails.

    What does not end within the time limit, or needs a precision that does not, is unknown.
    """
    try:
        return limited(
            lambda: _compared(claim, scope, rng, sizes, kind=kind, quick=quick, search=search),
            limit,
        )
    except OutOfTimeError as error:
        return Finding(kind or "enclosure", "", Verdict.UNKNOWN, reason=str(error))


def _compared(
    claim: Claim,
    scope: Scope,
    rng: np.random.Generator,
    sizes: dict[Symbol, tuple[int, ...]],
    *,
    kind: str,
    quick: bool,
    search: bool,
) -> Finding:
    if claim.relation == DISTRIBUTED:
        pairs = list(_tests(claim, scope))
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
        number = 1 if quick else POINTS_OF_MEANS if averaged else POINTS
        for one in spread(number, rng):
            with drawn_in(one):
                point = draw((left, right), scope, rng, sizes, moderate=averaged)
                cells = tuple(places(point, rng, FEW_PLACES if quick or averaged else PLACES))
            for here in cells:
                values = _values(left, right, claim, here, rng, averaged=averaged)
                reason, width = _judged(*values, relation, averaged=averaged)
                if reason is not None:
                    verdict, words = reason
                    return Finding(kind, "", verdict, reason=f"at {here.place()}: {words}")
                widest, tried = max(widest, width), tried + 1
    return Finding(
        kind, "", Verdict.ESTABLISHED, {"points": tried, "widest_ball": float(f"{widest:.1e}")}
    )


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

    The search starts from the best of some random points. Small moves then reduce the distance of
    the two sides, relative to their size if that is more than one.
    """
    found = [draw((left, right), scope, rng, sizes, moderate=averaged) for _ in range(STARTS)]

    def gap(point: Point) -> float:
        with flint.ctx.workdps(OF_MEANS[0]):
            try:
                lower, upper = _both(left, right, point)
                distance = (upper - lower) / (1 + abs(upper) + abs(lower))
            except (ArithmeticError, ValueError):
                return math.inf
        return float(distance.mid()) if distance.is_finite() else math.inf

    for start in sorted(found, key=gap)[:DESCENTS]:
        best, least, scale = start, gap(start), 1.0
        for _ in range(MOVES):
            if least < 0:
                break
            other = moved(best, scale, rng)
            if (distance := gap(other)) < least and satisfies(other, scope):
                best, least = other, distance
            else:
                scale *= SLOWER
        lower, upper = _both(left, right, best)
        if lower > upper:
            return f"at {best.place()}: {lower} against {upper}"
    return None


def _values(
    left: Expr, right: Expr, claim: Claim, here: Point, rng: np.random.Generator, *, averaged: bool
) -> tuple[arb, arb]:
    """Return both sides at a point; for a claim up to a constant, their differences."""
    if claim.relation != CONSTANT:
        return settled(
            lambda: _both(left, right, here),
            averaged=averaged,
            is_real=lambda: may_be_real(left, here) and may_be_real(right, here),
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

    return settled(changed, averaged=averaged)


def _both(left: Expr, right: Expr, here: Point) -> tuple[arb, arb]:
    """Return two values at a point; common subexpressions are evaluated once."""
    state = State(here, BALLS, dict(here.indices))
    return arb(compiled(left)(state)), arb(compiled(right)(state))


def _judged(  # noqa: PLR0911 - one line for each reason
    left: arb, right: arb, relation: str, *, averaged: bool
) -> tuple[tuple[Verdict, str] | None, float]:
    """Say why two balls do not satisfy a relation (None if they do), and how wide they are."""
    if not (left.is_finite() and right.is_finite()):
        return (Verdict.UNKNOWN, f"no value: {left} against {right}"), math.inf
    width = width_of(left, right)
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


def _tests(claim: Claim, scope: Scope) -> Iterator[tuple[Expr, Expr]]:
    """Yield means of exponentials under both distributions.

    Two distributions that agree on all of them are equal, if these are finite near zero.
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
    """Return the joint distribution of a quantity's variables; several joints are independent."""
    found = {scope.joints[a] for a in scope.defined(value).atoms(Array) if a in scope.joints}
    variables = [a for joint in found for a in joint.variables]
    if not found or len(set(variables)) < len(variables):
        message = f"{value}: wanted a function of random variables, each of one distribution"
        raise StatementError(message)
    return found.pop() if len(found) == 1 else tuple(sorted(found, key=str))

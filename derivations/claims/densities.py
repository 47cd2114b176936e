"""Densities that are defined up to a constant, and letters with a declared domain.

Where two densities of one variable are both normalised, they are equal if their logs differ by a
constant. That is how a density known up to its normaliser can be claimed to be another; every
other claim about it would need the constant, and is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flint import arb
from sympy import Expr, Integer, log

from derivations.calculus.binding import sum_over
from derivations.calculus.evaluate import evaluate
from derivations.calculus.expressions import (
    ABOVE_ONE,
    POSITIVE,
    SIMPLEX,
    UNIT,
    Element,
    Slice,
)
from derivations.calculus.indices import Index
from derivations.calculus.number_fields import BALLS
from derivations.calculus.point import Point
from derivations.claims.scope import Scope
from derivations.claims.statements import CONSTANT, EQUAL, Claim, Definition, StatementError
from derivations.families import family
from derivations.meaning.notation import At, Density, Entries, FamilyDensity

BOUNDED = (POSITIVE, UNIT, ABOVE_ONE, SIMPLEX)
NEAR = 1e-8
"""How close to one the sum of a probability vector must be known to be."""

Constraint = tuple[str, Expr, "Index | None"]
"""A domain, the entry that must lie in it, and the index over the entries of a vector."""


def normalised(claim: Claim, scope: Scope) -> Claim:
    """Return a claim about unnormalised densities as an equal one that can be evaluated.

    Raises
    ------
    StatementError
        If it would need the constant.
    """
    loose = [d for d in scope.definitions if d.up_to and _occurs(d, claim.sides)]
    if not loose:
        return claim
    if len(loose) > 1:
        message = f"{claim}: wanted one density that is known up to a constant, got {len(loose)}"
        raise StatementError(message)
    (definition,) = loose
    sides = tuple(_unlogged(s) for s in claim.sides)
    held = [s for s in sides if isinstance(s, Density) and s.joint == definition.letter.joint]
    if len(held) != 1 or any(_occurs(definition, (s,)) for s in sides if s is not held[0]):
        message = f"{claim}: wanted a density known up to a constant as one whole side, or its log"
        raise StatementError(message)
    (own,) = held
    variables = _variables(definition, own)
    if claim.relation == CONSTANT and set(claim.up_to) == set(variables):
        return claim
    alike = len({isinstance(s, log) for s in claim.sides}) == 1
    if claim.relation == EQUAL and alike and _same_variable(sides):
        left, right = (log(s) for s in sides)
        return Claim(left, right, CONSTANT, variables)
    message = (
        f"{claim}: wanted a constant in {', '.join(map(str, variables))}, or the density of a "
        "named family there, as the left side is known up to a constant alone"
    )
    raise StatementError(message)


def _occurs(definition: Definition, sides: Iterable[Expr]) -> bool:
    return any(d.joint == definition.letter.joint for s in sides for d in s.atoms(Density))


def _unlogged(side: Expr) -> Expr:
    return side.args[0] if isinstance(side, log) else side


def _variables(definition: Definition, density: Density) -> tuple[Expr, ...]:
    """Return the variable of the definition of a density, at the place of this density."""
    ((pattern,), (value,)) = definition.letter.values, density.values
    if isinstance(value, At) or type(value) is not type(pattern):
        message = f"wanted {pattern} as the variable of {density}, got {value}"
        raise StatementError(message)
    return (value,)


def _same_variable(sides: tuple[Expr, ...]) -> bool:
    """Whether both sides are densities of one variable at one place."""
    found = []
    for side in sides:
        if isinstance(side, FamilyDensity):
            found.append(_row(side.value))
        elif isinstance(side, Density) and len(side.values) == 1 and not side.given:
            found.append(_row(side.values[0]))
        else:
            return False
    return found[0] is not None and found[0] == found[1]


def _row(value: Expr) -> tuple[Expr, ...] | None:
    if isinstance(value, Entries) and value.is_named:
        return value.row.args
    return value.args if isinstance(value, (Element, Slice)) else None


def constraints_of(statement: Claim | Definition) -> Iterator[Constraint]:
    """Yield the domains in which a statement needs values: those of letters and of parameters."""
    if isinstance(statement, Definition):
        letter = statement.letter
        if isinstance(letter, Element) and letter.array.domain in BOUNDED:
            domain = letter.array.domain
            yield domain, statement.value, letter.subscripts[-1] if domain == SIMPLEX else None
        return
    for side in map(_unlogged, statement.sides):
        if isinstance(side, FamilyDensity):
            yield from _of_parameters(side)


def _of_parameters(density: FamilyDensity) -> Iterator[Constraint]:
    at = density.family
    for stated, parameter in zip(family(at.name).parameters, at.parameters, strict=True):
        is_row = isinstance(parameter, Entries)
        entry, index = (parameter.body, parameter.index) if is_row else (parameter, None)
        known = isinstance(entry, Element) and entry.array.domain == stated.domain
        if stated.domain in BOUNDED and not known:
            yield stated.domain, entry, index if stated.domain == SIMPLEX else None


def forms_of(constraint: Constraint) -> tuple[Expr, Expr]:
    """Return the entry, and the sum of the entries that must be one."""
    _, entry, index = constraint
    return entry, Integer(1) if index is None else sum_over(entry, index)


def lies_outside(constraint: Constraint, entry: Expr, total: Expr, point: Point) -> str | None:
    """Say why an entry, written out, is outside its domain at a point; None if it is inside."""
    value, whole = (arb(evaluate(e, point, BALLS)) for e in (entry, total))
    least = 1 if constraint[0] == ABOVE_ONE else 0
    if not value > least or (constraint[0] == UNIT and not value < 1):
        return f"wanted a value in the domain {constraint[0]}, got {value.str(12, radius=False)}"
    if not abs(whole - 1) < NEAR:
        return f"wanted entries that sum to one, got {whole.str(12, radius=False)}"
    return None

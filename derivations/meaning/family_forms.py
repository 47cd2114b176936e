"""Named families written out: log densities, and joints of variables without a letter."""

from __future__ import annotations

from typing import Any

from sympy import Expr

from derivations.calculus.expressions import REAL, Array, Slice
from derivations.families import SIMPLEX, STATES, Matrix, Vector, family
from derivations.meaning.notation import (
    Distributed,
    Entries,
    FamilyAt,
    Independent,
    Joint,
    NotationError,
    Part,
    SinglePart,
)


def vector(expression: Expr) -> Any:
    """Return a parameter or value as a vector or matrix: its entry and the indices over it."""
    if isinstance(expression, Entries):
        if len(expression.indices) > 1:
            return Matrix(expression.body, *expression.indices)
        return Vector(expression.body, expression.index)
    return Vector(expression)


def family_log_density(value: Expr, at: FamilyAt) -> Expr:
    """Return the log density of a named family at a value, written out, in nats."""
    found, parameters = family(at.name), tuple(vector(p) for p in at.parameters)
    written = vector(value)
    if found.support == STATES:  # the index of the parameter names the states
        written = Vector(written.entry, parameters[0].index)
    return found.log_density(written, parameters)


def nameless(distribution: FamilyAt | Independent, named: str = "dummy") -> tuple[Joint, Slice]:
    """Return a named family's distribution as a joint of a variable without a letter."""
    plates = distribution.indices if isinstance(distribution, Independent) else ()
    at = distribution.body if isinstance(distribution, Independent) else distribution
    if odd := [p for p in plates if p.lower != 1]:
        message = f"wanted copies counted from 1, got {odd[0].name} from {odd[0].lower}"
        raise NotationError(message)
    found = family(at.name)
    sizes = [p.upper for p in plates]
    rows = [p for p in at.parameters if isinstance(p, Entries)]
    if found.support == STATES:
        array = Array(named, sizes, named, states=rows[0].index.upper)
        value: Expr = array[tuple(plates)]
    elif found.support == SIMPLEX:
        array = Array(named, [*sizes, rows[0].index.upper], named, REAL)
        value = Entries(array[(*plates, rows[0].index)], rows[0].index)
    else:
        array = Array(named, sizes, named, REAL)
        value = array[tuple(plates)]
    stated = Distributed(value, at)
    return Joint("p", (Part(stated, *plates) if plates else SinglePart(stated),)), Slice(array)


def shape_of(distribution: FamilyAt | Independent) -> tuple[object, ...]:
    """Return the shape and the support of the variable of a distribution without a letter."""
    joint, value = nameless(distribution)
    return (
        value.array.sizes,
        value.array.states,
        family(joint.parts[0].stated.family.name).support,
    )

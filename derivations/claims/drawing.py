"""Drawing one point of a claim: sizes, values of letters and of indices within the assumptions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from typing import Any

import numpy as np
from flint import arb
from numpy.typing import NDArray
from sympy import Expr, Symbol

from derivations.calculus.evaluate import State, evaluate, integer_of
from derivations.calculus.expressions import (
    ABOVE_ONE,
    BITS,
    COUNTS,
    POSITIVE,
    REAL,
    SIMPLEX,
    UNIT,
    Array,
)
from derivations.calculus.number_fields import BALLS
from derivations.calculus.point import Point
from derivations.claims.scope import Scope
from derivations.claims.statements import AT_MOST, EQUAL, LESS
from derivations.evidence.parts import WHOLE, drawn_in, levels
from derivations.evidence.points import draw_array, draw_point, sizes_and_arrays

TRIES = 200
BINARY = 2.0**44
"""Probabilities are multiples of one over this, so that floats hold their sums exactly."""
MEAN_SIZES = (2, 3, 4)
"""Sizes for claims with means, unless the derivation gives others."""
MODERATE: dict[str, tuple[float, float]] = {
    REAL: (-1.5, 1.5),
    POSITIVE: (0.4, 2.5),
    UNIT: (0.1, 0.9),
    ABOVE_ONE: (1.2, 4.0),
}
"""The range of numbers that are drawn for a quadrature rule."""


class NoPointError(ValueError):
    """Assumptions that no drawn point satisfied."""


def draw(
    sides: Iterable[Expr],
    scope: Scope,
    rng: np.random.Generator,
    sizes: Mapping[Symbol, tuple[int, ...]],
    *,
    moderate: bool,
) -> Point:
    """Draw sizes, numbers and free indices that satisfy the assumptions.

    Raises
    ------
    NoPointError
        If no point is found that does.
    """
    conditions = [tuple(scope.meaning(s) for s in c.sides) for c in scope.conditions]
    forms = [*sides, *(s for c in conditions for s in c)]
    symbols, _ = sizes_and_arrays(forms)
    allowed = dict(sizes)
    for symbol in symbols:
        if symbol not in allowed and (moderate or symbol in scope.least):
            least = scope.least.get(symbol, 1)
            allowed[symbol] = tuple(s for s in MEAN_SIZES if s >= least) or (least, least + 1)
    for number in range(TRIES):
        # perhaps no point in this point's strata satisfies the conditions
        with drawn_in(WHOLE) if number > TRIES // 4 else nullcontext():
            point = draw_point(forms, rng, allowed)
            if moderate:
                point = point.having({a: _moderate(a, v, rng) for a, v in point.arrays.items()})
        point = point.having({a: _exact(a, v) for a, v in point.arrays.items()})
        if satisfies(point, scope):
            return point
    message = f"no point was found that satisfies {', '.join(map(str, scope.conditions))}"
    raise NoPointError(message)


def satisfies(point: Point, scope: Scope) -> bool:
    """Whether a point satisfies the conditions that are assumed."""
    return all(
        _holds(scope.meaning(c.left), scope.meaning(c.right), c.relation, point)
        for c in scope.conditions
    )


def moved(point: Point, scale: float, rng: np.random.Generator) -> Point:
    """Return a point near another, its numbers moved within their domains."""
    arrays = {}
    for array, values in point.arrays.items():
        if array.states != 0 or array.domain in (COUNTS, BITS):
            continue
        step = np.exp(scale * rng.normal(size=values.shape))
        old = np.vectorize(float, otypes=[float])(values)
        if array.domain == POSITIVE:
            new = old * step
        elif array.domain == ABOVE_ONE:
            new = 1 + (old - 1) * step
        elif array.domain == UNIT:
            odds = old / (1 - old) * step
            new = odds / (1 + odds)
        elif array.domain == SIMPLEX:
            new = old * step / (old * step).sum(-1, keepdims=True)
        else:
            new = old + scale * rng.normal(size=values.shape)
        arrays[array] = _exact(array, np.vectorize(arb, otypes=[object])(new))
    return point.having(arrays)


def _holds(left: Expr, right: Expr, relation: str, point: Point) -> bool:
    values = [arb(evaluate(s, point, BALLS)) for s in (left, right)]
    if relation == LESS:
        return bool(values[0] < values[1])
    if relation == AT_MOST:
        return bool(values[0] <= values[1])
    return relation == EQUAL and bool(values[0].overlaps(values[1]))


FEW = 3
"""Counts below this are drawn for a quadrature rule."""


def _exact(array: Array, values: NDArray[Any]) -> NDArray[Any]:
    """Return probabilities as binary fractions, which balls hold without error."""
    if array.states != 0 or array.domain != SIMPLEX:
        return values
    parts = np.round(np.vectorize(float, otypes=[float])(values) * BINARY) / BINARY
    parts[..., -1] = 1 - parts[..., :-1].sum(-1)
    return np.vectorize(arb, otypes=[object])(parts)


def _moderate(array: Array, values: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    """Draw an array's numbers again, from the range in which a quadrature rule is accurate."""
    if array.domain == COUNTS:
        return np.vectorize(arb, otypes=[object])(rng.integers(0, FEW, size=values.shape))
    if array.states != 0 or array.domain not in MODERATE:
        return values
    low, high = MODERATE[array.domain]
    drawn = low + (high - low) * levels(array, values.shape, rng)
    return np.vectorize(arb, otypes=[object])(drawn)


def redrawn(point: Point, variable: Expr, rng: np.random.Generator) -> Point:
    """Return a point with another value of a variable, or of a row or an entry of it."""
    array = variable.array
    state = State(point, BALLS, dict(point.indices))
    place = tuple(integer_of(s)(state) - 1 for s in variable.subscripts)
    values = point.arrays[array].copy()
    for _ in range(TRIES):
        fresh = _exact(array, draw_array(array, point, rng, arb))
        if array.states == 0:
            fresh = _moderate(array, fresh, rng)
        if np.any(np.asarray(fresh[place] != values[place])):
            values[place] = fresh[place]
            return point.having({array: values})
    message = f"no other value of {array.notation} was found"
    raise NoPointError(message)

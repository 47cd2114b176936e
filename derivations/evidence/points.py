"""Points at which a claim is checked: sizes, values from the domains, values of free indices."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np
from flint import arb
from numpy.typing import NDArray
from sympy import Expr, Symbol

from derivations.calculus.binding import arrays_in, free_indices
from derivations.calculus.evaluate import evaluate
from derivations.calculus.expressions import POSITIVE, UNIT, Array
from derivations.calculus.mean_field import Factor
from derivations.calculus.model import Model
from derivations.calculus.point import Point
from derivations.evidence.cost import cost
from derivations.evidence.drawing import LARGE, Sizes, drawing
from derivations.evidence.parts import ends
from derivations.families import UP_TO_TRIALS

MODERATE = (0.3, 3.0)
INSIDE = (0.1, 0.9)
"""The ranges of a model's positive values, and of those in the unit interval."""
ORDINARY = 3
"""A size that is not large."""
MOST_VISITS, DEARER = 10_000, 2
"""The most nodes visited at a large size, or this many times those at an ordinary size if more."""
FARTHEST = 10_000
"""The largest value of a size that no array and no sum depends on."""
NODES = 200
"""The number of entries in a vector that cost as much as one visit."""

Cell = tuple[int, ...]
"""A value for each free index."""


def sizes_and_arrays(expressions: Iterable[Expr]) -> tuple[list[Symbol], list[Array]]:
    """Return every size symbol and array the expressions need, in a fixed order.

    Raises
    ------
    ValueError
        If there is a symbol that is no size: which values it may take is not declared.
    """
    needed = [_needed(e) for e in expressions]
    symbols = sorted({s for found, _ in needed for s in found}, key=str)
    if strange := [s for s in symbols if not (s.is_integer and s.is_positive)]:
        message = f"wanted sizes and arrays, got the symbols {strange}: declare each an Array"
        raise ValueError(message)
    return symbols, sorted({a for _, found in needed for a in found}, key=str)


@cache
def _needed(expression: Expr) -> tuple[frozenset[Symbol], frozenset[Array]]:
    """Return the symbols and the arrays of one expression."""
    return frozenset(expression.free_symbols), arrays_in(expression)


def draw_sizes(
    symbols: Iterable[Symbol], rng: np.random.Generator, sizes: Sizes
) -> dict[Symbol, int]:
    """Draw sizes, all different if possible: those allowed in ``sizes``, otherwise from two up."""
    return drawing().sizes(list(symbols), rng, sizes)


def draw_point(
    expressions: Iterable[Expr],
    rng: np.random.Generator,
    sizes: Sizes | None = None,
    kind: type = arb,
    *,
    nodes: Callable[[Mapping[Symbol, int]], float] = lambda _: 0,
) -> Point:
    """Draw sizes, arrays of balls (or ``kind=float``) and values for the free indices.

    ``nodes`` gives the length of vectors at some sizes, which adds to the cost of large ones.
    """
    expressions = list(expressions)
    symbols, arrays = sizes_and_arrays(expressions)

    def dear(at: Mapping[Symbol, int]) -> float:
        return cost(expressions, at) * (1 + nodes(at) / NODES)

    drawn = affordable(draw_sizes(symbols, rng, sizes or {}), sizes or {}, dear)
    if kind is arb:
        held = {s for a in arrays for extent in a.sizes for s in extent.free_symbols}
        drawn = _raised(drawn, held | {*(sizes or ())}, dear, rng)
    point = Point(drawn, {})
    values = {a: draw_array(a, point, rng, kind) for a in arrays}
    free = sorted({i for e in expressions for i in free_indices(e)}, key=str)
    return point.having(values).at({i: int(rng.choice(point.index_values(i))) for i in free})


def affordable(
    drawn: dict[Symbol, int], given: Sizes, dear: Callable[[Mapping[Symbol, int]], float]
) -> dict[Symbol, int]:
    """Reduce the large sizes that are not given until an evaluation costs little enough."""
    large = [s for s, v in drawn.items() if s not in given and v in LARGE]
    most = max(MOST_VISITS, DEARER * dear(drawn | dict.fromkeys(large, ORDINARY)))
    while large and dear(drawn) > most:
        drawn = drawn | {s: drawn[s] - 1 for s in large}
        large = [s for s in large if drawn[s] > ORDINARY]
    return drawn


def _raised(
    drawn: dict[Symbol, int],
    held: set[Symbol],
    dear: Callable[[Mapping[Symbol, int]], float],
    rng: np.random.Generator,
) -> dict[Symbol, int]:
    """Raise those large sizes that no array or sum depends on: they add no cost."""
    for symbol in [s for s, v in drawn.items() if v in LARGE and s not in held]:
        if dear(drawn | {symbol: FARTHEST}) <= dear(drawn):
            drawn = drawn | {symbol: int(FARTHEST ** rng.uniform(3 / 4, 1))}
    return drawn


def places(point: Point, rng: np.random.Generator, most: int) -> Iterator[Point]:
    """Yield a point with values for its free indices: all, or at most ``most`` random ones.

    The first two are opposite corners, where an error at the first or the last value of an index
    alone is detected. Then come values in which the indices agree or differ in new ways.
    """
    free = sorted(point.indices, key=str)
    every = list(itertools.product(*(point.index_values(i) for i in free)))
    drawn = [every[number] for number in rng.permutation(len(every))]
    chosen = zip(ends(len(free), rng), map(point.index_values, free), strict=True)
    corner = tuple(values[-end] for end, values in chosen)
    opposite = tuple(
        v[0] + v[-1] - c for v, c in zip(map(point.index_values, free), corner, strict=True)
    )
    for values in _alternating(list(dict.fromkeys((corner, opposite))), drawn)[:most]:
        yield point.at(dict(zip(free, values, strict=True)))


def _alternating(first: list[Cell], cells: list[Cell]) -> list[Cell]:
    """Order cells: given ones first, then in turn from groups in which the same values agree."""
    alike: dict[Cell, list[Cell]] = {}
    for cell in cells:
        if cell not in first:
            alike.setdefault(_agreement(cell), []).append(cell)
    seen = {_agreement(cell) for cell in first}
    groups = sorted(alike, key=lambda pattern: pattern in seen)
    turns = itertools.zip_longest(*(alike[pattern] for pattern in groups))
    return [*first, *(cell for turn in turns for cell in turn if cell is not None)]


def _agreement(cell: Cell) -> Cell:
    """Return which values of a cell agree: for each, its first position."""
    return tuple(cell.index(value) for value in cell)


def draw_array(array: Array, point: Point, rng: np.random.Generator, kind: type) -> NDArray[Any]:
    """Draw one array's values at a point's sizes."""
    shape = point.shape(array)
    if array.states != 0:
        return drawing().states(array, shape, point.count(array.states), rng)
    if kind is float:
        return drawing().floats(array, shape, rng)
    return np.vectorize(arb, otypes=[object])(drawing().fractions(array, shape, rng))


def draw_model_point(
    model: Model, rng: np.random.Generator, sizes: Sizes, factors: tuple[Factor, ...] = ()
) -> Point:
    """Draw values for every array of a model and its factors, positive ones moderate."""
    arrays = {v.array for v in model.variables} | {p for f in factors for p in f.parameters}
    arrays |= {a for v in model.variables for p in v.parameters for a in p.entry.atoms(Array)}
    symbols, ordered = sizes_and_arrays(a for a in sorted(arrays, key=str))
    point = Point(draw_sizes(symbols, rng, sizes), {})
    drawn = {a: _moderate(draw_array(a, point, rng, float), a, rng) for a in ordered}
    return _within_trials(model, point.having(drawn))


def _moderate(values: NDArray[Any], array: Array, rng: np.random.Generator) -> NDArray[Any]:
    if array.domain == UNIT:
        return drawing().within(INSIDE, array, values.shape, rng)
    if array.domain != POSITIVE:
        return values
    return drawing().within(MODERATE, array, values.shape, rng, in_logs=True)


def _within_trials(model: Model, point: Point) -> Point:
    """Return the point with no variable above its number of trials."""
    for variable in model.variables:
        if variable.family.support != UP_TO_TRIALS:
            continue
        trials = variable.parameters[0].entry
        values = point.arrays[variable.array].copy()
        for place in itertools.product(*(point.index_values(p) for p in variable.plates)):
            here = point.at(dict(zip(variable.plates, place, strict=True)))
            cell = tuple(p - 1 for p in place)
            values[cell] = min(values[cell], evaluate(trials, here))
        point = point.having({variable.array: values})
    return point

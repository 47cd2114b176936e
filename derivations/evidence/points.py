"""Points at which a claim is tried: sizes, values from the domains, places of free indices."""

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
"""Where the values of a model lie that are positive, and those in the unit interval."""
ORDINARY = 3
"""A size that is not large."""
MOST_VISITS, DEARER = 10_000, 2
"""Nodes visited in an evaluation at a large size, or times those at an ordinary one if more."""
FARTHEST = 10_000
"""The largest value of a size that no array and no sum has."""
NODES = 200
"""So many numbers in a vector cost as much as a visit does."""

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
    """Draw sizes, ordinarily all different if they can be: allowed in ``sizes``, else from two."""
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

    ``nodes`` is how many numbers a vector has at some sizes, which makes large ones dearer.
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
    """Take from the sizes that are large, and not given, what would cost too much to work out."""
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
    """Take far out those of the large sizes that are numbers alone: they cost nothing."""
    for symbol in [s for s, v in drawn.items() if v in LARGE and s not in held]:
        if dear(drawn | {symbol: FARTHEST}) <= dear(drawn):
            drawn = drawn | {symbol: int(FARTHEST ** rng.uniform(3 / 4, 1))}
    return drawn


def places(point: Point, rng: np.random.Generator, most: int) -> Iterator[Point]:
    """Yield a point with its free indices at every value they take, at most so many, drawn.

    The first two are opposite corners: an error at the first or the last value of an index alone
    is seen at one of them. Then come cells in which the indices agree or differ in new ways.
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
    """Put some cells first, then the others, in turn from those whose values agree alike."""
    alike: dict[Cell, list[Cell]] = {}
    for cell in cells:
        if cell not in first:
            alike.setdefault(_agreement(cell), []).append(cell)
    seen = {_agreement(cell) for cell in first}
    groups = sorted(alike, key=lambda pattern: pattern in seen)
    turns = itertools.zip_longest(*(alike[pattern] for pattern in groups))
    return [*first, *(cell for turn in turns for cell in turn if cell is not None)]


def _agreement(cell: Cell) -> Cell:
    """Return which values of a cell agree: for each, where it stands first."""
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

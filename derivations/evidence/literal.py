"""A model read literally: densities looked up one by one, no rule of the calculus involved."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from sympy import Expr

from derivations.calculus.binding import substitute
from derivations.calculus.evaluate import evaluate, tabulate
from derivations.calculus.expressions import Density
from derivations.calculus.indices import Index
from derivations.calculus.model import Model, Variable, named_selections
from derivations.calculus.point import Point
from derivations.families import Vector

Floats = NDArray[np.float64]


def cells(plates: tuple[Index, ...], point: Point) -> Iterator[dict[Index, int]]:
    """Yield every assignment of the plates' indices."""
    for values in itertools.product(*(point.index_values(p) for p in plates)):
        yield dict(zip(plates, values, strict=True))


def log_conditional(variable: Variable, parameters: tuple[Vector, ...], point: Point) -> float:
    """Return ``log p(variable | parents)`` at one cell of its plates, in nats."""
    place = tuple([point.indices[p] - 1 for p in variable.plates])
    value = point.arrays[variable.array][place]
    if variable.family.needs_one_entry:
        (vector,) = parameters
        entry = evaluate(vector.entry, point.at({vector.axis: int(value)}))
        return variable.family.literal_log_density(1, np.array([entry]))
    return variable.family.literal_log_density(value, *parameter_values(parameters, point))


def parameter_values(parameters: tuple[Vector, ...], point: Point) -> list[Floats | float]:
    """Return a law's parameters at a point: vectors, or single numbers."""
    return [
        entries(p, point) if p.index is not None else float(evaluate(p.entry, point))
        for p in parameters
    ]


def entries(vector: Vector, point: Point) -> Floats:
    """Return a vector's entries at a point."""
    return np.array(tabulate(vector.entry, vector.axis, point))


def log_joint(model: Model, point: Point) -> float:
    """Return the log joint density of everything at a point, node by node, in nats."""
    return math.fsum(
        log_conditional(v, v.parameters, point.at(cell))
        for v in model.variables
        for cell in cells(v.plates, point)
    )


def densities_of(model: Model) -> Callable[[Density, Point], float]:
    """Return the numbers of a model's abstract densities ``p(variable | parents)``.

    A density has to name all parents of its variable, whole or at the index that selects them;
    one that is given less, or more, is refused.
    """

    def density(node: Density, point: Point) -> float:
        variable = model.variable(node.value.array)
        place = dict(zip(variable.plates, node.value.subscripts, strict=True))
        named = named_selections(model, variable)
        for stated, parameters in (
            (model.density(variable), variable.parameters),
            (model.selected_density(variable), named.parameters),
        ):
            found = _matched(node.given, stated.given, place)
            if found is not None:
                cell = {i: int(evaluate(s, point)) for i, s in found.items()}
                return math.exp(log_conditional(variable, parameters, point.at(cell)))
        message = f"wanted {model.selected_density(variable)}, all its parents named; got {node}"
        raise ValueError(message)

    return density


def _matched(
    given: tuple[Expr, ...], stated: tuple[Expr, ...], place: dict[Index, Expr]
) -> dict[Index, Expr] | None:
    """Match the parents given with those stated, in any order; None if they are others.

    Returns the subscripts put in the place of each index, plates included.
    """
    found = dict(place)
    pairs = list(
        zip(*(sorted(s, key=lambda x: x.array.name) for s in (given, stated)), strict=False)
    )
    if len(given) != len(stated):
        return None
    for got, wanted in pairs:
        if got.array != wanted.array or len(got.subscripts) != len(wanted.subscripts):
            return None
        for value, index in zip(got.subscripts, wanted.subscripts, strict=True):
            if isinstance(index, Index) and found.setdefault(index, value) == value:
                continue
            if substitute(index, found) != value:
                return None
    return found

"""A model read literally: densities looked up one by one, no rule of the calculus involved."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from derivations.calculus.evaluate import evaluate, tabulate
from derivations.calculus.expressions import Density, Slice
from derivations.calculus.families import Vector
from derivations.calculus.indices import Index
from derivations.calculus.model import Model, Variable, named_selections
from derivations.calculus.point import Point

Floats = NDArray[np.float64]


def _dirichlet(value: Floats, concentration: Floats) -> float:
    """``log Dirichlet(value; concentration)``, linear in ``log value`` off the simplex too."""
    constant = gammaln(concentration.sum()) - gammaln(concentration).sum()
    return float(constant + ((concentration - 1) * np.log(value)).sum())


def _categorical(value: int, probabilities: Floats) -> float:
    """``log probabilities[value]``, states counted from one."""
    return math.log(probabilities[value - 1])


def _gaussian(value: float, mean: float, variance: float) -> float:
    """``log N(value; mean, variance)``."""
    return -0.5 * (math.log(2 * math.pi * variance) + (value - mean) ** 2 / variance)


LOG_DENSITIES: dict[str, Callable[..., float]] = {
    "Dirichlet": _dirichlet,
    "Categorical": _categorical,
    "Gaussian": _gaussian,
}


def cells(plates: tuple[Index, ...], point: Point) -> Iterator[dict[Index, int]]:
    """Yield every assignment of the plates' indices."""
    for values in itertools.product(*(point.index_values(p) for p in plates)):
        yield dict(zip(plates, values, strict=True))


def log_conditional(variable: Variable, parameters: tuple[Vector, ...], point: Point) -> float:
    """Return ``log p(variable | parents)`` at one cell of its plates, in nats."""
    place = tuple([point.indices[p] - 1 for p in variable.plates])
    value = point.arrays[variable.array][place]
    if variable.family.name == "Categorical":  # of its probabilities one is asked for
        (probabilities,) = parameters
        return math.log(evaluate(probabilities.entry, point.at({probabilities.axis: int(value)})))
    numbers = parameter_values(parameters, point)
    return LOG_DENSITIES[variable.family.name](value, *numbers)


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
    """Return the numbers of a model's abstract densities ``p(variable | parents)``."""

    def density(node: Density, point: Point) -> float:
        variable = model.variable(node.value.array)
        place = dict(zip(variable.plates, node.value.subscripts, strict=True))
        named = named_selections(model, variable)
        chosen = {s.array: s.subscripts for s in node.given if isinstance(s, Slice)}
        cell = {p: int(evaluate(s, point)) for p, s in place.items()}
        selected = [chosen.get(e.array, ()) for e in named.elements]
        if not named.elements or not all(selected):
            return math.exp(log_conditional(variable, variable.parameters, point.at(cell)))
        for subscripts, element in zip(selected, named.elements, strict=True):
            pairs = zip(element.subscripts, subscripts, strict=False)
            cell |= {i: int(evaluate(s, point)) for i, s in pairs if isinstance(i, Index)}
        return math.exp(log_conditional(variable, named.parameters, point.at(cell)))

    return density

"""Expectations of a model's literal densities under a mean field, by brute force.

Every cell of a latent variable takes each of its choices with its weight: a categorical one its
states with their probabilities, a Gaussian one the nodes of a Gauss-Hermite rule, exact for
polynomials of degree up to five in each. Given these, a Dirichlet's log density and the log
probabilities it feeds are linear in ``log pi``; their expectation is therefore their value at
``exp(E_q[log pi])``, with ``E_q[log pi]`` from quadrature.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from derivations.calculus.evaluate import evaluate
from derivations.calculus.expressions import Array
from derivations.calculus.mean_field import Factor, MeanField, Statistic
from derivations.calculus.point import Point
from derivations.evidence.literal import cells, log_joint
from derivations.evidence.quadrature import dirichlet_expected_log

NODES = 3

Values = dict[Array, NDArray[Any]]
Choices = list[tuple[float, float]]
"""Each value a cell may take, after its weight."""


def _states(probabilities: NDArray[Any]) -> Choices:
    return [(float(p), state) for state, p in enumerate(probabilities, 1)]


def _nodes(mean: float, variance: float) -> Choices:
    places, weights = np.polynomial.hermite_e.hermegauss(NODES)
    values = mean + math.sqrt(variance) * places
    return list(zip((weights / weights.sum()).tolist(), values.tolist(), strict=True))


RULES: dict[str, Callable[..., Choices]] = {"Categorical": _states, "Gaussian": _nodes}


def choices(factor: Factor, point: Point, place: tuple[int, ...]) -> Choices:
    """Return the values that one cell of a factor's variable takes, with their weights under q."""
    parameters = (point.arrays[p][place] for p in factor.parameters)
    return RULES[factor.variable.family.name](*parameters)


def expected_log_joint(mean_field: MeanField, point: Point, fixed: Values) -> float:
    """Return ``E_q[log p]`` in nats, cells of some variables held.

    ``fixed`` maps an array to its values; entries to be averaged are NaN.
    """
    geometric: Values = {}
    varying: list[tuple[Array, list[Choices]]] = []
    for factor in mean_field.factors:
        array = factor.variable.array
        held = fixed.get(array, np.full(point.shape(array), np.nan))
        if factor.variable.family.name in RULES:
            varying.append((array, _of_cells(factor, point, held)))
        else:
            averaged = np.exp(dirichlet_expected_log(point.arrays[factor.parameters[0]]))
            geometric[array] = np.where(np.isnan(held), averaged, held)
    total = []
    for weight, values in _assignments(varying, point):
        total.append(weight * log_joint(mean_field.model, point.having({**geometric, **values})))
    return math.fsum(total)


def _of_cells(factor: Factor, point: Point, held: NDArray[Any]) -> list[Choices]:
    """Return the choices of every cell; a held one has no other."""
    return [
        choices(factor, point, place) if np.isnan(held[place]) else [(1.0, float(held[place]))]
        for place in np.ndindex(held.shape)
    ]


def _assignments(
    varying: list[tuple[Array, list[Choices]]], point: Point
) -> Iterator[tuple[float, Values]]:
    """Yield every joint assignment of values to cells, after its weight."""
    every = [cell for _, of_cells in varying for cell in of_cells]
    for assignment in itertools.product(*every):
        numbers = iter(value for _, value in assignment)
        values = {}
        for array, of_cells in varying:
            kind = float if array.states == 0 else int
            flat = np.array([next(numbers) for _ in of_cells], dtype=kind)
            values[array] = flat.reshape(point.shape(array))
        yield math.prod(weight for weight, _ in assignment), values


def expected_statistic(mean_field: MeanField, statistic: Statistic, point: Point) -> NDArray[Any]:
    """Return the expectation of a sufficient statistic at every cell: the literal one, averaged."""
    factor = mean_field.factor(statistic.variable.array)
    array = factor.variable.array
    if factor.variable.family.name not in RULES:
        return dirichlet_expected_log(point.arrays[factor.parameters[0]])
    means = np.zeros(point.shape(statistic.symbol))
    for cell in cells(statistic.point, point):
        place = tuple(cell[plate] - 1 for plate in factor.variable.plates)
        entry = tuple(cell[index] - 1 for index in statistic.point)
        for weight, value in choices(factor, point, place):
            kind = float if array.states == 0 else int
            filled = np.full(point.shape(array), value, dtype=kind)
            here = point.having({array: filled}).at(cell)
            means[entry] += weight * float(evaluate(statistic.vector.entry, here))
    return means


def literal_entropy(factor: Factor, point: Point) -> float:
    """Return the entropy of all copies of a factor in nats, by SciPy; a sole entry has none."""
    first, *others = (point.arrays[p] for p in factor.parameters)
    if factor.variable.family.name == "Gaussian":
        (variance,) = others
        return float(np.sum(stats.norm.entropy(scale=np.sqrt(variance))))
    rows = first.reshape(-1, first.shape[-1])
    if rows.shape[-1] == 1:
        return 0.0
    if factor.variable.family.name == "Categorical":
        return float(stats.entropy(rows, axis=1).sum())
    return math.fsum(stats.dirichlet.entropy(row) for row in rows)

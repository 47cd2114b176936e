"""Expectations of a model's literal densities under a mean field, by brute force.

Every cell of a latent variable takes each of its choices with its weight, as its family says
(`ExponentialFamily.choices`): a discrete one its states with their probabilities, a continuous one
a few nodes that average the statistics exactly, found by quadrature. The log joint is affine in
the statistics of every cell, so the sum over all choices is its expectation.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derivations.calculus.expressions import Array
from derivations.calculus.mean_field import Factor, MeanField, Statistic
from derivations.calculus.model import ModelError
from derivations.calculus.point import Point
from derivations.evidence.literal import log_joint
from derivations.families import ExponentialFamily

MOST_ASSIGNMENTS = 200_000
"""Joint choices that are gone through at most; sizes that need more are refused."""

Values = dict[Array, NDArray[Any]]
Choices = list[tuple[float, Any]]
"""Each value a cell may take, after its weight."""


def choices(factor: Factor, point: Point, place: tuple[int, ...]) -> Choices:
    """Return the values that one cell of a factor's variable takes, with their weights under q."""
    return _choices(factor.family, *_hashable(factor, point, place))


def _hashable(factor: Factor, point: Point, place: tuple[int, ...]) -> tuple[Any, ...]:
    rows = (point.arrays[p][place] for p in factor.parameters)
    return tuple(tuple(r.tolist()) if np.ndim(r) else float(r) for r in rows)


def _numbers(*parameters: Any) -> tuple[Any, ...]:  # noqa: ANN401 - numbers or tuples of them
    return tuple(np.array(p) if isinstance(p, tuple) else p for p in parameters)


@lru_cache(maxsize=4096)
def _choices(family: ExponentialFamily, *parameters: Any) -> Choices:  # noqa: ANN401
    return family.choices(_numbers(*parameters))


@lru_cache(maxsize=4096)
def _expected_statistics(family: ExponentialFamily, *parameters: Any) -> tuple[Any, ...]:  # noqa: ANN401
    return family.literal_expected_statistics(_numbers(*parameters))


@lru_cache(maxsize=4096)
def _entropy(family: ExponentialFamily, *parameters: Any) -> float:  # noqa: ANN401
    return family.literal_entropy(_numbers(*parameters))


def expected_log_joint(mean_field: MeanField, point: Point, fixed: Values) -> float:
    """Return ``E_q[log p]`` in nats, cells of some variables held.

    ``fixed`` maps an array to its values; entries to be averaged are NaN.

    Raises
    ------
    ModelError
        If the sizes are so large that the choices cannot be gone through.
    """
    varying: list[tuple[Factor, list[Choices]]] = []
    for factor in mean_field.factors:
        array = factor.variable.array
        held = fixed.get(array, np.full(point.shape(array), np.nan))
        varying.append((factor, _of_cells(factor, point, held)))
    _refuse_too_many(mean_field, varying, point)
    return math.fsum(
        weight * log_joint(mean_field.model, point.having(values))
        for weight, values in _assignments(varying, point)
    )


def _refuse_too_many(
    mean_field: MeanField, varying: list[tuple[Factor, list[Choices]]], point: Point
) -> None:
    number = math.prod(len(cell) for _, of_cells in varying for cell in of_cells)
    if number > MOST_ASSIGNMENTS:
        message = (
            f"{mean_field.model.name}: wanted sizes at which at most {MOST_ASSIGNMENTS} joint "
            f"choices are enumerated, got {number} at {point.place()}"
        )
        raise ModelError(message)


def _of_cells(factor: Factor, point: Point, held: NDArray[Any]) -> list[Choices]:
    """Return the choices of every cell; a held one has no other."""
    return [
        choices(factor, point, place) if np.isnan(held[place]).any() else [(1.0, held[place])]
        for place in _places(factor, point)
    ]


def _places(factor: Factor, point: Point) -> Iterator[tuple[int, ...]]:
    """Yield the place of every copy, counted from zero."""
    return np.ndindex(*(len(point.index_values(p)) for p in factor.variable.plates))


def _assignments(
    varying: list[tuple[Factor, list[Choices]]], point: Point
) -> Iterator[tuple[float, Values]]:
    """Yield every joint assignment of values to cells, after its weight."""
    every = [cell for _, of_cells in varying for cell in of_cells]
    for assignment in itertools.product(*every):
        numbers = iter(value for _, value in assignment)
        values = {}
        for factor, of_cells in varying:
            kind = int if factor.family.is_discrete else float
            stacked = np.array([next(numbers) for _ in of_cells]).astype(kind)
            values[factor.variable.array] = stacked.reshape(point.shape(factor.variable.array))
        yield math.prod(weight for weight, _ in assignment), values


def expected_statistic(mean_field: MeanField, statistic: Statistic, point: Point) -> NDArray[Any]:
    """Return the expectation of a sufficient statistic at every cell, by sums or quadrature."""
    factor = mean_field.factor(statistic.variable.array)
    number = mean_field.own(statistic.variable).index(statistic)
    means = np.zeros(point.shape(statistic.symbol))
    for place in _places(factor, point):
        means[place] = _expected_statistics(factor.family, *_hashable(factor, point, place))[number]
    return means


def literal_entropy(factor: Factor, point: Point) -> float:
    """Return the entropy of all copies of a factor in nats, from the literal log density."""
    return math.fsum(
        _entropy(factor.family, *_hashable(factor, point, place))
        for place in _places(factor, point)
    )

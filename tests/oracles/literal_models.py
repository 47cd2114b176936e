"""A declared model read literally: densities looked up copy by copy, means by brute force.

A density is `Family.literal_log_density` at the parameters of the declaration. Means and integrals
are sums over all states and over the nodes of quadrature rules; no statistic, no log normalizer
and no expectation of the engine is used.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, roots_jacobi
from sympy import Symbol

from derivations.calculus.evaluate import evaluate, tabulate
from derivations.calculus.expressions import BITS, COUNTS, POSITIVE, REAL, SIMPLEX, UNIT, Array
from derivations.calculus.indices import Index
from derivations.calculus.mean_field import Factor, MeanField
from derivations.calculus.model import Model, Variable
from derivations.calculus.point import Point
from derivations.families import STATES, Family, Vector

MEAN: dict[str, float] = {REAL: 0.7, POSITIVE: 0.3, UNIT: 0.4}
INTEGRAL = 0.2
"""The trapezoidal rule's step for the mean of a log density, and of a likelihood, more narrow."""
FARTHEST, FARTHEST_ODDS = 40.0, 33.0
"""How far the rule goes on the line; log odds no farther than a probability differs from one."""
NEGLIGIBLE = 32.0
"""A node whose log weight is so far below the largest is left out."""
STICK_NODES = 6
"""A Gauss rule exact for polynomials of degree 11 in each broken stick of a Dirichlet."""

Floats = NDArray[np.float64]
Cell = tuple[Array, tuple[int, ...]]
Rule = list[tuple[float, Any]]
"""Each value after its weight."""


def arrays_of(model: Model, factors: tuple[Factor, ...] = ()) -> list[Array]:
    """Return every array of a model and its factors."""
    found = {v.array for v in model.variables} | {p for f in factors for p in f.parameters}
    found |= {a for v in model.variables for p in v.parameters for a in p.entry.atoms(Array)}
    return sorted(found, key=str)


def draw_point(one: MeanField, rng: np.random.Generator, sizes: dict[Symbol, int]) -> Point:
    """Draw a value for every array; positive numbers at least one, for the quadrature rules."""
    point = Point(sizes, {})
    return point.having({a: _drawn(a, point, rng) for a in arrays_of(one.model, one.factors)})


def _drawn(array: Array, point: Point, rng: np.random.Generator) -> NDArray[Any]:
    shape = point.shape(array)
    if array.states != 0:
        return rng.integers(1, point.count(array.states) + 1, size=shape)
    if array.domain == SIMPLEX:
        return rng.dirichlet(np.full(shape[-1], 2.0), size=shape[:-1])
    if array.domain == POSITIVE:
        return np.asarray(rng.uniform(1.0, 3.0, size=shape))
    if array.domain == UNIT:
        return np.asarray(rng.uniform(0.1, 0.9, size=shape))
    if array.domain == COUNTS:
        return np.asarray(rng.integers(0, 6, size=shape))
    if array.domain == BITS:
        return np.asarray(rng.integers(0, 2, size=shape))
    return np.asarray(rng.normal(size=shape))


def cells(plates: tuple[Index, ...], point: Point) -> Iterator[dict[Index, int]]:
    """Yield every assignment of the plates' indices."""
    for values in itertools.product(*(point.index_values(p) for p in plates)):
        yield dict(zip(plates, values, strict=True))


def place_of(variable: Variable, point: Point) -> tuple[int, ...]:
    """Return where the copy at a point stands in its array."""
    return tuple([point.indices[p] - 1 for p in variable.plates])


def values_of(parameters: tuple[Vector, ...], point: Point) -> tuple[Any, ...]:
    """Return a law's parameters at a point: numbers, and tuples for vectors."""
    return tuple(
        float(evaluate(p.entry, point))
        if p.index is None
        else tuple(map(float, tabulate(p.entry, p.index, point)))
        for p in parameters
    )


def log_conditional(variable: Variable, parameters: tuple[Vector, ...], point: Point) -> float:
    """Return the log density of one copy in nats; of a state only its own probability is read."""
    value = point.arrays[variable.array][place_of(variable, point)]
    if variable.family.support == STATES:
        (vector,) = parameters
        return math.log(evaluate(vector.entry, point.at({vector.axis: int(value)})))
    numbers = [np.asarray(p) for p in values_of(parameters, point)]
    return variable.family.literal_log_density(value, *numbers)


def log_joint(model: Model, point: Point) -> float:
    """Return the log density of everything at a point, copy by copy, in nats."""
    return math.fsum(
        log_conditional(v, v.parameters, point.at(cell))
        for v in model.variables
        for cell in cells(v.plates, point)
    )


@cache
def trapezoids(family: Family, parameters: tuple[Any, ...], step: float) -> Rule:
    """Return the trapezoidal rule over the line, the log or the log odds of a number."""
    last = math.floor((FARTHEST_ODDS if family.support == UNIT else FARTHEST) / step)
    found = []
    for u in step * np.arange(-last, last + 1):
        if family.support == POSITIVE:
            value, log_slope = math.exp(u), u
        elif family.support == UNIT:
            value, log_slope = float(expit(u)), -abs(u) - 2 * math.log1p(math.exp(-abs(u)))
        else:
            value, log_slope = float(u), 0.0
        found.append((family.literal_log_density(value, *parameters) + log_slope, value))
    top = max(w for w, _ in found)
    return [(step * math.exp(w), x) for w, x in found if w > top - NEGLIGIBLE]


@cache
def averaging(family: Family, parameters: tuple[Any, ...]) -> Rule:
    """Return a rule for the mean of a log density, states and a Dirichlet included.

    Log densities are affine in the logs of a Dirichlet's entries, so one node is enough: the
    exponentials of their means, each from the integral over its Beta marginal.
    """
    if family.support == STATES:
        return [(p, state) for state, p in enumerate(parameters[0], 1)]
    if family.support == SIMPLEX:
        total = sum(parameters[0])
        return [(1.0, np.exp([_mean_log(c, total - c) for c in parameters[0]]))]
    return trapezoids(family, parameters, MEAN[family.support])


def _mean_log(first: float, second: float) -> float:
    u = MEAN[UNIT] * np.arange(-200, 201)
    log_x, log_rest = -np.logaddexp(0, -u), -np.logaddexp(0, u)
    weights = np.exp(first * log_x + second * log_rest)
    return float(weights @ log_x / weights.sum())


@cache
def integrating(family: Family, parameters: tuple[Any, ...]) -> Rule:
    """Return a rule for the mean of a likelihood; a Dirichlet is broken stick by stick."""
    if family.support != SIMPLEX:
        return trapezoids(family, parameters, INTEGRAL)
    concentration, sticks = np.array(parameters[0]), []
    for number, own in enumerate(concentration[:-1]):
        rest = concentration[number + 1 :].sum()
        places, weights = roots_jacobi(STICK_NODES, rest - 1, own - 1)
        sticks.append(list(zip(weights / weights.sum(), (1 + places) / 2, strict=True)))
    found = []
    for broken in itertools.product(*sticks):
        parts = np.array([v for _, v in broken])
        left = np.concatenate([[1.0], np.cumprod(1 - parts)])
        found.append((math.prod(w for w, _ in broken), left * np.append(parts, 1.0)))
    return found


class Missing(Exception):  # noqa: N818 - it asks for a value
    """A latent copy was looked at before it has a value."""


class Lazy:
    """The values of a latent array, given as they are asked for."""

    def __init__(self, held: dict[Cell, Any], array: Array, plates: int) -> None:
        self.held, self.array, self.plates = held, array, plates

    def __getitem__(self, place: tuple[int, ...]) -> Any:  # noqa: ANN401 - a number or a vector
        """Return a value, or ask for its copy."""
        cell = (self.array, place[: self.plates])
        if cell not in self.held:
            raise Missing(*cell)
        rest = place[self.plates :]
        return self.held[cell][rest] if rest else self.held[cell]


def mean_of(
    one: MeanField,
    point: Point,
    function: Callable[[Point], float],
    held: dict[Cell, Any] | None = None,
) -> float:
    """Return the mean of a function over the latent copies it looks at, those not held."""
    lazy = {
        f.variable.array: Lazy({}, f.variable.array, len(f.variable.plates)) for f in one.factors
    }
    at = point.having(lazy)

    def averaged(known: dict[Cell, Any]) -> float:
        for values in lazy.values():
            values.held = known
        try:
            return function(at)
        except Missing as missing:
            array, place = missing.args
        factor = one.factor(array)
        rows = (point.arrays[p][place] for p in factor.parameters)
        numbers = tuple(tuple(r.tolist()) if np.ndim(r) else float(r) for r in rows)
        return math.fsum(
            weight * averaged({**known, (array, place): value})
            for weight, value in averaging(factor.family, numbers)
        )

    return averaged(held or {})


def expected_log(
    one: MeanField,
    point: Point,
    variable: Variable,
    parameters: tuple[Vector, ...],
    held: dict[Cell, Any] | None = None,
) -> float:
    """Return the expected log density of all copies of a variable, at some parameters."""
    return math.fsum(
        mean_of(one, point.at(cell), lambda p: log_conditional(variable, parameters, p), held)
        for cell in cells(variable.plates, point)
    )


def bound(one: MeanField, point: Point) -> float:
    """Return ``E_q[log p - log q]`` in nats."""
    log_p = [expected_log(one, point, v, v.parameters) for v in one.model.variables]
    log_q = [expected_log(one, point, f.variable, f.vectors) for f in one.factors]
    return math.fsum(log_p) - math.fsum(log_q)


def log_optimum(
    one: MeanField, point: Point, array: Array, place: tuple[int, ...], value: object
) -> float:
    """Return ``E_q[log p]`` with one copy held, of the densities in which its array stands."""
    return math.fsum(
        expected_log(one, point, v, v.parameters, {(array, place): value})
        for v in one.model.variables
        if array == v.array or array in one.model.parents(v)
    )


def log_evidence(model: Model, point: Point) -> float:
    """Return ``log p(observed)`` in nats, by every joint state and the rules of integration."""
    discrete = [v.array for v in model.latent if v.array.states != 0]
    states = (
        itertools.product(range(1, point.count(a.states) + 1), repeat=math.prod(point.shape(a)))
        for a in discrete
    )
    logs = []
    for assignment in itertools.product(*states):
        filled = {
            a: np.array(numbers).reshape(point.shape(a))
            for a, numbers in zip(discrete, assignment, strict=True)
        }
        logs.append(_integrated(model, point.having(filled)))
    return float(np.logaddexp.reduce(logs))


def _integrated(model: Model, point: Point) -> float:
    """Integrate every continuous copy out, the discrete variables given.

    The integrand is a product over the copies: each one's factor is the mean of the likelihood
    under the prior, the other copies held where the point has them.
    """
    given = [v for v in model.variables if v.observed or v.array.states != 0]
    total = _log_densities(given, point)
    for variable in model.latent:
        if variable.array.states != 0:
            continue
        children = [v for v in given if variable.array in model.parents(v)]
        held = _log_densities(children, point)
        for cell in cells(variable.plates, point):
            there = point.at(cell)
            rule = integrating(variable.family, values_of(variable.parameters, there))
            place, ratios = place_of(variable, there), []
            for weight, value in rule:
                values = point.arrays[variable.array].copy()
                values[place] = value
                moved = _log_densities(children, point.having({variable.array: values}))
                ratios.append(weight * math.exp(moved - held))
            total += math.log(math.fsum(ratios))
    return total


def _log_densities(variables: list[Variable], point: Point) -> float:
    return math.fsum(
        log_conditional(v, v.parameters, point.at(cell))
        for v in variables
        for cell in cells(v.plates, point)
    )

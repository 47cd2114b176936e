"""The named distributions: their densities by the textbook's formulas, and how means are taken.

``rule`` gives nodes on a new first axis and their weights, which hold the density. Normal variables
take the trapezoidal rule, or Gauss and Hermite's where few nodes must do; variables between bounds
take the rule of tanh and sinh, whose nodes crowd at the ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
from scipy.special import gammaln, xlogy

from stranger.values import NotEvaluatedError, Table, Value

MANY = 30
LARGEST = 1.0 - 2.0**-53


@dataclass(frozen=True)
class Law:
    """A distribution: its log density, its states or a rule for its means, and a draw."""

    log_density: Callable[[Value], Value]
    rule: Callable[[int, int], tuple[Value, Value]]
    draw: Callable[[np.random.Generator], Value]
    states: int = 0
    dimensions: int = 1


def axis(nodes: Value, depth: int) -> Value:
    """Return nodes on an axis before those that are there."""
    return np.asarray(nodes, float).reshape((-1,) + (1,) * depth)


@cache
def _normal_rule(count: int) -> tuple[Value, Value]:
    if count >= MANY:
        nodes = np.linspace(-8.6, 8.6, count)
        weights = np.exp(-(nodes**2) / 2)
    else:
        nodes, weights = np.polynomial.hermite_e.hermegauss(count)
    return nodes, weights / weights.sum()


@cache
def _unit_rule(count: int) -> tuple[Value, Value, Value]:
    """Return logs of the nodes between 0 and 1, of one less them, and of the weights."""
    steps, width = np.linspace(-4.0, 4.0, count, retstep=True)
    turned = np.pi * np.sinh(steps)
    low, high = -np.logaddexp(0.0, -turned), -np.logaddexp(0.0, turned)
    return low, high, np.log(width * np.pi * np.cosh(steps)) + low + high


def normal(mean: Value, variance: Value) -> Law:
    """Return the normal distribution of a mean and a variance."""

    def rule(count: int, depth: int) -> tuple[Value, Value]:
        nodes, weights = _normal_rule(count)
        return mean + np.sqrt(variance) * axis(nodes, depth), axis(weights, depth)

    return Law(
        lambda x: -np.log(2 * np.pi * variance) / 2 - (x - mean) ** 2 / (2 * variance),
        rule,
        lambda rng: rng.normal(mean, np.sqrt(variance)),
    )


def stacked(table: Table) -> Value:
    """Return a table as an array whose last axes are its subscripts."""
    sizes = tuple(max(k[n] for k in table.entries) for n in range(table.rank))
    parts = np.broadcast_arrays(*(table.entries[k] for k in _places(sizes)))
    whole = np.stack([np.asarray(p, float) for p in parts], axis=-1)
    return whole.reshape(*whole.shape[:-1], *sizes)


def _places(sizes: tuple[int, ...]) -> list[tuple[int, ...]]:
    return list(product(*(range(1, s + 1) for s in sizes)))


def vector_normal(mean: Value, covariance: Value, length: int = 0) -> Law:
    """Return the normal distribution of a vector: the covariance is a matrix, or ``I``."""
    tables = [t for t in (mean, covariance) if isinstance(t, Table)]
    size = max((k[0] for t in tables for k in t.entries), default=length)
    spread = stacked(covariance) if isinstance(covariance, Table) else np.eye(size)
    centre = stacked(mean) if isinstance(mean, Table) else np.full(size, float(mean))

    def log_density(x: Value) -> Value:
        away = stacked(x) - centre
        solved = np.linalg.solve(spread, away[..., None])[..., 0]
        _, log_det = np.linalg.slogdet(2 * np.pi * spread)
        return -(log_det + (away * solved).sum(-1)) / 2

    def rule(count: int, depth: int) -> tuple[Value, Value]:
        nodes, weights = _normal_rule(count)
        grid = np.array(list(product(nodes, repeat=size)))
        moved = grid @ np.swapaxes(np.linalg.cholesky(spread), -1, -2) + centre
        heavy = np.array(list(product(weights, repeat=size))).prod(-1)
        return Table({(k + 1,): axis(moved[:, k], depth) for k in range(size)}), axis(heavy, depth)

    def draw(rng: np.random.Generator) -> Value:
        drawn = rng.multivariate_normal(centre, spread)
        return Table({(k + 1,): drawn[k] for k in range(size)})

    return Law(log_density, rule, draw, dimensions=size)


def finite(weights: Table, first: int = 1) -> Law:
    """Return a distribution over the states from one on."""
    count = len(weights.entries)

    def rule(_: int, depth: int) -> tuple[Value, Value]:
        found = [np.asarray(weights.entries[s,], float) for s in range(1, count + 1)]
        shape = np.broadcast_shapes(*(f.shape for f in found))
        columns = [np.broadcast_to(f, (1,) * (depth - len(shape)) + shape) for f in found]
        return axis(np.arange(count) + first, depth), np.stack(columns)

    def draw(rng: np.random.Generator) -> Value:
        p = np.array([weights.entries[s,] for s in range(1, count + 1)])
        return int(rng.choice(count, p=p / p.sum())) + first

    def log_density(x: Value) -> Value:
        return np.log(weights.at((np.asarray(x) - first + 1,)))

    return Law(log_density, rule, draw, states=count)


def between(log_density: Callable[[Value, Value], Value], draw: Callable[..., Value]) -> Law:
    """Return a distribution between 0 and 1; its density is of log x and log (1 - x)."""

    def rule(count: int, depth: int) -> tuple[Value, Value]:
        low, high, weights = (axis(p, depth) for p in _unit_rule(count))
        return np.minimum(np.exp(low), LARGEST), np.exp(log_density(low, high) + weights)

    return Law(lambda x: log_density(np.log(x), np.log1p(-np.asarray(x))), rule, draw)


def beta(a: Value, b: Value) -> Law:
    """Return the Beta distribution."""
    whole = gammaln(a + b) - gammaln(a) - gammaln(b)
    return between(
        lambda low, high: whole + (a - 1) * low + (b - 1) * high, lambda rng: rng.beta(a, b)
    )


def kumaraswamy(a: Value, b: Value) -> Law:
    """Return the Kumaraswamy distribution."""

    def log_density(low: Value, _: Value) -> Value:
        return np.log(a * b) + (a - 1) * low + (b - 1) * np.log(-np.expm1(a * low))

    return between(log_density, lambda rng: (1 - (1 - rng.uniform()) ** (1 / b)) ** (1 / a))


def dirichlet(a: Table) -> Law:
    """Return the Dirichlet distribution, by sticks that are broken one after another."""
    size = len(a.entries)
    parts = [a.entries[k,] for k in range(1, size + 1)]
    whole = gammaln(sum(parts)) - sum(map(gammaln, parts))

    def log_density(x: Table) -> Value:
        return whole + sum(xlogy(parts[k] - 1, x.entries[k + 1,]) for k in range(size))

    def rule(count: int, depth: int) -> tuple[Value, Value]:
        grids = np.meshgrid(*[np.arange(count)] * (size - 1), indexing="ij")
        left: Value = 0.0
        logs, weights = [], whole
        for grid in grids:
            low, high, heavy = (axis(p[grid.ravel()], depth) for p in _unit_rule(count))
            logs.append(left + low)
            weights = weights + heavy + left
            left = left + high
        logs.append(left)
        weights = weights + sum((parts[k] - 1) * logs[k] for k in range(size))
        return Table({(k + 1,): np.exp(logs[k]) for k in range(size)}), np.exp(weights)

    def draw(rng: np.random.Generator) -> Value:
        drawn = rng.dirichlet(np.array(parts, float))
        return Table({(k + 1,): float(drawn[k]) for k in range(size)})

    return Law(log_density, rule, draw, dimensions=size - 1)


def gamma(shape: Value, rate: Value) -> Law:
    """Return the Gamma distribution of a shape and a rate."""
    whole = shape * np.log(rate) - gammaln(shape)

    def rule(count: int, depth: int) -> tuple[Value, Value]:
        steps, width = np.linspace(-4.5, 4.5, count, retstep=True)
        logs = axis(np.pi / 2 * np.sinh(steps), depth)
        weights = np.log(width * np.pi / 2 * np.cosh(steps))
        return np.exp(logs), np.exp(
            whole + shape * logs - rate * np.exp(logs) + axis(weights, depth)
        )

    return Law(
        lambda x: whole + (shape - 1) * np.log(x) - rate * x,
        rule,
        lambda rng: rng.gamma(shape) / rate,
    )


def poisson(mean: Value, most: int = 60) -> Law:
    """Return the Poisson distribution, which is cut where nothing is left."""
    states = {(s + 1,): np.exp(xlogy(s, mean) - mean - gammaln(s + 1)) for s in range(most)}
    return finite(Table(states), first=0)


LAWS: dict[str, Callable[..., Law]] = {
    "Any": finite,
    "Categorical": finite,
    "Bernoulli": lambda p: finite(Table({(1,): 1 - p, (2,): p}), first=0),
    "Beta": beta,
    "Dirichlet": dirichlet,
    "Kumaraswamy": kumaraswamy,
    "Uniform": lambda: beta(1.0, 1.0),
    "Gamma": gamma,
    "Exponential": lambda rate: gamma(1.0, rate),
    "Poisson": poisson,
}


def law(name: str, parameters: list[Value], length: int = 0) -> Law:
    """Return the distribution of a name; that of a vector of normals is told by its parameters."""
    if name == "N":
        mean, spread = parameters
        if isinstance(spread, str) or isinstance(mean, Table) or isinstance(spread, Table):
            return vector_normal(mean, spread, length)
        return normal(mean, spread)
    if name not in LAWS:
        message = f"no distribution is called {name}"
        raise NotEvaluatedError(message)
    return LAWS[name](*parameters)

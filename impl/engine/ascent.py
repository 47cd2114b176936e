"""Coordinate ascent of a declared model's bound, from several random starts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from impl.engine.machine import Floats, Machine

TINY = float(np.finfo(float).tiny)
"""The least probability of a state: ``0 log 0`` is then zero, to within 1e-305."""


@dataclass(frozen=True)
class Parameter:
    """An array of a factor's parameter, and the program's result for its update."""

    array: str
    shape: tuple[int, ...]
    domain: str


@dataclass(frozen=True)
class FactorPlan:
    """A factor: its variable, family and parameters, in the order of the family."""

    variable: str
    family: str
    parameters: tuple[Parameter, ...]

    def updated(self, machine: Machine) -> dict[str, Floats]:
        """Return the parameters that maximise the bound, the other factors held.

        The results of states are natural parameters: their exponentials are normalised here, in
        logs.
        """
        values = {p.array: machine.value(p.array) for p in self.parameters}
        if self.family == "Categorical":
            return {n: np.maximum(special.softmax(v, axis=-1), TINY) for n, v in values.items()}
        if self.family == "Bernoulli":
            return {n: np.clip(special.expit(v), TINY, 1 - 2**-53) for n, v in values.items()}
        return values

    def at_random(self, rng: np.random.Generator) -> dict[str, Floats]:
        """Return random parameters to start from."""
        return {p.array: _random(p, rng) for p in self.parameters}


def _random(parameter: Parameter, rng: np.random.Generator) -> Floats:
    """Return values of the domain that differ between the copies, so that none stay alike."""
    shape = parameter.shape
    if parameter.domain == "simplex":
        return np.maximum(rng.dirichlet(np.ones(shape[-1]), shape[:-1]), TINY)
    if parameter.domain == "unit":
        return rng.uniform(0.1, 0.9, shape)
    if parameter.domain == "positive":
        return rng.gamma(10.0, 0.1, shape)
    return rng.normal(0.0, 1.0, shape)


@dataclass
class Run:
    """An ascent from one start: the bound after each sweep, in nats, and the parameters."""

    trace: list[float]
    parameters: dict[str, Floats]
    converged: bool

    @property
    def elbo(self) -> float:
        """The last bound."""
        return self.trace[-1]


@dataclass(frozen=True)
class Rule:
    """When an ascent ends: a sweep that adds less than ``tolerance * (1 + |bound|)``, or the last.

    ``tolerance`` is relative to the size of the bound.
    """

    tolerance: float = 1e-8
    sweeps: int = 1000

    def is_met(self, trace: Sequence[float]) -> bool:
        """Return whether the last sweep added too little to go on."""
        if len(trace) < 2:  # noqa: PLR2004 - there is no gain yet
            return False
        return trace[-1] - trace[-2] < self.tolerance * (1 + abs(trace[-1]))


class FallingError(ArithmeticError):
    """A sweep that lowered the bound by more than rounding: the updates are not those of it."""


def ascend(
    machine: Machine,
    factors: Sequence[FactorPlan],
    start: Mapping[str, Floats],
    rule: Rule,
    after_sweep: Callable[[int, float], None] = lambda _number, _bound: None,
) -> Run:
    """Update every factor in turn until the rule is met.

    Raises
    ------
    FallingError
        If the bound falls, or is no number.
    """
    for name, value in start.items():
        machine.put(name, value)
    trace: list[float] = []
    converged = False
    for sweep in range(rule.sweeps):
        for factor in factors:
            for name, value in factor.updated(machine).items():
                machine.put(name, value)
        bound = float(machine.value("elbo"))
        if not np.isfinite(bound):
            message = (
                f"wanted a finite bound, got {bound} after sweep {sweep + 1}: the data cannot be, "
                "under the model, or a number is too large"
            )
            raise FallingError(message)
        if trace and bound < trace[-1] - 1e-9 * (1 + abs(trace[-1])):
            message = f"wanted a bound that never falls, got {trace[-1]} and then {bound}"
            raise FallingError(message)
        trace.append(bound)
        after_sweep(sweep + 1, bound)
        if rule.is_met(trace):
            converged = True
            break
    names = [p.array for f in factors for p in f.parameters]
    return Run(trace, {n: np.array(machine.array(n)) for n in names}, converged)


def ordered(factors: Sequence[FactorPlan]) -> list[FactorPlan]:
    """Return factors with the discrete ones last: their random start breaks the symmetry."""
    return sorted(factors, key=lambda f: f.family in {"Categorical", "Bernoulli"})


def starts(factors: Sequence[FactorPlan], seed: int, number: int) -> Iterator[dict[str, Floats]]:
    """Yield random starts; a larger number begins with the same ones."""
    for child in np.random.SeedSequence(seed).spawn(number):
        rng = np.random.default_rng(child)
        yield {name: v for f in factors for name, v in f.at_random(rng).items()}

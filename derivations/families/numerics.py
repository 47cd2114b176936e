"""Expectations under a family's literal density: sums over states, or the trapezoidal rule.

On the whole real line the trapezoidal rule converges exponentially for analytic integrands
[trefethen2014, sec. 5]. Positive values are integrated over their log, values in the unit
interval over their log odds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from derivations.calculus.expressions import POSITIVE, REAL, UNIT

STEPS = 16
"""Nodes of the rule per scale of the distribution."""
NEGLIGIBLE = 46.0
"""A node whose log weight is this far below the largest is left out: its share is below 1e-20."""
MOST_NODES = 100_000


class Literal(Protocol):
    """The part of a family that is needed here."""

    name: ClassVar[str]
    support: ClassVar[str]

    @property
    def is_discrete(self) -> bool:
        """Whether its values are integers."""

    def literal_log_density(self, value: Any, *parameters: Any) -> float:
        """Return the log density of numbers."""

    def typical(self, parameters: tuple[Any, ...]) -> tuple[float, float]:
        """Return a centre and a scale."""

    def states(self, parameters: tuple[Any, ...]) -> list[int]:
        """Return the values of a discrete family."""


def cell(value: float) -> NDArray[Any]:
    """Return a number as an array without axes."""
    return np.asarray(value)


def expectation(
    family: Literal, parameters: tuple[Any, ...], function: Callable[[Any], float]
) -> float:
    """Return the mean of a function of one value, a number."""
    return math.fsum(w * function(x) for w, x in weighted_values(family, parameters))


def weighted_values(family: Literal, parameters: tuple[Any, ...]) -> Iterator[tuple[float, float]]:
    """Yield values after their weights: all states, or the nodes of the trapezoidal rule."""
    if family.is_discrete:
        for state in family.states(parameters):
            log_mass = family.literal_log_density(state, *parameters)
            if log_mass > -math.inf:
                yield math.exp(log_mass), state
        return
    place, log_slope, start, scale = _line(family, parameters)
    step = scale / STEPS

    def log_weight(u: float) -> float:
        x = place(u)
        return family.literal_log_density(x, *parameters) + log_slope(u)

    top = log_weight(start)
    for direction in (1, -1):
        number = 0 if direction > 0 else -1
        while abs(number) < MOST_NODES:
            u = start + number * step
            here = log_weight(u)
            top = max(top, here)
            if not here > top - NEGLIGIBLE and abs(number) > STEPS:
                break
            if here > -math.inf:
                yield step * math.exp(here), place(u)
            number += direction


def _line(
    family: Literal, parameters: tuple[Any, ...]
) -> tuple[Callable[[float], float], Callable[[float], float], float, float]:
    """Return the map from the real line, the log of its slope, and where to start on the line."""
    centre, scale = family.typical(parameters)
    if family.support == REAL:
        return (lambda u: u), (lambda _: 0.0), centre, scale
    if family.support == POSITIVE:
        return math.exp, (lambda u: u), math.log(centre), min(1.0, scale / centre)
    if family.support == UNIT:
        width = min(1.0, scale / (centre * (1 - centre)))
        return _logistic, _log_slope, math.log(centre / (1 - centre)), width
    message = f"{family.name}: wanted numbers to integrate over, got the support {family.support}"
    raise NotImplementedError(message)


def _logistic(u: float) -> float:
    return 1 / (1 + math.exp(-u)) if u > 0 else math.exp(u) / (1 + math.exp(u))


def _log_slope(u: float) -> float:
    return -abs(u) - 2 * math.log1p(math.exp(-abs(u)))


def spread_values(family: Literal, parameters: tuple[Any, ...], number: int) -> list[float]:
    """Return a number of different values around the centre of a continuous family."""
    place, _, start, scale = _line(family, parameters)
    offsets = np.arange(number) - (number - 1) / 2
    return [place(start + scale * float(o)) for o in offsets]

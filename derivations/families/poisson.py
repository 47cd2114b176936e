"""The Poisson distribution of a count.

``T = x``, ``eta = log rate``, ``A = rate``, and the base measure is ``1 / x!``.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
from sympy import Expr, exp, log, loggamma

from derivations.calculus.expressions import COUNTS, POSITIVE
from derivations.calculus.normal_form import collect
from derivations.families.base import Parameter, Parameters, Vector
from derivations.families.exponential import ExponentialFamily
from derivations.families.registry import register

TAIL = 12.0
"""Standard deviations, to which `MARGIN` is added, beyond which the tail is below 1e-18."""
MARGIN = 40


@register
class Poisson(ExponentialFamily):
    """``Poisson(rate)``, which is also the mean."""

    name: ClassVar[str] = "Poisson"
    parameters: ClassVar = (Parameter("rate", POSITIVE),)
    support: ClassVar[str] = COUNTS

    def statistics(self, value: Vector) -> tuple[Vector, ...]:
        return (Vector(value.entry),)

    def natural_parameters(self, parameters: Parameters) -> tuple[Vector, ...]:
        (rate,) = parameters
        return (Vector(log(rate.entry)),)

    def standard_parameters(self, naturals: tuple[Vector, ...]) -> Parameters:
        (natural,) = naturals
        return (Vector(exp(collect(natural.entry))),)

    def log_normalizer(self, naturals: tuple[Vector, ...]) -> Expr:
        (natural,) = naturals
        return exp(natural.entry)

    def log_base_measure(self, value: Vector) -> Expr:
        return -loggamma(value.entry + 1)

    def literal_log_density(self, value: Any, *parameters: Any) -> float:
        """Return the log mass at a count; log Gamma continues the log of the factorial."""
        (rate,) = parameters
        if value < 0:
            return -math.inf
        return float(value * math.log(rate) - rate - math.lgamma(value + 1))

    def draw(self, rng: np.random.Generator, parameters: tuple[Any, ...]) -> Any:
        return int(rng.poisson(parameters[0]))

    def typical(self, parameters: tuple[Any, ...]) -> tuple[float, float]:
        (rate,) = parameters
        return float(rate), math.sqrt(rate)

    def states(self, parameters: tuple[Any, ...]) -> list[int]:
        (rate,) = parameters
        return list(range(math.ceil(rate + TAIL * math.sqrt(rate)) + MARGIN))

"""The Bernoulli distribution on ``{0, 1}``.

``T = x``, ``eta = log p - log(1 - p)``, ``A = log(1 + exp eta) = -log(1 - p)``.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
from sympy import Expr, exp, log

from derivations.calculus.expressions import BITS, UNIT
from derivations.families.base import Parameter, Parameters, Vector
from derivations.families.exponential import ExponentialFamily
from derivations.families.registry import register


@register
class Bernoulli(ExponentialFamily):
    """``Bernoulli(probability)`` of a one."""

    name: ClassVar[str] = "Bernoulli"
    parameters: ClassVar = (Parameter("probability", UNIT),)
    support: ClassVar[str] = BITS

    def statistics(self, value: Vector) -> tuple[Vector, ...]:
        return (Vector(value.entry),)

    def natural_parameters(self, parameters: Parameters) -> tuple[Vector, ...]:
        (probability,) = parameters
        return (Vector(log(probability.entry) - log(1 - probability.entry)),)

    def standard_parameters(self, naturals: tuple[Vector, ...]) -> Parameters:
        (natural,) = naturals
        return (Vector(1 / (1 + exp(-natural.entry))),)

    def log_normalizer(self, naturals: tuple[Vector, ...]) -> Expr:
        """Return ``log(1 + exp eta)``, written so that it simplifies at ``eta = log odds``."""
        (natural,) = naturals
        return natural.entry + log(1 + exp(-natural.entry))

    def literal_log_density(self, value: Any, *parameters: Any) -> float:
        (probability,) = parameters
        if value not in (0, 1):
            return -math.inf
        return math.log(probability) if value == 1 else math.log1p(-probability)

    def draw(self, rng: np.random.Generator, parameters: tuple[Any, ...]) -> Any:
        return int(rng.random() < parameters[0])

    def typical(self, parameters: tuple[Any, ...]) -> tuple[float, float]:
        (p,) = parameters
        return float(p), math.sqrt(p * (1 - p))

    def states(self, parameters: tuple[Any, ...]) -> list[int]:
        del parameters
        return [0, 1]

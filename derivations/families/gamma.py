"""The Gamma distribution by shape and rate; its mean is ``shape / rate``.

``T = (log x, x)``, ``eta = (shape - 1, -rate)``, ``A = lnGamma(shape) - shape log rate``
[bishop2006, sec. 2.3.6].
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
from scipy.special import gammaln
from sympy import Expr, log, loggamma

from derivations.calculus.expressions import POSITIVE
from derivations.calculus.normal_form import collect
from derivations.families.base import Parameter, Parameters, Vector
from derivations.families.exponential import ExponentialFamily
from derivations.families.registry import register


@register
class Gamma(ExponentialFamily):
    """``Gamma(shape, rate)``."""

    name: ClassVar[str] = "Gamma"
    parameters: ClassVar = (Parameter("shape", POSITIVE), Parameter("rate", POSITIVE))
    support: ClassVar[str] = POSITIVE

    def statistics(self, value: Vector) -> tuple[Vector, ...]:
        return (Vector(log(value.entry)), Vector(value.entry))

    def natural_parameters(self, parameters: Parameters) -> tuple[Vector, ...]:
        shape, rate = parameters
        return (Vector(shape.entry - 1), Vector(-rate.entry))

    def standard_parameters(self, naturals: tuple[Vector, ...]) -> Parameters:
        first, second = naturals
        return (Vector(collect(first.entry + 1)), Vector(collect(-second.entry)))

    def log_normalizer(self, naturals: tuple[Vector, ...]) -> Expr:
        shape, rate = (p.entry for p in self.standard_parameters(naturals))
        return loggamma(shape) - shape * log(rate)

    def literal_log_density(self, value: Any, *parameters: Any) -> float:
        shape, rate = parameters
        powers = shape * math.log(rate) + (shape - 1) * math.log(value)
        return float(powers - rate * value - gammaln(shape))

    def draw(self, rng: np.random.Generator, parameters: tuple[Any, ...]) -> Any:
        shape, rate = parameters
        return float(rng.gamma(shape, 1 / rate))

    def typical(self, parameters: tuple[Any, ...]) -> tuple[float, float]:
        shape, rate = parameters
        return float(shape / rate), math.sqrt(shape) / rate

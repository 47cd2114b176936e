"""The Beta distribution on the unit interval.

``T = (log x, log(1 - x))``, ``eta = (a - 1, b - 1)``, ``A = lnGamma(a) + lnGamma(b) -
lnGamma(a + b)`` [bishop2006, sec. 2.1.1].
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
from scipy.special import betaln
from sympy import Expr, log, loggamma

from derivations.calculus.expressions import POSITIVE, UNIT
from derivations.calculus.normal_form import collect
from derivations.families.base import Parameter, Parameters, Vector
from derivations.families.exponential import ExponentialFamily, WeightedValues
from derivations.families.quadrature import beta_expected_log, dirichlet_rule
from derivations.families.registry import register

NODES = 40
"""A Gauss rule with this many nodes is exact for polynomials of degree 79."""


@register
class Beta(ExponentialFamily):
    """``Beta(first, second)``, with mean ``first / (first + second)``."""

    name: ClassVar[str] = "Beta"
    parameters: ClassVar = (Parameter("first", POSITIVE), Parameter("second", POSITIVE))
    support: ClassVar[str] = UNIT

    def statistics(self, value: Vector) -> tuple[Vector, ...]:
        return (Vector(log(value.entry)), Vector(log(1 - value.entry)))

    def natural_parameters(self, parameters: Parameters) -> tuple[Vector, ...]:
        return tuple(Vector(p.entry - 1) for p in parameters)

    def standard_parameters(self, naturals: tuple[Vector, ...]) -> Parameters:
        return tuple(Vector(collect(n.entry + 1)) for n in naturals)

    def log_normalizer(self, naturals: tuple[Vector, ...]) -> Expr:
        first, second = (collect(n.entry + 1) for n in naturals)
        return loggamma(first) + loggamma(second) - loggamma(collect(first + second))

    def literal_log_density(self, value: Any, *parameters: Any) -> float:
        a, b = parameters
        logs = (a - 1) * math.log(value) + (b - 1) * math.log1p(-value)
        return float(logs - betaln(a, b))

    def draw(self, rng: np.random.Generator, parameters: tuple[Any, ...]) -> Any:
        return float(rng.beta(*parameters))

    def typical(self, parameters: tuple[Any, ...]) -> tuple[float, float]:
        a, b = parameters
        mean = a / (a + b)
        return float(mean), math.sqrt(mean * (1 - mean) / (a + b + 1))

    def literal_expected_statistics(self, parameters: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return both by QUADPACK's rule for algebraic and logarithmic end points."""
        a, b = parameters
        return (beta_expected_log(a, b), beta_expected_log(b, a))

    def integration_rule(self, parameters: tuple[Any, ...], degree: int) -> WeightedValues:
        """Return a Gauss-Jacobi rule with at least ``NODES`` nodes, whatever the degree."""
        places, weights = dirichlet_rule(np.array(parameters), nodes=max(NODES, degree // 2 + 1))
        return list(zip(weights.tolist(), places[:, 0].tolist(), strict=True))

    def literal_entropy(self, parameters: tuple[Any, ...]) -> float:
        a, b = parameters
        means = self.literal_expected_statistics(parameters)
        return float(betaln(a, b) - (a - 1) * means[0] - (b - 1) * means[1])

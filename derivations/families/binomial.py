"""The binomial distribution: the number of ones among a known number of trials.

``log p(x) = log C(n, x) + x log p + (n - x) log(1 - p)``. Only its log density is stated: the
number of trials is not a natural parameter, so the variable can be observed but not latent.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
from sympy import Expr, log, loggamma

from derivations.calculus.expressions import COUNTS, UNIT
from derivations.families.base import UP_TO_TRIALS, Family, Parameter, Parameters, Vector
from derivations.families.registry import register


@register
class Binomial(Family):
    """``Binomial(trials, probability)``."""

    name: ClassVar[str] = "Binomial"
    parameters: ClassVar = (Parameter("trials", COUNTS), Parameter("probability", UNIT))
    support: ClassVar[str] = UP_TO_TRIALS

    def log_density(self, value: Vector, parameters: Parameters) -> Expr:
        n, p = (parameter.entry for parameter in parameters)
        x = value.entry
        ways = loggamma(n + 1) - loggamma(x + 1) - loggamma(n - x + 1)
        return ways + x * log(p) + (n - x) * log(1 - p)

    def literal_log_density(self, value: Any, *parameters: Any) -> float:
        n, p = parameters
        if not 0 <= value <= n:
            return -math.inf
        ways = math.log(math.comb(round(n), round(value)))
        return ways + value * math.log(p) + (n - value) * math.log1p(-p)

    def draw(self, rng: np.random.Generator, parameters: tuple[Any, ...]) -> Any:
        n, p = parameters
        return int(rng.binomial(round(n), p))

    def typical(self, parameters: tuple[Any, ...]) -> tuple[float, float]:
        n, p = parameters
        return float(n * p), math.sqrt(n * p * (1 - p))

    def states(self, parameters: tuple[Any, ...]) -> list[int]:
        return list(range(round(parameters[0]) + 1))

"""The Kumaraswamy distribution on the unit interval: ``P(X <= x) = 1 - (1 - x^a)^b``.

``log p(x) = log a + log b + (a - 1) log x + (b - 1) log(1 - x^a)`` [jones2009, sec. 1].
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
from sympy import Expr, log

from derivations.calculus.expressions import POSITIVE, UNIT
from derivations.families.base import Family, Parameter, Parameters, Vector
from derivations.families.registry import register

QUARTILES = (0.25, 0.5, 0.75)


@register
class Kumaraswamy(Family):
    """``Kumaraswamy(a, b)``; not an exponential family, because of a in ``log(1 - x^a)``."""

    name: ClassVar[str] = "Kumaraswamy"
    parameters: ClassVar = (Parameter("a", POSITIVE), Parameter("b", POSITIVE))
    support: ClassVar[str] = UNIT

    def log_density(self, value: Vector, parameters: Parameters) -> Expr:
        a, b = (p.entry for p in parameters)
        x = value.entry
        return log(a) + log(b) + (a - 1) * log(x) + (b - 1) * log(1 - x**a)

    def literal_log_density(self, value: Any, *parameters: Any) -> float:
        """Return the log of the derivative of the distribution function."""
        a, b = parameters
        log_value = math.log(value)
        rest = -math.expm1(a * log_value)
        if rest <= 0:
            return math.inf if b < 1 else -math.inf
        return math.log(a * b) + (a - 1) * log_value + (b - 1) * math.log(rest)

    def draw(self, rng: np.random.Generator, parameters: tuple[Any, ...]) -> Any:
        return _quantile(float(rng.random()), *parameters)

    def typical(self, parameters: tuple[Any, ...]) -> tuple[float, float]:
        low, middle, high = (_quantile(level, *parameters) for level in QUARTILES)
        return middle, high - low


def _quantile(level: float, a: float, b: float) -> float:
    """Return ``(1 - (1 - level)^(1/b))^(1/a)``."""
    return float((-math.expm1(math.log1p(-level) / b)) ** (1 / a))

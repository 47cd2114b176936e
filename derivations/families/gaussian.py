"""The normal distribution by its variance, and by its precision.

Variance: ``T = (x, x^2)``, ``eta = (mean / variance, -1 / (2 variance))`` [bishop2006, sec. 2.4].
Precision: the same statistics, ``eta = (precision mean, -precision / 2)``.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
from sympy import Expr, Rational, log, pi

from derivations.calculus.expressions import POSITIVE, REAL
from derivations.calculus.normal_form import collect
from derivations.calculus.number_fields import Field
from derivations.families.base import Parameter, Parameters, Vector
from derivations.families.exponential import ExponentialFamily
from derivations.families.registry import register


class _Normal(ExponentialFamily):
    """The parts that are the same for variance and precision."""

    letter: ClassVar[str | None] = "N"
    support: ClassVar[str] = REAL
    by_variance: ClassVar[bool]

    def statistics(self, value: Vector) -> tuple[Vector, ...]:
        return (Vector(value.entry), Vector(value.entry**2))

    def location_scale(self, parameters: tuple[Any, ...], numbers: Field) -> tuple[Any, Any]:
        """Return ``c`` and ``s`` such that ``c + s e`` has this distribution, e standard normal."""
        location, spread = parameters
        exponent = Fraction(1, 2) if self.by_variance else Fraction(-1, 2)
        power = numbers.rational(exponent.numerator, exponent.denominator)
        return location, numbers.power(spread, power)

    def log_normalizer(self, naturals: tuple[Vector, ...]) -> Expr:
        """Return ``eta_1^2 / (2 precision) + log(2 pi / precision) / 2``."""
        first, precision = naturals[0].entry, _precision(naturals[1])
        return first**2 / (2 * precision) + Rational(1, 2) * (log(2) + log(pi) - log(precision))


def _precision(second: Vector) -> Expr:
    """Return ``-2 eta_2`` with its terms collected."""
    return collect(-2 * second.entry)


@register
class Gaussian(_Normal):
    """``Gaussian(mean, variance)``."""

    name: ClassVar[str] = "Gaussian"
    by_variance: ClassVar[bool] = True
    parameters: ClassVar = (Parameter("mean", REAL), Parameter("variance", POSITIVE))

    def natural_parameters(self, parameters: Parameters) -> tuple[Vector, ...]:
        mean, variance = parameters
        return (Vector(mean.entry / variance.entry), Vector(-1 / (2 * variance.entry)))

    def standard_parameters(self, naturals: tuple[Vector, ...]) -> Parameters:
        first, second = naturals
        precision = _precision(second)
        return (Vector(first.entry / precision), Vector(1 / precision))

    def literal_log_density(self, value: Any, *parameters: Any) -> float:
        mean, variance = parameters
        return -0.5 * (math.log(2 * math.pi * variance) + (value - mean) ** 2 / variance)

    def draw(self, rng: np.random.Generator, parameters: tuple[Any, ...]) -> Any:
        mean, variance = parameters
        return float(rng.normal(mean, math.sqrt(variance)))

    def typical(self, parameters: tuple[Any, ...]) -> tuple[float, float]:
        mean, variance = parameters
        return float(mean), math.sqrt(variance)


@register
class GaussianByPrecision(_Normal):
    """``GaussianByPrecision(mean, precision)``; the variance is ``1 / precision``."""

    name: ClassVar[str] = "GaussianByPrecision"
    by_variance: ClassVar[bool] = False
    parameters: ClassVar = (Parameter("mean", REAL), Parameter("precision", POSITIVE))

    def natural_parameters(self, parameters: Parameters) -> tuple[Vector, ...]:
        mean, precision = (p.entry for p in parameters)
        return (Vector(precision * mean), Vector(-precision / 2))

    def standard_parameters(self, naturals: tuple[Vector, ...]) -> Parameters:
        first, second = naturals
        precision = _precision(second)
        return (Vector(first.entry / precision), Vector(precision))

    def literal_log_density(self, value: Any, *parameters: Any) -> float:
        mean, precision = parameters
        return 0.5 * (math.log(precision / (2 * math.pi)) - precision * (value - mean) ** 2)

    def draw(self, rng: np.random.Generator, parameters: tuple[Any, ...]) -> Any:
        mean, precision = parameters
        return float(rng.normal(mean, 1 / math.sqrt(precision)))

    def typical(self, parameters: tuple[Any, ...]) -> tuple[float, float]:
        mean, precision = parameters
        return float(mean), 1 / math.sqrt(precision)

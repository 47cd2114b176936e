"""Two families as a user's own file adds them, with no more than what has to be stated."""

from __future__ import annotations

from typing import ClassVar

from scipy import stats
from sympy import Expr, exp, log

from derivations.calculus.expressions import COUNTS, POSITIVE, UNIT
from derivations.families import ExponentialFamily, Parameter, Vector, register


@register
class Exponential(ExponentialFamily):
    """``Exponential(rate)``."""

    name: ClassVar[str] = "Exponential"
    parameters: ClassVar = (Parameter("rate", POSITIVE),)
    support: ClassVar[str] = POSITIVE

    def statistics(self, value: Vector) -> tuple[Vector, ...]:
        """T = x."""
        return (Vector(value.entry),)

    def natural_parameters(self, parameters: tuple[Vector, ...]) -> tuple[Vector, ...]:
        """Eta = -rate."""
        return (Vector(-parameters[0].entry),)

    def standard_parameters(self, naturals: tuple[Vector, ...]) -> tuple[Vector, ...]:
        """Rate = -eta."""
        return (Vector(-naturals[0].entry),)

    def log_normalizer(self, naturals: tuple[Vector, ...]) -> Expr:
        """A = -log(-eta)."""
        return -log(-naturals[0].entry)

    def literal_log_density(self, value: float, *parameters: float) -> float:
        """SciPy's."""
        return float(stats.expon.logpdf(value, scale=1 / parameters[0]))


@register
class Geometric(ExponentialFamily):
    """``Geometric(probability)`` of failures before the first success."""

    name: ClassVar[str] = "Geometric"
    parameters: ClassVar = (Parameter("probability", UNIT),)
    support: ClassVar[str] = COUNTS

    def statistics(self, value: Vector) -> tuple[Vector, ...]:
        """T = x."""
        return (Vector(value.entry),)

    def natural_parameters(self, parameters: tuple[Vector, ...]) -> tuple[Vector, ...]:
        """Eta = log(1 - p)."""
        return (Vector(log(1 - parameters[0].entry)),)

    def standard_parameters(self, naturals: tuple[Vector, ...]) -> tuple[Vector, ...]:
        """P = 1 - exp(eta)."""
        return (Vector(1 - exp(naturals[0].entry)),)

    def log_normalizer(self, naturals: tuple[Vector, ...]) -> Expr:
        """A = -log(1 - exp(eta))."""
        return -log(1 - exp(naturals[0].entry))

    def literal_log_density(self, value: int, *parameters: float) -> float:
        """SciPy's, which counts from one."""
        return float(stats.geom.logpmf(value + 1, parameters[0]))

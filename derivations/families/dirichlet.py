"""The Dirichlet on the simplex, with respect to Lebesgue measure on K - 1 of its entries.

``T_i = log x_i``, ``eta_i = c_i - 1``, ``A = sum_i lnGamma(c_i) - lnGamma(sum_i c_i)``
[bishop2006, sec. 2.2.1].
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from scipy.special import gammaln
from sympy import Expr, log, loggamma

from derivations.calculus.expressions import POSITIVE, SIMPLEX
from derivations.calculus.normal_form import collect
from derivations.families.base import Parameter, Parameters, Vector
from derivations.families.exponential import ExponentialFamily, WeightedValues
from derivations.families.quadrature import dirichlet_expected_log, dirichlet_rule
from derivations.families.registry import register


@register
class Dirichlet(ExponentialFamily):
    """``Dirichlet(concentration)``."""

    name: ClassVar[str] = "Dirichlet"
    parameters: ClassVar = (Parameter("concentration", POSITIVE, is_vector=True),)
    support: ClassVar[str] = SIMPLEX

    def statistics(self, value: Vector) -> tuple[Vector, ...]:
        return (Vector(log(value.entry), value.index),)

    def natural_parameters(self, parameters: Parameters) -> tuple[Vector, ...]:
        (concentration,) = parameters
        return (Vector(concentration.entry - 1, concentration.index),)

    def standard_parameters(self, naturals: tuple[Vector, ...]) -> Parameters:
        (natural,) = naturals
        return (Vector(collect(natural.entry + 1), natural.index),)

    def log_normalizer(self, naturals: tuple[Vector, ...]) -> Expr:
        (natural,) = naturals
        concentration = Vector(collect(natural.entry + 1), natural.index)
        gammas = Vector(loggamma(concentration.entry), concentration.index)
        return gammas.total() - loggamma(concentration.total())

    def literal_log_density(self, value: Any, *parameters: Any) -> float:
        """Return the log density; linear in ``log value`` off the simplex too."""
        (concentration,) = parameters
        constant = gammaln(concentration.sum()) - gammaln(concentration).sum()
        return float(constant + ((concentration - 1) * np.log(value)).sum())

    def draw(self, rng: np.random.Generator, parameters: tuple[Any, ...]) -> Any:
        return rng.dirichlet(parameters[0])

    def literal_expected_statistics(self, parameters: tuple[Any, ...]) -> tuple[Any, ...]:
        return (dirichlet_expected_log(np.asarray(parameters[0])),)

    def choices(self, parameters: tuple[Any, ...]) -> WeightedValues:
        """Return the node ``exp E[log x]``: functions affine in ``log x`` have their mean there."""
        (expected,) = self.literal_expected_statistics(parameters)
        return [(1.0, np.exp(expected))]

    def integration_rule(self, parameters: tuple[Any, ...], degree: int) -> WeightedValues:
        """Return a tensor Gauss-Jacobi rule."""
        places, weights = dirichlet_rule(np.asarray(parameters[0]), nodes=degree // 2 + 1)
        return list(zip(weights.tolist(), places, strict=True))

    def literal_entropy(self, parameters: tuple[Any, ...]) -> float:
        """Return SciPy's entropy; a vector of one entry has none."""
        from scipy import stats  # noqa: PLC0415 - slow to import, and only needed here

        (concentration,) = parameters
        return 0.0 if len(concentration) == 1 else float(stats.dirichlet.entropy(concentration))

"""The normal distribution of a vector, by its mean and covariance matrix [bishop2006, sec. 2.3]."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
from sympy import Expr, log, pi

from derivations.calculus.binding import free_indices, fresh, sum_over
from derivations.calculus.expressions import REAL
from derivations.calculus.matrices import Determinant, Inverse, InverseEntry
from derivations.families.base import Family, Matrix, Parameter, Vector
from derivations.families.registry import register


@register
class MultivariateGaussian(Family):
    """``MultivariateGaussian(mean, covariance)``; its values are vectors.

    It provides densities only; it cannot be a factor of a joint distribution.
    """

    name: ClassVar[str] = "MultivariateGaussian"
    letter: ClassVar[str | None] = "N"
    parameters: ClassVar = (
        Parameter("mean", REAL, is_vector=True),
        Parameter("covariance", REAL, is_matrix=True),
    )
    support: ClassVar[str] = REAL

    def log_density(self, value: Vector, parameters: tuple[Any, ...]) -> Expr:
        """Return the log density, with the inverse and the determinant of the covariance."""
        mean, covariance = parameters
        if not isinstance(covariance, Matrix):
            message = f"{self.name}: wanted a matrix as the covariance, got {covariance.entry}"
            raise TypeError(message)
        sizes = {value.axis.upper, mean.axis.upper, covariance.row.upper}
        if len(sizes) > 1:
            message = f"{self.name}: wanted value, mean and covariance of one size, got {sizes}"
            raise ValueError(message)
        row, column = covariance.row, covariance.column
        taken = {
            *(free_indices(value.entry) - {value.index}),
            *(free_indices(mean.entry) - {mean.index}),
            *(free_indices(covariance.entry) - {row, column}),
        }
        i = fresh(row, taken)
        j = fresh(column, {*taken, i})
        apart = [value.at(place) - mean.at(place) for place in (i, j)]
        inverse = InverseEntry(Inverse(covariance.entry, row, column), i, j)
        constant = value.axis.count * log(2 * pi)
        determinant = log(Determinant(covariance.entry, row, column))
        return -(constant + determinant + sum_over(apart[0] * inverse * apart[1], i, j)) / 2

    def literal_log_density(self, value: Any, *parameters: Any) -> float:
        """Return the log density by a Cholesky factor."""
        mean, covariance = (np.asarray(p, dtype=float) for p in parameters)
        factor = np.linalg.cholesky(covariance)
        apart = np.linalg.solve(factor, np.asarray(value, dtype=float) - mean)
        constant = len(mean) * math.log(2 * math.pi) / 2
        return float(-constant - np.log(np.diag(factor)).sum() - apart @ apart / 2)

    def draw(self, rng: np.random.Generator, parameters: tuple[Any, ...]) -> Any:
        """Draw one vector."""
        return rng.multivariate_normal(*parameters)

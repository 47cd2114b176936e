"""Exponential families: statistic, natural parameter, log normalizer; the rest follows from them.

``log p(x) = h(x) + sum_b <eta_b, T_b(x)> - A(eta)`` with the log base measure h, zero for most.
Expected statistics are the gradient of A, taken by our own differentiation; entropy and
divergence follow. A statistic, like a parameter, is a ``Vector``: an expression and the index its
entries run over (None for a scalar).
"""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Integer

from derivations.calculus.binding import component, free_indices, replace_elements
from derivations.calculus.derivative import differentiate
from derivations.calculus.evaluate import evaluate
from derivations.calculus.expressions import Array, Element
from derivations.calculus.normal_form import collect
from derivations.calculus.number_fields import VECTORS
from derivations.calculus.point import Point
from derivations.families import numerics
from derivations.families.base import Family, Parameters, Vector, inner_product

WeightedValues = list[tuple[float, Any]]
"""Each value after its weight."""


class NoClosedFormError(ValueError):
    """An expectation that a family does not state in closed form."""


class ExponentialFamily(Family):
    """A family in natural form; mean-field priors and factors must be of such a family."""

    @abstractmethod
    def statistics(self, value: Vector) -> tuple[Vector, ...]:
        """Return the sufficient statistics of a value."""

    @abstractmethod
    def natural_parameters(self, parameters: Parameters) -> tuple[Vector, ...]:
        """Return the natural parameters that belong to standard ones."""

    @abstractmethod
    def standard_parameters(self, naturals: tuple[Vector, ...]) -> Parameters:
        """Return the standard parameters that belong to natural ones, in their simplest form."""

    @abstractmethod
    def log_normalizer(self, naturals: tuple[Vector, ...]) -> Expr:
        """Return A as a function of the natural parameters."""

    def log_base_measure(self, value: Vector) -> Expr:
        """Return h, the part of the log density that no parameter multiplies."""
        del value
        return Integer(0)

    def expected_log_base_measure(self, parameters: Parameters) -> Expr:
        """Return ``E[h]`` if it is a constant; otherwise raise.

        A family whose expectation of h has a closed form states it here.
        """
        index = next((p.index for p in parameters if p.index is not None), None)
        sizes, place = ((), ()) if index is None else ((index.upper,), (index,))
        probe = Array("_value", sizes)
        measure = self.log_base_measure(Vector(probe[place], index))
        if any(e.array == probe for e in measure.atoms(Element)):
            message = (
                f"{self.name}: wanted the expectation of the log base measure {measure} in closed "
                f"form; define {type(self).__name__}.expected_log_base_measure"
            )
            raise NoClosedFormError(message)
        return measure

    def log_density(self, value: Vector, parameters: Parameters) -> Expr:
        """Return base measure plus natural parameters times statistics less the normalizer."""
        naturals = self.natural_parameters(parameters)
        products = [
            inner_product(n, t) for n, t in zip(naturals, self.statistics(value), strict=True)
        ]
        measure = self.log_base_measure(value)
        return measure + sum(products, Integer(0)) - normalizer_at(self, parameters)

    def literal_expected_statistics(self, parameters: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return the expected statistics at numbers, by sums or quadrature and not by A.

        A family whose values are vectors, or whose density is too singular, has a rule of its own.
        """
        weighted = list(numerics.weighted_values(self, parameters))
        weights = np.array([w for w, _ in weighted])
        statistics = self._numbers(np.array([x for _, x in weighted], dtype=float))
        return tuple(math.fsum(weights * np.asarray(s)) for s in statistics)

    def choices(self, parameters: tuple[Any, ...]) -> WeightedValues:
        """Return values with weights that give the mean of every function affine in the statistics.

        They are all states of a discrete family. Of a continuous one they are a few nodes, and the
        weights are those that give the statistics their expectations; some may be negative.
        """
        if self.is_discrete:
            return list(numerics.weighted_values(self, parameters))
        wanted = [1.0, *map(float, self.literal_expected_statistics(parameters))]
        nodes = numerics.spread_values(self, parameters, len(wanted))
        table = np.array([np.ones(len(nodes)), *self._numbers(np.array(nodes))])
        weights = np.linalg.solve(table, np.array(wanted))
        return list(zip(weights.tolist(), nodes, strict=True))

    def integration_rule(self, parameters: tuple[Any, ...], degree: int) -> WeightedValues:
        """Return values with weights that integrate a smooth function of one value.

        A family with a Gauss rule of its own returns one exact for polynomials of the degree.
        """
        del degree
        return list(numerics.weighted_values(self, parameters))

    def _numbers(self, values: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """Return the statistics of each of some numbers."""
        array = Array("_value", ())
        point = Point({}, {array: values})
        found = (s.entry for s in self.statistics(Vector(array[()])))
        return [np.broadcast_to(evaluate(e, point, VECTORS), values.shape) for e in found]


def log_density(family: Family, value: Vector, parameters: Parameters) -> Expr:
    """Return ``log p(value)`` in nats, complete."""
    return family.log_density(value, parameters)


def normalizer_at(family: ExponentialFamily, parameters: Parameters) -> Expr:
    """Return A at standard parameters."""
    return collect(family.log_normalizer(family.natural_parameters(parameters)))


def _symbolic(name: str, natural: Vector) -> Vector:
    """Return a vector of free symbols with the natural parameter's indices."""
    point = sorted(free_indices(natural.entry) - {natural.index}, key=str)
    point += [] if natural.index is None else [natural.index]
    return Vector(Array(name, [i.upper for i in point])[tuple(point)], natural.index)


def mean_parameters(family: ExponentialFamily, parameters: Parameters) -> Parameters:
    """Return the expected statistics: the gradient of A by the natural parameters."""
    naturals = family.natural_parameters(parameters)
    symbols = tuple(_symbolic(f"eta{b}", natural) for b, natural in enumerate(naturals))
    normalizer = family.log_normalizer(symbols)
    back = {
        s.entry.array: component(n.entry, s.entry.subscripts)
        for s, n in zip(symbols, naturals, strict=True)
    }
    gradients = (differentiate(normalizer, s.entry) for s in symbols)
    return tuple(
        Vector(collect(replace_elements(collect(g), back)), s.index)
        for g, s in zip(gradients, symbols, strict=True)
    )


def entropy(family: ExponentialFamily, parameters: Parameters) -> Expr:
    """Return the entropy in nats: ``A - <eta, E[T]> - E[h]``.

    Raises
    ------
    NoClosedFormError
        If the expectation of the base measure has no closed form that the family states.
    """
    naturals = family.natural_parameters(parameters)
    means = mean_parameters(family, parameters)
    products = [inner_product(n, m) for n, m in zip(naturals, means, strict=True)]
    measure = family.expected_log_base_measure(parameters)
    return normalizer_at(family, parameters) - sum(products, Integer(0)) - measure


def divergence(family: ExponentialFamily, left: Parameters, right: Parameters) -> Expr:
    """Return KL(left || right) in nats: ``<eta_l - eta_r, E_l[T]> - A_l + A_r``."""
    pairs = zip(
        family.natural_parameters(left),
        family.natural_parameters(right),
        mean_parameters(family, left),
        strict=True,
    )
    products = [
        inner_product(Vector(le.entry - ri.at(le.index), le.index), m) for le, ri, m in pairs
    ]
    return sum(products, Integer(0)) - normalizer_at(family, left) + normalizer_at(family, right)

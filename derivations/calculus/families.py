"""Exponential families: statistic, natural parameter, log normalizer; the rest follows from them.

``log p(x) = sum_b <eta_b, T_b(x)> - A(eta)`` with a constant base measure inside A. Expected
statistics are the gradient of A, taken by our own differentiation; entropy and divergence follow.
A statistic, like a parameter, is a ``Vector``: an expression and the index its entries run over
(None for a scalar). The value of a categorical variable is one integer, with the index that
names its states.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

from sympy import Expr, Integer, Rational, exp, log, loggamma, pi

from derivations.calculus.binding import (
    component,
    free_indices,
    fresh,
    replace_elements,
    substitute,
    sum_over,
)
from derivations.calculus.derivative import differentiate
from derivations.calculus.expressions import Array, Iverson
from derivations.calculus.indices import Index
from derivations.calculus.normal_form import collect


@dataclass(frozen=True)
class Vector:
    """The entries of a vector: an expression, and the index over them (None for a scalar)."""

    entry: Expr
    index: Index | None = None

    def at(self, place: Expr | None) -> Expr:
        """Return one entry, capture-safe."""
        if self.index is None or place is None:
            return self.entry
        return substitute(self.entry, {self.index: place})

    def over(self, index: Index | None) -> Vector:
        """Return the same vector with another letter for its index."""
        return Vector(self.at(index), index)

    @property
    def axis(self) -> Index:
        """The index its entries run over; a scalar has none, and is refused."""
        if self.index is None:
            message = f"wanted a vector, got the scalar {self.entry}"
            raise TypeError(message)
        return self.index

    def total(self) -> Expr:
        """Return the sum of the entries."""
        return self.entry if self.index is None else sum_over(self.entry, self.index)


def inner_product(left: Vector, right: Vector) -> Expr:
    """Return ``sum_i left_i right_i``."""
    if left.index is None:
        return left.entry * right.entry
    others = free_indices(left.entry) - {left.index} | free_indices(right.entry) - {right.index}
    index = fresh(left.index, others)
    return sum_over(left.at(index) * right.at(index), index)


class Family(Protocol):
    """What a family states; everything else is derived from it."""

    name: ClassVar[str]
    parameter_names: ClassVar[tuple[str, ...]]

    def statistics(self, value: Vector) -> tuple[Vector, ...]:
        """Return the sufficient statistics of a value."""
        ...

    def natural_parameters(self, parameters: tuple[Vector, ...]) -> tuple[Vector, ...]:
        """Return the natural parameters that belong to standard ones."""
        ...

    def standard_parameters(self, naturals: tuple[Vector, ...]) -> tuple[Vector, ...]:
        """Return the standard parameters that belong to natural ones, found up to a constant."""
        ...

    def log_normalizer(self, naturals: tuple[Vector, ...]) -> Expr:
        """Return A as a function of the natural parameters."""
        ...


@dataclass(frozen=True)
class Dirichlet:
    """``T_i = log x_i``, ``eta_i = c_i - 1``, ``A = sum lnGamma(c_i) - lnGamma(sum c_i)``.

    The density is with respect to Lebesgue measure on the simplex [bishop2006, sec. 2.2.1].
    """

    name: ClassVar[str] = "Dirichlet"
    parameter_names: ClassVar[tuple[str, ...]] = ("concentration",)

    def statistics(self, value: Vector) -> tuple[Vector, ...]:
        return (Vector(log(value.entry), value.index),)

    def natural_parameters(self, parameters: tuple[Vector, ...]) -> tuple[Vector, ...]:
        (concentration,) = parameters
        return (Vector(concentration.entry - 1, concentration.index),)

    def standard_parameters(self, naturals: tuple[Vector, ...]) -> tuple[Vector, ...]:
        (natural,) = naturals
        return (Vector(collect(natural.entry + 1), natural.index),)

    def log_normalizer(self, naturals: tuple[Vector, ...]) -> Expr:
        (concentration,) = self.standard_parameters(naturals)
        gammas = Vector(loggamma(concentration.entry), concentration.index)
        return gammas.total() - loggamma(concentration.total())


@dataclass(frozen=True)
class Categorical:
    """``T_i = [x = i]``, ``eta_i = log p_i``, ``A = log sum exp eta_i`` (zero on the simplex)."""

    name: ClassVar[str] = "Categorical"
    parameter_names: ClassVar[tuple[str, ...]] = ("probabilities",)

    def statistics(self, value: Vector) -> tuple[Vector, ...]:
        return (Vector(Iverson(value.entry, value.index), value.index),)

    def natural_parameters(self, parameters: tuple[Vector, ...]) -> tuple[Vector, ...]:
        (probabilities,) = parameters
        return (Vector(log(probabilities.entry), probabilities.index),)

    def standard_parameters(self, naturals: tuple[Vector, ...]) -> tuple[Vector, ...]:
        (natural,) = naturals
        weights = Vector(exp(natural.entry), natural.index)
        return (Vector(weights.entry / weights.total(), natural.index),)

    def log_normalizer(self, naturals: tuple[Vector, ...]) -> Expr:
        (natural,) = naturals
        return log(Vector(exp(natural.entry), natural.index).total())


@dataclass(frozen=True)
class Gaussian:
    """``T = (x, x^2)``, ``eta = (mean / variance, -1 / (2 variance))`` [bishop2006, sec. 2.4]."""

    name: ClassVar[str] = "Gaussian"
    parameter_names: ClassVar[tuple[str, ...]] = ("mean", "variance")

    def statistics(self, value: Vector) -> tuple[Vector, ...]:
        return (Vector(value.entry), Vector(value.entry**2))

    def natural_parameters(self, parameters: tuple[Vector, ...]) -> tuple[Vector, ...]:
        mean, variance = parameters
        return (Vector(mean.entry / variance.entry), Vector(-1 / (2 * variance.entry)))

    def standard_parameters(self, naturals: tuple[Vector, ...]) -> tuple[Vector, ...]:
        first, second = naturals
        variance = -1 / (2 * second.entry)
        return (Vector(first.entry * variance), Vector(variance))

    def log_normalizer(self, naturals: tuple[Vector, ...]) -> Expr:
        first, second = (n.entry for n in naturals)
        return -(first**2) / (4 * second) + Rational(1, 2) * (log(2 * pi) - log(-2 * second))


def log_density(family: Family, value: Vector, parameters: tuple[Vector, ...]) -> Expr:
    """Return ``log p(value)`` in nats: natural parameters times statistics, less the normalizer."""
    naturals = family.natural_parameters(parameters)
    statistics = family.statistics(value)
    products = [inner_product(n, t) for n, t in zip(naturals, statistics, strict=True)]
    return sum(products, Integer(0)) - normalizer_at(family, parameters)


def normalizer_at(family: Family, parameters: tuple[Vector, ...]) -> Expr:
    """Return A at standard parameters."""
    return collect(family.log_normalizer(family.natural_parameters(parameters)))


def _symbolic(name: str, natural: Vector) -> Vector:
    """Return a vector of free symbols with the natural parameter's indices."""
    point = sorted(free_indices(natural.entry) - {natural.index}, key=str)
    point += [] if natural.index is None else [natural.index]
    return Vector(Array(name, [i.upper for i in point])[tuple(point)], natural.index)


def mean_parameters(family: Family, parameters: tuple[Vector, ...]) -> tuple[Vector, ...]:
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


def entropy(family: Family, parameters: tuple[Vector, ...]) -> Expr:
    """Return the entropy in nats: ``A - <eta, E[T]>``."""
    naturals = family.natural_parameters(parameters)
    means = mean_parameters(family, parameters)
    products = [inner_product(n, m) for n, m in zip(naturals, means, strict=True)]
    return normalizer_at(family, parameters) - sum(products, Integer(0))


def divergence(family: Family, left: tuple[Vector, ...], right: tuple[Vector, ...]) -> Expr:
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

"""Exponential families: the gradient law by quadrature, round trips, entropy, divergence."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats
from sympy import Integer

from derivations.calculus.binding import free_indices
from derivations.calculus.evaluate import evaluate
from derivations.calculus.expressions import POSITIVE, SIMPLEX, Array
from derivations.calculus.indices import Index, size
from derivations.calculus.normal_form import is_proved_equal, normal_form
from derivations.calculus.point import Point
from derivations.families import (
    Categorical,
    Dirichlet,
    Family,
    Gaussian,
    Vector,
    divergence,
    entropy,
    inner_product,
    log_density,
    mean_parameters,
    normalizer_at,
)

D, N = size("D"), size("N")
d, n = Index("d", 1, D), Index("n", 1, N)
TOLERANCE = 1e-10

Parameters = tuple[Vector, ...]
Numbers = tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Case:
    """A family at two sets of parameters, how to draw them, and SciPy's law of the same name."""

    family: Family
    left: Parameters
    right: Parameters
    draw: Callable[[np.random.Generator, int], Numbers]
    value: Vector


def _arrays(name: str, *domains: str) -> Parameters:
    return tuple(
        Vector(Array(f"{name}{b}", (N, D), domain=domain)[n, d], d)
        for b, domain in enumerate(domains)
    )


def _scalars(name: str, *domains: str) -> Parameters:
    return tuple(Vector(Array(f"{name}{b}", (N,), domain=s)[n]) for b, s in enumerate(domains))


CASES = {
    "dirichlet": Case(
        Dirichlet(),
        _arrays("alpha", POSITIVE),
        _arrays("beta", POSITIVE),
        lambda rng, faces: (rng.uniform(0.2, 4.0, (2, faces)),),
        Vector(Array("x", (N, D), domain=SIMPLEX)[n, d], d),
    ),
    "categorical": Case(
        Categorical(),
        _arrays("p", SIMPLEX),
        _arrays("r", SIMPLEX),
        lambda rng, faces: (rng.dirichlet(np.ones(faces), 2),),
        Vector(Array("z", (N,), states=D)[n], d),
    ),
    "gaussian": Case(
        Gaussian(),
        _scalars("m", "real", POSITIVE),
        _scalars("k", "real", POSITIVE),
        lambda rng, _: (rng.normal(size=2) * 2, rng.uniform(0.2, 4.0, 2)),
        Vector(Array("y", (N,))[n]),
    ),
}
EACH = pytest.mark.parametrize("name", CASES)


def arrays_of(parameters: Parameters, numbers: Numbers) -> dict[Array, np.ndarray]:
    """The arrays behind parameters, with values."""
    return {p.entry.array: v for p, v in zip(parameters, numbers, strict=True)}


def expectation(name: str, parameters: list[Any], function: Callable[[Any], float]) -> float:
    """E of a function of one value under SciPy's law: a sum, or quadrature (of a Beta marginal)."""
    if name == "categorical":
        return sum(p * function(state) for state, p in enumerate(parameters[0], 1))
    law = stats.norm(parameters[0], math.sqrt(parameters[1]))
    lower, upper = law.ppf([1e-16, 1 - 1e-16])
    value, _ = integrate.quad(
        lambda x: law.pdf(x) * function(x), lower, upper, epsabs=1e-13, epsrel=1e-13, limit=400
    )
    return value


def statistic_expectations(name: str, numbers: list[Any]) -> list[np.ndarray]:
    """The expected statistics by quadrature and counting, no identity used."""
    if name == "dirichlet":
        (concentration,) = numbers
        return [np.array([expected_log(c, concentration.sum() - c) for c in concentration])]
    if name == "categorical":
        return [numbers[0]]
    return [np.array([expectation(name, numbers, lambda x, p=p: x**p)]) for p in (1, 2)]


def expected_log(first: float, second: float) -> float:
    """E[log x] under Beta(first, second), integrated over u = log(x / (1 - x))."""

    def weight(u: float) -> float:
        return math.exp(-first * np.logaddexp(0, -u) - second * np.logaddexp(0, u))

    bounds = (-60 / first, 60 / second)
    numerator, _ = integrate.quad(
        lambda u: -np.logaddexp(0, -u) * weight(u), *bounds, epsabs=0, epsrel=1e-12, limit=800
    )
    normalizer, _ = integrate.quad(weight, *bounds, epsabs=0, epsrel=1e-12, limit=800)
    return numerator / normalizer


@EACH
def test_expected_statistics_are_the_gradient_of_the_log_normalizer(
    name: str, rng: np.random.Generator
) -> None:
    """Over ten random sizes, the gradient taken symbolically equals the statistic averaged."""
    case = CASES[name]
    means = mean_parameters(case.family, case.left)
    for _ in range(10):
        faces = int(rng.integers(2, 7))
        numbers = case.draw(rng, faces)
        point = Point({D: faces, N: 2}, arrays_of(case.left, numbers), {n: 2})
        wanted = statistic_expectations(name, [v[1] for v in numbers])
        for mean, values in zip(means, wanted, strict=True):
            places = [{}] if mean.index is None else [{d: v + 1} for v in range(faces)]
            got = [evaluate(mean.entry, point.at(place)) for place in places]
            np.testing.assert_allclose(got, values, rtol=TOLERANCE, atol=TOLERANCE)


def scipy_law(name: str, numbers: list[Any]) -> Any:  # noqa: ANN401 - SciPy's frozen laws share no type
    """SciPy's law at a set of parameters."""
    if name == "dirichlet":
        return stats.dirichlet(numbers[0])
    if name == "categorical":
        return stats.rv_discrete(values=(np.arange(1, len(numbers[0]) + 1), numbers[0]))
    return stats.norm(numbers[0], math.sqrt(numbers[1]))


@EACH
def test_log_density_equals_scipys(name: str, rng: np.random.Generator) -> None:
    """The density in natural form equals SciPy's at random values."""
    case = CASES[name]
    expression = log_density(case.family, case.value, case.left)
    for faces in (2, 3, 5):
        numbers = case.draw(rng, faces)
        law = scipy_law(name, [v[1] for v in numbers])
        values = {
            "dirichlet": rng.dirichlet(np.ones(faces), 2),
            "categorical": rng.integers(1, faces + 1, 2),
            "gaussian": rng.normal(size=2),
        }[name]
        array = case.value.entry.array
        point = Point({D: faces, N: 2}, arrays_of(case.left, numbers) | {array: values}, {n: 2})
        wanted = law.logpmf(values[1]) if name == "categorical" else law.logpdf(values[1])
        assert math.isclose(evaluate(expression, point), wanted, rel_tol=TOLERANCE)


@EACH
def test_entropy_equals_scipys(name: str, rng: np.random.Generator) -> None:
    """A - <eta, E[T]> is the differential or discrete entropy, in nats."""
    case = CASES[name]
    expression = entropy(case.family, case.left)
    for faces in (2, 3, 5):
        numbers = case.draw(rng, faces)
        point = Point({D: faces, N: 2}, arrays_of(case.left, numbers), {n: 1})
        wanted = float(scipy_law(name, [v[0] for v in numbers]).entropy())
        assert math.isclose(
            evaluate(expression, point), wanted, rel_tol=TOLERANCE, abs_tol=TOLERANCE
        )


def literal_divergence(name: str, left: list[Any], right: list[Any]) -> float:
    """KL(left || right) as the average of the log ratio of SciPy's densities."""
    if name == "dirichlet":
        expected = statistic_expectations(name, left)[0]
        laws = [stats.dirichlet(c[0]) for c in (left, right)]
        centre = np.full(len(expected), 1 / len(expected))
        constants = [
            law.logpdf(centre) - ((c[0] - 1) * np.log(centre)).sum()
            for law, c in zip(laws, (left, right), strict=True)
        ]
        return float(constants[0] - constants[1] + ((left[0] - right[0]) * expected).sum())
    laws = [scipy_law(name, numbers) for numbers in (left, right)]
    log_density_of = "logpmf" if name == "categorical" else "logpdf"
    return expectation(
        name,
        left,
        lambda x: getattr(laws[0], log_density_of)(x) - getattr(laws[1], log_density_of)(x),
    )


@EACH
def test_divergence_is_the_average_log_ratio_under_the_left_law(
    name: str, rng: np.random.Generator
) -> None:
    """KL(left || right) in this direction: the other way round gives another number."""
    case = CASES[name]
    expression = divergence(case.family, case.left, case.right)
    backwards = divergence(case.family, case.right, case.left)
    for faces in (2, 3, 5):
        left, right = case.draw(rng, faces), case.draw(rng, faces)
        arrays = arrays_of(case.left, left) | arrays_of(case.right, right)
        point = Point({D: faces, N: 2}, arrays, {n: 2})
        wanted = literal_divergence(name, [v[1] for v in left], [v[1] for v in right])
        assert wanted > 0
        assert math.isclose(evaluate(expression, point), wanted, rel_tol=1e-9, abs_tol=1e-9)
        assert not math.isclose(evaluate(backwards, point), wanted, rel_tol=1e-4)


@EACH
def test_divergence_from_itself_is_proved_zero(name: str) -> None:
    """KL(p || p) = 0 for symbolic sizes, and KL(p || r) is not proved zero."""
    case = CASES[name]
    assert is_proved_equal(divergence(case.family, case.left, case.left), Integer(0))
    assert not is_proved_equal(divergence(case.family, case.left, case.right), Integer(0))


@EACH
def test_parameters_survive_the_round_trip(name: str) -> None:
    """Standard to natural and back is the identity; the other way round up to a constant."""
    case = CASES[name]
    naturals = case.family.natural_parameters(case.left)
    for own, back in zip(case.left, case.family.standard_parameters(naturals), strict=True):
        assert is_proved_equal(own.entry, back.over(own.index).entry)
    free = tuple(
        Vector(Array(f"eta{b}", (D,))[d] if v.index else Array(f"eta{b}", ())[()], v.index)
        for b, v in enumerate(naturals)
    )
    again = case.family.natural_parameters(case.family.standard_parameters(free))
    for given, back in zip(free, again, strict=True):
        index = given.index if name == "categorical" else None
        gap = normal_form(back.entry - given.entry)
        assert gap == 0 if index is None else index not in free_indices(gap)


@EACH
def test_the_density_integrates_to_one(name: str, rng: np.random.Generator) -> None:
    """exp(<eta, T> - A) sums or integrates to one: A is the log normalizer, no other constant."""
    case = CASES[name]
    expression = log_density(case.family, case.value, case.left)
    numbers = case.draw(rng, 2)
    if name == "dirichlet":  # smooth at both ends of the interval
        numbers = (numbers[0] + 1.5,)
    array = case.value.entry.array

    def density(value: float) -> float:
        values = {
            "dirichlet": np.array([[value, 1 - value]] * 2),
            "categorical": np.array([round(value)] * 2),
            "gaussian": np.array([value, value]),
        }[name]
        point = Point({D: 2, N: 2}, arrays_of(case.left, numbers) | {array: values}, {n: 1})
        return math.exp(evaluate(expression, point))

    if name == "categorical":
        total = density(1) + density(2)
    else:
        bounds = (0, 1) if name == "dirichlet" else (-40, 40)
        total, _ = integrate.quad(density, *bounds, epsabs=1e-10, limit=300)
    assert math.isclose(total, 1.0, rel_tol=1e-8)


def test_the_normalizer_of_a_gaussian_keeps_the_two_pi() -> None:
    """A(0, variance 1) is half log 2 pi."""
    zero, one = Vector(Integer(0)), Vector(Integer(1))
    value = evaluate(normalizer_at(Gaussian(), (zero, one)), Point({}, {}))
    assert math.isclose(value, 0.5 * math.log(2 * math.pi), rel_tol=1e-14)


def test_an_inner_product_does_not_capture_a_primed_index() -> None:
    """A free i' of the left and a free i of the right stay free beside the summed i."""
    i, m, primed = Index("i", 1, D), Index("m", 1, D), Index("i'", 1, D)
    a, b = Array("a", (D,)), Array("b", (D,))
    product = inner_product(Vector(a[i] * b[primed], i), Vector(a[m] * b[i], m))
    squares = inner_product(Vector(a[i], i), Vector(a[m], m))
    assert is_proved_equal(product, b[i] * b[primed] * squares)

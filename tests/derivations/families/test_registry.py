"""The registry of families: every family by every route it states, and what is refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats
from sympy import Integer

from derivations.calculus.evaluate import evaluate
from derivations.calculus.expressions import POSITIVE, Array
from derivations.calculus.indices import Index, size
from derivations.calculus.normal_form import is_proved_equal
from derivations.calculus.point import Point
from derivations.families import (
    DISCRETE,
    SIMPLEX,
    STATES,
    SUPPORTS,
    UP_TO_TRIALS,
    Dirichlet,
    ExponentialFamily,
    Family,
    NoClosedFormError,
    Poisson,
    Vector,
    divergence,
    entropy,
    family,
    mean_parameters,
    names,
    register,
)
from derivations.families.numerics import expectation

D = size("D")
d = Index("d", 1, D)
WIDTH = 3

PARAMETERS: dict[str, tuple[Any, ...]] = {
    "Bernoulli": (0.3,),
    "Beta": (0.7, 2.5),
    "Binomial": (6, 0.35),
    "Categorical": (np.array([0.2, 0.5, 0.3]),),
    "Dirichlet": (np.array([0.6, 1.5, 2.4]),),
    "Gamma": (0.8, 2.2),
    "Gaussian": (0.7, 2.3),
    "GaussianByPrecision": (-0.4, 2.6),
    "Kumaraswamy": (1.7, 2.4),
    "Poisson": (2.7,),
    "Uniform": (),
}
OTHERS: dict[str, tuple[Any, ...]] = {
    "Bernoulli": (0.6,),
    "Beta": (1.4, 0.9),
    "Categorical": (np.array([0.4, 0.1, 0.5]),),
    "Dirichlet": (np.array([1.2, 0.7, 0.9]),),
    "Gamma": (2.1, 1.3),
    "Gaussian": (-0.2, 0.9),
    "GaussianByPrecision": (0.5, 0.8),
    "Poisson": (1.2,),
}
WITHOUT_NUMBERS = {"Any", "MultivariateGaussian"}
"""One stands for a law without a formula; the other has a matrix for a parameter."""
EACH = pytest.mark.parametrize("name", PARAMETERS)
EACH_EXPONENTIAL = pytest.mark.parametrize("name", OTHERS)
SHIPPED = tuple(
    name for name in names() if type(family(name)).__module__.startswith("derivations.")
)


def scipy_law(name: str, p: tuple[Any, ...]) -> Any:  # noqa: ANN401 - SciPy's laws share no type
    """SciPy's law of the same name."""
    return {
        "Bernoulli": lambda: stats.bernoulli(*p),
        "Beta": lambda: stats.beta(*p),
        "Binomial": lambda: stats.binom(*p),
        "Categorical": lambda: stats.rv_discrete(values=(np.arange(1, WIDTH + 1), p[0])),
        "Dirichlet": lambda: stats.dirichlet(p[0]),
        "Gamma": lambda: stats.gamma(p[0], scale=1 / p[1]),
        "Gaussian": lambda: stats.norm(p[0], math.sqrt(p[1])),
        "GaussianByPrecision": lambda: stats.norm(p[0], 1 / math.sqrt(p[1])),
        "Poisson": lambda: stats.poisson(*p),
        "Uniform": stats.uniform,
    }[name]()


def symbolic(name: str, letter: str = "p") -> tuple[Vector, ...]:
    """Parameters as symbols of their domains."""
    found = []
    for number, parameter in enumerate(family(name).parameters):
        sizes, place = ((D,), (d,)) if parameter.is_vector else ((), ())
        array = Array(f"{letter}{number}", sizes, domain=parameter.domain)
        found.append(Vector(array[place], d if parameter.is_vector else None))
    return tuple(found)


def value_of(name: str) -> Vector:
    """A value as a symbol of the support."""
    support = family(name).support
    if support == STATES:
        return Vector(Array("x", (), states=D)[()], d)
    if support == SIMPLEX:
        return Vector(Array("x", (D,), domain=SIMPLEX)[d], d)
    return Vector(Array("x", (), domain="counts" if support == UP_TO_TRIALS else support)[()])


def at(parameters: tuple[Vector, ...], numbers: tuple[Any, ...]) -> dict[Array, np.ndarray]:
    """Values for the arrays behind parameters."""
    pairs = zip(parameters, numbers, strict=True)
    return {p.entry.array: np.asarray(v) for p, v in pairs}


def entries(vector: Vector, point: Point) -> np.ndarray:
    """The value of a vector's entries, or of a number."""
    if vector.index is None:
        return np.asarray(evaluate(vector.entry, point))
    return np.array([evaluate(vector.entry, point.at({d: i + 1})) for i in range(WIDTH)])


def test_every_shipped_family_is_tried_here_and_states_all_the_registry_asks_for() -> None:
    """A new family in the package without numbers here fails."""
    assert set(SHIPPED) - WITHOUT_NUMBERS == set(PARAMETERS)
    for name in PARAMETERS:
        assert family(name).name == name
        assert family(name).support in SUPPORTS
        assert family(name) == type(family(name))()


@EACH
def test_the_formula_and_the_literal_density_and_scipy_agree_at_draws(
    name: str, rng: np.random.Generator
) -> None:
    """Three routes to the complete log density, at values that the family draws itself."""
    one, numbers, symbols = family(name), PARAMETERS[name], symbolic(name)
    value = value_of(name)
    formula = one.log_density(value, symbols)
    for _ in range(5):
        drawn = one.draw(rng, numbers)
        literal = one.literal_log_density(drawn, *numbers)
        point = Point({D: WIDTH}, at(symbols, numbers) | {value.entry.array: np.asarray(drawn)})
        assert math.isclose(evaluate(formula, point), literal, rel_tol=1e-11, abs_tol=1e-12)
        if name != "Kumaraswamy":
            law = scipy_law(name, numbers)
            known = law.logpmf if one.support in DISCRETE else law.logpdf
            assert math.isclose(literal, known(drawn), rel_tol=1e-11, abs_tol=1e-12)


@EACH
def test_a_density_sums_or_integrates_to_one_and_draws_have_its_mean(
    name: str, rng: np.random.Generator
) -> None:
    """Total mass by all states or quadrature; the mean of draws within six standard errors."""
    one, numbers = family(name), PARAMETERS[name]
    if one.support == SIMPLEX:
        rule = one.integration_rule(numbers, 2)
        assert math.isclose(math.fsum(w for w, _ in rule), 1)
        return
    assert math.isclose(expectation(one, numbers, lambda _: 1.0), 1, rel_tol=1e-12)
    mean = expectation(one, numbers, float)
    variance = expectation(one, numbers, lambda x: (x - mean) ** 2)
    draws = [one.draw(rng, numbers) for _ in range(2000)]
    assert abs(np.mean(draws) - mean) < 6 * math.sqrt(variance / 2000)
    if name != "Kumaraswamy":
        assert math.isclose(mean, scipy_law(name, numbers).mean(), rel_tol=1e-11)


@EACH_EXPONENTIAL
def test_expected_statistics_are_the_gradient_of_the_log_normalizer(name: str) -> None:
    """The symbolic gradient equals sums and quadrature of the literal density."""
    one, numbers, symbols = family(name), PARAMETERS[name], symbolic(name)
    assert isinstance(one, ExponentialFamily)
    point = Point({D: WIDTH}, at(symbols, numbers))
    literal = one.literal_expected_statistics(numbers)
    for mean, wanted in zip(mean_parameters(one, symbols), literal, strict=True):
        np.testing.assert_allclose(entries(mean, point), wanted, rtol=1e-10)


@EACH_EXPONENTIAL
def test_entropy_and_divergence_are_those_of_the_literal_density(name: str) -> None:
    """The entropy is minus the mean log density, the divergence the mean log ratio."""
    one, numbers, others = family(name), PARAMETERS[name], OTHERS[name]
    left, right = symbolic(name), symbolic(name, "r")
    point = Point({D: WIDTH}, at(left, numbers) | at(right, others))
    if name == "Poisson":
        with pytest.raises(NoClosedFormError, match="Poisson: wanted the expectation of the log"):
            entropy(one, left)
    else:
        got = evaluate(entropy(one, left), point)
        assert math.isclose(got, one.literal_entropy(numbers), rel_tol=1e-10, abs_tol=1e-10)
        if name != "Categorical":
            assert math.isclose(got, scipy_law(name, numbers).entropy(), rel_tol=1e-8, abs_tol=1e-9)
    assert is_proved_equal(divergence(one, left, left), Integer(0))
    got = evaluate(divergence(one, left, right), point)
    assert math.isclose(got, literal_divergence(one, numbers, others), rel_tol=1e-8)


def literal_divergence(one: Family, left: tuple[Any, ...], right: tuple[Any, ...]) -> float:
    """The mean log ratio under the left parameters, by choices exact for the statistics."""
    return math.fsum(
        w * (one.literal_log_density(x, *left) - one.literal_log_density(x, *right))
        for w, x in one.choices(left)
    )


@EACH_EXPONENTIAL
def test_standard_parameters_come_back_from_natural_ones(name: str) -> None:
    """The round trip is proved, and for all but the categorical nothing is left to simplify."""
    one, symbols = family(name), symbolic(name)
    back = one.standard_parameters(one.natural_parameters(symbols))
    for own, again in zip(symbols, back, strict=True):
        assert is_proved_equal(own.entry, again.entry)
        if name not in {"Categorical", "Bernoulli"}:
            assert again.entry == own.entry


def test_an_unknown_family_is_refused_by_one_sentence_that_names_the_known_ones() -> None:
    """A typing error shows the names to choose from."""
    with pytest.raises(
        ValueError, match=r"^wanted one of the families .*Beta.*Uniform.*; got 'Gausian'$"
    ):
        family("Gausian")


def test_two_families_cannot_share_a_name() -> None:
    """The second is refused; the same class again is not."""
    with pytest.raises(ValueError, match="wanted a new name, got 'Dirichlet', which Dirichlet"):

        @register
        class Another(Dirichlet):
            """A Dirichlet by another class."""

    assert register(Poisson) is Poisson
    assert family("Poisson") == Poisson()


def test_a_family_says_which_method_it_lacks() -> None:
    """Where only a log density is stated, a draw is refused by name."""

    class Bare(Family):
        """Only a log density."""

        name = "Bare"
        parameters = ()
        support = POSITIVE

        def log_density(self, value: Vector, parameters: tuple[Vector, ...]) -> Any:  # noqa: ANN401, ARG002
            return -value.entry

        def literal_log_density(self, value: float, *parameters: float) -> float:  # noqa: ARG002
            return -value

    with pytest.raises(NotImplementedError, match=r"Bare: wanted a way to draw.*Bare\.draw"):
        Bare().draw(np.random.default_rng(0), ())

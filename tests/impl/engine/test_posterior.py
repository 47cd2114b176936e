"""What a fitted factor says, against SciPy, quadrature and the calibrated checks of draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy import integrate, special, stats

from derivations.calculus.steps import Verdict
from derivations.evidence.monte_carlo import law_equals_cdf, mean_equals
from impl.engine.posterior import Posterior

if TYPE_CHECKING:
    from collections.abc import Callable

Floats = np.ndarray
SHAPE = (2, 3)
DENSITIES: dict[str, tuple[tuple[str, str], Callable[..., Any], tuple[float, float]]] = {
    "Gaussian": (
        ("mean", "variance"),
        lambda x, m, v: np.exp(-((x - m) ** 2) / (2 * v)) / np.sqrt(2 * np.pi * v),
        (-np.inf, np.inf),
    ),
    "GaussianByPrecision": (
        ("mean", "precision"),
        lambda x, m, t: np.exp(-t * (x - m) ** 2 / 2) * np.sqrt(t / (2 * np.pi)),
        (-np.inf, np.inf),
    ),
    "Gamma": (
        ("shape", "rate"),
        lambda x, a, b: np.exp(a * np.log(b) + (a - 1) * np.log(x) - b * x - special.gammaln(a)),
        (0, np.inf),
    ),
    "Beta": (
        ("first", "second"),
        lambda x, a, b: x ** (a - 1) * (1 - x) ** (b - 1) / special.beta(a, b),
        (0, 1),
    ),
}
"""Names of parameters, density and support, each written once more."""


def posterior(family: str, rng: np.random.Generator) -> Posterior:
    """Return a factor of six copies with random parameters."""
    names = DENSITIES[family][0]
    return Posterior("x", family, {name: rng.uniform(1.1, 4.0, SHAPE) for name in names})


@pytest.mark.parametrize("family", DENSITIES)
def test_mean_entropy_and_interval_are_those_of_the_density(
    family: str, rng: np.random.Generator
) -> None:
    """By quadrature of a density written once more, for every copy."""
    names, density, (low, high) = DENSITIES[family]
    one = posterior(family, rng)
    lower, upper = one.interval(0.9)
    assert one.mean.shape == one.entropy.shape == lower.shape == upper.shape == SHAPE
    for place in np.ndindex(SHAPE):
        given = [one.parameters[name][place] for name in names]

        def of(x: float, given: list[float] = given) -> float:
            return float(density(x, *given))

        mean = integrate.quad(lambda x: x * of(x), low, high)[0]
        assert one.mean[place] == pytest.approx(mean, rel=1e-7, abs=0)

        def surprise(x: float) -> float:
            return -of(x) * np.log(of(x)) if of(x) > 0 else 0.0

        assert one.entropy[place] == pytest.approx(integrate.quad(surprise, low, high)[0], abs=1e-6)
        for end, start, stop in (
            (lower[place], low, lower[place]),
            (upper[place], upper[place], high),
        ):
            assert low < end < high
            assert integrate.quad(of, start, stop)[0] == pytest.approx(0.05, abs=1e-7)


def test_a_dirichlet_factor_has_the_marginals_of_its_entries(rng: np.random.Generator) -> None:
    """Its mean and interval are those of the Beta marginals, its entropy SciPy's."""
    alpha = rng.uniform(0.5, 4.0, (2, 3, 4))
    one = Posterior("p", "Dirichlet", {"concentration": alpha})
    total = alpha.sum(axis=-1)
    low, high = one.interval(0.8)
    for place in np.ndindex(alpha.shape):
        marginal = stats.beta(alpha[place], total[place[:-1]] - alpha[place])
        assert one.mean[place] == pytest.approx(marginal.mean(), rel=1e-12, abs=0)
        assert (low[place], high[place]) == pytest.approx(marginal.interval(0.8), rel=1e-12, abs=0)
    for place in np.ndindex(2, 3):
        assert one.entropy[place] == pytest.approx(
            stats.dirichlet(alpha[place]).entropy(), rel=1e-12, abs=0
        )
    assert one.entropy.shape == (2, 3)


def test_states_have_probabilities_a_mode_and_an_entropy() -> None:
    """The mode counts from one; states have no interval, and numbers no mode."""
    p = np.array([[0.2, 0.5, 0.3], [1.0, 0.0, 0.0]])
    one = Posterior("z", "Categorical", {"probabilities": p})
    assert np.array_equal(one.mean, p)
    assert np.array_equal(one.mode, [2, 1])
    entropy = -(0.2 * np.log(0.2) + 0.5 * np.log(0.5) + 0.3 * np.log(0.3))
    assert one.entropy == pytest.approx([entropy, 0.0], rel=1e-12, abs=0)
    with pytest.raises(TypeError, match="z: states have no interval; see mean and mode"):
        one.interval()
    with pytest.raises(TypeError, match="x: wanted states for a mode, got Gamma"):
        _ = Posterior("x", "Gamma", {"shape": p, "rate": p}).mode


def test_zeros_and_ones_have_a_mean_and_an_entropy() -> None:
    """Of the Bernoulli distribution."""
    p = np.array([0.25, 0.5])
    one = Posterior("b", "Bernoulli", {"probability": p})
    assert np.array_equal(one.mean, p)
    assert one.entropy == pytest.approx(-p * np.log(p) - (1 - p) * np.log(1 - p), rel=1e-12, abs=0)


def test_what_is_no_parameter_or_level_is_refused() -> None:
    """The message lists what there is."""
    one = Posterior("x", "Gamma", {"shape": np.ones(2), "rate": np.ones(2)})
    assert np.array_equal(one.shape, np.ones(2))
    with pytest.raises(AttributeError, match="wanted one of shape, rate, mean, interval, entropy"):
        _ = one.variance
    for level in (0, 1, -1, 95):
        with pytest.raises(ValueError, match=f"wanted a level between 0 and 1, got {level}"):
            one.interval(level)


@pytest.mark.parametrize("family", DENSITIES)
def test_draws_are_of_the_distribution(family: str, rng: np.random.Generator) -> None:
    """Each copy's draws have the CDF of SciPy's distribution, by a calibrated check."""
    made = {
        "Gaussian": lambda m, v: stats.norm(m, np.sqrt(v)),
        "GaussianByPrecision": lambda m, t: stats.norm(m, t**-0.5),
        "Gamma": lambda a, b: stats.gamma(a, scale=1 / b),
        "Beta": stats.beta,
    }
    one = posterior(family, rng)
    place = (1, 2)
    reference = made[family](*(p[place] for p in one.parameters.values()))
    check = law_equals_cdf(
        f"draws of {family}",
        lambda random, draws: one.draw(draws, random)[:, *place],
        reference.cdf,
        detects=0.05,
    )
    found = check(rng)
    assert found.verdict is Verdict.ESTABLISHED, found


def test_draws_of_points_of_the_simplex_and_of_states_have_their_means(
    rng: np.random.Generator,
) -> None:
    """Entries of a Dirichlet factor, and how often each state is drawn, by calibrated checks."""
    dirichlet = Posterior("p", "Dirichlet", {"concentration": rng.uniform(0.5, 2.0, (2, 3))})
    states = Posterior("z", "Categorical", {"probabilities": rng.dirichlet([1, 2, 3], 2)})
    samplers = {
        "entries": lambda random, draws: dirichlet.draw(draws, random)[:, 1],
        "states": lambda random, draws: np.eye(3)[states.draw(draws, random)[:, 1] - 1],
    }
    for one, (name, sampler) in zip((dirichlet, states), samplers.items(), strict=True):
        check = mean_equals(
            f"means of {name}", sampler, one.mean[1], detects=0.03, bounds=([0.0] * 3, [1.0] * 3)
        )
        found = check(rng)
        assert found.verdict is Verdict.ESTABLISHED, found
    assert np.allclose(dirichlet.draw(5).sum(axis=-1), 1, rtol=0, atol=1e-12)
    assert states.draw(5).shape == (5, 2)
    assert np.array_equal(states.draw(50, 3), states.draw(50, 3))

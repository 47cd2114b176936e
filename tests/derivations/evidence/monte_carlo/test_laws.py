"""Samplers by their law: correct ones that are not smooth in a seed, and shipped errors."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats
from scipy.special import ndtr

from derivations.calculus.steps import Verdict
from derivations.evidence.monte_carlo import (
    Budget,
    Plan,
    Sampler,
    law_equals_cdf,
    laws_equal,
    mean_equals,
    probability_equals,
    projections_equal,
    projections_law,
    variance_equals,
)
from derivations.evidence.monte_carlo.sampling import Floats

PLAN = Plan(budget=Budget(1.0))
Generator = np.random.Generator
Cdf = Callable[[Floats], Floats]

CORRECT: dict[str, tuple[Sampler, Cdf]] = {
    "gamma, shape below 1": (lambda r, n: r.gamma(0.3, size=n), stats.gamma(0.3).cdf),
    "gamma, shape above 1": (lambda r, n: r.gamma(2.7, size=n), stats.gamma(2.7).cdf),
    "beta by rejection": (lambda r, n: r.beta(0.4, 0.7, n), stats.beta(0.4, 0.7).cdf),
    "beta by two gammas": (lambda r, n: r.beta(2, 3.5, n), stats.beta(2, 3.5).cdf),
    "scipy's gamma": (
        lambda r, n: stats.gamma.rvs(1.5, size=n, random_state=r),
        stats.gamma(1.5).cdf,
    ),
    "single precision": (lambda r, n: r.random(n, dtype=np.float32), lambda x: np.clip(x, 0, 1)),
    "a law with atoms": (lambda r, n: r.poisson(3.2, n), stats.poisson(3.2).cdf),
    "von Mises by rejection": (lambda r, n: r.vonmises(0, 1.3, n), stats.vonmises(1.3).cdf),
}


@pytest.mark.parametrize("name", CORRECT)
def test_correct_sampler_is_never_called_wrong(name: str, rng: Generator) -> None:
    """How a sampler uses its seed does not matter: its law does."""
    sampler, cdf = CORRECT[name]
    finding = law_equals_cdf("law", sampler, cdf, detects=0.03, plan=PLAN)(rng)
    assert finding.verdict is Verdict.ESTABLISHED, finding
    assert finding.figures["estimate"] < finding.figures["bound"] < finding.figures["detects"]


def kumaraswamy(a: float, b: float, kind: type) -> Sampler:
    """Sample Kumaraswamy(a, b) by its inverse distribution function as it is usually written."""

    def sampler(rng: Generator, draws: int) -> Floats:
        uniform = rng.random(draws).astype(kind)
        return (1 - (1 - uniform) ** kind(1 / b)) ** kind(1 / a)

    return sampler


def kumaraswamy_cdf(a: float, b: float) -> Cdf:
    """Return the distribution function, accurate up to the ends and constant past them."""

    def cdf(x: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            complement = np.log(-np.expm1(a * np.log(np.clip(x, 0, 1))))
        return -np.expm1(b * complement)

    return cdf


def test_draws_that_hit_the_boundary_in_single_precision_are_refuted(rng: Generator) -> None:
    """Kumaraswamy(0.1, 0.1) has no atoms; float32 puts a sixth of its draws at 0 and 1."""
    sampler = kumaraswamy(0.1, 0.1, np.float32)

    def boundary(rng: Generator, draws: int) -> Floats:
        x = sampler(rng, draws)
        return (x == 0) | (x == 1)

    law = law_equals_cdf("law", sampler, kumaraswamy_cdf(0.1, 0.1), detects=0.05, plan=PLAN)(rng)
    atoms = probability_equals("never 0 or 1", boundary, 0.0, detects=0.01, plan=PLAN)(rng)
    assert law.verdict is Verdict.REFUTED
    assert atoms.verdict is Verdict.REFUTED
    mild = kumaraswamy(2.0, 3.0, np.float32)
    law = law_equals_cdf("law", mild, kumaraswamy_cdf(2.0, 3.0), detects=0.03, plan=PLAN)(rng)
    assert law.verdict is Verdict.ESTABLISHED


def test_log_density_of_draws_on_the_boundary_is_not_averaged_away(rng: Generator) -> None:
    """Where some draws have no finite log density, an entropy by Monte Carlo stays unknown."""

    def log_density(rng: Generator, draws: int) -> Floats:
        x = kumaraswamy(0.1, 0.1, np.float32)(rng, draws).astype(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.log(0.01) - 0.9 * np.log(x) - 0.9 * np.log1p(-(x**0.1))

    finding = mean_equals("entropy", log_density, 1.0, detects=1, variance_bound=1e3, plan=PLAN)
    found = finding(rng)
    assert found.verdict is Verdict.UNKNOWN
    assert "not finite" in found.reason


def test_noise_scaled_by_the_variance_is_refuted_and_variance_one_hides_it(rng: Generator) -> None:
    """A normal sampler that multiplies by the variance is wrong in law and in variance."""
    for variance, verdict in ((1.0, Verdict.ESTABLISHED), (1.44, Verdict.REFUTED)):

        def wrong(rng: Generator, draws: int, variance: float = variance) -> Floats:
            return 2 + variance * rng.standard_normal(draws)

        cdf = stats.norm(2, variance**0.5).cdf
        fourth = 3 * variance**2
        law = law_equals_cdf("law", wrong, cdf, detects=0.03, plan=PLAN)
        second = variance_equals(
            "variance", wrong, variance, detects=0.1, fourth_moment_bound=fourth, plan=PLAN
        )
        assert law(rng).verdict is verdict
        assert second(rng).verdict is verdict


@pytest.mark.parametrize("width", [0.1, 10.0])
def test_half_a_squared_difference_is_within_half_the_squared_width(
    width: float, rng: Generator
) -> None:
    """The bounds of the draws give those of the pairs, whatever their unit."""

    def two(rng: Generator, draws: int) -> Floats:
        return width * rng.integers(0, 2, draws)

    variance = width**2 / 4
    check = variance_equals(
        "variance", two, variance, detects=variance / 5, bounds=(0, width), plan=PLAN
    )
    assert check(rng).verdict is Verdict.ESTABLISHED
    wide = mean_equals("pairs", two, width / 2, detects=width / 10, bounds=(0, width), plan=PLAN)
    assert check.draws_needed == wide.draws_needed  # a fifth of the variance, a tenth of the width


@pytest.mark.parametrize("wrong", ["1/sqrt(alpha)", "alpha ignored", "none"])
def test_laplace_approximation_with_a_wrong_scale_is_refuted(wrong: str, rng: Generator) -> None:
    """In the softmax basis coordinate i has variance (1 - 2/K)/alpha_i + sum(1/alpha)/K^2."""
    alpha = np.array([1.0, 10.0, 4.0])
    mean = np.log(alpha) - np.log(alpha).mean()
    variance = (1 - 2 / 3) / alpha + (1 / alpha).sum() / 9
    scale = {"1/sqrt(alpha)": alpha**-0.5, "alpha ignored": np.ones(3), "none": variance**0.5}

    def sampler(rng: Generator, draws: int) -> Floats:
        return mean + scale[wrong] * rng.standard_normal((draws, 3))

    def along(direction: Floats) -> Cdf:
        centre, width = direction @ mean, np.sqrt(direction**2 @ variance)
        return lambda x: ndtr((x - centre) / width)

    check = projections_law("law", sampler, along, dimension=3, detects=0.03, plan=PLAN)
    assert (check(rng).verdict is Verdict.ESTABLISHED) == (wrong == "none")


def test_correlation_that_marginals_hide_is_seen_along_random_directions(rng: Generator) -> None:
    """Two laws with the same marginals differ along a direction that mixes coordinates."""

    def independent(rng: Generator, draws: int) -> Floats:
        return rng.standard_normal((draws, 2))

    def correlated(rng: Generator, draws: int) -> Floats:
        x = rng.standard_normal((draws, 2))
        return np.stack([x[:, 0], 0.6 * x[:, 0] + 0.8 * x[:, 1]], axis=1)

    marginal = laws_equal(
        "x2",
        lambda r, n: independent(r, n)[:, 1],
        lambda r, n: correlated(r, n)[:, 1],
        detects=0.04,
        plan=PLAN,
    )
    assert marginal(rng).verdict is Verdict.ESTABLISHED
    apart = {"dimension": 2, "detects": 0.04, "plan": PLAN}
    assert projections_equal("x", independent, correlated, **apart)(rng).verdict is Verdict.REFUTED
    same = projections_equal("x", correlated, correlated, **apart)
    assert same(rng).verdict is Verdict.ESTABLISHED


def test_claimed_distribution_function_that_is_none_establishes_nothing(rng: Generator) -> None:
    """A function that falls, is NaN somewhere or leaves [0, 1] is no law to compare with."""
    for cdf in (
        lambda x: 1 - x,
        lambda x: np.where(x > 0.5, np.nan, x),
        lambda _: 0.5,
        lambda x: 1.02 * x,
        lambda x: 1.02 * x - 0.02,
    ):
        check = law_equals_cdf("law", lambda r, n: r.random(n), cdf, detects=0.1, plan=PLAN)
        assert check(rng).verdict is Verdict.UNKNOWN

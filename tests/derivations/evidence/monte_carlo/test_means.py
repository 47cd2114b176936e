"""Means and divergences: what peeking accepts, false premises, effects around the stated one."""

import numpy as np
import pytest

from derivations.calculus.steps import Verdict
from derivations.evidence.monte_carlo import (
    Budget,
    Plan,
    Sampler,
    kl_matches,
    mean_equals,
    means_equal,
)
from derivations.evidence.monte_carlo.sampling import Floats

PLAN = Plan(budget=Budget(1.0))
Generator = np.random.Generator

SHIFT = 0.886**0.5
"""KL(N(s, 1), N(0, 1)) = s^2 / 2 = 0.443 nats; the log ratio has variance s^2."""


def shifted(rng: Generator, draws: int) -> Floats:
    """Draw from N(s, 1)."""
    return SHIFT + rng.standard_normal(draws)


def log_ratio(x: Floats) -> Floats:
    """Return log N(x; s, 1) - log N(x; 0, 1)."""
    return SHIFT * x - SHIFT**2 / 2


def stops_when_it_agrees(rng: Generator, claimed: float) -> bool:
    """Judge as a public test suite does: more draws until the error is small, NaN dropped."""
    drawn: list[float] = []
    for _ in range(20):
        drawn.extend(log_ratio(shifted(rng, 100)))
        error = abs(np.nanmean(drawn) - claimed) / (1 + abs(claimed))
        if error < 0.1:
            return True
    return False


@pytest.mark.parametrize("claimed", [0.33, 0.573])
def test_divergence_that_peeking_accepts_is_refuted(claimed: float, rng: Generator) -> None:
    """Stopping at the first agreement takes 0.33 and 0.573 for 0.443; an e-process does not.

    It takes them in at least 96 runs of 100 (3,000 were counted), so hardly ever in fewer than half
    of 20.
    """
    assert sum(stops_when_it_agrees(rng, claimed) for _ in range(20)) >= 10
    arguments = {"detects": 0.05, "variance_bound": 0.9, "plan": PLAN}
    assert kl_matches("KL", shifted, log_ratio, claimed, **arguments)(rng).verdict is (
        Verdict.REFUTED
    )
    assert kl_matches("KL", shifted, log_ratio, 0.443, **arguments)(rng).verdict is (
        Verdict.ESTABLISHED
    )


@pytest.mark.parametrize(
    ("claimed", "verdict"),
    [(-16.7, Verdict.REFUTED), (float("nan"), Verdict.UNKNOWN), (0.0, Verdict.REFUTED)],
)
def test_divergence_that_cannot_be_is_not_established(
    claimed: float, verdict: Verdict, rng: Generator
) -> None:
    """A negative divergence, NaN, and 0 between two different laws."""
    check = kl_matches(
        "KL", shifted, log_ratio, claimed, detects=0.05, variance_bound=0.9, plan=PLAN
    )
    found = check(rng)
    assert found.verdict is verdict
    assert (found.figures["draws"] == 0) == (not claimed >= 0)


def test_divergence_averaged_over_latent_dimensions_is_refuted(rng: Generator) -> None:
    """Over 4 dimensions the divergence is the sum; the mean is wrong by the factor 4."""

    def wide(rng: Generator, draws: int) -> Floats:
        return SHIFT + rng.standard_normal((draws, 4))

    def ratio(x: Floats) -> Floats:
        return log_ratio(x).sum(axis=1)

    for claimed, verdict in ((4 * 0.443, Verdict.ESTABLISHED), (0.443, Verdict.REFUTED)):
        check = kl_matches("KL", wide, ratio, claimed, detects=0.2, variance_bound=3.6, plan=PLAN)
        assert check(rng).verdict is verdict


@pytest.mark.parametrize(
    "sampler",
    [
        lambda r, n: r.standard_cauchy(n),
        lambda r, n: r.pareto(1.5, n) - 2,
        lambda r, n: 3 * r.standard_normal(n),
    ],
    ids=["no mean", "infinite variance", "nine times the variance"],
)
def test_mean_is_never_established_on_a_badly_false_variance(
    sampler: Sampler, rng: Generator
) -> None:
    """The premise has a bettor against it, which wins where the bound is far from true.

    The mean is as claimed where there is one, so that the claim is not refuted either.
    """
    check = mean_equals("mean", sampler, 0.0, detects=0.02, variance_bound=1, plan=PLAN)
    found = check(rng)
    assert found.verdict is Verdict.UNKNOWN
    assert "the draws contradict the premise variance_bound = 1:" in found.reason


def test_draw_outside_its_stated_bounds_ends_the_check(rng: Generator) -> None:
    """Bounds are a premise; a draw that breaks them leaves the claim unknown."""
    check = mean_equals(
        "mean", lambda r, n: r.exponential(size=n), 1.0, detects=0.1, bounds=(0, 6), plan=PLAN
    )
    found = check(rng)
    assert found.verdict is Verdict.UNKNOWN
    assert "outside the stated bounds" in found.reason


@pytest.mark.parametrize("premise", ["bounds", "variance_bound"])
def test_bias_is_refuted_from_the_stated_effect_on(premise: str, rng: Generator) -> None:
    """None: established. ``detects`` or more: refuted. Less than that may end either way."""
    arguments = {"bounds": (-2, 3), "variance_bound": 1 / 12}
    for bias in (0.0, 0.006, 0.0099, 0.01, 0.0101, 0.02, 0.5):
        check = mean_equals(
            "mean",
            lambda r, n, bias=bias: r.random(n) + bias,
            0.5,
            detects=0.01,
            plan=PLAN,
            **{premise: arguments[premise]},
        )
        found = check(rng)
        assert found.figures["draws"] <= check.draws_needed
        assert found.verdict is not Verdict.UNKNOWN
        assert bias > 0 or found.verdict is Verdict.ESTABLISHED
        assert bias < 0.01 or found.verdict is Verdict.REFUTED


def test_vector_of_means_stands_only_if_every_component_does(rng: Generator) -> None:
    """One wrong component of five refutes the claim, and is named."""
    value = np.full(5, 0.5)
    arguments = {"detects": 0.02, "bounds": (0, 1), "plan": PLAN}

    def sampler(rng: Generator, draws: int) -> Floats:
        return rng.random((draws, 5))

    assert mean_equals("m", sampler, value, **arguments)(rng).verdict is Verdict.ESTABLISHED
    value[3] = 0.53
    found = mean_equals("m", sampler, value, **arguments)(rng)
    assert found.verdict is Verdict.REFUTED
    assert "component 3" in found.reason


def test_two_means_are_compared_from_draws_of_their_own(rng: Generator) -> None:
    """Equal means of unlike laws are established, unequal ones refuted, shapes not broadcast."""
    arguments = {"detects": 0.02, "bounds": (0, 1), "plan": PLAN}

    def beta(rng: Generator, draws: int) -> Floats:
        return rng.beta(2, 2, draws)

    def uniform(rng: Generator, draws: int) -> Floats:
        return rng.random(draws)

    def column(rng: Generator, draws: int) -> Floats:
        return rng.random((draws, 1))

    def other(rng: Generator, draws: int) -> Floats:
        return rng.beta(2, 2.2, draws)

    assert means_equal("m", beta, uniform, **arguments)(rng).verdict is Verdict.ESTABLISHED
    assert means_equal("m", beta, other, **arguments)(rng).verdict is Verdict.REFUTED
    assert "one shape" in means_equal("m", beta, column, **arguments)(rng).reason

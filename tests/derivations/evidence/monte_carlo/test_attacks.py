"""Monte Carlo checks attacked: heavy tails, false premises, and functions that agree with all."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import ndtr

from derivations.calculus.steps import Verdict
from derivations.evidence.monte_carlo import (
    Budget,
    Plan,
    Probe,
    SampledCheck,
    Sampler,
    kl_matches,
    law_equals_cdf,
    mean_equals,
    means_equal,
    probability_equals,
    projections_law,
    transport_equation,
    variance_equals,
)
from derivations.evidence.monte_carlo.calibration import KINDS
from derivations.evidence.monte_carlo.sampling import Floats

ESTABLISHED, REFUTED, UNKNOWN = Verdict.ESTABLISHED, Verdict.REFUTED, Verdict.UNKNOWN
PLAN = Plan(budget=Budget(1e3))
SURE = Plan(alpha=1e-9, miss=1e-9, budget=Budget(1e3))
Generator = np.random.Generator


def normal(rng: Generator, draws: int) -> Floats:
    """Draw from N(0, 1)."""
    return rng.standard_normal(draws)


def uniform(rng: Generator, draws: int) -> Floats:
    """Draw from U(0, 1)."""
    return rng.random(draws)


def level(x: Floats) -> Floats:
    """The distribution function of U(0, 1)."""
    return np.clip(x, 0, 1)


def of_law(sampler: Sampler = uniform, cdf: Callable[[Floats], Floats] = level) -> SampledCheck:
    """Claim a law."""
    return law_equals_cdf("", sampler, cdf, detects=0.1, plan=PLAN)


def of_divergence(log_ratio: Callable[[Floats], Floats], sampler: Sampler = normal) -> SampledCheck:
    """Claim that KL is 0.3."""
    return kl_matches("", sampler, log_ratio, 0.3, detects=0.1, variance_bound=1, plan=PLAN)


def of_mean(sampler: Sampler, value: float = 0.0) -> SampledCheck:
    """Claim a mean."""
    return mean_equals("", sampler, value, detects=0.1, variance_bound=1, plan=PLAN)


def of_transport(
    gradient: Callable[[Floats], Floats], velocity: Callable[[Floats], Floats]
) -> SampledCheck:
    """Claim that the mean of the sum of three coordinates moves by one."""

    def path(rng: Generator, draws: int) -> tuple[Floats, Floats]:
        points = rng.standard_normal((draws, 3))
        return points, velocity(points)

    probe = Probe("x1 + x2 + x3", gradient, 1.0, 1.0)
    return transport_equation("", path, (probe,), dimension=3, detects=0.1, plan=PLAN)


def even(points: Floats) -> Floats:
    """A velocity that moves each coordinate by a third, on average."""
    return 1 / 3 + points / 9


def drawing(x: Floats) -> Floats:
    """What draws for itself instead of looking at its argument, though it is 0.3 on average."""
    return 0.3 + 0.5 * np.random.default_rng().standard_normal(len(x))


class Ranking:
    """A distribution function that is whatever the draws say."""

    below = True

    def __call__(self, x: Floats) -> Floats:
        """The steps of the draws, above and below them in turn."""
        self.below = not self.below
        return (np.arange(1, len(x) + 1) - self.below) / len(x)


FITTING = {
    "a law that ranks the draws": lambda: of_law(normal, Ranking()),
    "a law scaled by the draws": lambda: of_law(
        lambda r, n: 3 * r.random(n), lambda x: x / x.max()
    ),
    "a law that draws": lambda: of_law(cdf=lambda x: np.sort(level(x) + 0.01 * drawing(x))),
    "a divergence that centres": lambda: of_divergence(lambda x: x - x.mean() + 0.3),
    "a divergence that draws": lambda: of_divergence(drawing),
    "a mean from elsewhere": lambda: of_mean(
        lambda r, n: 0 * r.random(n) + drawing(np.empty(n)), 0.3
    ),
}


@pytest.mark.parametrize("name", FITTING)
def test_what_would_agree_with_any_draws_establishes_nothing(name: str, rng: Generator) -> None:
    """What is no function of its argument is refused, and so is randomness from elsewhere."""
    found = FITTING[name]()(rng)
    assert found.verdict is UNKNOWN
    assert "a part of the rows gives other values" in found.reason or "other draws" in found.reason


def complex_draws(rng: Generator, draws: int) -> Floats:
    """Draws whose imaginary parts a conversion would drop."""
    return rng.standard_normal(draws) + 9j * rng.standard_normal(draws)


def text_draws(rng: Generator, draws: int) -> Floats:
    """Draws written out, which a conversion would read."""
    return rng.standard_normal(draws).astype(str)


def masked_draws(rng: Generator, draws: int) -> Floats:
    """Draws some of which are marked as missing."""
    return np.ma.masked_greater(rng.standard_normal(draws), 1)


CONVERTED = {"complex": complex_draws, "text": text_draws, "masked": masked_draws}
TAKING: dict[str, Callable[[Sampler], SampledCheck]] = {
    "mean": of_mean,
    "two means": lambda f: means_equal("", f, normal, detects=0.1, variance_bound=1, plan=PLAN),
    "variance": lambda f: variance_equals("", f, 1, detects=0.2, fourth_moment_bound=4, plan=PLAN),
    "divergence": lambda f: of_divergence(lambda x: x, f),
    "law": lambda f: of_law(f, ndtr),
    "probability": lambda f: probability_equals("", f, 0.5, detects=0.1, plan=PLAN),
}


@pytest.mark.parametrize("kind", TAKING)
@pytest.mark.parametrize("name", CONVERTED)
def test_draws_that_are_no_real_numbers_are_not_converted(
    name: str, kind: str, rng: Generator
) -> None:
    """Imaginary parts are not dropped, text is not read, masks are not lifted."""
    found = TAKING[kind](CONVERTED[name])(rng)
    assert found.verdict is UNKNOWN
    assert "want real numbers" in found.reason
    assert (name == "masked") is ("got a masked array" in found.reason)


def raising(*_: object) -> Floats:
    """Raise."""
    message = "broken"
    raise ZeroDivisionError(message)


MISSHAPEN: dict[str, tuple[Callable[[], SampledCheck], str]] = {
    "a law that raises": (lambda: of_law(cdf=raising), "ZeroDivisionError"),
    "a column for a law": (lambda: of_law(cdf=lambda x: level(x)[:, None]), "finite number"),
    "one number for a law": (lambda: of_law(cdf=lambda _: np.float64(0.5)), "finite number"),
    "a law of NaN": (lambda: of_law(cdf=lambda x: np.full(len(x), np.nan)), "finite number"),
    "a complex law": (lambda: of_law(cdf=lambda x: level(x) + 0j), "real numbers"),
    "no law along a direction": (
        lambda: projections_law(
            "", lambda r, n: r.random((n, 2)), raising, dimension=2, detects=0.1, plan=PLAN
        ),
        "ZeroDivisionError",
    ),
    "log ratios that raise": (lambda: of_divergence(raising), "ZeroDivisionError"),
    "one log ratio": (lambda: of_divergence(lambda x: np.float64(x[0])), "shape"),
    "log ratios of NaN": (lambda: of_divergence(lambda x: x * np.nan), "not finite"),
    "a column of gradients": (lambda: of_transport(lambda x: np.ones((len(x), 1)), even), "shape"),
    "a row of gradients": (lambda: of_transport(lambda _: np.ones((1, 3)), even), "shape"),
    "gradients that raise": (lambda: of_transport(raising, even), "ZeroDivisionError"),
    "gradients of NaN": (lambda: of_transport(lambda x: x * np.nan, even), "not finite"),
    "a row of velocities": (lambda: of_transport(np.ones_like, lambda _: np.ones((1, 3))), "shape"),
    "fewer velocities": (lambda: of_transport(np.ones_like, lambda x: even(x)[1:]), "shape"),
}


@pytest.mark.parametrize("name", MISSHAPEN)
def test_functions_of_the_wrong_shape_are_not_broadcast(name: str, rng: Generator) -> None:
    """What a check is given beside its sampler must fit the draws; if not, the reason says so."""
    build, said = MISSHAPEN[name]
    found = build()(rng)
    assert found.verdict is UNKNOWN
    assert said in found.reason
    assert found.figures["alpha"] == PLAN.alpha


def test_gradients_of_the_right_shape_are_judged(rng: Generator) -> None:
    """The same claim is established with the gradients it wants, and refuted with half of them."""
    assert of_transport(np.ones_like, even)(rng).verdict is ESTABLISHED
    assert of_transport(lambda x: np.ones_like(x) / 2, even)(rng).verdict is REFUTED


HEAVY: dict[str, Sampler] = {
    "Cauchy": lambda r, n: r.standard_cauchy(n),
    "a mean and no variance": lambda r, n: r.pareto(1.5, n) - 2,
    "no mean, to one side": lambda r, n: r.pareto(0.8, n),
    "a variance and no fourth moment": lambda r, n: r.standard_t(3, n),
}


@pytest.mark.parametrize("name", HEAVY)
def test_a_moment_that_does_not_exist_is_not_established(name: str, rng: Generator) -> None:
    """The mean of a Cauchy law, the variance of a Pareto law, as an eager author claims them."""
    sampler = HEAVY[name]
    if name != "a variance and no fourth moment":
        mean = mean_equals("", sampler, 0.0, detects=0.05, variance_bound=4, plan=PLAN)
        assert mean(rng).verdict is not ESTABLISHED
    wrong = variance_equals("", sampler, 1.0, detects=0.2, fourth_moment_bound=20, plan=PLAN)
    assert wrong(rng).verdict is not ESTABLISHED


def test_a_premise_false_beyond_the_draws_is_what_a_check_does_not_claim_to_see(
    rng: Generator,
) -> None:
    """A limit, not a promise: one draw in 1e12 is 1e13, the mean is 10, and 0 is established.

    The variance stated, 2, is false by 1e14; nothing that was drawn shows it. It is a premise, and
    comes with the derivation.
    """

    def sampler(rng: Generator, draws: int) -> Floats:
        return rng.standard_normal(draws) + 1e13 * (rng.random(draws) < 1e-12)

    found = mean_equals("", sampler, 0.0, detects=0.1, variance_bound=2, plan=PLAN)(rng)
    assert found.verdict is ESTABLISHED
    assert found.figures["bound"] == "Catoni, at any time"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_sees_what_is_just_above_the_effect_it_states(kind: str, rng: Generator) -> None:
    """Off by 1.1 of ``detects``: refuted. By nothing: established. By 0.9: either, and no promise.

    The error probabilities are 1e-9, so that no seed shows another verdict.
    """
    build = KINDS[kind]
    right = build(0.0, SURE)
    assert right(rng).verdict is ESTABLISHED
    assert build(1.1 * right.detects, SURE)(rng).verdict is REFUTED
    below = build(0.9 * right.detects, SURE)(rng)
    assert below.figures["detects"] == right.detects

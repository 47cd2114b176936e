"""The bounds themselves, by exact probabilities: every outcome, Kolmogorov's law."""

import itertools
import math
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from scipy.stats import binom, kstwo

from derivations.calculus.steps import Verdict
from derivations.evidence.monte_carlo import STANDARD, Budget, Plan, probability_equals
from derivations.evidence.monte_carlo.counts import at_least, at_most
from derivations.evidence.monte_carlo.laws import draws_for_law, draws_for_two_laws, radius
from derivations.evidence.monte_carlo.sampling import Floats, batch_sizes
from derivations.evidence.monte_carlo.wealth import (
    Bounded,
    Target,
    VarianceBounded,
    influence,
)

PLAN = Plan(alpha=0.05, miss=0.1)
TOSSES = 8
BATCHES = (3, 1, 4)


def expected_wealth(
    build: Callable[[], Bounded | VarianceBounded], low: float, high: float, chance: float
) -> Floats:
    """Return the expectation of each wealth after eight tosses, over all outcomes there are."""
    total = np.zeros(3)
    for outcome in itertools.product((low, high), repeat=TOSSES):
        wealth, start = build(), 0
        for size in BATCHES:
            wealth.add(np.array(outcome[start : start + size])[:, None])
            start += size
        heads = outcome.count(high)
        weight = chance**heads * (1 - chance) ** (TOSSES - heads)
        total += weight * np.exp([float(x[0]) for x in wealth.logs()])
    return total


@pytest.mark.parametrize("value", [0.2, 0.5, 0.9])
def test_bettors_on_bounded_draws_expect_no_gain_while_the_claim_holds(value: float) -> None:
    """Over all 256 outcomes the wealth is at most 1 on average, where each bet is at the truth."""
    target = Target(np.array([value]), np.array([0.1]))

    def build() -> Bounded:
        return Bounded(target, PLAN, np.array([0.0]), np.array([1.0]))

    against, *_ = expected_wealth(build, 0.0, 1.0, value)
    _, below, _ = expected_wealth(build, 0.0, 1.0, min(value + 0.1, 1.0))
    *_, above = expected_wealth(build, 0.0, 1.0, value - 0.1)
    assert 0.4 < against <= 1 + 1e-12
    assert 0.4 < below <= 1 + 1e-12
    assert 0.4 < above <= 1 + 1e-12


@pytest.mark.parametrize("value", [0.2, 0.5, 0.9])
def test_bettors_on_variance_expect_no_gain_while_the_claim_holds(value: float) -> None:
    """The same for Catoni's bets, with a variance that is exactly the bound: the hardest case."""
    variance = np.array([value * (1 - value)])
    target = Target(np.array([value]), np.array([0.3]))
    against, *_ = expected_wealth(lambda: VarianceBounded(target, PLAN, variance), 0.0, 1.0, value)
    shifted = Target(np.array([value - 0.3]), np.array([0.3]))
    _, below, _ = expected_wealth(lambda: VarianceBounded(shifted, PLAN, variance), 0.0, 1.0, value)
    shifted = Target(np.array([value + 0.3]), np.array([0.3]))
    *_, above = expected_wealth(lambda: VarianceBounded(shifted, PLAN, variance), 0.0, 1.0, value)
    assert 0.4 < against <= 1 + 1e-12
    assert 0.4 < below <= 1 + 1e-12
    assert 0.4 < above <= 1 + 1e-12


def test_bettors_on_variance_gain_what_their_number_of_draws_rests_on() -> None:
    """Where the mean is off by ``detects``, inverse wealth shrinks to the promised level."""
    variance, off = 0.25, 0.5
    target = Target(np.array([0.0]), np.array([off]))
    wealth = VarianceBounded(target, PLAN, np.array([variance]))
    # A fair coin around the true mean is the two-point law that has exactly this variance.
    gain = wealth._scale[0]  # noqa: SLF001 - the stake is what the number of draws is for
    points = off + math.sqrt(variance) * np.array([-1.0, 1.0])
    step = np.exp(-influence(gain * points)).mean() * (1 + gain**2 * variance / 2)
    lacking = math.log(3 / PLAN.alpha) + wealth.draws_needed * math.log(step)
    assert lacking <= math.log(PLAN.miss / 2)


def test_influence_lies_between_the_two_logarithms() -> None:
    """Catoni's two inequalities hold on a grid over 12 decades, both signs."""
    x = np.concatenate([-np.geomspace(1e-6, 1e6, 500), np.geomspace(1e-6, 1e6, 500)])
    psi = influence(x)
    assert np.all(psi <= np.log1p(x + x**2 / 2) + 1e-12)
    assert np.all(psi >= -np.log1p(-x + x**2 / 2) - 1e-12)
    assert np.all(np.diff(influence(np.sort(x))) >= 0)


@pytest.mark.parametrize("level", [0.1, 1e-3, 1e-9])
@pytest.mark.parametrize("draws", [10, 200, 5000])
def test_radius_of_a_law_is_massarts(level: float, draws: int) -> None:
    """Kolmogorov's exact law puts at most ``alpha`` outside, and not far less."""
    outside = kstwo.sf(radius(level / 2, draws), draws)
    assert outside <= level
    assert draws < 200 or outside >= level * 0.3


@pytest.mark.parametrize("plan", [PLAN, STANDARD], ids=["relaxed", "standard"])
@pytest.mark.parametrize("detects", [0.02, 0.2])
def test_law_off_at_the_median_is_missed_as_rarely_as_promised(plan: Plan, detects: float) -> None:
    """By the exact binomial, at the place of the difference alone."""
    draws = draws_for_law(detects, plan)
    allowed = radius(plan.alpha / 2, draws)
    off = 0.5 + detects
    hidden = binom.cdf(math.floor(draws * (0.5 + allowed)), draws, off)
    assert hidden <= plan.miss
    # Nor are there many more draws than it takes: with half of them it is missed.
    fewer = draws // 2
    allowed = radius(plan.alpha / 2, fewer)
    assert binom.cdf(math.floor(fewer * (0.5 + allowed)), fewer, off) > plan.miss


@pytest.mark.parametrize("plan", [PLAN, STANDARD], ids=["relaxed", "standard"])
@pytest.mark.parametrize("detects", [0.01, 0.1])
@pytest.mark.parametrize("laws", [1, 5])
def test_number_of_draws_leaves_no_distance_undecided(
    plan: Plan, detects: float, laws: int
) -> None:
    """What chance allows and what it hides are together just below ``detects``."""
    one = draws_for_law(detects, plan, laws=laws)
    two = draws_for_two_laws(detects, plan, laws=laws)
    for effective, fewer in ((one, one - 1), (two / 2, two / 2 - 1)):
        undecided = [
            math.sqrt(math.log(2 * laws / plan.alpha) / (2 * n))
            + math.sqrt(math.log(1 / plan.miss) / (2 * n))
            for n in (effective, fewer)
        ]
        assert undecided[0] < detects
        assert undecided[1] >= detects * (1 - 1e-9)


@pytest.mark.parametrize("draws", [1, 7, 40])
@pytest.mark.parametrize("level", [0.05, 1e-4])
def test_binomial_bounds_cover_every_probability(draws: int, level: float) -> None:
    """The bound from below exceeds p with probability at most ``level``, for p on a grid."""
    counts = np.arange(draws + 1)
    low = np.array([at_least(k, draws, level) for k in counts])
    high = np.array([at_most(k, draws, level) for k in counts])
    for chance in np.linspace(0.01, 0.99, 45):
        weights = binom.pmf(counts, draws, chance)
        assert weights[low > chance].sum() <= level * (1 + 1e-9)
        assert weights[high < chance].sum() <= level * (1 + 1e-9)


@pytest.mark.parametrize("value", [0.0, 0.1, 0.5, 0.97])
def test_probability_check_errs_as_rarely_as_promised_over_all_counts(
    value: float, rng: np.random.Generator
) -> None:
    """Each count is fed to the check; its verdicts are weighted by the exact binomial."""
    plan, detects = Plan(alpha=0.02, miss=0.1, budget=Budget(1e3)), 0.2
    draws = probability_equals("p", lambda *_: 0, value, detects=detects, plan=plan).draws_needed
    verdicts = []
    for count in range(draws + 1):
        # The first batch is drawn twice, from the same state.
        sizes = list(batch_sizes(draws))
        starts = iter([0, *np.cumsum([0, *sizes[:-1]])])

        def fed(
            rng: np.random.Generator, size: int, starts: Iterator[int] = starts, count: int = count
        ) -> Floats:
            rng.random()
            return next(starts) + np.arange(size) < count

        check = probability_equals("p", fed, value, detects=detects, plan=plan)
        verdicts.append(check(rng).verdict)
    refuted, counts = np.array([v is Verdict.REFUTED for v in verdicts]), np.arange(draws + 1)
    assert Verdict.UNKNOWN not in verdicts
    assert binom.pmf(counts, draws, value)[refuted].sum() <= plan.alpha
    for off in (value - detects, value + detects):
        if 0 <= off <= 1:
            hidden = binom.pmf(counts, draws, off)[~refuted].sum()
            assert hidden <= plan.miss

"""What a Monte Carlo check may spend: refused before it draws, never overdrawn in silence."""

import math

import numpy as np
import pytest

from derivations.calculus.steps import Verdict
from derivations.evidence.monte_carlo import (
    RUN,
    STANDARD,
    Budget,
    BudgetExceededError,
    Plan,
    law_equals_cdf,
    mean_equals,
    spent,
)
from derivations.evidence.monte_carlo.sampling import Floats


def uniform(rng: np.random.Generator, draws: int) -> Floats:
    """Draw what the claims of this file are about."""
    return rng.random(draws)


def test_standard_plan_is_the_one_the_project_promises() -> None:
    """One run in a million raises a false alarm; a check misses one time in a thousand."""
    assert STANDARD.budget is RUN
    assert RUN.total == 1e-6
    assert STANDARD.miss == 1e-3


def test_budget_has_room_for_a_thousand_standard_checks_and_no_more() -> None:
    """The thousand and first check is refused."""
    budget = Budget()
    for number in range(1000):
        budget.spend(f"claim {number}", STANDARD.alpha)
    with pytest.raises(BudgetExceededError, match="'one more' wants 1e-09"):
        budget.spend("one more", STANDARD.alpha)
    assert math.fsum(alpha for _, alpha in budget.entries) <= 1e-6 * (1 + 1e-9)


def test_check_past_the_budget_establishes_nothing_and_draws_nothing(
    rng: np.random.Generator,
) -> None:
    """A true claim stays unknown when the run has no false alarms left to give."""
    budget = Budget(1.5e-9)
    check = mean_equals("m", uniform, 0.5, detects=0.1, bounds=(0, 1), plan=Plan(budget=budget))
    state = rng.bit_generator.state
    assert check(rng).verdict is Verdict.ESTABLISHED
    rng.bit_generator.state = state
    refused = check(rng)
    assert refused.verdict is Verdict.UNKNOWN
    assert "budget" in refused.reason
    assert rng.bit_generator.state == state
    assert len(budget.entries) == 1


def test_check_past_its_cap_says_how_many_draws_it_wants(rng: np.random.Generator) -> None:
    """A check that cannot see its effect within the cap refuses, and spends nothing."""
    budget = Budget()
    plan = Plan(cap=10_000, budget=budget)
    check = law_equals_cdf("u", uniform, lambda x: x, detects=0.01, plan=plan)
    finding = check(rng)
    assert finding.verdict is Verdict.UNKNOWN
    assert f"needs {check.draws_needed} draws" in finding.reason
    assert not budget.entries


def test_findings_add_up_to_what_was_spent(rng: np.random.Generator) -> None:
    """The report can add the budget up from the figures, over any number of processes."""
    budget = Budget()
    plan = Plan(alpha=1e-8, budget=budget)
    checks = [
        mean_equals("m", uniform, 0.5, detects=0.1, bounds=(0, 1), plan=plan) for _ in range(3)
    ]
    assert (
        spent([check(rng) for check in checks])
        == pytest.approx(budget.spent, rel=1e-12, abs=0)
        == 3e-8
    )


@pytest.mark.parametrize("name", ["alpha", "miss"])
@pytest.mark.parametrize("value", [0.0, 1.0, -0.1, float("nan")])
def test_plan_refuses_what_is_no_probability(name: str, value: float) -> None:
    """An error probability of 0 would need infinitely many draws, and NaN none."""
    with pytest.raises(ValueError, match=name):
        Plan(**{name: value})


@pytest.mark.parametrize("detects", [0.0, -1.0, float("nan"), float("inf")])
def test_effect_to_detect_is_positive_and_finite(detects: float) -> None:
    """A check that names no effect is not built."""
    with pytest.raises(ValueError, match="detect"):
        mean_equals("m", uniform, 0.5, detects=detects, bounds=(0, 1))
    with pytest.raises(ValueError, match="detect"):
        law_equals_cdf("u", uniform, lambda x: x, detects=detects)


def test_mean_wants_exactly_one_premise() -> None:
    """Without bounds or a variance no finite sample says anything about a mean."""
    with pytest.raises(ValueError, match="bounds"):
        mean_equals("m", uniform, 0.5, detects=0.1)
    with pytest.raises(ValueError, match="bounds"):
        mean_equals("m", uniform, 0.5, detects=0.1, bounds=(0, 1), variance_bound=1)


UNFIT = {
    "a NaN": (lambda rng, n: np.where(np.arange(n) == n - 1, np.nan, rng.random(n)), "finite"),
    "an infinity": (lambda rng, n: np.where(np.arange(n) == 3, np.inf, rng.random(n)), "finite"),
    "another shape": (lambda rng, n: rng.random((n, 2)), "shape"),
    "too few": (lambda rng, n: rng.random(n - 1), "shape"),
    "complex numbers": (lambda rng, n: rng.random(n) + 0j, "real"),
    "an error": (lambda rng, n: [1 / int(rng.random() > 2)] * n, "ZeroDivisionError"),
    "one value": (lambda rng, n: np.full(n, 0.5) + 0 * rng.random(n), "each of"),
    "its own generator": (lambda _, n: np.random.default_rng(1).random(n), "generator"),
    "a fixed seed": (
        lambda rng, n: rng.random() * 0 + np.random.default_rng(1).random(n),
        "twice",
    ),
}


@pytest.mark.parametrize("name", UNFIT)
def test_draws_that_say_nothing_never_establish_a_claim(
    name: str, rng: np.random.Generator
) -> None:
    """A sampler that yields no fresh finite numbers leaves every claim about it open."""
    sampler, said = UNFIT[name]
    plan = Plan(budget=Budget(1.0))
    mean = mean_equals("m", sampler, 0.5, detects=0.02, bounds=(0, 1), plan=plan)(rng)
    law = law_equals_cdf("u", sampler, lambda x: np.clip(x, 0, 1), detects=0.02, plan=plan)(rng)
    for finding in (mean, law):
        assert finding.verdict is Verdict.UNKNOWN
        assert said in finding.reason

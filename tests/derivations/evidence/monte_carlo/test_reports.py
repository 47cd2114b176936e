"""What Monte Carlo checks report and refuse, and that the variance bounds they rest on hold."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from derivations.calculus.steps import Verdict
from derivations.evidence.monte_carlo import Plan, mean_equals
from derivations.evidence.monte_carlo.budget import Budget
from derivations.evidence.monte_carlo.counts import draws_for_probability, probability_equals
from derivations.evidence.monte_carlo.gradients import dirichlet_monomials


def test_a_probabilitys_figures_say_how_many_were_drawn_and_what_was_found(
    rng: np.random.Generator,
) -> None:
    """Beside the exact interval stand the number of draws and the share of events in them."""
    check = probability_equals(
        "",
        lambda r, n: (r.random(n) < 0.3).astype(float),
        0.3,
        detects=0.1,
        plan=Plan(alpha=1e-3, budget=Budget(1.0)),
    )
    figures = check(rng).figures
    assert figures["draws"] == check.draws_needed
    assert figures["low"] < figures["estimate"] < figures["high"]
    assert figures["bound"] == "Clopper-Pearson"


@pytest.mark.parametrize(
    ("value", "detects"), [(-0.1, 0.1), (1.1, 0.1), (0.5, 0.0), (0.5, -0.1), (0.5, 1.5)]
)
def test_an_effect_or_a_probability_out_of_range_is_refused(value: float, detects: float) -> None:
    """No probability can be off by more than 1, nor by nothing."""
    with pytest.raises(ValueError, match=r"want a probability and an effect in \(0, 1\]"):
        draws_for_probability(value, detects)
    assert draws_for_probability(0.5, 1.0) >= 1


@pytest.mark.parametrize("degree", [1, 3])
def test_monomials_variance_bounds_are_the_largest_slopes_on_the_simplex(degree: int) -> None:
    """On a fine grid each partial derivative's largest square, added up, is the bound."""
    steps = 120
    grid = np.array([(i, j) for i in range(steps + 1) for j in range(steps + 1 - i)]) / steps
    points = np.column_stack([grid, 1 - grid.sum(axis=1)]).clip(min=0)
    probes = dirichlet_monomials([0.7, 2.0, 1.3], 0, degree=degree, velocity_square=2.5)
    assert len(probes) == sum(
        0 < sum(k) <= degree for k in itertools.product(range(degree + 1), repeat=2)
    )
    for probe in probes:
        slopes = probe.gradient(points)
        assert 2.5 * (slopes**2).sum(axis=1).max() <= probe.variance_bound * (1 + 1e-12)
        each = 2.5 * (slopes**2).max(axis=0).sum()
        assert each == pytest.approx(
            probe.variance_bound, rel=1e-3, abs=0
        )  # the grid's width, squared


def test_a_means_figures_are_those_of_all_its_draws() -> None:
    """However many batches there were, the estimate is the mean of every draw, and all count."""
    drawn: list[np.ndarray] = []

    def sampler(rng: np.random.Generator, number: int) -> np.ndarray:
        drawn.append((rng.random(number) < 0.4).astype(float))
        return drawn[-1]

    plan = Plan(alpha=1e-3, budget=Budget(1.0))
    check = mean_equals("", sampler, 0.4, detects=0.01, bounds=(0, 1), plan=plan)
    figures = check(np.random.default_rng(5)).figures
    # The first batch is drawn twice, to see whether it comes again.
    used = np.concatenate(drawn[1:])[: int(figures["draws"])]
    assert figures["draws"] > len(drawn[0])
    assert figures["estimate"] == pytest.approx(used.mean(), rel=1e-12, abs=0)


def test_a_refuted_mean_is_named_beside_the_average() -> None:
    """The reason says what was claimed and what was drawn."""
    plan = Plan(alpha=1e-3, budget=Budget(1.0))
    check = mean_equals("", lambda r, n: r.random(n), 0.375, detects=0.1, bounds=(0, 1), plan=plan)
    finding = check(np.random.default_rng(5))
    assert finding.verdict is Verdict.REFUTED
    assert "claimed 0.375" in finding.reason

"""What Monte Carlo checks report and refuse, and that the variance bounds they rest on hold."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from derivations.evidence.monte_carlo import Plan
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
        assert each == pytest.approx(probe.variance_bound, rel=1e-3)  # the grid's width, squared

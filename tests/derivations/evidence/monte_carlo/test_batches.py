"""How Monte Carlo checks draw: in batches that grow slowly, none of them with an unfit draw."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from derivations.evidence.monte_carlo import Plan, mean_equals
from derivations.evidence.monte_carlo.budget import Budget
from derivations.evidence.monte_carlo.sampling import batch_sizes


@pytest.mark.parametrize("draws", [1, 5_000, 3_000_000])
def test_batches_add_up_and_grow_by_half_at_most(draws: int) -> None:
    """No batch is more than half larger than the one before, and only the last is smaller."""
    sizes = list(batch_sizes(draws))
    assert sum(sizes) == draws
    pairs = list(itertools.pairwise(sizes))
    assert all(2 * after <= 3 * before for before, after in pairs)
    assert all(after >= before for before, after in pairs[:-1])


def test_draws_that_are_not_finite_are_counted_by_the_draw(rng: np.random.Generator) -> None:
    """Two draws of three components, of which some are infinite, are two draws."""

    def sampler(r: np.random.Generator, number: int) -> np.ndarray:
        drawn = r.random((number, 3))
        drawn[1], drawn[4, 0] = np.inf, np.nan
        return drawn

    plan = Plan(alpha=1e-3, budget=Budget(1.0))
    check = mean_equals("", sampler, np.full(3, 0.5), detects=0.1, bounds=(0, 1), plan=plan)
    finding = check(rng)
    assert finding.reason.startswith("2 of ")
    assert "judge" not in repr(check)

"""The scale of the bound's rounding: what its terms' sizes add up to."""

import math

import mpmath as mp
import numpy as np
import pytest
from oracles.dice_problems import SIZES, draw_problem

from impl.dice.bound import bound_and_magnitude


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_magnitude_adds_up_the_sizes_of_the_bounds_terms(
    rng: np.random.Generator, sizes: tuple[int, ...]
) -> None:
    """Term by term: each point's entropies and two units, log Gammas, and residuals' parts."""
    problem = draw_problem(rng, sizes)
    rows, weights = problem.counts.weighted()
    priors, q = problem.priors, problem.posterior
    counts: dict[tuple[str, int, int], float] = {}
    total = 0.0
    for row, weight, first, second in zip(
        rows, weights, q.first_responsibilities, q.second_responsibilities, strict=True
    ):
        total += 2 * weight
        for name, law in (("first", first), ("second", second)):
            for face, p in enumerate(law):
                total -= weight * p * math.log(p)
                counts[name, 0, face] = counts.get((name, 0, face), 0) + weight * p
        for i, p in enumerate(first):
            for l, r in enumerate(second):  # noqa: E741  (the second die's face, as in the model)
                for d, rolls in enumerate(row):
                    place = ("roll", i + l, d)
                    counts[place] = counts.get(place, 0) + weight * p * r * rolls
    for name in ("first", "second", "roll"):
        before, after = (
            np.atleast_2d(getattr(law, f"{name}_concentration")) for law in (priors, q)
        )
        for die, (prior, concentration) in enumerate(zip(before, after, strict=True)):
            for law in (prior, concentration):
                total += abs(math.lgamma(sum(law))) + sum(abs(math.lgamma(a)) for a in law)
            for d, (prior_d, own) in enumerate(zip(prior, concentration, strict=True)):
                expected_log = float(mp.digamma(own) - mp.digamma(sum(concentration)))
                total += (prior_d + counts[name, die, d] + own) * abs(expected_log)
    found = bound_and_magnitude(rows, weights, priors, q)
    assert found[1] == pytest.approx(total, rel=1e-12)
    assert abs(found[0]) <= found[1]

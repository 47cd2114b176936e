"""The scale of the bound's rounding: what its terms' sizes add up to."""

import itertools
import math
from collections import Counter

import mpmath as mp
import numpy as np
import pytest
from oracles.dice_problems import SIZES, Problem, draw_problem

from impl.dice.bound import bound_and_magnitude


def expected_counts(problem: Problem) -> Counter[tuple[str, int, int]]:
    """Expected number of times each die shows each face, by name, die and face."""
    counts: Counter[tuple[str, int, int]] = Counter()
    q = problem.posterior
    for row, weight, *distributions in zip(
        *problem.counts.weighted(),
        q.first_responsibilities,
        q.second_responsibilities,
        strict=True,
    ):
        for name, distribution in zip(("first", "second"), distributions, strict=True):
            for face, p in enumerate(distribution):
                counts[name, 0, face] += weight * p
        for (one, p), (other, r) in itertools.product(*map(enumerate, distributions)):
            for face, rolls in enumerate(row):
                counts["roll", one + other, face] += weight * p * r * rolls
    return counts


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_magnitude_adds_up_the_sizes_of_the_bounds_terms(
    rng: np.random.Generator, sizes: tuple[int, ...]
) -> None:
    """Term by term: entropies and two units a point, log Gammas' growths, residuals' parts."""
    problem = draw_problem(rng, sizes)
    rows, weights = problem.counts.weighted()
    priors, q = problem.priors, problem.posterior
    counts, total = expected_counts(problem), 2 * float(weights.sum())
    for name in ("first", "second"):
        distributions = getattr(q, f"{name}_responsibilities")
        total -= sum(
            w * p * math.log(p)
            for w, distribution in zip(weights, distributions, strict=True)
            for p in distribution
        )
    for name in ("first", "second", "roll"):
        before, after = (
            np.atleast_2d(getattr(distribution, f"{name}_concentration"))
            for distribution in (priors, q)
        )
        for die, (prior, concentration) in enumerate(zip(before, after, strict=True)):
            gained = concentration - prior
            total += abs(mp.loggamma(sum(concentration)) - mp.loggamma(sum(prior)))
            for d, (prior_d, own) in enumerate(zip(prior, concentration, strict=True)):
                total += abs(mp.loggamma(own) - mp.loggamma(prior_d))
                digammas = abs(mp.digamma(own)) + abs(mp.digamma(sum(concentration)))
                total += (counts[name, die, d] + abs(gained[d])) * digammas
    found = bound_and_magnitude(rows, weights, priors, q)
    assert found[1] == pytest.approx(float(total), rel=1e-12, abs=0)
    assert abs(found[0]) <= found[1]

"""What must not matter to a dice fit: order, repetition, labels, which hidden die is first."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import pytest
from harness.dice_comparisons import assert_close, assert_same_bits
from oracles.dice_problems import MANY_POINTS, draw_problem, padded

from impl.dice.bound import evidence_lower_bound
from impl.dice.coordinate_ascent import ascend, fit, start, sweep
from impl.dice.data import Counts, count
from impl.dice.exact import log_evidence
from impl.dice.model import Posterior, Priors

Parameters = TypeVar("Parameters", Priors, Posterior)


def test_points_in_another_order_give_the_same_bits(rng: np.random.Generator) -> None:
    """Permuting points permutes the index and changes nothing else at all."""
    rolls = rng.integers(5, size=(40, 3))
    order = rng.permutation(40)
    one, other = count(rolls, 5), count(rolls[order], 5)
    priors = draw_problem(rng, MANY_POINTS).priors
    np.testing.assert_array_equal(one.index[order], other.index)
    assert_same_bits(
        fit(one, priors, restarts=2).posterior, fit(other, priors, restarts=2).posterior
    )


@pytest.mark.establishes("dice.coordinate_ascent", kind="enumeration")
def test_weighted_rows_equal_repeated_rows(rng: np.random.Generator) -> None:
    """Weighting a row by its number of points is the same as repeating it, sweep by sweep."""
    counts = count(rng.integers(3, size=(60, 2)), 3)
    assert counts.weights.max() > 1
    repeated = Counts(counts.by_point, np.ones(60, dtype=int), np.arange(60))
    priors = draw_problem(rng, (2, 4, 3, 1, 1)).priors
    initial = start(counts, priors, rng)
    spread = replace(
        initial,
        first_responsibilities=initial.first_responsibilities[counts.index],
        second_responsibilities=initial.second_responsibilities[counts.index],
    )
    one = ascend(counts, priors, initial, tolerance=0, max_sweeps=30)
    other = ascend(repeated, priors, spread, tolerance=0, max_sweeps=30)
    np.testing.assert_allclose(one.trace, other.trace, rtol=1e-12, atol=0)
    by_point = replace(
        one.posterior,
        first_responsibilities=one.posterior.first_responsibilities[counts.index],
        second_responsibilities=one.posterior.second_responsibilities[counts.index],
    )
    assert_close(by_point, other.posterior)


def test_missing_rolls_contribute_nothing(rng: np.random.Generator) -> None:
    """Short rows filled up with missing rolls fit as the same rolls in a wider table do."""
    problem = draw_problem(rng, MANY_POINTS)
    table = padded(problem.rolls)
    wider = np.full((table.shape[0], table.shape[1] + 3), -1)
    wider[:, 2:-1] = table
    one = fit(count(table, MANY_POINTS[2]), problem.priors, restarts=2)
    other = fit(count(wider, MANY_POINTS[2]), problem.priors, restarts=2)
    assert_same_bits(one.posterior, other.posterior)


def swapped(source: Parameters) -> Parameters:
    """Priors or posterior with the two hidden dice swapped."""
    changes = {
        "first_concentration": source.second_concentration,
        "second_concentration": source.first_concentration,
    }
    if isinstance(source, Posterior):
        changes["first_responsibilities"] = source.second_responsibilities
        changes["second_responsibilities"] = source.first_responsibilities
    return replace(source, **changes)


def turned(source: Parameters) -> Parameters:
    """Priors or posterior with both hidden dice, and so the row of rolled dice, turned round."""
    changes = {
        "first_concentration": source.first_concentration[::-1],
        "second_concentration": source.second_concentration[::-1],
        "roll_concentration": source.roll_concentration[::-1],
    }
    if isinstance(source, Posterior):
        changes["first_responsibilities"] = source.first_responsibilities[:, ::-1]
        changes["second_responsibilities"] = source.second_responsibilities[:, ::-1]
    return replace(source, **changes)


@pytest.mark.parametrize("symmetry", [swapped, turned])
def test_bound_and_evidence_do_not_change_under_a_symmetry_of_the_model(
    rng: np.random.Generator, symmetry: Callable[[Any], Any]
) -> None:
    """Swapping the hidden dice, or turning both round, relabels and changes no number."""
    problem = draw_problem(rng, (2, 3, 5, 4, 6))
    priors, q = symmetry(problem.priors), symmetry(problem.posterior)
    assert evidence_lower_bound(problem.counts, priors, q) == pytest.approx(
        evidence_lower_bound(problem.counts, problem.priors, problem.posterior), rel=1e-12, abs=0
    )
    assert log_evidence(problem.counts, priors) == pytest.approx(
        log_evidence(problem.counts, problem.priors), rel=1e-12, abs=0
    )


def test_turning_the_dice_round_turns_every_sweep_round(rng: np.random.Generator) -> None:
    """A sweep of the turned problem is the turned sweep of the problem."""
    problem = draw_problem(rng, MANY_POINTS)
    rows, weights = problem.counts.weighted()
    one, other = problem.posterior, turned(problem.posterior)
    for _ in range(5):
        one = sweep(rows, weights, problem.priors, one)
        other = sweep(rows, weights, turned(problem.priors), other)
    assert_close(turned(one), other)


def test_a_fixed_point_is_one_of_the_swapped_problem_too(rng: np.random.Generator) -> None:
    """After convergence, a sweep that starts with the other hidden die changes nothing."""
    problem = draw_problem(rng, MANY_POINTS)
    run = ascend(problem.counts, problem.priors, problem.posterior, tolerance=0, max_sweeps=4000)
    rows, weights = problem.counts.weighted()
    other = sweep(rows, weights, swapped(problem.priors), swapped(run.posterior))
    # The ascent ends when the bound, which is flat at its top, stops changing in its last bit:
    # parameters are then settled to about the square root of the machine epsilon.
    assert_close(swapped(other), run.posterior, rtol=1e-5)

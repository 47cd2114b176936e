"""What the fitted dice model predicts, against sampling-free literal sums and quadrature."""

import math

import numpy as np
import pytest
from oracles import dice as oracle
from oracles.dice_problems import SIZES, draw_problem
from scipy import stats

from impl.dice import predictive
from impl.errors import InputError

BY_SIZE = pytest.mark.parametrize("sizes", SIZES, ids=str)


@pytest.mark.establishes("dice.predictive", kind="enumeration")
@BY_SIZE
def test_roll_probabilities_are_a_sum_over_pairs_of_hidden_faces(
    rng: np.random.Generator, sizes: tuple[int, ...]
) -> None:
    """The distribution of a new roll is the literal sum over hidden faces of products of means."""
    q = draw_problem(rng, sizes).posterior
    expected = np.zeros(sizes[2])
    for i, a1 in enumerate(q.first_concentration):
        for j, a2 in enumerate(q.second_concentration):
            hidden = a1 / sum(q.first_concentration) * a2 / sum(q.second_concentration)
            expected += hidden * stats.dirichlet(q.roll_concentration[i + j]).mean()
    actual = predictive.roll_probabilities(q)
    np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=0)
    assert actual.sum() == pytest.approx(1, rel=1e-12, abs=0)


@pytest.mark.establishes("dice.predictive", kind="enumeration")
@BY_SIZE
def test_log_predictive_equals_quadrature_over_the_dice(
    rng: np.random.Generator, sizes: tuple[int, ...]
) -> None:
    """Each held-out point is scored by the mean of its likelihood over q, by Gauss-Jacobi."""
    first, second, third, points, _ = sizes
    problem = draw_problem(rng, (first, second, third, points, 4))
    q = problem.posterior
    # Taken as priors, q's dice give one new point the evidence that is its predictive probability.
    shares = np.convolve(
        q.first_concentration / q.first_concentration.sum(),
        q.second_concentration / q.second_concentration.sum(),
    )
    expected = 0.0
    for one_point in problem.rolls:
        mean = 0.0
        for share, concentration in zip(shares, q.roll_concentration, strict=True):
            values, weights = oracle.stick_breaking_nodes(concentration, 3)
            likelihood = np.ones(len(weights))
            for face in one_point:
                likelihood *= values[:, face]
            mean += share * float(weights @ likelihood)
        expected += math.log(mean)
    actual = predictive.log_predictive(problem.counts, q)
    assert actual == pytest.approx(expected, rel=1e-10, abs=1e-12)


def test_log_predictive_of_one_roll_is_the_log_of_its_probability(rng: np.random.Generator) -> None:
    """A held-out point of one roll scores log roll_probabilities."""
    q = draw_problem(rng, (2, 3, 4, 1, 1)).posterior
    held_out = draw_problem(rng, (2, 3, 4, 9, 1), ragged=False)
    expected = sum(math.log(predictive.roll_probabilities(q)[r]) for (r,) in held_out.rolls)
    actual = predictive.log_predictive(held_out.counts, q)
    assert actual == pytest.approx(expected, rel=1e-12, abs=0)


@pytest.mark.parametrize("level", [0.5, 0.9, 0.999])
def test_credible_intervals_hold_their_probability_in_equal_tails(
    rng: np.random.Generator, level: float
) -> None:
    """Scipy's Beta distribution has (1 - level) / 2 below and above each interval."""
    concentration = rng.uniform(0.3, 9, size=(3, 4))
    interval = predictive.credible_intervals(concentration, level)
    others = concentration.sum(axis=1, keepdims=True) - concentration
    distribution = stats.beta(concentration, others)
    np.testing.assert_allclose(
        distribution.cdf(interval[..., 0]), (1 - level) / 2, rtol=1e-9, atol=0
    )
    np.testing.assert_allclose(
        distribution.sf(interval[..., 1]), (1 - level) / 2, rtol=1e-9, atol=0
    )


def test_credible_interval_of_a_die_of_one_face_is_certainty() -> None:
    """A die with one face shows it with probability 1."""
    interval = predictive.credible_intervals(np.array([[2.5], [0.1]]))
    np.testing.assert_array_equal(interval, np.ones((2, 1, 2)))


@pytest.mark.parametrize("level", [0.0, 1.0, -0.1, 95.0, math.nan])
def test_a_level_that_is_no_probability_is_refused(level: float) -> None:
    """The level must be strictly between 0 and 1."""
    with pytest.raises(InputError, match="level: wanted a number between 0 and 1"):
        predictive.credible_intervals(np.array([1.0, 2.0]), level)


def test_held_out_counts_of_other_dice_are_refused(rng: np.random.Generator) -> None:
    """Held-out rolls must have the faces of the fitted dice."""
    q = draw_problem(rng, (2, 3, 4, 1, 1)).posterior
    with pytest.raises(InputError, match="faces: wanted 4, as the posterior has, got 5"):
        predictive.log_predictive(draw_problem(rng, (2, 3, 5, 4, 1)).counts, q)

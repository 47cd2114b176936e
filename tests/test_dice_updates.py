"""Each coordinate update of the dice model is the optimum that literal enumeration gives."""

from dataclasses import replace

import numpy as np
import pytest
from oracles import dice as oracle
from oracles.dice_problems import SIZES, Problem, draw_problem

from impl.dice import updates
from impl.dice.model import Floats

BY_SIZE = pytest.mark.parametrize("sizes", SIZES, ids=str)


@BY_SIZE
def test_expected_log_probabilities_equal_quadrature_of_the_beta_marginals(
    rng: np.random.Generator, sizes: tuple[int, ...]
) -> None:
    """E[log p_d] under a Dirichlet law is what quadrature of its Beta marginals gives."""
    concentration = draw_problem(rng, sizes).posterior.roll_concentration
    expected = [oracle.mean_log(row) for row in concentration]
    actual = updates.expected_log_probabilities(concentration)
    np.testing.assert_allclose(actual, expected, rtol=1e-10, atol=0)


@pytest.mark.establishes("dice.q_z1", kind="enumeration")
@BY_SIZE
def test_first_responsibilities_equal_literal_enumeration(
    rng: np.random.Generator, sizes: tuple[int, ...]
) -> None:
    """q(Z1_n) is exp E[log p] over all other hidden faces and all dice, for every point."""
    problem = draw_problem(rng, sizes)
    q = problem.posterior
    rows, _ = problem.counts.weighted()
    scores = updates.roll_scores(rows, q.roll_concentration)
    actual = updates.first_responsibilities(
        scores, q.second_responsibilities, q.first_concentration
    )
    for point, row in enumerate(problem.counts.index):
        expected = oracle.optimal_hidden(
            problem.rolls, problem.factors, problem.literal_priors, 0, point
        )
        np.testing.assert_allclose(actual[row], expected, rtol=1e-10, atol=1e-14)


@pytest.mark.establishes("dice.q_z2", kind="enumeration")
@BY_SIZE
def test_second_responsibilities_equal_literal_enumeration(
    rng: np.random.Generator, sizes: tuple[int, ...]
) -> None:
    """q(Z2_n) is exp E[log p] over all other hidden faces and all dice, for every point."""
    problem = draw_problem(rng, sizes)
    q = problem.posterior
    rows, _ = problem.counts.weighted()
    scores = updates.roll_scores(rows, q.roll_concentration)
    actual = updates.second_responsibilities(
        scores, q.first_responsibilities, q.second_concentration
    )
    for point, row in enumerate(problem.counts.index):
        expected = oracle.optimal_hidden(
            problem.rolls, problem.factors, problem.literal_priors, 1, point
        )
        np.testing.assert_allclose(actual[row], expected, rtol=1e-10, atol=1e-14)


def updated_dice(problem: Problem) -> tuple[Floats, Floats, Floats]:
    """All three concentrations after their updates, by the code under test."""
    q, priors = problem.posterior, problem.priors
    rows, weights = problem.counts.weighted()
    return (
        updates.first_concentration(priors.first_concentration, weights, q.first_responsibilities),
        updates.second_concentration(
            priors.second_concentration, weights, q.second_responsibilities
        ),
        updates.roll_concentration(
            priors.roll_concentration,
            rows,
            weights,
            q.first_responsibilities,
            q.second_responsibilities,
        ),
    )


@pytest.mark.establishes("dice.q_pi1", "dice.q_pi2", "dice.q_rho", kind="enumeration")
@BY_SIZE
def test_concentration_updates_equal_literal_enumeration(
    rng: np.random.Generator, sizes: tuple[int, ...]
) -> None:
    """Log q of all dice at once differs from E[log p] over the hidden faces by a constant alone."""
    problem = draw_problem(rng, sizes)
    concentrations = updated_dice(problem)
    differences = []
    for _ in range(8):
        first, second, *rows = (
            rng.dirichlet(np.ones(len(row)))
            for row in (concentrations[0], concentrations[1], *concentrations[2])
        )
        dice = first, second, np.array(rows)
        log_q = oracle.log_joint([], [], dice, concentrations)
        expected = oracle.mean_log_joint_of_dice(
            problem.rolls, problem.factors, dice, problem.literal_priors
        )
        differences.append(log_q - expected)
    np.testing.assert_allclose(differences, differences[0], rtol=0, atol=1e-10)


def test_updates_stay_finite_where_plain_exponentials_would_not(rng: np.random.Generator) -> None:
    """Scores of a hundred thousand rolls give responsibilities that sum to 1, not NaN."""
    problem = draw_problem(rng, (3, 4, 5, 6, 7))
    rows = 1e5 * problem.counts.weighted()[0]
    q = replace(problem.posterior, roll_concentration=problem.posterior.roll_concentration / 50)
    scores = updates.roll_scores(rows, q.roll_concentration)
    assert scores.min() < -1e5
    phi = updates.first_responsibilities(scores, q.second_responsibilities, q.first_concentration)
    np.testing.assert_allclose(phi.sum(axis=1), 1, rtol=1e-14, atol=0)

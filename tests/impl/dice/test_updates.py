"""Each coordinate update of the dice model is the optimum that literal enumeration gives."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from harness.historical import case, cases
from oracles import dice as oracle
from oracles.dice_problems import SIZES, Problem, draw_problem
from scipy import integrate

from impl.dice import updates
from impl.dice.model import Floats

BY_SIZE = pytest.mark.parametrize("sizes", SIZES, ids=str)
Dice = tuple[Floats, Floats, Floats]
Rule = Callable[[Floats, Floats, Floats], Floats]


@BY_SIZE
def test_expected_log_probabilities_equal_quadrature_of_the_beta_marginals(
    rng: np.random.Generator, sizes: tuple[int, ...]
) -> None:
    """E[log p_d] under a Dirichlet distribution is what quadrature of its Beta marginals gives."""
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


def updated_dice(problem: Problem) -> Dice:
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


def check_concentrations(
    updated: Callable[[Problem], Dice], problem: Problem, rng: np.random.Generator
) -> None:
    """Log q of all dice at once differs from E[log p] over the hidden faces by a constant alone."""
    concentrations = updated(problem)
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


@pytest.mark.establishes("dice.q_pi1", "dice.q_pi2", "dice.q_rho", kind="enumeration")
@BY_SIZE
def test_concentration_updates_equal_literal_enumeration(
    rng: np.random.Generator, sizes: tuple[int, ...]
) -> None:
    """Log q of all dice at once differs from E[log p] over the hidden faces by a constant alone."""
    check_concentrations(updated_dice, draw_problem(rng, sizes), rng)


def prior_read_backwards(problem: Problem) -> Dice:
    """Every prior of the first die taken for that of the face at its other end."""
    first, second, roll = updated_dice(problem)
    prior = problem.priors.first_concentration
    return first - prior + prior[::-1], second, roll


def one_die_further(problem: Problem) -> Dice:
    """The rolls of Z1 + Z2 - 1 = k counted for the die k + 1."""
    first, second, roll = updated_dice(problem)
    prior = problem.priors.roll_concentration
    return first, second, prior + np.roll(roll - prior, 1, axis=0)


FAULTY = {
    "conjugate-parameters-swapped": prior_read_backwards,
    "sum-index-off-by-one": one_die_further,
}


@pytest.mark.parametrize("faulty", cases(FAULTY, kind="enumeration"))
@BY_SIZE
def test_faulty_concentration_updates_are_rejected(
    faulty: Callable[[Problem], Dice], rng: np.random.Generator, sizes: tuple[int, ...]
) -> None:
    """Each error fails the check that the updates pass."""
    with pytest.raises(AssertionError):
        check_concentrations(faulty, draw_problem(rng, sizes), rng)


COIN, HEADS, THROWS = np.array([2.0, 6.0]), 5, 11


def posterior_mean(rule: Rule) -> float:
    """The mean of a coin's first side after its throws, by a rule for the concentration."""
    sides = np.eye(2)[[0] * HEADS + [1] * (THROWS - HEADS)]
    concentration = rule(COIN, np.ones(THROWS), sides)
    return float(concentration[0] / concentration.sum())


def check_conjugate(rule: Rule) -> None:
    """The mean is that of the density times the probability of the throws, by quadrature."""
    a, b = COIN[0] + HEADS - 1, COIN[1] + THROWS - HEADS - 1
    mass, mean = (
        integrate.quad(lambda p, n=n: p ** (a + n) * (1 - p) ** b, 0, 1, epsabs=0)[0]
        for n in (0, 1)
    )
    assert posterior_mean(rule) == pytest.approx(mean / mass, rel=1e-10, abs=0)


def check_that_encodes_the_swap(rule: Rule) -> None:
    """The expected value adds the heads to the prior of the other side, as the rule does."""
    assert posterior_mean(rule) == pytest.approx(
        (COIN[1] + HEADS) / (COIN.sum() + THROWS), rel=1e-12, abs=0
    )


def swapped(prior: Floats, weights: Floats, responsibilities: Floats) -> Floats:
    """The rule with the two parameters of the prior swapped."""
    return updates.first_concentration(prior[::-1], weights, responsibilities)


@pytest.mark.parametrize(
    "faulty",
    [
        case("conjugate-parameters-swapped", swapped, kind="enumeration"),
        case("test-encodes-the-swap", swapped, kind="enumeration"),
    ],
)
def test_a_test_that_encodes_the_swap_accepts_it_and_quadrature_rejects_it(faulty: Rule) -> None:
    """The mean is 0.368; a rule and its test that both swap agree on 0.579."""
    check_conjugate(updates.first_concentration)
    assert posterior_mean(updates.first_concentration) == pytest.approx(0.368, abs=5e-4)
    check_that_encodes_the_swap(faulty)
    assert posterior_mean(faulty) == pytest.approx(0.579, abs=5e-4)
    with pytest.raises(AssertionError):
        check_conjugate(faulty)


def test_updates_stay_finite_where_plain_exponentials_would_not(rng: np.random.Generator) -> None:
    """Scores of a hundred thousand rolls give responsibilities that sum to 1, not NaN."""
    problem = draw_problem(rng, (3, 4, 5, 6, 7))
    rows = 1e5 * problem.counts.weighted()[0]
    q = replace(problem.posterior, roll_concentration=problem.posterior.roll_concentration / 50)
    scores = updates.roll_scores(rows, q.roll_concentration)
    assert scores.min() < -1e5
    phi = updates.first_responsibilities(scores, q.second_responsibilities, q.first_concentration)
    np.testing.assert_allclose(phi.sum(axis=1), 1, rtol=1e-14, atol=0)

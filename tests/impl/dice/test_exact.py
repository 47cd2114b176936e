"""Exact inference of the dice model against quadrature, loops, and the bound's own gap."""

import numpy as np
import pytest
from oracles import dice as oracle
from oracles.dice_problems import SIZES, draw_problem, padded

from impl.dice import exact
from impl.dice.bound import evidence_lower_bound
from impl.dice.coordinate_ascent import ascend
from impl.dice.data import count
from impl.dice.model import Priors
from impl.errors import InputError

BY_SIZE = pytest.mark.parametrize("sizes", SIZES, ids=str)


@pytest.mark.establishes("dice.log_joint", kind="enumeration")
@BY_SIZE
def test_log_joint_equals_loops_over_points_and_rolls(
    rng: np.random.Generator, sizes: tuple[int, ...]
) -> None:
    """The log joint of drawn values equals scipy's densities and a loop over every roll."""
    problem = draw_problem(rng, sizes)
    priors = problem.priors
    values = {
        "first": rng.dirichlet(priors.first_concentration),
        "second": rng.dirichlet(priors.second_concentration),
        "roll": np.array([rng.dirichlet(row + 1) for row in priors.roll_concentration]),
        "first_faces": rng.integers(sizes[0], size=sizes[3]),
        "second_faces": rng.integers(sizes[1], size=sizes[3]),
    }
    state = list(zip(values["first_faces"], values["second_faces"], strict=True))
    dice = values["first"], values["second"], values["roll"]
    expected = oracle.log_joint(problem.rolls, state, dice, problem.literal_priors)
    actual = exact.log_joint(problem.counts, priors, **values)
    assert actual == pytest.approx(expected, rel=1e-10, abs=0)


@pytest.mark.establishes("dice.log_evidence", kind="enumeration")
@pytest.mark.parametrize(
    ("faces", "rolls"),
    [((3, 4, 2), [[0], [], [1, 1], [0], [1]]), ((2, 3, 4), [[3, 0, 3], [1, 2]])],
    ids=str,
)
def test_log_evidence_equals_quadrature_over_the_dice(
    rng: np.random.Generator, faces: tuple[int, int, int], rolls: list[list[int]]
) -> None:
    """Summing over hidden faces equals integrating over all probabilities by Gauss-Jacobi."""
    first, second, third = faces
    priors = Priors(
        rng.uniform(0.4, 3, first),
        rng.uniform(0.4, 3, second),
        rng.uniform(0.4, 3, (first + second - 1, third)),
    )
    literal = (priors.first_concentration, priors.second_concentration, priors.roll_concentration)
    expected = oracle.log_evidence(rolls, literal)
    actual = exact.log_evidence(count(padded(rolls), third), priors)
    assert actual == pytest.approx(expected, rel=1e-10, abs=0)


@BY_SIZE
def test_exact_posterior_is_bayes_rule_on_the_log_joint(
    rng: np.random.Generator, sizes: tuple[int, ...]
) -> None:
    """p(X, Z) times the conditional density of the dice is the joint density, at any values."""
    problem = draw_problem(rng, sizes)
    states = exact.enumerate_states(problem.counts, problem.priors)
    literal = problem.literal_priors
    for state in rng.integers(states.log_joint.size, size=5):
        pairs = list(zip(states.first_faces[state], states.second_faces[state], strict=True))
        given = [np.array(concentration, copy=True) for concentration in literal]
        for (i, j), one_point in zip(pairs, problem.rolls, strict=True):
            given[0][i] += 1
            given[1][j] += 1
            for face in one_point:
                given[2][i + j][face] += 1
        dice = (
            rng.dirichlet(np.ones(sizes[0])),
            rng.dirichlet(np.ones(sizes[1])),
            rng.dirichlet(np.ones(sizes[2]), size=sum(sizes[:2]) - 1),
        )
        joint = oracle.log_joint(problem.rolls, pairs, dice, literal)
        conditional = oracle.log_joint([], [], dice, (given[0], given[1], given[2]))
        assert states.log_joint[state] == pytest.approx(joint - conditional, rel=1e-10, abs=0)


@BY_SIZE
def test_exact_marginals_are_sums_of_state_probabilities(
    rng: np.random.Generator, sizes: tuple[int, ...]
) -> None:
    """p(Z1_n | X) and p(Z2_n | X) add the probabilities of the states one by one."""
    problem = draw_problem(rng, sizes)
    states = exact.enumerate_states(problem.counts, problem.priors)
    first = np.zeros((sizes[3], sizes[0]))
    second = np.zeros((sizes[3], sizes[1]))
    for state, probability in enumerate(states.probabilities):
        for point in range(sizes[3]):
            first[point, states.first_faces[state, point]] += probability
            second[point, states.second_faces[state, point]] += probability
    np.testing.assert_allclose(states.first_marginals, first, rtol=1e-10, atol=0)
    np.testing.assert_allclose(states.second_marginals, second, rtol=1e-10, atol=0)
    np.testing.assert_allclose(first.sum(axis=1), 1, rtol=1e-10, atol=0)


@pytest.mark.establishes("dice.elbo", "dice.log_evidence", kind="enumeration")
@BY_SIZE
@pytest.mark.parametrize("optimized", [False, True])
def test_evidence_minus_elbo_is_the_divergence_from_the_exact_posterior(
    rng: np.random.Generator, sizes: tuple[int, ...], *, optimized: bool
) -> None:
    """Log p(X) - ELBO = KL(q, exact posterior), at random q and at the optimum."""
    problem = draw_problem(rng, sizes)
    q = problem.posterior
    if optimized:
        q = ascend(problem.counts, problem.priors, q).posterior
    gap = exact.log_evidence(problem.counts, problem.priors)
    gap -= evidence_lower_bound(problem.counts, problem.priors, q)
    divergence = exact.divergence_from_exact_posterior(q, problem.counts, problem.priors)
    assert gap > 0
    assert divergence == pytest.approx(gap, rel=1e-10, abs=1e-10)


def test_enumeration_of_too_many_states_is_refused_with_the_limit() -> None:
    """Ten points of two dice of six faces are too many, and the error says how many are not."""
    counts = count(np.zeros((10, 2), dtype=int), 3)
    with pytest.raises(InputError, match=r"at most 1000000 states .* got 36 to the power of 10"):
        exact.log_evidence(counts, Priors.symmetric((6, 6, 3)))

"""Rolls of known dice: simulation follows its own truth, and a fit gives back what can be known."""

import numpy as np
import pytest

from derivations.evidence.monte_carlo import RUN
from derivations.evidence.monte_carlo.budget import FALSE_ALARM
from impl.dice.coordinate_ascent import fit
from impl.dice.data import count
from impl.dice.model import Floats, Integers, Posterior, Priors
from impl.dice.relabelling import relabel
from impl.dice.simulation import Truth, simulate
from impl.dice.updates import sum_responsibilities


def clear_dice(rng: np.random.Generator, dice: int, faces: int) -> Floats:
    """Draw rolled dice that show one face each, none the same, seven times in ten."""
    noise = rng.dirichlet(np.full(faces, 5.0), size=dice)
    return 0.3 * noise + 0.7 * np.eye(faces)[rng.permutation(faces)[:dice]]


def draw_from(
    rng: np.random.Generator, dice: tuple[Floats, Floats, Floats], points: int, rolls: int
) -> tuple[Integers, Truth]:
    """Draw rolls of given dice, and tell the truth with them."""
    first, second, roll = dice
    faces1 = rng.choice(first.size, size=points, p=first)
    faces2 = rng.choice(second.size, size=points, p=second)
    chosen = roll[faces1 + faces2].cumsum(axis=1)[:, np.newaxis]
    data = (rng.random((points, rolls, 1)) > chosen).sum(axis=-1)
    return data.clip(max=roll.shape[1] - 1), Truth(first, second, roll, faces1, faces2)


def misassigned(roll: Floats, rolls: int) -> float:
    """Bhattacharyya's bound on the probability that a point's rolls fit another die better."""
    overlap = np.sqrt(roll) @ np.sqrt(roll).T
    return (overlap**rolls).sum(axis=1).max() - 1


def hoeffding(level: float, draws: int | Floats) -> float | Floats:
    """By how much a frequency misses its probability with a probability of at most ``level``."""
    return np.sqrt(np.log(2 / level) / (2 * draws))


@pytest.mark.establishes("dice.coordinate_ascent", kind="monte carlo")
@pytest.mark.parametrize("faces", [(2, 3, 7), (1, 4, 5)], ids=str)
def test_fit_recovers_clear_dice_and_their_shares_up_to_relabelling(
    rng: np.random.Generator, faces: tuple[int, int, int]
) -> None:
    """Many rolls of clear dice give back every rolled die and the share of points that rolled it.

    The dice are told apart by all but a fraction `misassigned` of the points, so the posterior
    mean of a die is the frequency of its faces, shifted by at most D3 / rolls by the flat prior.
    Hoeffding's inequality bounds each frequency. Its false alarms, and two points of the wrong
    die, share what the test spends.
    """
    RUN.spend("a fit recovers clear dice", FALSE_ALARM)
    first, second, third = faces
    pi1, pi2 = rng.dirichlet(np.full(first, 9.0)), rng.dirichlet(np.full(second, 9.0))
    roll = clear_dice(rng, first + second - 1, third)
    rolls, points = 80, 3000
    data, truth = draw_from(rng, (pi1, pi2, roll), points, rolls)
    wrong = misassigned(roll, rolls)
    assert (points * wrong) ** 2 / 2 < FALSE_ALARM / 2  # the probability of two
    counts = count(data, third)
    result = fit(counts, Priors.symmetric(faces), restarts=20, seed=0)
    known = relabel(truth, result.posterior)
    q = result.posterior
    responsibilities = sum_responsibilities(q.first_responsibilities, q.second_responsibilities)
    shares = counts.weights @ responsibilities / points
    true_shares = np.bincount(truth.first_faces + truth.second_faces, minlength=len(roll)) / points
    # A point of the wrong die moves a share by 1 / points; none is likely, one is allowed.
    np.testing.assert_allclose(shares, true_shares[known.die], rtol=0, atol=1.01 / points)
    mean = q.roll_concentration / q.roll_concentration.sum(axis=1, keepdims=True)
    seen = (shares * points * rolls)[:, np.newaxis]
    bound = hoeffding(FALSE_ALARM / 2 / roll.size, seen) + (third + 1) / seen
    assert (np.abs(mean - known.roll) < bound).all()
    if first == 1:  # with one die hidden there is nothing to share out: pi2 is the shares
        hidden = q.second_concentration / q.second_concentration.sum()
        np.testing.assert_allclose(hidden, true_shares[known.die], rtol=0, atol=6 / points)


def test_mean_field_gives_all_points_of_a_clear_die_one_pair_of_hidden_faces(
    rng: np.random.Generator,
) -> None:
    """Where the die is certain, independent hidden faces with a certain sum are certain too.

    The exact posterior spreads over the pairs (i, l) of one sum. A mean-field distribution cannot,
    so the hidden dice themselves are not recovered. This is the approximation, not an error.
    """
    roll = clear_dice(rng, 4, 7)
    data, _ = draw_from(rng, (np.array([0.4, 0.6]), np.array([0.3, 0.3, 0.4]), roll), 2000, 50)
    q = fit(count(data, 7), Priors.symmetric((2, 3, 7)), restarts=20).posterior
    sums = sum_responsibilities(q.first_responsibilities, q.second_responsibilities)
    certain = sums.max(axis=1) > 1 - 1e-9
    assert certain.mean() > 0.99
    assert (q.first_responsibilities[certain].max(axis=1) > 1 - 1e-8).all()
    assert (q.second_responsibilities[certain].max(axis=1) > 1 - 1e-8).all()


def test_a_die_no_point_rolled_decides_nothing_about_labels() -> None:
    """The die of nearly all points gets its own label, though another would lessen the distance."""
    nobody = np.zeros(0, dtype=int)
    rolled = np.array([[0.6, 0.4], [0.5, 0.5]])
    truth = Truth(np.array([1.0, 0.0]), np.array([1.0]), rolled, nobody, nobody)
    fitted = Posterior(
        first_concentration=np.array([1e9, 1e-9]),
        second_concentration=np.ones(1),
        roll_concentration=1e6 * np.array([[0.6, 0.4], [0.999, 0.001]]),
        first_responsibilities=np.zeros((0, 2)),
        second_responsibilities=np.zeros((0, 1)),
    )
    assert relabel(truth, fitted).die.tolist() == [0, 1]


@pytest.mark.establishes("dice.graph", kind="monte carlo")
def test_simulation_follows_its_own_truth(rng: np.random.Generator) -> None:
    """Faces of simulated rolls occur as often as the hidden die says, and a seed repeats them."""
    RUN.spend("a simulation follows its own truth", FALSE_ALARM)
    priors = Priors(rng.uniform(1, 3, 3), rng.uniform(1, 3, 2), rng.uniform(1, 3, (4, 5)))
    seed = int(rng.integers(2**32))
    drawn = simulate(priors, points=5000, rolls=8, seed=seed)
    again = simulate(priors, points=5000, rolls=8, seed=seed)
    np.testing.assert_array_equal(drawn.rolls, again.rolls)
    share = FALSE_ALARM / (drawn.truth.roll.size + drawn.truth.first.size + drawn.truth.second.size)
    die = drawn.truth.first_faces + drawn.truth.second_faces
    for k in range(4):
        rolled = drawn.rolls[die == k].ravel()
        frequency = np.bincount(rolled, minlength=5) / max(1, rolled.size)
        p = drawn.truth.roll[k]
        assert (np.abs(frequency - p) < hoeffding(share, max(1, rolled.size))).all()
    for faces, p in (
        (drawn.truth.first_faces, drawn.truth.first),
        (drawn.truth.second_faces, drawn.truth.second),
    ):
        frequency = np.bincount(faces, minlength=p.size) / 5000
        assert (np.abs(frequency - p) < hoeffding(share, 5000)).all()

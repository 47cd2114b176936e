"""Bound, evidence and predictive of dice at concentrations beyond the digits of log Gamma."""

import itertools
import math
from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest
from oracles.dice_problems import padded
from scipy.special import digamma

from impl.dice.bound import dirichlet_divergence
from impl.dice.coordinate_ascent import fit
from impl.dice.data import count
from impl.dice.exact import log_evidence
from impl.dice.model import Floats, Posterior, Priors
from impl.dice.normalizers import log_gamma_growth, log_normalizer_changes
from impl.dice.predictive import credible_intervals, log_predictive

ROLLS = [[0, 1, 1, 2, 0], [2, 2]]
CONCENTRATIONS = [1e-3, 7.0, 1e6, 1e12, 1e14, 1e16, 1e18, 1e100, 1e299]
AT = pytest.mark.parametrize("concentration", CONCENTRATIONS, ids="{:g}".format)


def urn(concentration: Floats, drawn: list[int]) -> Fraction:
    """Probability of faces drawn in order from a Pólya urn, exactly."""
    balls = [Fraction(float(value)) for value in concentration]
    probability = Fraction(1)
    for face in drawn:
        probability *= balls[face] / sum(balls)
        balls[face] += 1
    return probability


def exact_log_evidence(rolls: list[list[int]], priors: Priors) -> float:
    """Log p(X): over all hidden faces, the probability of every die's urn, exactly."""
    first, second, _ = priors.faces
    total = Fraction(0)
    for state in itertools.product(np.ndindex(first, second), repeat=len(rolls)):
        joint = urn(priors.first_concentration, [i for i, _ in state])
        joint *= urn(priors.second_concentration, [j for _, j in state])
        for die, concentration in enumerate(priors.roll_concentration):
            shown = [
                face
                for (i, j), point in zip(state, rolls, strict=True)
                for face in point
                if i + j == die
            ]
            joint *= urn(concentration, shown)
        total += joint
    return math.log(total)


def priors_of_unequal_dice(concentration: float) -> Priors:
    """Priors of dice of (2, 2, 3) faces, no two entries alike, of about a size."""
    sizes = np.array([[1.0, 0.3, 2.2], [0.6, 1.7, 0.9], [1.3, 0.4, 0.5]])
    return Priors(
        concentration * np.array([0.7, 1.9]),
        concentration * np.array([1.1, 0.8]),
        concentration * sizes,
    )


@AT
def test_log_evidence_is_that_of_urns_at_every_concentration(concentration: float) -> None:
    """Summing over hidden faces gives the probability of Pólya urns in exact fractions."""
    priors = priors_of_unequal_dice(concentration)
    found = log_evidence(count(padded(ROLLS), 3), priors)
    assert found == pytest.approx(exact_log_evidence(ROLLS, priors), rel=1e-12, abs=0)


@AT
def test_log_predictive_is_that_of_urns_at_every_concentration(concentration: float) -> None:
    """A held-out point is scored by the exact evidence of its urns, q's dice as priors."""
    priors = priors_of_unequal_dice(concentration)
    dice = priors.first_concentration, priors.second_concentration, priors.roll_concentration
    nothing = np.empty((0, 2))
    expected = sum(exact_log_evidence([point], priors) for point in ROLLS)
    found = log_predictive(count(padded(ROLLS), 3), Posterior(*dice, nothing, nothing))
    assert found == pytest.approx(expected, rel=1e-12, abs=0)


@pytest.mark.parametrize("concentration", [1e13, 1e16, 1e18, 1e100, 1e299], ids="{:g}".format)
def test_bound_of_nearly_known_dice_is_the_log_evidence(concentration: float) -> None:
    """Dice that are nearly known leave nothing to learn of one point's faces.

    Of one point the exact posterior of Z then factorizes where one hidden die has one face, and
    the bound reaches the evidence but for terms of the order of one over the concentration.
    """
    sizes = np.array([[1.0, 0.3, 2.2], [0.6, 1.7, 0.9]])
    priors = Priors(
        concentration * np.array([0.7, 1.9]), np.array([concentration]), concentration * sizes
    )
    counts = count(ROLLS[:1], 3)
    result = fit(counts, priors, restarts=3)
    expected = exact_log_evidence(ROLLS[:1], priors)
    assert result.elbo == pytest.approx(expected, rel=1e-11, abs=0)
    np.testing.assert_allclose([trace[-1] for trace in result.traces], expected, rtol=1e-9)


@pytest.mark.parametrize("lowest", [-300, -3, 0, 12, 250])
def test_growth_of_log_gamma_is_mpmaths_difference(rng: np.random.Generator, lowest: int) -> None:
    """Log Gamma(z + n) - log Gamma(z) to ten roundings of the larger of itself and n."""
    z = 10.0 ** rng.uniform(lowest, lowest + 50, 20)
    n = np.concatenate([10.0 ** rng.uniform(-12, 9, 14), [0, 1, 2, 3, 40, 1e10]])
    with mp.workdps(700):
        exact = [
            mp.loggamma(mp.mpf(one) + mp.mpf(more)) - mp.loggamma(mp.mpf(one))
            for one, more in zip(z.tolist(), n.tolist(), strict=True)
        ]
        expected = np.array([float(value) for value in exact])
    rounding = 10 * np.finfo(float).eps * np.maximum(np.abs(expected), n)
    assert (np.abs(log_gamma_growth(z, n) - expected) <= rounding).all()


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e8, 1e16, 1e100], ids="{:g}".format)
def test_changes_of_the_normalizer_and_divergence_are_mpmaths(
    rng: np.random.Generator, size: float
) -> None:
    """Faces may gain and lose at once, little or much, and the divergence stays right."""
    before = size * rng.uniform(0.5, 2, (4, 3))
    after = before + np.array([3.0, 0.01, 40.0, 1.0])[:, None] * rng.uniform(0, 1, (4, 3))
    after[2] = before[2] * rng.uniform(0.5, 2, 3)
    after[3, 1] = before[3, 1] * 0.75
    faces, total = log_normalizer_changes(after, before)
    divergences = dirichlet_divergence(after, before)
    with mp.workdps(150):
        for row in range(4):
            a, r = ([mp.mpf(x) for x in side[row].tolist()] for side in (after, before))
            normalizers = [sum(map(mp.loggamma, x)) - mp.loggamma(sum(x)) for x in (a, r)]
            change = normalizers[0] - normalizers[1]
            shift = [
                (x - y) * (mp.digamma(x) - mp.digamma(sum(a))) for x, y in zip(a, r, strict=True)
            ]
            parts = float(np.abs(faces[row]).sum() + abs(total[row]))
            rounding = 16 * np.finfo(float).eps * parts
            assert faces[row].sum() - total[row] == pytest.approx(float(change), abs=rounding)
            expected = float(sum(shift) - change)
            assert divergences[row] == pytest.approx(expected, abs=4 * rounding)


def test_divergence_errs_by_no_more_than_its_docstring_says(rng: np.random.Generator) -> None:
    """Two machine epsilons of the terms' sizes, of any pair and of the one named there."""
    pairs = 10 ** rng.uniform(-3, 14, (100, 2, 3))
    pairs[0] = [[6.1e10, 0.0028, 0.17], [2.2e13, 0.156, 21]]
    for a, r in pairs:
        with mp.workdps(60):
            p, q = ([mp.mpf(x) for x in side.tolist()] for side in (a, r))
            normalizers = [sum(map(mp.loggamma, x)) - mp.loggamma(sum(x)) for x in (p, q)]
            logs = [mp.digamma(x) - mp.digamma(sum(p)) for x in p]
            shift = sum((x - y) * log for x, y, log in zip(p, q, logs, strict=True))
            expected = float(normalizers[1] - normalizers[0] + shift)
        faces, total = log_normalizer_changes(r, a)
        digammas = np.abs(digamma(a)) + np.abs(digamma(a.sum()))
        sizes = np.abs(faces).sum() + np.abs(total) + (np.abs(a - r) * digammas).sum()
        limit = 2 * np.finfo(float).eps * sizes
        assert dirichlet_divergence(a, r) == pytest.approx(expected, rel=0, abs=limit)


@pytest.mark.parametrize("size", [2e12, 1e13, 1e16, 1e50, 1e100, 1e299], ids="{:g}".format)
def test_credible_intervals_shrink_as_the_root_of_the_concentration(size: float) -> None:
    """Around the mean lies the interval of 3 10^8, where scipy's is good, to scale."""
    shape = np.array([0.7, 1.1, 3.2])
    mean = (shape / shape.sum())[:, None]
    expected = (credible_intervals(3e8 * shape, 0.9) - mean) * math.sqrt(3e8)
    found = credible_intervals(size * shape, 0.9)
    rounding = 4 * np.finfo(float).eps * math.sqrt(size)
    np.testing.assert_allclose((found - mean) * math.sqrt(size), expected, 1e-4, rounding)
    assert (found[:, 0] <= found[:, 1]).all()


def test_credible_intervals_agree_where_the_normal_law_takes_over() -> None:
    """At 10^9 either way gives the same ends, the skewness included, to their rounding."""
    below, above = (
        credible_intervals(np.array([size, 3 * size, 0.5]), 0.8)[:2] for size in (1e9, 1.0001e9)
    )
    mean = np.array([[0.25], [0.75]])
    np.testing.assert_allclose((above - mean) * math.sqrt(1.0001), below - mean, 1e-7, 1e-15)

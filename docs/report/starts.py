"""Starting values of the dice model's ascent that know more than a random draw."""

from __future__ import annotations

from itertools import permutations

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from impl.dice.coordinate_ascent import Run, ascend
from impl.dice.data import Counts
from impl.dice.model import Posterior, Priors

CONTINUED = 4
"""Orders of the clusters whose ascent goes on to its end: those with the highest bounds so far."""

_SWEEPS = 3  # after which the orders are compared
_TRIES = 10  # of the clustering, each from other centres
_PASSES = 200
_LEAST_GAIN = 1e-3  # nats: the clustering ends below
_LEAST = 0.01  # points of every cluster, and rolls of every face, besides those counted

Floats = NDArray[np.float64]


def near(counts: Counts, priors: Priors, first: Floats, second: Floats, roll: Floats) -> Posterior:
    """Return starting values whose dice are those given, with the weight of all points.

    ``roll`` holds expected shares of the rolls, shape (dice, faces), adding up to 1. Every point
    starts with the same probabilities of its hidden faces.
    """
    rows = (counts.weights.size, 1)
    return Posterior(
        first_concentration=priors.first_concentration + counts.points * first,
        second_concentration=priors.second_concentration + counts.points * second,
        roll_concentration=priors.roll_concentration + counts.rolls * roll,
        first_responsibilities=np.tile(first, rows),
        second_responsibilities=np.tile(second, rows),
    )


def from_clusters(counts: Counts, priors: Priors, seed: int) -> list[Run]:
    """Cluster the points by their rolls, and ascend from the clusters in every order.

    The clusters say which points share a rolled die, not which sum of hidden faces rolls it. Each
    order of the clusters is one start, up to a reversal, which changes nothing. All go a few
    sweeps; those with the highest bounds go on until they converge, best first.
    """
    first, second, _ = priors.faces
    shares, dice = clusters(counts, first + second - 1, seed)
    flat = np.full(first, 1 / first), np.full(second, 1 / second)
    rolls = shares[:, np.newaxis] * dice
    begun = []
    for order in permutations(range(shares.size)):
        if order[0] <= order[-1]:
            start = near(counts, priors, *flat, rolls[list(order)])
            begun.append(ascend(counts, priors, start, max_sweeps=_SWEEPS))
    begun.sort(key=lambda run: -run.trace[-1])
    ended = [ascend(counts, priors, run.posterior) for run in begun[:CONTINUED]]
    return sorted(ended, key=lambda run: -run.trace[-1])


def clusters(counts: Counts, number: int, seed: int) -> tuple[Floats, Floats]:
    """Return shares and dice of a mixture of dice, by expectation maximization.

    The best of several tries is kept. Each starts at points that are far apart, as k-means++ does.
    Shapes (number,) and (number, faces).
    """
    rng = np.random.default_rng(seed)
    tries = (_mixture(counts, number, rng) for _ in range(_TRIES))
    _, shares, dice = max(tries, key=lambda found: found[0])
    return shares, dice


def _mixture(counts: Counts, number: int, rng: np.random.Generator) -> tuple[float, Floats, Floats]:
    rows, weights = counts.weighted()
    shares, dice = np.full(number, 1 / number), _far_apart(rows, weights, number, rng)
    likelihood = -np.inf
    for _ in range(_PASSES):
        log = rows @ np.log(dice).T + np.log(shares)
        total = logsumexp(log, axis=1, keepdims=True)
        before, likelihood = likelihood, float(weights @ total[:, 0])
        mine = weights[:, np.newaxis] * np.exp(log - total)
        shares = (mine.sum(axis=0) + _LEAST) / (weights.sum() + number * _LEAST)
        dice = mine.T @ rows + _LEAST
        dice /= dice.sum(axis=1, keepdims=True)
        if likelihood - before < _LEAST_GAIN:
            break
    return likelihood, shares, dice


def _far_apart(rows: Floats, weights: Floats, number: int, rng: np.random.Generator) -> Floats:
    """Draw rows as centres, each with a probability that grows with its distance from the last."""
    faces = rows / rows.sum(axis=1, keepdims=True)
    distance = np.ones(len(faces))
    centres = []
    for _ in range(number):
        chance = weights * (distance + 1e-12)  # also if all points are alike
        centres.append(faces[rng.choice(len(faces), p=chance / chance.sum())])
        here = ((faces - centres[-1]) ** 2).sum(axis=1)
        distance = here if len(centres) == 1 else np.minimum(distance, here)
    return 0.9 * np.array(centres) + 0.1 / rows.shape[1]

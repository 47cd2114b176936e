"""Match the labels of the true dice to those of a fit.

The likelihood does not change if the faces of both hidden dice are reversed: face i becomes
D + 1 - i, and so rolled die k becomes K + 1 - k. It does not change either if two hidden dice of
equally many faces are swapped. Beyond that, the rolls show only which points share a rolled die. A
permutation of the rolled dice fits as well if some pi1 and pi2 have sums with the permuted
probabilities. So rolled dice are matched one to one, and hidden dice by the reversal and the swap
that bring them nearest.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from impl.dice.model import Floats, Integers, Posterior
from impl.dice.predictive import posterior_mean, sum_probabilities
from impl.dice.simulation import Truth
from impl.dice.updates import sum_responsibilities

__all__ = ["Relabelled", "relabel"]


@dataclass(frozen=True)
class Relabelled:
    """The truth under the labels of a fit.

    Attributes
    ----------
    first, second
        True probabilities of the hidden dice, (D1,) and (D2,).
    roll
        True probabilities of the rolled dice, shape (K, D3): row k is true die `die[k]`.
    sums
        True probability that a point rolls the die of row k, shape (K,).
    die
        Number of the true die in row k, from 0.
    """

    first: Floats
    second: Floats
    roll: Floats
    sums: Floats
    die: Integers


def relabel(truth: Truth, posterior: Posterior) -> Relabelled:
    """Match true dice to a fit: rolled dice one to one, hidden dice up to reversal and swap.

    The matching of the rolled dice has the least total squared distance of their probabilities.
    Each pair is weighted by the fit's share of points, so a die that no point rolled has no effect.
    """
    share = sum_probabilities(posterior)
    fitted = posterior_mean(posterior.roll_concentration)
    distance = ((fitted[:, np.newaxis] - truth.roll) ** 2).sum(axis=-1)
    _, die = linear_sum_assignment(share[:, np.newaxis] * distance)
    true_share = sum_responsibilities(truth.first[np.newaxis], truth.second[np.newaxis])[0]
    first, second = _nearest(truth, posterior)
    return Relabelled(first, second, truth.roll[die], true_share[die], die)


def _nearest(truth: Truth, posterior: Posterior) -> tuple[Floats, Floats]:
    pairs = [(truth.first, truth.second)]
    if truth.first.size == truth.second.size:
        pairs.append((truth.second, truth.first))
    pairs += [(first[::-1], second[::-1]) for first, second in pairs]
    fitted_first = posterior_mean(posterior.first_concentration)
    fitted_second = posterior_mean(posterior.second_concentration)

    def distance(pair: tuple[Floats, Floats]) -> float:
        return float(((pair[0] - fitted_first) ** 2).sum() + ((pair[1] - fitted_second) ** 2).sum())

    return min(pairs, key=distance)

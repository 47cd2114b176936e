"""Truth and fit put under the same labels, as far as the model tells labels apart.

Turning both hidden dice round (face i becomes D + 1 - i, and so die k becomes K + 1 - k) leaves
the likelihood as it is, and so does swapping them if they have as many faces. Beyond that, points
show no more than which of them share a rolled die: any permutation of the rolled dice fits as well
whenever some pi1 and pi2 have sums with the permuted probabilities. So rolled dice are matched one
to one, and hidden dice by the turning and swapping that brings them nearest.
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
        Which true die, from 0, stands in row k.
    """

    first: Floats
    second: Floats
    roll: Floats
    sums: Floats
    die: Integers


def relabel(truth: Truth, posterior: Posterior) -> Relabelled:
    """Match a truth to a fit: rolled dice one to one, hidden dice up to turning and swapping.

    Rolled dice are matched by least total squared distance of their probabilities, each pair
    weighted by the fit's share of points, so that a die no point rolled decides nothing.
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

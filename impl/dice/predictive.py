"""Posterior means, credible intervals, and predictive probabilities of new rolls."""

import numpy as np
from scipy.special import betaincinv, gammaincinv, logsumexp, ndtri

from impl.dice.data import Counts
from impl.dice.model import Floats, Posterior, check_concentration
from impl.dice.normalizers import log_normalizer_growth
from impl.dice.updates import sum_responsibilities
from impl.errors import InputError

__all__ = [
    "credible_intervals",
    "log_predictive",
    "posterior_mean",
    "roll_probabilities",
    "sum_probabilities",
]

_NEARLY_KNOWN = 1e9  # concentrations above which betaincinv loses digits
_FAR_APART = 1e3  # ratio of concentrations beyond which it may lose them all


def posterior_mean(concentration: Floats) -> Floats:
    """Return E[p_d] = a_d / sum_d a_d under p ~ Dirichlet(a). Shape (..., faces), as given."""
    result: Floats = concentration / concentration.sum(axis=-1, keepdims=True)
    return result


def credible_intervals(concentration: Floats, level: float = 0.95) -> Floats:
    """Return equal-tailed intervals of p_d under p ~ Dirichlet(a), each of probability `level`.

    The marginal distribution of p_d is Beta(a_d, sum_{e != d} a_e). Shape (..., faces) in,
    (..., faces, 2) out: lower and upper end.

    Two approximations are used at extreme parameters. Where both are above 10^9, the quantiles are
    those of a normal distribution with a correction for skewness. Where one is above 1000 and more
    than 1000 times the other, they are those of a gamma distribution with a correction. Either has
    an error of some 10^-9 standard deviations.

    Raises
    ------
    InputError
        If the level is not between 0 and 1, or a concentration is not from 1e-300 to 1e300.
    """
    if not 0 < level < 1:
        raise InputError(source="level", wanted="a number between 0 and 1", got=str(level))
    check_concentration("concentration", concentration)
    if concentration.shape[-1] == 1:
        return np.ones((*concentration.shape, 2))  # a die of one face always shows it
    others = _others(concentration)
    known = np.minimum(concentration, others) > _NEARLY_KNOWN
    low = ~known & (others > _FAR_APART * np.maximum(concentration, 1))
    high = ~known & (concentration > _FAR_APART * np.maximum(others, 1))
    usual = ~(known | low | high)
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    one, other = concentration[..., np.newaxis], others[..., np.newaxis]
    ends = np.empty((*concentration.shape, 2))
    ends[known] = _nearly_normal_ends(one[known], other[known], tails)
    ends[low] = _nearly_gamma_ends(one[low], other[low], tails)
    ends[high] = 1 - _nearly_gamma_ends(other[high], one[high], tails[::-1])
    ends[usual] = betaincinv(one[usual], other[usual], tails)
    return ends


def _others(concentration: Floats) -> Floats:
    """Sum of all other entries, shape as given.

    The entries besides the largest are added up directly. Subtracting the largest from the total
    would lose their digits.
    """
    largest = concentration.argmax(axis=-1, keepdims=True)
    rest = concentration.copy()
    np.put_along_axis(rest, largest, 0.0, axis=-1)
    result: Floats = concentration.sum(axis=-1, keepdims=True) - concentration
    np.put_along_axis(result, largest, rest.sum(axis=-1, keepdims=True), axis=-1)
    return result


def _nearly_normal_ends(a: Floats, b: Floats, tails: Floats) -> Floats:
    """Quantiles of Beta(a, b), both large: mean + deviation (z + skewness (z^2 - 1)/6)."""
    mean, rest = a / (a + b), b / (a + b)
    spread, root = np.sqrt(mean * rest), np.sqrt(a + b)
    z = ndtri(tails)
    skewness = 2 * (rest - mean) / (spread * root)
    result: Floats = mean + spread / root * (z + skewness * (z * z - 1) / 6)
    return result


def _nearly_gamma_ends(a: Floats, b: Floats, tails: Floats) -> Floats:
    """Quantiles of Beta(a, b), b much larger: those of u = -log(1 - p), nearly Gamma(a)/n.

    The density of u is u^(a - 1) exp(-n u) (sinh(u/2)/(u/2))^(a - 1), n = b + (a - 1)/2, whose
    last factor, nearly exp((a - 1) u^2/24), moves a quantile x/n by (a - 1) x (x + a + 1)/(24 n^3).
    """
    x, n = gammaincinv(a, tails), b + (a - 1) / 2
    result: Floats = -np.expm1(-(x / n) * (1 + (a - 1) / n * ((x + a + 1) / n) / 24))
    return result


def sum_probabilities(posterior: Posterior) -> Floats:
    """Return q's probability that a new point rolls die k, shape (K,).

    P(k) = sum_{(i, l): i + l = k} E_q[pi1_i] E_q[pi2_l]
    """
    first = posterior_mean(posterior.first_concentration)
    second = posterior_mean(posterior.second_concentration)
    result: Floats = sum_responsibilities(first[np.newaxis], second[np.newaxis])[0]
    return result


def roll_probabilities(posterior: Posterior) -> Floats:
    """Return the predictive distribution of one roll of a new point under q, shape (D3,).

        p(x = d) = sum_{i,l} E_q[pi1_i] E_q[pi2_l] E_q[rho_{i+l,d}]

    Derivation: dice.predictive
    """
    return sum_probabilities(posterior) @ posterior_mean(posterior.roll_concentration)


def log_predictive(counts: Counts, posterior: Posterior) -> float:
    """Return the summed log predictive probability of held-out points under q, in nats.

        sum_n w_n log sum_{i,l} E_q[pi1_i] E_q[pi2_l] E_q[ prod_d rho_{i+l,d}^{c_nd} ]

    with, for b_k the parameters of q(rho_k), c_n = sum_d c_nd and b_k. = sum_d b_kd,

        log E_q[ prod_d rho_kd^{c_d} ] = sum_d ( log Gamma(b_kd + c_d) - log Gamma(b_kd) )
                                       - log Gamma(b_k. + c_n) + log Gamma(b_k.)

    Derivation: dice.predictive

    Parameters
    ----------
    counts
        Held-out face counts.
    posterior
        Fitted to other points.

    Raises
    ------
    InputError
        If the faces disagree.

    Notes
    -----
    Each point is scored by itself, not jointly with the other held-out points. The probability is
    that of the sequence of rolls, so it has no multinomial coefficient.
    """
    dice = posterior.roll_concentration
    if counts.faces != dice.shape[1]:
        got = f"{counts.faces} faces in the counts"
        raise InputError(source="faces", wanted=f"{dice.shape[1]}, as the posterior has", got=got)
    rows, weights = counts.weighted()
    sequence = np.empty((rows.shape[0], dice.shape[0]))
    for k, concentration in enumerate(dice):
        sequence[:, k] = log_normalizer_growth(concentration, rows)
    return float(weights @ logsumexp(sequence, b=sum_probabilities(posterior), axis=1))

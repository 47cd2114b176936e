"""What a fitted posterior says of dice and of rolls not seen yet."""

import numpy as np
from scipy.special import betaincinv, logsumexp, ndtri

from impl.dice.data import Counts
from impl.dice.model import Floats, Posterior
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

_NEARLY_KNOWN = 1e12  # concentrations above which betaincinv loses its digits


def posterior_mean(concentration: Floats) -> Floats:
    """Return E[p_d] = a_d / sum_d a_d under p ~ Dirichlet(a). Shape (..., faces), as given."""
    result: Floats = concentration / concentration.sum(axis=-1, keepdims=True)
    return result


def credible_intervals(concentration: Floats, level: float = 0.95) -> Floats:
    """Return equal-tailed intervals of p_d under p ~ Dirichlet(a), each of probability `level`.

    The marginal law of p_d is Beta(a_d, sum_{e != d} a_e). Shape (..., faces) in,
    (..., faces, 2) out: lower and upper end. Where both parameters are above 10^12 it is normal,
    with a skewness, to some 10^-12 of its standard deviation.

    Raises
    ------
    InputError
        If the level is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise InputError(source="level", wanted="a number between 0 and 1", got=str(level))
    if concentration.shape[-1] == 1:
        return np.ones((*concentration.shape, 2))  # a die of one face shows it surely
    others = concentration.sum(axis=-1, keepdims=True) - concentration
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    known = np.minimum(concentration, others) > _NEARLY_KNOWN
    one, other = (np.where(known, 1.0, part)[..., np.newaxis] for part in (concentration, others))
    ends = np.where(
        known[..., np.newaxis],
        _nearly_normal_ends(concentration[..., np.newaxis], others[..., np.newaxis], tails),
        betaincinv(one, other, tails),
    )
    return np.asarray(ends, dtype=np.float64)


def _nearly_normal_ends(a: Floats, b: Floats, tails: Floats) -> Floats:
    """Quantiles of Beta(a, b), both large: mean + deviation (z + skewness (z^2 - 1)/6)."""
    mean, rest = a / (a + b), b / (a + b)
    spread, root = np.sqrt(mean * rest), np.sqrt(a + b)
    z = ndtri(tails)
    skewness = 2 * (rest - mean) / (spread * root)
    result: Floats = mean + spread / root * (z + skewness * (z * z - 1) / 6)
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
    """Return the predictive law of one roll of a new point under q, shape (D3,).

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
    Each point is scored by itself, not jointly with the other held-out ones. The probability is
    of the sequence of rolls: no multinomial coefficient.
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

"""The evidence lower bound in closed form, with every constant and every entropy."""

import numpy as np
from scipy.special import entr, gammaln

from impl.dice.data import Counts
from impl.dice.model import Floats, Posterior, Priors
from impl.dice.rising import log_dirichlet_ratio, rounded_in_rising
from impl.dice.updates import expected_log_probabilities, expected_roll_counts

__all__ = [
    "categorical_entropy",
    "dirichlet_divergence",
    "evidence_lower_bound",
    "log_dirichlet_normalizer",
]


def log_dirichlet_normalizer(concentration: Floats) -> Floats:
    """Return the log normalizer of Dirichlet(concentration), in nats.

        log B(a) = sum_d log Gamma(a_d) - log Gamma(sum_d a_d)

    Shape (..., faces) in, (...) out.
    """
    result: Floats = gammaln(concentration).sum(axis=-1) - gammaln(concentration.sum(axis=-1))
    return result


def dirichlet_divergence(concentration: Floats, reference: Floats) -> Floats:
    """Return KL(Dirichlet(concentration), Dirichlet(reference)), in nats.

        KL = log B(r) - log B(a) + sum_d (a_d - r_d) (digamma(a_d) - digamma(sum_d a_d))

    Shapes (..., faces), broadcast against each other; result (...).
    """
    shift = (concentration - reference) * expected_log_probabilities(concentration)
    normalizers = log_dirichlet_ratio(reference, concentration - reference)
    result: Floats = shift.sum(axis=-1) - normalizers
    return result


def categorical_entropy(probabilities: Floats) -> Floats:
    """Return -sum_d p_d log p_d of categorical laws, in nats; 0 log 0 is 0.

    Shape (..., faces) in, (...) out.
    """
    result: Floats = entr(probabilities).sum(axis=-1)
    return result


def evidence_lower_bound(counts: Counts, priors: Priors, posterior: Posterior) -> float:
    """Return the evidence lower bound of q under the dice model, in nats.

        L = E_q[log p(X, Z1, Z2, pi1, pi2, rho)] - E_q[log q(Z1, Z2, pi1, pi2, rho)]
          = sum_n w_n ( H[q(Z1_n)] + H[q(Z2_n)] )
          + log B(a1) - log B(alpha1) + sum_i (alpha1_i + N1_i - a1_i) E[log pi1_i]
          + log B(a2) - log B(alpha2) + sum_l (alpha2_l + N2_l - a2_l) E[log pi2_l]
          + sum_k ( log B(b_k) - log B(beta_k) + sum_d (beta_kd + M_kd - b_kd) E[log rho_kd] )

    with N1_i = sum_n w_n phi1_ni, N2_l = sum_n w_n phi2_nl and
    M_kd = sum_n w_n c_nd sum_{i+l=k} phi1_ni phi2_nl.

    Derivation: dice.elbo

    Parameters
    ----------
    counts
        Distinct rows of counts and their weights.
    priors, posterior
        Parameters of p and q; the responsibilities have one row for each row of counts.

    Notes
    -----
    The likelihood is of the sequence of rolls: no multinomial coefficient of the counts. Each
    Dirichlet's term E[log p] + H[q] is written as one product with E[log .], which is zero
    right after that factor's update, so that nothing large cancels there; log B(a) - log B(alpha)
    is worked out from a - alpha, so that it keeps its digits at any concentration.
    """
    rows, weights = counts.weighted()
    return bound_and_magnitude(rows, weights, priors, posterior)[0]


def bound_and_magnitude(
    rows: Floats, weights: Floats, priors: Priors, posterior: Posterior
) -> tuple[float, float]:
    """Bound of `evidence_lower_bound`, and the sum of its terms' absolute values, in nats.

    Rounding errors are a small multiple of the machine epsilon times the second number.
    """
    first, second = posterior.first_responsibilities, posterior.second_responsibilities
    entropies = weights @ categorical_entropy(first) + weights @ categorical_entropy(second)
    # Responsibilities sum to 1 within rounding only, which each point's entropies inherit.
    total, magnitude = float(entropies), float(entropies + 2 * weights.sum())
    for prior, concentration, expected_counts in (
        (priors.first_concentration, posterior.first_concentration, weights @ first),
        (priors.second_concentration, posterior.second_concentration, weights @ second),
        (
            priors.roll_concentration,
            posterior.roll_concentration,
            expected_roll_counts(rows, weights, first, second),
        ),
    ):
        expected_logs = expected_log_probabilities(concentration)
        gained = concentration - prior  # exact where the prior is large and the counts are not
        linear = (expected_counts - gained) * expected_logs
        total += float(log_dirichlet_ratio(prior, gained).sum() + linear.sum())
        # What rounds are the parts of each difference: log B's log Gammas, the residual's counts.
        for base, step in ((prior, gained), (prior.sum(axis=-1), gained.sum(axis=-1))):
            magnitude += float(rounded_in_rising(base, step).sum())
        parts = expected_counts + np.abs(gained)
        magnitude += float((parts * np.abs(expected_logs)).sum())
    return total, magnitude

"""The evidence lower bound in closed form, with every constant and every entropy."""

import numpy as np
from scipy.special import digamma, entr

from impl.dice.data import Counts
from impl.dice.model import Floats, Posterior, Priors
from impl.dice.normalizers import log_normalizer_changes
from impl.dice.updates import expected_log_probabilities, expected_roll_counts

__all__ = [
    "categorical_entropy",
    "dirichlet_divergence",
    "evidence_lower_bound",
]


def dirichlet_divergence(concentration: Floats, reference: Floats) -> Floats:
    """Return KL(Dirichlet(concentration), Dirichlet(reference)), in nats.

        KL = log B(r) - log B(a) + sum_d (a_d - r_d) (digamma(a_d) - digamma(sum_d a_d))

    Shapes (..., faces), broadcast against each other; result (...).

    Notes
    -----
    The terms may cancel. The error is at most 2 machine epsilons times the sum of the absolute
    values of

        log Gamma(r) - log Gamma(a), of faces and of their sum,
        (a_d - r_d) digamma(a_d) and (a_d - r_d) digamma(sum_d a_d)

    In 3,000 random pairs with entries from 10^-3 to 10^14 it reached 1.5 machine epsilons.
    Example: for (6.1e10, 0.0028, 0.17) and (2.2e13, 0.156, 21) the sum is 2.4e15 nats, and the
    result is 158.46 where 158.29 is exact.
    """
    shift = (concentration - reference) * expected_log_probabilities(concentration)
    faces, total = log_normalizer_changes(reference, concentration)
    result: Floats = faces.sum(axis=-1) - total + shift.sum(axis=-1)
    return result


def categorical_entropy(probabilities: Floats) -> Floats:
    """Return the entropy -sum_d p_d log p_d of categorical distributions, in nats; 0 log 0 is 0.

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
    The likelihood is that of the sequence of rolls, so it has no multinomial coefficient. For each
    Dirichlet, E[log p] + H[q] is written as one product with E[log .]. This product is zero right
    after the factor's update, so nothing large cancels there. The differences of log B are computed
    as such (`impl.dice.normalizers`), so nothing cancels at large concentrations.
    """
    rows, weights = counts.weighted()
    return bound_and_magnitude(rows, weights, priors, posterior)[0]


def bound_and_magnitude(
    rows: Floats, weights: Floats, priors: Priors, posterior: Posterior
) -> tuple[float, float]:
    """Return the evidence lower bound and the sum of its terms' absolute values, in nats.

    The rounding error is a small multiple of the machine epsilon times the second number.
    """
    first, second = posterior.first_responsibilities, posterior.second_responsibilities
    entropies = weights @ categorical_entropy(first) + weights @ categorical_entropy(second)
    # Responsibilities sum to 1 only within rounding, which adds to the error of each entropy.
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
        added = concentration - prior
        # The prior is subtracted first. Added to a large one, counts would round away.
        residual = expected_counts - added
        linear = residual * expected_log_probabilities(concentration)
        faces, sums = log_normalizer_changes(concentration, prior)
        total += float(faces.sum() - sums.sum() + linear.sum())
        # Each of these is rounded: the log Gammas' growth, the residual's counts, the digammas.
        magnitude += float(np.abs(faces).sum() + np.abs(sums).sum())
        digammas = digamma(concentration), digamma(concentration.sum(axis=-1, keepdims=True))
        sizes = np.abs(digammas[0]) + np.abs(digammas[1])
        magnitude += float(((expected_counts + np.abs(added)) * sizes).sum())
    return total, magnitude

"""The coordinate updates of the mean-field posterior, one function for each factor.

Symbols: i and l number the faces of the two hidden dice, k = i + l the rolled dice, and d their
faces, all from 0. c_nd is how often point n rolled face d. w_n is the weight of row n: the number
of points that share it. phi1_ni = q(Z1_n = i) and phi2_nl = q(Z2_n = l).
"""

import numpy as np
from scipy.special import digamma, softmax

from impl.dice.model import Floats

__all__ = [
    "expected_log_probabilities",
    "expected_roll_counts",
    "first_concentration",
    "first_responsibilities",
    "roll_concentration",
    "roll_scores",
    "second_concentration",
    "second_responsibilities",
    "sum_responsibilities",
]


def expected_log_probabilities(concentration: Floats) -> Floats:
    """Return E[log p_d] under p ~ Dirichlet(concentration), in nats.

        E[log p_d] = digamma(a_d) - digamma(sum_d a_d)

    This is the gradient of the Dirichlet's log normalizer. Shape (..., faces), as given.
    """
    total = concentration.sum(axis=-1, keepdims=True)
    result: Floats = digamma(concentration) - digamma(total)
    return result


def roll_scores(rows: Floats, roll_concentration: Floats) -> Floats:
    """Return the expected log likelihood of each row under each rolled die, in nats.

        S_nk = sum_d c_nd E_q[log rho_kd]

    Shapes: rows (points, D3), roll_concentration (K, D3), result (points, K), stored die by die.
    """
    # A transposed product stores each die's column contiguously.
    return (expected_log_probabilities(roll_concentration) @ rows.T).T


def first_responsibilities(
    scores: Floats, second_responsibilities: Floats, first_concentration: Floats
) -> Floats:
    """Return the optimal q(Z1_n), a categorical distribution, with all other factors fixed.

        phi1_ni  ∝  exp( E_q[log pi1_i] + sum_l phi2_nl S_{n, i+l} )

    Derivation: dice.q_z1

    Parameters
    ----------
    scores
        S of `roll_scores`, shape (points, D1 + D2 - 1).
    second_responsibilities
        phi2, shape (points, D2).
    first_concentration
        Parameter of q(pi1), shape (D1,).

    Returns
    -------
    Responsibilities phi1, shape (points, D1), rows summing to 1.

    Notes
    -----
    Log terms are in nats. The sheet numbers faces from 1, so that its rolled die is
    k = Z1 + Z2 - 1. Here faces count from 0, and k = i + l.
    """
    prior = expected_log_probabilities(first_concentration)
    return _responsibilities(prior, second_responsibilities, scores)


def second_responsibilities(
    scores: Floats, first_responsibilities: Floats, second_concentration: Floats
) -> Floats:
    """Return the optimal q(Z2_n), a categorical distribution, with all other factors fixed.

        phi2_nl  ∝  exp( E_q[log pi2_l] + sum_i phi1_ni S_{n, i+l} )

    Derivation: dice.q_z2

    Parameters
    ----------
    scores
        S of `roll_scores`, shape (points, D1 + D2 - 1).
    first_responsibilities
        phi1, shape (points, D1).
    second_concentration
        Parameter of q(pi2), shape (D2,).

    Returns
    -------
    Responsibilities phi2, shape (points, D2), rows summing to 1.

    Notes
    -----
    Log terms are in nats. The sheet numbers faces from 1, so that its rolled die is
    k = Z1 + Z2 - 1. Here faces count from 0, and k = i + l.
    """
    prior = expected_log_probabilities(second_concentration)
    return _responsibilities(prior, first_responsibilities, scores)


def _responsibilities(prior: Floats, other: Floats, scores: Floats) -> Floats:
    """Softmax over m of prior_m + sum_o other_no S_{n, m+o}, for either hidden die."""
    logits = np.empty((scores.shape[0], prior.size), order="F")
    for face in range(prior.size):
        window = scores[:, face : face + other.shape[1]]
        logits[:, face] = prior[face] + (other * window).sum(axis=1)
    result: Floats = softmax(logits, axis=1)  # subtracts the row's maximum first
    return result


def first_concentration(prior: Floats, weights: Floats, responsibilities: Floats) -> Floats:
    """Return the parameter of the optimal q(pi1), a Dirichlet distribution.

        a1_i = alpha1_i + sum_n w_n phi1_ni

    Derivation: dice.q_pi1

    Shapes: prior alpha1 (D1,), weights (points,), responsibilities phi1 (points, D1),
    result (D1,).
    """
    return prior + weights @ responsibilities


def second_concentration(prior: Floats, weights: Floats, responsibilities: Floats) -> Floats:
    """Return the parameter of the optimal q(pi2), a Dirichlet distribution.

        a2_l = alpha2_l + sum_n w_n phi2_nl

    Derivation: dice.q_pi2

    Shapes: prior alpha2 (D2,), weights (points,), responsibilities phi2 (points, D2),
    result (D2,).
    """
    return prior + weights @ responsibilities


def sum_responsibilities(first: Floats, second: Floats) -> Floats:
    """Return q(Z1_n + Z2_n = k), the distribution of a sum of independent faces.

        r_nk = sum_{(i, l): i + l = k} phi1_ni phi2_nl

    Shapes: first (points, D1), second (points, D2), result (points, D1 + D2 - 1).
    """
    faces = first.shape[1], second.shape[1]
    result = np.zeros((first.shape[0], sum(faces) - 1), order="F")
    for face in range(faces[0]):
        result[:, face : face + faces[1]] += first[:, face, np.newaxis] * second
    return result


def expected_roll_counts(rows: Floats, weights: Floats, first: Floats, second: Floats) -> Floats:
    """Return the expected number of rolls of face d of die k under q.

        E[n_kd] = sum_n w_n r_nk c_nd,   r_nk = q(Z1_n + Z2_n = k)

    Shapes: rows (points, D3), weights (points,), first (points, D1), second (points, D2),
    result (K, D3).
    """
    return sum_responsibilities(first, second).T @ (weights[:, np.newaxis] * rows)


def roll_concentration(
    prior: Floats, rows: Floats, weights: Floats, first: Floats, second: Floats
) -> Floats:
    """Return the parameters of the optimal q(rho_k), Dirichlet distributions.

        b_kd = beta_kd + sum_n w_n c_nd sum_{(i, l): i + l = k} phi1_ni phi2_nl

    Derivation: dice.q_rho

    Shapes: prior beta (K, D3), rows (points, D3), weights (points,), first phi1 (points, D1),
    second phi2 (points, D2), result (K, D3).

    Notes
    -----
    The sheet asks for "q(beta_k)". We take this as q(rho_k), since beta_k is a fixed parameter.
    """
    return prior + expected_roll_counts(rows, weights, first, second)

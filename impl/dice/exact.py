"""Exact inference for tiny data, by summing over every state of the hidden dice."""

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp, xlogy

from impl.dice.bound import dirichlet_divergence
from impl.dice.data import Counts
from impl.dice.model import Floats, Integers, Posterior, Priors
from impl.dice.normalizers import log_dirichlet_normalizer, log_normalizer_growth
from impl.errors import InputError

__all__ = [
    "STATES_LIMIT",
    "ExactPosterior",
    "divergence_from_exact_posterior",
    "enumerate_states",
    "log_evidence",
    "log_joint",
]

STATES_LIMIT = 1_000_000
"""Most states (D1 D2)^N that are enumerated."""

_STATES_AT_ONCE = 1 << 14


def log_joint(
    counts: Counts,
    priors: Priors,
    *,
    first: Floats,
    second: Floats,
    roll: Floats,
    first_faces: Integers,
    second_faces: Integers,
) -> float:
    """Return log p(X, Z1, Z2, pi1, pi2, rho) of the dice model at given values, in nats.

        log p = log Dir(pi1; alpha1) + log Dir(pi2; alpha2) + sum_k log Dir(rho_k; beta_k)
              + sum_n ( sum_i [Z1_n = i] log pi1_i + sum_l [Z2_n = l] log pi2_l )
              + sum_n sum_{i,l} [Z1_n = i] [Z2_n = l] sum_d c_nd log rho_{i+l,d}

    Derivation: dice.log_joint

    Parameters
    ----------
    counts
        Face counts; `by_point` gives c, shape (points, D3).
    priors
        Concentrations alpha1 (D1,), alpha2 (D2,), beta (K, D3).
    first, second, roll
        Probabilities pi1 (D1,), pi2 (D2,), rho (K, D3).
    first_faces, second_faces
        Z1 and Z2, from 0, shape (points,).

    Notes
    -----
    The likelihood is that of the sequence of rolls, so it has no multinomial coefficient. Dirichlet
    densities are with respect to all probabilities but the last. 0 log 0 is 0.
    """
    densities = 0.0
    for concentration, value in zip(_concentrations(priors), (first, second, roll), strict=True):
        kernel = xlogy(concentration - 1, value).sum(axis=-1)
        densities += float((kernel - log_dirichlet_normalizer(concentration)).sum())
    hidden = np.log(first[first_faces]).sum() + np.log(second[second_faces]).sum()
    likelihood = xlogy(counts.by_point, roll[first_faces + second_faces]).sum()
    return densities + float(hidden) + float(likelihood)


@dataclass(frozen=True)
class ExactPosterior:
    """Every state of the hidden dice with its log joint probability log p(X, Z1, Z2), in nats.

    Attributes
    ----------
    first_faces, second_faces
        Z1 and Z2, from 0, shape (states, points).
    log_joint
        log p(X, Z1, Z2), the probabilities of all dice integrated out, shape (states,).
    faces
        Numbers of faces (D1, D2) of the hidden dice.
    """

    first_faces: Integers
    second_faces: Integers
    log_joint: Floats
    faces: tuple[int, int]

    @property
    def log_evidence(self) -> float:
        """Log evidence log p(X), in nats."""
        return float(logsumexp(self.log_joint))

    @property
    def probabilities(self) -> Floats:
        """p(Z1, Z2 | X), shape (states,)."""
        result: Floats = np.exp(self.log_joint - self.log_evidence)
        return result

    @property
    def first_marginals(self) -> Floats:
        """p(Z1_n = i | X), shape (points, D1)."""
        return np.stack(
            [self.probabilities @ (self.first_faces == face) for face in range(self.faces[0])],
            axis=1,
        )

    @property
    def second_marginals(self) -> Floats:
        """p(Z2_n = l | X), shape (points, D2)."""
        return np.stack(
            [self.probabilities @ (self.second_faces == face) for face in range(self.faces[1])],
            axis=1,
        )


def enumerate_states(counts: Counts, priors: Priors) -> ExactPosterior:
    """List every state of the hidden dice and its log joint probability, in nats.

        log p(X, Z) = log B(alpha1 + n1) - log B(alpha1) + log B(alpha2 + n2) - log B(alpha2)
                    + sum_k ( log B(beta_k + n_k) - log B(beta_k) )

    with n1_i and n2_l the points at each face and n_kd the rolls of face d of die k, under Z.

    Raises
    ------
    InputError
        If (D1 D2)^N states are more than `STATES_LIMIT`.
    """
    first, second, _ = priors.faces
    states = (first * second) ** counts.points
    if states > STATES_LIMIT:
        raise InputError(
            source="exact enumeration",
            wanted=f"at most {STATES_LIMIT} states of the hidden dice",
            got=f"{first * second} to the power of {counts.points} points",
        )
    number = np.arange(states)
    first_faces = np.empty((states, counts.points), dtype=np.int16)
    second_faces = np.empty((states, counts.points), dtype=np.int16)
    for point in range(counts.points):
        number, pair = np.divmod(number, first * second)
        first_faces[:, point], second_faces[:, point] = np.divmod(pair, second)
    log_joint = np.empty(states)
    for begin in range(0, states, _STATES_AT_ONCE):
        part = slice(begin, begin + _STATES_AT_ONCE)
        shown = _counts(counts, priors, first_faces[part], second_faces[part])
        log_joint[part] = sum(
            log_normalizer_growth(prior, times).reshape(times.shape[0], -1).sum(axis=1)
            for prior, times in zip(_concentrations(priors), shown, strict=True)
        )
    return ExactPosterior(first_faces, second_faces, log_joint, (first, second))


def _concentrations(priors: Priors) -> tuple[Floats, Floats, Floats]:
    return priors.first_concentration, priors.second_concentration, priors.roll_concentration


def _counts(
    counts: Counts, priors: Priors, first_faces: Integers, second_faces: Integers
) -> tuple[Integers, Integers, Integers]:
    """Count each face of the first, the second and every rolled die, one row for each state.

    Added to the priors, these are the parameters of p(pi1 | Z), p(pi2 | Z) and p(rho | X, Z).
    """
    first, second, _ = priors.faces
    chosen = [(first_faces == face).sum(axis=1) for face in range(first)]
    paired = [(second_faces == face).sum(axis=1) for face in range(second)]
    die = first_faces + second_faces
    rolled = [(die == k) @ counts.by_point for k in range(first + second - 1)]
    return np.stack(chosen, axis=1), np.stack(paired, axis=1), np.stack(rolled, axis=1)


def log_evidence(counts: Counts, priors: Priors) -> float:
    """Return the log evidence log p(X) of tiny data under the dice model, in nats.

        log p(X) = log sum_{Z1, Z2} p(X, Z1, Z2)

    with the probabilities of all dice integrated out (see `enumerate_states`).

    Derivation: dice.log_evidence

    Parameters
    ----------
    counts
        Face counts of N points.
    priors
        Concentrations.

    Raises
    ------
    InputError
        If (D1 D2)^N states are more than `STATES_LIMIT`.

    Notes
    -----
    The likelihood is that of the sequence of rolls, so it has no multinomial coefficient.
    """
    return enumerate_states(counts, priors).log_evidence


def divergence_from_exact_posterior(posterior: Posterior, counts: Counts, priors: Priors) -> float:
    """Return KL(q, p(Z1, Z2, pi1, pi2, rho | X)) in nats, computed without the ELBO.

        KL = sum_Z q(Z) ( log q(Z) - log p(Z | X) + KL(q(pi1), p(pi1 | Z))
             + KL(q(pi2), p(pi2 | Z)) + sum_k KL(q(rho_k), p(rho_k | X, Z)) )

    where, given Z, each die's exact posterior is a Dirichlet.

    Raises
    ------
    InputError
        If (D1 D2)^N states are more than `STATES_LIMIT`.
    """
    exact = enumerate_states(counts, priors)
    point = np.arange(counts.points)
    first = posterior.first_responsibilities[counts.index][point, exact.first_faces]
    second = posterior.second_responsibilities[counts.index][point, exact.second_faces]
    probability = np.prod(first, axis=1) * np.prod(second, axis=1)
    factors = (
        posterior.first_concentration,
        posterior.second_concentration,
        posterior.roll_concentration,
    )
    total = float((xlogy(probability, probability) - probability * exact.log_joint).sum())
    total += float(probability.sum()) * exact.log_evidence
    for begin in range(0, probability.size, _STATES_AT_ONCE):
        part = slice(begin, begin + _STATES_AT_ONCE)
        shown = _counts(counts, priors, exact.first_faces[part], exact.second_faces[part])
        for factor, prior, times in zip(factors, _concentrations(priors), shown, strict=True):
            divergence = dirichlet_divergence(factor, prior + times).reshape(times.shape[0], -1)
            total += float(probability[part] @ divergence.sum(axis=1))
    return total

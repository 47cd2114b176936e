"""Variances and exact derivatives behind Monte Carlo claims about the samplers, in NumPy.

What a check takes as its premise comes from here: from distribution functions, cumulants and
quadrature, never from the samplers.
"""

import itertools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import betaln, digamma, polygamma

Floats = np.ndarray
MARGIN = 1.01
"""A hundredth more than the quadrature says: its own error is far below."""


class Quantiles(NamedTuple):
    """Kumaraswamy draws at a grid of uniform numbers: logs, derivatives of log x, weights."""

    log_x: Floats
    log1m_x: Floats
    by_a: Floats
    by_b: Floats
    weights: Floats


def log1mexp(x: Floats) -> Floats:
    """log(1 - exp(x)) for x < 0."""
    near, far = np.maximum(x, -1.0), np.minimum(x, -0.5)
    return np.where(x > -0.7, np.log(-np.expm1(near)), np.log1p(-np.exp(far)))


def quantiles(a: float, b: float) -> Quantiles:
    """Kumaraswamy draws on the logit scale of u, where the trapezoidal rule is geometric.

    log x = log(1 - (1-u)^(1/b)) / a, d log x/da = -log x / a, and with r = (1-u)^(1/b)
    d log x/db = r log(r) / ((1 - r) a b).
    """
    t = np.linspace(-60.0, 60.0, 6001)
    weights = np.exp(-np.logaddexp(0, t) - np.logaddexp(0, -t)) * (t[1] - t[0])
    log_r = -np.logaddexp(0, t) / b
    log_x = log1mexp(log_r) / a
    by_b = log_r * np.exp(log_r - log1mexp(log_r)) / (a * b)
    # Where x rounds to 1, 1 - x = r / a, log x having underflown.
    log1m_x = np.where(log_x > -1e-290, log_r - np.log(a), log1mexp(np.minimum(log_x, -1e-300)))
    return Quantiles(log_x, log1m_x, -log_x / a, by_b, weights)


def kumaraswamy_moment(power: int, a: float, b: float) -> tuple[float, Floats]:
    """E[x^n] = b B(1 + n/a, b), and its derivatives by a and b."""
    n = power / a
    moment = b * np.exp(betaln(1 + n, b))
    by_a = -power / a**2 * (digamma(1 + n) - digamma(1 + n + b))
    by_b = 1 / b + digamma(b) - digamma(1 + n + b)
    return moment, moment * np.array([by_a, by_b])


def kumaraswamy_mean_log(a: float, b: float) -> Floats:
    """Derivatives of E[log x] = -H(b)/a by a and b, H the harmonic number."""
    harmonic = digamma(b + 1) - digamma(1)
    return np.array([harmonic / a**2, -polygamma(1, b + 1) / a])


def log_kumaraswamy(log_x: Floats, a: float, b: float) -> Floats:
    """Log density at exp(log_x)."""
    return np.log(a * b) + (a - 1) * log_x + (b - 1) * log1mexp(a * log_x)


def variance_of_log_ratio(
    log_ratio: Callable[[Floats, Floats], Floats], a: float, b: float
) -> float:
    """Variance under Kumaraswamy(a, b) of a function of log x and log(1-x)."""
    q = quantiles(a, b)
    values = log_ratio(q.log_x, q.log1m_x)
    mean = q.weights @ values
    return MARGIN * float(q.weights @ (values - mean) ** 2)


class LogRatios(NamedTuple):
    """The Gaussian of log x_k - log x_K for k < K: its mean and covariance."""

    mean: Floats
    covariance: Floats


def differences(size: int) -> Floats:
    """The matrix that takes K coordinates to their differences from the last."""
    return np.hstack([np.eye(size - 1), -np.ones((size - 1, 1))])


def log_ratios(loc: Floats, variance: Floats) -> LogRatios:
    """Log ratios of softmax of a Gaussian with independent coordinates."""
    matrix = differences(len(loc))
    return LogRatios(matrix @ loc, matrix @ np.diag(variance) @ matrix.T)


def fitted(alpha: Floats, fit: str) -> tuple[Floats, Floats]:
    """Mean and variances of the coordinates that stand in for Dirichlet(alpha)."""
    if fit == "moments":
        return digamma(alpha), polygamma(1, alpha)
    size = len(alpha)
    variance = (1 - 2 / size) / alpha + np.sum(1 / alpha) / size**2
    return np.log(alpha) - np.log(alpha).mean(), variance


def fitted_by(alpha: Floats, fit: str, j: int) -> tuple[Floats, Floats]:
    """Derivatives by alpha_j of the mean and of the standard deviations of the coordinates."""
    size = len(alpha)
    own = np.eye(size)[j]
    _, variance = fitted(alpha, fit)
    if fit == "moments":
        by, variance_by = own * polygamma(1, alpha), own * polygamma(2, alpha)
    else:
        by = (own - 1 / size) / alpha[j]
        variance_by = -own * (1 - 2 / size) / alpha[j] ** 2 - 1 / (size * alpha[j]) ** 2
    return by, variance_by / (2 * np.sqrt(variance))


def mean_of_softmax(loc: Floats, variance: Floats, nodes: int = 41) -> Floats:
    """E[softmax(eta)] by the trapezoidal rule on a grid of independent normal coordinates."""
    axis = np.linspace(-7.0, 7.0, nodes)
    grid = np.array(list(itertools.product(axis, repeat=len(loc))))
    weights = np.exp(-0.5 * (grid**2).sum(-1))
    eta = loc + np.sqrt(variance) * grid
    x = np.exp(eta - eta.max(-1, keepdims=True))
    return (weights / weights.sum()) @ (x / x.sum(-1, keepdims=True))


def variance_of_quadratic(linear: Floats, matrix: Floats, cumulants: Sequence[Floats]) -> float:
    """Variance of l'z + z'Mz/2, z independent and centred with cumulants of order 2, 3 and 4.

    sum l_k^2 k2_k + sum l_k M_kk k3_k + (sum M_kk^2 k4_k + 2 sum M_kl^2 k2_k k2_l) / 4.
    """
    second, third, fourth = cumulants
    diagonal = np.diag(matrix)
    pairs = second @ matrix**2 @ second
    whole = linear**2 @ second + (linear * diagonal) @ third
    return MARGIN * float(whole + (diagonal**2 @ fourth + 2 * pairs) / 4)

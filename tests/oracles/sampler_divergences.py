"""Monte Carlo claims about divergences: the mean log ratio of densities written here, in NumPy."""

from collections.abc import Callable

import numpy as np
import torch
from scipy.special import betaln, digamma, gammaln, polygamma
from scipy.stats import multivariate_normal
from torch.distributions import Distribution

from derivations.evidence.monte_carlo import SampledCheck, kl_matches
from oracles import sampler_premises as premises
from oracles.sampler_claims import Generator, Setting, array, seed

Floats = np.ndarray
EFFECT = 0.02
"""Smallest effect a check must see, in standard deviations of the log ratio."""
Four = tuple[float, float, float, float]


def _claim(
    sampler: Callable[[Generator, int], Floats],
    log_ratio: Callable[[Floats], Floats],
    value: float,
    variance: float,
    on: Setting,
) -> SampledCheck:
    return kl_matches(
        "the divergence is the mean log ratio of draws",
        sampler,
        log_ratio,
        value,
        detects=EFFECT * np.sqrt(variance),
        variance_bound=variance,
        plan=on.plan,
    )


def log_beta_density(log_x: Floats, log1m_x: Floats, c: float, d: float) -> Floats:
    """Log density of Beta(c, d)."""
    return (c - 1) * log_x + (d - 1) * log1m_x - betaln(c, d)


def from_kumaraswamy(
    law: Distribution, four: Four, value: float, on: Setting, *, beta: bool
) -> SampledCheck:
    """KL of Kumaraswamy(a, b), drawn as logs, from Beta(c, d) or Kumaraswamy(c, d)."""
    a, b, c, d = four

    def log_ratio(log_x: Floats, log1m_x: Floats) -> Floats:
        p = premises.log_kumaraswamy(log_x, a, b)
        other = log_beta_density(log_x, log1m_x, c, d)
        return p - (other if beta else premises.log_kumaraswamy(log_x, c, d))

    def sampler(rng: Generator, number: int) -> Floats:
        seed(rng)
        draw = law.rsample_log(torch.Size((number,)))
        return np.stack([array(draw.log_x), array(draw.log1m_x)])

    variance = premises.variance_of_log_ratio(log_ratio, a, b)
    return _claim(sampler, lambda logs: log_ratio(*logs), value, variance, on)


def log_softmax_gaussian(log_x: Floats, loc: Floats, variance: Floats) -> Floats:
    """Log density on the simplex: the log ratios' Gaussian and the Jacobian of the map."""
    mean, covariance = premises.log_ratios(loc, variance)
    ratios = log_x[:, :-1] - log_x[:, -1:]
    return multivariate_normal(mean, covariance).logpdf(ratios) - log_x.sum(-1)


def log_dirichlet(log_x: Floats, alpha: Floats) -> Floats:
    """Log density of Dirichlet(alpha)."""
    return gammaln(alpha.sum()) - gammaln(alpha).sum() + log_x @ (alpha - 1)


def from_dirichlet(
    alpha: Floats, loc: Floats, variance: Floats, value: float, on: Setting
) -> SampledCheck:
    """KL of Dirichlet(alpha), drawn as logs of Gammas, from a softmax-Gaussian.

    Up to alpha_0 times the log of the Gammas' sum, which is independent of the draw, the log ratio
    is alpha'l and a quadratic form of independent log Gammas l: their variance bounds its own.
    """
    matrix = premises.differences(len(alpha))
    mean, covariance = premises.log_ratios(loc, variance)
    inner = matrix.T @ np.linalg.inv(covariance)
    linear = alpha + inner @ (matrix @ digamma(alpha) - mean)
    cumulants = [polygamma(n, alpha) for n in (1, 2, 3)]
    bound = premises.variance_of_quadratic(linear, inner @ matrix, cumulants)

    def sampler(rng: Generator, number: int) -> Floats:
        # Gamma(c) is Gamma(c + 1) U^(1/c): in logs nothing underflows.
        logs = np.log(rng.standard_gamma(alpha + 1, (number, len(alpha))))
        logs += np.log(rng.uniform(size=logs.shape)) / alpha
        return logs - np.logaddexp.reduce(logs, axis=1, keepdims=True)

    def log_ratio(log_x: Floats) -> Floats:
        return log_dirichlet(log_x, alpha) - log_softmax_gaussian(log_x, loc, variance)

    return _claim(sampler, log_ratio, value, bound, on)


Gaussian = tuple[Floats, Floats]


def from_softmax_gaussian(
    law: Distribution, p: Gaussian, q: Gaussian | Floats, value: float, on: Setting
) -> SampledCheck:
    """KL of a softmax-Gaussian from another one, or from the Dirichlet of a vector.

    Between Gaussians the log ratio is quadratic in the noise. Against a Dirichlet, the log ratio
    of y is -z'z/2 of variance (K-1)/2, less a function g of the coordinates with the gradient
    alpha - alpha_0 x: by Poincare's inequality Var g <= sum variance_k max(alpha_k, rest)^2.
    """
    loc, variance = p
    matrix = premises.differences(len(loc))
    mean, covariance = premises.log_ratios(loc, variance)
    if isinstance(q, tuple):
        mean_q, covariance_q = premises.log_ratios(*q)
        inner = np.linalg.inv(covariance_q)
        linear = matrix.T @ inner @ (mean - mean_q)
        quadratic = matrix.T @ (inner - np.linalg.inv(covariance)) @ matrix
        none = np.zeros_like(variance)
        bound = premises.variance_of_quadratic(linear, quadratic, (variance, none, none))
    else:
        steepest = np.maximum(q, q.sum() - q)
        bound = (np.sqrt((len(q) - 1) / 2) + np.sqrt(variance @ steepest**2)) ** 2

    def sampler(rng: Generator, number: int) -> Floats:
        seed(rng)
        return array(law.rsample_log(torch.Size((number,))))

    def log_ratio(log_x: Floats) -> Floats:
        log_p = log_softmax_gaussian(log_x, loc, variance)
        if isinstance(q, tuple):
            return log_p - log_softmax_gaussian(log_x, *q)
        return log_p - log_dirichlet(log_x, q)

    return _claim(sampler, log_ratio, value, float(bound), on)

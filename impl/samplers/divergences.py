"""Divergences of both laws; each law's module registers its own with PyTorch.

So `torch.distributions.kl_divergence` knows them wherever the laws are. The laws themselves are
imported here for their types alone.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor
from torch.distributions import Beta, Dirichlet

from impl.errors import InputError
from impl.samplers import log_ratios
from impl.samplers.expectations import expected_log, expected_log1m
from impl.samplers.special import log_beta, log_product, trigamma, wide

if TYPE_CHECKING:
    from impl.samplers.kumaraswamy import Kumaraswamy
    from impl.samplers.softmax_gaussian import SoftmaxGaussian

__all__ = [
    "kl_dirichlet_softmax_gaussian",
    "kl_kumaraswamy_beta",
    "kl_kumaraswamy_kumaraswamy",
    "kl_softmax_gaussian_dirichlet",
    "kl_softmax_gaussian_softmax_gaussian",
]


def kl_kumaraswamy_beta(p: Kumaraswamy, q: Beta) -> Tensor:
    """KL(Kumaraswamy(a, b), Beta(c, d)) in nats, by expected logarithms.

    -H[p] + log B(c, d) - (c-1) E[log x] - (d-1) E[log(1-x)]; it vanishes where the laws are
    equal: a = c, b = d and one of them 1.

    Derivation: kumaraswamy.kl_beta, kumaraswamy.equals_beta
    """
    a, b, c, d = wide(p.concentration1, p.concentration0, q.concentration1, q.concentration0)
    cross = (c - 1) * expected_log(a, b) + (d - 1) * expected_log1m(a, b) - log_beta(c, d)
    return (_log_self(a, b) - cross).to(p.dtype)


def kl_kumaraswamy_kumaraswamy(p: Kumaraswamy, q: Kumaraswamy) -> Tensor:
    """KL(Kumaraswamy(a, b), Kumaraswamy(c, d)) in nats.

    x^c has law Kumaraswamy(a/c, b), so that E[log(1 - x^c)] is `expected_log1m(a/c, b)`.

    Derivation: kumaraswamy.log_density
    """
    a, b, c, d = wide(p.concentration1, p.concentration0, q.concentration1, q.concentration0)
    inner = (d - 1) * expected_log1m(a / c, b)
    cross = log_product(c, d) + (c - 1) * expected_log(a, b) + inner
    return (_log_self(a, b) - cross).to(p.dtype)


def _log_self(a: Tensor, b: Tensor) -> Tensor:
    """E[log p(x)] = log(ab) + (a-1) E[log x] + (b-1) E[log(1-y)], the last being -1/b."""
    return log_product(a, b) + (a - 1) * expected_log(a, b) - (b - 1) / b


def _checked_sizes(p: Tensor, q: Tensor) -> None:
    if p.shape[-1] != q.shape[-1]:
        wanted = f"laws on one simplex, of {p.shape[-1]} entries"
        raise InputError(source="q", wanted=wanted, got=f"one of {q.shape[-1]}")


class _Covered(NamedTuple):
    """E[Q] for a law of eta under which deviations from q's loc are averaged, and q's log det."""

    mean_distance: Tensor
    log_determinant: Tensor


def _cover_independent(q: SoftmaxGaussian, offset: Tensor, variance: Tensor) -> _Covered:
    """E[Q] = sum_k w_k (m_k - c)^2 + sum_k w_k v_k (1 - w_k / sum w).

    Here w = 1/q's variances, m is the offset, v the law's variances and c = sum w m / sum w.
    """
    (of_q,) = wide(q.gaussian_variance)
    weight = 1 / of_q
    sums = weight.sum(-1, keepdim=True)
    moved = log_ratios.from_heaviest(weight, offset)
    centre = (weight * moved).sum(-1, keepdim=True) / sums
    # 1 - w_k / sum w cancels at the largest weight alone, where it is the share of the others.
    heaviest = weight.argmax(-1, keepdim=True)
    others = weight.scatter(-1, heaviest, 0.0).sum(-1, keepdim=True)
    share = (1 - weight / sums).scatter(-1, heaviest, others / sums)
    distance = weight * ((moved - centre).square() + variance * share)
    return _Covered(distance.sum(-1), of_q.log().sum(-1) + weight.sum(-1).log())


def _cover(q: SoftmaxGaussian, offset: Tensor, covariance: Tensor) -> _Covered:
    """E[Q] = |L^-1 r|^2 + |L^-1 R|^2, the latter the sum of all squared entries.

    L L' and R R' are the covariances of the log ratios of q and of the law, r the offset's ratios.
    """
    (of_q,) = wide(q.covariance_matrix)
    factor, other = (log_ratios.root("covariance", s, validate=False) for s in (of_q, covariance))
    mean = log_ratios.whitened(factor, log_ratios.ratios(offset)).square().sum(-1)
    spread = torch.linalg.solve_triangular(factor, other, upper=False).square().sum((-1, -2))
    return _Covered(mean + spread, 2 * factor.diagonal(dim1=-2, dim2=-1).log().sum(-1))


def kl_dirichlet_softmax_gaussian(p: Dirichlet, q: SoftmaxGaussian) -> Tensor:
    """KL(Dirichlet(alpha), softmax-Gaussian) in nats, in closed form.

    Under the Dirichlet, log x has mean digamma(alpha) and covariance diag(trigamma(alpha)), each
    up to a shift.

    Derivation: softmax_gaussian.moment_matching
    """
    _checked_sizes(p.concentration, q.loc)
    alpha, loc = wide(p.concentration, q.loc)
    total = alpha.sum(-1, keepdim=True)
    mean_log = torch.digamma(alpha) - torch.digamma(total)
    log_normalizer = torch.lgamma(alpha).sum(-1) - torch.lgamma(total).squeeze(-1)
    minus_entropy = ((alpha - 1) * mean_log).sum(-1) - log_normalizer
    offset, variance = mean_log - loc, trigamma(alpha)
    if q.is_independent:
        covered = _cover_independent(q, offset, variance)
    else:
        covered = _cover(q, offset, torch.diag_embed(variance))
    constant = (alpha.shape[-1] - 1) * math.log(2 * math.pi)
    quadratic = constant + covered.log_determinant + covered.mean_distance
    cross = -0.5 * quadratic - mean_log.sum(-1)
    return (minus_entropy - cross).to(q.loc.dtype)


def kl_softmax_gaussian_dirichlet(p: SoftmaxGaussian, q: Dirichlet) -> Tensor:
    """KL(softmax-Gaussian, Dirichlet(alpha)) in nats; E[log x] by quadrature, K few."""
    _checked_sizes(p.loc, q.concentration)
    (alpha,) = wide(q.concentration)
    log_normalizer = torch.lgamma(alpha).sum(-1) - torch.lgamma(alpha.sum(-1))
    mean_log = p.expected_log().double()
    entropy = p.log_ratio_entropy().double() + mean_log.sum(-1)
    return (-entropy - ((alpha - 1) * mean_log).sum(-1) + log_normalizer).to(p.loc.dtype)


def kl_softmax_gaussian_softmax_gaussian(p: SoftmaxGaussian, q: SoftmaxGaussian) -> Tensor:
    """KL between two softmax-Gaussians in nats: that of the Gaussians of their log ratios."""
    _checked_sizes(p.loc, q.loc)
    p_loc, q_loc = wide(p.loc, q.loc)
    offset = p_loc - q_loc
    if p.is_independent and q.is_independent:
        (variance,) = wide(p.gaussian_variance)
        covered = _cover_independent(q, offset, variance)
        own = _cover_independent(p, torch.zeros_like(p_loc), variance)
    else:
        (covariance,) = wide(p.covariance_matrix)
        covered = _cover(q, offset, covariance)
        own = _cover(p, torch.zeros_like(p_loc), covariance)
    ratio = covered.log_determinant - own.log_determinant
    return (0.5 * (covered.mean_distance - (p_loc.shape[-1] - 1) + ratio)).to(p.loc.dtype)

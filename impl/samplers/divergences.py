"""Divergences of both laws, registered with `torch.distributions.kl_divergence`."""

import math

import torch
from torch import Tensor
from torch.distributions import Beta, Dirichlet
from torch.distributions.kl import register_kl

from impl.errors import InputError
from impl.samplers.expectations import expected_log, expected_log1m
from impl.samplers.kumaraswamy import Kumaraswamy
from impl.samplers.softmax_gaussian import SoftmaxGaussian
from impl.samplers.special import log_beta, trigamma, wide

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
    cross = torch.log(c * d) + (c - 1) * expected_log(a, b) + inner
    return (_log_self(a, b) - cross).to(p.dtype)


def _log_self(a: Tensor, b: Tensor) -> Tensor:
    """E[log p(x)] = log(ab) + (a-1) E[log x] + (b-1) E[log(1-y)], the last being -1/b."""
    return torch.log(a * b) + (a - 1) * expected_log(a, b) - (b - 1) / b


def _checked_sizes(p: Tensor, q: Tensor) -> None:
    if p.shape[-1] != q.shape[-1]:
        wanted = f"laws on one simplex, of {p.shape[-1]} entries"
        raise InputError(source="q", wanted=wanted, got=f"one of {q.shape[-1]}")


def kl_dirichlet_softmax_gaussian(p: Dirichlet, q: SoftmaxGaussian) -> Tensor:
    """KL(Dirichlet(alpha), softmax-Gaussian) in nats, in closed form.

    Under the Dirichlet, log x has mean digamma(alpha) and covariance diag(trigamma(alpha)), each
    up to a shift; with w = 1/variance, m = E[log x] - loc and c = sum w m / sum w,

        E[Q] = sum_k w_k (m_k - c)^2 + sum_k w_k trigamma(alpha_k) (1 - w_k / sum w).

    Derivation: softmax_gaussian.moment_matching
    """
    _checked_sizes(p.concentration, q.loc)
    alpha, loc, variance = wide(p.concentration, q.loc, q.gaussian_variance)
    total = alpha.sum(-1, keepdim=True)
    mean_log = torch.digamma(alpha) - torch.digamma(total)
    log_normalizer = torch.lgamma(alpha).sum(-1) - torch.lgamma(total).squeeze(-1)
    minus_entropy = ((alpha - 1) * mean_log).sum(-1) - log_normalizer
    weight = 1 / variance
    sums = weight.sum(-1, keepdim=True)
    offset = mean_log - loc
    centre = (weight * offset).sum(-1, keepdim=True) / sums
    distance = weight * ((offset - centre).square() + trigamma(alpha) * (1 - weight / sums))
    constant = (alpha.shape[-1] - 1) * math.log(2 * math.pi)
    log_determinant = variance.log().sum(-1) + weight.sum(-1).log()
    cross = -0.5 * (constant + log_determinant + distance.sum(-1)) - mean_log.sum(-1)
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
    p_loc, p_variance, q_loc, q_variance = wide(
        p.loc, p.gaussian_variance, q.loc, q.gaussian_variance
    )
    weight = 1 / q_variance
    sums = weight.sum(-1, keepdim=True)
    offset = p_loc - q_loc
    centre = (weight * offset).sum(-1, keepdim=True) / sums
    distance = weight * ((offset - centre).square() + p_variance * (1 - weight / sums))
    ratio = q.log_determinant.double() - p.log_determinant.double()
    return (0.5 * (distance.sum(-1) - (p_loc.shape[-1] - 1) + ratio)).to(p.loc.dtype)


register_kl(Kumaraswamy, Beta)(kl_kumaraswamy_beta)
register_kl(Kumaraswamy, Kumaraswamy)(kl_kumaraswamy_kumaraswamy)
register_kl(Dirichlet, SoftmaxGaussian)(kl_dirichlet_softmax_gaussian)
register_kl(SoftmaxGaussian, Dirichlet)(kl_softmax_gaussian_dirichlet)
register_kl(SoftmaxGaussian, SoftmaxGaussian)(kl_softmax_gaussian_softmax_gaussian)

"""Divergences of both distributions, registered with PyTorch.

This module imports the distributions and not they it, as `torch.distributions.kl` does. The package
imports it, so that `torch.distributions.kl_divergence` always knows the divergences.
"""

import torch
from torch import Tensor
from torch.distributions import Beta, Dirichlet, LogisticNormal, Uniform
from torch.distributions.kl import register_kl
from torch.nn.functional import pad

from impl.errors import InputError
from impl.samplers import log_ratios
from impl.samplers.beta_expectation import expected_log1m_power
from impl.samplers.checking import common_dtype, length
from impl.samplers.expectations import expected_log
from impl.samplers.kumaraswamy import Kumaraswamy
from impl.samplers.log1m_expectation import expected_log1m
from impl.samplers.simplex_quadrature import expected_gap, expected_square
from impl.samplers.softmax_gaussian import SoftmaxGaussian
from impl.samplers.special import (
    digamma,
    digamma_minus_log,
    log_beta,
    log_gamma_rest,
    log_product,
    negentropy_of_log_gamma,
    trigamma,
    trigamma_excess,
    wide,
)

__all__ = [
    "kl_beta_kumaraswamy",
    "kl_dirichlet_softmax_gaussian",
    "kl_kumaraswamy_beta",
    "kl_kumaraswamy_kumaraswamy",
    "kl_kumaraswamy_uniform",
    "kl_softmax_gaussian_dirichlet",
    "kl_softmax_gaussian_logistic_normal",
    "kl_softmax_gaussian_softmax_gaussian",
]


def kl_kumaraswamy_beta(p: Kumaraswamy, q: Beta) -> Tensor:
    """KL(Kumaraswamy(a, b), Beta(c, d)) in nats, by expected logarithms.

    -H[p] + log B(c, d) - (c-1) E[log x] - (d-1) E[log(1-x)]; it is 0 where both are
    equal: a = c, b = d and one of them 1.

    Derivation: kumaraswamy.kl_beta, kumaraswamy.equals_beta
    """
    a, b, c, d = wide(p.concentration1, p.concentration0, q.concentration1, q.concentration0)
    log_x = expected_log(a, b)
    cross = (c - 1) * log_x + (d - 1) * expected_log1m(a, b) - log_beta(c, d)
    return (_log_self(a, b, log_x) - cross).to(_dtype(p, q.concentration1))


def kl_beta_kumaraswamy(p: Beta, q: Kumaraswamy) -> Tensor:
    """KL(Beta(c, d), Kumaraswamy(a, b)) in nats, by expected logarithms.

    With E under the Beta: (c - a) E[log x] + (d - 1) E[log(1-x)] - (b - 1) E[log(1 - x^a)]
    - log B(c, d) - log(ab).
    """
    c, d, a, b = wide(p.concentration1, p.concentration0, q.concentration1, q.concentration0)
    total = digamma(c + d)
    own = (c - a) * (digamma(c) - total) + (d - 1) * (digamma(d) - total) - log_beta(c, d)
    cross = (b - 1) * expected_log1m_power(a, c, d) + log_product(a, b)
    return (own - cross).to(_dtype(q, p.concentration1))


def kl_kumaraswamy_kumaraswamy(p: Kumaraswamy, q: Kumaraswamy) -> Tensor:
    """KL(Kumaraswamy(a, b), Kumaraswamy(c, d)) in nats.

    x^c has distribution Kumaraswamy(a/c, b), so that E[log(1 - x^c)] is `expected_log1m(a/c, b)`.

    Derivation: kumaraswamy.log_density
    """
    a, b, c, d = wide(p.concentration1, p.concentration0, q.concentration1, q.concentration0)
    log_x = expected_log(a, b)
    cross = log_product(c, d) + (c - 1) * log_x + (d - 1) * expected_log1m(a / c, b)
    return (_log_self(a, b, log_x) - cross).to(_dtype(p, q.concentration1))


def kl_kumaraswamy_uniform(p: Kumaraswamy, q: Uniform) -> Tensor:
    """KL(Kumaraswamy(a, b), Uniform(low, high)) in nats: -H[p] + log(high - low).

    Infinite unless low <= 0 and 1 <= high.
    """
    a, b, low, high = wide(p.concentration1, p.concentration0, q.low, q.high)
    value = _log_self(a, b, expected_log(a, b)) + torch.log(high - low)
    covered = (low <= 0) & (high >= 1)
    return torch.where(covered, value, torch.inf).to(_dtype(p, q.low))


def _dtype(law: Kumaraswamy | SoftmaxGaussian, other: Tensor) -> torch.dtype:
    own = law.loc if isinstance(law, SoftmaxGaussian) else law.concentration1
    return common_dtype(own, other)


def _log_self(a: Tensor, b: Tensor, log_x: Tensor) -> Tensor:
    """E[log p(x)] = log(ab) + (a-1) E[log x] + (b-1) E[log(1-y)], the last being -1/b."""
    return log_product(a, b) + (a - 1) * log_x - (b - 1) / b


def _checked_sizes(p: Tensor, q: Tensor, more: int = 0) -> None:
    """Check that two distributions are on one simplex; q leaves `more` entries out."""
    if p.shape[-1] != q.shape[-1] + more:
        wanted = f"distributions on one simplex, of {p.shape[-1]} entries"
        raise InputError(source="q", wanted=wanted, got=f"one of {q.shape[-1] + more}")


def _log1p(excess: Tensor, plain: Tensor) -> Tensor:
    """Return log(1 + excess), of the excess where that is small, and as given elsewhere."""
    near = torch.log1p(excess.clamp(-0.5, 0.5))
    return torch.where(excess.abs() < 0.5, near, plain)  # noqa: PLR2004 - a half


def _variances_apart(variance: Tensor, of_q: Tensor) -> Tensor:
    """Twice the divergence of the log ratios' Gaussians of independent coordinates, at one mean.

    With e_k = v_k / q_k - 1 and the weights w = 1/q, p = 1/v (q the variances of q, v the others)

        sum_k e_k (1 - w_k / sum w) - sum_k log(1 + e_k) + log(1 + sum p e / sum p),

    which takes nothing but what vanishes where the distributions are equal.
    """
    weight, own = 1 / of_q, 1 / variance
    sums, own_sum = weight.sum(-1, keepdim=True), own.sum(-1)
    # 1 - w_k / sum w cancels at the largest weight alone, where it is the share of the others.
    heaviest = weight.argmax(-1, keepdim=True)
    others = weight.scatter(-1, heaviest, 0.0).sum(-1, keepdim=True)
    share = (1 - weight / sums).scatter(-1, heaviest, others / sums)
    excess = (variance - of_q) / of_q
    growth = _log1p(excess, variance.log() - of_q.log())
    mean = (own * excess).sum(-1) / own_sum
    tightened = _log1p(mean, sums.squeeze(-1).log() - own_sum.log())
    return (excess * share - growth).sum(-1) + tightened


def _covariances_apart(other: Tensor, factor: Tensor) -> Tensor:
    """Twice the divergence of the log ratios' Gaussians with these factors, at one mean.

    With G = L^-1 R, where L L' and R R' are the covariances of q's log ratios and of p's,
    tr G G' - (K-1) - log det G G' is a sum of e - log(1 + e) over the squared diagonal
    1 + e, none of them negative, and of the squares below the diagonal.
    """
    moved = torch.linalg.solve_triangular(factor, other, upper=False)
    diagonal, own, goal = (part.diagonal(dim1=-2, dim2=-1) for part in (moved, other, factor))
    excess = (diagonal - 1) * (diagonal + 1)
    growth = _log1p(excess, 2 * (own.log() - goal.log()))
    below: Tensor = moved.tril(-1).square().sum((-1, -2))
    return (excess - growth).sum(-1) + below


def _gaussian_divergence(
    loc: Tensor, variance: Tensor | None, covariance: Tensor, q: SoftmaxGaussian
) -> Tensor:
    """KL of the log ratios' Gaussians; variances are given where coordinates are independent."""
    (q_loc,) = wide(q.loc)
    if variance is not None and q.is_independent:
        (of_q,) = wide(q.gaussian_variance)
        distance = log_ratios.weighted_distance(1 / of_q, loc, q_loc)
        return 0.5 * (distance + _variances_apart(variance, of_q))
    both = wide(covariance, q.covariance_matrix)
    other, factor = (log_ratios.root(part) for part in both)
    deviation = log_ratios.whitened(factor, log_ratios.ratios(loc - q_loc))
    return 0.5 * (deviation.square().sum(-1) + _covariances_apart(other, factor))


def _dirichlet_negentropy(alpha: Tensor) -> Tensor:
    """KL(Dirichlet(alpha), the softmax-Gaussian of its log ratios' moments) in nats.

    With A = sum alpha and J the negentropy of log Gamma: A Dirichlet's log ratios are those of
    independent Gamma variables, whose sum, Gamma(A), is independent of them. So it is

        sum_k J(alpha_k) - J(A) + log(trigamma(A) sum_k 1/trigamma(alpha_k)) / 2.
    """
    total = alpha.sum(-1)
    excess = trigamma_excess(alpha)
    kept = alpha / total.unsqueeze(-1) / (1 + excess)
    lost = (kept * excess).sum(-1)
    gaussian = torch.log1p(trigamma_excess(total)) + _log1p(-lost, kept.sum(-1).log())
    return negentropy_of_log_gamma(alpha).sum(-1) - negentropy_of_log_gamma(total) + 0.5 * gaussian


def kl_dirichlet_softmax_gaussian(p: Dirichlet, q: SoftmaxGaussian) -> Tensor:
    """KL(Dirichlet(alpha), softmax-Gaussian) in nats, in closed form.

    Under the Dirichlet, log x has mean digamma(alpha) and covariance diag(trigamma(alpha)), each
    up to a shift. The Gaussian of these moments lies between: the divergence is that from the
    Dirichlet to it, and that from it to q.

    Derivation: softmax_gaussian.moment_matching
    """
    _checked_sizes(p.concentration, q.loc)
    (alpha,) = wide(p.concentration)
    # A shift of E[log x] is free: nothing is lost where it is 0 at the largest weight.
    weight = 1 / q.gaussian_variance.double() if q.is_independent else alpha
    rest = log_ratios.from_heaviest(weight, digamma_minus_log(alpha))
    mean_log = log_ratios.log_from_heaviest(weight, alpha) + rest
    variance = trigamma(alpha)
    gaussian = _gaussian_divergence(mean_log, variance, torch.diag_embed(variance), q)
    return (_dirichlet_negentropy(alpha) + gaussian).to(_dtype(q, p.concentration))


def kl_softmax_gaussian_dirichlet(p: SoftmaxGaussian, q: Dirichlet) -> Tensor:
    """KL(softmax-Gaussian, Dirichlet(alpha)) in nats, by quadrature, K few.

    With A = sum alpha, c = loc - log alpha and rho what log Gamma has beyond Stirling's terms, of
    which all else that grows with alpha is gone, it is

        A E[log(sum alpha exp(y) / A) - sum alpha y / A] + sum_k rho(alpha_k) - rho(A)
        - (K - 1 + log det + sum log alpha - log A) / 2,

    where y = c + noise and log det is that of the log ratios' covariance.
    """
    _checked_sizes(p.loc, q.concentration)
    alpha, loc, covariance = wide(q.concentration, p.loc, p.covariance_matrix)
    total = alpha.sum(-1)
    root = log_ratios.root(covariance)
    if p.is_independent:
        (variance,) = wide(p.gaussian_variance)
        squares, last = variance * alpha, (1 / variance).sum(-1) / total
    else:
        squares = root.diagonal(dim1=-2, dim2=-1).square() * alpha[..., :-1]
        last = alpha[..., -1] / total
    determinant = squares.log().sum(-1) + last.log()
    offset = log_ratios.from_heaviest(alpha, loc) - log_ratios.log_from_heaviest(alpha, alpha)
    factor, share = pad(root, (0, 0, 0, 1)), alpha / total.unsqueeze(-1)
    gap = total * expected_gap(offset - offset[..., -1:], factor, share)
    rest = log_gamma_rest(alpha).sum(-1) - log_gamma_rest(total)
    value = gap - 0.5 * (length(loc) - 1 + determinant) + rest
    return value.to(_dtype(p, q.concentration))


def kl_softmax_gaussian_softmax_gaussian(p: SoftmaxGaussian, q: SoftmaxGaussian) -> Tensor:
    """KL between two softmax-Gaussians in nats: that of the Gaussians of their log ratios."""
    _checked_sizes(p.loc, q.loc)
    loc, variance, covariance = wide(p.loc, p.gaussian_variance, p.covariance_matrix)
    known = variance if p.is_independent else None
    return _gaussian_divergence(loc, known, covariance, q).to(_dtype(p, q.loc))


def kl_softmax_gaussian_logistic_normal(p: SoftmaxGaussian, q: LogisticNormal) -> Tensor:
    """KL(softmax-Gaussian, torch's LogisticNormal(loc, scale)) in nats, by quadrature, K few.

    Under q the numbers y_k = log x_k - log(sum_(l>k) x_l) + log(K-k), k < K, are independent
    Gaussians. The map from them to x changes the density as that from the log ratios does, by
    sum_k log x_k, so that with H the entropy of the log ratios under p it is

        sum_k (E[(y_k - loc_k)^2] / (2 scale_k^2) + log scale_k + log(2 pi)/2) - H.
    """
    size = length(p.loc)
    _checked_sizes(p.loc, q.loc, more=1)
    loc, covariance, q_loc, scale = wide(p.loc, p.covariance_matrix, q.loc, q.scale)
    root = log_ratios.root(covariance)
    counts = torch.arange(size - 1, 0, -1, dtype=loc.dtype, device=loc.device)
    centre, weight = pad(q_loc - counts.log(), (0, 1)), pad(scale.square().reciprocal(), (0, 1))
    square = expected_square(loc - loc[..., -1:], pad(root, (0, 0, 0, 1)), centre, weight)
    determinant = 2 * root.diagonal(dim1=-2, dim2=-1).log().sum(-1)
    value = 0.5 * (square - determinant - (size - 1)) + scale.log().sum(-1)
    return value.to(_dtype(p, q.loc))


register_kl(Kumaraswamy, Beta)(kl_kumaraswamy_beta)
register_kl(Beta, Kumaraswamy)(kl_beta_kumaraswamy)
register_kl(Kumaraswamy, Kumaraswamy)(kl_kumaraswamy_kumaraswamy)
register_kl(Kumaraswamy, Uniform)(kl_kumaraswamy_uniform)
register_kl(Dirichlet, SoftmaxGaussian)(kl_dirichlet_softmax_gaussian)
register_kl(SoftmaxGaussian, Dirichlet)(kl_softmax_gaussian_dirichlet)
register_kl(SoftmaxGaussian, SoftmaxGaussian)(kl_softmax_gaussian_softmax_gaussian)
register_kl(SoftmaxGaussian, LogisticNormal)(kl_softmax_gaussian_logistic_normal)

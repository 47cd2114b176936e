"""Expectations over the softmax of a Gaussian in few dimensions, by the trapezoidal rule.

With the Gaussian as eta = mean + factor eps, eps ~ N(0, I), the integrands (softmax and
log-sum-exp) are analytic in each eps_j up to Im eps_j = pi / spread_j, spread_j the largest
difference of entries in column j of the factor. The trapezoidal rule with step h then errs by at
most 2 N / (exp(2 pi d / h) - 1) in each dimension, for any d < pi / spread_j; N is the integral of
the modulus at Im eps_j = d, which the Gaussian's own exp(-eps_j^2 / 2) takes as far up as
exp(d^2 / 2). The best d is 2 pi / h where that is allowed, and the error exp(-2 pi^2 / h^2) then.
The softmax has a pole at pi / spread_j, so d stays a tenth below. Steps here leave 1e-14, but for a
factor of at most about ten that the modulus gains over the strip; what is cut off lies 9 standard
deviations out.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

__all__ = ["SimplexExpectations", "expectations", "expected_gap"]

_DECADES = 14 * math.log(10.0)
_FARTHEST = math.sqrt(2 * _DECADES)
_SHORT_OF_POLE = 0.9
_REACH = 9.0
_MOST_POINTS = 1 << 21
_SERIES_TERMS = 18  # of exp(y) - 1 - y for |y| < 1
_LARGE = 100.0


class SimplexExpectations(NamedTuple):
    """E[x], E[x^2] (entry by entry; last axis the coordinates) and E[logsumexp(eta)]."""

    mean: Tensor
    square: Tensor
    log_sum: Tensor


def _nodes(spread: float, *, like: Tensor) -> Tensor:
    # Solves 2 pi d / h - d^2 / 2 = decades; beyond the farthest d a step would be finer again.
    height = min(_SHORT_OF_POLE * math.pi / spread, _FARTHEST) if spread > 0 else _FARTHEST
    step = 2 * math.pi * height / (_DECADES + height**2 / 2)
    count = math.ceil(_REACH / step)
    return torch.linspace(-count, count, 2 * count + 1, dtype=like.dtype, device=like.device) * step


def _points(mean: Tensor, factor: Tensor) -> tuple[Tensor, Tensor]:
    """Return eta, shape (batch..., points, K), and the points' weights, which sum to 1.

    Parameters
    ----------
    mean
        Mean of the log ratios and a last 0, shape (batch..., K).
    factor
        Factor of their covariance and a last row of 0, shape (batch..., K, K-1).

    Raises
    ------
    NotImplementedError
        If that takes too many points: K large, or the variances.
    """
    spreads = (factor.amax(-2) - factor.amin(-2)).detach().reshape(-1, factor.shape[-1]).amax(0)
    nodes = [_nodes(float(spread), like=mean) for spread in spreads]
    points = math.prod(node.numel() for node in nodes)
    if points * mean[..., 0].numel() > _MOST_POINTS:
        message = (
            f"no closed form, and the quadrature of {factor.shape[-1]} dimensions would take "
            f"{points:,} points (at most {_MOST_POINTS:,} here): use monte_carlo_mean(draws)"
        )
        raise NotImplementedError(message)
    eps = torch.cartesian_prod(*nodes).reshape(points, -1)
    log_weight = -0.5 * eps.square().sum(-1)
    weight = torch.softmax(log_weight, -1)  # the rule's own normalization: exact to 1e-14
    return mean.unsqueeze(-2) + eps @ factor.transpose(-1, -2), weight


def expectations(mean: Tensor, factor: Tensor) -> SimplexExpectations:
    """Integrate over eps in R^(K-1), for mean and factor as in `_points`."""
    eta, weight = _points(mean, factor)
    x = torch.softmax(eta, -1)
    log_sum = (torch.logsumexp(eta, -1) * weight).sum(-1)
    weight = weight.unsqueeze(-1)
    return SimplexExpectations((x * weight).sum(-2), (x.square() * weight).sum(-2), log_sum)


def expected_gap(mean: Tensor, factor: Tensor, share: Tensor) -> Tensor:
    """E[log(sum_k s_k exp(eta_k)) - sum_k s_k eta_k], s the shares, which sum to 1.

    Where eta varies little, that is half its variance under s: of exp(y) - 1 - y, with y what eta
    differs from its mean under s, nothing cancels. The variance itself is known, to rounding; the
    rule's is short of it by 1e-12, so that only the rest is summed.
    """
    eta, weight = _points(mean, factor)
    whole = torch.cat(
        (mean.unsqueeze(-1).expand(*eta.shape[:-2], -1, 1), factor.expand(*eta.shape[:-2], -1, -1)),
        -1,
    )
    inner = share.unsqueeze(-1)
    variance = (inner * (whole - (inner * whole).sum(-2, keepdim=True)).square()).sum((-1, -2))
    share = share.unsqueeze(-2)
    y = eta - (share * eta).sum(-1, keepdim=True)
    small, middle = y.clamp(-1, 1), y.clamp(max=_LARGE)
    series = torch.zeros_like(y)
    for n in range(_SERIES_TERMS, 1, -1):
        series = (series + 1 / math.factorial(n)) * small
    rest = torch.where(y.abs() < 1, series * small, torch.expm1(middle) - middle)
    near = torch.log1p((share * rest).sum(-1))
    gap = torch.where(y.amax(-1) < _LARGE, near, torch.logsumexp(share.log() + y, -1))
    half = 0.5 * (share * y.square()).sum(-1)
    apart = ((gap - half) * weight).sum(-1) + 0.5 * variance
    return torch.where(variance < 1, apart, (gap * weight).sum(-1))

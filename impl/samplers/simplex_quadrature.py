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
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from impl.samplers.differentiation import expm1, is_plain, needs_derivatives

__all__ = ["SimplexExpectations", "expectations", "expected_gap", "expected_square"]

_DECADES = 14 * math.log(10.0)
_FARTHEST = math.sqrt(2 * _DECADES)
_SHORT_OF_POLE = 0.9
_REACH = 9.0
_MOST_POINTS = 1 << 21  # at once, over all distributions
_KEPT_POINTS = 1 << 17  # for a backward pass
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


class _Points(NamedTuple):
    """Values of eta, shape (distributions, points, K), and the points' weights, which sum to 1."""

    eta: Tensor
    weight: Tensor


def _average(
    work: Callable[..., tuple[Tensor, ...]], mean: Tensor, factor: Tensor, *others: Tensor
) -> tuple[Tensor, ...]:
    """Integrate over eps in R^(K-1), in as many parts of the batch as memory asks for.

    Parameters
    ----------
    work
        Takes the points and the arguments that follow, of some distributions; returns averages.
    mean
        Mean of the log ratios and a last 0, shape (batch..., K).
    factor
        Factor of their covariance and a last row of 0, shape (batch..., K, K-1).
    others
        Vectors, shapes (batch..., K).

    Raises
    ------
    NotImplementedError
        If that takes too many points for one distribution: K large, or the variances.
    """
    batch = torch.broadcast_shapes(
        mean.shape[:-1], factor.shape[:-2], *(o.shape[:-1] for o in others)
    )
    size = mean.shape[-1]
    vectors = [part.expand((*batch, size)).reshape(-1, size) for part in (mean, *others)]
    factor = factor.expand((*batch, size, size - 1)).reshape(-1, size, size - 1)
    found = _in_parts(work, vectors[0], factor, *vectors[1:])
    return tuple(part.reshape(batch + part.shape[1:]) for part in found)


def _in_parts(
    work: Callable[..., tuple[Tensor, ...]], mean: Tensor, factor: Tensor, *others: Tensor
) -> tuple[Tensor, ...]:
    """Halve the batch until the points of a part are few enough; each part has its own nodes."""
    laws = mean.shape[0]
    spreads = (factor.amax(-2) - factor.amin(-2)).detach()
    widest = spreads.amax(0) if laws else spreads.new_zeros(spreads.shape[-1])
    nodes = [_nodes(float(spread), like=mean) for spread in widest]
    points = math.prod(node.numel() for node in nodes)
    if points * laws > _MOST_POINTS:
        if laws == 1:
            message = (
                f"no closed form, and the quadrature of {factor.shape[-1]} dimensions would take "
                f"{points:,} points (at most {_MOST_POINTS:,} here): use monte_carlo_mean(draws)"
            )
            raise NotImplementedError(message)
        halves = zip(*(part.tensor_split(2) for part in (mean, factor, *others)), strict=True)
        parts = [_in_parts(work, *half) for half in halves]
        return tuple(torch.cat(both) for both in zip(*parts, strict=True))

    def average(mean: Tensor, factor: Tensor, *others: Tensor) -> tuple[Tensor, ...]:
        eps = torch.cartesian_prod(*nodes).reshape(points, -1)
        # The rule's own normalization: exact to 1e-14.
        weight = torch.softmax(-0.5 * eps.square().sum(-1), -1)
        eta = mean.unsqueeze(-2) + eps @ factor.mT
        return work(_Points(eta, weight), mean, factor, *others)

    given = (mean, factor, *others)
    if is_plain() and needs_derivatives(*given) and points * laws > _KEPT_POINTS:
        # What the points take is not kept for the backward pass, but computed once more.
        again: tuple[Tensor, ...] = checkpoint(average, *given, use_reentrant=False)
        return again
    return average(*given)


def expectations(mean: Tensor, factor: Tensor) -> SimplexExpectations:
    """E[x], E[x^2] and E[logsumexp(eta)], for mean and factor as in `_average`."""

    def work(points: _Points, *_: Tensor) -> tuple[Tensor, ...]:
        x, weight = torch.softmax(points.eta, -1), points.weight.unsqueeze(-1)
        log_sum = (torch.logsumexp(points.eta, -1) * points.weight).sum(-1)
        return (x * weight).sum(-2), (x.square() * weight).sum(-2), log_sum

    return SimplexExpectations(*_average(work, mean, factor))


def expected_square(mean: Tensor, factor: Tensor, centre: Tensor, weight: Tensor) -> Tensor:
    """E[sum_k w_k (y_k - c_k)^2] of y_k = eta_k - log(sum_(l>k) exp(eta_l)), k < K.

    The last entries of centre and weight are not used.
    """

    def work(
        points: _Points, _mean: Tensor, _factor: Tensor, centre: Tensor, weight: Tensor
    ) -> tuple[Tensor, ...]:
        rest = torch.logcumsumexp(points.eta.flip(-1), -1).flip(-1)[..., 1:]
        distance = points.eta[..., :-1] - rest - centre.unsqueeze(-2)[..., :-1]
        squares = (weight.unsqueeze(-2)[..., :-1] * distance.square()).sum(-1)
        return ((squares * points.weight).sum(-1),)

    return _average(work, mean, factor, centre, weight)[0]


def expected_gap(mean: Tensor, factor: Tensor, share: Tensor) -> Tensor:
    """E[log(sum_k s_k exp(eta_k)) - sum_k s_k eta_k], s the shares, which sum to 1.

    Where eta varies little, that is half its variance under s: of exp(y) - 1 - y, with y what eta
    differs from its mean under s, nothing cancels. The variance itself is known, to rounding; the
    rule's is short of it by 1e-12, so that only the rest is summed.
    """

    def work(points: _Points, mean: Tensor, factor: Tensor, share: Tensor) -> tuple[Tensor, ...]:
        whole, inner = torch.cat((mean.unsqueeze(-1), factor), -1), share.unsqueeze(-1)
        variance = (inner * (whole - (inner * whole).sum(-2, keepdim=True)).square()).sum((-1, -2))
        share = share.unsqueeze(-2)
        y = points.eta - (share * points.eta).sum(-1, keepdim=True)
        small, middle = y.clamp(-1, 1), y.clamp(max=_LARGE)
        series = torch.zeros_like(y)
        for n in range(_SERIES_TERMS, 1, -1):
            series = (series + 1 / math.factorial(n)) * small
        rest = torch.where(y.abs() < 1, series * small, expm1(middle) - middle)
        near = torch.log1p((share * rest).sum(-1))
        gap = torch.where(y.amax(-1) < _LARGE, near, torch.logsumexp(share.log() + y, -1))
        half = 0.5 * (share * y.square()).sum(-1)
        apart = ((gap - half) * points.weight).sum(-1) + 0.5 * variance
        return (torch.where(variance < 1, apart, (gap * points.weight).sum(-1)),)

    return _average(work, mean, factor, share)[0]

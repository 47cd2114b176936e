"""E[log(1-x)] under Kumaraswamy(a, b), in float64, by a trapezoidal sum."""

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.autograd import Function

from impl.samplers.differentiation import (
    Context,
    Gradients,
    again,
    expm1,
    is_plain,
    needs_derivatives,
)
from impl.samplers.pieces import PIECE
from impl.samplers.special import log1mexp

__all__ = ["expected_log1m"]

# The trapezoidal rule on the logit scale of y, for all concentrations.
_STEP = 0.2
_LEFT, _RIGHT = -40.0, 56.0
# A rule of fewer points, on the scale of arsinh(logit / 2), for concentrations not far from 1.
_MODERATE = 16.0
_FEW = 128
_LEFT_OF_FEW, _RIGHT_OF_FEW = -40.0, 48.0
_AT_ONCE = PIECE // 8  # numbers worked on at once


def expected_log1m(a: Tensor, b: Tensor) -> Tensor:
    """E[log(1-x)], by a sum that converges geometrically.

    On the logit scale y = 1/(1 + exp(-r)) the mass lies around r = -log b, and

        E[log(1-x)] = sum over r in h Z of h b (1-y)^b y log(1-x),

    a trapezoidal sum of a function analytic in the strip |Im r| < pi/2: its error is at most
    2 N / (exp(pi^2/h) - 1), N the integral of the modulus on the strip's edges, with h = 0.2
    below 1e-21 N. What is left out beyond the ends is below exp(-40) of the largest terms.
    Where a and b lie within [1/16, 16], and numbers can be looked at, a step that grows with |r|
    (r = 2 sinh(v), uniform in v) does with a quarter of the points, to 1e-13.

    For b < 1 the sum falls too slowly. There log(1-x) is split into log(1-y), whose expectation
    is -1/b, and phi = log((1-x)/(1-y)), which is bounded: 0 at x = 0 and -log a at x = 1; the sum
    is that of phi + log a.

    The other way is the series -sum over m of E[x^m]/m, whose terms fall only as m^(-1-b).

    Derivation: kumaraswamy.kl_beta
    """
    if not is_plain():
        return _by_sum(a, b)
    if not needs_derivatives(a, b):
        return _with_slopes(a, b)[0]
    value: Tensor = _ExpectedLog1m.apply(a, b)
    return value


class _Rule(NamedTuple):
    """Points on the logit scale, and their weights."""

    points: Tensor
    weights: Tensor


def _uniform(like: Tensor) -> _Rule:
    count = round((_RIGHT - _LEFT) / _STEP) + 1
    points = torch.linspace(_LEFT, _RIGHT, count, dtype=like.dtype, device=like.device)
    return _Rule(points, torch.full_like(points, _STEP))


def _stretched(like: Tensor) -> _Rule:
    left, right = math.asinh(_LEFT_OF_FEW / 2), math.asinh(_RIGHT_OF_FEW / 2)
    grid = torch.linspace(left, right, _FEW, dtype=like.dtype, device=like.device)
    return _Rule(2 * torch.sinh(grid), 2 * torch.cosh(grid) * ((right - left) / (_FEW - 1)))


class _Terms(NamedTuple):
    """At each point of the sum: -log(1-y), -log x, the weight, and what is averaged."""

    minus_log1m_y: Tensor
    minus_log_x: Tensor
    weight: Tensor
    averaged: Tensor


def _terms(a: Tensor, b: Tensor, rule: _Rule) -> _Terms:
    a, b = a.unsqueeze(-1), b.unsqueeze(-1)
    r = rule.points - torch.log(b.detach().clamp(min=1))
    power = torch.exp(-r.abs())
    rest = torch.log1p(power)
    minus_log1m_y, minus_log_x = rest + r.clamp(min=0), (rest - r.clamp(max=0)) / a
    y = torch.where(r < 0, power, 1.0) / (1 + power)
    weight = torch.exp(-b * minus_log1m_y) * y * (rule.weights * b)
    shift = torch.where(b < 1, minus_log1m_y + torch.log(a), 0.0)
    return _Terms(minus_log1m_y, minus_log_x, weight, log1mexp(-minus_log_x) + shift)


def _by_sum(a: Tensor, b: Tensor) -> Tensor:
    """Return the sum as a formula that torch can differentiate, to every order."""
    terms = _terms(a, b, _uniform(a))
    back = torch.where(b < 1, torch.log(a) + 1 / b, 0.0)
    return (terms.weight * terms.averaged).sum(-1) - back


def _piece(a: Tensor, b: Tensor, rule: _Rule) -> tuple[Tensor, Tensor, Tensor]:
    """Return the sum and its derivatives by a and b, of vectors of concentrations."""
    terms, split = _terms(a, b, rule), (b < 1).to(a.dtype)
    back = split * (torch.log(a) + 1 / b)
    # The derivative of log(1 - exp(-z)) by z, times z; 1 where z underflows.
    z = terms.minus_log_x.clamp(min=torch.finfo(a.dtype).tiny)
    odds = z / expm1(z)
    total = terms.weight.sum(-1)
    by_a = split * (total - 1) - torch.linalg.vecdot(terms.weight, odds)
    mean = torch.linalg.vecdot(terms.weight, terms.averaged)
    steep = torch.linalg.vecdot(terms.weight * terms.minus_log1m_y, terms.averaged)
    return mean - back, by_a / a, (mean + split / b) / b - steep


def _with_slopes(a: Tensor, b: Tensor) -> tuple[Tensor, ...]:
    """Return the sum and its derivatives by a and b, in pieces that stay in the cache."""
    a, b = torch.broadcast_tensors(a, b)
    first, second = a.reshape(-1), b.reshape(-1)
    found = torch.empty((3, first.numel()), dtype=a.dtype, device=a.device)
    low, high = 1 / _MODERATE, _MODERATE
    moderate = (torch.minimum(first, second) >= low) & (torch.maximum(first, second) <= high)
    for rule, chosen in ((_stretched(a), moderate), (_uniform(a), ~moderate)):
        for places in chosen.nonzero().squeeze(-1).split(max(1, _AT_ONCE // len(rule.points))):
            found[:, places] = torch.stack(_piece(first[places], second[places], rule))
    return tuple(part.reshape(a.shape) for part in found)


class _ExpectedLog1m(Function):
    @staticmethod
    def forward(ctx: Context, a: Tensor, b: Tensor) -> Tensor:
        value, by_a, by_b = _with_slopes(a, b)
        ctx.save_for_backward(a, b, by_a, by_b)
        return value

    @staticmethod
    def backward(ctx: Context, incoming: Tensor) -> Gradients:
        a, b, *slopes = ctx.saved_tensors
        wanted = ctx.needs_input_grad
        if torch.is_grad_enabled():
            return again(lambda: (_by_sum(a, b),), (a, b), wanted, (incoming,))
        return tuple(
            (slope * incoming).sum_to_size(of.shape) if want else None
            for slope, of, want in zip(slopes, (a, b), wanted, strict=True)
        )

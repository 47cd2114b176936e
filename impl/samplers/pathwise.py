"""The Kumaraswamy inverse transform in log space, and its derivatives, without cancellation.

With E a standard exponential (E = -log(1-u)), t = E/b and r = 1/(exp(t) - 1),

    log x = -log1p(r) / a,    dx/da = -x log(x) / a,    dx/db = -x t r / (a b).

The usual route, x^a = 1 - (1-u)^(1/b), cancels at large b; here log(1 - exp(-t)) = -log1p(r)
has no subtraction at any t: r is large where t is small, and r ~ exp(-t) where t is large. The
same r is the derivative of log(1 - exp(-t)), so the gradients cost no further function.

Where r or x leaves the normal range of the dtype, exp(-t) and x enter as products of two square
roots, h h and k k, with the large factors multiplied in between: no bits are lost in a subnormal
intermediate whose final value is normal.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from impl.samplers.pieces import PIECE

__all__ = [
    "LogDerivatives",
    "PathDerivatives",
    "log_pair",
    "lowest_uniform",
    "quantile",
    "quantile_draws",
]

# Beyond these t, r equals exp(-t) and log1p(r) equals r, far below rounding.
_FAR = {torch.float32: 40.0, torch.float64: 300.0}
# Up to these t and -log x, exp(t) is finite and x is a normal number.
_RANGE = {torch.float32: 80.0, torch.float64: 700.0}
_LARGE = 1e4  # above every t and -log x that is not beyond `_vanishing`


class PathDerivatives(NamedTuple):
    """A draw x and its derivatives by a, b and u; those not asked for are empty."""

    x: Tensor
    by_a: Tensor
    by_b: Tensor
    by_u: Tensor


class LogDerivatives(NamedTuple):
    """log x, log(1-x) and log(1 - x^a) = -t; the derivatives by a and b (the last's by b, t/b)."""

    log_x: Tensor
    log1m_x: Tensor
    log1m_power: Tensor
    log_x_by_a: Tensor
    log_x_by_b: Tensor
    log1m_x_by_a: Tensor
    log1m_x_by_b: Tensor
    log1m_power_by_b: Tensor


def lowest_uniform(dtype: torch.dtype) -> float:
    """Stand-in for a uniform draw of exactly 0: half the generator's step, 2^-25 or 2^-54.

    PyTorch's uniform numbers on the CPU are multiples of 2^-24 or 2^-53 from 0 on; a 0 stands for
    all of [0, step), and this is the middle of that cell. All others are left as they are.
    """
    return torch.finfo(dtype).eps / 4


def quantile(
    exponential: Tensor, a: Tensor, b: Tensor, complement: Tensor | None = None
) -> PathDerivatives:
    """Transform standard exponential numbers, at any a and b; derivatives included.

    Parameters
    ----------
    exponential
        E = -log(1-u), positive and finite; shape broadcastable with the others.
    a, b
        The concentrations.
    complement
        1-u, if the derivative by u is wanted.
    """
    t = exponential / b
    found = _quantile(t, a, b, complement)
    # Where t itself underflows, 1 - exp(-t) = t: its log is known, and t r is one.
    near = t < torch.finfo(t.dtype).smallest_normal
    log_x = (torch.log(exponential) - torch.log(b)) / a
    x = torch.where(near, torch.exp(log_x), found.x)
    by_a = torch.where(near, -x * log_x / a, found.by_a)
    by_b = torch.where(near, -x / a / b, found.by_b)
    by_u = found.by_u
    if complement is not None:
        by_u = torch.where(near, x / (a * exponential * complement), by_u)
    return PathDerivatives(x, by_a, by_b, by_u)


def _quantile(t: Tensor, a: Tensor, b: Tensor, complement: Tensor | None = None) -> PathDerivatives:
    far = _FAR[a.dtype]
    r = torch.expm1(t).reciprocal_()
    beyond = t > far
    h = torch.exp(-0.5 * t)
    log_x = -torch.where(beyond, (h / a) * h, torch.log1p(r) / a)
    x, k = torch.exp(log_x), torch.exp(0.5 * log_x)
    normal = log_x > -_RANGE[a.dtype]

    def times_x(factor: Tensor) -> Tensor:
        return torch.where(normal, x * factor, (k * factor) * k)

    by_a = times_x(torch.where(beyond, (h / a) * (h / a), -log_x / a))
    by_b = -times_x(torch.where(beyond, (t * h / a / b) * h, t * r / a / b))
    by_u = t.new_empty(0)
    if complement is not None:
        slope = b * complement
        by_u = times_x(torch.where(beyond, (h / a / slope) * h, r / a / slope))
    return PathDerivatives(x, by_a, by_b, by_u)


def _vanishing(a: Tensor, b: Tensor) -> float:
    """Beyond this t or -log x, what exp(-t) or x is multiplied with leaves only 0.

    The factors are at most 1, 1/a^2, t/(ab), -log(x)/a and 1/(ab).
    """
    least_a, least_b = (min(1.0, float(part.amin())) for part in (a, b))
    log_largest = math.log(_LARGE) - math.log(least_a) - math.log(min(least_a, least_b))
    info = torch.finfo(a.dtype)
    return log_largest - math.log(info.smallest_normal) - math.log(info.eps / 2)


def _edge(t: Tensor, log_x: Tensor, furthest: float, vanishing: float) -> Tensor:
    """Where exp(-t) or x lies among the subnormal numbers, or a derivative may while it does not.

    Places in the flattened tensors. Beyond `vanishing` the results are 0 or 1, and come out so.
    """
    if float(t.amax()) <= furthest and float(log_x.amin()) >= -furthest:
        return torch.empty(0, dtype=torch.int64)
    found = ((t > furthest) & (t < vanishing)) | ((log_x < -furthest) & (log_x > -vanishing))
    return found.view(-1).nonzero().squeeze(-1)


def quantile_draws(
    a: Tensor, b: Tensor, shape: torch.Size, *, derivatives: bool
) -> PathDerivatives:
    """Draw: shape (draws..., batch...), the concentrations of shape (batch...).

    The derivatives are empty unless asked for. On the CPU, work goes through the draws in pieces
    that stay in the cache, in place; those at the edge of the normal range are then put right as
    `quantile` has them. Elsewhere all go through it, since asking would cost a synchronization.
    """
    x = torch.empty(shape, dtype=a.dtype, device=a.device)
    lowest = lowest_uniform(a.dtype)
    if x.device.type != "cpu":
        exponential = x.uniform_().clamp_(min=lowest).neg_().log1p_().neg_()
        return quantile(exponential, a, b)
    batch = a.numel()
    empty = x.new_empty(0)
    by_a, by_b = (torch.empty_like(x), torch.empty_like(x)) if derivatives else (empty, empty)
    if x.numel() == 0:
        return PathDerivatives(x, by_a, by_b, empty)
    flat = (-1,) if batch == 1 else (-1, batch)
    rows = x.view(flat)
    columns = (by_a.view(flat), by_b.view(flat)) if derivatives else None
    a, b = (part.reshape(() if batch == 1 else (batch,)) for part in (a, b))
    step = max(1, PIECE // batch)
    scratch = tuple(torch.empty_like(rows[:step]) for _ in range(1 if derivatives else 3))
    furthest, vanishing = _RANGE[a.dtype], _vanishing(a, b)
    minus_a, minus_b = -a, -b
    whole = float((a * b).amin()) >= torch.finfo(a.dtype).smallest_normal
    divisors = (-(a * b),) if whole else (a, minus_b)
    for start in range(0, rows.shape[0], step):
        part = rows[start : start + step]
        r, *others = (buffer[: part.shape[0]] for buffer in scratch)
        t, z = (piece[start : start + step] for piece in reversed(columns)) if columns else others
        torch.log1p(t.uniform_().clamp_(min=lowest).neg_(), out=t).div_(minus_b)
        torch.expm1(t, out=r).reciprocal_()
        torch.log1p(r, out=z).div_(minus_a)
        torch.exp(z, out=part)
        if not columns:
            continue  # x itself is exp(z) to rounding, also at the edge
        edge = _edge(t, z, furthest, vanishing)
        t_edge = t.view(-1)[edge]
        t.mul_(r)
        for divisor in divisors:
            t.div_(divisor)
        t.mul_(part)
        z.mul_(part).div_(minus_a)
        if edge.numel():
            a_edge, b_edge = (v if batch == 1 else v[edge % batch] for v in (a, b))
            careful = _quantile(t_edge, a_edge, b_edge)
            part.view(-1)[edge] = careful.x
            z.view(-1)[edge], t.view(-1)[edge] = careful.by_a, careful.by_b
    return PathDerivatives(x, by_a, by_b, empty)


def log_pair(exponential: Tensor, a: Tensor, b: Tensor) -> LogDerivatives:
    """Transform standard exponential numbers to log x and log(1-x), with all derivatives.

    With s = -log x: log(1-x) = log(1 - exp(-s)), and where s is below rounding, and so may
    underflow, log(1-x) = log s = -t - log a. Its derivatives are those of log x times
    -1/(exp(s) - 1).
    """
    far = _FAR[a.dtype]
    t = exponential / b
    r = torch.expm1(t).reciprocal_()
    beyond = t > far
    h = torch.exp(-0.5 * t)
    s = torch.where(beyond, (h / a) * h, torch.log1p(r) / a)
    s_by_a = -torch.where(beyond, (h / a / a) * h, s / a)
    s_by_b = torch.where(beyond, (t * h / a / b) * h, t * r / a / b)
    grown = torch.expm1(s)
    low = torch.where(s < math.log(2.0), torch.log(-torch.expm1(-s)), torch.log1p(-torch.exp(-s)))
    least = beyond & (s < torch.finfo(a.dtype).eps / 4)
    log1m_x = torch.where(least, -t - torch.log(a), low)
    shrunk = torch.where(least, 1.0, s / grown)
    k = torch.exp(-0.5 * s)
    deep = s > _RANGE[a.dtype]
    by_a = torch.where(deep, (k * (s / a)) * k, shrunk / a)
    by_b = torch.where(
        deep, (k * (t * r / a / b)) * k, t / b * torch.where(beyond, shrunk, r / (a * grown))
    )
    return LogDerivatives(-s, log1m_x, -t, -s_by_a, -s_by_b, -by_a, by_b, t / b)

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

__all__ = [
    "LogDerivatives",
    "PathDerivatives",
    "log_pair",
    "lowest_uniform",
    "needs_care",
    "quantile",
    "quantile_draws",
]

# Beyond these t, r equals exp(-t) and log1p(r) equals r, far below rounding.
_FAR = {torch.float32: 40.0, torch.float64: 300.0}
# Up to these t and -log x, exp(t) is finite and x is a normal number.
_RANGE = {torch.float32: 80.0, torch.float64: 700.0}
_CHUNK = 1 << 18  # draws worked on at once: they stay in the cache, and threads meet seldom


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


def needs_care(a: Tensor, b: Tensor) -> bool:
    """Whether some draw may leave the range of normal numbers; always so away from the CPU.

    (There the answer would cost a synchronization.)
    """
    if a.device.type != "cpu" or a.numel() == 0:
        return True
    furthest, lowest = _RANGE[a.dtype], lowest_uniform(a.dtype)
    largest = -math.log(2 * lowest)  # E at the highest uniform number, 1 - step
    smallest_b, largest_b = (float(end) for end in b.aminmax())
    if largest / smallest_b > furthest:
        return True
    return (math.log(max(1.0, largest_b)) - math.log(lowest)) / float(a.amin()) > furthest


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
    far = _FAR[a.dtype]
    t = exponential / b
    r = torch.expm1(t).reciprocal_()
    beyond = t > far
    h = torch.exp(-0.5 * t)
    log_x = -torch.where(beyond, (h / a) * h, torch.log1p(r) / a)
    x, k = torch.exp(log_x), torch.exp(0.5 * log_x)
    normal = log_x > -_RANGE[a.dtype]

    def times_x(factor: Tensor) -> Tensor:
        return torch.where(normal, x * factor, (k * factor) * k)

    by_a = torch.where(beyond, (h / (a * a)) * h, times_x(-log_x / a))
    by_b = -torch.where(beyond, (t * h / (a * b)) * h, times_x(t * r / (a * b)))
    by_u = t.new_empty(0)
    if complement is not None:
        slope = a * b * complement
        by_u = torch.where(beyond, (h / slope) * h, times_x(r / slope))
    return PathDerivatives(x, by_a, by_b, by_u)


def quantile_draws(
    a: Tensor, b: Tensor, shape: torch.Size, *, derivatives: bool
) -> PathDerivatives:
    """Draw: shape (draws..., batch...), the concentrations of shape (batch...).

    The derivatives are empty unless asked for. Work goes through the draws in pieces that stay in
    the cache, in place; only where a draw may leave the normal range does it go through `quantile`.
    """
    batch = a.numel()
    x = torch.empty(shape, dtype=a.dtype, device=a.device)
    empty = x.new_empty(0)
    by_a, by_b = (torch.empty_like(x), torch.empty_like(x)) if derivatives else (empty, empty)
    if x.numel() == 0:
        return PathDerivatives(x, by_a, by_b, empty)
    flat = (-1,) if batch == 1 else (-1, batch)
    rows = x.view(flat)
    columns = (by_a.view(flat), by_b.view(flat)) if derivatives else None
    a, b = (part.reshape(() if batch == 1 else (batch,)) for part in (a, b))
    step = max(1, _CHUNK // batch) if x.device.type == "cpu" else rows.shape[0]
    scratch = tuple(torch.empty_like(rows[:step]) for _ in range(1 if derivatives else 3))
    careful = needs_care(a, b)
    lowest = lowest_uniform(a.dtype)
    minus_a, minus_b, minus_ab = -a, -b, -(a * b)
    for start in range(0, rows.shape[0], step):
        part = rows[start : start + step]
        r, *others = (buffer[: part.shape[0]] for buffer in scratch)
        t, z = (piece[start : start + step] for piece in reversed(columns)) if columns else others
        torch.log1p(t.uniform_().clamp_(min=lowest).neg_(), out=t)
        if careful:
            found = quantile(-t, a, b)
            part.copy_(found.x)
            if columns:
                z.copy_(found.by_a)
                t.copy_(found.by_b)
            continue
        t.div_(minus_b)
        torch.expm1(t, out=r).reciprocal_()
        torch.log1p(r, out=z).div_(minus_a)
        torch.exp(z, out=part)
        if columns:
            t.mul_(r).mul_(part).div_(minus_ab)
            z.mul_(part).div_(minus_a)
    return PathDerivatives(x, by_a, by_b, empty)


def log_pair(exponential: Tensor, a: Tensor, b: Tensor) -> LogDerivatives:
    """Transform standard exponential numbers to log x and log(1-x), with all derivatives.

    With s = -log x: log(1-x) = log(1 - exp(-s)), and where s underflows or nearly so,
    log(1-x) = log s = -t - log a. Its derivatives are those of log x times -1/(exp(s) - 1).
    """
    far = _FAR[a.dtype]
    t = exponential / b
    r = torch.expm1(t).reciprocal_()
    beyond = t > far
    h = torch.exp(-0.5 * t)
    s = torch.where(beyond, (h / a) * h, torch.log1p(r) / a)
    s_by_a = -torch.where(beyond, (h / (a * a)) * h, s / a)
    s_by_b = torch.where(beyond, (t * h / (a * b)) * h, t * r / (a * b))
    grown = torch.expm1(s)
    low = torch.where(s < math.log(2.0), torch.log(-torch.expm1(-s)), torch.log1p(-torch.exp(-s)))
    log1m_x = torch.where(beyond, -t - torch.log(a), low)
    k = torch.exp(-0.5 * s)
    deep = s > _RANGE[a.dtype]
    by_a = torch.where(deep, (k * (s / a)) * k, torch.where(beyond, 1.0, s / grown) / a)
    by_b = torch.where(
        deep, (k * (t * r / (a * b))) * k, t / b * torch.where(beyond, 1.0, r / (a * grown))
    )
    return LogDerivatives(-s, log1m_x, -t, -s_by_a, -s_by_b, -by_a, by_b, t / b)

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

from impl.samplers.differentiation import expm1
from impl.samplers.pieces import PIECE
from impl.samplers.special import log1mexp

__all__ = [
    "LogDerivatives",
    "PathDerivatives",
    "log_pair",
    "log_quantile",
    "logs",
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
    """A draw x, its derivatives by a, b and u, and its E; what is not asked for is empty."""

    x: Tensor
    by_a: Tensor
    by_b: Tensor
    by_u: Tensor
    exponential: Tensor


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


def _log_lost(exponential: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Return t = E/b and log(1 - exp(-t)), as formulas that torch can differentiate."""
    info = torch.finfo(b.dtype)
    over = b < exponential / info.max
    t = torch.where(over, info.max, exponential / torch.where(over, 1.0, b))
    under = t < info.smallest_normal
    low = torch.log(torch.where(under, exponential, 1.0)) - torch.log(b)
    return t, torch.where(under, low, log1mexp(-torch.where(under, 1.0, t)))


def log_quantile(exponential: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """Log x as a formula that torch can differentiate, to every order and in every mode.

    `quantile` has the first derivatives with more care where x or exp(-t) is subnormal.
    """
    t, log_lost = _log_lost(exponential, b)
    beyond = t > _FAR[a.dtype]
    h = torch.exp(-0.5 * torch.where(beyond, t, 1.0))
    return torch.where(beyond, -(h / a) * h, log_lost / a)


def logs(exponential: Tensor, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return log x, log(1-x) and log(1 - x^a), as `log_quantile` has it of the first."""
    log_x = log_quantile(exponential, a, b)
    t, log_lost = _log_lost(exponential, b)
    beyond = t > _FAR[a.dtype]
    # Next to x = 1, log(1-x) = log(-log x).
    least = log_x > -torch.finfo(a.dtype).eps / 4
    near = least & ~beyond
    log_small = torch.log(torch.where(near, -log_lost, 1.0))
    beside_1 = torch.where(beyond, -t, log_small) - torch.log(a)
    log1m_x = torch.where(least, beside_1, log1mexp(torch.where(least, -1.0, log_x)))
    return log_x, log1m_x, -t


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
    t, log1p_r, share = _parts(exponential, b)
    beyond = t > far
    h = torch.exp(-0.5 * t)
    log_x = -torch.where(beyond, (h / a) * h, log1p_r / a)
    x, k = torch.exp(log_x), torch.exp(0.5 * log_x)
    normal = log_x > -_RANGE[a.dtype]

    def times_x(factor: Tensor) -> Tensor:
        return torch.where(normal, x * factor, _squared_times(k, factor))

    by_a = times_x(torch.where(beyond, (h / a) * (h / a), -log_x / a))
    by_b = -times_x(torch.where(beyond, (t * h / a / b) * h, share / a / b))
    by_u = t.new_empty(0)
    if complement is not None:
        near = share / exponential / a / complement  # r/b = t r / E
        by_u = times_x(torch.where(beyond, (h / a / b / complement) * h, near))
    return PathDerivatives(x, by_a, by_b, by_u, exponential)


def _squared_times(root: Tensor, factor: Tensor) -> Tensor:
    """Return root^2 times a factor; 0 where the root is, however large the factor."""
    return torch.where(root == 0, 0.0, (root * factor) * root)


def _parts(exponential: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return t = E/b, and log1p(r) and t r of r = 1/(exp(t) - 1), also where t leaves the range.

    Where t underflows, log1p(r) = -log t and t r = 1 to rounding.
    """
    info = torch.finfo(b.dtype)
    t = (exponential / b).clamp(max=info.max)
    r = expm1(t).reciprocal()
    under = t < info.smallest_normal
    log1p_r = torch.where(under, torch.log(b) - torch.log(exponential), torch.log1p(r))
    return t, log1p_r, torch.where(under, 1.0, t * r)


def _vanishing(a: Tensor, b: Tensor) -> float:
    """Beyond this t or -log x, what exp(-t) or x is multiplied with leaves only 0.

    The factors are at most 1, 1/a^2, t/(ab), -log(x)/a and 1/(ab).
    """
    log_a, log_b = (math.log(min(1.0, float(part.amin()))) for part in (a, b))
    largest = math.log(_LARGE) - log_a - min(log_a, log_b)
    info = torch.finfo(a.dtype)
    return largest - math.log(info.smallest_normal) - math.log(info.eps / 2)


def _within(a: Tensor, b: Tensor) -> bool:
    """Whether a b and E/b stay normal numbers, so that draws can be worked on in place."""
    tiny = torch.finfo(a.dtype).smallest_normal
    low, high = math.sqrt(tiny), lowest_uniform(a.dtype) / tiny
    return float(a.amin()) >= low and float(b.amin()) >= low and float(b.amax()) <= high


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

    The derivatives and E are empty unless asked for. On the CPU, work goes through the draws in
    pieces that stay in the cache, in place; those at the edge of the normal range are then put
    right as `quantile` has them. Elsewhere all go through it, since asking would cost a
    synchronization; and so do all at concentrations whose product leaves the normal range.
    """
    x = torch.empty(shape, dtype=a.dtype, device=a.device)
    lowest = lowest_uniform(a.dtype)
    batch = a.numel()
    empty = x.new_empty(0)
    if x.device.type == "cpu" and x.numel() == 0:
        return PathDerivatives(x, x, x, empty, x)
    if x.device.type != "cpu" or not _within(a, b):
        exponential = x.uniform_().clamp_(min=lowest).neg_().log1p_().neg_()
        return quantile(exponential, a, b)
    kept = tuple(torch.empty_like(x) for _ in range(3)) if derivatives else ()
    flat = (-1,) if batch == 1 else (-1, batch)
    rows = x.view(flat)
    columns = tuple(part.view(flat) for part in kept)
    a, b = (part.reshape(() if batch == 1 else (batch,)) for part in (a, b))
    step = max(1, PIECE // batch)
    scratch = tuple(torch.empty_like(rows[:step]) for _ in range(1 if derivatives else 4))
    furthest, vanishing = _RANGE[a.dtype], _vanishing(a, b)
    minus_a, minus_ab = -a, -(a * b)
    for start in range(0, rows.shape[0], step):
        part = rows[start : start + step]
        r, *others = (buffer[: part.shape[0]] for buffer in scratch)
        z, t, exponential = [piece[start : start + step] for piece in columns] or others
        torch.log1p(exponential.uniform_().clamp_(min=lowest).neg_(), out=exponential).neg_()
        torch.div(exponential, b, out=t)
        torch.expm1(t, out=r).reciprocal_()
        torch.log1p(r, out=z).div_(minus_a)
        torch.exp(z, out=part)
        if not columns:
            continue  # x itself is exp(z) to rounding, also at the edge
        edge = _edge(t, z, furthest, vanishing)
        t.mul_(r).div_(minus_ab).mul_(part)
        z.mul_(part).div_(minus_a)
        if edge.numel():
            a_edge, b_edge = (v if batch == 1 else v[edge % batch] for v in (a, b))
            careful = quantile(exponential.view(-1)[edge], a_edge, b_edge)
            part.view(-1)[edge] = careful.x
            z.view(-1)[edge], t.view(-1)[edge] = careful.by_a, careful.by_b
    if not derivatives:
        return PathDerivatives(x, empty, empty, empty, empty)
    by_a, by_b, numbers = kept
    return PathDerivatives(x, by_a, by_b, empty, numbers)


def log_pair(exponential: Tensor, a: Tensor, b: Tensor) -> LogDerivatives:
    """Transform standard exponential numbers to log x and log(1-x), with all derivatives.

    With s = -log x: log(1-x) = log(1 - exp(-s)), and where s is below rounding, and so may
    underflow, log(1-x) = log s = log(log1p(r)) - log a. Its derivatives are those of log x times
    -1/(exp(s) - 1).
    """
    far = _FAR[a.dtype]
    t, log1p_r, share = _parts(exponential, b)
    beyond = t > far
    h = torch.exp(-0.5 * t)
    s = torch.where(beyond, (h / a) * h, log1p_r / a)
    s_by_a = -torch.where(beyond, (h / a / a) * h, s / a)
    s_by_b = torch.where(beyond, (t * h / a / b) * h, share / a / b)
    grown = expm1(s)
    low = torch.where(s < math.log(2.0), torch.log(-expm1(-s)), torch.log1p(-torch.exp(-s)))
    least = s < torch.finfo(a.dtype).eps / 4
    log1m_x = torch.where(least, torch.where(beyond, -t, torch.log(log1p_r)) - torch.log(a), low)
    shrunk = torch.where(least, 1.0, s / grown)
    k = torch.exp(-0.5 * s)
    deep = s > _RANGE[a.dtype]
    by_a = torch.where(deep, _squared_times(k, s / a), shrunk / a)
    slope = torch.where(beyond, t / b, share / log1p_r / b)  # of -log(-log x) by b
    by_b = torch.where(deep, _squared_times(k, share / a / b), slope * shrunk)
    return LogDerivatives(-s, log1m_x, -t, -s_by_a, -s_by_b, -by_a, by_b, t / b)

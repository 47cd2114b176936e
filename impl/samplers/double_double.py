"""Float64 numbers to twice their digits, as unevaluated sums of two: exact sums and products.

The rounding error of a sum or product of two float64 is itself a float64 (Knuth; Dekker), so a
result kept as a pair loses only what the parts of its low term round away. Nothing here is
differentiable. Where the high part is infinite the low part is NaN, and `collapse` drops it.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from impl.samplers.differentiation import expm1

__all__ = ["Pair", "add", "collapse", "divide", "log", "log1mexp", "multiply", "pair", "two_sum"]

_SPLIT = 134217729.0  # 2^27 + 1 cuts a float64 into two halves of 26 bits
# log 2 in two parts; the first has 21 zero bits at its end, so that its product with an exponent
# is exact (as in fdlibm).
_LOG2_HIGH, _LOG2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10


class Pair(NamedTuple):
    """The number high + low, |low| at most about half an ulp of high."""

    high: Tensor
    low: Tensor


def pair(x: Tensor) -> Pair:
    """Take a float64 as exact."""
    return Pair(x, torch.zeros((), dtype=x.dtype, device=x.device))


def two_sum(x: Tensor, y: Tensor | float) -> Pair:
    """Add, with the rounding error."""
    total = x + y
    other = total - x
    return Pair(total, (x - (total - other)).add_(y - other))


def add(x: Pair, y: Pair) -> Pair:
    """Add two pairs; the low parts are added as they are."""
    high, low = two_sum(x.high, y.high)
    return Pair(high, low.add_(x.low + y.low))


def _halves(x: Tensor) -> tuple[Tensor, Tensor]:
    scaled = _SPLIT * x
    high = scaled - (scaled - x)
    return high, x - high


def multiply(x: Pair, y: Pair) -> Pair:
    """Multiply two pairs, without the product of the low parts."""
    high = x.high * y.high
    (x_high, x_low), (y_high, y_low) = _halves(x.high), _halves(y.high)
    # In place, addcmul has no rule for vmap.
    low = (x_high * y_high).sub_(high).addcmul(x_high, y_low).addcmul(x_low, y_high)
    return Pair(high, low.addcmul(x_low, y_low).add_(x.high * y.low).add_(x.low * y.high))


def divide(x: Pair, y: Tensor) -> Pair:
    """Divide a pair by a float64."""
    high = x.high / y
    back = multiply(pair(y), pair(high))
    return Pair(high, ((x.high - back.high) - back.low + x.low) / y)


def collapse(x: Pair) -> Tensor:
    """Round a pair to float64."""
    return x.high + torch.nan_to_num(x.low, nan=0.0, posinf=0.0, neginf=0.0)


def log(x: Tensor) -> Pair:
    """Log of x >= 0, absolute error below 1e-16 whatever its size; relative near x = 1."""
    mantissa, count = _mantissa_and_exponent(x)
    rest = torch.log(mantissa) + count * _LOG2_LOW
    exact = count * _LOG2_HIGH
    high = exact + rest
    return Pair(high, rest - (high - exact))


def _mantissa_and_exponent(x: Tensor) -> Pair:
    """Write x as m 2^n, sqrt(1/2) <= m <= sqrt(2) up to rounding, both as float64."""
    if torch.compiler.is_compiling():
        # torch's compiler fails on frexp. Powers of two are exact, and in two steps in range.
        inside = (x > 0) & x.isfinite()
        count = torch.where(inside, torch.round(torch.log2(torch.where(inside, x, 1.0))), 0.0)
        half = torch.floor(0.5 * count)
        return Pair(x * torch.exp2(-half) * torch.exp2(half - count), count)
    mantissa, exponent = torch.frexp(x)
    small = (mantissa < math.sqrt(0.5)).to(x.dtype)
    return Pair(mantissa * (1 + small), exponent.to(x.dtype) - small)


def log1mexp(x: Pair) -> Pair:
    """Log of 1 - exp(x) for x <= 0, error below 3e-16 of the larger of 1 and its relative size."""
    lost, power = -expm1(x.high), torch.exp(x.high)
    near = log(lost)
    is_near = x.high > -math.log(2.0)
    # To first order in x.low, by the derivative -exp(x) / (1 - exp(x)).
    moved = power.div(lost).mul_(x.low)
    high = torch.where(is_near, near.high, torch.log1p(power.neg_()))
    return Pair(high, torch.where(is_near, near.low, 0.0).sub_(moved))

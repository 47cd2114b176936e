"""Log density of Kumaraswamy(a, b) from logarithms, in float64, without avoidable cancellation."""

import torch
from torch import Tensor

from impl.samplers.special import accurate_log, log1mexp

__all__ = ["accurate_power", "log1m_power", "log_density"]

_SPLIT = 134217729.0  # 2^27 + 1 cuts a float64 into two halves of 26 bits
_SMALLEST_POWER = 1e-250  # times any a b in range still a normal number


def log1m_power(log_x: Tensor, log1m_x: Tensor, a: Tensor, given: torch.dtype) -> Tensor:
    """log(1 - x^a) from log x, or from log(1-x) where log x has underflown.

    There 1 - x^a = a (1-x) to rounding. `given` is the dtype in which log x was rounded.
    """
    lost = -log_x < torch.finfo(given).tiny / torch.finfo(given).eps
    exponent = a * torch.where(lost, -1.0, log_x)
    near = torch.log(a) + torch.where(lost, log1m_x, -1.0)
    return torch.where(lost, near, log1mexp(exponent))


def accurate_power(log_x: Tensor, a: Tensor) -> Tensor:
    """x^a = exp(a log x) with the rounding of the product made good.

    Without it, x^a would lose log2|a log x| bits. The rounding error of a product of two float64
    is a float64, found exactly by cutting both into halves (Dekker).
    """
    exponent = a * log_x
    with torch.no_grad():
        left, right = _SPLIT * a, _SPLIT * log_x
        a_high, x_high = left - (left - a), right - (right - log_x)
        a_low, x_low = a - a_high, log_x - x_high
        error = ((a_high * x_high - exponent) + a_high * x_low + a_low * x_high) + a_low * x_low
        error = torch.nan_to_num(error, nan=0.0)  # at x = 0 the exponent is infinite
    return torch.exp(exponent) * (1 + error)


def log_density(a: Tensor, b: Tensor, log_x: Tensor, rest: Tensor, power: Tensor) -> Tensor:
    """Return log a + log b + (a-1) log x + (b-1) log(1 - x^a), given log(1 - x^a) and x^a.

    The first three terms are taken as log(a b x^a) - log x: large logarithms of a, b and x^a
    cancel as factors and not as rounded logarithms. At x = 0 and x = 1 it is the limit.
    """
    tiny = power < _SMALLEST_POWER
    # 0 * -inf at a boundary, where a power of 0 makes the factor 1.
    at_zero = torch.where((a == 1) & log_x.isinf(), 0.0, log_x)
    at_one = torch.where((b == 1) & rest.isinf(), 0.0, rest)
    last = (b - 1) * at_one
    # The smaller terms are added up first: each sum rounds at the size of what it gives.
    whole = accurate_log(a * b * torch.where(tiny, 1.0, power))
    merged = whole + (last - torch.where(tiny, -1.0, log_x))
    apart = accurate_log(a * b) + ((a - 1) * torch.where(tiny, at_zero, -1.0) + last)
    return torch.where(tiny, apart, merged)

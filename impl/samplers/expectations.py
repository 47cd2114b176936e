"""Expectations under Kumaraswamy(a, b), in float64: moments and E[log x].

Everything is a function of y = x^a, which has density b (1-y)^(b-1) whatever a is.
"""

import math

import torch
from torch import Tensor

from impl.samplers.special import digamma, harmonic, log_beta, trigamma

__all__ = ["expected_log", "log_moment", "variance"]

_SERIES_FROM, _SERIES_TO = 16.0, 1 / 16  # a, b
_SERIES_TERMS = 20


def log_moment(power: Tensor, b: Tensor) -> Tensor:
    """Log E[y^p] = log b + log B(1+p, b); E[x^n] is the one at p = n/a.

    Derivation: kumaraswamy.moments
    """
    return torch.log(b) + log_beta(1 + power, b)


def variance(a: Tensor, b: Tensor) -> Tensor:
    """Var[x] = E[x^2] (1 - exp(2 K(1/a) - K(2/a))), K the cumulant function of log y.

    For large a, and for small b, K(2/a) and 2 K(1/a) agree to most digits. K is symmetric in
    its p and b: there it is its Taylor series in 1/a, or in b, whose coefficients are differences
    of polygamma functions, and whose first left-out term is below (2/16)^21, or 16^-20, of the
    first.

    Derivation: kumaraswamy.moments
    """
    log_square = log_moment(2 / a, b)
    plain = log_square - 2 * log_moment(1 / a, b)
    ratio = torch.where(b < _SERIES_TO, _bend_for_small_b(1 / a, b), plain)
    ratio = torch.where(a < _SERIES_FROM, ratio, _bend_for_large_a(a, b))
    return -torch.exp(log_square) * torch.expm1(-ratio)


def _bend_for_large_a(a: Tensor, b: Tensor) -> Tensor:
    """K(2s) - 2 K(s) at s = 1/a: sum over n of (2^n - 2)/n! s^n times the cumulant of log y."""
    s = 1 / a.clamp(min=_SERIES_FROM)
    series = torch.zeros_like(b)
    for n in range(_SERIES_TERMS, 1, -1):
        series = series + (2.0**n - 2) / math.factorial(n) * _cumulant(n, b) * s**n
    return series


def _cumulant(n: int, b: Tensor) -> Tensor:
    """Cumulant n >= 2 of log y, polygamma(n-1, 1) - polygamma(n-1, 1+b); for small b a series."""
    plain = _polygamma(n - 1, torch.ones_like(b)) - _polygamma(n - 1, 1 + b)
    small = b.clamp(max=_SERIES_TO)
    series = torch.zeros_like(b)
    for m in range(_SERIES_TERMS, 0, -1):
        slope = _polygamma(n - 1 + m, torch.ones_like(b)) / math.factorial(m)
        series = (series - slope) * small
    return torch.where(b < _SERIES_TO, series, plain)


def _bend_for_small_b(s: Tensor, b: Tensor) -> Tensor:
    """K(2s) - 2 K(s): sum over m of b^m/m! times what polygamma(m-1, 1 + .) has of it."""
    small = b.clamp(max=_SERIES_TO)
    series = torch.zeros_like(b)
    for m in range(_SERIES_TERMS, 0, -1):
        ends = _polygamma(m - 1, 1 + 2 * s) + _polygamma(m - 1, torch.ones_like(s))
        bend = 2 * _polygamma(m - 1, 1 + s) - ends
        series = (series + bend / math.factorial(m)) * small
    return series


def _polygamma(order: int, x: Tensor) -> Tensor:
    if order == 0:
        return digamma(x)
    return trigamma(x) if order == 1 else torch.polygamma(order, x)


def expected_log(a: Tensor, b: Tensor) -> Tensor:
    """E[log x] = -H(b) / a, H the harmonic number.

    Derivation: kumaraswamy.moments
    """
    return -harmonic(b) / a

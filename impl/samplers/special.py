"""Functions that torch lacks, or has with cancellation; all in float64, all differentiable."""

import math
from collections.abc import Iterable

import torch
from scipy.special import zeta
from torch import Tensor

from impl.samplers.differentiation import by_two_routes, expm1, needs_derivatives

__all__ = [
    "digamma",
    "digamma_minus_log",
    "harmonic",
    "log1mexp",
    "log_beta",
    "log_gamma_rest",
    "log_product",
    "negentropy_of_log_gamma",
    "times_log1mexp",
    "trigamma",
    "trigamma_excess",
    "wide",
]

_LARGE = 16.0
_SMALL = 1 / 16
# Riemann's zeta function at 2, 3, ..., 15.
_ZETA = tuple(float(value) for value in zeta(range(2, 16)))
_LOG_2PI = math.log(2 * math.pi)
_RANGE = 700.0  # exp(-700) is a normal number
# Coefficients of Stirling's series of log Gamma, in odd powers of 1/x; at 16 the first one left
# out is below 1e-16.
_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360)


def log1mexp(x: Tensor) -> Tensor:
    """Return log(1 - exp(x)) for x <= 0, to rounding at both ends; by x, -1/(exp(-x) - 1)."""
    # Each form where it does not cancel; they meet at log 1/2.
    middle = -math.log(2.0)
    near = torch.log(-expm1(x.clamp(min=middle)))
    return torch.where(x > middle, near, torch.log1p(-torch.exp(x.clamp(max=middle))))


def times_log1mexp(factor: Tensor, x: Tensor) -> Tensor:
    """Return factor log(1 - exp(x)) for x <= 0, also where exp(x) underflows and they do not."""
    deep = x < -_RANGE
    half = torch.exp(0.5 * torch.where(deep, x, -_RANGE))
    plain = factor * log1mexp(torch.where(deep, -_RANGE, x))
    return torch.where(deep, -(half * factor) * half, plain)


def log_product(x: Tensor, y: Tensor) -> Tensor:
    """Return log(x y), also where the product overflows or underflows."""
    return torch.log(x) + torch.log(y)


def _hurwitz(x: Tensor) -> Tensor:
    found: Tensor = torch.special.zeta(torch.full_like(x, 2.0), x)
    return found


def trigamma(x: Tensor) -> Tensor:
    """Trigamma as the Hurwitz zeta function at 2; torch's polygamma(1, x) is off by 1e-10."""
    return by_two_routes(_hurwitz, lambda y: torch.polygamma(1, y), x)


def digamma(x: Tensor) -> Tensor:
    """Digamma with `trigamma` for its slope."""
    value = torch.digamma(x)
    if not needs_derivatives(x):
        return value
    # A term that is 0, with the slope that torch's own is short of.
    fixed = x.detach()
    short = torch.nan_to_num(_hurwitz(fixed) - torch.polygamma(1, fixed), posinf=0.0, neginf=0.0)
    return value + (x - fixed) * short


def wide(*values: Tensor) -> tuple[Tensor, ...]:
    """Turn values to float64, in which densities and expectations are computed."""
    return tuple(value.to(torch.float64) for value in values)


def harmonic(x: Tensor) -> Tensor:
    """H(x) = digamma(x + 1) + Euler's constant, the harmonic number at real x > 0.

    For small x, where these cancel, the sum over m of zeta(m + 1) (-1)^(m+1) x^m.
    """
    small = x.clamp(max=_SMALL)
    series = torch.zeros_like(x)
    for coefficient in reversed(_ZETA):
        series = (coefficient - series) * small
    return torch.where(x < _SMALL, series, digamma(x + 1) + 0.57721566490153286061)


def _stirling(x: Tensor, coefficients: Iterable[float]) -> Tensor:
    """Return the sum over n >= 1 of coefficient n times x^(1-2n)."""
    inverse = x.reciprocal()
    total = torch.zeros_like(x)
    for coefficient in reversed(tuple(coefficients)):
        total = total * inverse**2 + coefficient
    return total * inverse


def _stirling_rest(x: Tensor) -> Tensor:
    return _stirling(x, _STIRLING)


def log_gamma_rest(x: Tensor) -> Tensor:
    """Log Gamma(x) less Stirling's (x - 1/2) log x - x + log(2 pi)/2: about 1/(12 x)."""
    few = x.clamp(max=_LARGE)
    plain = torch.lgamma(few) - (few - 0.5) * torch.log(few) + few - 0.5 * _LOG_2PI
    return torch.where(x < _LARGE, plain, _stirling_rest(x.clamp(min=_LARGE)))


def digamma_minus_log(x: Tensor) -> Tensor:
    """Digamma(x) - log x, about -1/(2x); from 16 on the derivative of Stirling's series."""
    few, many = x.clamp(max=_LARGE), x.clamp(min=_LARGE)
    slope = _stirling(many, ((2 * n - 1) * c for n, c in enumerate(_STIRLING, 1)))
    series = -(0.5 + slope) / many
    return torch.where(x < _LARGE, digamma(few) - torch.log(few), series)


def trigamma_excess(x: Tensor) -> Tensor:
    """Return x trigamma(x) - 1, about 1/(2x)."""
    few, many = x.clamp(max=_LARGE), x.clamp(min=_LARGE)
    bend = _stirling(many, (2 * n * (2 * n - 1) * c for n, c in enumerate(_STIRLING, 1)))
    plain = 1 / few + few * trigamma(1 + few) - 1
    return torch.where(x < _LARGE, plain, 0.5 / many + bend / many)


def negentropy_of_log_gamma(x: Tensor) -> Tensor:
    """How far below a Gaussian's of its variance the entropy of log G is, G ~ Gamma(x, 1).

    That is log(2 pi e trigamma(x))/2 - (log Gamma(x) - x digamma(x) + x), between 0.42 at 0 and
    1/(12 x) far out; below 16 of 1 + x, where nothing large cancels, from there on of series.
    """
    few, many = x.clamp(max=_LARGE), x.clamp(min=_LARGE)
    above = 1 + few
    plain = 0.5 * torch.log1p(few.square() * trigamma(above)) + few * digamma(above)
    plain = plain - torch.lgamma(above) - few + 0.5 * (_LOG_2PI - 1)
    series = _stirling(many, (-2 * n * c for n, c in enumerate(_STIRLING, 1)))
    return torch.where(x < _LARGE, plain, series + 0.5 * torch.log1p(trigamma_excess(many)))


def log_beta(p: Tensor, q: Tensor) -> Tensor:
    """Log of B(p, q), without the cancellation of large log Gammas."""
    small, large = torch.minimum(p, q), torch.maximum(p, q)
    both = small + large
    plain = torch.lgamma(small) + torch.lgamma(large) - torch.lgamma(both)
    # In what is not chosen the arguments are moved to where every branch is finite.
    big, far = large.clamp(min=_LARGE), small.clamp(min=_LARGE)
    rest = _stirling_rest(big) - _stirling_rest(big + small)
    mixed = (
        torch.lgamma(small)
        + rest
        + small
        - small * torch.log(big)
        - (big + small - 0.5) * torch.log1p(small / big)
    )
    high = (
        (far - 0.5) * torch.log(far / (far + big))
        - big * torch.log1p(far / big)
        - 0.5 * torch.log(big / (2 * math.pi))
        + _stirling_rest(far)
        + _stirling_rest(big)
        - _stirling_rest(far + big)
    )
    return torch.where(large < _LARGE, plain, torch.where(small < _LARGE, mixed, high))

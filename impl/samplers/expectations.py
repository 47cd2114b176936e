"""Expectations under Kumaraswamy(a, b), in float64: moments and E[log(1-x)]; the divergences.

Everything is a function of y = x^a, which has density b (1-y)^(b-1) whatever a is.
"""

import math

import torch
from torch import Tensor
from torch.nn.functional import softplus

from impl.samplers.special import harmonic, log1mexp, log_beta, trigamma

__all__ = ["expected_log", "expected_log1m", "log_moment", "variance"]

_SERIES_FROM = 16.0  # a
_SERIES_TERMS = 20
# Trapezoidal rule on the logit scale of y.
_STEP = 0.2
_LEFT, _RIGHT = -64.0, 56.0


def log_moment(power: Tensor, b: Tensor) -> Tensor:
    """Log E[y^p] = log b + log B(1+p, b); E[x^n] is the one at p = n/a.

    Derivation: kumaraswamy.moments
    """
    return torch.log(b) + log_beta(1 + power, b)


def variance(a: Tensor, b: Tensor) -> Tensor:
    """Var[x] = E[x^2] (1 - exp(2 K(1/a) - K(2/a))), K the cumulant function of log y.

    For large a the two terms agree to most digits; there K is its Taylor series, whose
    coefficients are differences of polygamma functions, and whose first left-out term is below
    (2/16)^21 of the first. For small b they do so too: there it is the series in b.

    Derivation: kumaraswamy.moments
    """
    log_square = log_moment(2 / a, b)
    plain = log_square - 2 * log_moment(1 / a, b)
    s = 1 / a.clamp(min=_SERIES_FROM)
    series = torch.zeros_like(plain)
    for n in range(_SERIES_TERMS, 1, -1):
        cumulant = _polygamma(n - 1, torch.ones_like(b)) - _polygamma(n - 1, 1 + b)
        series = series + (2.0**n - 2) / math.factorial(n) * cumulant * s**n
    ratio = torch.where(a < _SERIES_FROM, plain, series)
    ratio = torch.where(b > 1 / _SERIES_FROM, ratio, _second_difference(a, b))
    return -torch.exp(log_square) * torch.expm1(-ratio)


def _second_difference(a: Tensor, b: Tensor) -> Tensor:
    """K(2/a) - 2 K(1/a) as a series in b, and for large a also in s = 1/a.

    K(p) = log Gamma(1+p) + log Gamma(1+b) - log Gamma(1+p+b), so that the factor of b^n/n! is
    2 psi(1+s) - psi(1+2s) - psi(1), psi the polygamma function of order n - 1.
    """
    b, s = b.clamp(max=1 / _SERIES_FROM), 1 / a
    small = s.clamp(max=1 / _SERIES_FROM)
    one, total = torch.ones_like(b), torch.zeros_like(b)
    for n in range(_SERIES_TERMS, 0, -1):
        plain = 2 * _polygamma(n - 1, 1 + s) - _polygamma(n - 1, 1 + 2 * s)
        plain = plain - _polygamma(n - 1, one)
        series = torch.zeros_like(b)
        for m in range(_SERIES_TERMS, 1, -1):
            derivative = _polygamma(n - 1 + m, one)
            series = series - (2.0**m - 2) / math.factorial(m) * derivative * small**m
        factor = torch.where(a < _SERIES_FROM, plain, series)
        total = (total + factor / math.factorial(n)) * b
    return total


def _polygamma(order: int, x: Tensor) -> Tensor:
    if order == 0:
        return torch.digamma(x)
    return trigamma(x) if order == 1 else torch.polygamma(order, x)


def expected_log(a: Tensor, b: Tensor) -> Tensor:
    """E[log x] = -H(b) / a, H the harmonic number.

    Derivation: kumaraswamy.moments
    """
    return -harmonic(b) / a


def expected_log1m(a: Tensor, b: Tensor) -> Tensor:
    """E[log(1-x)], by a sum that converges geometrically.

    log(1-x) is split into log(1-y), whose expectation is -1/b, and phi = log((1-x)/(1-y)), which
    is bounded: 0 at x = 0 and -log a at x = 1. On the logit scale y = 1/(1 + exp(-r)),

        E[phi] = -log a + sum over r in h Z of h b (1-y)^b y (phi + log a),

    a trapezoidal sum of a function analytic in the strip |Im r| < pi/2: its error is at most
    2 N / (exp(pi^2/h) - 1), N the integral of the modulus on the strip's edges, with h = 0.2
    below 1e-21 N. What is left out beyond the ends is below exp(-44) of the largest |phi|.

    The other way is the series -sum over m of E[x^m]/m, whose terms fall only as m^(-1-b).

    Derivation: kumaraswamy.kl_beta
    """
    count = round((_RIGHT - _LEFT) / _STEP)
    r = torch.linspace(_LEFT, _RIGHT, count + 1, dtype=a.dtype, device=a.device)
    a, b = a.unsqueeze(-1), b.unsqueeze(-1)
    minus_log1m_y = softplus(r, threshold=_RIGHT)
    log_x = -softplus(-r, threshold=-_LEFT) / a
    shifted = log1mexp(log_x) + minus_log1m_y + torch.log(a)
    weight = _STEP * b * torch.exp(-b * minus_log1m_y) * torch.sigmoid(r)
    rest = (weight * shifted).sum(-1) - torch.log(a).squeeze(-1)
    return rest - 1 / b.squeeze(-1)

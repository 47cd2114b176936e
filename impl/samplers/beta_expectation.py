"""E[log(1 - x^a)] under Beta(c, d), in float64, by a trapezoidal sum."""

import torch
from torch import Tensor

from impl.samplers.special import digamma, log1mexp, log_beta

__all__ = ["expected_log1m_power"]

_POINTS = 400
_REACH = 42.0  # exp(-42) is below rounding


def expected_log1m_power(a: Tensor, c: Tensor, d: Tensor) -> Tensor:
    """E[log(1 - x^a)], x of Beta(c, d).

    log(1 - x^a) is log(1-x), whose mean is digamma(d) - digamma(c + d), plus psi, which goes from 0
    at x = 0 to log a at x = 1; psi - x log a is 0 at both. On the logit scale r of x,

        E[psi - x log a] = integral of x^c (1-x)^d / B(c, d) (psi - x log a) dr,

    which falls at least as exp((c + min(a, 1)) r) to the left and as exp(-(d + 1) r) to the right.
    With r = r_0 + s sinh(v), r_0 = log(c/d) and s the density's width, both ends fall doubly
    exponentially, and a sum over a uniform grid in v converges geometrically.
    """
    a, c, d = (part.unsqueeze(-1) for part in torch.broadcast_tensors(a, c, d))
    fixed = [part.detach() for part in (a, c, d)]
    centre = fixed[1].log() - fixed[2].log()
    width = (1 / fixed[1] + 1 / fixed[2]).sqrt().clamp(max=2.0)
    left = _REACH / (fixed[1] + fixed[0].clamp(max=1.0)) + _REACH * width
    right = _REACH / (fixed[2] + 1) + _REACH * width
    # The ends lie beyond 0, too, where psi changes.
    low = -torch.asinh((left + centre.clamp(min=0)) / width)
    high = torch.asinh((right - centre.clamp(max=0)) / width)
    grid = torch.linspace(0, 1, _POINTS, dtype=a.dtype, device=a.device)
    v = low + (high - low) * grid
    r = centre + width * torch.sinh(v)
    weight = width * torch.cosh(v) * (high - low) / (_POINTS - 1)
    rest = torch.log1p(torch.exp(-r.abs()))
    log_x, log1m_x = r.clamp(max=0) - rest, -r.clamp(min=0) - rest
    psi = log1mexp(a * log_x) - log1m_x
    density = torch.exp(c * log_x + d * log1m_x - log_beta(c, d))
    value = (weight * density * (psi - torch.exp(log_x) * torch.log(a))).sum(-1)
    a, c, d = (part.squeeze(-1) for part in (a, c, d))
    return value + c / (c + d) * torch.log(a) + digamma(d) - digamma(c + d)

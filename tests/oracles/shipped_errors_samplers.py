"""Errors that public code shipped in laws, samplers, gradients and divergences, written anew.

Each is small and wrong on purpose. The check that accepts ours has to reject it.
"""

import math
from collections.abc import Callable

import mpmath as mp
import numpy as np
import torch
from torch import Tensor
from torch.distributions import Gamma

from oracles import sampler_premises as premises

Floats = np.ndarray
CLAMP = float(np.finfo(np.float32).eps)


def entropy_with_a_and_b_swapped(a: float, b: float) -> float:
    """Swap a and b beside the harmonic number, and flip the logarithm's sign (TFP PR 358)."""
    harmonic = float(mp.digamma(b + 1) + mp.euler)
    return (1 - 1 / a) + (1 - 1 / b) * harmonic + math.log(a * b)


def entropy_with_one_term_less(a: float, b: float) -> float:
    """End the harmonic number a term early: off by (1 - 1/a) / b, less than 0.2 at most shapes."""
    harmonic = float(mp.digamma(b) + mp.euler)
    return (1 - 1 / b) + (1 - 1 / a) * harmonic - math.log(a * b)


def mode_always_nan(a: float, b: float) -> float:
    """Take log1p(-b) where b > 1: NaN, always (torch 173912, 198186)."""
    with np.errstate(invalid="ignore"):
        return float(np.exp((np.log1p(-b) - np.log1p(-a * b)) / a))


def log_density_with_zero_times_infinity(x: float, a: float, b: float) -> float:
    """Multiply 0 by an infinite logarithm at the boundary (torch 92260, numpyro 2088)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        logs = np.log(np.array([x, 1 - x**a]))
        return float(math.log(a * b) + (a - 1) * logs[0] + (b - 1) * logs[1])


def cancelling_draw(a: Tensor, b: Tensor, shape: torch.Size) -> Tensor:
    """Subtract from 1 as the formula is written: it cancels at large b (torch 139019)."""
    u = torch.rand(shape + a.shape, dtype=a.dtype, device=a.device)
    return (1 - (1 - u) ** (1 / b)) ** (1 / a)


def logs_after_rounding(a: Tensor, b: Tensor, shape: torch.Size) -> tuple[Tensor, Tensor, Tensor]:
    """Draw x, which hits 0 and 1 in float32, and take its logarithms afterwards (torch 95548)."""
    x = cancelling_draw(a, b, shape)
    return x.log(), (1 - x).log(), (1 - x**a).log()


def swapped_draw(a: Tensor, b: Tensor, shape: torch.Size) -> Tensor:
    """Swap the concentrations: a smooth sampler of the wrong law."""
    return cancelling_draw(b, a, shape)


class _Bent(torch.autograd.Function):
    """The value itself, its gradient changed."""

    @staticmethod
    def forward(ctx: object, value: Tensor, change: Callable[[Tensor], Tensor]) -> Tensor:
        ctx.change = change
        return value.clone()

    @staticmethod
    def backward(ctx: object, incoming: Tensor) -> tuple[Tensor, None]:
        return ctx.change(incoming), None


def with_gradient_by_b(draw: Callable, change: Callable[[Tensor], Tensor]) -> Callable:
    """Change a draw's gradient by its second parameter."""
    return lambda a, b, shape: draw(a, _Bent.apply(b, change), shape)


def underflowing_dirichlet(alpha: Tensor, shape: torch.Size) -> Tensor:
    """Normalize Gammas boosted from alpha + 1, which underflow at tiny alpha (jax 18129)."""
    boosted = Gamma(alpha + 1, torch.ones_like(alpha)).rsample(shape)
    gammas = boosted * torch.rand_like(boosted) ** (1 / alpha)
    return (gammas / gammas.sum(-1, keepdim=True)).log()


def softmax_draw(scale: Callable[[Tensor, Tensor], Tensor]) -> Callable[..., Tensor]:
    """Draw log softmax(mu + scale eps); the scale is made of alpha and the Laplace variances."""

    def draw(alpha: Tensor, shape: torch.Size) -> Tensor:
        size, inverse = alpha.shape[-1], 1 / alpha
        variance = (1 - 2 / size) * inverse + inverse.sum(-1, keepdim=True) / size**2
        loc = alpha.log() - alpha.log().mean(-1, keepdim=True)
        eps = torch.randn(shape + alpha.shape, dtype=alpha.dtype, device=alpha.device)
        return torch.log_softmax(loc + scale(alpha, variance) * eps, -1)

    return draw


SOFTMAX_SCALES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "noise-scaled-by-variance": lambda _, variance: variance,
    "softmax-scale-from-alpha": lambda alpha, _: 1 / alpha.sqrt(),
    "softmax-alpha-ignored": lambda alpha, _: torch.ones_like(alpha),
    "trace left out": lambda alpha, _: ((1 - 2 / alpha.shape[-1]) / alpha).sqrt(),
}


def moved_by_marginals(alpha: Floats, fit: str, by: int, log_draw: Callable) -> Callable:
    """Let each log ratio of a draw move as its own marginal asks (torch PR 4602).

    The one velocity of a single log ratio is m' + (s'/s) (y - m), s its standard deviation: right
    where there is one, wrong together from three entries on. Log ratios are returned, and a 0.
    """
    loc, variance = premises.fitted(alpha, fit)
    loc_by, deviation_by = premises.fitted_by(alpha, fit, by)
    matrix = premises.differences(len(alpha))
    mean, covariance = premises.log_ratios(loc, variance)
    spread = np.sqrt(np.diag(covariance))
    growth = matrix**2 @ (np.sqrt(variance) * deviation_by) / spread**2

    def draw(leaf: Tensor, shape: torch.Size) -> Tensor:
        log_x = log_draw(leaf, shape).detach()
        y = log_x[..., :-1] - log_x[..., -1:]
        parts = (torch.tensor(part, dtype=y.dtype, device=y.device) for part in (mean, growth))
        middle, rate = parts
        velocity = torch.tensor(matrix @ loc_by, dtype=y.dtype, device=y.device) + rate * (
            y - middle
        )
        step = leaf[..., by : by + 1] - leaf[..., by : by + 1].detach()
        return torch.cat([y + step * velocity, torch.zeros_like(y[..., :1])], -1)

    return draw


def diagonal_jacobian(alpha: Tensor, shape: torch.Size) -> Tensor:
    """Draw by the Laplace fit, its Jacobian by alpha taken as diagonal (bayespy dirichlet.py)."""
    size = alpha.shape[-1]
    own = torch.eye(size, dtype=torch.bool, device=alpha.device)
    rows = torch.where(own, alpha.unsqueeze(-2), alpha.detach().unsqueeze(-2))
    variance = (1 - 2 / size) / alpha + (1 / rows).sum(-1) / size**2
    loc = alpha.log() - rows.log().mean(-1)
    eps = torch.randn(shape + alpha.shape, dtype=alpha.dtype, device=alpha.device)
    return torch.log_softmax(loc + variance.sqrt() * eps, -1)


def uniform_with_x_log_x(
    ours: Callable[..., float], a: float, b: float, c: float, d: float
) -> float:
    """Evaluate x log x at 0 for the mean log of a uniform number (torch 144279)."""
    if (a, b) != (1, 1):
        return ours(a, b, c, d)
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = np.array([0.0, 1.0])
        mean_log = float(np.diff(ends * np.log(ends) - ends)[0])
    return float(mp.log(mp.beta(c, d))) - (c - 1) * mean_log - (d - 1) * mean_log


def clamped_on_one_side(a: float, b: float, c: float, d: float) -> float:
    """Clamp the draws in log p but not in log q: negative divergences (torch 72525)."""
    q = premises.quantiles(a, b)
    low, high = math.log(CLAMP), math.log1p(-CLAMP)
    p = premises.log_kumaraswamy(np.clip(q.log_x, low, high), a, b)
    other = (c - 1) * q.log_x + (d - 1) * q.log1m_x - float(mp.log(mp.beta(c, d)))
    return float(q.weights @ (p - other))

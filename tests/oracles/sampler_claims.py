"""Monte Carlo claims about samplers: one check each, for ours and for those that were shipped.

A draw is a function of the parameters and a shape, with a gradient; every check draws by it. The
noise of PyTorch is seeded from the generator of the check, so that every batch is fresh.
"""

import itertools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from scipy.special import ndtr
from torch import Tensor

from derivations.evidence.monte_carlo import (
    Plan,
    Probe,
    SampledCheck,
    gradient_unbiased,
    law_equals_cdf,
    projections_law,
    transport_equation,
)
from oracles import sampler_premises as premises

Floats = np.ndarray
Generator = np.random.Generator
Draw = Callable[..., Tensor]
"""Draws of a shape: ``draw(a, b, shape)`` or ``draw(alpha, shape)``."""

EFFECT = 0.03
"""Smallest effect a check must see, in standard deviations of what it averages."""
DISTANCE = 0.015
"""Smallest distance of distribution functions a check must see."""
BLOCK = 8
"""Draws a gradient is averaged over: a block is one draw of the check."""


class Setting(NamedTuple):
    """Where and in which type draws are made, what their check may spend, and must see."""

    dtype: torch.dtype
    device: torch.device
    plan: Plan
    effect: float = EFFECT
    distance: float = DISTANCE

    def tensor(self, values: object, rows: int | None = None) -> Tensor:
        """Make a tensor, or so many equal rows of it that ask for gradients."""
        one = torch.tensor(np.array(values), dtype=self.dtype, device=self.device)
        return one if rows is None else one.repeat((rows,) + (1,) * one.dim()).requires_grad_()


def seed(rng: Generator) -> None:
    """Let PyTorch's next draws depend on the check's generator."""
    torch.manual_seed(int(rng.integers(2**62)))


def array(tensor: Tensor) -> Floats:
    """A tensor's values in float64."""
    return tensor.detach().double().cpu().numpy()


def kumaraswamy_law(draw: Draw, a: float, b: float, on: Setting) -> SampledCheck:
    """Draws follow F(x) = 1 - (1 - x^a)^b."""

    def sampler(rng: Generator, number: int) -> Floats:
        seed(rng)
        return array(draw(on.tensor(a), on.tensor(b), torch.Size((number,))))

    def cdf(x: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            inside = np.log(np.clip(x, 0, 1))
            return -np.expm1(b * np.log1p(-np.exp(a * inside)))

    return law_equals_cdf("draws of x follow F(x)", sampler, cdf, detects=on.distance, plan=on.plan)


def kumaraswamy_log_laws(draw: Draw, a: float, b: float, on: Setting) -> tuple[SampledCheck, ...]:
    """Draws of (log x, log(1-x), ...) follow their laws, each of the two by itself."""

    def sampler(part: int) -> Callable[[Generator, int], Floats]:
        def drawn(rng: Generator, number: int) -> Floats:
            seed(rng)
            return array(draw(on.tensor(a), on.tensor(b), torch.Size((number,)))[part])

        return drawn

    def below(log_x: Floats) -> Floats:
        return -np.expm1(b * premises.log1mexp(np.minimum(a * log_x, -1e-300)))

    def above(log1m_x: Floats) -> Floats:
        log_x = premises.log1mexp(np.minimum(log1m_x, -1e-300))
        near = np.log(a) + log1m_x  # log(1 - x^a) where x is 1 to rounding
        inside = premises.log1mexp(np.minimum(a * log_x, -1e-300))
        return np.exp(b * np.minimum(np.where(log1m_x < -600, near, inside), 0.0))

    cdfs = (
        ("draws of log x follow its distribution function", below),
        ("draws of log(1-x) follow its distribution function", above),
    )
    return tuple(
        law_equals_cdf(claim, sampler(part), cdf, detects=on.distance, plan=on.plan)
        for part, (claim, cdf) in enumerate(cdfs)
    )


def kumaraswamy_gradient(draw: Draw, a: float, b: float, on: Setting) -> SampledCheck:
    """Averaged over blocks of draws, gradients by a and b are those of E[x] and E[log x]."""
    q = premises.quantiles(a, b)
    x = np.exp(q.log_x)
    squares = [q.weights @ (v**2) for v in (x * q.by_a, x * q.by_b, q.by_a, q.by_b)]
    bound = premises.MARGIN * np.array(squares) / BLOCK
    value = np.concatenate(
        [premises.kumaraswamy_moment(1, a, b)[1], premises.kumaraswamy_mean_log(a, b)]
    )

    def estimator(rng: Generator, number: int) -> Floats:
        seed(rng)
        leaves = [on.tensor(p, number) for p in (a, b)]
        drawn = draw(*leaves, torch.Size((BLOCK,)))
        slopes = [
            torch.autograd.grad(f.mean(0).sum(), leaves, retain_graph=True)
            for f in (drawn, drawn.log())
        ]
        return np.stack([array(slope) for pair in slopes for slope in pair], axis=1)

    return gradient_unbiased(
        "gradients of E[x] and E[log x] by a and b are unbiased",
        estimator,
        value,
        detects=on.effect * np.sqrt(bound),
        variance_bound=bound,
        plan=on.plan,
    )


def kumaraswamy_transport(
    draw: Draw, a: float, b: float, on: Setting, *, by: int, powers: tuple[int, ...] = (1, 2, 4)
) -> SampledCheck:
    """Velocities of draws by a (0) or b (1) carry the law along, as x^n sees it."""
    q = premises.quantiles(a, b)
    slope = (q.by_a, q.by_b)[by]

    def probe(n: int) -> Probe:
        square = q.weights @ (n * np.exp(n * q.log_x) * slope) ** 2
        derivative = float(premises.kumaraswamy_moment(n, a, b)[1][by])
        return Probe(
            f"x^{n}", lambda x: n * x ** (n - 1), derivative, premises.MARGIN * float(square)
        )

    def path(rng: Generator, number: int) -> tuple[Floats, Floats]:
        seed(rng)
        leaves = [on.tensor(p, number) for p in (a, b)]
        drawn = draw(*leaves, torch.Size())
        (velocity,) = torch.autograd.grad(drawn.sum(), leaves[by])
        return array(drawn)[:, None], array(velocity)[:, None]

    return _transport(path, tuple(probe(n) for n in powers), 1, on)


def _transport(path: Callable, probes: tuple[Probe, ...], size: int, on: Setting) -> SampledCheck:
    detects = on.effect * np.sqrt([probe.variance_bound for probe in probes])
    return transport_equation(
        "velocities carry the law along: the transport equation",
        path,
        probes,
        dimension=size,
        detects=detects,
        plan=on.plan,
    )


def softmax_law(log_draw: Draw, alpha: Floats, fit: str, on: Setting) -> SampledCheck:
    """Log ratios of draws are Gaussian along every direction drawn."""
    mean, covariance = premises.log_ratios(*premises.fitted(alpha, fit))

    def sampler(rng: Generator, number: int) -> Floats:
        seed(rng)
        log_x = array(log_draw(on.tensor(alpha), torch.Size((number,))))
        return log_x[:, :-1] - log_x[:, -1:]

    def along(unit: Floats) -> Callable[[Floats], Floats]:
        scale = np.sqrt(unit @ covariance @ unit)
        return lambda y: ndtr((y - unit @ mean) / scale)

    return projections_law(
        "log ratios of draws have the Gaussian of the fit, along random directions",
        sampler,
        along,
        dimension=len(mean),
        detects=on.distance,
        directions=4,
        plan=on.plan,
    )


def softmax_transport(
    log_draw: Draw, alpha: Floats, fit: str, on: Setting, *, by: int, alone: bool = False
) -> SampledCheck:
    """Velocities of log ratios by alpha_j carry their Gaussian along, as waves see it.

    E cos(t y) and E sin(t y) are the parts of exp(i t m - t S t / 2), with derivatives by alpha_j
    from those of m and S. The waves are of single coordinates, and of two and of all together;
    ``alone`` keeps the first, which see marginals only.
    """
    loc, variance = premises.fitted(alpha, fit)
    mean, covariance = premises.log_ratios(loc, variance)
    loc_by, deviation_by = premises.fitted_by(alpha, fit, by)
    matrix = premises.differences(len(alpha))
    mean_by = matrix @ loc_by
    covariance_by = matrix @ np.diag(2 * np.sqrt(variance) * deviation_by) @ matrix.T
    size = len(mean)
    single = list(np.eye(size))
    mixed = [a + s * b for a, b in itertools.pairwise(single) for s in (1.0, -0.6)]
    whole = [np.ones(size)] if size > 2 else []  # of two, mixed already
    directions = single if alone else [*single, *mixed, *whole]

    def waves(direction: Floats) -> tuple[Probe, Probe]:
        t = direction / np.sqrt(direction @ covariance @ direction)
        height, phase = np.exp(-0.5), t @ mean
        turn, shrink = t @ mean_by, t @ covariance_by @ t / 2
        bound = premises.MARGIN * float(turn**2 + (t @ matrix) ** 2 @ deviation_by**2)
        cosine = -height * (np.sin(phase) * turn + np.cos(phase) * shrink)
        sine = height * (np.cos(phase) * turn - np.sin(phase) * shrink)
        return (
            Probe(f"cos {t}", lambda y: -np.sin(y @ t)[:, None] * t, float(cosine), bound),
            Probe(f"sin {t}", lambda y: np.cos(y @ t)[:, None] * t, float(sine), bound),
        )

    def path(rng: Generator, number: int) -> tuple[Floats, Floats]:
        seed(rng)
        leaf = on.tensor(alpha, number)
        log_x = log_draw(leaf, torch.Size())
        ratios = log_x[:, :-1] - log_x[:, -1:]
        slopes = [
            torch.autograd.grad(ratios[:, k].sum(), leaf, retain_graph=True)[0][:, by]
            for k in range(size)
        ]
        return array(ratios), np.stack([array(slope) for slope in slopes], axis=1)

    # A wave across coordinates that alpha_j does not move stands still, and has nothing to show.
    probes = tuple(wave for t in directions for wave in waves(t) if wave.variance_bound > 1e-9)
    return _transport(path, probes, size, on)


def softmax_gradient(log_draw: Draw, alpha: Floats, fit: str, on: Setting) -> SampledCheck:
    """Averaged over blocks, gradients of every E[x_k] by alpha are those of a quadrature.

    With w_k the velocity of coordinate k, |dx_k/dalpha_j| <= (max w - min w) / 4, the square of
    which is at most the sum of w_k^2 / 8.
    """
    size, step = len(alpha), 1e-4
    columns, bounds = [], []
    for j in range(size):
        up, down = (alpha + s * step * np.eye(size)[j] for s in (1, -1))
        ends = [premises.mean_of_softmax(*premises.fitted(at, fit)) for at in (up, down)]
        columns.append((ends[0] - ends[1]) / (2 * step))
        by, deviation_by = premises.fitted_by(alpha, fit, j)
        bounds.append(np.full(size, np.sum(by**2 + deviation_by**2) / 8 / BLOCK))
    bound = premises.MARGIN * np.stack(bounds, axis=1)

    def estimator(rng: Generator, number: int) -> Floats:
        seed(rng)
        leaf = on.tensor(alpha, number)
        x = log_draw(leaf, torch.Size((BLOCK,))).exp()
        slopes = [
            torch.autograd.grad(x[..., k].mean(0).sum(), leaf, retain_graph=True)[0]
            for k in range(size)
        ]
        return np.stack([array(s) for s in slopes], axis=1).reshape(number, size * size)

    return gradient_unbiased(
        "gradients of every E[x_k] by every concentration are unbiased",
        estimator,
        np.stack(columns, axis=1).ravel(),
        detects=on.effect * np.sqrt(bound.ravel()),
        variance_bound=bound.ravel(),
        plan=on.plan,
    )

"""Divergences where their terms are huge beside them, and their slopes; truth is mpmath."""

import itertools
from collections.abc import Callable
from typing import Literal

import mpmath as mp
import numpy as np
import pytest
import torch
from torch import Tensor
from torch.distributions import Dirichlet, kl_divergence

from impl.samplers import special
from impl.samplers.softmax_gaussian import SoftmaxGaussian

CONCENTRATIONS = [
    [1e4, 1e4, 1e4],
    [1e8, 3e8, 2e8],
    [1e10, 1e10, 1e10, 7e10],
    [1e16, 3e16, 1e16],
    [1e6, 3e9, 1e2, 20.0],
    [15.9, 1e3],
    [0.1, 1e9, 2.0],
    [1e-3, 1.0, 2.0],
    [1e-10, 1e-12],
]
NUDGE = [1.003, 0.998, 1.001, 0.999]


def exact(vector: Tensor) -> list[mp.mpf]:
    """Entries of a tensor, as they are."""
    return [mp.mpf(value) for value in vector.tolist()]


def dirichlet_to_gaussian(alpha: list[mp.mpf], loc: list[mp.mpf], variance: list[mp.mpf]) -> mp.mpf:
    """E[log p] - E[log q] term by term, each as large as it is."""
    total = mp.fsum(alpha)
    mean_log = [mp.digamma(a) - mp.digamma(total) for a in alpha]
    normalizer = mp.fsum(map(mp.loggamma, alpha)) - mp.loggamma(total)
    weight = [1 / v for v in variance]
    whole = mp.fsum(weight)
    offset = [m - c for m, c in zip(mean_log, loc, strict=True)]
    mean = mp.fsum(w * d for w, d in zip(weight, offset, strict=True)) / whole
    spread = [mp.psi(1, a) * (1 - w / whole) for a, w in zip(alpha, weight, strict=True)]
    distance = [w * ((d - mean) ** 2 + s) for w, d, s in zip(weight, offset, spread, strict=True)]
    determinant = mp.fsum(map(mp.log, variance)) + mp.log(whole)
    gaussian = (len(alpha) - 1) * mp.log(2 * mp.pi) + determinant + mp.fsum(distance)
    inner = mp.fsum(a * m for a, m in zip(alpha, mean_log, strict=True))
    return inner - normalizer + gaussian / 2


def with_covariance(law: SoftmaxGaussian) -> SoftmaxGaussian:
    """The same law, its spread given as a matrix."""
    return SoftmaxGaussian(law.loc, covariance_matrix=law.covariance_matrix)


@pytest.mark.parametrize("alpha", CONCENTRATIONS, ids=str)
def test_divergence_from_a_dirichlet_keeps_its_digits_at_every_concentration(
    alpha: list[float],
) -> None:
    """To its own roundings, or to those of 1e-14 that the means of large log ratios leave."""
    concentration = torch.tensor(alpha, dtype=torch.float64)
    for fit, kept in (("laplace", "diagonal"), ("laplace", "full"), ("moments", "full")):
        law = SoftmaxGaussian.from_dirichlet(concentration, fit, kept)
        given = (exact(part) for part in (concentration, law.loc, law.gaussian_variance))
        with mp.workdps(80):
            truth = float(dirichlet_to_gaussian(*given))
        found = float(kl_divergence(Dirichlet(concentration), law))
        assert found == pytest.approx(truth, rel=1e-12, abs=1e-14)
        if len(set(alpha)) == 1:  # all log ratios are 0
            assert found == pytest.approx(truth, rel=3e-14, abs=0)
        if min(alpha) >= 20:
            matrix = float(kl_divergence(Dirichlet(concentration), with_covariance(law)))
            assert matrix == pytest.approx(truth, rel=1e-11, abs=1e-14)


@pytest.mark.parametrize("tiny", [1e-2, 1e-5, 1e-16, 1e-20, 1e-100])
def test_a_fit_by_moments_keeps_log_ratios_beside_a_tiny_concentration(tiny: float) -> None:
    """Digamma of the tiny entry dwarfs the others, whose ratio is that of digamma(1) and (2)."""
    alpha = torch.tensor([tiny, 1.0, 2.0], dtype=torch.float64)
    law = SoftmaxGaussian.from_dirichlet(alpha, "moments")
    assert float(law.loc[1] - law.loc[2]) == pytest.approx(-1, rel=0, abs=2e-13)
    with mp.workdps(250):
        point = exact(alpha)
        best = [mp.digamma(a) for a in point], [mp.psi(1, a) for a in point]
        truth = float(dirichlet_to_gaussian(point, *best))
    found = float(kl_divergence(Dirichlet(alpha), law))
    assert found == pytest.approx(truth, rel=1e-13, abs=0)


@pytest.mark.parametrize("alpha", CONCENTRATIONS, ids=str)
def test_slopes_of_the_divergence_from_a_dirichlet_are_the_true_ones(alpha: list[float]) -> None:
    """By all three parameters, a law a little off the best one on the other side."""
    concentration = torch.tensor(alpha, dtype=torch.float64)
    best = SoftmaxGaussian.from_dirichlet(concentration, "moments")
    nudge = torch.tensor(NUDGE[: len(alpha)], dtype=torch.float64)
    moved = best.loc + nudge.log() * best.gaussian_variance.sqrt()
    given = [part.detach().requires_grad_() for part in (concentration, moved, nudge**2)]
    variance = given[2] * best.gaussian_variance
    found = torch.autograd.grad(
        kl_divergence(Dirichlet(given[0]), SoftmaxGaussian(given[1], variance)), given
    )
    point = [exact(part) for part in (given[0].detach(), given[1].detach(), variance.detach())]
    deviation = best.gaussian_variance.sqrt()
    scales = (concentration * deviation, deviation, torch.ones_like(nudge))
    # A rounding of a log ratio, in standard deviations.
    rounding = 2e-16 * max(alpha) ** 0.5
    with mp.workdps(100):
        for which, slopes in enumerate(found):
            for k, slope in enumerate(slopes.tolist()):
                centre = point[which][k]

                def along(x: mp.mpf, which: int = which, k: int = k) -> mp.mpf:
                    there = [list(part) for part in point]
                    there[which][k] = x
                    return dirichlet_to_gaussian(*there)

                step = mp.mpf(10) ** -20 * abs(centre)
                truth = (along(centre + step) - along(centre - step)) / (2 * step)
                unit = float(scales[which][k])
                if which == 2:  # the variance is that of the best law times what was given
                    truth *= mp.mpf(float(best.gaussian_variance[k]))
                # In standard deviations of log ratios, and in parts of the variance.
                within = pytest.approx(float(truth) * unit, rel=1e-9, abs=1e-12 + rounding)
                assert slope * unit == within


def gaussian_to_dirichlet(law: SoftmaxGaussian, alpha: list[mp.mpf]) -> mp.mpf:
    """E[log q] - E[log p] term by term, E[logsumexp] over all noises but the last by trapezoids."""
    loc, variance = exact(law.loc), exact(law.gaussian_variance)
    step, count = mp.mpf(2) / 5, 32
    nodes = [k * step for k in range(-count, count + 1)]
    scale = [mp.sqrt(v) for v in variance]
    log_sum = whole = mp.mpf(0)
    for eps in itertools.product(nodes, repeat=len(loc)):
        weight = mp.exp(-mp.fsum(e**2 for e in eps) / 2)
        eta = [m + s * e for m, s, e in zip(loc, scale, eps, strict=True)]
        log_sum += weight * mp.log(mp.fsum(map(mp.exp, eta)))
        whole += weight
    mean_log = [m - log_sum / whole for m in loc]
    size = len(loc) - 1
    determinant = mp.fsum(map(mp.log, variance)) + mp.log(mp.fsum(1 / v for v in variance))
    entropy = (size * (1 + mp.log(2 * mp.pi)) + determinant) / 2
    normalizer = mp.fsum(map(mp.loggamma, alpha)) - mp.loggamma(mp.fsum(alpha))
    return normalizer - entropy - mp.fsum(a * m for a, m in zip(alpha, mean_log, strict=True))


@pytest.mark.parametrize(
    "alpha", [[4.0, 9.0], [1e4, 2e4], [1e9, 5.0], [1e10, 1e10], [1e16, 3e16]], ids=str
)
@pytest.mark.parametrize("fit", ["laplace", "moments"])
def test_divergence_to_a_dirichlet_has_no_wrong_sign_at_any_concentration(
    alpha: list[float], fit: Literal["laplace", "moments"]
) -> None:
    """To 1e-13, where its terms are as large as 1e17; and its slopes are right."""
    concentration = torch.tensor(alpha, dtype=torch.float64, requires_grad=True)
    law = SoftmaxGaussian.from_dirichlet(concentration.detach(), fit, "full")
    with mp.workdps(60):
        point = exact(concentration.detach())
        truth = float(gaussian_to_dirichlet(law, point))
        step = mp.mpf(10) ** -15
        up, down = (
            gaussian_to_dirichlet(law, [point[0] * (1 + sign * step), point[1]]) for sign in (1, -1)
        )
        by_log = float((up - down) / (2 * step))
    for given in (law, with_covariance(law)):
        found = kl_divergence(given, Dirichlet(concentration))
        (slope,) = torch.autograd.grad(found, concentration)
        assert float(found.detach()) == pytest.approx(truth, rel=1e-12, abs=1e-13)
        # In standard deviations of log ratios, which are rounded themselves.
        unit = alpha[0] ** 0.5
        within = pytest.approx(by_log / unit, rel=1e-9, abs=1e-13 + 2e-16 * max(alpha) ** 0.5)
        assert float(slope[0]) * unit == within


def test_divergence_to_a_far_dirichlet_is_finite_with_its_slopes() -> None:
    """A tiny share beside a huge spread: noises reach where exp leaves the range."""
    loc = torch.tensor([0.0, 2e3], dtype=torch.float64, requires_grad=True)
    alpha = torch.tensor([3.0, 1e-300], dtype=torch.float64)
    law = SoftmaxGaussian(loc, torch.ones(2, dtype=torch.float64))
    found = kl_divergence(law, Dirichlet(alpha))
    # There x_1 = exp(-eta_2 + eta_1), of mean log -2000, and x_2 is 1.
    with mp.workdps(40):
        entropy = (1 + mp.log(4 * mp.pi)) / 2
        tiny = mp.mpf(1e-300)
        normalizer = mp.loggamma(3) + mp.loggamma(tiny) - mp.loggamma(3 + tiny)
        truth = normalizer - entropy + 6000
    assert float(found.detach()) == pytest.approx(float(truth), rel=1e-13, abs=0)
    (slope,) = torch.autograd.grad(found, loc)
    assert slope.tolist() == pytest.approx([-3, 3], rel=1e-13, abs=0)


PIECES = {
    "log Gamma less Stirling's": (
        special.log_gamma_rest,
        lambda x: mp.loggamma(x) - (x - 0.5) * mp.log(x) + x - mp.log(2 * mp.pi) / 2,
    ),
    "digamma less the logarithm": (
        special.digamma_minus_log,
        lambda x: mp.digamma(x) - mp.log(x),
    ),
    "x trigamma(x) - 1": (special.trigamma_excess, lambda x: x * mp.psi(1, x) - 1),
    "negentropy of log Gamma": (
        special.negentropy_of_log_gamma,
        lambda x: (
            mp.log(2 * mp.pi * mp.e * mp.psi(1, x)) / 2 - (mp.loggamma(x) - x * mp.digamma(x) + x)
        ),
    ),
}


@pytest.mark.parametrize("name", PIECES)
def test_what_is_left_of_gamma_functions_far_out_has_all_its_digits(
    name: str, rng: np.random.Generator
) -> None:
    """Values and slopes, around 16, where the series begin, and far beyond and below."""
    piece, function = PIECES[name]
    drawn = np.concatenate([np.exp(rng.uniform(-20, 40, 30)), rng.uniform(14, 18, 10)])
    x = torch.tensor(drawn, requires_grad=True)
    found = piece(x)
    (slopes,) = torch.autograd.grad(found.sum(), x)
    with mp.workdps(90):
        truth = [float(function(mp.mpf(value))) for value in drawn.tolist()]
        exact_slopes = [float(derivative(function, mp.mpf(value))) for value in drawn.tolist()]
    # Below 16 a few roundings of log Gamma(16) = 28.
    tolerance = np.where(drawn < 16, 2e-14, 0) + 1e-14 * np.abs(truth)
    assert (np.abs(found.detach().numpy() - truth) <= tolerance).all()
    tolerance = np.where(drawn < 16, 1e-14, 0) + 1e-13 * np.abs(exact_slopes)
    assert (np.abs(slopes.numpy() - exact_slopes) <= tolerance).all()


def derivative(function: Callable[[mp.mpf], mp.mpf], x: mp.mpf) -> mp.mpf:
    """Central difference, its step far below the digits compared."""
    step = x * mp.mpf(10) ** -20
    return (function(x + step) - function(x - step)) / (2 * step)

"""Divergences between softmax-Gaussian and Dirichlet laws, by other routes."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import scipy.special
import torch
from torch.distributions import Dirichlet, kl_divergence

from impl.errors import InputError
from impl.samplers import kl
from impl.samplers.softmax_gaussian import SoftmaxGaussian

ALPHAS = [[1.0, 10.0, 1.0], [2.0, 0.7, 5.0], [0.4, 3.0, 1.3]]


def two(*rows: list[float]) -> list[torch.Tensor]:
    """Make float64 vectors of them."""
    return [torch.tensor(row, dtype=torch.float64) for row in rows]


def simplex_integral(function: Callable[[np.ndarray], np.ndarray]) -> float:
    """Integrate a function of log x over the simplex of three, in log ratios, by the trapezoid."""
    axis = np.linspace(-90, 90, 601)
    first, second = np.meshgrid(axis, axis, indexing="ij")
    eta = np.stack([first, second, np.zeros_like(first)], -1)
    log_x = eta - scipy.special.logsumexp(eta, axis=-1, keepdims=True)
    return float(np.sum(function(log_x) * np.exp(log_x.sum(-1))) * (axis[1] - axis[0]) ** 2)


def log_dirichlet(log_x: np.ndarray, alpha: list[float]) -> np.ndarray:
    """Log density of a Dirichlet at exp(log_x)."""
    constant = math.lgamma(sum(alpha)) - sum(map(math.lgamma, alpha))
    return constant + (log_x * (np.array(alpha) - 1)).sum(-1)


@pytest.mark.establishes("softmax_gaussian.moment_matching", kind="enumeration")
@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize("fit", ["laplace", "moments"])
def test_divergences_between_dirichlet_and_stand_in_equal_integrals(
    alpha: list[float], fit: str
) -> None:
    """Both divergences equal integrals over the simplex, and the density integrates to one."""
    (concentration,) = two(alpha)
    law = SoftmaxGaussian.from_dirichlet(concentration, fit)

    def log_q(log_x: np.ndarray) -> np.ndarray:
        return law.log_prob_from_log(torch.tensor(log_x)).numpy()

    def forward(log_x: np.ndarray) -> np.ndarray:
        log_p = log_dirichlet(log_x, alpha)
        return np.exp(log_p) * (log_p - log_q(log_x))

    def backward(log_x: np.ndarray) -> np.ndarray:
        log = log_q(log_x)
        return np.exp(log) * (log - log_dirichlet(log_x, alpha))

    assert simplex_integral(lambda log_x: np.exp(log_q(log_x))) == pytest.approx(1, abs=1e-10)
    there = float(kl_divergence(Dirichlet(concentration), law))
    assert there == pytest.approx(simplex_integral(forward), rel=1e-10, abs=0)
    back = float(kl_divergence(law, Dirichlet(concentration)))
    assert back == pytest.approx(simplex_integral(backward), rel=1e-10, abs=0)


@pytest.mark.establishes("softmax_gaussian.moment_matching", kind="finite difference")
@pytest.mark.parametrize("alpha", ALPHAS)
def test_moment_matching_minimises_the_divergence_from_the_dirichlet(alpha: list[float]) -> None:
    """At the moments fit the divergence is stationary, and smaller than at every Laplace fit."""
    (concentration,) = two(alpha)
    fitted = SoftmaxGaussian.from_dirichlet(concentration, "moments")
    loc = fitted.loc.clone().requires_grad_()
    variance = fitted.gaussian_variance.clone().requires_grad_()
    least = kl_divergence(Dirichlet(concentration), SoftmaxGaussian(loc, variance))
    for slope in torch.autograd.grad(least, (loc, variance)):
        torch.testing.assert_close(slope, torch.zeros_like(slope), atol=1e-12, rtol=0)
    for covariance in ("diagonal", "full"):
        other = SoftmaxGaussian.from_dirichlet(concentration, "laplace", covariance)
        assert float(kl_divergence(Dirichlet(concentration), other)) > float(least.detach())


P = ([0.3, -1.0, 0.4], [0.5, 2.0, 0.7])
Q = ([0.0, 0.2, -0.6], [1.5, 0.8, 1.1])


def gaussian_divergence(p: SoftmaxGaussian, q: SoftmaxGaussian) -> float:
    """KL of the log ratios' Gaussians by matrices."""
    matrix = np.array([[1, 0, -1], [0, 1, -1]])
    means = [matrix @ law.loc.numpy() for law in (p, q)]
    first, second = (matrix @ np.diag(law.gaussian_variance.numpy()) @ matrix.T for law in (p, q))
    gap, inverse = means[1] - means[0], np.linalg.inv(second)
    ratio = np.log(np.linalg.det(second) / np.linalg.det(first))
    return float(0.5 * (np.trace(inverse @ first) + gap @ inverse @ gap - 2 + ratio))


def check_between_softmax_gaussians(divergence: Callable[..., float]) -> None:
    """A divergence equals that of the log ratios' Gaussians, and KL(p, p) = 0."""
    p, q = (SoftmaxGaussian(*two(*both)) for both in (P, Q))
    assert divergence(p, q) == pytest.approx(gaussian_divergence(p, q), rel=1e-12, abs=0)
    assert divergence(p, p) == pytest.approx(0, abs=1e-14)


def between(p: SoftmaxGaussian, q: SoftmaxGaussian) -> float:
    """KL by the registered function."""
    return float(kl_divergence(p, q))


def test_divergence_between_softmax_gaussians_is_that_of_their_log_ratios() -> None:
    """KL between softmax-Gaussians equals the matrix formula; a common shift changes nothing."""
    check_between_softmax_gaussians(between)
    p, q = (SoftmaxGaussian(*two(*both)) for both in (P, Q))
    shifted = SoftmaxGaussian(p.loc + 5, p.gaussian_variance)
    assert between(shifted, q) == pytest.approx(between(p, q), rel=1e-12, abs=0)


def test_laws_on_different_simplices_are_refused() -> None:
    """A divergence between simplices of three and of two entries is an error."""
    p = SoftmaxGaussian(*two(*P))
    with pytest.raises(InputError, match="one simplex, of 3 entries, got one of 2"):
        kl_divergence(p, Dirichlet(torch.ones(2)))


def as_standard_deviation(p: SoftmaxGaussian, q: SoftmaxGaussian) -> float:
    """Read variances as standard deviations."""
    return between(*(SoftmaxGaussian(law.loc, law.gaussian_variance**2) for law in (p, q)))


@pytest.mark.parametrize(
    "faulty",
    [
        pytest.param(
            lambda p, q: between(p, q) / 2,
            id="KL: averaged, not summed, grammarVAE 2, keras-molecules 59",
        ),
        pytest.param(as_standard_deviation, id="KL: variance read as deviation, deepchem PR 4888"),
        pytest.param(lambda p, q: between(p, q) - 0.5, id="KL: constant of K, ericjang/draw 2"),
        pytest.param(lambda p, q: between(q, p), id="KL: arguments swapped"),
    ],
)
def test_published_errors_of_gaussian_divergences_are_rejected(
    faulty: Callable[..., float],
) -> None:
    """Each published error fails the check that the implementation passes."""
    with pytest.raises(AssertionError):
        check_between_softmax_gaussians(faulty)


def test_divergences_of_the_simplex_are_registered_where_torch_looks() -> None:
    """Torch's kl_divergence dispatches to this module's function."""
    found = torch.distributions.kl._dispatch_kl(Dirichlet, SoftmaxGaussian)  # noqa: SLF001
    assert found is kl.kl_dirichlet_softmax_gaussian

"""SoftmaxGaussian: its law, its fits to a Dirichlet, its gradients, shapes and errors."""

import math
from collections.abc import Callable

import mpmath as mp
import numpy as np
import pytest
import scipy.special
import scipy.stats
import torch
from harness.historical import cases
from torch import Tensor

from impl.samplers.dirichlet_fits import (
    centred_covariance,
    concentration_from_laplace,
    fit_dirichlet,
)
from impl.samplers.simplex_quadrature import expectations
from impl.samplers.softmax_gaussian import SoftmaxGaussian

LOC = torch.tensor([0.3, -1.0, 0.4], dtype=torch.float64)
VARIANCE = torch.tensor([0.5, 2.0, 0.7], dtype=torch.float64)
ALPHAS = [[1.0, 10.0, 1.0], [2.0, 0.7, 5.0], [3.0, 4.0, 0.6, 8.0]]


def vector(values: list[float]) -> Tensor:
    """Make a float64 vector."""
    return torch.tensor(values, dtype=torch.float64)


def gaussian_grid(size: int) -> tuple[Tensor, Tensor]:
    """Nodes of eps in R^size and their weights: a trapezoidal rule good to 1e-11 here."""
    axis = torch.linspace(-7.5, 7.5, 51, dtype=torch.float64)
    nodes = torch.cartesian_prod(*[axis] * size)
    return nodes, torch.softmax(-0.5 * nodes.square().sum(-1), 0)


@pytest.fixture
def noise(monkeypatch: pytest.MonkeyPatch) -> Tensor:
    """Let draws take a grid of eps for their noise: expectations of draws become quadratures."""
    nodes, weights = gaussian_grid(3)

    def given(shape: torch.Size, **_: object) -> Tensor:
        assert shape == nodes.shape
        return nodes

    monkeypatch.setattr(torch, "randn", given)
    return weights


def check_log_prob(log_prob: Callable[[Tensor], Tensor]) -> None:
    """A log density equals that of the log ratios' Gaussian with the Jacobian of the map."""
    matrix = np.array([[1, 0, -1], [0, 1, -1]])
    gaussian = scipy.stats.multivariate_normal(
        matrix @ LOC.numpy(), matrix @ np.diag(VARIANCE.numpy()) @ matrix.T
    )
    x = np.random.default_rng(4).dirichlet([1.0, 2.0, 0.5], size=20)
    ratios = np.log(x[:, :2]) - np.log(x[:, 2:])
    exact = torch.tensor(gaussian.logpdf(ratios) - np.log(x).sum(-1))
    torch.testing.assert_close(log_prob(torch.tensor(x)), exact, rtol=1e-12, atol=1e-12)
    pair = log_prob(torch.tensor(x[:2]))  # the batch does not mix
    torch.testing.assert_close(pair, exact[:2], rtol=1e-12, atol=1e-12)


def test_log_density_is_that_of_the_log_ratios() -> None:
    """The log density equals a multivariate normal's plus the log Jacobian of the log ratios."""
    check_log_prob(SoftmaxGaussian(LOC, VARIANCE).log_prob)


def test_law_depends_on_the_gaussian_up_to_a_shift() -> None:
    """Adding one number to all means changes no density."""
    x = vector([0.2, 0.5, 0.3])
    here = SoftmaxGaussian(LOC, VARIANCE).log_prob(x)
    shifted = SoftmaxGaussian(LOC + 7, VARIANCE).log_prob(x)
    torch.testing.assert_close(here, shifted, rtol=1e-13, atol=0)


def test_draws_have_the_law_of_the_density(noise: Tensor) -> None:
    """Means, squares and log densities of draws, integrated over eps, are the law's own."""
    law = SoftmaxGaussian(LOC, VARIANCE)
    x = law.rsample(noise.shape)
    weighted = noise[:, None]
    torch.testing.assert_close((x * weighted).sum(0), law.mean, rtol=1e-9, atol=0)
    square = (x.square() * weighted).sum(0)
    torch.testing.assert_close(square - law.mean**2, law.variance, rtol=1e-8, atol=0)
    log_x = law.rsample_log(noise.shape)
    torch.testing.assert_close((log_x * weighted).sum(0), law.expected_log(), rtol=1e-9, atol=0)
    entropy = -(law.log_prob_from_log(log_x) * noise).sum()
    torch.testing.assert_close(entropy, law.entropy(), rtol=1e-9, atol=0)


def check_variances(variances: Callable[[Tensor], Tensor]) -> None:
    """Variances are the diagonal of the pseudo-inverse of the Laplace fit's precision.

    In the softmax basis, with g = 1 as its shift, minus the Hessian at the mode is
    alpha_0 (diag(m) - m m'), m = alpha / alpha_0.
    """
    for values in ALPHAS:
        alpha = np.array(values)
        total = alpha.sum()
        precision = np.diag(alpha) - np.outer(alpha, alpha) / total
        exact = torch.tensor(np.diag(np.linalg.pinv(precision)).copy())
        torch.testing.assert_close(variances(vector(values)), exact, rtol=1e-11, atol=0)


@pytest.mark.establishes("softmax_gaussian.laplace", kind="enumeration")
def test_laplace_fit_is_the_mode_and_the_inverse_of_the_curvature() -> None:
    """The mean is the mode, the covariance the pseudo-inverse of minus the Hessian there."""
    check_variances(lambda alpha: fit_dirichlet(alpha, "laplace").variance)
    for values in ALPHAS:
        alpha = vector(values)
        loc = fit_dirichlet(alpha).loc
        assert float(loc.sum()) == pytest.approx(0, abs=1e-14)
        torch.testing.assert_close(torch.softmax(loc, -1), alpha / alpha.sum(), rtol=1e-14, atol=0)
        precision = np.diag(values) - np.outer(values, values) / sum(values)
        full = centred_covariance(fit_dirichlet(alpha, "laplace", "full").variance)
        exact = torch.tensor(np.linalg.pinv(precision))
        torch.testing.assert_close(full, exact, rtol=1e-10, atol=1e-13)
        diagonal = fit_dirichlet(alpha, "laplace", "diagonal").variance
        torch.testing.assert_close(full.diagonal(), diagonal, rtol=1e-12, atol=0)


@pytest.mark.establishes("softmax_gaussian.moment_matching", kind="enumeration")
@pytest.mark.parametrize("values", ALPHAS)
def test_moments_fit_has_the_dirichlets_log_ratio_moments(values: list[float]) -> None:
    """Means and covariances of log x_k - log x_K are the Dirichlet's."""
    alpha = np.array(values)
    loc, variance = fit_dirichlet(vector(values), "moments")
    matrix = np.hstack([np.eye(alpha.size - 1), -np.ones((alpha.size - 1, 1))])
    means = scipy.special.digamma(alpha) - scipy.special.digamma(alpha.sum())
    inner = scipy.special.polygamma(1, alpha.sum())
    covariance = np.diag(scipy.special.polygamma(1, alpha)) - inner
    np.testing.assert_allclose(matrix @ loc.numpy(), matrix @ means, rtol=1e-13)
    found = matrix @ np.diag(variance.numpy()) @ matrix.T
    np.testing.assert_allclose(found, matrix @ covariance @ matrix.T, rtol=1e-13)


@pytest.mark.establishes("softmax_gaussian.back_to_concentration", kind="enumeration")
@pytest.mark.parametrize("values", ALPHAS)
def test_concentration_comes_back_from_the_laplace_fit(values: list[float]) -> None:
    """From mean and variances of the Laplace fit follows the alpha they came from."""
    found = concentration_from_laplace(*fit_dirichlet(vector(values)))
    torch.testing.assert_close(found, vector(values), rtol=1e-13, atol=0)


def test_bias_at_the_notebooks_parameters_is_the_known_one() -> None:
    """At alpha = (1, 10, 1) the stand-in's mean is (.105, .791, .105), not (.083, .833, .083)."""
    found = SoftmaxGaussian.from_dirichlet(vector([1.0, 10.0, 1.0])).mean
    torch.testing.assert_close(found, vector([0.105, 0.791, 0.105]), rtol=0, atol=5e-4)


@pytest.mark.establishes("softmax_gaussian.pathwise_gradient", kind="enumeration")
@pytest.mark.parametrize("fit", ["laplace", "moments"])
@pytest.mark.parametrize("values", [[1.5, 10.0, 1.0], [2.0, 3.0, 5.0]])
def test_pathwise_gradient_by_alpha_is_the_gradient_of_the_mean(
    values: list[float], fit: str, noise: Tensor
) -> None:
    """The pathwise gradient by alpha, integrated over eps, is that of E[x], by differences."""
    alpha = vector(values).requires_grad_()
    x = SoftmaxGaussian.from_dirichlet(alpha, fit).rsample(noise.shape)

    def mean(shifted: Tensor) -> Tensor:
        return SoftmaxGaussian.from_dirichlet(shifted, fit).mean

    for k in range(3):
        (slope,) = torch.autograd.grad((x[:, k] * noise).sum(), alpha, retain_graph=True)
        for place in range(3):
            step = torch.zeros(3, dtype=torch.float64)
            step[place] = 1e-4
            up, down = mean(alpha.detach() + step)[k], mean(alpha.detach() - step)[k]
            difference = float(up - down) / 2e-4
            # Central differences with step 1e-4: an error of 1e-8 of third derivatives near 1.
            assert float(slope[place]) == pytest.approx(difference, abs=1e-8)


WRONG_SCALES = {
    "noise-scaled-by-variance": lambda alpha: fit_dirichlet(alpha).variance ** 2,
    "softmax-scale-from-alpha": lambda alpha: 1 / alpha,
    "softmax-alpha-ignored": torch.ones_like,
    "trace left out": lambda alpha: (1 - 2 / alpha.shape[-1]) / alpha,
}
"""The variances that faulty fits amount to."""


@pytest.mark.parametrize("variances", cases(WRONG_SCALES, kind="enumeration"))
def test_published_errors_of_the_sampler_are_rejected(
    variances: Callable[[Tensor], Tensor],
) -> None:
    """Each published error of the noise fails the check that the implementation passes."""
    with pytest.raises(AssertionError):
        check_variances(variances)


def jacobian_of_the_batch(x: Tensor) -> Tensor:
    """Sum the Jacobian over the whole batch and add it to every element."""
    right = SoftmaxGaussian(LOC, VARIANCE).log_prob(x)
    jacobian = -x.log().sum(-1)
    return right - jacobian + jacobian.sum()


FAULTY = {
    "jacobian-summed-over-batch": jacobian_of_the_batch,
    "sum-without-dim": lambda x: SoftmaxGaussian(LOC, VARIANCE).log_prob(x).sum().expand(len(x)),
    "variance read as standard deviation": SoftmaxGaussian(LOC, VARIANCE**2).log_prob,
    "Jacobian left out": lambda x: SoftmaxGaussian(LOC, VARIANCE).log_prob(x) + x.log().sum(-1),
    "constant of K, not K-1": lambda x: (
        SoftmaxGaussian(LOC, VARIANCE).log_prob(x) - 0.5 * math.log(2 * math.pi)
    ),
}


@pytest.mark.parametrize("faulty", cases(FAULTY, kind="enumeration"))
def test_published_errors_of_the_density_are_rejected(faulty: Callable[[Tensor], Tensor]) -> None:
    """Each published error of a density fails the check that the implementation passes."""
    with pytest.raises(AssertionError):
        check_log_prob(faulty)


def test_tiny_concentrations_keep_draws_and_gradients_finite() -> None:
    """At alpha = 1e-3 in float32 log draws, densities and gradients stay finite (jax 18129)."""
    torch.manual_seed(2)
    alpha = torch.tensor([1e-3, 2e-3, 0.5], requires_grad=True)
    law = SoftmaxGaussian.from_dirichlet(alpha)
    log_x = law.rsample_log((2000,))
    assert bool((log_x < -104).any())  # exp underflows to 0 there
    density = law.log_prob_from_log(log_x)
    x = law.rsample((2000,))
    assert bool(density.isfinite().all())
    for value in (density.sum(), x[:, 0].sum(), log_x.sum()):
        (slope,) = torch.autograd.grad(value, alpha, retain_graph=True)
        assert bool(slope.isfinite().all())
    assert not bool(
        log_x.exp().log().isfinite().all()
    )  # what drawing first and taking logs after gives


def test_log_density_at_the_edge_is_minus_infinity() -> None:
    """On the simplex's edge the density is 0, and its gradient not NaN."""
    loc = LOC.clone().requires_grad_()
    log = SoftmaxGaussian(loc, VARIANCE).log_prob(vector([[0.5, 0.5, 0.0], [0.2, 0.3, 0.5]]))
    assert log[0] == -math.inf
    (slope,) = torch.autograd.grad(log[1], loc)
    assert bool(slope.isfinite().all())


@pytest.mark.parametrize("spread", [0.1, 0.39, 0.5, 0.78, 1.0, 2.5])
def test_quadrature_is_as_exact_as_it_says(spread: float, rng: np.random.Generator) -> None:
    """To 2e-13, by adaptive quadrature; 0.39 is its worst, at 0.78 a bound without growth fails."""
    loc = float(rng.normal())
    found = expectations(vector([loc, 0.0]), vector([[spread], [0.0]]))
    for got, function in (
        (found.log_sum, lambda t: mp.log1p(mp.exp(t))),
        (found.mean[0], lambda t: 1 / (1 + mp.exp(-t))),
        (found.square[0], lambda t: (1 + mp.exp(-t)) ** -2),
    ):
        wanted = mp.quad(
            lambda e, f=function: mp.npdf(e) * f(loc + spread * e), mp.linspace(-12, 12, 25)
        )
        assert abs(float(got - float(wanted))) <= 2e-13


def test_quadrature_is_refused_where_it_would_take_too_long() -> None:
    """Moments of many coordinates say so and name the way out, which gives an error with it."""
    law = SoftmaxGaussian.from_dirichlet(torch.ones(10, dtype=torch.float64))
    for moment in ("mean", "variance"):
        with pytest.raises(NotImplementedError, match="use monte_carlo_mean"):
            getattr(law, moment)
    with pytest.raises(NotImplementedError):
        law.entropy()
    with pytest.raises(NotImplementedError):
        _ = law.mode
    torch.manual_seed(0)
    found = law.monte_carlo_mean(40_000)
    assert bool(((found.mean - 0.1).abs() < 6 * found.standard_error).all())  # symmetric: 1/10
    assert bool((found.standard_error < 1e-3).all())

"""Derivatives of the losses and their terms, by differences; two estimators by quadrature."""

import numpy as np
import pytest
import torch
from harness.vae_models import choose_noise, double, hidden_inputs
from torch import Tensor

from impl.vae import estimators, objectives
from impl.vae.networks import VariationalAutoencoder, create
from impl.vae.settings import Settings


def small_model(rng: np.random.Generator, device: torch.device) -> VariationalAutoencoder:
    """Small networks in float64, of a random start."""
    sizes = {"input_size": 5, "hidden_size": 4, "latent_size": 2}
    seed = int(rng.integers(2**31))
    return create(Settings(**sizes, precision="float64", seed=seed), device)


OBJECTIVES = [("kl", 1), ("kl", 3), ("mmd", 1), ("mmd", 2), ("iwae", 3)]


@pytest.mark.parametrize(("objective", "samples"), OBJECTIVES)
def test_gradient_is_the_slope_of_differences(
    objective: str,
    samples: int,
    rng: np.random.Generator,
    monkeypatch: pytest.MonkeyPatch,
    device: torch.device,
) -> None:
    """Along random directions, in which every weight's slope counts, by five-point differences."""
    x = double(rng.integers(0, 2, size=(3, 5)), device)
    noise, prior = (double(rng.normal(size=(samples, 3, 2)), device) for _ in range(2))
    settings = Settings(objective=objective, samples=samples, mmd_weight=40.0)

    def loss_now() -> Tensor:
        choose_noise(monkeypatch, noise, prior)
        return objectives.loss(model, x, settings, None).total

    nearest = 0.0
    while nearest < 2e-3:  # a difference must not reach over the kink of a unit
        model = small_model(rng, device)
        with hidden_inputs(model) as entered:
            start = loss_now()
        nearest = min(float(part.abs().min()) for part in entered)
    weights = list(model.parameters())
    starts = [weight.detach().clone() for weight in weights]
    slopes = torch.autograd.grad(start, weights)
    # Of the gradient's signs, so that no two weights' parts cancel, and of length one.
    directions = [g.sign() * double(np.abs(rng.normal(size=g.shape)), device) for g in slopes]
    length = torch.cat([d.ravel() for d in directions]).norm()
    slope = sum((g * d).sum() for g, d in zip(slopes, directions, strict=True)) / length
    step, found = 1e-4, 0.0
    for place, share in ((-2, 1), (-1, -8), (1, 8), (2, -1)):
        with torch.no_grad():
            for weight, origin, direction in zip(weights, starts, directions, strict=True):
                weight.copy_(origin + place * step * direction / length)
            found += share * float(loss_now()) / (12 * step)
    assert float(slope) == pytest.approx(found, rel=1e-9, abs=0)  # 3e-11 at most over 40 draws


@pytest.mark.establishes("gaussian_vae.pathwise_gradient", kind="finite difference")
def test_terms_pass_gradcheck(rng: np.random.Generator, device: torch.device) -> None:
    """In float64 every term's gradient by every tensor argument equals differences."""

    def free(*shape: int) -> Tensor:
        return double(rng.normal(size=shape), device).requires_grad_()

    variance, other = (
        double(rng.uniform(0.2, 3, size=(2, 3)), device).requires_grad_() for _ in range(2)
    )
    for function, arguments in (
        (objectives.draw_latents, (free(2, 3), free(2, 3), free(4, 2, 3))),
        (objectives.reparameterize, (free(2, 3), variance, free(4, 2, 3))),
        (objectives.gaussian_divergence, (free(2, 3), free(2, 3))),
        (objectives.divergence_between, (free(2, 3), variance, free(2, 3), other)),
        (objectives.bernoulli_log_likelihood, (free(2, 3).detach().sigmoid(), free(4, 2, 3))),
        (objectives.gaussian_log_likelihood, (free(2, 3), free(4, 2, 3), variance)),
        (objectives.importance_weighted_bound, (free(3, 4),)),
        (objectives.log_importance_weights, (free(4, 2), free(4, 2, 3), free(2, 3), free(4, 2, 3))),
    ):
        assert torch.autograd.gradcheck(function, arguments)


def hermite(count: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Nodes of N(0, 1), shape (count, 1), and weights: exact to degree 2 count - 1."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(count)
    return double(nodes[:, None], device), double(weights / weights.sum(), device)


@pytest.mark.establishes("gaussian_vae.gradient_variance", kind="enumeration")
@pytest.mark.parametrize(("mean", "variance"), [(0.7, 0.4), (-1.2, 2.5)])
def test_variances_of_both_estimators_of_a_linear_function_are_the_closed_ones(
    mean: float, variance: float, device: torch.device
) -> None:
    """For f = b z: 0 and b^2 v / 4 along the path, b^2 (m^2 / v + 2) and its like by the score."""
    b, (noise, weights) = 1.3, hermite(8, device)
    arguments = (double([mean], device), double([np.log(variance)], device), noise)
    both = [
        estimator(lambda z: b * z[:, 0], *arguments)
        for estimator in (estimators.pathwise_gradients, estimators.score_function_gradients)
    ]

    def moments(estimates: Tensor) -> tuple[float, float]:
        first = float(weights @ estimates[:, 0])
        return first, float(weights @ (estimates[:, 0] - first) ** 2)

    wanted = {  # mean and variance, from the moments of N(0, 1) to the sixth
        (0, "by_mean"): (b, 0.0),
        (0, "by_log_variance"): (0.0, b**2 * variance / 4),
        (1, "by_mean"): (b, b**2 * (mean**2 / variance + 2)),
        (1, "by_log_variance"): (0.0, b**2 * (mean**2 + 5 * variance) / 2),
    }
    for (place, name), expected in wanted.items():
        assert moments(getattr(both[place], name)) == pytest.approx(expected, rel=1e-12, abs=1e-13)


def test_both_estimators_agree_in_the_mean_on_a_curved_function(device: torch.device) -> None:
    """For a polynomial of two latents both means are the gradients of the closed expectation."""
    nodes, weights = hermite(10, device)
    pairs = torch.cartesian_prod(nodes[:, 0], nodes[:, 0])
    weight = torch.cartesian_prod(weights, weights).prod(1)
    mean, variance = double([0.7, -0.4], device), double([0.3, 1.9], device)

    def function(z: Tensor) -> Tensor:  # E = m1^2 + v1 + m1 m2^2 + m1 v2
        return z[:, 0] ** 2 + z[:, 0] * z[:, 1] ** 2

    by_mean = double([2 * 0.7 + 0.16 + 1.9, 2 * 0.7 * -0.4], device)
    by_log_variance = double([0.3, 0.7 * 1.9], device)
    for estimator in (estimators.pathwise_gradients, estimators.score_function_gradients):
        found = estimator(function, mean, variance.log(), pairs)
        torch.testing.assert_close(weight @ found.by_mean, by_mean, rtol=1e-12, atol=1e-13)
        torch.testing.assert_close(
            weight @ found.by_log_variance, by_log_variance, rtol=1e-12, atol=1e-13
        )

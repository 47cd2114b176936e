"""The importance-weighted bound: literal, rising with the draws, below the evidence."""

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from harness.historical import cases
from harness.vae_models import double
from oracles import linear_gaussian as oracle
from oracles.linear_gaussian import Numbers
from torch import Tensor

from impl.vae import objectives
from impl.vae.objectives import importance_weighted_bound

Bound = Callable[[Tensor], Tensor]
"""A bound from log weights, shape (draws, ...)."""

X = np.array([0.9, -1.4, 0.3])


def numbers(rng: np.random.Generator) -> Numbers:
    """Numbers of a model of one latent, whose q is far enough from the posterior to matter."""
    drawn = oracle.draw(rng, 3, 1, 0.8)
    mean, covariance = oracle.posterior(drawn, X)
    return drawn._replace(
        encoding=np.zeros((1, 3)),
        encoder_offset=mean + 0.5 * math.sqrt(covariance[0, 0]),
        log_variance=np.log(1.6 * covariance[0]),
    )


def log_weights(model: Numbers, noise: Tensor) -> Tensor:
    """Log weights at draws of noise of any shape, by our terms."""
    mean, log_variance = double(model.encoder_offset), double(model.log_variance)
    noise = noise.unsqueeze(-1)
    z = objectives.draw_latents(mean.expand_as(noise), log_variance.expand_as(noise), noise)
    decoded = z @ double(model.decoding).T + double(model.offset)
    log_likelihood = objectives.gaussian_log_likelihood(double(X), decoded, model.variance)
    return objectives.log_importance_weights(log_likelihood, z, log_variance, noise)


def expected_bound(bound: Bound, model: Numbers, draws: int) -> float:
    """E of the bound of so many draws, by the trapezoidal rule over all of their noise."""
    axis = np.linspace(-8, 8, 81)
    points = double(list(itertools.product(axis, repeat=draws))).T
    density = torch.exp(-0.5 * points.square().sum(0)) * (0.2 / math.sqrt(2 * math.pi)) ** draws
    return float(density @ bound(log_weights(model, points)))


def check_ladder(bound: Bound, rng: np.random.Generator) -> None:
    """L_1 is the evidence lower bound, L_k rises with k, and all stay below the evidence."""
    model = numbers(rng)
    steps = [expected_bound(bound, model, draws) for draws in (1, 2, 3)]
    assert steps[0] == pytest.approx(oracle.evidence_lower_bound(model, X), rel=1e-9, abs=0)
    ladder = [*steps, oracle.log_evidence(model, X)]
    gaps = np.diff(ladder)
    assert bool((gaps > 1e-3).all()), ladder


@pytest.mark.establishes("gaussian_vae.importance_weighted_bound", kind="enumeration")
def test_bound_rises_with_the_draws_towards_the_evidence(rng: np.random.Generator) -> None:
    """L_1 is the bound, L_1 < L_2 < L_3 < log evidence: all expectations by quadrature."""
    check_ladder(importance_weighted_bound, rng)


FAULTY: dict[str, Bound] = {
    "bound-above-evidence": lambda w: torch.logsumexp(w, 0),
    "mean of logs for log of mean": lambda w: w.mean(0),
    "divided by the draws twice": lambda w: importance_weighted_bound(w) - math.log(len(w)),
    "best draw alone": lambda w: w.max(0).values,
    "first draw alone": lambda w: w[0],
}


@pytest.mark.parametrize("faulty", cases(FAULTY, kind="enumeration"))
def test_faulty_bounds_are_rejected(faulty: Bound, rng: np.random.Generator) -> None:
    """Each error fails the check that the implementation passes."""
    with pytest.raises(AssertionError):
        check_ladder(faulty, rng)


def test_weights_at_the_posterior_are_the_evidence(rng: np.random.Generator) -> None:
    """If q is the posterior, every weight is p(x) whatever the draw."""
    model = numbers(rng)
    mean, covariance = oracle.posterior(model, X)
    exact = model._replace(encoder_offset=mean, log_variance=np.log(covariance[0]))
    weights = log_weights(exact, double([-2.0, 0.3, 4.0]))
    evidence = oracle.log_evidence(model, X)
    torch.testing.assert_close(weights, torch.full_like(weights, evidence), rtol=1e-12, atol=0)


def test_bound_is_the_literal_log_mean_and_does_not_overflow() -> None:
    """Log of the mean weight, over any axis, also where the weights themselves underflow."""
    weights = double([[0.3, -1.0, 2.0], [1.2, 0.4, -0.5]])
    literal = [math.log((math.exp(a) + math.exp(b)) / 2) for a, b in weights.T.tolist()]
    torch.testing.assert_close(importance_weighted_bound(weights), double(literal))
    across = [math.log(sum(map(math.exp, row)) / 3) for row in weights.tolist()]
    torch.testing.assert_close(importance_weighted_bound(weights, 1), double(across))
    torch.testing.assert_close(
        importance_weighted_bound(weights - 5000), double(literal) - 5000, rtol=1e-15, atol=0
    )

"""Gradients of the losses are unbiased for the true ones; biased ones are refuted."""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest
import torch
from harness.historical import cases
from harness.vae_models import double
from oracles import small_network as oracle
from oracles.small_network import Decoder, Posterior
from torch import Tensor, nn

from derivations.calculus.steps import Finding, Verdict
from derivations.evidence.monte_carlo import STANDARD, Plan, SampledCheck, gradient_unbiased
from derivations.evidence.monte_carlo.budget import Budget
from impl.vae import objectives
from impl.vae.networks import create
from impl.vae.objectives import Loss
from impl.vae.settings import Settings

PIXELS, HIDDEN = 4, 3
EFFECT = 0.05
"""Smallest bias to see, in standard deviations of what is averaged, at most."""


class Repeated(nn.Module):
    """One image so many times, each copy with parameters of its own: a gradient for each draw."""

    def __init__(self, decoder: nn.Module, at: Posterior, copies: int) -> None:
        super().__init__()
        weight = next(decoder.parameters())
        self.leaves = [
            double(part, weight.device).repeat(copies, 1).requires_grad_() for part in at
        ]
        self.decoder = decoder

    def encode(self, _x: Tensor) -> tuple[Tensor, Tensor]:
        """The copies of q's parameters."""
        return self.leaves[0], self.leaves[1]

    def decode(self, z: Tensor) -> Tensor:
        """Logits, shifted by the copies' own shifts."""
        logits: Tensor = self.decoder(z)
        return logits + self.leaves[2]


class Problem(NamedTuple):
    """A network, an image, q's parameters, and the true gradients and variances there."""

    decoder: nn.Module
    x: np.ndarray
    at: Posterior
    settings: Settings
    gradients: np.ndarray
    variance: np.ndarray


def numpy_decoder(decoder: nn.Module) -> Decoder:
    """The decoder's weights as NumPy has them."""
    linear = [layer for layer in decoder if isinstance(layer, nn.Linear)]
    return Decoder(
        tuple(
            tuple(part.detach().cpu().numpy() for part in (layer.weight, layer.bias))
            for layer in linear
        )
    )


MARGIN = 1.05
"""The variances' quadrature is good to a few parts in a thousand, for the kinks."""


@cache
def draw_problem(device: torch.device, objective: str, samples: int) -> Problem:
    """Draw a network of two latents, or of one where two draws are integrated over.

    One problem for all seeds: on it the errors below are large enough to be seen. The gradient of
    k draws is a convex combination of theirs, so its variance is at most k times that of one.
    """
    rng = np.random.default_rng(11)
    latents = 1 if samples > 1 else 2
    settings = Settings(
        input_size=PIXELS,
        hidden_size=HIDDEN,
        latent_size=latents,
        precision="float64",
        objective=objective,
        samples=samples,
        seed=int(rng.integers(2**31)),
    )
    decoder = create(settings, device).decoder
    with torch.no_grad():
        for weight in decoder.parameters():
            weight.mul_(1.6)
    at = Posterior(
        rng.normal(size=latents), rng.uniform(-1.2, 0.6, size=latents), 0.3 * rng.normal(size=4)
    )
    x = np.array([1.0, 0.0, 1.0, 1.0])
    function = oracle.minus_bound if samples == 1 else oracle.minus_two_draw_bound
    small = numpy_decoder(decoder)
    one = oracle.variances(small, x, at, sampled=objective == "iwae")
    gradients = oracle.gradients(function, small, x, at)
    return Problem(decoder, x, at, settings, gradients, MARGIN * samples * one)


def check_unbiased(
    problem: Problem, loss: Callable[..., Loss], plan: Plan = STANDARD
) -> SampledCheck:
    """Claim that a loss's gradients have the mean that quadrature gives."""
    device = next(problem.decoder.parameters()).device

    def sampler(rng: np.random.Generator, draws: int) -> np.ndarray:
        model = Repeated(problem.decoder, problem.at, draws)
        generator = torch.Generator(device).manual_seed(int(rng.integers(2**62)))
        x = double(problem.x, device).repeat(draws, 1)
        total = loss(model, x, problem.settings, generator).total * draws
        rows = torch.autograd.grad(total, model.leaves)
        return torch.cat(rows, 1).detach().cpu().numpy()

    return gradient_unbiased(
        "the gradients of the loss are unbiased",
        sampler,
        problem.gradients,
        detects=EFFECT * np.sqrt(problem.variance),
        variance_bound=problem.variance,
        plan=plan,
    )


def figures(finding: Finding) -> dict[str, object]:
    """What a check has measured, for the ledger."""
    return {**finding.figures, "reason": finding.reason}


@pytest.mark.parametrize(
    "case",
    [
        ("gaussian_vae.pathwise_gradient", "kl", 1),
        ("gaussian_vae.sampled_kl_gradient", "iwae", 1),
        ("gaussian_vae.importance_weighted_bound", "iwae", 2),
    ],
)
def test_pathwise_gradients_are_unbiased(
    case: tuple[str, str, int],
    rng: np.random.Generator,
    device: torch.device,
    ledger,  # noqa: ANN001 - the fixture of the harness
) -> None:
    """The mean gradient by q's parameters and the logits is that of quadrature over fixed z."""
    key, objective, samples = case
    entry = ledger.record(
        key=key,
        claim=f"gradients of the loss ({objective}, draws: {samples}) are those of quadrature",
        kind="monte carlo",
    )
    problem = draw_problem(device, objective, samples)
    finding = check_unbiased(problem, objectives.loss)(rng)
    entry.figures.update(figures(finding))
    assert finding.verdict is Verdict.ESTABLISHED, finding.reason


def replaced(**parts: Callable[..., Tensor]) -> Callable[..., Loss]:
    """Our loss with some of its parts exchanged."""

    def loss(model, x, settings, generator) -> Loss:  # noqa: ANN001 - as `objectives.loss`
        with pytest.MonkeyPatch.context() as patch:
            for name, part in parts.items():
                patch.setattr(objectives, name, part)
            return objectives.loss(model, x, settings, generator)

    return loss


def reverse(part: Tensor) -> Tensor:
    """Zero, with a gradient."""
    return part - part.detach()


DIVERGENCE, DRAW = objectives.gaussian_divergence, objectives.draw_latents
FAULTY = {
    "noise-scaled-by-variance": {"draw_latents": lambda m, v, e: m + v.exp() * e},
    "log-variance-as-deviation": {"draw_latents": lambda m, v, e: m + v * e},
    "scale detached": {"draw_latents": lambda m, v, e: DRAW(m, v.detach(), e)},
    "draw detached": {"draw_latents": lambda m, v, e: DRAW(m, v, e).detach()},
    "sign of the noise's part flipped": {
        "draw_latents": lambda m, v, e: DRAW(m, v.detach(), e) - reverse(DRAW(0 * m, v, e))
    },
    "kl-averaged-over-latents": {"gaussian_divergence": lambda m, v: DIVERGENCE(m, v) / 2},
    "kl-sign-flipped": {"gaussian_divergence": lambda m, v: -DIVERGENCE(m, v)},
    "divergence detached": {"gaussian_divergence": lambda m, v: DIVERGENCE(m, v).detach()},
}


@pytest.mark.parametrize("parts", cases(FAULTY, kind="monte carlo"))
def test_biased_gradients_are_refuted(
    parts: dict[str, Callable[..., Tensor]], rng: np.random.Generator, device: torch.device
) -> None:
    """Each error, put into the very loss that passes, is refuted by the same check."""
    problem = draw_problem(device, "kl", 1)
    finding = check_unbiased(problem, replaced(**parts), Plan(budget=Budget()))(rng)
    assert finding.verdict is Verdict.REFUTED, finding

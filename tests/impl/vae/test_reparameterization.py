"""The reparameterized draw has the law of q, at variances on both sides of one."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from harness.historical import cases
from harness.vae_models import double
from scipy.special import ndtr
from torch import Tensor

from derivations.calculus.steps import Verdict
from derivations.evidence.monte_carlo import STANDARD, Plan, SampledCheck, projections_law
from derivations.evidence.monte_carlo.budget import Budget
from impl.vae import notebook, objectives
from impl.vae.networks import create
from impl.vae.settings import Settings

Draw = Callable[[Tensor, Tensor], Tensor]
"""Draws by mean and variance, one for each row."""

LAWS = {
    "narrow and wide": ([0.3, -1.5, 2.0], [0.09, 4.0, 0.6]),
    "all narrow": ([-0.7, 0.1, 1.2], [0.02, 0.3, 0.15]),
    "all wide": ([5.0, -3.0, 0.4], [9.0, 2.5, 1.6]),
}
DISTANCE = 0.02


def by_variance(mean: Tensor, variance: Tensor) -> Tensor:
    """Draw as the objectives do, from the variance."""
    return objectives.reparameterize(mean, variance, torch.randn_like(mean))


def by_log_variance(mean: Tensor, variance: Tensor) -> Tensor:
    """Draw as training does, from its logarithm."""
    return objectives.draw_latents(mean, variance.log(), torch.randn_like(mean))


def claim(
    draw: Draw,
    law: tuple[list[float], list[float]],
    device: torch.device | str = "cpu",
    plan: Plan = STANDARD,
) -> SampledCheck:
    """Claim that draws along random directions are those of N(mean, diag(variance))."""
    mean, variance = (np.array(part) for part in law)

    def sampler(rng: np.random.Generator, draws: int) -> np.ndarray:
        with torch.random.fork_rng():
            torch.manual_seed(int(rng.integers(2**62)))
            rows = (double(part, device).expand(draws, -1).clone() for part in (mean, variance))
            return draw(*rows).cpu().numpy()

    def cdf_along(unit: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        spread = np.sqrt(unit**2 @ variance)
        return lambda x: ndtr((x - unit @ mean) / spread)

    return projections_law(
        "draws along random directions are Gaussian with the law's mean and variance",
        sampler,
        cdf_along,
        dimension=len(mean),
        detects=DISTANCE,
        plan=plan,
    )


OURS = {
    "by variance": by_variance,
    "by log variance": by_log_variance,
    "notebook": notebook.reparameterization,
}


@pytest.mark.parametrize("draw", OURS.values(), ids=OURS.keys())
@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS.keys())
def test_draws_have_the_law_of_q(
    law: tuple[list[float], list[float]],
    draw: Draw,
    rng: np.random.Generator,
    device: torch.device,
    ledger,  # noqa: ANN001 - the fixture of the harness
) -> None:
    """Mean, variance and shape are the law's, where no variance is one."""
    entry = ledger.record(
        key="gaussian_vae.reparameterization",
        claim="draws along random directions have the law of q",
        kind="monte carlo",
    )
    finding = claim(draw, law, device)(rng)
    entry.figures.update(finding.figures)
    assert finding.verdict is Verdict.ESTABLISHED, finding.reason


FAULTY: dict[str, Draw] = {
    "noise-scaled-by-variance": lambda m, v: m + v * torch.randn_like(m),
    "variance read as log variance": lambda m, v: m + (v / 2).exp() * torch.randn_like(m),
    "log-variance-as-deviation": lambda m, v: m + v.log() * torch.randn_like(m),
    "noise unscaled": lambda m, v: by_variance(m, torch.ones_like(v)),
    "mean forgotten": lambda m, v: by_variance(0 * m, v),
    "one noise for all latents": lambda m, v: m + v.sqrt() * torch.randn_like(m[:, :1]),
    "uniform noise": lambda m, v: m + (12 * v).sqrt() * (torch.rand_like(m) - 0.5),
}


@pytest.mark.parametrize("faulty", cases(FAULTY, kind="monte carlo"))
def test_draws_of_another_law_are_refuted(faulty: Draw, rng: np.random.Generator) -> None:
    """Each error is refuted by the check that the implementation passes."""
    finding = claim(faulty, LAWS["narrow and wide"], plan=Plan(budget=Budget()))(rng)
    assert finding.verdict is Verdict.REFUTED, finding


def test_variance_one_alone_would_hide_the_wrong_scale(rng: np.random.Generator) -> None:
    """At variance 1 noise scaled by the variance has the right law: such a probe is degenerate."""
    faulty = FAULTY["noise-scaled-by-variance"]
    finding = claim(faulty, ([0.3, -1.0], [1.0, 1.0]), plan=Plan(budget=Budget()))(rng)
    assert finding.verdict is Verdict.ESTABLISHED, finding


def test_forward_draws_by_the_same_rule(device: torch.device) -> None:
    """Forward returns theta, mean, log variance and z, the mean plus scaled noise."""
    settings = Settings(input_size=6, hidden_size=5, latent_size=3, precision="float64")
    model = create(settings, device)
    x = torch.rand(4, 6, dtype=torch.float64, device=device)
    theta, mean, log_variance, z = model(x, torch.Generator(device).manual_seed(3))
    noise = torch.randn(
        (4, 3),
        generator=torch.Generator(device).manual_seed(3),
        dtype=torch.float64,
        device=device,
    )
    torch.testing.assert_close(z, mean + log_variance.exp().sqrt() * noise)
    torch.testing.assert_close(theta, torch.sigmoid(model.decode(z)))
    assert theta.shape == x.shape
    for found, part in zip((mean, log_variance), model.encode(x), strict=True):
        torch.testing.assert_close(found, part)

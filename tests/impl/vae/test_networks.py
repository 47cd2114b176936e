"""The networks: the notebook's sizes, literal outputs, reproducible starts, measured precision."""

import numpy as np
import pytest
import torch
from harness.vae_models import double, hidden_inputs

from impl.vae import objectives
from impl.vae.loop import images_on
from impl.vae.networks import create
from impl.vae.settings import Settings


def test_default_networks_are_the_notebooks() -> None:
    """784-400-400 with two heads of 200, 200-400-400-784, each layer with its offsets."""
    model = create(Settings(), torch.device("cpu"))
    shapes = {name: tuple(part.shape) for name, part in model.named_parameters()}
    assert [shapes[f"encoder.{place}.weight"] for place in (0, 2)] == [(400, 784), (400, 400)]
    assert shapes["mean.weight"] == shapes["log_variance.weight"] == (200, 400)
    assert [shapes[f"decoder.{place}.weight"] for place in (0, 2, 4)] == [
        (400, 200),
        (400, 400),
        (784, 400),
    ]
    # Two hidden layers, two heads, three layers of the decoder: weights and offsets.
    wanted = 785 * 400 + 401 * 400 + 2 * 401 * 200 + 201 * 400 + 401 * 400 + 401 * 784
    assert sum(part.numel() for part in model.parameters()) == wanted


def test_outputs_are_literal_matrix_products(
    rng: np.random.Generator, device: torch.device
) -> None:
    """Encoder and decoder equal NumPy with LeakyReLU(0.2) between layers and none at the end."""
    settings = Settings(input_size=5, hidden_size=4, latent_size=2, precision="float64")
    model = create(settings, device)
    weights = {name: part.detach().cpu().numpy() for name, part in model.named_parameters()}

    def layer(name: str, x: np.ndarray) -> np.ndarray:
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def leaky(x: np.ndarray) -> np.ndarray:
        return np.where(x > 0, x, 0.2 * x)

    x = rng.normal(size=(3, 5))
    hidden = leaky(layer("encoder.2", leaky(layer("encoder.0", x))))
    assert (hidden < 0).any()
    mean, log_variance = model.encode(double(x, device))
    z = rng.normal(size=(2, 3, 2))
    decoded = layer("decoder.4", leaky(layer("decoder.2", leaky(layer("decoder.0", z)))))
    for found, exact in (
        (mean, layer("mean", hidden)),
        (log_variance, layer("log_variance", hidden)),
        (model.decode(double(z, device)), decoded),
    ):
        np.testing.assert_allclose(found.detach().cpu().numpy(), exact, rtol=1e-12, atol=1e-13)


def test_seed_fixes_the_start_and_leaves_pytorchs_generator_alone() -> None:
    """Same seed, same weights in either precision; another seed, others; no global draw."""
    small = {"input_size": 5, "hidden_size": 4, "latent_size": 2}
    state = torch.random.get_rng_state()
    first, again, other, wide = (
        create(Settings(**small, **more), torch.device("cpu"))
        for more in ({"seed": 3}, {"seed": 3}, {"seed": 4}, {"seed": 3, "precision": "float64"})
    )
    assert torch.equal(state, torch.random.get_rng_state())
    assert all(map(torch.equal, first.parameters(), again.parameters()))
    assert not torch.equal(first.mean.weight, other.mean.weight)
    assert torch.equal(first.mean.weight.double(), wide.mean.weight)


PRECISIONS = {
    ("float32", "kl"): (5e-7, 1.5e-6),
    ("float32", "mmd"): (5e-7, 1.5e-6),
    ("float32", "iwae"): (5e-7, 1e-4),
    ("bf16", "kl"): (1e-5, 0.1),
    ("bf16", "mmd"): (1e-5, 0.1),
    ("bf16", "iwae"): (1e-5, 0.1),
}
"""Largest errors allowed relative to float64: of the loss, and of the whole gradient in its norm.

Measured over three seeds on a CPU: 7e-8 and 3e-7 in float32; 2e-5 for the gradient of `iwae`, whose
weights are exponentials of numbers near -540 that float32 holds to 3e-5; 1.2e-6 and 0.032 in bf16,
whose operands are rounded to one part in 256. The allowance is for other orders of summation. In
float32 no unit may pass its kink: one of 120,000 does in some draws, and moves a gradient by 5e-4.
"""


@pytest.mark.parametrize(("precision", "objective"), PRECISIONS)
def test_error_of_a_precision_is_measured_against_float64(
    precision: str, objective: str, rng: np.random.Generator, device: torch.device
) -> None:
    """On a batch of the full networks loss and gradient are off by a stated amount at most."""
    for _ in range(3):
        pixels = rng.integers(0, 256, size=(100, 784), dtype=np.uint8)
        noise = rng.normal(size=(2, 2, 100, 200))
        found, sides = [], []
        for name in ("float64", precision):
            settings = Settings(objective=objective, samples=2, precision=name)
            model = create(settings, device)
            dtype = next(model.parameters()).dtype
            x = images_on(pixels, device, dtype, binarize=True)
            with pytest.MonkeyPatch.context() as patch, hidden_inputs(model) as entered:
                left = [double(part, device).to(dtype) for part in noise]
                patch.setattr(torch, "randn", lambda *_, left=left, **__: left.pop(0))
                total = objectives.loss(model, x, settings, None).total
            sides.append([part > 0 for part in entered])
            found.append((total, torch.autograd.grad(total, list(model.parameters()))))
        if precision == "bf16" or all(map(torch.equal, *sides)):
            break
    (exact, slopes), (got, rounded) = found
    of_loss, of_gradient = PRECISIONS[precision, objective]
    assert float(got.detach()) == pytest.approx(float(exact.detach()), rel=of_loss, abs=0)
    wanted, rough = (
        torch.cat([part.double().ravel() for part in one]) for one in (slopes, rounded)
    )
    error = float((rough - wanted).norm() / wanted.norm())
    assert error <= of_gradient
    assert (error > 1e-3) is (precision == "bf16")  # or nothing was rounded


@pytest.mark.cuda
@pytest.mark.parametrize("objective", ["kl", "iwae", "mmd"])
def test_cpu_and_cuda_agree(objective: str, rng: np.random.Generator, device: torch.device) -> None:
    """In float64, with one noise, loss and gradients of both devices agree to ten digits."""
    x = rng.integers(0, 2, size=(7, 784))
    noise = rng.normal(size=(2, 3, 7, 200))
    found = []
    for place in (torch.device("cpu"), device):
        settings = Settings(objective=objective, samples=3, precision="float64")
        model = create(settings, place)
        with pytest.MonkeyPatch.context() as patch:
            left = [double(part, place) for part in noise]
            patch.setattr(torch, "randn", lambda *_, left=left, **__: left.pop(0))
            total = objectives.loss(model, double(x, place), settings, None).total
        slopes = torch.autograd.grad(total, list(model.parameters()))
        found.append([part.detach().cpu() for part in (total, *slopes)])
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(other, one, rtol=1e-10, atol=1e-10)

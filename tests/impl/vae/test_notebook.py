"""The VAE notebook's functions: its shapes, its sums, literal values, refusals."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from harness.historical import cases
from harness.vae_models import double
from matplotlib.figure import Figure
from oracles import mmd as oracle
from torch import Tensor

from impl.errors import InputError
from impl.vae import notebook

LossFunction = Callable[..., Tensor]
X = [[1.0, 0.0, 0.25], [0.0, 1.0, 1.0]]
THETA = [[0.7, 0.2, 0.4], [0.1, 0.9, 0.35]]
MEAN = [[0.4, -1.1], [0.0, 0.6]]
LOGS = [[-0.6, 0.5], [1.2, -2.0]]


def literal_loss(x: list, theta: list, mean: list, logs: list) -> float:
    """The loss by plain arithmetic, over nested lists."""
    total = 0.0
    for image, probabilities in zip(x, theta, strict=True):
        for pixel, p in zip(image, probabilities, strict=True):
            total -= pixel * math.log(p) + (1 - pixel) * math.log(1 - p)
    for means, variances in zip(mean, logs, strict=True):
        for m, log_variance in zip(means, variances, strict=True):
            total += 0.5 * (m * m + math.exp(log_variance) - 1 - log_variance)
    return total


def check_loss(loss: LossFunction, device: torch.device | str = "cpu") -> None:
    """A loss is the literal sum over a batch, of one image, doubled; draws are averaged."""

    def at(*parts: list) -> float:
        return float(loss(*(double(part, device) for part in parts)))

    every = (X, THETA, MEAN, LOGS)
    assert at(*every) == pytest.approx(literal_loss(*every), rel=1e-13, abs=0)
    first = tuple(part[:1] for part in every)
    assert at(*first) == pytest.approx(literal_loss(*first), rel=1e-13, abs=0)
    assert at(*(part + part for part in every)) == pytest.approx(2 * at(*every), rel=1e-13, abs=0)
    other = [[1 - p for p in row] for row in THETA]
    both = at(X, [THETA, other, THETA], MEAN, LOGS)
    alone = [literal_loss(X, theta, MEAN, LOGS) for theta in (THETA, other, THETA)]
    assert both == pytest.approx(sum(alone) / 3, rel=1e-13, abs=0)


@pytest.mark.establishes("gaussian_vae.elbo", kind="enumeration")
def test_loss_function_is_literal_and_averages_draws(device: torch.device) -> None:
    """Cross entropy and KL are sums over the batch; of several draws the mean is taken."""
    check_loss(notebook.loss_function, device)


def cross_entropy(x: Tensor, theta: Tensor) -> Tensor:
    """Cross entropy of every pixel."""
    return -(x * theta.log() + (1 - x) * (1 - theta).log())


def divergences(mean: Tensor, logs: Tensor) -> Tensor:
    """KL of every latent."""
    return 0.5 * (mean**2 + logs.exp() - 1 - logs)


FAULTY: dict[str, LossFunction] = {
    "kl-averaged-over-latents": lambda x, t, m, v: (
        cross_entropy(x, t).sum() + divergences(m, v).mean(-1).sum()
    ),
    "kl-sign-flipped": lambda x, t, m, v: cross_entropy(x, t).sum() - divergences(m, v).sum(),
    "samples-not-averaged": lambda x, t, m, v: cross_entropy(x, t).sum() + divergences(m, v).sum(),
    "mean over everything": lambda x, t, m, v: (
        cross_entropy(x, t).mean() + divergences(m, v).mean()
    ),
    "reconstruction averaged over pixels": lambda x, t, m, v: (
        cross_entropy(x, t).mean(-1).sum() + divergences(m, v).sum()
    ),
    "averaged over the batch": lambda x, t, m, v: notebook.loss_function(x, t, m, v) / len(x),
    "the maximised bound": lambda x, t, m, v: -notebook.loss_function(x, t, m, v),
}


@pytest.mark.parametrize("faulty", cases(FAULTY, kind="enumeration"))
def test_faulty_losses_are_rejected(faulty: LossFunction) -> None:
    """Each error fails the check that the implementation passes."""
    with pytest.raises(AssertionError):
        check_loss(faulty)


def test_saturated_pixels_cost_a_hundred_nats_and_no_more(device: torch.device) -> None:
    """From probabilities of 0 and 1 the loss is finite: the bound that the docstring states."""
    zero = double([[0.0]], device)
    found = notebook.loss_function(double([[1.0, 0.0]], device), zero.expand(1, 2), zero, zero)
    assert float(found) == 100


def test_mmd_takes_batches_and_draws(rng: np.random.Generator, device: torch.device) -> None:
    """MMD is the literal V-statistic at latent_var 2, averaged over draws before the batch."""
    prior, z = rng.normal(size=(2, 5, 3)), 0.4 + 1.3 * rng.normal(size=(2, 5, 3))
    each = [oracle.squared_mmd(prior[draw], z[draw], 2.0) for draw in range(2)]
    there, here = double(prior, device), double(z, device)
    assert float(notebook.MMD(there[0], here[0])) == pytest.approx(each[0], rel=1e-11, abs=0)
    assert float(notebook.MMD(there, here)) == pytest.approx(np.mean(each), rel=1e-11, abs=0)


def test_loss_mmd_adds_the_distance_from_fresh_prior_draws(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch, device: torch.device
) -> None:
    """The loss is the literal cross entropy plus the MMD to draws shaped as z."""
    prior, z = rng.normal(size=(2, 2)), rng.normal(size=(2, 2))
    monkeypatch.setattr(torch, "randn_like", lambda like: double(prior, like.device))
    found = notebook.loss_mmd(double(X, device), double(THETA, device), double(z, device))
    nothing = [[0.0]]
    entropy = literal_loss(X, THETA, nothing, nothing)
    exact = entropy + oracle.squared_mmd(prior, z, 2.0)
    assert float(found) == pytest.approx(exact, rel=1e-12, abs=0)


def test_reparameterization_has_the_notebooks_shapes(device: torch.device) -> None:
    """As the mean; or with a number of samples an axis of as many before it; gradients flow."""
    mean = torch.zeros(4, 3, device=device, requires_grad=True)
    variance = torch.full((4, 3), 0.3, device=device, requires_grad=True)
    assert notebook.reparameterization(mean, variance).shape == (4, 3)
    z = notebook.reparameterization(mean, variance, 2)
    assert z.shape == (2, 4, 3)
    for slope in torch.autograd.grad(z.square().sum(), (mean, variance)):
        assert bool((slope != 0).all())


def test_show_image_draws_the_image_asked_for() -> None:
    """The figure's pixels are those of row idx, 28 by 28."""
    theta = torch.rand(23, 784)
    figure = notebook.show_image(theta, 21)
    assert isinstance(figure, Figure)
    shown = figure.axes[0].images[0].get_array()
    np.testing.assert_array_equal(np.asarray(shown), theta[21].reshape(28, 28).numpy())


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        ("reparameterization", (torch.ones(2, 3), torch.ones(3)), r"var: wanted shape \(2, 3\)"),
        ("reparameterization", (torch.ones(2), -torch.ones(2)), "var: wanted variances from 0 up"),
        (
            "loss_function",
            (torch.ones(2, 3), torch.ones(3, 3), torch.ones(2, 1), torch.ones(2, 1)),
            r"theta: wanted shape \(..., 2, 3\), as x, got shape \(3, 3\)",
        ),
        ("loss_mmd", (torch.ones(2, 3), torch.ones(2, 4), torch.ones(2, 1)), "theta: wanted shape"),
        ("MMD", (torch.ones(2, 3), torch.ones(2, 4)), "y: wanted points of dimension 3"),
        ("show_image", (torch.ones(2, 783), 0), r"theta: wanted shape \(images, 784\)"),
        ("show_image", (torch.ones(2, 784), 2), "idx: wanted an index below 2, got 2"),
    ],
)
def test_faults_are_named(function: str, arguments: tuple[object, ...], message: str) -> None:
    """A bad argument gives its name and what was wanted."""
    with pytest.raises(InputError, match=message):
        getattr(notebook, function)(*arguments)

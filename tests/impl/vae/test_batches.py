"""The loss of a batch: images apart, draws averaged, one scale; every objective."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from harness.historical import cases
from harness.vae_models import LATENTS, choose_noise, double, draw_pixels, draw_table
from oracles.mmd import squared_mmd
from torch import Tensor

from impl.vae import objectives
from impl.vae.objectives import Loss, gaussian_divergence
from impl.vae.settings import Settings

LossOf = Callable[..., Loss]
IMAGES, DRAWS = 5, 3
APART = [Settings(), Settings(samples=DRAWS), Settings(objective="iwae", samples=DRAWS)]
NAMES = ["kl, one draw", "kl, three draws", "iwae, three draws"]


@pytest.fixture
def loss_at(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch, device: torch.device
) -> Callable[..., Tensor]:
    """Give the loss of chosen images and draws, each image and draw with a noise of its own."""
    table, x = draw_table(rng, IMAGES, device), draw_pixels(rng, IMAGES, device)
    noise = double(rng.normal(size=(DRAWS, IMAGES, LATENTS)), device)

    def compute(
        loss: LossOf, settings: Settings, images: list[int], draws: list[int] | None = None
    ) -> Tensor:
        chosen = noise[list(range(settings.samples)) if draws is None else draws][:, images]
        choose_noise(monkeypatch, chosen)
        return loss(table.at(images), x[images], settings, None).total

    return compute


def check_images(loss: LossOf, settings: Settings, loss_at: Callable[..., Tensor]) -> None:
    """The loss is the mean of single images': in any order, doubled, in parts."""
    every = list(range(IMAGES))
    alone = torch.stack([loss_at(loss, settings, [image]) for image in every])
    whole = loss_at(loss, settings, every)
    torch.testing.assert_close(whole, alone.mean(), rtol=1e-13, atol=0)
    assert len(set(alone.tolist())) == IMAGES
    torch.testing.assert_close(loss_at(loss, settings, every[::-1]), whole)
    torch.testing.assert_close(loss_at(loss, settings, every + every), whole)
    parts = 2 * loss_at(loss, settings, [0, 1]) + 3 * loss_at(loss, settings, [2, 3, 4])
    torch.testing.assert_close(parts / IMAGES, whole)


@pytest.mark.establishes("gaussian_vae.elbo", kind="enumeration")
@pytest.mark.parametrize("settings", APART, ids=NAMES)
def test_loss_is_the_mean_of_single_images(
    settings: Settings, loss_at: Callable[..., Tensor]
) -> None:
    """A batch's loss is the mean of its images' own: permuted, doubled, of one, or in parts."""
    check_images(objectives.loss, settings, loss_at)


def check_draws(loss: LossOf, loss_at: Callable[..., Tensor]) -> None:
    """With several draws the loss is the mean of those with one."""
    one, images = Settings(), [0, 2, 3]
    alone = torch.stack([loss_at(loss, one, images, [draw]) for draw in range(DRAWS)])
    together = loss_at(loss, replace(one, samples=DRAWS), images)
    torch.testing.assert_close(together, alone.mean(), rtol=1e-13, atol=0)
    assert len(set(alone.tolist())) == DRAWS


def test_several_draws_are_averaged(loss_at: Callable[..., Tensor]) -> None:
    """The loss with three draws is the mean of three losses with one."""
    check_draws(objectives.loss, loss_at)


def changed(
    terms: Callable[[objectives.Loss, Tensor, Tensor, Settings], Tensor],
) -> LossOf:
    """A loss that makes something else of the terms of ours."""

    def loss(model, x, settings, generator) -> Loss:  # noqa: ANN001 - as `objectives.loss`
        found = objectives.loss(model, x, settings, generator)
        divergence = gaussian_divergence(*model.encode(x))
        return found._replace(total=terms(found, divergence, x, settings))

    return loss


FAULTY = {
    "sum-without-dim": changed(lambda f, d, _x, _s: f.reconstruction + d.sum()),
    "minibatch-scale-twice": changed(lambda f, _d, x, _s: f.total / len(x)),
    "summed over the batch": changed(lambda f, _d, x, _s: f.total * len(x)),
    "last batch's scale fixed": changed(lambda f, _d, x, _s: f.total * len(x) / IMAGES),
    "divergence of the first image": changed(lambda f, d, _x, _s: f.reconstruction + d[0]),
}


@pytest.mark.parametrize("faulty", cases(FAULTY, kind="enumeration"))
def test_losses_that_mix_images_are_rejected(
    faulty: LossOf, loss_at: Callable[..., Tensor]
) -> None:
    """Each error fails the check that the implementation passes."""
    with pytest.raises(AssertionError):
        check_images(faulty, Settings(), loss_at)


FAULTY_DRAWS = {
    "samples-not-averaged": changed(
        lambda f, _d, _x, s: f.reconstruction * s.samples + f.divergence
    ),
    "divergence once for each draw": changed(
        lambda f, _d, _x, s: f.reconstruction + f.divergence * s.samples
    ),
    "divergence averaged over draws too": changed(
        lambda f, _d, _x, s: f.reconstruction + f.divergence / s.samples
    ),
}


@pytest.mark.parametrize("faulty", cases(FAULTY_DRAWS, kind="enumeration"))
def test_losses_that_do_not_average_draws_are_rejected(
    faulty: LossOf, loss_at: Callable[..., Tensor]
) -> None:
    """Each error fails the check that the implementation passes."""
    with pytest.raises(AssertionError):
        check_draws(faulty, loss_at)


@pytest.mark.parametrize("objective", ["kl", "mmd", "iwae"])
@pytest.mark.parametrize("samples", [1, 2])
def test_total_is_reconstruction_plus_divergence(
    objective: str, samples: int, rng: np.random.Generator, device: torch.device
) -> None:
    """Whatever the objective, the two terms add up, and the reconstruction is the same one."""
    table, x = draw_table(rng, 4, device), draw_pixels(rng, 4, device)
    settings = Settings(objective=objective, samples=samples)

    def at(chosen: Settings) -> Loss:
        generator = torch.Generator(device).manual_seed(5)
        return objectives.loss(table, x, chosen, generator)

    found, plain = at(settings), at(replace(settings, objective="kl"))
    torch.testing.assert_close(found.reconstruction + found.divergence, found.total)
    assert float(found.reconstruction) == float(plain.reconstruction)
    assert (float(found.divergence) == float(plain.divergence)) is (objective == "kl")


@pytest.mark.parametrize("statistic", ["v", "u"])
def test_mmd_loss_weighs_the_distance_of_latents_from_fresh_prior_draws(
    statistic: str,
    monkeypatch: pytest.MonkeyPatch,
    rng: np.random.Generator,
    device: torch.device,
) -> None:
    """Its divergence is the weight times the mean over draws of literal squared MMDs."""
    table, x = draw_table(rng, 4, device), draw_pixels(rng, 4, device)
    noise, prior = (rng.normal(size=(2, 4, LATENTS)) for _ in range(2))
    choose_noise(monkeypatch, double(noise, device), double(prior, device))
    settings = Settings(
        objective="mmd", samples=2, mmd_weight=7.0, mmd_bandwidth=0.8, mmd_statistic=statistic
    )
    found = objectives.loss(table, x, settings, None)
    z = table.mean.cpu().numpy() + np.exp(table.log_variance.cpu().numpy() / 2) * noise
    unbiased = statistic == "u"
    each = [squared_mmd(prior[draw], z[draw], 0.8, unbiased=unbiased) for draw in range(2)]
    assert float(found.divergence) == pytest.approx(7 * np.mean(each), rel=1e-12, abs=0)

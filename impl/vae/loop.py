"""One pass over images held on the device: batches, noise and losses of an epoch.

Every random number of a run is a function of its seed, the epoch and what it is for, so that the
state of no generator has to be kept between epochs.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Generator, Tensor
from torch.optim import Optimizer

from impl.vae.networks import Autoencoder
from impl.vae.objectives import Loss, loss
from impl.vae.settings import Settings

__all__ = [
    "Averages",
    "Progress",
    "TrainingError",
    "generator_for",
    "images_on",
    "mean_losses",
    "order_of",
    "train_epoch",
]

PURPOSES = ("order", "train", "test", "summary")
"""What the random numbers of an epoch are for."""

CHECKED = 50
"""Batches between two looks at the losses: a look makes a GPU wait for its queue to empty."""

Progress = Callable[[int, int, int, float], None]
"""Called now and then with the epoch, batches done, batches in all, mean loss so far."""


class TrainingError(ArithmeticError):
    """The loss or a weight is not a finite number."""


class Averages(NamedTuple):
    """Means over the images of a pass, in nats an image."""

    loss: float
    reconstruction: float
    divergence: float


def generator_for(
    seed: int, epoch: int, purpose: str, device: torch.device | str = "cpu"
) -> Generator:
    """Make the generator of one purpose in one epoch; unlike arguments give unlike streams."""
    words = np.random.SeedSequence([seed, epoch, PURPOSES.index(purpose)]).generate_state(2)
    number = (int(words[0]) << 31) ^ int(words[1])  # below 2^63, as PyTorch wants
    return Generator(device).manual_seed(number)


def images_on(
    images: np.ndarray[tuple[int, ...], np.dtype[np.uint8]],
    device: torch.device,
    dtype: torch.dtype,
    *,
    binarize: bool,
) -> Tensor:
    """Move grey levels 0 to 255 to the device, scaled to 0 to 1, and rounded to 0 or 1 if asked."""
    pixels = torch.tensor(images, device=device)
    scaled = pixels.to(dtype).div_(255)
    return scaled.round_() if binarize else scaled


def order_of(seed: int, epoch: int, images: int) -> Tensor:
    """Order of the images in an epoch: drawn on the CPU, the same for every device."""
    return torch.randperm(images, generator=generator_for(seed, epoch, "order"))


def train_epoch(
    model: Autoencoder,
    optimizer: Optimizer,
    images: Tensor,
    settings: Settings,
    epoch: int,
    *,
    progress: Progress | None = None,
) -> Averages:
    """Take one step for each batch of a fresh order; a smaller last batch is kept.

    Raises
    ------
    TrainingError
        If a batch's loss is not a finite number, naming the first.
    """
    order = order_of(settings.seed, epoch, len(images)).to(images.device)
    generator = generator_for(settings.seed, epoch, "train", images.device)

    def steps() -> Iterator[tuple[int, Loss]]:
        for chosen in order.split(settings.batch_size):
            found = loss(model, images.index_select(0, chosen), settings, generator)
            optimizer.zero_grad()
            found.total.backward()
            optimizer.step()
            yield len(chosen), found

    batches = -(-len(images) // settings.batch_size)

    def report(done: int, mean: float) -> None:
        if progress is not None:
            progress(epoch, done, batches, mean)

    return _average(steps(), f"epoch {epoch}", report)


@torch.no_grad()
def mean_losses(
    model: Autoencoder, images: Tensor, settings: Settings, epoch: int, *, purpose: str = "test"
) -> Averages:
    """Average the losses over images in their order, in batches as in training; no step is taken.

    Raises
    ------
    TrainingError
        If a batch's loss is not a finite number.
    """
    generator = generator_for(settings.seed, epoch, purpose, images.device)
    steps = (
        (len(batch), loss(model, batch, settings, generator))
        for batch in images.split(settings.batch_size)
    )
    return _average(steps, f"pass after epoch {epoch}", lambda _done, _mean: None)


def _average(
    steps: Iterator[tuple[int, Loss]], place: str, report: Callable[[int, float], None]
) -> Averages:
    """Average the losses over images, looking at them every so many batches."""
    sizes: list[int] = []
    losses: list[Tensor] = []
    done: list[Tensor] = []

    def look() -> None:
        done.append(torch.stack(losses).double().cpu())
        losses.clear()
        found = torch.cat(done)
        if not found.isfinite().all():
            batch = int((~found.isfinite()).any(1).nonzero()[0])
            got = float(found[batch, 0])
            message = f"{place}, batch {batch + 1}: wanted a finite loss, got {got}"
            raise TrainingError(message)
        report(len(sizes), float(found[:, 0].mean()))

    for size, found in steps:
        sizes.append(size)
        losses.append(torch.stack(found).detach())
        if len(losses) == CHECKED:
            look()
    if losses:
        look()
    weights = torch.tensor(sizes, dtype=torch.float64)
    return Averages(*(weights @ torch.cat(done) / weights.sum()).tolist())

"""Small autoencoders, given noise, and small runs, for the tests of the VAE."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import varproof.command
from harness.digit_files import draw_digits
from impl.vae.digits import Digits
from impl.vae.settings import Settings

PIXELS, HIDDEN, LATENTS = 6, 5, 3


class Table(NamedTuple):
    """An autoencoder with given posteriors and a linear decoder."""

    mean: Tensor
    log_variance: Tensor
    weight: Tensor
    offset: Tensor

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The posteriors given, whatever the images."""
        assert len(x) == len(self.mean)
        return self.mean, self.log_variance

    def decode(self, z: Tensor) -> Tensor:
        """Linear logits, or means."""
        return z @ self.weight.T + self.offset

    def at(self, images: list[int]) -> "Table":
        """The same decoder with the posteriors of some images."""
        return self._replace(mean=self.mean[images], log_variance=self.log_variance[images])


def double(values: object, device: torch.device | str = "cpu") -> Tensor:
    """Make a float64 tensor on a device, without a conversion through float32."""
    return torch.tensor(np.asarray(values), dtype=torch.float64, device=device)


def draw_table(rng: np.random.Generator, images: int, device: torch.device) -> Table:
    """A table whose means, variances and weights are all different, variance one nowhere."""
    return Table(
        double(rng.normal(size=(images, LATENTS)), device),
        double(rng.uniform(-2.5, 1.2, size=(images, LATENTS)), device),
        double(rng.normal(size=(PIXELS, LATENTS)), device),
        double(rng.normal(size=PIXELS), device),
    )


def draw_pixels(rng: np.random.Generator, images: int, device: torch.device) -> Tensor:
    """Binary images."""
    return double(rng.integers(0, 2, size=(images, PIXELS)), device)


def choose_noise(monkeypatch: pytest.MonkeyPatch, *noises: Tensor) -> None:
    """Let the next calls of `torch.randn` return these values in turn; more calls are an error."""
    left = list(noises)

    def given(shape: tuple[int, ...], **_: object) -> Tensor:
        noise = left.pop(0)
        assert tuple(shape) == tuple(noise.shape)
        return noise

    monkeypatch.setattr(torch, "randn", given)


@contextmanager
def hidden_inputs(model: nn.Module) -> Iterator[list[Tensor]]:
    """Collect what enters each LeakyReLU while the model runs, before it is changed in place."""
    found: list[Tensor] = []
    handles = [
        part.register_forward_pre_hook(lambda _, given: found.append(given[0].detach().clone()))
        for part in model.modules()
        if isinstance(part, nn.LeakyReLU)
    ]
    try:
        yield found
    finally:
        for handle in handles:
            handle.remove()


def small_settings(**changes: object) -> Settings:
    """Settings of networks that train quickly; the last batch is incomplete."""
    sizes = {"input_size": 784, "hidden_size": 7, "latent_size": 3, "batch_size": 4}
    return Settings(**(sizes | changes))


def small_digits(rng: np.random.Generator) -> Digits:
    """Noise in the form of digits: 10 training and 6 test images."""
    return draw_digits(rng, train=10, test=6)


def assert_same_state(found: object, wanted: object, place: str = "state") -> None:
    """Compare two checkpoints bit for bit, except for the times of the epochs."""
    assert type(found) is type(wanted), place
    if isinstance(wanted, dict):
        assert found.keys() == wanted.keys(), place
        for name in wanted:
            if name != "seconds":
                assert_same_state(found[name], wanted[name], f"{place}, {name}")
    elif isinstance(wanted, list | tuple):
        assert len(found) == len(wanted), place
        for number, (one, other) in enumerate(zip(found, wanted, strict=True)):
            assert_same_state(one, other, f"{place}, {number}")
    elif isinstance(wanted, Tensor):
        assert found.dtype == wanted.dtype, place
        assert torch.equal(found, wanted), place
    else:
        assert found == wanted, place


def listing(folder: Path) -> dict[str, bytes | None]:
    """All files of a folder with their bytes, and its folders."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def train_arguments(output: Path, *more: object) -> tuple[object, ...]:
    """Arguments of a quick training on the embedded digits; later ones take precedence."""
    small = ("--data", "sample", "--device", "cpu", "--latent", 3, "--hidden", 6)
    return ("vae", "train", *small, "--output", output, *more)


def call(*arguments: object) -> int:
    """Run a command in this process; return its exit code."""
    try:
        return varproof.command.main([str(argument) for argument in arguments])
    except SystemExit as ended:
        return ended.code


def environment() -> dict[str, str]:
    """Environment of a process that finds this package."""
    return {**os.environ, "PYTHONPATH": str(Path(varproof.command.__file__).parents[1])}

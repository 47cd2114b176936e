"""The notebook's networks: a Gaussian encoder and a decoder, fully connected."""

from typing import Protocol

import torch
from torch import Generator, Tensor, nn

from impl.vae.devices import check_memory
from impl.vae.settings import Settings

__all__ = ["Autoencoder", "VariationalAutoencoder", "create"]

_SLOPE = 0.2  # of the LeakyReLU below zero


class Autoencoder(Protocol):
    """What the objectives need of a model."""

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of q(z given x), each of shape (images, latents)."""
        ...

    def decode(self, z: Tensor) -> Tensor:
        """Logits or means of the pixels given z, shape (..., pixels)."""
        ...


class VariationalAutoencoder(nn.Module):
    """Encoder x -> (mean, log variance) and decoder z -> logits of the pixels.

    The encoder has two hidden layers and a head for each parameter of q(z given x); the decoder
    has two hidden layers. All hidden units are LeakyReLU(0.2). For a Gaussian likelihood the
    decoder's output is the mean of the pixels in place of their logits.

    Parameters
    ----------
    settings
        Sizes of the layers; kept as the attribute `settings`.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        pixels, hidden, latents = settings.input_size, settings.hidden_size, settings.latent_size
        self.encoder = nn.Sequential(
            nn.Linear(pixels, hidden),
            nn.LeakyReLU(_SLOPE, inplace=True),
            nn.Linear(hidden, hidden),
            nn.LeakyReLU(_SLOPE, inplace=True),
        )
        self.mean = nn.Linear(hidden, latents)
        self.log_variance = nn.Linear(hidden, latents)
        self.decoder = nn.Sequential(
            nn.Linear(latents, hidden),
            nn.LeakyReLU(_SLOPE, inplace=True),
            nn.Linear(hidden, hidden),
            nn.LeakyReLU(_SLOPE, inplace=True),
            nn.Linear(hidden, pixels),
        )

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of q(z given x); (images, pixels) gives (images, latents) twice."""
        hidden = self.encoder(x)
        return self.mean(hidden), self.log_variance(hidden)

    def decode(self, z: Tensor) -> Tensor:
        """Logits of the pixels given z, before any sigmoid; (..., latents) gives (..., pixels)."""
        # Flat first: an activation in place on a view would copy it, and its gradient, once more.
        decoded: Tensor = self.decoder(z.reshape(-1, z.shape[-1]))
        return decoded.view(*z.shape[:-1], -1)

    def forward(
        self, x: Tensor, generator: Generator | None = None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """One draw for each image: (theta, mean, log variance, z), in the notebook's order.

        theta is the Bernoulli probability of each pixel, or its mean under a Gaussian likelihood.
        """
        mean, log_variance = self.encode(x)
        noise = torch.randn(mean.shape, generator=generator, dtype=mean.dtype, device=mean.device)
        z = torch.addcmul(mean, torch.exp(0.5 * log_variance), noise)
        decoded = self.decode(z)
        theta = torch.sigmoid(decoded) if self.settings.likelihood == "bernoulli" else decoded
        return theta, mean, log_variance, z


def create(settings: Settings, device: torch.device, *, copies: int = 1) -> VariationalAutoencoder:
    """Make the networks with the starting weights of their seed, on a device.

    Weights are drawn on the CPU in float32, so that every device and precision starts alike;
    PyTorch's own generator is left as it was.

    Parameters
    ----------
    copies
        How many numbers are kept for each weight, itself included.

    Raises
    ------
    InputError
        If a setting cannot be used, or these numbers are more than the device's memory.
    """
    settings.validate()
    dtype = torch.float64 if settings.precision == "float64" else torch.float32
    with torch.device("meta"):  # sizes alone
        weights = sum(part.numel() for part in VariationalAutoencoder(settings).parameters())
    check_memory(copies * weights * dtype.itemsize, device)
    with torch.random.fork_rng(devices=[]):
        # Not torch.manual_seed, which would seed the generators of all GPUs as well.
        torch.default_generator.manual_seed(settings.seed)
        model = VariationalAutoencoder(settings)
    return model.to(device=device, dtype=dtype)

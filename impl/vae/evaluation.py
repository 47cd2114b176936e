"""What a trained autoencoder holds: its latents, its bounds, and how well digits are told apart."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from sklearn.metrics import silhouette_score
from sklearn.neighbors import KNeighborsClassifier
from torch import Generator, Tensor

from impl.errors import InputError
from impl.vae.networks import VariationalAutoencoder
from impl.vae.objectives import (
    bernoulli_log_likelihood,
    draw_latents,
    gaussian_divergence,
    gaussian_log_likelihood,
    importance_weighted_bound,
    log_importance_weights,
)

__all__ = [
    "ACTIVE_VARIANCE",
    "Bound",
    "Latents",
    "active_units",
    "decoded_images",
    "divergence_per_unit",
    "evidence_lower_bound",
    "importance_sampled_log_likelihood",
    "knn_accuracy",
    "latents",
    "log_likelihood",
    "mutual_information",
    "silhouette",
]

Floats = npt.NDArray[np.float64]

ACTIVE_VARIANCE = 0.01
"""A unit is active if the variance of its posterior mean over the data is above this."""

_ROWS = 4096  # images or latents that pass the networks at once


class Latents(NamedTuple):
    """Posterior mean and log variance of every image, and one draw; shape (images, latents)."""

    mean: Floats
    log_variance: Floats
    z: Floats


class Bound(NamedTuple):
    """Expected log likelihood and divergence from the prior of each image, in nats."""

    log_likelihood: Tensor
    divergence: Tensor

    @property
    def elbo(self) -> Tensor:
        """Evidence lower bound of each image, in nats."""
        return self.log_likelihood - self.divergence


def log_likelihood(model: VariationalAutoencoder, images: Tensor, z: Tensor) -> Tensor:
    """Log likelihood of images under the decoder at z, summed over pixels, in nats.

    Grey levels under the Bernoulli likelihood give minus the cross entropy, as in the notebook's
    test loop; only pixels of 0 and 1 give the logarithm of a probability.
    """
    decoded, settings = model.decode(z), model.settings
    if settings.likelihood == "bernoulli":
        return bernoulli_log_likelihood(images, decoded)
    return gaussian_log_likelihood(images, decoded, settings.likelihood_variance)


@torch.no_grad()
def decoded_images(model: VariationalAutoencoder, z: Tensor) -> Tensor:
    """Mean image of each latent: theta of a Bernoulli pixel, or the mean of a Gaussian one."""
    parts = [model.decode(part) for part in z.split(_ROWS)]
    decoded = torch.cat(parts)
    return torch.sigmoid(decoded) if model.settings.likelihood == "bernoulli" else decoded


def _posterior(
    model: VariationalAutoencoder, images: Tensor, generator: Generator
) -> Iterator[tuple[Tensor, Tensor, Tensor, Tensor]]:
    """Yield images, means, log variances and one draw each, some thousands at once."""
    for part in images.split(_ROWS):
        mean, log_variance = model.encode(part)
        noise = torch.randn(
            mean.shape, generator=generator, dtype=mean.dtype, device=generator.device
        ).to(mean.device)
        yield part, mean, log_variance, draw_latents(mean, log_variance, noise)


@torch.no_grad()
def latents(model: VariationalAutoencoder, images: Tensor, generator: Generator) -> Latents:
    """Encode images and draw one z of each posterior.

    Parameters
    ----------
    images
        Shape (images, pixels), from 0 to 1.
    generator
        Of the noise; the same state gives the same draws.
    """
    parts = [found[1:] for found in _posterior(model, images, generator)]
    mean, log_variance, z = (
        torch.cat(columns).to("cpu", torch.float64).numpy() for columns in zip(*parts, strict=True)
    )
    return Latents(mean, log_variance, z)


@torch.no_grad()
def evidence_lower_bound(
    model: VariationalAutoencoder, images: Tensor, generator: Generator
) -> Bound:
    """Bound of each image: one draw for the log likelihood, the divergence in closed form.

    Derivation: gaussian_vae.elbo
    """
    parts = [
        (log_likelihood(model, part, z), gaussian_divergence(mean, log_variance))
        for part, mean, log_variance, z in _posterior(model, images, generator)
    ]
    return Bound(*(torch.cat(columns) for columns in zip(*parts, strict=True)))


@torch.no_grad()
def importance_sampled_log_likelihood(
    model: VariationalAutoencoder,
    images: Tensor,
    samples: int,
    generator: Generator,
    *,
    rows: int = _ROWS,
) -> Tensor:
    """Estimate log p(x) of each image with the posterior as proposal, in nats, float64.

        log (1/k) sum_s p(x | z_s) p(z_s) / q(z_s | x),    z_s drawn from q(z | x)

    Its expectation is the importance-weighted bound L_k: below log p(x), and rising with k.
    Draws are made image by image, so that neither `rows` nor the other images change an
    estimate by more than rounding.

    Derivation: gaussian_vae.importance_weighted_bound

    Parameters
    ----------
    samples
        k, the number of draws of each image.
    rows
        Latents decoded at once; bounds the memory.

    Raises
    ------
    InputError
        If `samples` or `rows` is below 1.
    """
    for name, value in (("samples", samples), ("rows", rows)):
        if value < 1:
            raise InputError(source=name, wanted="a whole number from 1 up", got=str(value))
    estimates = []
    for part in images.split(max(1, rows // samples)):
        mean, log_variance = model.encode(part)
        shape = (samples, mean.shape[1])
        noise = torch.stack(
            [
                torch.randn(shape, generator=generator, dtype=mean.dtype, device=generator.device)
                for _ in part
            ]
        ).to(mean.device)
        mean, log_variance = mean[:, None], log_variance[:, None]
        z = draw_latents(mean, log_variance, noise)
        repeated = part.repeat_interleave(samples, dim=0)
        likelihood = torch.cat(
            [
                log_likelihood(model, *pair)
                for pair in zip(repeated.split(rows), z.flatten(0, 1).split(rows), strict=True)
            ]
        ).view(len(part), samples)
        weights = log_importance_weights(likelihood, z, log_variance, noise)
        estimates.append(importance_weighted_bound(weights.double(), dim=1))
    return torch.cat(estimates)


def divergence_per_unit(mean: Floats, log_variance: Floats) -> Floats:
    """KL of each latent unit's posterior from N(0, 1), mean over the images, in nats.

        (mean^2 + variance - log variance - 1) / 2

    Shapes (images, latents) give (latents,).

    Derivation: gaussian_vae.gaussian_kl
    """
    each: Floats = 0.5 * (mean**2 + np.expm1(log_variance) - log_variance)
    return np.asarray(each.mean(axis=0), dtype=np.float64)


def active_units(mean: Floats, threshold: float = ACTIVE_VARIANCE) -> npt.NDArray[np.bool_]:
    """Tell which units are active: their posterior mean varies over the data by more than 0.01.

    The variance is the population's (divided by the number of images).

    Shape (images, latents) gives (latents,).
    """
    return np.asarray(mean.var(axis=0) > threshold, dtype=np.bool_)


def mutual_information(found: Latents) -> float:
    """Information of z about which of the images was encoded, in nats.

        I = mean_n [ log q(z_n | x_n) - log (1/N) sum_m q(z_n | x_m) ]

    with one draw z_n of each of the N posteriors; never above log N, which it reaches when no
    two posteriors overlap.
    """
    mean, log_variance, z = (torch.from_numpy(array) for array in found)
    precision = torch.exp(-log_variance)
    count = len(mean)
    log_density = torch.empty(count, count, dtype=torch.float64)
    step = max(1, 20_000_000 // mean.numel())
    for start in range(0, count, step):
        part = z[start : start + step, None]
        squares = ((part - mean) ** 2 * precision).sum(dim=2)
        log_density[start : start + step] = -0.5 * (squares + log_variance.sum(dim=1))
    own = log_density.diagonal()
    return float((own - torch.logsumexp(log_density, dim=1) + np.log(count)).mean())


def knn_accuracy(z: Floats, labels: npt.NDArray[Any], neighbours: int = 10) -> float:
    """Share of points whose nearest neighbours, the point left out, name its label.

    Euclidean distance, majority of the neighbours, the lowest label where votes are equal.
    """
    classifier = KNeighborsClassifier(n_neighbors=neighbours, algorithm="brute").fit(z, labels)
    # Of no points but its own, the classifier predicts each from the others.
    return float(np.mean(classifier.predict(None) == labels))


def silhouette(z: Floats, labels: npt.NDArray[Any]) -> float:
    """Mean silhouette of the labels' clusters, from -1 to 1, Euclidean distance.

    Of a point, (b - a) / max(a, b) with a the mean distance to its own label's other points and
    b the least mean distance to the points of another label.
    """
    return float(silhouette_score(z, labels))

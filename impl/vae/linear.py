"""The linear autoencoder with Gaussian pixels (probabilistic PCA): everything in closed form.

    z ~ N(0, I),  x given z ~ N(W z + c, s I),  q(z given x) = N(A x + a, diag(exp(l)))

with the latents' l the same for every image. Its objectives train it like any other model; here
are the evidence, the posterior, the bound and the bound's gradients that they must meet.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from impl.vae.objectives import gaussian_divergence

__all__ = [
    "BoundGradients",
    "LinearAutoencoder",
    "evidence_lower_bound",
    "evidence_lower_bound_gradients",
    "log_evidence",
    "posterior",
]


class LinearAutoencoder(nn.Module):
    """Linear encoder and decoder, float64.

    Attributes
    ----------
    decoding, offset
        W of shape (pixels, latents) and c of shape (pixels,).
    encoding, encoder_offset, log_variance
        A of shape (latents, pixels), a and l of shape (latents,).
    variance
        s, of every pixel.
    """

    def __init__(
        self,
        *,
        decoding: Tensor,
        offset: Tensor,
        encoding: Tensor,
        encoder_offset: Tensor,
        log_variance: Tensor,
        variance: float,
    ) -> None:
        super().__init__()
        self.decoding = nn.Parameter(decoding)
        self.offset = nn.Parameter(offset)
        self.encoding = nn.Parameter(encoding)
        self.encoder_offset = nn.Parameter(encoder_offset)
        self.log_variance = nn.Parameter(log_variance)
        self.variance = variance

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean A x + a and log variance l of q, each of shape (images, latents)."""
        mean = x @ self.encoding.T + self.encoder_offset
        return mean, self.log_variance.expand_as(mean)

    def decode(self, z: Tensor) -> Tensor:
        """Mean W z + c of the pixels; (..., latents) gives (..., pixels)."""
        mean: Tensor = z @ self.decoding.T + self.offset
        return mean


def _posterior_precision(model: LinearAutoencoder) -> Tensor:
    """I + W'W / s, from the product of prior and likelihood."""
    weights = model.decoding
    one = torch.eye(weights.shape[1], dtype=weights.dtype, device=weights.device)
    return one + weights.T @ weights / model.variance


def posterior(model: LinearAutoencoder, x: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and covariance of the true p(z given x); (images, latents) and (latents, latents).

        covariance (I + W'W / s)^-1,  mean covariance W'(x - c) / s

    Derivation: linear_vae.posterior
    """
    covariance = torch.linalg.inv(_posterior_precision(model))
    mean = (x - model.offset) @ model.decoding @ covariance / model.variance
    return mean, covariance


def log_evidence(model: LinearAutoencoder, x: Tensor) -> Tensor:
    """Log density of N(c, W W' + s I) at each image, shape (images,), by the latents' matrices.

    log det(W W' + s I) = log det(I + W'W / s) + pixels log s, and the quadratic form is
    (||x - c||^2 - (x - c)' W mean) / s with the posterior's mean.

    Derivation: linear_vae.evidence
    """
    gap = x - model.offset
    mean, _ = posterior(model, x)
    square = (gap.square().sum(-1) - (mean * (gap @ model.decoding)).sum(-1)) / model.variance
    log_determinant: Tensor = torch.linalg.slogdet(_posterior_precision(model)).logabsdet
    pixels = x.shape[-1]
    return -0.5 * (square + log_determinant + pixels * math.log(2 * math.pi * model.variance))


def evidence_lower_bound(model: LinearAutoencoder, x: Tensor) -> Tensor:
    """Bound of each image, shape (images,), with the expectation over q taken in closed form.

        E log p(x given z) = log N(x; W m + c, s I) - sum_k ||w_k||^2 exp(l_k) / (2 s)

    with m the mean of q and w_k the columns of W; less the KL.

    Derivation: linear_vae.elbo
    """
    mean, log_variance = model.encode(x)
    square = (x - model.decode(mean)).square().sum(-1)
    spread = (model.decoding.square().sum(0) * log_variance.exp()).sum(-1)
    constant = x.shape[-1] * math.log(2 * math.pi * model.variance)
    expected = -0.5 * ((square + spread) / model.variance + constant)
    return expected - gaussian_divergence(mean, log_variance)


class BoundGradients(NamedTuple):
    """Gradients of the mean bound of a batch, each of its parameter's shape."""

    decoding: Tensor
    offset: Tensor
    encoding: Tensor
    encoder_offset: Tensor
    log_variance: Tensor


@torch.no_grad()
def evidence_lower_bound_gradients(model: LinearAutoencoder, x: Tensor) -> BoundGradients:
    """Gradients of the mean bound over the images, written out.

    With r = x - W m - c, m = A x + a, v = exp(l), and bars for means over the images:

        by W  mean(r m') / s - W diag(v) / s        by c  mean(r) / s
        by a  mean(g),  g = W' r / s - m            by A  mean(g x')
        by l  (1 - v - ||w_k||^2 v / s) / 2

    Derivation: linear_vae.gradients
    """
    mean, log_variance = model.encode(x)
    variance = log_variance[0].exp()
    residual = (x - model.decode(mean)) / model.variance
    by_mean = residual @ model.decoding - mean
    images = x.shape[0]
    return BoundGradients(
        decoding=residual.T @ mean / images - model.decoding * variance / model.variance,
        offset=residual.mean(0),
        encoding=by_mean.T @ x / images,
        encoder_offset=by_mean.mean(0),
        log_variance=0.5
        * (1 - variance - model.decoding.square().sum(0) * variance / model.variance),
    )

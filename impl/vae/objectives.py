"""The losses of one batch and the terms they are made of; all in nats.

Terms of an image are sums over its pixels or latents; a loss is the mean of the images' sums. The
notebook's sums over a batch are these times the number of its images.
"""

import math
from typing import NamedTuple

import torch
from torch import Generator, Tensor
from torch.nn import functional

from impl.mmd import squared_mmd
from impl.vae.networks import Autoencoder
from impl.vae.settings import Settings

__all__ = [
    "Loss",
    "bernoulli_log_likelihood",
    "divergence_between",
    "draw_latents",
    "gaussian_divergence",
    "gaussian_log_likelihood",
    "importance_weighted_bound",
    "log_importance_weights",
    "loss",
    "reparameterize",
]

_LOG_TWO_PI = math.log(2 * math.pi)


class Loss(NamedTuple):
    """Mean over a batch's images, in nats: total = reconstruction + divergence.

    The divergence is the KL, the weighted squared MMD, or what `iwae` adds to the reconstruction.
    """

    total: Tensor
    reconstruction: Tensor
    divergence: Tensor


def reparameterize(mean: Tensor, variance: Tensor, noise: Tensor) -> Tensor:
    """Move standard normal noise to N(mean, variance): z = mean + sqrt(variance) noise.

    Derivation: gaussian_vae.reparameterization

    Parameters
    ----------
    mean, variance
        Of the draws; the variance, not its root and not its logarithm. Its gradient is infinite
        at 0: `draw_latents` takes the logarithm and has no such place.
    noise
        Draws of N(0, 1), of a shape that broadcasts.
    """
    return mean + torch.sqrt(variance) * noise


def draw_latents(mean: Tensor, log_variance: Tensor, noise: Tensor) -> Tensor:
    """Reparameterize by the log variance: z = mean + exp(log_variance / 2) noise.

    The gradients of a function f of z are f'(z) by the mean and f'(z) exp(log_variance / 2)
    noise / 2 by the log variance.

    Derivation: gaussian_vae.reparameterization
    Derivation: gaussian_vae.pathwise_gradient
    """
    return torch.addcmul(mean, torch.exp(0.5 * log_variance), noise)


def bernoulli_log_likelihood(x: Tensor, logits: Tensor) -> Tensor:
    """Log probability of pixels under Bernoulli(sigmoid(logits)), summed over the last axis.

        sum_d x_d t_d - log(1 + exp(t_d)),  t the logits

    Computed as max(t, 0) - x t + log1p(exp(-|t|)), which neither overflows nor needs a clamp.
    Grey levels between 0 and 1 give minus the cross entropy, as in the notebook's test loop.

    Derivation: gaussian_vae.bernoulli_logits

    Parameters
    ----------
    x
        Pixels, shape (images, pixels), or any that broadcasts to the logits'.
    logits
        Shape (..., images, pixels).
    """
    each = functional.binary_cross_entropy_with_logits(
        logits, x.expand_as(logits), reduction="none"
    )
    return -each.sum(-1)


def gaussian_log_likelihood(x: Tensor, mean: Tensor, variance: Tensor | float) -> Tensor:
    """Log density of x under N(mean, diag(variance)), summed over the last axis."""
    spread = torch.as_tensor(variance, dtype=mean.dtype, device=mean.device)
    return -0.5 * ((x - mean).square() / spread + spread.log() + _LOG_TWO_PI).sum(-1)


def gaussian_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL of N(mean, diag(exp(log_variance))) from N(0, I), summed over the last axis.

        1/2 sum_k mean_k^2 + exp(l_k) - 1 - l_k,  l the log variance

    Derivation: gaussian_vae.gaussian_kl
    """
    return 0.5 * (mean.square() + log_variance.expm1() - log_variance).sum(-1)


def divergence_between(
    mean: Tensor, variance: Tensor, prior_mean: Tensor, prior_variance: Tensor
) -> Tensor:
    """KL between two Gaussians of diagonal covariance, summed over the last axis.

        1/2 sum_k log(p_k / v_k) + (v_k + (mean_k - prior_mean_k)^2) / p_k - 1

    with v the variance and p the prior's.

    Derivation: gaussian_vae.gaussian_kl
    """
    excess = (variance - prior_variance) / prior_variance
    shift = (mean - prior_mean).square() / prior_variance
    return 0.5 * (excess + shift + prior_variance.log() - variance.log()).sum(-1)


def log_importance_weights(
    log_likelihood: Tensor, z: Tensor, log_variance: Tensor, noise: Tensor
) -> Tensor:
    """Log of p(x, z) / q(z given x) at z = mean + exp(log_variance / 2) noise.

        log p(x given z) + 1/2 sum_k log_variance_k + noise_k^2 - z_k^2

    The constants of prior and posterior cancel. Its mean over draws is the evidence lower bound
    with the KL sampled in place of its closed form.

    Derivation: gaussian_vae.sampled_kl_gradient
    """
    return log_likelihood + 0.5 * (log_variance + noise.square() - z.square()).sum(-1)


def importance_weighted_bound(log_weights: Tensor, dim: int = 0) -> Tensor:
    """Log of the mean weight: log (1/k) sum_i exp(log_weights_i), over one axis of k draws.

    Derivation: gaussian_vae.importance_weighted_bound
    """
    return torch.logsumexp(log_weights, dim) - math.log(log_weights.shape[dim])


def loss(model: Autoencoder, x: Tensor, settings: Settings, generator: Generator | None) -> Loss:
    """Loss of a batch under the objective of the settings.

    Derivation: gaussian_vae.elbo

    Parameters
    ----------
    model
        Anything with `encode` and `decode`.
    x
        Pixels, shape (images, pixels): binarised or grey is the caller's choice.
    settings
        Objective, number of draws, likelihood, the MMD's weight, bandwidth and statistic.
    generator
        Of the noise, on the device of x.
    """
    bf16 = settings.precision == "bf16"
    with torch.autocast(x.device.type, torch.bfloat16, enabled=bf16):
        mean, log_variance = (part.to(x.dtype) for part in model.encode(x))
    shape = (settings.samples, *mean.shape)
    noise = torch.randn(shape, generator=generator, dtype=mean.dtype, device=mean.device)
    z = draw_latents(mean, log_variance, noise)
    with torch.autocast(x.device.type, torch.bfloat16, enabled=bf16):
        decoded = model.decode(z).to(x.dtype)
    if settings.likelihood == "bernoulli":
        log_likelihood = bernoulli_log_likelihood(x, decoded)
    else:
        log_likelihood = gaussian_log_likelihood(x, decoded, settings.likelihood_variance)
    reconstruction = -log_likelihood.mean()
    if settings.objective == "iwae":
        weights = log_importance_weights(log_likelihood, z, log_variance, noise)
        total = -importance_weighted_bound(weights).mean()
        return Loss(total, reconstruction, total - reconstruction)
    if settings.objective == "mmd":
        prior = torch.randn(shape, generator=generator, dtype=z.dtype, device=z.device)
        distance = squared_mmd(prior, z, settings.mmd_bandwidth, settings.mmd_statistic)
        divergence = settings.mmd_weight * distance.mean()
    else:
        divergence = gaussian_divergence(mean, log_variance).mean()
    return Loss(reconstruction + divergence, reconstruction, divergence)

"""The functions of the VAE notebook, with its names, arguments and shapes.

Losses are sums over the batch, in nats; of several draws, shape (draws, images, ...), the mean
over the draws is taken. Noise is drawn from PyTorch's own generator.
"""

import torch
from matplotlib import rc_context
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn import functional

from impl.errors import InputError
from impl.figure_style import STYLE, new_figure
from impl.mmd import squared_mmd
from impl.vae import objectives
from impl.vae.tiles import show

__all__ = ["MMD", "loss_function", "loss_mmd", "reparameterization", "show_image"]

LATENT_VARIANCE = 2.0
"""The notebook's `latent_var`: its kernel is exp(-||x - y||^2 / (2 latent_var))."""

_SIDE = 28


def reparameterization(mean: Tensor, var: Tensor, samples: int | None = None) -> Tensor:
    """Draw z = mean + sqrt(var) noise; `var` is the variance.

    Shape of the mean, or with `samples` an axis of as many draws before it.

    Derivation: gaussian_vae.reparameterization

    Raises
    ------
    InputError
        If a variance is negative or the shapes differ.
    """
    if mean.shape != var.shape:
        wanted, got = f"shape {tuple(mean.shape)}, as mean", f"shape {tuple(var.shape)}"
        raise InputError(source="var", wanted=wanted, got=got)
    if bool((var < 0).any()):
        wanted = "variances from 0 up (a log variance is to be exponentiated first)"
        raise InputError(source="var", wanted=wanted, got=repr(float(var.min())))
    shape = mean.shape if samples is None else (samples, *mean.shape)
    noise = torch.randn(shape, dtype=mean.dtype, device=mean.device)
    return objectives.reparameterize(mean, var, noise)


def _reconstruction(x: Tensor, theta: Tensor) -> Tensor:
    """Cross entropy of the pixels, summed over a batch and averaged over draws before it.

    From probabilities, as the notebook has them, a pixel costs at most 100 nats: PyTorch bounds
    the logarithms there. `objectives.bernoulli_log_likelihood` takes logits and needs no bound.
    """
    if theta.shape[-x.dim() :] != x.shape:
        wanted = f"shape (..., {', '.join(map(str, x.shape))}), as x"
        raise InputError(source="theta", wanted=wanted, got=f"shape {tuple(theta.shape)}")
    total = functional.binary_cross_entropy(theta, x.expand_as(theta), reduction="sum")
    return total / theta.shape[: -x.dim()].numel()


def loss_function(x: Tensor, theta: Tensor, mean: Tensor, log_var: Tensor) -> Tensor:
    """Minus the evidence lower bound of a batch: cross entropy plus KL, one number.

    Derivation: gaussian_vae.elbo
    """
    return _reconstruction(x, theta) + objectives.gaussian_divergence(mean, log_var).sum()


def MMD(prior_z: Tensor, z: Tensor) -> Tensor:  # noqa: N802 - the notebook's name
    """Squared MMD of prior draws and latents, V-statistic, with the notebook's kernel.

    Shapes (images, latents), or (draws, images, latents): then the mean over the draws.

    Derivation: mmd.kernel_form
    Derivation: mmd.v_statistic
    """
    return squared_mmd(prior_z, z, LATENT_VARIANCE).mean()


def loss_mmd(x: Tensor, theta: Tensor, z: Tensor) -> Tensor:
    """Cross entropy of a batch plus its squared MMD, unweighted, to as many draws of the prior.

    A batch has one MMD, not one for each image: this is the batch size times the loss of
    `objectives.loss` at `mmd_weight` 1 / batch size.
    """
    return _reconstruction(x, theta) + MMD(torch.randn_like(z), z)


def show_image(theta: Tensor, idx: int) -> Figure:
    """Draw image `idx` of theta, shape (images, 784): 0 white and 1 black.

    Raises
    ------
    InputError
        If theta is not of that shape, or has no such image.
    """
    if theta.dim() != 2 or theta.shape[1] != _SIDE**2:  # noqa: PLR2004 - images and pixels
        got = f"shape {tuple(theta.shape)}"
        raise InputError(source="theta", wanted=f"shape (images, {_SIDE**2})", got=got)
    if not -len(theta) <= idx < len(theta):
        raise InputError(source="idx", wanted=f"an index below {len(theta)}", got=str(idx))
    with rc_context(STYLE):
        figure = new_figure(2.2, 2.2)
        show(figure.add_subplot(), theta[idx].detach().cpu().reshape(_SIDE, _SIDE).numpy())
    return figure

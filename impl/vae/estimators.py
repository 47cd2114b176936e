"""Two estimators of the gradient of E[f(z)], z ~ N(mean, diag(exp(log_variance))), draw by draw.

The objectives differentiate along the draws; the score function needs values of f alone. Both
are unbiased where f and its gradient grow slower than any Gaussian falls, and their variances
differ; here they stand side by side so that this can be seen.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from impl.vae.objectives import draw_latents

__all__ = ["Gradients", "pathwise_gradients", "score_function_gradients"]


class Gradients(NamedTuple):
    """One estimate from each draw, shape (draws, latents)."""

    by_mean: Tensor
    by_log_variance: Tensor


def pathwise_gradients(
    function: Callable[[Tensor], Tensor], mean: Tensor, log_variance: Tensor, noise: Tensor
) -> Gradients:
    """Differentiate f along z = mean + exp(log_variance / 2) noise.

        f'(z)  and  f'(z) exp(log_variance / 2) noise / 2

    Derivation: gaussian_vae.pathwise_gradient
    Derivation: gaussian_vae.gradient_variance

    Parameters
    ----------
    function
        f, from (draws, latents) to (draws,), row by row.
    mean, log_variance
        Shape (latents,).
    noise
        Draws of N(0, 1), shape (draws, latents).
    """
    z = draw_latents(mean.detach(), log_variance.detach(), noise).requires_grad_()
    (slope,) = torch.autograd.grad(function(z).sum(), z)
    return Gradients(slope, slope * torch.exp(0.5 * log_variance.detach()) * noise / 2)


@torch.no_grad()
def score_function_gradients(
    function: Callable[[Tensor], Tensor], mean: Tensor, log_variance: Tensor, noise: Tensor
) -> Gradients:
    """Multiply f by the gradient of the log density of z = mean + exp(log_variance / 2) noise.

        f(z) noise exp(-log_variance / 2)  and  f(z) (noise^2 - 1) / 2

    Arguments as in `pathwise_gradients`; f need not be differentiable.

    Derivation: gaussian_vae.gradient_variance
    """
    value = function(draw_latents(mean, log_variance, noise)).unsqueeze(-1)
    by_mean = value * noise * torch.exp(-0.5 * log_variance)
    return Gradients(by_mean, value * (noise.square() - 1) / 2)

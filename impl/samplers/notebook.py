"""The functions of the reparameterization notebook, with its names, arguments and shapes.

Draws are float64 tensors; plots are returned as matplotlib figures and not shown.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from matplotlib.figure import Figure
from torch import Tensor
from torch.distributions import Beta, Dirichlet

from impl.errors import InputError
from impl.samplers import figures
from impl.samplers.checking import check_positive
from impl.samplers.kumaraswamy import Kumaraswamy
from impl.samplers.softmax_gaussian import SoftmaxGaussian

__all__ = [
    "beta_reparametrize",
    "beta_sampler",
    "compare_samples",
    "dirichlet_plotter",
    "dirichlet_reparametrize",
    "dirichlet_sampler",
]

Samples = Tensor | npt.NDArray[np.floating]


def _number(name: str, value: Tensor | float) -> Tensor:
    tensor = torch.as_tensor(value, dtype=torch.float64)
    if tensor.numel() != 1:
        got = f"shape {tuple(tensor.shape)}"
        raise InputError(source=name, wanted="one number above 0", got=got)
    check_positive(name, tensor.reshape(()))
    return tensor.reshape(())


def _vector(value: Tensor | Sequence[float] | npt.NDArray[np.floating]) -> Tensor:
    alpha = torch.as_tensor(value, dtype=torch.float64)
    if alpha.dim() != 1 or alpha.numel() < 2:  # noqa: PLR2004 - a simplex has two corners
        wanted = "a vector of at least two numbers above 0"
        raise InputError(source="alpha", wanted=wanted, got=f"shape {tuple(alpha.shape)}")
    check_positive("alpha", alpha)
    return alpha


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InputError(source="N", wanted="a whole number from 1 up", got=repr(value))
    return value


def beta_sampler(a: Tensor | float, b: Tensor | float, N: int) -> Tensor:  # noqa: N803 - the notebook's name
    """Draw from Beta(a, b) directly, shape (N, 1)."""
    return Beta(_number("a", a), _number("b", b)).sample((_count(N), 1))


def beta_reparametrize(a: Tensor | float, b: Tensor | float, N: int) -> Tensor:  # noqa: N803 - the same
    """Draw by x = (1 - (1-u)^(1/b))^(1/a), u uniform: Kumaraswamy(a, b), shape (N, 1).

    Differentiable by a and b where they are tensors that require gradients. The distribution is
    Beta(a, b) exactly if a = 1 or b = 1.

    Derivation: kumaraswamy.inverse_cdf, kumaraswamy.equals_beta
    """
    return Kumaraswamy(_number("a", a), _number("b", b)).rsample((_count(N), 1))


def dirichlet_sampler(
    alpha: Tensor | Sequence[float],
    N: int,  # noqa: N803 - the same
) -> Tensor:
    """Draw from Dirichlet(alpha) directly, shape (N, K)."""
    return Dirichlet(_vector(alpha)).sample((_count(N),))


def dirichlet_reparametrize(
    alpha: Tensor | Sequence[float],
    N: int,  # noqa: N803 - the same
) -> Tensor:
    """Draw softmax(mu + sigma eps) with the Laplace fit's mu and Sigma, shape (N, K).

    Differentiable by alpha where it is a tensor that requires gradients [srivastava2017, sec. 3.2].

    Derivation: softmax_gaussian.laplace, softmax_gaussian.pathwise_gradient
    """
    return SoftmaxGaussian.from_dirichlet(_vector(alpha)).rsample((_count(N),))


def _plain(name: str, samples: Samples) -> npt.NDArray[np.float64]:
    array = samples.detach().cpu().numpy() if isinstance(samples, Tensor) else samples
    found = np.asarray(array, dtype=np.float64)
    if found.size == 0 or not np.isfinite(found).all():
        got = "none" if found.size == 0 else "NaN or an infinity"
        raise InputError(source=name, wanted="finite samples", got=got)
    return found


def compare_samples(
    samples_1: Samples,
    samples_2: Samples,
    bins: int = 100,
    range: tuple[float, float] | None = None,  # noqa: A002 - the notebook's name
) -> Figure:
    """Draw the histograms of two samples over one another; bins are shared."""
    first, second = _plain("samples_1", samples_1), _plain("samples_2", samples_2)
    return figures.draw_histograms(first.ravel(), second.ravel(), bins=bins, limits=range)


def dirichlet_plotter(samples_1: Samples, samples_2: Samples, idx: int | Sequence[int]) -> Figure:
    """Draw single samples of both sets as bars, side by side; one panel for each index."""
    first, second = _plain("samples_1", samples_1), _plain("samples_2", samples_2)
    chosen = [idx] if isinstance(idx, int) else list(idx)
    if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[1]:  # noqa: PLR2004
        got = f"shapes {first.shape} and {second.shape}"
        wanted = "two tables of as many columns"
        raise InputError(source="samples_1, samples_2", wanted=wanted, got=got)
    rows = min(len(first), len(second))
    for place, index in enumerate(chosen):
        if not -rows <= index < rows:
            got = f"{index} at index [{place}]"
            raise InputError(source="idx", wanted=f"indices below {rows}", got=got)
    return figures.draw_bars(first[chosen], second[chosen], chosen)

"""How far the approximations are from Beta and Dirichlet: the numbers behind the figures."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from scipy.special import betainc
from torch.distributions import Beta, Dirichlet, kl_divergence

from impl.samplers.dirichlet_fits import Covariance, Fit
from impl.samplers.kumaraswamy import Kumaraswamy
from impl.samplers.softmax_gaussian import SoftmaxGaussian

__all__ = [
    "FITS",
    "DirichletFit",
    "PlaneError",
    "compare_fits",
    "moments_by_scale",
    "plane_error",
    "wasserstein",
]

Floats = npt.NDArray[np.float64]

# Name, fit and covariance of the approximations that are compared.
FITS: tuple[tuple[str, Fit, Covariance], ...] = (
    ("Laplace, diagonal", "laplace", "diagonal"),
    ("Laplace, full", "laplace", "full"),
    ("moments, full", "moments", "full"),
)


@dataclass(frozen=True)
class PlaneError:
    """KL(Kumaraswamy, Beta) in nats and Wasserstein-1 distance, shape (len(a), len(b))."""

    a: Floats
    b: Floats
    divergence: Floats
    distance: Floats


@dataclass(frozen=True)
class DirichletFit:
    """An approximation of a Dirichlet: its mean, standard deviations, and the divergence to it."""

    name: str
    law: SoftmaxGaussian
    mean: Floats
    standard_deviation: Floats
    divergence: float


def wasserstein(a: Floats, b: Floats) -> Floats:
    """Wasserstein-1 distance of Kumaraswamy(a, b) and Beta(a, b): the area between their CDFs.

    A trapezoidal sum over the logit of x.
    """
    r = np.linspace(-40, 40, 1601)
    x, rest = 1 / (1 + np.exp(-r)), 1 / (1 + np.exp(r))
    a, b = np.broadcast_arrays(a, b)
    a, b = a[..., None], b[..., None]
    log_x = -np.log1p(np.exp(-r))
    kumaraswamy = -np.expm1(b * np.log(-np.expm1(a * log_x)))
    gap = np.abs(kumaraswamy - betainc(a, b, x))
    area: Floats = np.sum(gap * x * rest, axis=-1) * (r[1] - r[0])
    return area


def plane_error(a: Floats, b: Floats) -> PlaneError:
    """Compare Kumaraswamy(a, b) with Beta(a, b) on a grid."""
    first, second = torch.meshgrid(torch.tensor(a), torch.tensor(b), indexing="ij")
    divergence = kl_divergence(Kumaraswamy(first, second), Beta(first, second))
    return PlaneError(a, b, divergence.numpy(), wasserstein(a[:, None], b[None, :]))


def compare_fits(alpha: Floats) -> list[DirichletFit]:
    """Fit Dirichlet(alpha) in each way and compare."""
    concentration = torch.tensor(alpha)
    found = []
    for name, fit, covariance in FITS:
        law = SoftmaxGaussian.from_dirichlet(concentration, fit, covariance)
        divergence = float(kl_divergence(Dirichlet(concentration), law))
        deviation = law.variance.sqrt().numpy()
        found.append(DirichletFit(name, law, law.mean.numpy(), deviation, divergence))
    return found


def moments_by_scale(alpha: Floats, scales: Floats) -> dict[str, tuple[Floats, Floats]]:
    """Bias of the mean, and ratio of standard deviations to the Dirichlet's, for s alpha.

    Each of shape (scales, K), by name of the fit.
    """
    found: dict[str, tuple[list[Floats], list[Floats]]] = {name: ([], []) for name, *_ in FITS}
    for scale in scales:
        truth = Dirichlet(torch.tensor(scale * alpha))
        for fit in compare_fits(scale * alpha):
            bias, ratio = found[fit.name]
            bias.append(fit.mean - truth.mean.numpy())
            ratio.append(fit.standard_deviation / truth.variance.sqrt().numpy())
    return {name: (np.array(bias), np.array(ratio)) for name, (bias, ratio) in found.items()}

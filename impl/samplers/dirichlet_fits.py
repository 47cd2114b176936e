"""Gaussians in the softmax basis that stand in for a Dirichlet, and the way back."""

from typing import Literal, NamedTuple

import torch
from torch import Tensor

from impl.errors import InputError
from impl.samplers.checking import check_positive, check_same_device, length, precise, vectors
from impl.samplers.special import digamma, trigamma

__all__ = [
    "Covariance",
    "Fit",
    "Fitted",
    "centred_covariance",
    "concentration_from_laplace",
    "fit_dirichlet",
]

_FAR = 1000.0

Fit = Literal["laplace", "moments"]
Covariance = Literal["diagonal", "full"]


class Fitted(NamedTuple):
    """Mean and variances of K independent Gaussian coordinates, shapes (batch..., K)."""

    loc: Tensor
    variance: Tensor


def fit_dirichlet(
    concentration: Tensor,
    fit: Fit = "laplace",
    covariance: Covariance | None = None,
    *,
    validate: bool = True,
) -> Fitted:
    """Fit the softmax-Gaussian to Dirichlet(alpha); differentiable by alpha.

    Let d_k = 1/alpha_k (laplace) or trigamma(alpha_k) (moments), and m_k = log alpha_k or
    digamma(alpha_k). The mean is m, centred; but less its largest entry, which is the same
    distribution, where the average of m is beyond 1000, as a tiny alpha_k makes it by moments: an
    overwhelming shift would take the digits of the log ratios. The centred covariance P diag(d) P,
    with P = I - 1 1'/K, has the diagonal

        d_k (1 - 2/K) + (1/K^2) sum_l d_l,

    which is what "diagonal" returns as variances [srivastava2017, sec. 3.2, who write
    Sigma_kk for it]. The full covariance and diag(d) itself differ by a shift common to all
    coordinates, which softmax forgets: "full" returns d.

    Derivation: softmax_gaussian.laplace, softmax_gaussian.moment_matching

    Raises
    ------
    InputError
        If the concentration is not a tensor (..., K), or, if validated, of other than finite
        numbers above 0; or a name is unknown.
    """
    given = vectors("concentration", concentration)
    if validate:
        check_positive("concentration", given)
    alpha = given.to(precise(given.dtype))
    if fit == "laplace":
        centre, spread = alpha.log(), 1 / alpha
    elif fit == "moments":
        centre, spread = digamma(alpha), trigamma(alpha)
    else:
        raise InputError(source="fit", wanted="'laplace' or 'moments'", got=repr(fit))
    mean = centre.mean(-1, keepdim=True)
    loc = centre - torch.where(mean.abs() < _FAR, mean, centre.amax(-1, keepdim=True))
    kept = covariance or ("diagonal" if fit == "laplace" else "full")
    if kept == "full":
        return Fitted(loc.to(given.dtype), spread.to(given.dtype))
    if kept != "diagonal":
        raise InputError(source="covariance", wanted="'diagonal' or 'full'", got=repr(covariance))
    size = length(alpha)
    variance = spread * (1 - 2 / size) + spread.sum(-1, keepdim=True) / size**2
    return Fitted(loc.to(given.dtype), variance.to(given.dtype))


def centred_covariance(variance: Tensor) -> Tensor:
    """P diag(variance) P with P = I - 1 1'/K, shape (batch..., K, K).

    Off the diagonal: -(d_k + d_l)/K + (1/K^2) sum d.

    Derivation: softmax_gaussian.laplace
    """
    size = length(variance)
    pairs = variance.unsqueeze(-1) + variance.unsqueeze(-2)
    total = variance.sum(-1)[..., None, None]
    return torch.diag_embed(variance) - pairs / size + total / size**2


def concentration_from_laplace(loc: Tensor, variance: Tensor) -> Tensor:
    """Return the alpha whose Laplace fit has this mean and this centred covariance's diagonal.

    alpha_k = (1 - 2/K + exp(loc_k) sum_l exp(-loc_l) / K^2) / variance_k.

    Derivation: softmax_gaussian.back_to_concentration

    Raises
    ------
    InputError
        If a variance is not finite and above 0, or devices differ.
    """
    check_same_device(loc=loc, variance=variance)
    check_positive("variance", variance)
    size = length(loc)
    sums = torch.exp(loc + torch.logsumexp(-loc, -1, keepdim=True))
    return (1 - 2 / size + sums / size**2) / variance

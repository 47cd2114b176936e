"""The Gaussian of the log ratios log x_k - log x_K (k < K), from one of K coordinates.

Softmax forgets a shift of all coordinates, so a law on the simplex depends on the covariance S of
the K coordinates only through M S M', M = (I, -1). That is positive definite also where S is
singular along (1, ..., 1), as a centred covariance P S P is: the hyperplane sum_k eta_k = 0 that
carries such a Gaussian maps onto the log ratios one to one.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from impl.errors import InputError
from impl.samplers.checking import (
    check_entries,
    check_positive,
    check_same_device,
    floating,
    vectors,
)
from impl.samplers.double_double import two_sum

__all__ = [
    "Spread",
    "choose",
    "from_heaviest",
    "log_from_heaviest",
    "ratios",
    "root",
    "weighted_distance",
    "whitened",
]


class Spread(NamedTuple):
    """How eta varies: variances, or a covariance and the factor of the log ratios'."""

    variance: Tensor | None
    covariance: Tensor | None
    root: Tensor | None

    def expand(self, dimensions: int, shape: torch.Size) -> "Spread":
        """Expand a batch of so many dimensions to a batch shape."""
        return Spread(
            *(
                part if part is None else part.expand(shape + part.shape[dimensions:])
                for part in self
            )
        )


def choose(
    loc: Tensor, given: dict[str, Tensor | None], *, validate: bool
) -> tuple[torch.Size, Spread]:
    """Take the one spread that is given, expanded to the shape (batch..., K) it has with loc.

    Raises
    ------
    InputError
        As `SoftmaxGaussian` says.
    """
    found = [(name, value) for name, value in given.items() if value is not None]
    if len(found) != 1:
        got = ", ".join(name for name, _ in found) or "none"
        raise InputError(source="SoftmaxGaussian", wanted=f"one of {', '.join(given)}", got=got)
    name, spread = found[0]
    is_variance = name == "gaussian_variance"
    if is_variance:
        vectors(name, spread, least=1)
    else:
        _matrices(name, spread, loc.shape[-1])
    check_same_device(loc=loc, **{name: spread})
    try:
        shape = torch.broadcast_shapes(loc.shape, spread.shape[: None if is_variance else -1])
    except RuntimeError:
        wanted = f"a shape that broadcasts with {tuple(loc.shape)} of loc"
        raise InputError(source=name, wanted=wanted, got=str(tuple(spread.shape))) from None
    if is_variance:
        if validate:
            check_positive(name, spread)
        return shape, Spread(spread.expand(shape), None, None)
    if validate:
        check_entries(name, spread, spread.isfinite(), "finite numbers")
        if name == "scale_tril":
            check_entries(name, spread, spread.triu(1) == 0, "lower triangular matrices")
    covariance = spread if name == "covariance_matrix" else spread @ spread.mT
    factor = root(name, covariance, validate=validate)
    size = shape[-1]
    return shape, Spread(
        None, covariance.expand(*shape, size), factor.expand(*shape[:-1], size - 1, size - 1)
    )


def ratios(vector: Tensor) -> Tensor:
    """M v: differences from the last coordinate, shape (batch..., K-1)."""
    return vector[..., :-1] - vector[..., -1:]


def from_heaviest(weight: Tensor, vector: Tensor) -> Tensor:
    """Differences from the coordinate of the largest weight, shape (batch..., K); both broadcast.

    A weighted mean of the coordinates differs from the one of an overwhelming weight by less than
    rounding resolves; of the differences, which are 0 there, the mean is known to rounding.
    """
    vector, heaviest = _beside_heaviest(weight, vector)
    return vector - heaviest


def log_from_heaviest(weight: Tensor, vector: Tensor) -> Tensor:
    """`from_heaviest` of log v: logarithms of quotients, which keep the digits of a small one."""
    vector, heaviest = _beside_heaviest(weight, vector)
    return torch.log(vector / heaviest)


def _beside_heaviest(weight: Tensor, vector: Tensor) -> tuple[Tensor, Tensor]:
    """Return the coordinates, in the shape of both, and the one of the largest weight, (..., 1)."""
    weight, vector = torch.broadcast_tensors(weight, vector)
    return vector, vector.gather(-1, weight.detach().argmax(-1, keepdim=True))


def weighted_distance(weight: Tensor, x: Tensor, centre: Tensor) -> Tensor:
    """Return sum_k w_k (d_k - sum w d / sum w)^2, d = x - centre, to rounding, x and centre exact.

    Differences of d from the coordinate of the largest weight are taken with what rounding leaves
    out: a weight of 1e16 would make it large. That moves no derivative.
    """
    weight, x, centre = torch.broadcast_tensors(weight, x, centre)
    place = weight.detach().argmax(-1, keepdim=True)
    one, other = (two_sum(v, -v.gather(-1, place)) for v in (x.detach(), centre.detach()))
    low = two_sum(one.high, -other.high).low + (one.low - other.low)
    moved = (from_heaviest(weight, x) - from_heaviest(weight, centre)) + low
    mean = (weight * moved).sum(-1, keepdim=True) / weight.sum(-1, keepdim=True)
    return (weight * (moved - mean).square()).sum(-1)


def _matrices(name: str, value: object, size: int) -> Tensor:
    """Check that a value is a floating tensor of matrices (..., K, K)."""
    if not isinstance(value, Tensor):
        raise InputError(source=name, wanted="a tensor", got=repr(value))
    if value.shape[-2:] != (size, size):
        wanted = f"a shape that ends in {size}, {size}, as loc in {size}"
        raise InputError(source=name, wanted=wanted, got=str(tuple(value.shape)))
    return floating(name, value)


def root(name: str, covariance: Tensor, *, validate: bool) -> Tensor:
    """Cholesky factor of M S M', shape (batch..., K-1, K-1).

    Raises
    ------
    InputError
        If validated and S is not symmetric, or a combination of the log ratios has no
        variance.
    """
    rows = ratios(covariance.mT)
    inner = ratios(rows.mT)
    if not validate:
        factor: Tensor = torch.linalg.cholesky(inner)
        return factor
    given = covariance.detach()
    scale = given.abs().amax((-1, -2), keepdim=True)
    rounding = 8 * torch.finfo(given.dtype).eps * scale
    check_entries(name, given, (given - given.mT).abs() <= rounding, "symmetric matrices")
    factor, fault = torch.linalg.cholesky_ex(inner)
    # A pivot of a singular matrix is rounding, of any size where the pivots before are small; the
    # least eigenvalue of the correlations is not. It is at least 1 over the inverse's squared norm,
    # and rounding moves it by what of S_kk + S_KK is lost in the variance of a log ratio.
    spread = inner.detach().diagonal(dim1=-2, dim2=-1)
    own = given.diagonal(dim1=-2, dim2=-1)
    lost = ((own[..., :-1] + own[..., -1:]) / spread).amax(-1)
    scaled = factor.detach() / spread.sqrt().unsqueeze(-1)
    unit = torch.eye(scaled.shape[-1], dtype=scaled.dtype, device=scaled.device)
    inverse = torch.linalg.solve_triangular(scaled, unit, upper=False)
    least = 4 * scaled.shape[-1] * torch.finfo(given.dtype).eps * lost
    good = (fault == 0) & (inverse.square().sum((-1, -2)) * least < 1)
    wanted = "covariances in which every combination of log ratios varies"
    smallest = torch.linalg.eigvalsh(inner.detach())[..., 0]
    check_entries(f"{name}, least eigenvalue of the log ratios'", smallest, good, wanted)
    return factor


def whitened(factor: Tensor, vector: Tensor) -> Tensor:
    """Solve L z = v, shape (batch..., K-1); both broadcast."""
    solved: Tensor = torch.linalg.solve_triangular(factor, vector.unsqueeze(-1), upper=False)
    return solved.squeeze(-1)

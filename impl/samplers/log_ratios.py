"""The Gaussian of the log ratios log x_k - log x_K (k < K), from one of K coordinates.

Softmax forgets a shift of all coordinates, so a distribution on the simplex depends on the
covariance S of the K coordinates only through M S M', M = (I, -1). That is positive definite also
where S is singular along (1, ..., 1), as a centred covariance P S P is: the hyperplane
sum_k eta_k = 0 that carries such a Gaussian maps onto the log ratios one to one.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from impl.errors import InputError
from impl.samplers.checking import (
    broadcast_shapes,
    check_entries,
    check_positive,
    check_same_device,
    common_dtype,
    floating,
    precise,
    vectors,
)
from impl.samplers.double_double import two_sum

__all__ = [
    "Spread",
    "check_covariance",
    "checked_root",
    "choose",
    "from_heaviest",
    "log_from_heaviest",
    "product",
    "ratios",
    "root",
    "weighted_distance",
    "whitened",
]


class Spread(NamedTuple):
    """How eta varies: variances, or a covariance and the factor of the log ratios'.

    `given` is the name of what was given, and `factor` the one given of the covariance.
    """

    given: str
    variance: Tensor | None = None
    covariance: Tensor | None = None
    factor: Tensor | None = None
    root: Tensor | None = None

    @property
    def dtype(self) -> torch.dtype:
        """Dtype of the parameters."""
        return self.value.dtype

    @property
    def value(self) -> Tensor:
        """Return the variances, covariance or factor that was given."""
        parts = (self.variance, self.factor, self.covariance)
        return next(part for part in parts if part is not None)

    def expand(self, dimensions: int, shape: torch.Size) -> "Spread":
        """Expand a batch of so many dimensions to a batch shape."""
        parts = (
            part if part is None else part.expand(shape + part.shape[dimensions:])
            for part in self[1:]
        )
        return Spread(self.given, *parts)


def choose(loc: Tensor, given: dict[str, Tensor | None]) -> tuple[torch.Size, Spread, Tensor]:
    """Take the one spread that is given, expanded to the shape (batch..., K) it has with loc.

    Also returns what was given, as it was.

    Raises
    ------
    InputError
        If there is not one, or it does not fit.
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
    vector = spread.shape if is_variance else spread.shape[:-1]
    shape = broadcast_shapes(name, vector, "loc", loc.shape, shown=spread.shape)
    value = spread.to(common_dtype(loc, spread))
    if is_variance:
        return shape, Spread(name, value.expand(shape)), spread
    square = (*shape, shape[-1])
    if name == "covariance_matrix":
        return shape, Spread(name, covariance=value.expand(square)), spread
    covariance = product(value, value.mT).expand(square)
    return shape, Spread(name, covariance=covariance, factor=value.expand(square)), spread


def checked_root(
    spread: Spread, value: Tensor, words: Callable[[], str], *, validate: bool
) -> Spread:
    """Check the entries of a spread, if asked, and add the factor of the log ratios' covariance.

    `value` is what was given for it, before it was expanded, and `words` gives more words for the
    error.

    Raises
    ------
    InputError
        If an entry is not finite, a variance is not above 0, a factor is not lower triangular, or
        `root` refuses the covariance.
    """
    name, fixed = spread.given, value.detach()
    if validate:
        if spread.variance is not None:
            check_positive(name, fixed, words)
        else:
            check_entries(name, fixed, fixed.isfinite(), "finite numbers", words)
        if spread.factor is not None:
            check_entries(name, fixed, fixed.triu(1) == 0, "lower triangular matrices", words)
    if spread.covariance is None:
        return spread
    # Before it is expanded: distributions that share a covariance share its factor.
    wide = value.to(precise(spread.dtype))
    covariance = wide if spread.factor is None else product(wide, wide.mT)
    if validate:
        check_covariance(name, covariance, words)
    factor = root(covariance)
    batch = spread.covariance.shape[:-2]
    return spread._replace(root=factor.expand(batch + factor.shape[-2:]))


def product(x: Tensor, y: Tensor) -> Tensor:
    """Matrix product to the factors' own precision, also under autocast; 16-bit ones in float32."""
    with torch.autocast(x.device.type, enabled=False):
        dtype = precise(x.dtype)
        return (x.to(dtype) @ y.to(dtype)).to(x.dtype)


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


def root(covariance: Tensor) -> Tensor:
    """Cholesky factor of M S M', shape (batch..., K-1, K-1)."""
    factor: Tensor = torch.linalg.cholesky(ratios(ratios(covariance.mT).mT))
    return factor


def check_covariance(name: str, covariance: Tensor, words: Callable[[], str]) -> None:
    """Check that a covariance is symmetric, and that every combination of log ratios varies.

    Raises
    ------
    InputError
        If not, with the first entry, or the least eigenvalue.
    """
    given = covariance.detach()
    scale = given.abs().amax((-1, -2), keepdim=True)
    rounding = 8 * torch.finfo(given.dtype).eps * scale
    symmetric = (given - given.mT).abs() <= rounding
    check_entries(name, given, symmetric, "symmetric matrices", words)
    inner = ratios(ratios(given.mT).mT)
    factor, fault = torch.linalg.cholesky_ex(inner)
    # A pivot of a singular matrix is rounding, of any size where the pivots before are small; the
    # least eigenvalue of the correlations is not. It is at least 1 over the inverse's squared norm,
    # and rounding moves it by what of S_kk + S_KK is lost in the variance of a log ratio.
    spread = inner.diagonal(dim1=-2, dim2=-1)
    own = given.diagonal(dim1=-2, dim2=-1)
    lost = ((own[..., :-1] + own[..., -1:]) / spread).amax(-1)
    scaled = factor / spread.sqrt().unsqueeze(-1)
    unit = torch.eye(scaled.shape[-1], dtype=scaled.dtype, device=scaled.device)
    inverse = torch.linalg.solve_triangular(scaled, unit, upper=False)
    least = 4 * scaled.shape[-1] * torch.finfo(given.dtype).eps * lost
    good = (fault == 0) & (inverse.square().sum((-1, -2)) * least < 1)
    wanted = "covariances in which every combination of log ratios varies"
    smallest = torch.linalg.eigvalsh(inner)[..., 0]
    check_entries(f"{name}, least eigenvalue of the log ratios'", smallest, good, wanted, words)


def whitened(factor: Tensor, vector: Tensor) -> Tensor:
    """Solve L z = v, shape (batch..., K-1); both broadcast."""
    solved: Tensor = torch.linalg.solve_triangular(factor, vector.unsqueeze(-1), upper=False)
    return solved.squeeze(-1)

"""The parameters of a softmax-Gaussian: its mean and one of three spreads."""

from typing import Self

import torch
from torch import Tensor
from torch.distributions import Distribution, constraints
from torch.nn.functional import pad

from impl.samplers import log_ratios
from impl.samplers.checking import (
    Shape,
    check_entries,
    is_validated,
    precise,
    vectors,
    violated,
)

__all__ = ["SoftmaxParameters"]


class SoftmaxParameters(Distribution):
    """What `SoftmaxGaussian` is given, and the Gaussian of the log ratios that follows."""

    arg_constraints = {  # noqa: RUF012 - declared as a plain class attribute by Distribution
        "loc": constraints.real_vector,
        "gaussian_variance": constraints.independent(constraints.positive, 1),
        "covariance_matrix": constraints.positive_semidefinite,
        "scale_tril": constraints.lower_triangular,
    }
    loc: Tensor
    _spread: log_ratios.Spread

    def __init__(
        self,
        loc: Tensor,
        gaussian_variance: Tensor | None = None,
        validate_args: bool | None = None,  # noqa: FBT001 - PyTorch's signature
        *,
        covariance_matrix: Tensor | None = None,
        scale_tril: Tensor | None = None,
    ) -> None:
        vectors("loc", loc)
        given = {
            "gaussian_variance": gaussian_variance,
            "covariance_matrix": covariance_matrix,
            "scale_tril": scale_tril,
        }
        shape, self._spread, value = log_ratios.choose(loc, given)
        self.loc = loc.to(self._spread.dtype).expand(shape)
        super().__init__(shape[:-1], shape[-1:], validate_args=False)
        validate = self._validate_args = is_validated(validate_args)
        if validate:
            fixed = loc.detach()
            words = violated(self, "loc", fixed)
            check_entries("loc", fixed, fixed.isfinite(), "finite numbers", words)
        words = violated(self, self._spread.given, value)
        self._spread = log_ratios.checked_root(self._spread, value, words, validate=validate)

    def expand(self, batch_shape: Shape, _instance: Self | None = None) -> Self:
        """Return it with parameters expanded to a batch shape, without copying them."""
        new: Self = self._get_checked_instance(SoftmaxParameters, _instance)
        shape = torch.Size(batch_shape)
        new.loc = self.loc.expand(shape + self.event_shape)
        new._spread = self._spread.expand(len(self.batch_shape), shape)
        super(SoftmaxParameters, new).__init__(shape, self.event_shape, validate_args=False)
        new._validate_args = self._validate_args
        return new

    @property
    def gaussian_variance(self) -> Tensor:
        """Variances of eta, shape (batch..., K)."""
        if self._spread.variance is not None:
            return self._spread.variance
        return self.covariance_matrix.diagonal(dim1=-2, dim2=-1)

    @property
    def covariance_matrix(self) -> Tensor:
        """Covariance of eta, shape (batch..., K, K), as it was given."""
        if self._spread.covariance is not None:
            return self._spread.covariance
        return torch.diag_embed(self.gaussian_variance)

    @property
    def scale_tril(self) -> Tensor:
        """Lower triangular factor of the covariance, shape (batch..., K, K), as it was given.

        Of a singular covariance without one, a factor with a last row of 0, whose distribution on
        the simplex is the same.
        """
        if self._spread.factor is not None:
            return self._spread.factor
        if self._spread.variance is not None:
            return torch.diag_embed(self._spread.variance.sqrt())
        covariance = self.covariance_matrix.to(precise(self.loc.dtype))
        factor, fault = torch.linalg.cholesky_ex(covariance)
        same_law = pad(self._root(), (0, 1, 0, 1))
        return torch.where((fault == 0)[..., None, None], factor, same_law).to(self.loc.dtype)

    def __repr__(self) -> str:
        """Name the parameters as torch does: in numbers if they are single, by shapes if not."""
        given = {"loc": self.loc, self._spread.given: getattr(self, self._spread.given)}
        return f"{type(self).__name__}({', '.join(f'{k}: {v.size()}' for k, v in given.items())})"

    @property
    def is_independent(self) -> bool:
        """Whether the coordinates of eta are independent, as given by their variances."""
        return self._spread.variance is not None

    @property
    def log_ratio_root(self) -> Tensor:
        """Cholesky factor of the covariance of log x_k - log x_K, shape (batch..., K-1, K-1)."""
        return self._root().to(self.loc.dtype)

    def _root(self) -> Tensor:
        """Return `log_ratio_root` in the dtype to compute in."""
        if self._spread.root is not None:
            return self._spread.root
        covariance = self.covariance_matrix.to(precise(self.loc.dtype))
        return log_ratios.root(covariance)

    def _precise(self) -> tuple[Tensor, Tensor | None]:
        """Return loc and the variances, if these are given, in the dtype to compute in."""
        dtype, variance = precise(self.loc.dtype), self._spread.variance
        return self.loc.to(dtype), None if variance is None else variance.to(dtype)

    @property
    def log_determinant(self) -> Tensor:
        """Log determinant of the covariance of the K-1 log ratios log x_k - log x_K."""
        return self._log_determinant().to(self.loc.dtype)

    def _log_determinant(self) -> Tensor:
        _, variance = self._precise()
        if variance is None:
            return 2 * self._root().diagonal(dim1=-2, dim2=-1).log().sum(-1)
        total: Tensor = (1 / variance).sum(-1)
        return variance.log().sum(-1) + total.log()

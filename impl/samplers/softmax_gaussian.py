"""SoftmaxGaussian: the distribution of softmax(eta) on the simplex, for a Gaussian eta."""

import math
from typing import Literal, NamedTuple, Self

import torch
from torch import Tensor
from torch.distributions import constraints
from torch.nn.functional import pad

from impl.errors import InputError
from impl.samplers import log_ratios
from impl.samplers.checking import (
    Shape,
    check_entries,
    check_value,
    check_value_shape,
    is_validated,
    length,
    outside_support,
    precise,
)
from impl.samplers.dirichlet_fits import Fit, fit_dirichlet
from impl.samplers.simplex_quadrature import SimplexExpectations, expectations
from impl.samplers.softmax_parameters import SoftmaxParameters

__all__ = ["MonteCarlo", "SoftmaxGaussian"]

_SUM_TOLERANCE = 1e-6  # as torch's simplex constraint has it
# The entries' own rounding moves the sum by half as much.
_ROUNDED = {dtype: torch.finfo(dtype).eps for dtype in (torch.float16, torch.bfloat16)}


class MonteCarlo(NamedTuple):
    """An average of independent draws and its standard error, entry by entry."""

    mean: Tensor
    standard_error: Tensor


class SoftmaxGaussian(SoftmaxParameters):
    """Distribution of x = softmax(eta), eta ~ N(loc, covariance), K coordinates.

    Softmax forgets a shift of all coordinates: the distribution depends on the Gaussian only
    through the log ratios log x_k - log x_l. One of the three spreads below is given.

    Parameters
    ----------
    loc
        mu, shape (batch..., K), K >= 2, of a floating type.
    gaussian_variance
        Variances of independent eta_k (not standard deviations, nor variances of x); broadcasts
        with loc.
    validate_args
        Whether entries of parameters and arguments are checked; PyTorch's default.
    covariance_matrix
        Covariance of eta, shape (batch..., K, K). It may be singular along (1, ..., 1), as a
        centred one is: only the covariance of the log ratios must be positive definite.
    scale_tril
        Lower triangular factor of the covariance; a diagonal entry of 0 is as good as its log
        ratios, too.

    Raises
    ------
    InputError
        If an entry is not finite, or a variance not above 0 (with its index), a combination of
        log ratios does not vary, or devices disagree.
    ShapeError
        If the shapes do not broadcast: an InputError that is a RuntimeError, as torch's is.

    Notes
    -----
    Mean, variance and entropy have none either; for few coordinates
    they are computed by quadrature to about 1e-12, for more they raise `NotImplementedError`,
    and `monte_carlo_mean` estimates the mean with its error. Dtypes are promoted as torch does;
    16-bit numbers are computed with in float32, and autocast changes nothing. Numbers are not
    checked inside of vmap, compiled and traced functions.
    """

    support = constraints.simplex
    has_rsample = True

    @classmethod
    def from_dirichlet(
        cls,
        concentration: Tensor,
        fit: Fit = "laplace",
        covariance: Literal["diagonal", "full"] | None = None,
        validate_args: bool | None = None,  # noqa: FBT001 - PyTorch's signature
    ) -> Self:
        """Return the softmax-Gaussian that stands in for Dirichlet(concentration).

        Parameters
        ----------
        concentration
            alpha, shape (batch..., K), all above 0.
        fit
            "laplace": mode and curvature in the softmax basis [srivastava2017, sec. 3.2].
            "moments": means and covariances of the Dirichlet's log ratios; the choice that
            minimises KL(Dirichlet, softmax-Gaussian).
        covariance
            "diagonal" keeps the diagonal of the centred K x K covariance, as the source does;
            "full" keeps all of it. Default: diagonal for laplace, full for moments. Either is a
            distribution of independent coordinates: the full covariance is that of independent
            ones, centred, which is the same distribution on the simplex.
        validate_args
            As in the constructor.

        Derivation: softmax_gaussian.laplace, softmax_gaussian.moment_matching
        """
        fitted = fit_dirichlet(concentration, fit, covariance, validate=is_validated(validate_args))
        return cls(fitted.loc, fitted.variance, validate_args)

    def rsample_log(self, sample_shape: Shape = ()) -> Tensor:
        """Draw log x: finite in every entry, also where x underflows.

        Derivation: softmax_gaussian.pathwise_gradient
        """
        shape = self._extended_shape(torch.Size(sample_shape))
        loc, variance = self._precise()
        size = shape if self.is_independent else torch.Size((*shape[:-1], shape[-1] - 1, 1))
        eps = torch.randn(size, dtype=loc.dtype, device=loc.device)
        if variance is not None:
            moved = variance.sqrt() * eps
        else:
            # The last coordinate stays: only differences from it count.
            moved = pad(log_ratios.product(self._root(), eps).squeeze(-1), (0, 1))
        return torch.log_softmax(loc + moved, -1).to(self.loc.dtype)

    def rsample(self, sample_shape: Shape = ()) -> Tensor:
        """Draw x = softmax(loc + sqrt(gaussian_variance) eps), differentiable by its parameters.

        With a covariance, the noise of the log ratios is its Cholesky factor times eps.

        Derivation: softmax_gaussian.pathwise_gradient
        """
        return torch.exp(self.rsample_log(sample_shape))

    def _validate_sample(self, value: Tensor) -> None:
        check_value("value", value, self.loc)
        if value.dim() < 1 or value.shape[-1:] != self.event_shape:
            wanted = f"a shape that ends in {self.event_shape[0]}"
            raise InputError(source="value", wanted=wanted, got=str(tuple(value.shape)))
        check_value_shape("value", value, self)
        detached = value.detach()
        words = outside_support(self, detached)
        check_entries("value", detached, detached >= 0, "numbers from 0 up", words)
        sums = detached.to(precise(value.dtype)).sum(-1)
        near = (sums - 1).abs() < max(_SUM_TOLERANCE, _ROUNDED.get(value.dtype, 0.0))
        check_entries("value, its sum", sums, near, "rows that sum to 1", words)

    def log_prob(self, value: Tensor) -> Tensor:
        """Log density at x with respect to dx_1 ... dx_(K-1), in nats, as a Dirichlet's is.

        At the simplex's edge it is minus infinity, the limit.
        """
        if self._validate_args:
            self._validate_sample(value)
        kind = torch.promote_types(self.loc.dtype, value.dtype)
        value = value.to(precise(value.dtype))
        inside = (value > 0).all(-1)
        log_x = torch.log(torch.where(inside.unsqueeze(-1), value, 1.0))
        return torch.where(inside, self.log_prob_from_log(log_x), -torch.inf).to(kind)

    def log_prob_from_log(self, log_x: Tensor) -> Tensor:
        """Log density at x given as log x, in nats.

        With d = log x - loc and weights w = 1/gaussian_variance, the Gaussian of the log ratios of
        independent coordinates has

            Q = sum_k w_k (d_k - sum w d / sum w)^2,   log det = -sum log w + log sum w,

        and the change from log ratios to x adds -sum_k log x_k.
        """
        size = length(self.loc)
        kind = torch.promote_types(self.loc.dtype, log_x.dtype)
        log_x = log_x.to(precise(log_x.dtype))
        constant = (size - 1) * math.log(2 * math.pi) + self._log_determinant()
        density: Tensor = -0.5 * (constant + self._distance(log_x)) - log_x.sum(-1)
        return density.to(kind)

    def distance(self, log_x: Tensor) -> Tensor:
        """Q of x given as log x, squared Mahalanobis distance of its log ratios from loc's."""
        kind = torch.promote_types(self.loc.dtype, log_x.dtype)
        return self._distance(log_x.to(precise(log_x.dtype))).to(kind)

    def _distance(self, log_x: Tensor) -> Tensor:
        loc, variance = self._precise()
        if variance is not None:
            return log_ratios.weighted_distance(1 / variance, log_x, loc)
        return log_ratios.whitened(self._root(), log_ratios.ratios(log_x - loc)).square().sum(-1)

    def _quadrature(self) -> SimplexExpectations:
        loc = self.loc.double()
        wide = self.covariance_matrix.double()
        root = log_ratios.root(wide)
        return expectations(loc - loc[..., -1:], pad(root, (0, 0, 0, 1)))

    @property
    def mode(self) -> Tensor:
        """Not known: the density on the simplex may have several maxima, none in closed form.

        The Gaussian of the log ratios has its own at softmax(loc).
        """
        message = (
            "the density of a softmax-Gaussian has no mode in closed form, and may have several "
            "maxima; softmax(loc) is where the Gaussian of its log ratios has its own"
        )
        raise NotImplementedError(message)

    @property
    def mean(self) -> Tensor:
        """E[x], by quadrature for few coordinates."""
        return self._quadrature().mean.to(self.loc.dtype)

    @property
    def variance(self) -> Tensor:
        """Var[x], entry by entry, by quadrature for few coordinates."""
        found = self._quadrature()
        return (found.square - found.mean.square()).to(self.loc.dtype)

    def monte_carlo_mean(self, draws: int) -> MonteCarlo:
        """Estimate E[x] from independent draws, with the standard error of each entry."""
        x = self.rsample_log((draws,)).to(precise(self.loc.dtype)).exp()
        found = (x.mean(0), x.std(0) / math.sqrt(draws))
        return MonteCarlo(*(part.to(self.loc.dtype) for part in found))

    def expected_log(self) -> Tensor:
        """E[log x] = loc - E[logsumexp(eta)], by quadrature for few coordinates."""
        loc = self.loc.double()
        found = loc - loc[..., -1:] - self._quadrature().log_sum.unsqueeze(-1)
        return found.to(self.loc.dtype)

    def log_ratio_entropy(self) -> Tensor:
        """Entropy of the log ratios log x_k - log x_K (k < K), in nats: a Gaussian's."""
        size = length(self.loc)
        constant = (size - 1) * (1 + math.log(2 * math.pi))
        return (0.5 * (self._log_determinant() + constant)).to(self.loc.dtype)

    def entropy(self) -> Tensor:
        """Entropy on the simplex: that of the log ratios plus E[sum_k log x_k]; by quadrature."""
        return self.log_ratio_entropy() + self.expected_log().sum(-1)

"""SoftmaxGaussian: the law on the simplex of softmax(eta), eta Gaussian with K coordinates."""

import math
from typing import Literal, NamedTuple, Self

import torch
from torch import Tensor
from torch.distributions import Dirichlet, Distribution, constraints
from torch.distributions.kl import register_kl
from torch.nn.functional import pad

from impl.errors import InputError
from impl.samplers import log_ratios
from impl.samplers.checking import Shape, check_entries, check_same_device, vectors
from impl.samplers.dirichlet_fits import Fit, fit_dirichlet
from impl.samplers.divergences import (
    kl_dirichlet_softmax_gaussian,
    kl_softmax_gaussian_dirichlet,
    kl_softmax_gaussian_softmax_gaussian,
)
from impl.samplers.simplex_quadrature import SimplexExpectations, expectations

__all__ = ["MonteCarlo", "SoftmaxGaussian"]

_SUM_TOLERANCE = 1e-6  # as torch's simplex constraint has it


class MonteCarlo(NamedTuple):
    """An average of independent draws and its standard error, entry by entry."""

    mean: Tensor
    standard_error: Tensor


class SoftmaxGaussian(Distribution):
    """Law of x = softmax(eta), eta ~ N(loc, covariance), K coordinates.

    Softmax forgets a shift of all coordinates: the law depends on the Gaussian only through the
    log ratios log x_k - log x_l. One of the three spreads below is given.

    Parameters
    ----------
    loc
        mu, shape (batch..., K), K >= 2, of float32 or float64.
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
        log ratios does not vary, or shapes, dtypes or devices disagree.

    Notes
    -----
    The mode has no closed form. Mean, variance and entropy have none either; for few coordinates
    they are computed by quadrature to about 1e-12, for more they raise `NotImplementedError`,
    and `monte_carlo_mean` estimates the mean with its error.
    """

    arg_constraints = {  # noqa: RUF012 - declared as a plain class attribute by Distribution
        "loc": constraints.real_vector,
        "gaussian_variance": constraints.independent(constraints.positive, 1),
        "covariance_matrix": constraints.positive_semidefinite,
    }
    support = constraints.simplex
    has_rsample = True
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
        validate = Distribution._validate_args if validate_args is None else validate_args  # noqa: SLF001
        if validate:
            check_entries("loc", loc.detach(), loc.detach().isfinite(), "finite numbers")
        given = {
            "gaussian_variance": gaussian_variance,
            "covariance_matrix": covariance_matrix,
            "scale_tril": scale_tril,
        }
        shape, self._spread = log_ratios.choose(loc, given, validate=validate)
        self.loc = loc.expand(shape)
        super().__init__(shape[:-1], shape[-1:], validate_args=False)
        self._validate_args = validate

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
            law of independent coordinates: the full covariance is that of independent ones,
            centred, which is the same law on the simplex.
        validate_args
            As in the constructor.

        Derivation: softmax_gaussian.laplace, softmax_gaussian.moment_matching
        """
        fitted = fit_dirichlet(concentration, fit, covariance)
        return cls(fitted.loc, fitted.variance, validate_args)

    def expand(self, batch_shape: Shape, _instance: Self | None = None) -> Self:
        """Return the law with parameters expanded to a batch shape, without copying them."""
        new: Self = self._get_checked_instance(SoftmaxGaussian, _instance)
        shape = torch.Size(batch_shape)
        new.loc = self.loc.expand(shape + self.event_shape)
        new._spread = self._spread.expand(len(self.batch_shape), shape)
        super(SoftmaxGaussian, new).__init__(shape, self.event_shape, validate_args=False)
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
    def is_independent(self) -> bool:
        """Whether the coordinates of eta are independent, as given by their variances."""
        return self._spread.variance is not None

    @property
    def log_ratio_root(self) -> Tensor:
        """Cholesky factor of the covariance of log x_k - log x_K, shape (batch..., K-1, K-1)."""
        if self._spread.root is not None:
            return self._spread.root
        return log_ratios.root("gaussian_variance", self.covariance_matrix, validate=False)

    def rsample_log(self, sample_shape: Shape = ()) -> Tensor:
        """Draw log x: finite in every entry, also where x underflows.

        Derivation: softmax_gaussian.pathwise_gradient
        """
        shape = self._extended_shape(torch.Size(sample_shape))
        size = shape if self.is_independent else torch.Size((*shape[:-1], shape[-1] - 1, 1))
        eps = torch.randn(size, dtype=self.loc.dtype, device=self.loc.device)
        if self._spread.variance is not None:
            moved = self._spread.variance.sqrt() * eps
        else:
            # The last coordinate stays: only differences from it count.
            moved = pad((self.log_ratio_root @ eps).squeeze(-1), (0, 1))
        return torch.log_softmax(self.loc + moved, -1)

    def rsample(self, sample_shape: Shape = ()) -> Tensor:
        """Draw x = softmax(loc + sqrt(gaussian_variance) eps), differentiable by its parameters.

        With a covariance, the noise of the log ratios is its Cholesky factor times eps.

        Derivation: softmax_gaussian.pathwise_gradient
        """
        return torch.exp(self.rsample_log(sample_shape))

    def _validate_sample(self, value: Tensor) -> None:
        check_same_device(loc=self.loc, value=value.to(self.loc.dtype))
        if value.dim() < 1 or value.shape[-1:] != self.event_shape:
            wanted = f"a shape that ends in {self.event_shape[0]}"
            raise InputError(source="value", wanted=wanted, got=str(tuple(value.shape)))
        detached = value.detach()
        check_entries("value", detached, detached >= 0, "numbers from 0 up")
        sums = detached.sum(-1)
        wanted = "rows that sum to 1"
        check_entries("value, its sum", sums, (sums - 1).abs() < _SUM_TOLERANCE, wanted)

    def log_prob(self, value: Tensor) -> Tensor:
        """Log density at x with respect to dx_1 ... dx_(K-1), in nats, as a Dirichlet's is.

        At the simplex's edge it is minus infinity, the limit.
        """
        if self._validate_args:
            self._validate_sample(value)
        inside = (value > 0).all(-1)
        log_x = torch.log(torch.where(inside.unsqueeze(-1), value, 1.0))
        return torch.where(inside, self.log_prob_from_log(log_x), -torch.inf)

    def log_prob_from_log(self, log_x: Tensor) -> Tensor:
        """Log density at x given as log x, in nats.

        With d = log x - loc and weights w = 1/gaussian_variance, the Gaussian of the log ratios of
        independent coordinates has

            Q = sum_k w_k (d_k - sum w d / sum w)^2,   log det = -sum log w + log sum w,

        and the change from log ratios to x adds -sum_k log x_k.
        """
        (size,) = self.event_shape
        constant = (size - 1) * math.log(2 * math.pi) + self.log_determinant
        density: Tensor = -0.5 * (constant + self.distance(log_x)) - log_x.sum(-1)
        return density

    def distance(self, log_x: Tensor) -> Tensor:
        """Q of x given as log x, squared Mahalanobis distance of its log ratios from loc's."""
        if self._spread.variance is None:
            deviation = log_ratios.ratios(log_x - self.loc)
            return log_ratios.whitened(self.log_ratio_root, deviation).square().sum(-1)
        return log_ratios.weighted_distance(1 / self._spread.variance, log_x, self.loc)

    @property
    def log_determinant(self) -> Tensor:
        """Log determinant of the covariance of the K-1 log ratios log x_k - log x_K."""
        if self._spread.variance is None:
            return 2 * self.log_ratio_root.diagonal(dim1=-2, dim2=-1).log().sum(-1)
        total: Tensor = (1 / self._spread.variance).sum(-1)
        return self._spread.variance.log().sum(-1) + total.log()

    def _quadrature(self) -> SimplexExpectations:
        loc = self.loc.double()
        wide = self.covariance_matrix.double()
        root = log_ratios.root("covariance_matrix", wide, validate=False)
        return expectations(loc - loc[..., -1:], pad(root, (0, 0, 0, 1)))

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
        x = self.rsample((draws,))
        return MonteCarlo(x.mean(0), x.std(0) / math.sqrt(draws))

    def expected_log(self) -> Tensor:
        """E[log x] = loc - E[logsumexp(eta)], by quadrature for few coordinates."""
        loc = self.loc.double()
        found = loc - loc[..., -1:] - self._quadrature().log_sum.unsqueeze(-1)
        return found.to(self.loc.dtype)

    def log_ratio_entropy(self) -> Tensor:
        """Entropy of the log ratios log x_k - log x_K (k < K), in nats: a Gaussian's."""
        (size,) = self.event_shape
        constant = (size - 1) * (1 + math.log(2 * math.pi))
        return 0.5 * (self.log_determinant + constant)

    def entropy(self) -> Tensor:
        """Entropy on the simplex: that of the log ratios plus E[sum_k log x_k]; by quadrature."""
        return self.log_ratio_entropy() + self.expected_log().sum(-1)


register_kl(Dirichlet, SoftmaxGaussian)(kl_dirichlet_softmax_gaussian)
register_kl(SoftmaxGaussian, Dirichlet)(kl_softmax_gaussian_dirichlet)
register_kl(SoftmaxGaussian, SoftmaxGaussian)(kl_softmax_gaussian_softmax_gaussian)

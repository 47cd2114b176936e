"""SoftmaxGaussian: the law on the simplex of softmax(eta), eta Gaussian with K coordinates."""

import math
from typing import Literal, NamedTuple, Self

import torch
from torch import Tensor
from torch.distributions import Distribution, constraints

from impl.errors import InputError
from impl.samplers.checking import Shape, check_entries, check_positive, check_same_device, vectors
from impl.samplers.dirichlet_fits import Fit, fit_dirichlet
from impl.samplers.simplex_quadrature import SimplexExpectations, expectations

__all__ = ["MonteCarlo", "SoftmaxGaussian"]

_SUM_TOLERANCE = 1e-6  # as torch's simplex constraint has it


class MonteCarlo(NamedTuple):
    """An average of independent draws and its standard error, entry by entry."""

    mean: Tensor
    standard_error: Tensor


class SoftmaxGaussian(Distribution):
    """Law of x = softmax(loc + sqrt(gaussian_variance) eps), eps ~ N(0, I), K coordinates.

    Softmax forgets a shift of all coordinates: the law depends on the Gaussian only through the
    log ratios log x_k - log x_l. So the K independent coordinates given here describe every
    law whose log ratios have the covariance of a diagonal matrix.

    Parameters
    ----------
    loc
        mu, shape (batch..., K), K >= 2, of float32 or float64.
    gaussian_variance
        Variances of eta (not standard deviations, nor variances of x); broadcasts with loc.
    validate_args
        Whether entries of parameters and arguments are checked; PyTorch's default.

    Raises
    ------
    InputError
        If an entry is not finite, or a variance not above 0 (with its index), or shapes, dtypes
        or devices disagree.

    Notes
    -----
    The mode has no closed form. Mean, variance and entropy have none either; for few coordinates
    they are computed by quadrature to about 1e-12, for more they raise `NotImplementedError`,
    and `monte_carlo_mean` estimates the mean with its error.
    """

    arg_constraints = {  # noqa: RUF012 - declared as a plain class attribute by Distribution
        "loc": constraints.real_vector,
        "gaussian_variance": constraints.independent(constraints.positive, 1),
    }
    support = constraints.simplex
    has_rsample = True
    loc: Tensor
    gaussian_variance: Tensor

    def __init__(
        self,
        loc: Tensor,
        gaussian_variance: Tensor,
        validate_args: bool | None = None,  # noqa: FBT001 - PyTorch's signature
    ) -> None:
        vectors("loc", loc)
        vectors("gaussian_variance", gaussian_variance, least=1)
        check_same_device(loc=loc, gaussian_variance=gaussian_variance)
        try:
            self.loc, self.gaussian_variance = torch.broadcast_tensors(loc, gaussian_variance)
        except RuntimeError:
            wanted = f"a shape that broadcasts with {tuple(loc.shape)} of loc"
            got = str(tuple(gaussian_variance.shape))
            raise InputError(source="gaussian_variance", wanted=wanted, got=got) from None
        validate = Distribution._validate_args if validate_args is None else validate_args  # noqa: SLF001
        if validate:
            check_entries("loc", loc.detach(), loc.detach().isfinite(), "finite numbers")
            check_positive("gaussian_variance", gaussian_variance)
        super().__init__(self.loc.shape[:-1], self.loc.shape[-1:], validate_args=False)
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
            "full" keeps all of it. Default: diagonal for laplace, full for moments.
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
        new.gaussian_variance = self.gaussian_variance.expand(shape + self.event_shape)
        super(SoftmaxGaussian, new).__init__(shape, self.event_shape, validate_args=False)
        new._validate_args = self._validate_args
        return new

    def rsample_log(self, sample_shape: Shape = ()) -> Tensor:
        """Draw log x: finite in every entry, also where x underflows.

        Derivation: softmax_gaussian.pathwise_gradient
        """
        shape = self._extended_shape(torch.Size(sample_shape))
        eps = torch.randn(shape, dtype=self.loc.dtype, device=self.loc.device)
        return torch.log_softmax(self.loc + self.gaussian_variance.sqrt() * eps, -1)

    def rsample(self, sample_shape: Shape = ()) -> Tensor:
        """Draw x = softmax(loc + sqrt(gaussian_variance) eps), differentiable by both parameters.

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

        With d = log x - loc and weights w = 1/gaussian_variance, the Gaussian of the log ratios has

            Q = sum_k w_k (d_k - sum w d / sum w)^2,   log det = -sum log w + log sum w,

        and the change from log ratios to x adds -sum_k log x_k.
        """
        (size,) = self.event_shape
        weight = 1 / self.gaussian_variance
        deviation = log_x - self.loc
        centre = (weight * deviation).sum(-1, keepdim=True) / weight.sum(-1, keepdim=True)
        distance = (weight * (deviation - centre).square()).sum(-1)
        constant = (size - 1) * math.log(2 * math.pi) + self.log_determinant
        density: Tensor = -0.5 * (constant + distance) - log_x.sum(-1)
        return density

    @property
    def log_determinant(self) -> Tensor:
        """Log determinant of the covariance of the K-1 log ratios log x_k - log x_K."""
        variance = self.gaussian_variance
        total: Tensor = (1 / variance).sum(-1)
        return variance.log().sum(-1) + total.log()

    def _quadrature(self) -> SimplexExpectations:
        loc, variance = self.loc.double(), self.gaussian_variance.double()
        covariance = torch.diag_embed(variance[..., :-1]) + variance[..., -1:, None]
        root = torch.linalg.cholesky(covariance)
        factor = torch.cat((root, torch.zeros_like(root[..., :1, :])), -2)
        return expectations(loc - loc[..., -1:], factor)

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

"""Kumaraswamy(a, b): F(x) = 1 - (1 - x^a)^b on (0, 1), with draws usable at every a and b."""

from typing import NamedTuple, Self

import torch
from torch import Tensor
from torch.distributions import Distribution, constraints

from impl.samplers import draws
from impl.samplers.checking import (
    Shape,
    broadcast_shapes,
    check_entries,
    check_positive,
    check_same_device,
    check_value,
    check_value_shape,
    common_dtype,
    floating,
    is_validated,
    outside_support,
    precise,
    violated,
)
from impl.samplers.density import log_density, log_density_from_logs, log_density_of_draw
from impl.samplers.differentiation import expm1
from impl.samplers.expectations import log_moment, variance
from impl.samplers.special import harmonic, log_product, times_log1mexp, wide

__all__ = ["Kumaraswamy", "LogDraw"]


class LogDraw(NamedTuple):
    """A draw as log x, log(1-x) and log(1 - x^a): finite where x itself rounds to 0 or 1."""

    log_x: Tensor
    log1m_x: Tensor
    log1m_power: Tensor


class Kumaraswamy(Distribution):
    """Kumaraswamy distribution with the interface of `torch.distributions.Kumaraswamy`.

    Draws are computed in the dtype of the concentrations, 16-bit ones in float32; densities,
    distribution function and moments are computed in float64. Results are rounded once, to the
    dtype that torch promotes parameters and arguments to. All of it can be differentiated to every
    order, in forward and reverse mode, and goes through torch.func, torch.compile and
    torch.jit.trace. Numbers are not checked inside of vmap, compiled and traced functions.

    Derivation: kumaraswamy.density

    Parameters
    ----------
    concentration1
        a > 0; a number or a tensor of a floating type.
    concentration0
        b > 0; shapes broadcast, dtypes are promoted.
    validate_args
        Whether entries of parameters and arguments are checked; PyTorch's default.

    Raises
    ------
    InputError
        If an entry is not finite and above 0 (with its index), or the tensors differ in device.
    ShapeError
        If the shapes do not broadcast: an InputError that is a RuntimeError, as torch's is.
    """

    arg_constraints = {  # noqa: RUF012 - declared as a plain class attribute by Distribution
        "concentration1": constraints.positive,
        "concentration0": constraints.positive,
    }
    support = constraints.unit_interval
    has_rsample = True
    concentration1: Tensor
    concentration0: Tensor

    def __init__(
        self,
        concentration1: Tensor | float,
        concentration0: Tensor | float,
        validate_args: bool | None = None,  # noqa: FBT001 - PyTorch's signature
    ) -> None:
        given = [part for part in (concentration1, concentration0) if isinstance(part, Tensor)]
        like = given[0] if given else None
        a = floating("concentration1", concentration1, like=like)
        b = floating("concentration0", concentration0, like=like)
        check_same_device(concentration1=a, concentration0=b)
        shape = broadcast_shapes("concentration0", b.shape, "concentration1", a.shape)
        dtype = common_dtype(a, b)
        self.concentration1 = a.to(dtype).expand(shape)
        self.concentration0 = b.to(dtype).expand(shape)
        super().__init__(shape, validate_args=False)
        self._validate_args = is_validated(validate_args)
        if self._validate_args:
            for name, value in (("concentration1", a), ("concentration0", b)):
                check_positive(name, value, violated(self, name, value))

    def expand(self, batch_shape: Shape, _instance: Self | None = None) -> Self:
        """Return it with parameters expanded to a batch shape, without copying them."""
        new: Self = self._get_checked_instance(Kumaraswamy, _instance)
        shape = torch.Size(batch_shape)
        new.concentration1 = self.concentration1.expand(shape)
        new.concentration0 = self.concentration0.expand(shape)
        super(Kumaraswamy, new).__init__(shape, validate_args=False)
        new._validate_args = self._validate_args
        return new

    def _concentrations(self) -> tuple[Tensor, Tensor]:
        """Return a and b in the dtype to draw in."""
        dtype = precise(self.dtype)
        return self.concentration1.to(dtype), self.concentration0.to(dtype)

    def rsample(self, sample_shape: Shape = ()) -> Tensor:
        """Draw x = (1 - (1-u)^(1/b))^(1/a), u uniform; differentiable by a and b.

        Where there is mass nearer to 0 or 1 than the dtype resolves, x rounds to 0 or 1 as it must;
        `rsample_log` keeps such draws.

        Derivation: kumaraswamy.inverse_cdf, kumaraswamy.pathwise_gradient
        """
        shape = self._extended_shape(torch.Size(sample_shape))
        return draws.draw(*self._concentrations(), shape).to(self.dtype)

    def rsample_log(self, sample_shape: Shape = ()) -> LogDraw:
        """Draw log x, log(1-x) and log(1 - x^a); differentiable by a and b.

        Derivation: kumaraswamy.inverse_cdf, kumaraswamy.pathwise_gradient
        """
        shape = self._extended_shape(torch.Size(sample_shape))
        drawn = draws.draw_logs(*self._concentrations(), shape)
        return LogDraw(*(part.to(self.dtype) for part in drawn))

    def _validate_sample(self, value: Tensor) -> None:
        self._check_argument("value", value)
        detached = value.detach()
        inside = (detached >= 0) & (detached <= 1)
        words = outside_support(self, detached)
        check_entries("value", detached, inside, "numbers from 0 to 1", words)

    def _check_argument(self, name: str, value: object) -> None:
        """Check a tensor's kind, place and shape; its dtype is free."""
        given = check_value(name, value, self.concentration1)
        check_value_shape(name, given, self)

    @property
    def dtype(self) -> torch.dtype:
        """Dtype of parameters, draws and results."""
        return self.concentration1.dtype

    def log_prob(self, value: Tensor) -> Tensor:
        """Log density at x, in nats: log a + log b + (a-1) log x + (b-1) log(1 - x^a).

        At 0 and 1 it is the limit: infinite, or finite where the power there is 0.

        Derivation: kumaraswamy.log_density
        """
        if self._validate_args:
            self._validate_sample(value)
        x, a, b = wide(value, self.concentration1, self.concentration0)
        return log_density(a, b, x).to(torch.promote_types(self.dtype, value.dtype))

    def log_prob_from_logs(self, log_x: Tensor, log1m_x: Tensor) -> Tensor:
        """Log density at x given as log x and log(1-x), in nats: finite wherever they are.

        Derivation: kumaraswamy.log_density
        """
        if self._validate_args:
            for name, value in (("log_x", log_x), ("log1m_x", log1m_x)):
                self._check_argument(name, value)
                check_entries(name, value.detach(), value.detach() <= 0, "numbers up to 0")
        a, b = wide(self.concentration1, self.concentration0)
        logs = wide(log_x, log1m_x)
        density = log_density_from_logs(a, b, *logs, given=precise(log_x.dtype))
        return density.to(torch.promote_types(self.dtype, log_x.dtype))

    def log_prob_of_draw(self, draw: LogDraw) -> Tensor:
        """Log density at a draw of `rsample_log` of this distribution, in nats: always finite.

        Unlike log x, the draw's log(1 - x^a) = -E/b carries no rounding of x: this is the most
        accurate way to a draw's density. Gradients are those along the draw; of a detached draw
        they are not those at a fixed x, which `log_prob_from_logs` has.

        Derivation: kumaraswamy.log_density
        """
        a, b = wide(self.concentration1, self.concentration0)
        log_x, rest = wide(draw.log_x, draw.log1m_power)
        return log_density_of_draw(a, b, log_x, rest).to(self.dtype)

    def cdf(self, value: Tensor) -> Tensor:
        """F(x) = 1 - (1 - x^a)^b, to rounding at both ends.

        Derivation: kumaraswamy.law
        """
        if self._validate_args:
            self._validate_sample(value)
        x, a, b = wide(value, self.concentration1, self.concentration0)
        at_0, at_1 = x == 0, x == 1
        log_x = torch.log(torch.where(at_0 | at_1, 0.5, x))
        inside = -expm1(times_log1mexp(b, a * log_x))
        # 0 and 1, as powers with the density for their slope: b at 0 if a = 1, a at 1 if b = 1,
        # and else 0 or infinity.
        first, second = (torch.where(at_0 | at_1, part, 1.0) for part in (a, b))
        lowest = x**first * second
        highest = 1 - (1 - x) ** second * torch.where(second == 1, first, 1.0)
        found = torch.where(at_0, lowest, torch.where(at_1, highest, inside))
        return found.to(torch.promote_types(self.dtype, value.dtype))

    def icdf(self, value: Tensor) -> Tensor:
        """Quantile at u in [0, 1], which is 0 at 0 and 1 at 1; differentiable by u, a and b.

        Derivation: kumaraswamy.inverse_cdf

        Raises
        ------
        InputError
            If an entry is not from 0 to 1.
        """
        if self._validate_args:
            self._validate_sample(value)
        kind = torch.promote_types(self.dtype, value.dtype)
        a, b = (part.to(precise(kind)) for part in (self.concentration1, self.concentration0))
        return draws.invert(value.to(a.dtype), a, b).to(kind)

    @property
    def mean(self) -> Tensor:
        """E[x] = b B(1 + 1/a, b).

        Derivation: kumaraswamy.moments
        """
        a, b = wide(self.concentration1, self.concentration0)
        return torch.exp(log_moment(1 / a, b)).to(self.dtype)

    @property
    def variance(self) -> Tensor:
        """E[x^2] - E[x]^2, without cancellation.

        Derivation: kumaraswamy.moments
        """
        a, b = wide(self.concentration1, self.concentration0)
        return variance(a, b).to(self.dtype)

    @property
    def mode(self) -> Tensor:
        """((a-1) / (ab-1))^(1/a) where a >= 1, b >= 1 and ab > 1; NaN elsewhere.

        Elsewhere the density has no maximum inside: it is unbounded, or constant.

        Derivation: kumaraswamy.mode
        """
        a, b = wide(self.concentration1, self.concentration0)
        has_mode = (a >= 1) & (b >= 1) & (a * b > 1)
        # (a-1)/(ab-1), without the product, which overflows; at a = 1 it is 0.
        rise = (a - 1) / a
        ratio = rise / (rise + (b - 1))
        return torch.where(has_mode, ratio ** (1 / a), torch.nan).to(self.dtype)

    def entropy(self) -> Tensor:
        """Return (1 - 1/b) + (1 - 1/a) H(b) - log(ab), in nats; H(b) is the harmonic number.

        Derivation: kumaraswamy.entropy
        """
        a, b = wide(self.concentration1, self.concentration0)
        value: Tensor = (1 - 1 / b) + (1 - 1 / a) * harmonic(b) - log_product(a, b)
        return value.to(self.dtype)

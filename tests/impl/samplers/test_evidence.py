"""Monte Carlo evidence: laws, gradients and divergences of the samplers, with stated error rates.

Parameters are drawn for every test; the variances behind the bounds are those of
``oracles.sampler_premises``, by other routes than the samplers'.
"""

import numpy as np
import pytest
import torch
from oracles import sampler_claims as claims
from oracles import sampler_divergences as divergences
from oracles import sampler_premises as premises
from oracles.sampler_claims import Setting
from torch import Tensor
from torch.distributions import Beta, Dirichlet, kl_divergence

from derivations.calculus.steps import Verdict
from derivations.evidence.monte_carlo import STANDARD, SampledCheck
from impl.samplers.kumaraswamy import Kumaraswamy
from impl.samplers.softmax_gaussian import SoftmaxGaussian

NUMBERS = range(2)
KINDS = pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
SEVERAL = pytest.mark.parametrize("number", NUMBERS)
FITS = pytest.mark.parametrize("fit", ["laplace", "moments"])


@pytest.fixture
def on(dtype: torch.dtype, device: torch.device) -> Setting:
    """Give the type, the device and the plan that spends on the run's own budget."""
    return Setting(dtype, device, STANDARD)


def shapes(
    rng: np.random.Generator, count: int, low: float = 0.6, high: float = 6.0
) -> list[float]:
    """Draw concentrations, evenly in their logarithm, as float32 holds them."""
    drawn = np.exp(rng.uniform(np.log(low), np.log(high), count))
    return drawn.astype(np.float32).astype(np.float64).tolist()


def vector(rng: np.random.Generator, size: int) -> np.ndarray:
    """Draw a concentration vector."""
    return np.array(shapes(rng, size, 0.8, 9.0))


def establish(
    ledger: object, keys: tuple[str, ...], check: SampledCheck, rng: object, **at: object
) -> None:
    """Record a check under its keys with its figures; it has to be established."""
    entries = [ledger.record(key=k, claim=check.claim, kind="monte carlo") for k in keys]
    finding = check(rng)
    for entry in entries:
        entry.figures |= finding.figures | {name: str(value) for name, value in at.items()}
    assert finding.verdict is Verdict.ESTABLISHED, finding


def kumaraswamy(a: Tensor, b: Tensor, shape: torch.Size) -> Tensor:
    """Draw by the class."""
    return Kumaraswamy(a, b).rsample(shape)


def softmax(fit: str, *, plain: bool = False) -> claims.Draw:
    """Draw log x by the class, directly or through x."""

    def draw(alpha: Tensor, shape: torch.Size) -> Tensor:
        law = SoftmaxGaussian.from_dirichlet(alpha, fit)
        return law.rsample(shape).log() if plain else law.rsample_log(shape)

    return draw


@KINDS
@SEVERAL
def test_kumaraswamy_draws_have_their_law(
    number: int, on: Setting, rng: np.random.Generator, ledger: object
) -> None:
    """Draws follow the distribution function, at every x."""
    a, b = shapes(rng, 2)
    check = claims.kumaraswamy_law(kumaraswamy, a, b, on)
    keys = ("kumaraswamy.law", "kumaraswamy.inverse_cdf")
    establish(ledger, keys, check, rng, a=a, b=b, dtype=on.dtype, number=number)


@KINDS
@pytest.mark.parametrize("tenth", [True, False], ids=["a = b = 0.1", "random"])
def test_kumaraswamy_log_draws_have_their_laws(
    *,
    tenth: bool,
    on: Setting,
    rng: np.random.Generator,
    ledger: object,
) -> None:
    """Log x and log(1-x) follow their laws also where x rounds to 0 or 1."""
    a, b = (0.1, 0.1) if tenth else shapes(rng, 2, 0.1, 100.0)
    a, b = (float(np.float32(p)) for p in (a, b))

    def draw(*arguments: object) -> tuple[Tensor, ...]:
        return tuple(Kumaraswamy(*arguments[:2]).rsample_log(arguments[2]))

    for check in claims.kumaraswamy_log_laws(draw, a, b, on):
        establish(ledger, ("kumaraswamy.law",), check, rng, a=a, b=b, dtype=on.dtype)


@KINDS
@SEVERAL
def test_kumaraswamy_gradients_are_unbiased(
    number: int, on: Setting, rng: np.random.Generator, ledger: object
) -> None:
    """Pathwise gradients of E[x] and E[log x] average to those of the closed forms."""
    a, b = shapes(rng, 2)
    check = claims.kumaraswamy_gradient(kumaraswamy, a, b, on)
    keys = ("kumaraswamy.pathwise_gradient",)
    establish(ledger, keys, check, rng, a=a, b=b, dtype=on.dtype, number=number)


@KINDS
@pytest.mark.parametrize("by", [0, 1], ids=["a", "b"])
def test_kumaraswamy_velocities_carry_the_law(
    by: int, on: Setting, rng: np.random.Generator, ledger: object
) -> None:
    """The transport equation holds by each parameter, as powers of x see it."""
    a, b = shapes(rng, 2)
    check = claims.kumaraswamy_transport(kumaraswamy, a, b, on, by=by)
    keys = ("kumaraswamy.pathwise_gradient",)
    establish(ledger, keys, check, rng, a=a, b=b, dtype=on.dtype)


@KINDS
@SEVERAL
@pytest.mark.parametrize("beta", [True, False], ids=["beta", "kumaraswamy"])
def test_divergence_from_kumaraswamy_is_the_mean_log_ratio(
    *,
    beta: bool,
    number: int,
    on: Setting,
    rng: np.random.Generator,
    ledger: object,
) -> None:
    """KL(Kumaraswamy, Beta) and KL(Kumaraswamy, Kumaraswamy) equal the average over draws."""
    a, b, c, d = shapes(rng, 4)
    law = Kumaraswamy(on.tensor(a), on.tensor(b))
    other = (Beta if beta else Kumaraswamy)(on.tensor(c), on.tensor(d))
    value = float(kl_divergence(law, other))
    check = divergences.from_kumaraswamy(law, (a, b, c, d), value, on, beta=beta)
    keys = ("kumaraswamy.kl_beta",) if beta else ("kumaraswamy.log_density",)
    establish(ledger, keys, check, rng, shapes=(a, b, c, d), dtype=on.dtype, number=number)


@KINDS
@FITS
@pytest.mark.parametrize("plain", [True, False], ids=["rsample", "rsample_log"])
def test_softmax_gaussian_draws_have_their_law(
    fit: str,
    *,
    plain: bool,
    on: Setting,
    rng: np.random.Generator,
    ledger: object,
) -> None:
    """Log ratios of draws have the Gaussian of the fit, along random directions of R^3."""
    alpha = vector(rng, 4)
    check = claims.softmax_law(softmax(fit, plain=plain), alpha, fit, on)
    key = "laplace" if fit == "laplace" else "moment_matching"
    establish(ledger, (f"softmax_gaussian.{key}",), check, rng, concentration=alpha, dtype=on.dtype)


@KINDS
@FITS
@pytest.mark.parametrize("size", [4, 5])
def test_softmax_gaussian_velocities_carry_the_law(
    size: int, fit: str, on: Setting, rng: np.random.Generator, ledger: object
) -> None:
    """The transport equation holds in three and four dimensions, as waves across them see it."""
    alpha, by = vector(rng, size), int(rng.integers(size))
    coarser = on._replace(effect=0.05)
    check = claims.softmax_transport(softmax(fit, plain=size == 4), alpha, fit, coarser, by=by)
    keys = ("softmax_gaussian.pathwise_gradient",)
    establish(ledger, keys, check, rng, concentration=alpha, by=by + 1, dtype=on.dtype)


@KINDS
@FITS
def test_softmax_gaussian_gradients_are_unbiased(
    fit: str, on: Setting, rng: np.random.Generator, ledger: object
) -> None:
    """Pathwise gradients of E[x] average to the differences of a quadrature, every entry."""
    alpha = vector(rng, 3)
    check = claims.softmax_gradient(softmax(fit), alpha, fit, on)
    keys = ("softmax_gaussian.pathwise_gradient",)
    establish(ledger, keys, check, rng, concentration=alpha, dtype=on.dtype)


@KINDS
@FITS
def test_divergence_from_a_dirichlet_is_the_mean_log_ratio(
    fit: str, on: Setting, rng: np.random.Generator, ledger: object
) -> None:
    """KL(Dirichlet, softmax-Gaussian) equals the average over draws of NumPy's Gammas."""
    alpha = vector(rng, int(rng.integers(3, 6)))
    law = SoftmaxGaussian.from_dirichlet(on.tensor(alpha), fit)
    value = float(kl_divergence(Dirichlet(on.tensor(alpha)), law))
    check = divergences.from_dirichlet(alpha, *premises.fitted(alpha, fit), value, on)
    keys = ("softmax_gaussian.moment_matching",)
    establish(ledger, keys, check, rng, concentration=alpha, dtype=on.dtype)


@KINDS
@pytest.mark.parametrize("dirichlet", [True, False], ids=["dirichlet", "softmax-gaussian"])
def test_divergence_from_a_softmax_gaussian_is_the_mean_log_ratio(
    *,
    dirichlet: bool,
    on: Setting,
    rng: np.random.Generator,
) -> None:
    """KL(softmax-Gaussian, .) equals the average over its draws; no derivation has its key."""
    alpha, beta = vector(rng, 3), vector(rng, 3)
    p, q = premises.fitted(alpha, "laplace"), premises.fitted(beta, "moments")
    law = SoftmaxGaussian.from_dirichlet(on.tensor(alpha))
    other = SoftmaxGaussian.from_dirichlet(on.tensor(beta), "moments")
    against = Dirichlet(on.tensor(beta)) if dirichlet else other
    value = float(kl_divergence(law, against))
    check = divergences.from_softmax_gaussian(law, p, beta if dirichlet else q, value, on)
    finding = check(rng)
    assert finding.verdict is Verdict.ESTABLISHED, finding

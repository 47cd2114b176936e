"""Kumaraswamy as a law: density, distribution function, moments, entropy, mode, shapes, errors."""

import math
from collections.abc import Callable

import mpmath as mp
import pytest
import torch
from harness.historical import case
from oracles import kumaraswamy as oracle
from oracles import shipped_errors_samplers as shipped

from impl.errors import InputError
from impl.samplers.draws import draw_logs
from impl.samplers.kumaraswamy import Kumaraswamy, LogDraw

PARAMETERS = [(2.0, 3.0), (0.5, 0.7), (3.0, 5.0), (1.0, 0.7), (4.0, 1.0), (0.3, 20.0), (30.0, 0.2)]
Law = Callable[[float, float], float]


def law(a: float, b: float, dtype: torch.dtype = torch.float64) -> Kumaraswamy:
    """Return one law."""
    return Kumaraswamy(torch.tensor(a, dtype=dtype), torch.tensor(b, dtype=dtype))


def expectation(function: Callable[[mp.mpf], mp.mpf], a: float, b: float) -> float:
    """E[g(x)] as the integral of g(quantile(u)) over u, by tanh-sinh quadrature."""
    with mp.workdps(30):
        values = lambda u: function(oracle.quantile(u, mp.mpf(a), mp.mpf(b)))  # noqa: E731
        return float(mp.quad(values, [0, 0.5, 1], maxdegree=8))


def entropy_by_quadrature(a: float, b: float) -> float:
    """-E[log f(x)], log f taken from the distribution function."""
    with mp.workdps(30):
        a, b = mp.mpf(a), mp.mpf(b)
        return -float(mp.quad(lambda u: oracle.log_density_of_draw(u, a, b), [0, 0.5, 1]))


def check_entropy(entropy: Law) -> None:
    """An entropy agrees with quadrature."""
    for a, b in PARAMETERS:
        assert entropy(a, b) == pytest.approx(entropy_by_quadrature(a, b), rel=1e-10, abs=1e-10)


def check_mode(mode: Law) -> None:
    """A mode is where the density is larger than on both sides, and NaN where there is none."""
    for a, b in [(3.0, 5.0), (1.5, 1.2), (20.0, 2.0), (2.0, 1e6)]:
        found = mode(a, b)
        assert 0 < found < 1  # NaN is not
        step = 1e-4 * min(found, 1 - found)
        middle, *sides = (
            float(law(a, b).log_prob(torch.tensor(x, dtype=torch.float64)))
            for x in (found, found - step, found + step)
        )
        assert all(middle > side for side in sides)
    assert mode(2.0, 1.0) == 1  # at an end of the interval, where the density is largest
    assert mode(1.0, 2.0) == 0
    assert math.isnan(mode(0.5, 0.5))
    assert math.isnan(mode(1.0, 1.0))


def check_boundary(log_prob: Callable[[float, float, float], float]) -> None:
    """At 0 and 1 a log density is its limit."""
    for x in (0.0, 1.0):
        assert log_prob(x, 1.0, 1.0) == 0.0
    assert log_prob(0.0, 1.0, 3.0) == pytest.approx(math.log(3), rel=1e-12, abs=0)
    assert log_prob(1.0, 3.0, 1.0) == pytest.approx(math.log(3), rel=1e-12, abs=0)
    assert log_prob(0.0, 0.5, 3.0) == math.inf
    assert log_prob(1.0, 2.0, 3.0) == -math.inf


@pytest.mark.establishes("kumaraswamy.density", "kumaraswamy.log_density", kind="enumeration")
@pytest.mark.parametrize(("a", "b"), PARAMETERS)
def test_density_integrates_to_one(a: float, b: float) -> None:
    """The density integrates to one over (0, 1), by the trapezoidal rule on the logit scale."""
    r = torch.linspace(-400, 400, 40_001, dtype=torch.float64)
    zero = torch.zeros_like(r)
    log_x, log1m_x = -torch.logaddexp(zero, -r), -torch.logaddexp(zero, r)
    log = law(a, b).log_prob_from_logs(log_x, log1m_x) + log_x + log1m_x
    assert float(log.exp().sum() * 0.02) == pytest.approx(1, abs=1e-12)


@pytest.mark.establishes("kumaraswamy.law", "kumaraswamy.density", kind="finite difference")
@pytest.mark.parametrize(("a", "b"), PARAMETERS)
def test_density_is_the_derivative_of_the_distribution_function(a: float, b: float) -> None:
    """Automatic differentiation of the distribution function gives the density."""
    x = torch.linspace(0.01, 0.99, 99, dtype=torch.float64, requires_grad=True)
    cdf = law(a, b).cdf(x)
    (slope,) = torch.autograd.grad(cdf.sum(), x)
    density = law(a, b).log_prob(x.detach()).exp()
    torch.testing.assert_close(slope, density, rtol=1e-11, atol=1e-14)


@pytest.mark.establishes("kumaraswamy.inverse_cdf", "kumaraswamy.law", kind="enumeration")
@pytest.mark.parametrize(("a", "b"), PARAMETERS)
def test_quantile_inverts_the_distribution_function(a: float, b: float) -> None:
    """F at the quantile of u is u, and F agrees with mpmath."""
    u = torch.linspace(0.001, 0.999, 201, dtype=torch.float64)
    x = law(a, b).icdf(u)
    condition = 1 / (1 - x).clamp(min=1e-16)  # what rounding x to 53 bits costs near 1
    error = (law(a, b).cdf(x) - u).abs()
    assert bool((error <= 1e-14 + 1e-15 * condition).all())
    for value in (1e-6, 0.3, 0.999):
        with mp.workdps(400):  # F(1e-6) may be 1e-180, and the oracle subtracts from 1
            exact = float(oracle.cdf(mp.mpf(value), mp.mpf(a), mp.mpf(b)))
        found = float(law(a, b).cdf(torch.tensor(value, dtype=torch.float64)))
        assert found == pytest.approx(exact, rel=1e-12, abs=0)


@pytest.mark.establishes("kumaraswamy.moments", kind="enumeration")
@pytest.mark.parametrize(("a", "b"), [*PARAMETERS, (16.5, 2.0), (400.0, 30.0)])
def test_mean_and_variance_equal_quadrature(a: float, b: float) -> None:
    """Mean and variance equal integrals over the quantile function, also where they cancel."""
    mean = expectation(lambda x: x, a, b)
    variance = expectation(lambda x: (x - mean) ** 2, a, b)
    assert float(law(a, b).mean) == pytest.approx(mean, rel=1e-12, abs=0)
    by_mean = 1e-10  # which has 16 digits
    assert float(law(a, b).variance) == pytest.approx(variance, rel=by_mean, abs=0)


@pytest.mark.establishes("kumaraswamy.moments", kind="enumeration")
@pytest.mark.parametrize(
    ("a", "b"), [(1e8, 1e8), (1e8, 1e-3), (1e-3, 1e-3), (0.1, 1e8), (2.0, 1e6)]
)
def test_mean_and_variance_hold_at_the_ends_of_the_range(a: float, b: float) -> None:
    """Mean and variance equal Beta functions at 60 digits, where log Gammas cancel."""
    with mp.workdps(60):
        a_, b_ = mp.mpf(a), mp.mpf(b)
        first, second = (b_ * mp.beta(1 + n / a_, b_) for n in (1, 2))
        mean, variance = float(first), float(second - first**2)
    assert float(law(a, b).mean) == pytest.approx(mean, rel=1e-11, abs=0)  # exponents near 200 nats
    assert float(law(a, b).variance) == pytest.approx(variance, rel=1e-10, abs=0)


@pytest.mark.establishes("kumaraswamy.entropy", kind="enumeration")
def test_entropy_equals_quadrature() -> None:
    """The entropy equals minus the expected log density."""
    check_entropy(lambda a, b: float(law(a, b).entropy()))
    assert float(law(2, 3).entropy()) == pytest.approx(-0.208, abs=5e-4)


@pytest.mark.establishes("kumaraswamy.mode", kind="finite difference")
def test_mode_maximises_the_density_where_there_is_one() -> None:
    """At the mode the density exceeds its neighbours; without an interior mode it is NaN."""
    check_mode(lambda a, b: float(law(a, b).mode))


def test_log_density_at_the_boundary_is_its_limit() -> None:
    """No 0 * inf: at 0 and 1 the density is finite, zero or infinite, as its limit is."""
    check_boundary(lambda x, a, b: float(law(a, b).log_prob(torch.tensor(x, dtype=torch.float64))))


def test_log_density_has_finite_gradients_at_its_arguments() -> None:
    """Gradients of the log density by x, a and b agree with differences, at a = 1 and b = 1 too."""
    a = torch.tensor([1.0, 2.0, 0.4, 3.0], dtype=torch.float64, requires_grad=True)
    b = torch.tensor([1.0, 1.0, 0.6, 5.0], dtype=torch.float64, requires_grad=True)
    x = torch.tensor([0.3, 0.9, 0.02, 0.999], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda *all_: Kumaraswamy(*all_[:2]).log_prob(all_[2]), (a, b, x)
    )
    (slope,) = torch.autograd.grad(law(2, 3).log_prob(x).sum(), x)
    exact = 1 / x - 2 * 2 * x / (1 - x**2)
    torch.testing.assert_close(slope, exact, rtol=1e-12, atol=0)


@pytest.mark.parametrize(
    ("check", "faulty"),
    [
        case(
            "kumaraswamy-entropy-swapped",
            check_entropy,
            shipped.entropy_with_a_and_b_swapped,
            kind="enumeration",
        ),
        case(
            "entropy off by less than a wide tolerance",
            check_entropy,
            shipped.entropy_with_one_term_less,
            kind="enumeration",
        ),
        case("kumaraswamy-mode-nan", check_mode, shipped.mode_always_nan, kind="finite difference"),
        case(
            "log-density-nan-at-boundary",
            check_boundary,
            shipped.log_density_with_zero_times_infinity,
            kind="enumeration",
        ),
    ],
)
def test_published_errors_of_the_law_are_rejected(
    check: Callable[[object], None], faulty: object
) -> None:
    """Each published error fails the very check that the implementation passes."""
    with pytest.raises(AssertionError):
        check(faulty)


def check_draws_have_finite_density(drawn: Callable[[torch.Tensor, torch.Tensor], LogDraw]) -> None:
    """Every draw's density is finite, at shapes where x itself rounds to 0 or 1."""
    torch.manual_seed(5)
    for a, b in [(0.1, 0.1), (0.2, 0.2), (1e-3, 1e-3), (1e-3, 1e8), (1e8, 1e-3), (1e8, 1e8)]:
        found = law(a, b, torch.float32)
        draw = drawn(found.concentration1, found.concentration0)
        assert bool(found.log_prob_of_draw(draw).isfinite().all())
        assert bool(found.log_prob_from_logs(draw.log_x, draw.log1m_x).isfinite().all())


@pytest.mark.establishes("kumaraswamy.log_density", kind="enumeration")
def test_every_float32_draw_has_a_finite_log_density() -> None:
    """No draw in log space has an infinite or NaN log density, where 14% of plain draws are 1."""
    torch.manual_seed(5)
    x = law(0.1, 0.1, torch.float32).rsample((100_000,))
    assert 0.1 < float((x == 1).double().mean()) < 0.2
    check_draws_have_finite_density(lambda a, b: LogDraw(*draw_logs(a, b, torch.Size((20_000,)))))


@pytest.mark.parametrize(
    "faulty",
    [case("float32-draws-of-zero-or-one", shipped.logs_after_rounding, kind="enumeration")],
)
def test_draws_of_exactly_zero_or_one_are_rejected(faulty: Callable[..., object]) -> None:
    """Logarithms taken of draws that have rounded to 0 or 1 have no finite density."""
    with pytest.raises((AssertionError, InputError)):
        check_draws_have_finite_density(lambda a, b: LogDraw(*faulty(a, b, torch.Size((20_000,)))))

"""Kumaraswamy where products or quotients of its concentrations leave the dtype's range."""

from collections.abc import Callable

import mpmath as mp
import numpy as np
import pytest
import torch
from torch import Tensor

from impl.samplers.expectations import variance
from impl.samplers.kumaraswamy import Kumaraswamy
from impl.samplers.pathwise import log_pair, quantile

F32, F64 = torch.float32, torch.float64
CORNERS = [
    (1e-200, 1e-200, F64),
    (1e-300, 1e300, F64),
    (1e4, 1e300, F64),
    (1e200, 1e-200, F64),
    (1e-30, 1e-30, F32),
    (1e-37, 1e-37, F32),
    (1e4, 1e38, F32),
    (3e38, 3e38, F32),
    (3e38, 1e-2, F32),
]


def law(a: float, b: float, dtype: torch.dtype = F64) -> Kumaraswamy:
    """Kumaraswamy law whose concentrations ask for gradients."""
    return Kumaraswamy(*(torch.tensor(v, dtype=dtype, requires_grad=True) for v in (a, b)))


@pytest.mark.parametrize(("a", "b", "dtype"), CORNERS)
def test_draws_and_their_gradients_are_finite_in_every_corner(
    a: float, b: float, dtype: torch.dtype
) -> None:
    """Draws lie in [0, 1], their logs are finite, and so are the draws' gradients."""
    torch.manual_seed(0)
    found = law(a, b, dtype)
    x = found.rsample((500,))
    assert bool(((x >= 0) & (x <= 1)).all())
    for slope in torch.autograd.grad(x.sum(), (found.concentration1, found.concentration0)):
        assert bool(slope.isfinite())
    assert all(bool(log.isfinite().all()) for log in found.rsample_log((500,)))


def exact_quantile(values: list[Tensor]) -> tuple[mp.mpf, ...]:
    """Log x, log(1-x), x and the derivatives of the last two by a and b, from E, a and b."""
    exponential, a, b = (mp.mpf(float(value)) for value in values)
    t = exponential / b
    log_x = mp.log1p(-mp.exp(-t)) / a
    x, odds = mp.exp(log_x), 1 / mp.expm1(t)
    by_a, by_b = -x * log_x / a, -x * t * odds / (a * b)
    grown = -mp.expm1(log_x)
    return log_x, mp.log(grown), x, by_a, by_b, -by_a / grown, -by_b / grown


@pytest.mark.parametrize(("a", "b", "dtype"), CORNERS)
@pytest.mark.parametrize("exponential", [1e-7, 0.3, 9.0])
def test_transform_and_its_derivatives_are_mpmaths_in_every_corner(
    a: float, b: float, dtype: torch.dtype, exponential: float
) -> None:
    """To roundings of the logs' sizes; 0 or infinite only where the dtype has nothing nearer."""
    given = [torch.tensor(v, dtype=dtype) for v in (exponential, a, b)]
    whole, logs = quantile(*given), log_pair(*given)
    found = (logs.log_x, logs.log1m_x, whole.x, whole.by_a, whole.by_b)
    found += (logs.log1m_x_by_a, logs.log1m_x_by_b)
    info = torch.finfo(dtype)
    with mp.workdps(1200):
        exact = exact_quantile(given)
        roundings = (
            8 * info.eps * float(3 + abs(mp.log(given[2].item())) + abs(mp.log(exponential)))
        )
        for value, truth in zip(found, exact, strict=True):
            if abs(truth) > info.max:
                assert abs(float(value)) > info.max * (1 - roundings)
            else:
                close = roundings * abs(truth) + info.smallest_normal
                assert abs(mp.mpf(float(value)) - truth) <= close


@pytest.mark.parametrize(
    ("a", "b", "u", "dtype"),
    [(1e4, 1e20, 1e-30, F32), (1e4, 1e300, 1e-30, F64), (50.0, 1e300, 1e-100, F64)],
)
def test_quantiles_are_right_where_the_exponential_over_b_underflows(
    a: float, b: float, u: float, dtype: torch.dtype
) -> None:
    """Quantile (1 - (1-u)^(1/b))^(1/a) in 800 digits, with its slope by u; cdf leads back."""
    given = torch.tensor(u, dtype=dtype, requires_grad=True)
    kumaraswamy = law(a, b, dtype)
    x = kumaraswamy.icdf(given)
    (slope,) = torch.autograd.grad(x, given)
    with mp.workdps(800):
        at = [
            mp.mpf(float(v.detach()))
            for v in (kumaraswamy.concentration1, kumaraswamy.concentration0)
        ]
        log = mp.log1p(-mp.mpf(float(given.detach()))) / at[1]
        truth = mp.exp(mp.log(-mp.expm1(log)) / at[0])
        steep = (
            truth
            / at[0]
            * mp.exp(log)
            / -mp.expm1(log)
            / at[1]
            / (1 - mp.mpf(float(given.detach())))
        )
    rounding = 200 * torch.finfo(dtype).eps
    assert float(x.detach()) == pytest.approx(float(truth), rel=rounding, abs=0)
    if steep < torch.finfo(dtype).max:
        assert float(slope) == pytest.approx(float(steep), rel=rounding, abs=0)
    back = law(a, b).cdf(torch.tensor(float(truth), dtype=F64))
    by_rounding = 1e-11 * a  # the slope's a/x times x's
    assert float(back.detach()) == pytest.approx(u, rel=by_rounding, abs=0)


@pytest.mark.parametrize(("a", "b", "dtype"), CORNERS)
@pytest.mark.parametrize("used", range(3))
def test_log_draws_gradients_are_numbers_whatever_the_derivative_of_an_unused_one(
    a: float, b: float, dtype: torch.dtype, used: int
) -> None:
    """One log alone: t/b leaves the range at the smallest b, and 0 times infinity is no number."""
    torch.manual_seed(0)
    found = law(a, b, dtype)
    log = found.rsample_log((50,))[used]
    slopes = torch.autograd.grad(log.sum(), (found.concentration1, found.concentration0))
    assert not any(bool(slope.isnan()) for slope in slopes)


@pytest.mark.parametrize(
    ("a", "b", "x"), [(50.0, 1e300, 1e-8), (3.0, 1e280, 1e-101), (9.0, 2.0, 0.3)]
)
def test_cdf_and_its_gradients_are_right_where_the_power_underflows(
    a: float, b: float, x: float
) -> None:
    """F(x) = 1 - (1 - x^a)^b and its slopes by a, b and x, in 700 digits."""
    kumaraswamy, value = law(a, b), torch.tensor(x, dtype=F64, requires_grad=True)
    found = kumaraswamy.cdf(value)
    slopes = torch.autograd.grad(
        found, (kumaraswamy.concentration1, kumaraswamy.concentration0, value)
    )
    with mp.workdps(700):
        p, q, y = mp.mpf(a), mp.mpf(b), mp.mpf(x)
        left = mp.log1p(-(y**p))
        kept, power = mp.exp(q * left), y**p / (1 - y**p)
        truth = [
            -mp.expm1(q * left),
            q * kept * power * mp.log(y),
            -kept * left,
            q * kept * power * p / y,
        ]
    for one, other in zip((found, *slopes), truth, strict=True):
        assert float(one.detach()) == pytest.approx(float(other), rel=1e-12, abs=0)


@pytest.mark.parametrize(("a", "b"), [(1e20, 1e300), (1e-200, 1e-150), (1e200, 1e-150)])
def test_entropy_is_right_where_the_product_of_the_concentrations_is_no_number(
    a: float, b: float
) -> None:
    """(1 - 1/b) + (1 - 1/a) H(b) - log(ab) in 700 digits."""
    with mp.workdps(700):
        p, q = mp.mpf(a), mp.mpf(b)
        truth = float((1 - 1 / q) + (1 - 1 / p) * mp.harmonic(q) - mp.log(p * q))
    assert float(law(a, b).entropy().detach()) == pytest.approx(truth, rel=1e-12, abs=0)


def exact_variance(a: mp.mpf, b: mp.mpf) -> mp.mpf:
    """E[x^2] - E[x]^2 by Beta functions."""
    return b * mp.beta(1 + 2 / a, b) - (b * mp.beta(1 + 1 / a, b)) ** 2


@pytest.mark.parametrize("a", [0.3, 1.0, 7.0, 16.0, 1e4])
@pytest.mark.parametrize("b", [1e-290, 1e-15, 1e-12, 1e-8, 1e-3, 0.0624, 0.0626])
def test_variance_keeps_its_digits_at_small_b(a: float, b: float) -> None:
    """Variance as Beta functions in 700 digits have it, whichever side of the series' ends."""
    with mp.workdps(700):
        truth = float(exact_variance(mp.mpf(a), mp.mpf(b)))
    assert float(law(a, b).variance.detach()) == pytest.approx(truth, rel=1e-12, abs=0)


def slopes_of(function: Callable[[mp.mpf, mp.mpf], mp.mpf], at: tuple[float, float]) -> list[float]:
    """Both first derivatives, in 60 digits."""
    with mp.workdps(60):
        point = tuple(mp.mpf(value) for value in at)
        return [float(mp.diff(function, point, order)) for order in ((1, 0), (0, 1))]


@pytest.mark.parametrize("at", [(0.6, 1e-6), (5.0, 0.03), (40.0, 1e-6)])
def test_variances_gradients_are_right_at_small_b(at: tuple[float, float]) -> None:
    """By a and b, differences of the Beta functions' variance in 60 digits."""
    a, b = (torch.tensor(value, dtype=F64, requires_grad=True) for value in at)
    found = torch.autograd.grad(variance(a, b), (a, b))
    np.testing.assert_allclose([float(v) for v in found], slopes_of(exact_variance, at), rtol=1e-9)

"""E[log(1-x)] under Kumaraswamy laws with b up to 1e100, its slopes, and the mode; by mpmath."""

import mpmath as mp
import pytest
import torch
from torch.distributions import Beta, kl_divergence

from impl.samplers.kumaraswamy import Kumaraswamy
from impl.samplers.log1m_expectation import expected_log1m

F64 = torch.float64


def exact(a: mp.mpf, b: mp.mpf) -> mp.mpf:
    """E[log(1 - x)] over E = -b log(1-y), which is exponential: the trapezoid over its log."""
    step = mp.mpf(1) / 8
    terms = []
    for k in range(-80 * 8, 6 * 8):
        draw = mp.exp(k * step)
        rest = mp.exp(-draw / b)
        log_y = mp.log1p(-rest) if rest < 0.5 else mp.log(-mp.expm1(-draw / b))
        x = mp.exp(log_y / a)
        log1m_x = mp.log1p(-x) if x < 0.5 else mp.log(-mp.expm1(log_y / a))
        terms.append(draw * mp.exp(-draw) * log1m_x)
    return step * mp.fsum(terms)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (0.5, 1.0),
        (0.7, 30.0),
        (1.0, 1e16),
        (0.4, 1e9),
        (10.0, 1e16),
        (10.0, 1e20),
        (10.0, 1e25),
        (3.0, 1e30),
        (1e3, 1e30),
        (1e6, 1e100),
        # the corners of the region with a rule of fewer points, and beside them
        (1 / 16, 1 / 16),
        (16.0, 1 / 16),
        (1 / 16, 16.0),
        (16.0, 16.0),
        (0.0624, 0.0624),
        (16.1, 0.9),
        (1.0, 0.5),
        (2.7, 0.999),
    ],
)
def test_expected_log_of_one_minus_x_and_its_slopes_are_right_however_large_b(
    a: float, b: float
) -> None:
    """Relative to what is there, which may be tiny."""
    given = [torch.tensor(value, dtype=F64, requires_grad=True) for value in (a, b)]
    found = expected_log1m(*given)
    slopes = torch.autograd.grad(found, given)
    with mp.workdps(30):
        assert float(found.detach()) == pytest.approx(float(exact(a, b)), rel=1e-13, abs=0)
        step = mp.mpf(10) ** -9
        for place, (value, slope) in enumerate(zip((a, b), slopes, strict=True)):
            up, down = (
                exact(*(mp.mpf(v) * (1 + s * step * (k == place)) for k, v in enumerate((a, b))))
                for s in (1, -1)
            )
            assert float(slope) == pytest.approx(
                float((up - down) / (2 * step * value)), rel=1e-11, abs=0
            )


def test_divergence_from_a_kumaraswamy_law_of_huge_b_is_right() -> None:
    """A mean of log(1-x) far from its own made it twice as large."""
    p = Kumaraswamy(torch.tensor(10.0, dtype=F64), torch.tensor(1e30, dtype=F64))
    q = Beta(torch.tensor(2.0, dtype=F64), torch.tensor(5.0, dtype=F64))
    with mp.workdps(40):
        a, b = mp.mpf(10), mp.mpf(1e30)
        log_x = -mp.harmonic(b) / a
        own = mp.log(a * b) + (a - 1) * log_x - (b - 1) / b
        truth = own - log_x - 4 * exact(a, b) + mp.log(mp.beta(2, 5))
    assert float(kl_divergence(p, q)) == pytest.approx(float(truth), rel=1e-13, abs=0)


@pytest.mark.parametrize(("a", "b"), [(1e200, 1e200), (3.0, 1e300), (1e300, 2.0), (1e170, 1e140)])
def test_mode_is_right_where_the_product_of_concentrations_overflows(a: float, b: float) -> None:
    """((a-1)/(ab-1))^(1/a), and its slopes by a and b."""
    given = [torch.tensor(value, dtype=F64, requires_grad=True) for value in (a, b)]
    found = Kumaraswamy(*given).mode
    slopes = torch.autograd.grad(found, given)
    with mp.workdps(700):
        p, q = mp.mpf(a), mp.mpf(b)
        mode = ((p - 1) / (p * q - 1)) ** (1 / p)
        ratio = (p - 1) / (p * q - 1)
        by_a = mode * ((1 / (p - 1) - q / (p * q - 1)) / p - mp.log(ratio) / p**2)
        by_b = -mode / (p * q - 1)
        assert float(found.detach()) == pytest.approx(float(mode), rel=1e-13, abs=0)
        assert float(slopes[1]) == pytest.approx(float(by_b), rel=1e-13, abs=0)
        assert float(slopes[0]) == pytest.approx(float(by_a), rel=1e-12, abs=1e-323)

"""Divergences between Kumaraswamy, Beta, softmax-Gaussian and Dirichlet laws, by other routes."""

import math
from collections.abc import Callable

import mpmath as mp
import numpy as np
import pytest
import scipy.special
import torch
from harness.historical import cases
from oracles import kumaraswamy as oracle
from oracles import shipped_errors_samplers as shipped
from torch.distributions import Beta, Dirichlet, kl_divergence

from impl.samplers import kl
from impl.samplers.kumaraswamy import Kumaraswamy
from impl.samplers.log1m_expectation import expected_log1m
from impl.samplers.softmax_gaussian import SoftmaxGaussian

Four = tuple[float, float, float, float]
CASES: list[Four] = [
    (2.0, 3.0, 2.0, 3.0),
    (0.5, 0.7, 0.5, 0.7),
    (3.0, 0.4, 1.5, 2.0),
    (0.3, 5.0, 2.0, 0.6),
    (10.0, 20.0, 3.0, 4.0),
]


def tensor(*values: float) -> list[torch.Tensor]:
    """Make float64 numbers of them."""
    return [torch.tensor(value, dtype=torch.float64) for value in values]


def kumaraswamy_beta(a: float, b: float, c: float, d: float) -> float:
    """KL by the registered function."""
    first, second, third, fourth = tensor(a, b, c, d)
    return float(kl_divergence(Kumaraswamy(first, second), Beta(third, fourth)))


def kumaraswamy_kumaraswamy(a: float, b: float, c: float, d: float) -> float:
    """KL by the registered function."""
    first, second, third, fourth = tensor(a, b, c, d)
    return float(kl_divergence(Kumaraswamy(first, second), Kumaraswamy(third, fourth)))


def by_quadrature(log_q: Callable[[mp.mpf, mp.mpf], mp.mpf], a: float, b: float) -> float:
    """E[log f(x) - log q(x)], x the quantile of a uniform number; log q of log x and log(1-x)."""
    a, b = mp.mpf(a), mp.mpf(b)

    def difference(u: mp.mpf) -> mp.mpf:
        log_x, log1m_x = oracle.log_x(u, a, b), oracle.log1m_x(u, a, b)
        return oracle.log_density_at_log(log_x, a, b) - log_q(log_x, log1m_x)

    with mp.workdps(25):
        return float(mp.quad(difference, [0, 0.5, 1]))


def check_kumaraswamy_beta(divergence: Callable[[float, float, float, float], float]) -> None:
    """A divergence agrees with quadrature, is 0 between equal laws, and finite at Beta(1, 1)."""
    for a, b, c, d in CASES:
        normalizer = mp.log(mp.beta(c, d))
        exact = by_quadrature(lambda x, m: (c - 1) * x + (d - 1) * m - normalizer, a, b)  # noqa: B023
        assert divergence(a, b, c, d) == pytest.approx(exact, rel=1e-10, abs=1e-12)
    assert divergence(1, 1, 1, 1) == 0
    for a, b in [(1.0, 0.7), (3.0, 1.0), (1.0, 1e3)]:
        assert divergence(a, b, a, b) == pytest.approx(0, abs=1e-11)


@pytest.mark.establishes("kumaraswamy.kl_beta", "kumaraswamy.equals_beta", kind="enumeration")
def test_divergence_from_kumaraswamy_to_beta_equals_quadrature() -> None:
    """KL(Kumaraswamy, Beta) equals quadrature, and 0 where a = 1 or b = 1."""
    check_kumaraswamy_beta(kumaraswamy_beta)


def test_divergence_between_kumaraswamy_laws_equals_quadrature() -> None:
    """KL(Kumaraswamy, Kumaraswamy) equals quadrature, and 0 between equal laws."""
    for a, b, c, d in CASES:
        exact = by_quadrature(
            lambda x, _: oracle.log_density_at_log(x, mp.mpf(c), mp.mpf(d)),  # noqa: B023
            a,
            b,
        )
        assert kumaraswamy_kumaraswamy(a, b, c, d) == pytest.approx(exact, rel=1e-10, abs=1e-12)
        assert kumaraswamy_kumaraswamy(a, b, a, b) == pytest.approx(0, abs=1e-13)


def test_divergences_are_never_negative() -> None:
    """No divergence is below 0 beyond rounding, over six decades of parameters."""
    ends = torch.logspace(-3, 3, 13, dtype=torch.float64)
    a, b = torch.meshgrid(ends, ends, indexing="ij")
    for other in (Beta(a, b), Kumaraswamy(b, a), Kumaraswamy(a, b)):
        found = kl_divergence(Kumaraswamy(a, b), other)
        assert bool((found >= -1e-9).all())  # up to 1e4 nats cancel at a = 1e-3
        assert bool(found.isfinite().all())


@pytest.mark.establishes("kumaraswamy.kl_beta", kind="enumeration")
@pytest.mark.parametrize("a", [0.05, 0.7, 1.0, 2.5, 40.0, 1e5])
def test_expected_log_of_one_minus_x_has_the_closed_form_of_whole_b(a: float) -> None:
    """E[log(1-x)] equals its finite sum of harmonic numbers for b = 1, 2, 3 and 5."""
    for b in (1, 2, 3, 5):
        with mp.workdps(40):
            terms = [
                (-1) ** j * mp.binomial(b, j) * mp.harmonic(mp.mpf(a) * j) for j in range(1, b + 1)
            ]
            exact = float(mp.fsum(terms))
        assert float(expected_log1m(*tensor(a, b))) == pytest.approx(exact, rel=1e-12, abs=1e-14)


@pytest.mark.establishes("kumaraswamy.kl_beta", kind="enumeration")
@pytest.mark.parametrize(("a", "b"), [(0.5, 3.0), (2.0, 4.0), (7.0, 2.5)])
def test_expected_log_of_one_minus_x_lies_within_the_series_remainder(a: float, b: float) -> None:
    """E[log(1-x)] lies between the series -sum E[x^m]/m and its bound on the rest.

    E[x^m] = b B(1 + m/a, b) <= Gamma(b+1) (m/a)^-b for b >= 1, so that the rest after M terms is
    at most Gamma(b+1) (M/a)^-b / b.
    """
    last = 4000
    m = np.arange(1, last + 1)
    terms = np.exp(np.log(b) + scipy.special.betaln(1 + m / a, b)) / m
    partial = -math.fsum(terms)
    rest = math.gamma(b + 1) * (last / a) ** -b / b
    found = float(expected_log1m(*tensor(a, b)))
    assert partial - rest <= found + 1e-12
    assert found <= partial + 1e-12
    assert rest < 1e-4


def test_divergences_are_differentiable() -> None:
    """Gradients of the divergences by all parameters agree with differences."""
    four = [x.requires_grad_() for x in tensor(0.7, 2.0, 3.0, 0.4)]
    assert torch.autograd.gradcheck(
        lambda a, b, c, d: kl_divergence(Kumaraswamy(a, b), Beta(c, d)), four
    )
    loc = torch.tensor([0.1, -0.4, 0.3], dtype=torch.float64, requires_grad=True)
    variance = torch.tensor([0.5, 1.5, 0.9], dtype=torch.float64, requires_grad=True)
    alpha = torch.tensor([1.0, 10.0, 2.0], dtype=torch.float64, requires_grad=True)
    gaussian = SoftmaxGaussian
    assert torch.autograd.gradcheck(
        lambda m, v, c: kl_divergence(Dirichlet(c), gaussian(m, v)), (loc, variance, alpha)
    )
    assert torch.autograd.gradcheck(
        lambda m, v, c: kl_divergence(gaussian(m, v), Dirichlet(c)), (loc, variance, alpha)
    )


def x_log_x(*four: float) -> float:
    """Evaluate 0 log 0 where the law is uniform."""
    return shipped.uniform_with_x_log_x(kumaraswamy_beta, *four)


FAULTY = {
    "kl-nan-at-uniform": x_log_x,
    "kl-sign-flipped": lambda *four: -kumaraswamy_beta(*four),
    "the first law's a, b swapped": lambda a, b, c, d: kumaraswamy_beta(b, a, c, d),
    "kl-negative-by-clamping": shipped.clamped_on_one_side,
}


@pytest.mark.parametrize("faulty", cases(FAULTY, kind="enumeration"))
def test_published_errors_of_divergences_are_rejected(
    faulty: Callable[[float, float, float, float], float],
) -> None:
    """Each published error fails the check that the implementation passes."""
    with pytest.raises(AssertionError):
        check_kumaraswamy_beta(faulty)


def test_clamping_one_side_makes_a_divergence_negative() -> None:
    """The published error is what it was: ten nats below 0 at a tiny concentration."""
    assert shipped.clamped_on_one_side(0.02, 1.5, 0.5, 1.0) < -10
    assert kumaraswamy_beta(0.02, 1.5, 0.5, 1.0) > 0


def test_divergences_are_registered_where_torch_looks() -> None:
    """Torch's kl_divergence dispatches to this module's functions."""
    assert torch.distributions.kl._dispatch_kl(Kumaraswamy, Beta) is kl.kl_kumaraswamy_beta  # noqa: SLF001

"""Log Beta, trigamma and a variance in every range of arguments, with slopes; truth is mpmath."""

from collections.abc import Callable

import mpmath as mp
import numpy as np
import pytest
import torch
from torch import Tensor

from impl.samplers.double_double import Pair, log1mexp
from impl.samplers.expectations import variance
from impl.samplers.special import log_beta, trigamma

RANGES = {  # of p and q: Gamma functions as they are, one by its series, both by theirs
    "both small": ((1e-3, 50.0), (1e-3, 50.0)),
    "one large": ((1e-3, 50.0), (1e3, 1e9)),
    "both large": ((1e3, 1e9), (1e3, 1e9)),
}


def pairs(rng: np.random.Generator, name: str) -> Tensor:
    """Twelve pairs in a range, by their logarithms; every other pair the other way round."""
    low, high = np.log(RANGES[name]).T
    drawn = np.exp(rng.uniform(low, high, (12, 2)))
    drawn[::2] = drawn[::2, ::-1]
    return torch.tensor(drawn.T, requires_grad=True)


def exact(function: Callable[..., mp.mpf], values: Tensor) -> np.ndarray:
    """A function of two arguments at every pair, at 60 digits."""
    with mp.workdps(60):
        return np.array([float(function(mp.mpf(p), mp.mpf(q))) for p, q in values.T.tolist()])


@pytest.mark.parametrize("name", RANGES)
def test_log_beta_and_its_derivatives_are_right_where_log_gammas_cancel(
    name: str, rng: np.random.Generator
) -> None:
    """Log B(p, q) to a few roundings, and digamma(p) - digamma(p + q), in each of the ranges."""
    given = pairs(rng, name)
    found = log_beta(given[0], given[1])
    truth = exact(lambda p, q: mp.loggamma(p) + mp.loggamma(q) - mp.loggamma(p + q), given)
    scale = np.maximum(1, np.abs(truth))
    np.testing.assert_array_less(np.abs(found.detach().numpy() - truth), 1e-14 * scale)
    (slopes,) = torch.autograd.grad(found.sum(), given)
    by_p = exact(lambda p, q: mp.digamma(p) - mp.digamma(p + q), given)
    by_q = exact(lambda p, q: mp.digamma(q) - mp.digamma(p + q), given)
    # digamma itself is that of PyTorch, and the difference cancels where the other is small.
    np.testing.assert_allclose(slopes.numpy(), [by_p, by_q], rtol=1e-9, atol=1e-14)


def test_trigamma_is_differentiable_twice(rng: np.random.Generator) -> None:
    """Its value, slope and curvature are the polygamma functions of order 1, 2 and 3."""
    x = torch.tensor(np.exp(rng.uniform(-3, 5, 9)), requires_grad=True)
    value = trigamma(x)
    (slope,) = torch.autograd.grad(value.sum(), x, create_graph=True)
    (curvature,) = torch.autograd.grad(slope.sum(), x)
    for order, found in enumerate((value, slope, curvature), 1):
        truth = [float(mp.polygamma(order, mp.mpf(number))) for number in x.tolist()]
        np.testing.assert_allclose(found.detach().numpy(), truth, rtol=1e-13)


def test_a_variances_gradients_are_right_with_and_without_its_series(
    rng: np.random.Generator,
) -> None:
    """By a and b, from moments as Beta functions at 60 digits: a below, at and far above 16."""
    a = torch.tensor([0.6, 5.0, 30.0, 2e3], dtype=torch.float64, requires_grad=True)
    b = torch.tensor(rng.uniform(0.5, 4, 4), requires_grad=True)
    found = torch.autograd.grad(variance(a, b).sum(), (a, b))

    def exact_variance(p: mp.mpf, q: mp.mpf) -> mp.mpf:
        return q * mp.beta(1 + 2 / p, q) - (q * mp.beta(1 + 1 / p, q)) ** 2

    given = torch.stack((a, b))
    for place, slopes in enumerate(found):
        order = tuple(int(k == place) for k in range(2))
        truth = exact(lambda p, q, n=order: mp.diff(exact_variance, (p, q), n), given)
        np.testing.assert_allclose(slopes.numpy(), truth, rtol=1e-9)


def test_log1mexp_of_a_pair_keeps_its_digits_where_its_two_ways_meet() -> None:
    """Around -log 2 one way takes over from the other; neither may be used far beyond."""
    high = -torch.linspace(0.02, 4, 500, dtype=torch.float64)
    given = Pair(high, high * 2.0**-55)
    found = log1mexp(given)
    with mp.workdps(60):
        for x, y in zip(zip(*given, strict=True), zip(*found, strict=True), strict=True):
            (whole, value) = (mp.mpf(float(part[0])) + mp.mpf(float(part[1])) for part in (x, y))
            truth = mp.log(-mp.expm1(whole))
            assert abs(value - truth) <= 3e-16 * min(1, abs(truth))

"""SoftmaxGaussian where variances differ by many orders of magnitude, against mpmath."""

import mpmath as mp
import numpy as np
import pytest
import torch
from torch import Tensor
from torch.distributions import kl_divergence

from impl.samplers.softmax_gaussian import SoftmaxGaussian

LOC = [0.3, -1.1, 0.4]
TINY = [
    [1e-16, 1.0, 2.0],
    [0.7, 1e-14, 1.3],
    [1.0, 2.0, 1e-30],
    [1e-16, 3e-16, 1.0],
    [1e-8, 2.0, 1e8],
]


def exact(vector: Tensor) -> mp.matrix:
    """Entries of a tensor, as they are."""
    return mp.matrix([mp.mpf(value) for value in vector.double().tolist()])


def log_ratio_matrix(size: int) -> mp.matrix:
    """Differences from the last coordinate."""
    matrix = mp.zeros(size - 1, size)
    for row in range(size - 1):
        matrix[row, row], matrix[row, size - 1] = 1, -1
    return matrix


def log_density(loc: Tensor, variance: Tensor, log_x: Tensor) -> float:
    """Log density of the log ratios' normal law, plus the log Jacobian."""
    with mp.workdps(100):
        matrix = log_ratio_matrix(len(loc))
        covariance = matrix * mp.diag(list(exact(variance))) * matrix.T
        deviation = matrix * (exact(log_x) - exact(loc))
        distance = (deviation.T * mp.lu_solve(covariance, deviation))[0]
        normalizer = mp.log(mp.det(2 * mp.pi * covariance))
        return float(-(distance + normalizer) / 2 - sum(exact(log_x)))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("variances", TINY, ids=str)
@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_log_density_of_own_draws_is_exact_at_the_draw_as_rounded(
    variances: list[float], shift: float, dtype: torch.dtype
) -> None:
    """A tiny variance beside others leaves the density of draws to some roundings of its terms."""
    loc = shift * torch.tensor(LOC, dtype=dtype)
    variance = torch.tensor(variances, dtype=dtype)
    law = SoftmaxGaussian(loc, variance)
    torch.manual_seed(5)
    log_x = law.rsample_log((40,))
    found = law.log_prob_from_log(log_x)
    for density, draw in zip(found.tolist(), log_x, strict=True):
        expected = log_density(loc, variance, draw)
        sizes = float(draw.abs().sum() + variance.log().abs().sum()) + abs(expected)
        assert density == pytest.approx(expected, abs=8 * torch.finfo(dtype).eps * sizes)


@pytest.mark.parametrize("variances", TINY, ids=str)
def test_gradients_of_the_density_are_those_of_the_quadratic_form(variances: list[float]) -> None:
    """By log x the density's slope is -P (log x - loc) - 1, P the precision of the log ratios."""
    loc, variance = (torch.tensor(v, dtype=torch.float64) for v in (LOC, variances))
    torch.manual_seed(6)
    loc.requires_grad_()
    log_x = SoftmaxGaussian(loc.detach(), variance).rsample_log().requires_grad_()
    SoftmaxGaussian(loc, variance).log_prob_from_log(log_x).backward()
    with mp.workdps(100):
        matrix = log_ratio_matrix(3)
        covariance = matrix * mp.diag(list(exact(variance))) * matrix.T
        deviation = matrix * (exact(log_x.detach()) - exact(loc.detach()))
        solved = matrix.T * mp.lu_solve(covariance, deviation)
        slope = np.array([float(value) for value in solved])
    rounding = 100 * np.finfo(float).eps * (1 + np.abs(slope).max())
    for found, expected in ((log_x.grad, -slope - 1), (loc.grad, slope)):
        np.testing.assert_allclose(np.asarray(found), expected, rtol=0, atol=rounding)


@pytest.mark.parametrize("of_p", [[1.0, 0.5, 2.0], [3e-16, 1.0, 1.0]], ids=str)
@pytest.mark.parametrize("of_q", TINY[:3], ids=str)
def test_divergence_from_a_law_of_a_tiny_variance_is_that_of_the_log_ratios(
    of_p: list[float], of_q: list[float]
) -> None:
    """KL of two normal laws of log ratios, in 100 digits, where a variance of q's is tiny."""
    p, q = (
        SoftmaxGaussian(torch.tensor(loc).double(), torch.tensor(variance).double())
        for loc, variance in ((LOC, of_p), ([0.5, 0.2, -0.3], of_q))
    )
    with mp.workdps(100):
        matrix = log_ratio_matrix(3)
        inner = [matrix * mp.diag(list(exact(law.gaussian_variance))) * matrix.T for law in (p, q)]
        offset = matrix * (exact(p.loc) - exact(q.loc))
        product = mp.inverse(inner[1]) * inner[0]
        trace = sum(product[i, i] for i in range(2))
        distance = (offset.T * mp.lu_solve(inner[1], offset))[0]
        expected = float((trace + distance - 2 - mp.log(mp.det(product))) / 2)
    assert float(kl_divergence(p, q)) == pytest.approx(expected, abs=2e-13)

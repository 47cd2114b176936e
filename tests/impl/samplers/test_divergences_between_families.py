"""Divergences to Uniform and LogisticNormal, and from Beta: by mpmath and by Gauss-Hermite sums."""

import math

import mpmath as mp
import numpy as np
import pytest
import torch
from torch.distributions import Beta, Distribution, LogisticNormal, Uniform, kl_divergence

from impl.errors import InputError
from impl.samplers.kumaraswamy import Kumaraswamy
from impl.samplers.softmax_gaussian import SoftmaxGaussian

F64 = torch.float64


def number(value: float) -> torch.Tensor:
    """A float64 number to differentiate by."""
    return torch.tensor(value, dtype=F64, requires_grad=True)


def log_kumaraswamy(x: mp.mpf, rest: mp.mpf, a: mp.mpf, b: mp.mpf) -> mp.mpf:
    """Log density at x, rest = 1 - x."""
    power = a * (mp.log(x) if x < 0.5 else mp.log1p(-rest))
    return mp.log(a * b) + (a - 1) / a * power + (b - 1) * mp.log(-mp.expm1(power))


def log_beta_density(x: mp.mpf, rest: mp.mpf, c: mp.mpf, d: mp.mpf) -> mp.mpf:
    """Log density of Beta(c, d)."""
    return (c - 1) * mp.log(x) + (d - 1) * mp.log(rest) - mp.log(mp.beta(c, d))


def beta_kumaraswamy(c: mp.mpf, d: mp.mpf, a: mp.mpf, b: mp.mpf) -> mp.mpf:
    """KL(Beta(c, d), Kumaraswamy(a, b)) as an integral over the logit of x."""

    def integrand(r: mp.mpf) -> mp.mpf:
        x, rest = 1 / (1 + mp.exp(-r)), 1 / (1 + mp.exp(r))
        log = log_beta_density(x, rest, c, d)
        return mp.exp(log) * (log - log_kumaraswamy(x, rest, a, b)) * x * rest

    ends = [-60 / min(c, 1), -20, -5, 0, 5, 20, 60 / min(d, 1)]
    return mp.quad(integrand, sorted(ends))


FOUR = [
    (2.0, 3.0, 2.0, 3.0),
    (0.5, 0.7, 3.0, 1.5),
    (3.0, 0.3, 0.2, 0.6),
    (0.4, 6.0, 5.0, 2.0),
    (20.0, 30.0, 3.0, 4.0),
    (1.0, 1.0, 40.0, 0.3),
]


@pytest.mark.parametrize("four", FOUR)
def test_divergence_from_beta_to_kumaraswamy_is_its_integral(
    four: tuple[float, float, float, float],
) -> None:
    """KL(Beta(c, d), Kumaraswamy(a, b)), and its slope by each of the four."""
    given = [number(value) for value in four]
    found = kl_divergence(Beta(*given[:2]), Kumaraswamy(*given[2:]))
    slopes = torch.autograd.grad(found, given)
    with mp.workdps(25):
        exact = [mp.mpf(value) for value in four]
        truth = float(beta_kumaraswamy(*exact))
        assert float(found.detach()) == pytest.approx(truth, rel=1e-11, abs=1e-12)
        step = mp.mpf(10) ** -7
        for place, slope in enumerate(slopes):
            up, down = (
                beta_kumaraswamy(*(v + s * step * (k == place) for k, v in enumerate(exact)))
                for s in (1, -1)
            )
            # The difference errs by the step's square.
            assert float(slope) == pytest.approx(
                float((up - down) / (2 * step)), rel=1e-8, abs=1e-9
            )


@pytest.mark.parametrize("c", [1e-3, 0.05, 1.0, 30.0, 1e3])
@pytest.mark.parametrize("d", [1e-3, 0.05, 1.0, 30.0, 1e3])
def test_divergence_from_beta_vanishes_between_equal_laws_and_is_never_negative(
    c: float, d: float
) -> None:
    """Beta(c, 1) and Beta(1, d) are Kumaraswamy laws; between others it is positive."""
    for one, other in ((c, 1.0), (1.0, d)):
        kl = kl_divergence(
            Beta(number(one), number(other)), Kumaraswamy(number(one), number(other))
        )
        assert float(kl.detach()) == pytest.approx(0, abs=1e-10)
    grid = torch.logspace(-2, 2, 9, dtype=F64)
    a, b = torch.meshgrid(grid, grid, indexing="ij")
    found = kl_divergence(Beta(number(c), number(d)), Kumaraswamy(a, b)).detach()
    assert bool((found >= -1e-9 * (1 + found.abs())).all())
    assert bool(found.isfinite().all())


@pytest.mark.parametrize(("a", "b"), [(0.3, 0.6), (2.0, 5.0), (1.0, 1.0), (7.0, 0.4)])
@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-1.0, 3.0)])
def test_divergence_to_a_uniform_law_is_its_integral(
    a: float, b: float, low: float, high: float
) -> None:
    """The mean of log f(x) + log(high - low), over the levels of x."""
    found = float(kl_divergence(Kumaraswamy(*map(number, (a, b))), Uniform(low, high)).detach())

    def log_density(u: mp.mpf) -> mp.mpf:
        log_power = mp.log(-mp.expm1(mp.log1p(-u) / b))  # of x^a
        return mp.log(a * b) + (1 - 1 / mp.mpf(a)) * log_power + (b - 1) * mp.log1p(-u) / b

    with mp.workdps(25):
        truth = mp.quad(log_density, [0, 0.01, 0.5, 0.99, 1]) + mp.log(high - low)
    assert found == pytest.approx(float(truth), rel=1e-7, abs=1e-7)  # Uniform is of float32


def test_divergence_to_a_uniform_law_that_leaves_out_a_part_is_infinite() -> None:
    """As torch has it of Beta: in each row by itself."""
    low, high = torch.tensor([0.0, 0.1, 0.0]), torch.tensor([1.0, 1.0, 0.9])
    found = kl_divergence(Kumaraswamy(2.0, 3.0), Uniform(low, high))
    theirs = kl_divergence(Beta(2.0, 3.0), Uniform(low, high))
    assert found.isinf().tolist() == theirs.isinf().tolist() == [False, True, True]


def by_hermite(p: SoftmaxGaussian, q: Distribution) -> float:
    """E[log p(x) - log q(x)], eta by Gauss and Hermite's rule, densities by torch's classes."""
    size = p.event_shape[0]
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    grid = np.stack(np.meshgrid(*[nodes] * (size - 1), indexing="ij"), -1).reshape(-1, size - 1)
    weight = np.prod(
        np.stack(np.meshgrid(*[weights] * (size - 1), indexing="ij"), -1), -1
    ).ravel() / math.sqrt(2 * math.pi) ** (size - 1)
    matrix = np.hstack([np.eye(size - 1), -np.ones((size - 1, 1))])
    covariance = matrix @ p.covariance_matrix.numpy() @ matrix.T
    ratios = matrix @ p.loc.numpy() + grid @ np.linalg.cholesky(covariance).T
    normal = torch.distributions.MultivariateNormal(
        torch.tensor(matrix @ p.loc.numpy()), torch.tensor(covariance)
    )
    full = torch.tensor(np.hstack([ratios, np.zeros((len(ratios), 1))]))
    log_x = torch.log_softmax(full, -1)
    log_p = normal.log_prob(full[:, :-1]) - log_x.sum(-1)
    gap = log_p - q.log_prob(log_x.exp())
    return float((torch.tensor(weight) * gap).sum())


@pytest.mark.parametrize("size", [2, 3, 4])
@pytest.mark.parametrize("given", ["gaussian_variance", "scale_tril"])
def test_divergence_to_torchs_logistic_normal_is_its_mean_log_ratio(
    size: int, given: str, rng: np.random.Generator
) -> None:
    """Of independent coordinates and of dependent ones; K = 2 to 4."""
    spread = torch.tensor(rng.uniform(0.2, 0.6, size))
    if given == "scale_tril":
        spread = torch.diag(spread) + torch.tensor(np.tril(rng.normal(size=(size, size)), -1)) / 3
    p = SoftmaxGaussian(torch.tensor(rng.normal(size=size)), **{given: spread})
    loc, scale = (
        torch.tensor(rng.normal(size=size - 1)),
        torch.tensor(rng.uniform(0.5, 2, size - 1)),
    )
    q = LogisticNormal(loc, scale, validate_args=False)
    assert float(kl_divergence(p, q)) == pytest.approx(by_hermite(p, q), rel=1e-9, abs=1e-12)


def test_divergence_to_a_logistic_normal_of_another_size_is_refused() -> None:
    """A batch of pairs has a batch of divergences; sizes must agree."""
    p = SoftmaxGaussian(torch.zeros(2, 3), gaussian_variance=torch.ones(3))
    assert kl_divergence(p, LogisticNormal(torch.zeros(4, 1, 2), torch.ones(2))).shape == (4, 2)
    with pytest.raises(InputError, match="distributions on one simplex, of 3 entries"):
        kl_divergence(p, LogisticNormal(torch.zeros(3), torch.ones(3)))

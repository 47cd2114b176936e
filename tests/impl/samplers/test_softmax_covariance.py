"""SoftmaxGaussian of a full covariance, singular along (1, ..., 1) or not."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import scipy.stats
import torch
from torch import Tensor
from torch.distributions import Dirichlet, kl_divergence

from impl.errors import InputError
from impl.samplers.dirichlet_fits import centred_covariance, fit_dirichlet
from impl.samplers.softmax_gaussian import SoftmaxGaussian

SIZE = 4
MATRIX = np.hstack([np.eye(SIZE - 1), -np.ones((SIZE - 1, 1))])
LOC = torch.tensor([0.3, -1.0, 0.4, 0.1], dtype=torch.float64)


def factors(rng: np.random.Generator, *batch: int) -> Tensor:
    """Lower triangular matrices of positive diagonal."""
    lower = np.tril(rng.normal(scale=0.5, size=(*batch, SIZE, SIZE)), -1)
    return torch.tensor(lower + rng.uniform(0.4, 1.5, (*batch, 1, SIZE)) * np.eye(SIZE))


def points(rng: np.random.Generator, count: int) -> Tensor:
    """Points of the simplex."""
    return torch.tensor(rng.dirichlet([1.0, 2.0, 0.5, 1.5], size=count))


def gaussian(loc: Tensor, covariance: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of the log ratios, by matrices."""
    return MATRIX @ loc.numpy(), MATRIX @ covariance.numpy() @ MATRIX.T


def check_log_prob(
    log_prob: Callable[[Tensor], Tensor], covariance: Tensor, rng: np.random.Generator
) -> None:
    """A log density equals a multivariate normal's at the log ratios plus the log Jacobian."""
    x = points(rng, 20)
    law = scipy.stats.multivariate_normal(*gaussian(LOC, covariance))
    truth = law.logpdf(np.log(x.numpy()) @ MATRIX.T) - np.log(x.numpy()).sum(-1)
    torch.testing.assert_close(log_prob(x), torch.tensor(truth), rtol=1e-11, atol=1e-11)


def test_log_density_is_that_of_the_log_ratios(rng: np.random.Generator) -> None:
    """A covariance and its factor give the multivariate normal's density of the log ratios."""
    factor = factors(rng)
    covariance = factor @ factor.mT
    for law in (
        SoftmaxGaussian(LOC, covariance_matrix=covariance),
        SoftmaxGaussian(LOC, scale_tril=factor),
    ):
        check_log_prob(law.log_prob, covariance, rng)
        torch.testing.assert_close(law.covariance_matrix, covariance, rtol=1e-14, atol=0)
        torch.testing.assert_close(law.gaussian_variance, covariance.diagonal())
        assert not law.is_independent


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(lambda factor: factor, id="factor for covariance"),
        pytest.param(lambda factor: factor.mT @ factor, id="factor transposed"),
        pytest.param(lambda factor: torch.diag((factor @ factor.mT).diagonal()), id="diagonal"),
        pytest.param(lambda factor: torch.linalg.inv(factor @ factor.mT), id="precision"),
    ],
)
def test_another_matrix_for_the_covariance_is_rejected(
    wrong: Callable[[Tensor], Tensor], rng: np.random.Generator
) -> None:
    """Each usual mistake for the covariance fails the check that the law passes."""
    factor = factors(rng)

    def log_prob(x: Tensor) -> Tensor:
        return SoftmaxGaussian(LOC, covariance_matrix=wrong(factor)).log_prob(x)

    with pytest.raises((AssertionError, InputError)):
        check_log_prob(log_prob, factor @ factor.mT, rng)


@pytest.mark.establishes("softmax_gaussian.laplace", kind="enumeration")
@pytest.mark.parametrize("fit", ["laplace", "moments"])
def test_full_fit_of_independent_coordinates_is_the_law_of_its_centred_covariance(
    fit: str, rng: np.random.Generator
) -> None:
    """The singular covariance P diag(d) P of a full fit gives the same law as d itself."""
    alpha = torch.tensor([0.7, 5.0, 1.3, 2.0], dtype=torch.float64)
    loc, variance = fit_dirichlet(alpha, fit, "full")
    singular = centred_covariance(variance)
    assert np.linalg.matrix_rank(singular.numpy(), tol=1e-12) == SIZE - 1
    law = SoftmaxGaussian.from_dirichlet(alpha, fit, "full")
    same = SoftmaxGaussian(loc, covariance_matrix=singular)
    x = points(rng, 10)
    torch.testing.assert_close(same.log_prob(x), law.log_prob(x), rtol=1e-11, atol=1e-11)
    torch.testing.assert_close(same.log_determinant, law.log_determinant, rtol=1e-12, atol=1e-12)
    there = kl_divergence(Dirichlet(alpha), same)
    torch.testing.assert_close(there, kl_divergence(Dirichlet(alpha), law), rtol=1e-12, atol=0)
    for p, q in ((same, law), (law, same)):
        assert abs(float(kl_divergence(p, q))) < 1e-12


def test_singular_factor_is_as_good_as_its_log_ratios(rng: np.random.Generator) -> None:
    """A factor whose last row is 0 fixes the last coordinate: the log ratios still vary."""
    factor = factors(rng)
    factor[-1] = 0
    law = SoftmaxGaussian(LOC, scale_tril=factor)
    check_log_prob(law.log_prob, factor @ factor.mT, rng)
    torch.testing.assert_close(law.log_ratio_root, factor[:-1, :-1], rtol=1e-13, atol=1e-14)


def test_log_ratios_of_draws_are_the_factor_times_the_noise(
    monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    """At unit vectors of noise the log ratios move by the covariance's square root."""
    noise = torch.eye(SIZE - 1, dtype=torch.float64).unsqueeze(-1)
    factor = factors(rng)
    law = SoftmaxGaussian(LOC, scale_tril=factor)

    def given(shape: torch.Size, **_: object) -> Tensor:
        assert shape == noise.shape
        return noise

    monkeypatch.setattr(torch, "randn", given)
    log_x = law.rsample_log((SIZE - 1,)).numpy()
    mean, covariance = gaussian(LOC, factor @ factor.mT)
    moved = log_x @ MATRIX.T - mean
    np.testing.assert_allclose(moved.T @ moved, covariance, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(np.exp(log_x).sum(-1), 1, rtol=1e-14)


def test_moments_of_draws_are_the_laws_own() -> None:
    """Means, variances and entropy by quadrature agree with a large sample, within its error."""
    factor = torch.tensor([[0.7, 0, 0], [0.5, 0.4, 0], [-0.3, 0.2, 0.6]], dtype=torch.float64)
    law = SoftmaxGaussian(LOC[:3], scale_tril=factor)
    torch.manual_seed(3)
    log_x = law.rsample_log((200_000,))
    density = law.log_prob_from_log(log_x)
    for sample, truth in (
        (log_x.exp(), law.mean),
        ((log_x.exp() - law.mean).square(), law.variance),
        (log_x, law.expected_log()),
        (-density, law.entropy()),
    ):
        # Six standard errors: a chance of 2e-9 each, and the seed is fixed.
        error = 6 * sample.std(0) / math.sqrt(len(sample))
        assert bool(((sample.mean(0) - truth).abs() < error).all())


def test_gradients_agree_with_differences(rng: np.random.Generator) -> None:
    """Draws and densities, by mean and factor; a centred covariance, by a batch of variances."""
    loc, factor = LOC.clone().requires_grad_(), factors(rng).requires_grad_()
    x = points(rng, 3)

    def draw(loc: Tensor, factor: Tensor) -> Tensor:
        torch.manual_seed(8)
        return SoftmaxGaussian(loc, scale_tril=factor.tril()).rsample((2,))

    def density(loc: Tensor, factor: Tensor) -> Tensor:
        return SoftmaxGaussian(loc, scale_tril=factor.tril()).log_prob(x)

    assert torch.autograd.gradcheck(draw, (loc, factor))
    assert torch.autograd.gradcheck(density, (loc, factor))
    variance = torch.tensor(rng.uniform(0.5, 2, (2, SIZE)), requires_grad=True)
    assert torch.autograd.gradcheck(centred_covariance, (variance,))


def check_divergence(
    divergence: Callable[[SoftmaxGaussian, SoftmaxGaussian], Tensor], rng: np.random.Generator
) -> None:
    """A divergence is that of the log ratios' Gaussians, by matrices; one may be diagonal."""
    laws = [
        SoftmaxGaussian(LOC, scale_tril=factors(rng)),
        SoftmaxGaussian(-LOC, scale_tril=factors(rng)),
        SoftmaxGaussian(2 * LOC, torch.tensor(rng.uniform(0.5, 2, SIZE))),
    ]
    for p, q in ((laws[0], laws[1]), (laws[0], laws[2]), (laws[2], laws[1])):
        (mean, first), (other, second) = (gaussian(d.loc, d.covariance_matrix) for d in (p, q))
        inverse, gap = np.linalg.inv(second), other - mean
        ratio = np.linalg.slogdet(second)[1] - np.linalg.slogdet(first)[1]
        truth = 0.5 * (np.trace(inverse @ first) + gap @ inverse @ gap - (SIZE - 1) + ratio)
        assert float(divergence(p, q)) == pytest.approx(truth, rel=1e-11, abs=0)


def test_divergence_is_that_of_the_log_ratios(rng: np.random.Generator) -> None:
    """KL between laws of any spread equals the matrix formula; wrong ones are told from it."""
    check_divergence(kl_divergence, rng)
    for faulty in (
        lambda p, q: kl_divergence(q, p),
        lambda p, q: kl_divergence(p, q) + 0.5,
        lambda p, q: kl_divergence(SoftmaxGaussian(p.loc, p.gaussian_variance), q),
    ):
        with pytest.raises(AssertionError):
            check_divergence(faulty, rng)


def test_divergences_with_a_dirichlet_are_averages_under_the_law(rng: np.random.Generator) -> None:
    """Both divergences agree with averages of log density ratios over draws, within their error."""
    alpha = torch.tensor([2.0, 0.7, 3.0], dtype=torch.float64)
    p = Dirichlet(alpha)
    q = SoftmaxGaussian(LOC[:3], scale_tril=factors(rng)[:3, :3])
    torch.manual_seed(4)
    for left, right in ((p, q), (q, p)):
        x = left.sample((200_000,))
        ratio = left.log_prob(x) - right.log_prob(x)
        error = 6 * float(ratio.std()) / math.sqrt(len(ratio))
        assert float(kl_divergence(left, right)) == pytest.approx(float(ratio.mean()), abs=error)


def test_shapes_are_those_of_torch(rng: np.random.Generator) -> None:
    """Batch, event, sample and expanded shapes follow torch.distributions."""
    law = SoftmaxGaussian(LOC.expand(5, 1, SIZE), scale_tril=factors(rng, 2))
    assert law.batch_shape == (5, 2)
    assert law.event_shape == (SIZE,)
    x = law.rsample((3,))
    assert x.shape == (3, 5, 2, SIZE)
    assert law.log_prob(x).shape == (3, 5, 2)
    wide = law.expand((6, 5, 2))
    assert wide.covariance_matrix.shape == (6, 5, 2, SIZE, SIZE)
    assert wide.sample((7,)).shape == (7, 6, 5, 2, SIZE)
    torch.testing.assert_close(wide.log_prob(x[:, None])[:, 0], law.log_prob(x))
    assert kl_divergence(law, law).shape == (5, 2)
    single = SoftmaxGaussian(torch.zeros(2), covariance_matrix=torch.eye(2))
    assert single.sample().dtype == torch.float32


def matrix(*rows: list[float]) -> Tensor:
    """Make a float64 matrix."""
    return torch.tensor(rows, dtype=torch.float64)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "wanted one of gaussian_variance, covariance_matrix, scale_tril, got none"),
        (
            {"scale_tril": matrix([1, 0], [0, 1]), "covariance_matrix": matrix([1, 0], [0, 1])},
            "got covariance_matrix, scale_tril",
        ),
        ({"covariance_matrix": matrix([1, 0.5], [0.4, 1])}, r"symmetric.*0.5 at index \[0, 1\]"),
        ({"covariance_matrix": matrix([1, math.nan], [0, 1])}, "finite numbers, got nan"),
        ({"covariance_matrix": matrix([1, 2], [2, 1])}, "every combination of log ratios varies"),
        ({"covariance_matrix": matrix([1, 1], [1, 1])}, "every combination of log ratios varies"),
        ({"scale_tril": matrix([1, 0.5], [0, 1])}, r"lower triangular.*0.5 at index \[0, 1\]"),
        ({"scale_tril": matrix([1, 0, 0])}, r"scale_tril: wanted a shape that ends in 2, 2"),
        ({"covariance_matrix": 1.0}, "covariance_matrix: wanted a tensor"),
        ({"covariance_matrix": torch.eye(2).double().expand(3, 2, 2)}, r"of loc, got \(3, 2, 2\)"),
    ],
)
def test_bad_spreads_are_named(given: dict[str, Tensor], message: str) -> None:
    """A missing, doubled, misshapen or degenerate spread is named, with what was wanted."""
    loc = torch.zeros(5, 2, dtype=torch.float64)
    with pytest.raises(InputError, match=message):
        SoftmaxGaussian(loc, **given)


@pytest.mark.parametrize("size", [3, 6, 20])
def test_law_with_a_log_ratio_that_does_not_vary_is_refused(
    size: int, rng: np.random.Generator
) -> None:
    """A covariance of rank K-2 beside (1, ..., 1) is refused, also where rounding hides it.

    Its last pivot is rounding over those before, and large in about 6 matrices of 100; so 50 are
    drawn. With a variance added, of a millionth of the first, each is a law.
    """
    loc = torch.zeros(size, dtype=torch.float64)
    for _ in range(50):
        root = rng.normal(size=(size, size - 2))
        singular = torch.tensor(root @ root.T)
        with pytest.raises(InputError, match="every combination"):
            SoftmaxGaussian(loc, covariance_matrix=singular)
        added = 1e-6 * singular[0, 0] * torch.eye(size, dtype=torch.float64)
        law = SoftmaxGaussian(loc, covariance_matrix=singular + added)
        assert law.log_prob(loc.softmax(0)).isfinite()


@pytest.mark.parametrize("shift", [-7.0, 7.0])
def test_law_is_that_of_its_log_ratios_also_where_the_covariance_is_none(
    shift: float, rng: np.random.Generator
) -> None:
    """S + c 1 1' has the log ratios of S: no Gaussian's covariance, all negative, and a law."""
    factor = factors(rng)
    covariance = factor @ factor.mT
    scale = covariance.abs().max()
    law = SoftmaxGaussian(LOC, covariance_matrix=covariance + shift * scale)
    check_log_prob(law.log_prob, covariance, rng)


@pytest.mark.parametrize("large", [1e8, 1e16, 1e30])
def test_law_whose_variances_differ_by_far_is_no_singular_one(large: float) -> None:
    """An overwhelming variance takes no digits of the others; its rounding may be an asymmetry."""
    loc = torch.zeros(SIZE, dtype=torch.float64)
    for first, second in ((large, 2.0), (large, 1 / large), (large, large / 2)):
        covariance = torch.diag(torch.tensor([first, second, 1.0, 0.5], dtype=torch.float64))
        covariance[2, 3] = torch.finfo(torch.float64).eps * min(large, 1e15)
        law = SoftmaxGaussian(loc, covariance_matrix=covariance)
        torch.testing.assert_close(law.covariance_matrix, covariance)

"""Bounds and likelihoods of a trained autoencoder, against a model whose evidence is exact."""

from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import Generator, Tensor, nn

from derivations.evidence.monte_carlo import mean_equals
from impl.errors import InputError
from impl.vae import evaluation

Floats = npt.NDArray[np.float64]
PIXELS, SIZE, VARIANCE = 7, 3, 0.6


class LinearGaussian(nn.Module):
    """x = W z + c + noise, with a Gaussian of its own for q(z given x)."""

    def __init__(self, weight: Floats, offset: Floats, mean: Floats, log_variance: Floats) -> None:
        super().__init__()
        self.weight, self.offset = torch.from_numpy(weight), torch.from_numpy(offset)
        self.map, self.log_variance = torch.from_numpy(mean), torch.from_numpy(log_variance)
        self.settings = SimpleNamespace(likelihood="gaussian", likelihood_variance=VARIANCE)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Posterior mean, linear in x - c, and one log variance for all images."""
        mean = (x - self.offset) @ self.map.T
        return mean, self.log_variance.expand_as(mean)

    def decode(self, z: Tensor) -> Tensor:
        """Mean of x."""
        return z @ self.weight.T + self.offset


class Problem(NamedTuple):
    """A model whose posterior factorizes, images, and what dense NumPy says of them."""

    weight: Floats
    offset: Floats
    images: Tensor
    evidence: Floats
    posterior_map: Floats
    posterior_variance: Floats

    def model(self, *, stretch: float = 1.0, factor: float = 1.0) -> LinearGaussian:
        """Encode with the posterior, its mean stretched and its variance times a factor."""
        log_variance = np.log(factor * self.posterior_variance)
        mean = stretch * self.posterior_map
        return LinearGaussian(self.weight, self.offset, mean, log_variance)

    def ratio_bound(self, stretch: float, factor: float) -> float:
        """Bound posterior over proposal, for the image whose bound is largest."""
        mean = (self.images.numpy() - self.offset) @ self.posterior_map.T
        shift = (1 - stretch) ** 2 * mean**2 / (2 * (factor - 1) * self.posterior_variance)
        return float(np.exp((0.5 * np.log(factor) + shift).sum(axis=1)).max())


@pytest.fixture
def problem(rng: np.random.Generator) -> Problem:
    """Draw orthogonal columns of unequal length, so that the posterior is diagonal."""
    columns, _ = np.linalg.qr(rng.normal(size=(PIXELS, SIZE)))
    weight = columns * rng.uniform(0.5, 2, size=SIZE)
    offset = rng.normal(size=PIXELS)
    covariance = weight @ weight.T + VARIANCE * np.eye(PIXELS)
    images = rng.multivariate_normal(offset, covariance, size=5)
    away = images - offset
    _, log_determinant = np.linalg.slogdet(2 * np.pi * covariance)
    squares = np.einsum("ni,ij,nj->n", away, np.linalg.inv(covariance), away)
    posterior = np.linalg.inv(np.eye(SIZE) + weight.T @ weight / VARIANCE)
    return Problem(
        weight,
        offset,
        torch.from_numpy(images),
        -0.5 * (log_determinant + squares),
        posterior @ weight.T / VARIANCE,
        np.diag(posterior).copy(),
    )


def seeded(rng: np.random.Generator) -> Generator:
    """Make a torch generator whose seed is drawn."""
    return Generator().manual_seed(int(rng.integers(2**62)))


@pytest.mark.parametrize("samples", [1, 6])
def test_with_the_posterior_as_proposal_every_draw_gives_the_exact_evidence(
    problem: Problem, rng: np.random.Generator, samples: int
) -> None:
    """Where q is the posterior all weights are p(x): no constant, sign or factor is off."""
    found = evaluation.importance_sampled_log_likelihood(
        problem.model(), problem.images, samples, seeded(rng)
    )
    np.testing.assert_allclose(found.numpy(), problem.evidence, rtol=1e-12)


def test_bound_is_the_evidence_less_the_divergence_from_the_posterior(
    problem: Problem, rng: np.random.Generator
) -> None:
    """With the posterior the sampled KL would be exact; with the closed one it is so in mean."""
    stretch, factor = 0.7, 1.8
    model = problem.model(stretch=stretch, factor=factor)
    bound = evaluation.evidence_lower_bound(model, problem.images, seeded(rng))
    mean, log_variance = (part[0].numpy() for part in model.encode(problem.images))
    truth = problem.posterior_map @ (problem.images[0].numpy() - problem.offset)
    ratio = np.exp(log_variance) / problem.posterior_variance
    gap = 0.5 * (ratio - 1 - np.log(ratio) + (mean - truth) ** 2 / problem.posterior_variance)
    divergence = 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance)
    np.testing.assert_allclose(bound.divergence.numpy()[0], divergence.sum(), rtol=1e-12)
    elbo = bound.log_likelihood - bound.divergence
    np.testing.assert_array_equal(bound.elbo.numpy(), elbo.numpy())
    # log p(x given z) is -|r - W s e|^2 / 2 of Gaussian noise e, whose variance is closed.
    half = problem.weight * np.exp(log_variance / 2)
    residual = problem.images[0].numpy() - problem.offset - problem.weight @ mean
    square = half.T @ half
    spread = (residual @ half @ half.T @ residual + np.trace(square @ square) / 2) / VARIANCE**2

    def likelihoods(generator: np.random.Generator, draws: int) -> Floats:
        many = problem.images[:1].expand(draws, -1)
        return evaluation.evidence_lower_bound(
            model, many, seeded(generator)
        ).log_likelihood.numpy()

    finding = mean_equals(
        "ELBO is log p(x) less KL(q, posterior)",
        likelihoods,
        problem.evidence[0] - gap.sum() + divergence.sum(),
        detects=0.05 * np.sqrt(spread),
        variance_bound=spread,
    )(rng)
    assert finding.verdict.value == "established", finding


def test_estimates_are_unbiased_for_the_evidence_and_so_below_it_in_the_log(
    problem: Problem, rng: np.random.Generator
) -> None:
    """E exp(estimate) = p(x) for few draws and a wrong proposal: by Jensen E estimate <= log p."""
    stretch, factor, samples = 0.8, 1.7, 3
    model = problem.model(stretch=stretch, factor=factor)
    chosen = 2

    def ratios(generator: np.random.Generator, draws: int) -> Floats:
        images = problem.images[chosen : chosen + 1].expand(draws, -1)
        found = evaluation.importance_sampled_log_likelihood(
            model, images, samples, seeded(generator)
        )
        return np.exp(found.numpy() - problem.evidence[chosen])

    bound = problem.ratio_bound(stretch, factor)
    check = mean_equals("weights have mean p(x)", ratios, 1.0, detects=0.05, bounds=(0.0, bound))
    finding = check(rng)
    assert finding.verdict.value == "established", finding
    assert np.log(ratios(rng, 4_000)).mean() < 0


def test_estimates_converge_to_the_evidence(problem: Problem, rng: np.random.Generator) -> None:
    """With many draws of bounded weights the error is below Hoeffding's, at 1e-9 an image."""
    stretch, factor, samples = 0.8, 1.7, 100_000
    found = evaluation.importance_sampled_log_likelihood(
        problem.model(stretch=stretch, factor=factor), problem.images, samples, seeded(rng)
    )
    most = problem.ratio_bound(stretch, factor)
    error = most * np.sqrt(np.log(2 / 1e-9) / (2 * samples))
    assert error < 0.3, "else nothing is said"
    ratio = np.exp(found.numpy() - problem.evidence)
    assert (np.abs(ratio - 1) < error).all()


def test_more_draws_of_a_wrong_proposal_come_nearer_from_below(
    problem: Problem, rng: np.random.Generator
) -> None:
    """Means over many estimates rise with k and stay below the evidence."""
    model = problem.model(stretch=0.5, factor=2.5)
    repeats = 6000
    repeated = problem.images.repeat(repeats, 1)
    gaps = [
        (
            evaluation.importance_sampled_log_likelihood(model, repeated, k, seeded(rng)).numpy()
            - np.tile(problem.evidence, repeats)
        )
        for k in (1, 5, 25)
    ]
    errors = [gap.std() / np.sqrt(gap.size) for gap in gaps]
    # Six standard errors: the chance of a false alarm is below 1e-8.
    assert gaps[0].mean() + 6 * errors[0] < gaps[1].mean() - 6 * errors[1]
    assert gaps[1].mean() + 6 * errors[1] < gaps[2].mean() - 6 * errors[2]
    assert gaps[2].mean() + 6 * errors[2] < 0


@pytest.mark.parametrize("rows", [1, 4, 11])
def test_chunks_change_nothing_and_the_generator_repeats(
    problem: Problem, rng: np.random.Generator, rows: int
) -> None:
    """Whatever passes the decoder at once, each image has its own draws."""
    model, seed = problem.model(stretch=0.5, factor=2.5), int(rng.integers(2**62))

    def estimate(images: Tensor, **options: int) -> Floats:
        generator = Generator().manual_seed(seed)
        return evaluation.importance_sampled_log_likelihood(
            model, images, 6, generator, **options
        ).numpy()

    whole = estimate(problem.images)
    np.testing.assert_allclose(estimate(problem.images, rows=rows), whole, rtol=1e-13)
    np.testing.assert_allclose(estimate(problem.images[:2]), whole[:2], rtol=1e-13)
    np.testing.assert_array_equal(estimate(problem.images), whole)
    other = evaluation.importance_sampled_log_likelihood(
        model, problem.images, 6, Generator().manual_seed(seed + 1)
    )
    assert (other.numpy() != whole).all()


def test_latents_are_draws_of_the_posteriors_and_repeat(
    problem: Problem, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mean and log variance are the encoder's, whatever the chunks; z moves by standard noise."""
    monkeypatch.setattr(evaluation, "_ROWS", 3)
    model, seed = problem.model(factor=0.3), int(rng.integers(2**62))
    one, two = (
        evaluation.latents(model, problem.images, Generator().manual_seed(seed)) for _ in range(2)
    )
    for first, second in zip(one, two, strict=True):
        np.testing.assert_array_equal(first, second)
    expected = (problem.images.numpy() - problem.offset) @ problem.posterior_map.T
    np.testing.assert_allclose(one.mean, expected, rtol=1e-12)
    noise = (one.z - one.mean) / np.sqrt(0.3 * problem.posterior_variance)
    generator = Generator().manual_seed(seed)
    drawn = [torch.randn(n, SIZE, generator=generator, dtype=torch.float64) for n in (3, 2)]
    np.testing.assert_allclose(noise, torch.cat(drawn).numpy(), rtol=1e-10)


@pytest.mark.parametrize(("name", "options"), [("samples", {}), ("rows", {"rows": 0})])
def test_no_draws_are_refused(
    problem: Problem, name: str, options: dict[str, int], rng: np.random.Generator
) -> None:
    """A mean over nothing is an error that says what was wanted."""
    samples = 0 if name == "samples" else 2
    with pytest.raises(InputError, match=f"{name}: wanted a whole number from 1 up, got 0"):
        evaluation.importance_sampled_log_likelihood(
            problem.model(), problem.images, samples, seeded(rng), **options
        )


def test_log_likelihood_and_images_follow_the_likelihood_of_the_settings(
    problem: Problem, rng: np.random.Generator
) -> None:
    """Bernoulli pixels take the decoder's output as logits, Gaussian ones as means."""
    model = problem.model()
    z = torch.from_numpy(rng.normal(size=(4, SIZE)))
    decoded = model.decode(z).numpy()
    x = torch.from_numpy(rng.integers(2, size=(4, PIXELS)).astype(np.float64))
    density = -0.5 * ((x.numpy() - decoded) ** 2 / VARIANCE + np.log(2 * np.pi * VARIANCE)).sum(
        axis=1
    )
    np.testing.assert_allclose(evaluation.log_likelihood(model, x, z), density, rtol=1e-12)
    np.testing.assert_allclose(evaluation.decoded_images(model, z), decoded, rtol=1e-12)
    model.settings = SimpleNamespace(likelihood="bernoulli")
    theta = 1 / (1 + np.exp(-decoded))
    mass = np.where(x.numpy() == 1, theta, 1 - theta).prod(axis=1)
    np.testing.assert_allclose(evaluation.log_likelihood(model, x, z), np.log(mass), rtol=1e-12)
    np.testing.assert_allclose(evaluation.decoded_images(model, z), theta, rtol=1e-12)

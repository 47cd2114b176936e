"""The terms of the losses, by quadrature and literal arithmetic; shipped errors are rejected."""

import math
from collections.abc import Callable
from functools import cache

import mpmath as mp
import numpy as np
import pytest
import scipy.stats
import torch
from harness.historical import cases
from harness.vae_models import Table, choose_noise, double, draw_pixels, draw_table
from torch import Tensor

from impl.vae import notebook, objectives
from impl.vae.objectives import bernoulli_log_likelihood, divergence_between, gaussian_divergence
from impl.vae.settings import Settings

Divergence = Callable[[Tensor, Tensor], Tensor]
EACH = double([[0.3, -1.4, 2.0], [0.0, 0.7, -0.2], [1.1, 0.4, -0.6], [-2.0, 0.1, 0.9]])
LOGS = double([[-1.3, 0.8, -0.2], [0.5, -2.1, 1.4], [-0.7, 0.3, -3.0], [1.0, -0.4, 0.6]])


@cache
def quadrature(mean: float, variance: float, prior: tuple[float, float]) -> float:
    """KL between two normal laws as an integral over the line, by tanh-sinh at 30 digits."""
    with mp.workdps(30):

        def log_density(z: mp.mpf, centre: float, spread: float) -> mp.mpf:
            return -(((z - centre) ** 2) / spread + mp.log(2 * mp.pi * spread)) / 2

        def integrand(z: mp.mpf) -> mp.mpf:
            log = log_density(z, mean, variance)
            return mp.exp(log) * (log - log_density(z, *prior))

        width = mp.sqrt(variance)
        ends = [mean + step * width for step in (-15, -5, 0, 5, 15)]
        return float(mp.quad(integrand, ends))


def check_divergence(divergence: Divergence, device: torch.device | str = "cpu") -> None:
    """A KL from N(0, I): quadrature, special cases, 0 at equality, sums, batches apart."""
    mean, logs = EACH.to(device), LOGS.to(device)
    found = divergence(mean, logs)
    exact = [
        sum(quadrature(m, math.exp(v), (0, 1)) for m, v in zip(*row, strict=True))
        for row in zip(EACH.tolist(), LOGS.tolist(), strict=True)
    ]
    torch.testing.assert_close(found, double(exact, device), rtol=1e-12, atol=0)
    assert bool((found > 0).all())
    zero = torch.zeros_like(mean)
    torch.testing.assert_close(divergence(zero, zero), zero[:, 0], rtol=0, atol=0)
    torch.testing.assert_close(divergence(mean, zero), mean.square().sum(1) / 2)
    wide = torch.cat([mean, mean], 1), torch.cat([logs, logs], 1)
    torch.testing.assert_close(divergence(*wide), 2 * found, rtol=1e-14, atol=0)
    order = [2, 0, 3, 1]
    torch.testing.assert_close(divergence(mean[order], logs[order]), found[order])
    twice = divergence(torch.cat([mean, mean]), torch.cat([logs, logs]))
    torch.testing.assert_close(twice, torch.cat([found, found]))
    torch.testing.assert_close(divergence(mean[:1], logs[:1]), found[:1])


@pytest.mark.establishes("gaussian_vae.gaussian_kl", kind="enumeration")
def test_divergence_from_the_prior_equals_quadrature(device: torch.device) -> None:
    """The KL from N(0, I) equals an integral, is 0 at equality, and sums over latents alone."""
    check_divergence(gaussian_divergence, device)


def per_image(total: Tensor, mean: Tensor) -> Tensor:
    """One number in the place of every image's own."""
    return total.expand(len(mean))


FAULTY_DIVERGENCES = {
    "kl-averaged-over-latents": lambda m, v: gaussian_divergence(m, v) / m.shape[1],
    "log-variance-as-deviation": lambda m, v: (
        0.5 * (m**2 + v**2 - 1 - torch.log(v**2 + 1e-8)).sum(-1)
    ),
    "log-variance-as-deviation, in logs": lambda m, v: gaussian_divergence(m, 2 * v),
    "kl-constant-lacks-latent-size": lambda m, v: 0.5 * ((m**2 + v.exp() - v).sum(-1) - 1),
    "kl-sign-flipped": lambda m, v: -gaussian_divergence(m, v),
    "sign of the log flipped": lambda m, v: 0.5 * (m**2 + v.exp() + v - 1).sum(-1),
    "half forgotten": lambda m, v: 2 * gaussian_divergence(m, v),
    "arguments swapped": lambda m, v: divergence_between(0 * m, torch.ones_like(m), m, v.exp()),
    "sum-without-dim": lambda m, v: per_image(gaussian_divergence(m, v).sum(), m),
    "mean without dim": lambda m, v: per_image(gaussian_divergence(m, v).mean(), m),
}


@pytest.mark.parametrize("faulty", cases(FAULTY_DIVERGENCES, kind="enumeration"))
def test_published_errors_of_the_divergence_are_rejected(faulty: Divergence) -> None:
    """Each error fails the check that the implementation passes."""
    with pytest.raises(AssertionError):
        check_divergence(faulty)


def test_a_probe_at_log_variance_zero_alone_would_miss_a_shipped_error() -> None:
    """At log variance 0 log deviation and log variance agree, which is why 0 is no probe."""
    zero = torch.zeros_like(EACH)
    wrong = FAULTY_DIVERGENCES["log-variance-as-deviation, in logs"]
    torch.testing.assert_close(wrong(EACH, zero), gaussian_divergence(EACH, zero))


def check_between(divergence: Callable[..., Tensor], device: torch.device | str = "cpu") -> None:
    """A KL between diagonal Gaussians equals quadrature, and is 0 between equals."""
    mean, variance = EACH[:2], LOGS[:2].exp()
    prior = (EACH[2:], (0.7 * LOGS[2:]).exp())
    rows = zip(*(part.tolist() for part in (mean, variance, *prior)), strict=True)
    exact = [
        sum(quadrature(m, v, (pm, pv)) for m, v, pm, pv in zip(*row, strict=True)) for row in rows
    ]
    places = [part.to(device) for part in (mean, variance, *prior)]
    torch.testing.assert_close(divergence(*places), double(exact, device), rtol=1e-12, atol=0)
    same = divergence(*places[:2], *places[:2])
    torch.testing.assert_close(same, torch.zeros_like(same), rtol=0, atol=0)


@pytest.mark.establishes("gaussian_vae.gaussian_kl", kind="enumeration")
def test_divergence_between_gaussians_equals_quadrature(device: torch.device) -> None:
    """The KL to a general diagonal prior equals an integral, and is 0 between equal laws."""
    check_between(divergence_between, device)


FAULTY_BETWEEN = {
    "arguments swapped": lambda m, v, pm, pv: divergence_between(pm, pv, m, v),
    "deviations taken": lambda m, v, pm, pv: divergence_between(m, v**2, pm, pv**2),
    "prior variance ignored": lambda m, v, pm, pv: divergence_between(m, v, pm, pv / pv),
    "shift not over the prior variance": lambda m, v, pm, pv: (
        divergence_between(m, v, pm, pv) + 0.5 * (1 - 1 / pv).mul((m - pm) ** 2).sum(-1)
    ),
}


@pytest.mark.parametrize("faulty", FAULTY_BETWEEN.values(), ids=FAULTY_BETWEEN.keys())
def test_errors_of_the_general_divergence_are_rejected(faulty: Callable[..., Tensor]) -> None:
    """Each error fails the check that the implementation passes."""
    with pytest.raises(AssertionError):
        check_between(faulty)


def check_bernoulli(log_likelihood: Callable[[Tensor, Tensor], Tensor]) -> None:
    """A log likelihood from logits: mpmath, grey levels, far logits, draws before the images."""
    x = double([[0.0, 1.0, 0.25, 1.0], [1.0, 0.0, 0.0, 0.5]])
    logits = double([[[0.3, -1.2, 2.0, 40.0], [-800.0, 0.1, 800.0, 3.0]], [[1.0] * 4, [-2.0] * 4]])
    with mp.workdps(400):  # 1 - sigmoid(800) has 350 zeros

        def pixel(value: float, logit: float) -> mp.mpf:
            theta = 1 / (1 + mp.exp(-mp.mpf(logit)))
            return value * mp.log(theta) + (1 - mp.mpf(value)) * mp.log(1 - theta)

        exact = [
            [
                float(sum(pixel(*pair) for pair in zip(values, row, strict=True)))
                for values, row in zip(x.tolist(), rows, strict=True)
            ]
            for rows in logits.tolist()
        ]
    torch.testing.assert_close(log_likelihood(x, logits), double(exact), rtol=1e-13, atol=0)


@pytest.mark.establishes("gaussian_vae.bernoulli_logits", kind="enumeration")
def test_bernoulli_likelihood_equals_the_literal_one() -> None:
    """From logits, to ±800, the log likelihood is the literal one at 400 digits."""
    check_bernoulli(bernoulli_log_likelihood)


def clamped(x: Tensor, logits: Tensor) -> Tensor:
    """Take probabilities clamped away from 0 and 1."""
    theta = torch.sigmoid(logits).clamp(1e-7, 1 - 1e-7)
    return (x * theta.log() + (1 - x) * (1 - theta).log()).sum(-1)


def direct(x: Tensor, logits: Tensor) -> Tensor:
    """Take probabilities as they are."""
    theta = torch.sigmoid(logits)
    return (x * theta.log() + (1 - x) * (1 - theta).log()).sum(-1)


FAULTY_LIKELIHOODS = {
    "kl-negative-by-clamping": clamped,
    "log-density-nan-at-boundary": direct,
    "sign flipped": lambda x, t: -bernoulli_log_likelihood(x, t),
    "mean over pixels": lambda x, t: bernoulli_log_likelihood(x, t) / 4,
    "pixels inverted": lambda x, t: bernoulli_log_likelihood(1 - x, t),
    "grey levels rounded": lambda x, t: bernoulli_log_likelihood(x.round(), t),
}


@pytest.mark.parametrize("faulty", cases(FAULTY_LIKELIHOODS, kind="enumeration"))
def test_errors_of_the_bernoulli_likelihood_are_rejected(faulty: Callable[..., Tensor]) -> None:
    """Each error fails the check that the implementation passes."""
    with pytest.raises(AssertionError):
        check_bernoulli(faulty)


@pytest.mark.parametrize("variance", [0.3, 2.5])
def test_gaussian_likelihood_equals_scipys(variance: float, rng: np.random.Generator) -> None:
    """The log density of Gaussian pixels is SciPy's, which takes a standard deviation."""
    x, mean = rng.normal(size=(5, 3)), rng.normal(size=(2, 5, 3))
    exact = scipy.stats.norm(mean, math.sqrt(variance)).logpdf(x).sum(-1)
    found = objectives.gaussian_log_likelihood(double(x), double(mean), variance)
    torch.testing.assert_close(found, double(exact), rtol=1e-12, atol=0)


def one_image_by_hand(objective: str) -> float:
    """Loss of one image of two pixels, one latent and two draws, in plain arithmetic."""
    mean, log_variance, weight, offset = 0.4, -0.6, (1.5, -0.7), (0.2, 0.9)
    total, weights = 0.0, []
    for noise in (0.8, -1.7):
        z = mean + math.exp(log_variance) ** 0.5 * noise
        first = 1 / (1 + math.exp(-(weight[0] * z + offset[0])))
        second = 1 / (1 + math.exp(-(weight[1] * z + offset[1])))
        log_likelihood = math.log(first) + math.log(1 - second)  # pixels 1 and 0
        total -= log_likelihood / 2
        log_prior = -0.5 * (z**2 + math.log(2 * math.pi))
        log_q = -0.5 * (noise**2 + math.log(2 * math.pi) + log_variance)
        weights.append(math.exp(log_likelihood + log_prior - log_q))
    if objective == "iwae":
        return -math.log(sum(weights) / 2)
    return total + 0.5 * (mean**2 + math.exp(log_variance) - 1 - log_variance)


@pytest.mark.establishes("gaussian_vae.elbo", kind="enumeration")
@pytest.mark.parametrize("objective", ["kl", "iwae"])
def test_loss_of_one_image_is_the_literal_one(
    objective: str, monkeypatch: pytest.MonkeyPatch, device: torch.device
) -> None:
    """Of one image, with two draws of known noise, the loss is what arithmetic by hand gives."""
    table = table_by_hand(device)
    choose_noise(monkeypatch, double([[[0.8]], [[-1.7]]], device))
    settings = Settings(objective=objective, samples=2)
    found = objectives.loss(table, double([[1.0, 0.0]], device), settings, None)
    assert float(found.total) == pytest.approx(one_image_by_hand(objective), rel=1e-13, abs=0)
    assert float(found.reconstruction + found.divergence) == pytest.approx(
        float(found.total), rel=1e-12, abs=0
    )


def table_by_hand(device: torch.device) -> Table:
    """The autoencoder of `one_image_by_hand`."""
    numbers = ([[0.4]], [[-0.6]], [[1.5], [-0.7]], [0.2, 0.9])
    return Table(*(double(part, device) for part in numbers))


def check_paths(
    loss_function: Callable[..., Tensor],
    rng: np.random.Generator,
    monkeypatch: pytest.MonkeyPatch,
    device: torch.device,
) -> None:
    """A sum over a batch, from probabilities, is so many times our mean, from logits."""
    table, x = draw_table(rng, 4, device), draw_pixels(rng, 4, device)
    noise = double(rng.normal(size=(2, 4, 3)), device)
    choose_noise(monkeypatch, noise)
    ours = objectives.loss(table, x, Settings(samples=2), None)
    z = table.mean + torch.exp(table.log_variance / 2) * noise
    theta = torch.sigmoid(table.decode(z))
    sums = loss_function(x, theta, table.mean, table.log_variance)
    torch.testing.assert_close(sums, 4 * ours.total, rtol=1e-12, atol=0)


def test_notebooks_loss_is_the_batch_size_times_ours(
    monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator, device: torch.device
) -> None:
    """Both paths of one loss agree: the notebook's sum over a batch, ours the mean."""
    check_paths(notebook.loss_function, rng, monkeypatch, device)


def added(*terms: float) -> Callable[..., Tensor]:
    """The notebook's loss with so many times its divergence, or its whole, added."""
    again, whole = terms

    def loss(x: Tensor, theta: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
        right = notebook.loss_function(x, theta, mean, log_variance)
        return (1 + whole) * right + again * gaussian_divergence(mean, log_variance).sum()

    return loss


FAULTY_PATHS = {
    "sign-differs-between-paths, of the divergence": added(-2, 0),
    "sign-differs-between-paths, of the loss": added(0, -2),
}


@pytest.mark.parametrize("faulty", cases(FAULTY_PATHS, kind="enumeration"))
def test_paths_that_differ_are_rejected(
    faulty: Callable[..., Tensor],
    rng: np.random.Generator,
    monkeypatch: pytest.MonkeyPatch,
    device: torch.device,
) -> None:
    """A path with a sign of its own fails the check that the notebook's passes."""
    with pytest.raises(AssertionError):
        check_paths(faulty, rng, monkeypatch, device)

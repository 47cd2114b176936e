"""The whole pipeline against the linear autoencoder, where evidence and bound are closed forms.

Where a function is a polynomial of degree 2 in the noise, its mean over the 2 K points
±sqrt(K) e_k is its expectation (the spherical rule of degree 3). So the loss and all its gradients
are had without any sampling error.
"""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from harness.historical import cases
from harness.vae_models import choose_noise, double
from oracles import linear_gaussian as oracle
from oracles.linear_gaussian import Numbers
from torch import Tensor

from impl.vae import linear, objectives
from impl.vae.linear import LinearAutoencoder
from impl.vae.objectives import Loss
from impl.vae.settings import Settings

SIZES = [(4, 2, 0.6), (3, 3, 1.7), (5, 1, 0.2)]
"""Pixels, latents and the pixels' variance."""
IMAGES = 3
Problem = tuple[Numbers, LinearAutoencoder, Tensor]


def build(numbers: Numbers, device: torch.device) -> LinearAutoencoder:
    """The autoencoder of these numbers."""
    *parts, variance = numbers
    tensors = {
        name: double(part, device) for name, part in zip(Numbers._fields, parts, strict=False)
    }
    return LinearAutoencoder(**tensors, variance=variance)


@pytest.fixture(params=SIZES, ids=lambda sizes: f"{sizes[0]} pixels, {sizes[1]} latents")
def problem(
    request: pytest.FixtureRequest, rng: np.random.Generator, device: torch.device
) -> Problem:
    """Draw a model and images that it has nothing to do with."""
    pixels, latents, variance = request.param
    numbers = oracle.draw(rng, pixels, latents, variance)
    return numbers, build(numbers, device), double(rng.normal(size=(IMAGES, pixels)), device)


def settings_of(problem: Problem, **changes: object) -> Settings:
    """Settings of a loss whose draws are the rule's points."""
    variance = problem[0].variance
    points = 2 * len(problem[0].log_variance)
    return Settings(likelihood="gaussian", likelihood_variance=variance, samples=points, **changes)


def rule(problem: Problem) -> Tensor:
    """The 2 K points of the rule for each image, shape (2 K, images, K)."""
    latents = len(problem[0].log_variance)
    points = np.sqrt(latents) * np.vstack([np.eye(latents), -np.eye(latents)])
    points = double(points, problem[2].device)
    return points[:, None].expand(-1, IMAGES, -1).contiguous()


@pytest.mark.establishes("linear_vae.evidence", kind="enumeration")
def test_evidence_equals_the_dense_gaussians(problem: Problem) -> None:
    """The log evidence by the latents' small matrices is that of the dense pixel covariance."""
    numbers, model, x = problem
    exact = [oracle.log_evidence(numbers, image) for image in x.cpu().numpy()]
    found = linear.log_evidence(model, x)
    torch.testing.assert_close(found.detach().cpu(), double(exact), rtol=1e-11, atol=0)


@pytest.mark.establishes("linear_vae.posterior", kind="enumeration")
def test_posterior_equals_the_conditioned_joint(problem: Problem) -> None:
    """Mean and covariance are those of the dense joint Gaussian, conditioned on the image."""
    numbers, model, x = problem
    means, covariance = linear.posterior(model, x)
    for image, mean in zip(x.cpu().numpy(), means, strict=True):
        exact, table = oracle.posterior(numbers, image)
        torch.testing.assert_close(mean.detach().cpu(), double(exact), rtol=1e-11, atol=1e-13)
        torch.testing.assert_close(covariance.detach().cpu(), double(table), rtol=1e-11, atol=1e-13)


@pytest.mark.establishes("linear_vae.elbo", kind="enumeration")
def test_bound_is_the_evidence_less_the_divergence_from_the_posterior(problem: Problem) -> None:
    """The closed bound equals log evidence less KL(q, posterior), and lies below the evidence."""
    numbers, model, x = problem
    exact = [oracle.evidence_lower_bound(numbers, image) for image in x.cpu().numpy()]
    found = linear.evidence_lower_bound(model, x)
    torch.testing.assert_close(found.detach().cpu(), double(exact), rtol=1e-11, atol=0)
    assert bool((found < linear.log_evidence(model, x)).all())


@pytest.mark.establishes("linear_vae.gradients", kind="finite difference")
def test_gradients_of_the_bound_equal_differences_of_the_oracle(problem: Problem) -> None:
    """Each written-out gradient is the derivative of the dense bound, at 40 digits."""
    numbers, model, x = problem
    exact = oracle.gradients(numbers, x.cpu().numpy())
    found = linear.evidence_lower_bound_gradients(model, x)
    for name, gradient in found._asdict().items():
        torch.testing.assert_close(gradient.cpu(), double(exact[name]), rtol=1e-10, atol=1e-11)


LossOf = Callable[..., Loss]


def check_loss(
    loss: LossOf, problem: Problem, monkeypatch: pytest.MonkeyPatch, objective: str = "kl"
) -> None:
    """Minus a loss is the dense bound, and its gradients by all parameters are the bound's."""
    numbers, model, x = problem
    choose_noise(monkeypatch, rule(problem))
    total = -loss(model, x, settings_of(problem, objective=objective), None).total
    images = x.cpu().numpy()
    exact = np.mean([oracle.evidence_lower_bound(numbers, image) for image in images])
    assert float(total.detach()) == pytest.approx(exact, rel=1e-11, abs=0)
    named = dict(model.named_parameters())
    gradients = torch.autograd.grad(total, named.values())
    for (name, wanted), gradient in zip(
        oracle.gradients(numbers, images).items(), gradients, strict=True
    ):
        assert name in named
        torch.testing.assert_close(gradient.cpu(), double(wanted), rtol=1e-9, atol=1e-10)


@pytest.mark.establishes("gaussian_vae.elbo", "linear_vae.gradients", kind="enumeration")
def test_loss_and_its_gradients_equal_the_closed_form(
    problem: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The training loss, integrated exactly over its noise, has the bound and all its gradients."""
    check_loss(objectives.loss, problem, monkeypatch)


def sampled(model: LinearAutoencoder, x: Tensor, settings: Settings, _: None) -> Loss:
    """The loss with the KL sampled: minus the mean log weight."""
    mean, log_variance = model.encode(x)
    shape = (settings.samples, *mean.shape)
    noise = torch.randn(shape, dtype=mean.dtype)
    z = objectives.draw_latents(mean, log_variance, noise)
    decoded = model.decode(z)
    log_likelihood = objectives.gaussian_log_likelihood(x, decoded, settings.likelihood_variance)
    weights = objectives.log_importance_weights(log_likelihood, z, log_variance, noise)
    total = -weights.mean()
    return Loss(total, total, total)


@pytest.mark.establishes("gaussian_vae.sampled_kl_gradient", kind="enumeration")
def test_sampled_divergence_has_the_same_bound_and_gradients(
    problem: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mean log weight, integrated over its noise, has the bound and all its gradients too."""
    check_loss(sampled, problem, monkeypatch)


def replaced(**parts: Callable[..., Tensor]) -> LossOf:
    """Our loss with some of its parts exchanged."""

    def loss(model, x, settings, generator) -> Loss:  # noqa: ANN001 - as `objectives.loss`
        with pytest.MonkeyPatch.context() as patch:
            for name, part in parts.items():
                patch.setattr(objectives, name, part)
            return objectives.loss(model, x, settings, generator)

    return loss


def without_entropy(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Leave the entropy of q out of the divergence."""
    return 0.5 * (mean.square() + log_variance.exp() + np.log(2 * np.pi)).sum(-1)


def without_prior(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Leave the whole log prior out of it."""
    return -0.5 * (log_variance + 1 + np.log(2 * np.pi)).sum(-1) + 0 * mean.sum(-1)


FAULTY = {
    "entropy-omitted": {"gaussian_divergence": without_entropy},
    "log-p-term-omitted": {"gaussian_divergence": without_prior},
    "sign of the divergence flipped": {
        "gaussian_divergence": lambda m, v: -objectives_divergence(m, v)
    },
    "noise-scaled-by-variance": {"draw_latents": lambda m, v, noise: m + v.exp() * noise},
    "log-variance-as-deviation": {"draw_latents": lambda m, v, noise: m + v * noise},
    "noise unscaled": {"draw_latents": lambda m, _v, noise: m + noise},
    "scale of the noise detached": {
        "draw_latents": lambda m, v, noise: m + torch.exp(v.detach() / 2) * noise
    },
    "mean detached in the draw": {
        "draw_latents": lambda m, v, noise: m.detach() + torch.exp(v / 2) * noise
    },
    "variance of the pixels as standard deviation": {
        "gaussian_log_likelihood": lambda x, m, s: gaussian_likelihood(x, m, s**2)
    },
    "constant of the likelihood dropped": {
        "gaussian_log_likelihood": lambda x, m, s: -0.5 * ((x - m) ** 2 / s).sum(-1)
    },
}
objectives_divergence = objectives.gaussian_divergence
gaussian_likelihood = objectives.gaussian_log_likelihood


@pytest.mark.parametrize("parts", cases(FAULTY, kind="enumeration"))
def test_faulty_bounds_are_rejected(
    parts: dict[str, Callable[..., Tensor]],
    rng: np.random.Generator,
    monkeypatch: pytest.MonkeyPatch,
    device: torch.device,
) -> None:
    """Each error, put into the very loss that passes, fails the same check."""
    numbers = oracle.draw(rng, *SIZES[0])
    problem = numbers, build(numbers, device), double(rng.normal(size=(IMAGES, 4)), device)
    with pytest.raises(AssertionError):
        check_loss(replaced(**parts), problem, monkeypatch)


def test_bound_is_tight_at_the_true_posterior_and_stationary_there(
    rng: np.random.Generator, device: torch.device
) -> None:
    """With orthogonal columns q can be the posterior: bound is evidence, encoder gradients 0."""
    columns, _ = np.linalg.qr(rng.normal(size=(5, 2)))
    numbers = oracle.draw(rng, 5, 2, 0.6)._replace(decoding=columns * [1.7, 0.6])
    precision = 1 + (numbers.decoding**2).sum(0) / 0.6
    encoding = numbers.decoding.T / 0.6 / precision[:, None]
    model = build(
        numbers._replace(
            encoding=encoding,
            encoder_offset=-encoding @ numbers.offset,
            log_variance=-np.log(precision),
        ),
        device,
    )
    x = double(rng.normal(size=(IMAGES, 5)), device)
    torch.testing.assert_close(
        linear.evidence_lower_bound(model, x), linear.log_evidence(model, x), rtol=1e-13, atol=0
    )
    found = linear.evidence_lower_bound_gradients(model, x)
    for gradient in (found.encoding, found.encoder_offset, found.log_variance):
        torch.testing.assert_close(gradient, torch.zeros_like(gradient), rtol=0, atol=1e-13)

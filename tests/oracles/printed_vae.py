"""The VAE's draws, bound, divergence and likelihood, as printed and by the code."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from harness.vae_models import Table, choose_noise, double
from scipy import stats
from sympy import Expr, log

from derivations.calculus.evaluate import evaluate
from derivations.calculus.expressions import Density
from derivations.calculus.notation import Divergence, Expectation
from derivations.calculus.point import Point
from derivations.catalogue import derive
from derivations.gaussian_vae import likelihood, symbols
from derivations.gaussian_vae.symbols import D, K, k
from impl.vae import notebook, objectives
from impl.vae.settings import Settings
from oracles.printed import (
    Floats,
    Meanings,
    Pair,
    Results,
    at_most,
    gauss_hermite,
    of_order_one,
    parameter,
    read,
    stated,
    table,
)

SIZES = [(2, 3, 5), (3, 2, 4)]
"""Images, latents and pixels."""


def encoder_point(mean: Floats, log_variance: Floats, noise: Floats | None = None) -> Point:
    """Return one image's law of the latents as a point."""
    arrays = {
        symbols.mean: mean,
        symbols.log_variance: log_variance,
        symbols.variance: np.exp(log_variance),
    }
    if noise is not None:
        arrays[symbols.epsilon] = noise
    return Point({K: len(mean)}, arrays)


def reparameterization(results: Results, rng: np.random.Generator) -> list[Pair]:
    """Compare draws from given noise, and the law that the draws have."""
    pairs = []
    for images, latents, draws in SIZES:
        mean, log_variance = rng.normal(size=(2, images, latents))
        noise = rng.normal(size=(draws, images, latents))
        m, v, e = (double(part) for part in (mean, log_variance, noise))
        e.requires_grad_()
        drawn = objectives.reparameterize(m, v.exp(), e)
        by_log = objectives.draw_latents(m, v, e)
        with pytest.MonkeyPatch.context() as patch:
            choose_noise(patch, e.detach(), e.detach()[0])
            in_notebook = notebook.reparameterization(m, v.exp(), draws)
            once = notebook.reparameterization(m, v.exp())
        changed = [_log_density_of_draws(z, e) for z in (drawn, by_log)]
        for place in np.ndindex(draws, images):
            at = encoder_point(mean[place[1]], log_variance[place[1]], noise[place])
            plain, in_log = (table(results[n].right, at, k) for n in (0, 2))
            pairs += [
                Pair(drawn[place].tolist(), plain),
                Pair(in_notebook[place].tolist(), plain),
                Pair(by_log[place].tolist(), in_log),
            ]
            if place[0] == 0:
                pairs.append(Pair(once[place[1]].tolist(), plain))
            centre, spread = (parameter(p, at, k) for p in results[1].right.parameters)
            for z, got in zip((drawn, by_log), changed, strict=True):
                wanted = stats.norm.logpdf(z[place].detach().numpy(), centre, np.sqrt(spread))
                pairs.append(Pair(got[place].tolist(), wanted))
    return pairs


def _log_density_of_draws(z: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    """Return the log density of each coordinate of draws, by change of variables in autograd."""
    (rate,) = torch.autograd.grad(z.sum(), noise, retain_graph=True)
    return torch.distributions.Normal(0.0, 1.0).log_prob(noise.detach()) - rate.abs().log()


def gaussian_kl(results: Results, rng: np.random.Generator) -> list[Pair]:
    """Compare the divergences of several images from their priors."""
    pairs = []
    for images, latents, _ in SIZES:
        mean, log_variance, prior_mean, prior_log = rng.normal(size=(4, images, latents))
        m, v, p, q = (double(part) for part in (mean, log_variance, prior_mean, prior_log))
        between = objectives.divergence_between(m, v.exp(), p, q.exp())
        standard = objectives.gaussian_divergence(m, v)
        for image in range(images):
            prior = {
                symbols.prior_mean: prior_mean[image],
                symbols.prior_variance: np.exp(prior_log[image]),
            }
            at = encoder_point(mean[image], log_variance[image]).having(prior)
            wanted = [read(r.right, at) for r in results]
            pairs.append(Pair(float(between[image]), wanted[0]))
            pairs += [Pair(float(standard[image]), value) for value in wanted[1:]]
    return pairs


def bernoulli_logits(results: Results, rng: np.random.Generator) -> list[Pair]:
    """Compare log likelihoods, their gradients, and the loss at one draw."""
    pairs = []
    sigmoid = stated(derive("gaussian_vae.bernoulli_logits"), likelihood.SIGMOID)
    for images, latents, pixels in SIZES:
        x = rng.integers(2, size=(images, pixels)).astype(float)
        mean, log_variance = rng.normal(size=(2, images, latents))
        eta = double(3 * rng.normal(size=(images, pixels))).requires_grad_()
        got = objectives.bernoulli_log_likelihood(double(x), eta)
        (slopes,) = torch.autograd.grad(got.sum(), eta)
        got = got.detach()
        losses = objectives.gaussian_divergence(double(mean), double(log_variance)) - got
        for image in range(images):
            arrays = {symbols.x: x[image], likelihood.eta: eta[image].detach().numpy()}
            at = encoder_point(mean[image], log_variance[image]).having(arrays)
            at = Point({**at.sizes, D: pixels}, at.arrays)
            at = at.having({likelihood.theta: table(sigmoid.right, at, symbols.d)})
            pairs += [
                Pair(float(got[image]), read(results[0].right, at)),
                Pair(slopes[image].tolist(), table(results[1].right, at, symbols.d)),
                Pair(float(losses[image]), read(results[2].right, at)),
            ]
    return pairs


Law = Callable[[Floats], float]
"""A density, as a function of the latents."""


def meanings(laws: dict[Density, Law], draws: Floats, weights: Floats) -> tuple[Point, Meanings]:
    """Return what expectations under the encoder's law and divergences from others are.

    Means over ``draws``, shape (draws, latents), with ``weights``.
    """

    def mean(body: Expr, point: Point) -> float:
        at = [point.having({symbols.z: z}) for z in draws]
        return float(np.dot(weights, [evaluate(body, here) for here in at]))

    def divergence(node: Divergence) -> float:
        assert node.left == symbols.ENCODER
        return mean(log(node.left) - log(node.right), point)

    point = Point({}, {symbols.z: draws[0]}, density=lambda d, at: laws[d](at.arrays[symbols.z]))
    return point, {Expectation: lambda node: mean(node.body, point), Divergence: divergence}


class Linear:
    """A linear decoder's laws for one image, normal or Bernoulli pixels, by dense matrices."""

    def __init__(self, model: Table, image: int, x: Floats, variance: float | None) -> None:
        self.weight, self.offset = model.weight.numpy(), model.offset.numpy()
        self.mean = model.mean[image].numpy()
        self.log_variance = model.log_variance[image].numpy()
        self.x, self.variance = x, variance

    def at_signs(self) -> tuple[Floats, Floats]:
        """Return draws at all signs of the noise, which give means of squares exactly."""
        noise, weights = gauss_hermite(len(self.mean), 2)
        return self.mean + np.exp(self.log_variance / 2) * noise, weights

    def likelihood(self, z: Floats) -> float:
        """Return the probability, or density, of the pixels given the latents."""
        decoded = self.weight @ z + self.offset
        if self.variance is None:
            theta = 1 / (1 + np.exp(-decoded))
            return float(np.prod(np.where(self.x == 1, theta, 1 - theta)))
        return float(stats.norm.pdf(self.x, decoded, np.sqrt(self.variance)).prod())

    def laws(self) -> dict[Density, Law]:
        """Return every density there is."""
        scale = np.exp(self.log_variance / 2)
        found: dict[Density, Law] = {
            symbols.LIKELIHOOD: self.likelihood,
            symbols.PRIOR: lambda z: stats.norm.pdf(z).prod(),
            symbols.ENCODER: lambda z: stats.norm.pdf(z, self.mean, scale).prod(),
        }
        if self.variance is not None:
            pixels, latents = self.weight.shape
            gap = self.x - self.offset
            marginal = self.weight @ self.weight.T + self.variance * np.eye(pixels)
            evidence = stats.multivariate_normal(np.zeros(pixels), marginal).pdf(gap)
            spread = np.linalg.inv(np.eye(latents) + self.weight.T @ self.weight / self.variance)
            centre = spread @ self.weight.T @ gap / self.variance
            posterior = stats.multivariate_normal(centre, spread)
            found |= {symbols.POSTERIOR: posterior.pdf, symbols.EVIDENCE: lambda _: evidence}
            found[symbols.JOINT] = lambda z: self.likelihood(z) * found[symbols.PRIOR](z)
        return found


def random_model(rng: np.random.Generator, images: int, latents: int, pixels: int) -> Table:
    """Return posteriors and a linear decoder."""
    return Table(
        double(rng.normal(size=(images, latents))),
        double(rng.uniform(-2, 1, size=(images, latents))),
        double(0.6 * rng.normal(size=(pixels, latents))),
        double(rng.normal(size=pixels)),
    )


def exact_model(rng: np.random.Generator, x: Floats, latents: int, variance: float) -> Table:
    """Return a decoder whose columns are orthogonal, with the exact posteriors of images."""
    columns, _ = np.linalg.qr(rng.normal(size=(x.shape[1], latents)))
    weight, offset = columns * rng.uniform(0.4, 2, size=latents), rng.normal(size=x.shape[1])
    spread = variance / (variance + (weight**2).sum(0))
    mean = (x - offset) @ weight * spread / variance
    return Table(*(double(p) for p in (mean, np.tile(np.log(spread), (len(x), 1)), weight, offset)))


def _loss(model: Table, x: Floats, settings: Settings) -> float:
    """Return the loss at all signs of the noise, each a draw."""
    images, latents = model.mean.shape
    noise = np.repeat(gauss_hermite(latents, 2)[0][:, None], images, axis=1)
    with pytest.MonkeyPatch.context() as patch:
        choose_noise(patch, double(noise))
        return float(objectives.loss(model, double(x), settings, None).total)


def elbo(results: Results, rng: np.random.Generator) -> list[Pair]:
    """Compare minus the loss with fit less divergence, and with evidence less divergence."""
    pairs = []
    for images, latents, pixels in SIZES:
        signs, variance = 2**latents, float(rng.uniform(0.5, 0.8))
        model, x = random_model(rng, images, latents, pixels), rng.normal(size=(images, pixels))
        normal = Settings(likelihood="gaussian", likelihood_variance=variance, samples=signs)
        rows = _rows(results, model, x, variance)
        got = -_loss(model, x, normal)
        pairs += [of_order_one(got, row) for row in rows[:2]] + [at_most(got, rows[2])]
        exact = exact_model(rng, x, latents, variance)
        tight = _rows(results, exact, x, variance)[2]
        pairs.append(of_order_one(-_loss(exact, x, normal), tight))
        binary = rng.integers(2, size=(images, pixels)).astype(float)
        wanted = _rows(results[:1], model, binary, None)[0]
        pairs.append(Pair(-_loss(model, binary, Settings(samples=signs)), wanted))
        z, _ = zip(*(Linear(model, i, x[i], None).at_signs() for i in range(images)), strict=True)
        theta = torch.sigmoid(model.decode(double(np.stack(z, axis=1))))
        total = notebook.loss_function(double(binary), theta, model.mean, model.log_variance)
        pairs.append(Pair(-float(total) / images, wanted))
    return pairs


def _rows(results: Results, model: Table, x: Floats, variance: float | None) -> Floats:
    """Return the mean over the images of what each result states."""
    found = []
    for image in range(len(x)):
        linear = Linear(model, image, x[image], variance)
        point, means = meanings(linear.laws(), *linear.at_signs())
        found.append([read(r.right, point, means) for r in results])
    return np.mean(found, axis=0)


COMPARISONS = {
    "gaussian_vae.reparameterization": reparameterization,
    "gaussian_vae.elbo": elbo,
    "gaussian_vae.gaussian_kl": gaussian_kl,
    "gaussian_vae.bernoulli_logits": bernoulli_logits,
}

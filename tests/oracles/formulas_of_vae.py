"""The VAE's draws, bound, divergence and likelihood beside its printed formulas."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from harness.vae_models import Table, choose_noise, double
from sympy import Basic, exp

from derivations.calculus.binding import sum_over
from derivations.calculus.expressions import BITS, Array, Slice
from derivations.meaning.notation import FamilyAt, Joint, part
from derivations.problems.gaussian_vae import any_model, sampled, symbols
from derivations.problems.gaussian_vae.symbols import ONE, ZERO, D, d, i, k
from impl.vae import notebook, objectives
from impl.vae.settings import Settings
from oracles.formulas import (
    Comparison,
    Floats,
    Formula,
    Pair,
    Printed,
    at_draw,
    at_most,
    gauss_hermite,
    of_order_one,
)

SIZES = [(2, 3, 5), (3, 2, 4)]
"""Images, latents and pixels."""
PIXEL = Array("pixel", (D,), "x", BITS)
PIXELS = Slice(PIXEL)
LOGIT = sampled.c[d] + sum_over(sampled.W[d, i] * symbols.z[i], i)
BINARY = Joint(
    "p",
    (
        part(symbols.z[k], symbols.normal(ZERO, ONE), k),
        part(PIXEL[d], FamilyAt("Bernoulli", 1 / (1 + exp(-LOGIT))), d),
    ),
)
"""A linear decoder of binary pixels."""


def in_place_of_any(pixels: Joint) -> dict[Basic, Basic]:
    """Return the code's encoder, and a decoder, in the place of any."""
    return {
        any_model.MODEL: pixels,
        any_model.X: symbols.X,
        any_model.Z: symbols.Z,
        any_model.ENCODER: symbols.ENCODER,
    }


NORMAL_MODEL = in_place_of_any(sampled.MODEL)
BINARY_MODEL = {
    **in_place_of_any(BINARY),
    any_model.X: PIXELS,
    any_model.ENCODER: Joint("q", symbols.ENCODER.parts, given=(PIXELS,)),
}


def reparameterization(printed: Printed, rng: np.random.Generator) -> list[Pair]:
    """Compare draws from given noise, and the distribution that the draws have."""
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
        changed = [_log_density_of_draws(z, e).sum(-1) for z in (drawn, by_log)]
        for place in np.ndindex(draws, images):
            at = {"mean": mean[place[1]], "log_variance": log_variance[place[1]]}
            plain = printed.defined("drawn")(**at, noise=noise[place])
            in_log = printed.right(1)(**at, noise=noise[place])
            pairs += [
                Pair(drawn[place].tolist(), plain),
                Pair(in_notebook[place].tolist(), plain),
                Pair(by_log[place].tolist(), in_log),
            ]
            if place[0] == 0:
                pairs.append(Pair(once[place[1]].tolist(), plain))
            for z, got in zip((drawn, by_log), changed, strict=True):
                wanted = printed.log_density(0)(**at, value=z[place].detach())
                pairs.append(of_order_one(got[place].item(), wanted))
    return pairs


def _log_density_of_draws(z: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    """Return the log density of each coordinate of draws, by change of variables in autograd."""
    (rate,) = torch.autograd.grad(z.sum(), noise, retain_graph=True)
    return torch.distributions.Normal(0.0, 1.0).log_prob(noise.detach()) - rate.abs().log()


def gaussian_kl(printed: Printed, rng: np.random.Generator) -> list[Pair]:
    """Compare the divergences of several images from their priors."""
    pairs = []
    for images, latents, _ in SIZES:
        mean, log_variance, prior_mean, prior_log = rng.normal(size=(4, images, latents))
        m, v, p, q = (double(part) for part in (mean, log_variance, prior_mean, prior_log))
        between = objectives.divergence_between(m, v.exp(), p, q.exp())
        standard = objectives.gaussian_divergence(m, v)
        for image in range(images):
            at = {"mean": mean[image], "log_variance": log_variance[image]}
            at |= {"prior_mean": prior_mean[image], "prior_variance": np.exp(prior_log[image])}
            wanted = [printed.right(number)(**at) for number in range(3)]
            pairs.append(Pair(float(between[image]), wanted[0]))
            pairs += [Pair(float(standard[image]), value) for value in wanted[1:]]
    return pairs


def bernoulli_logits(printed: Printed, rng: np.random.Generator) -> list[Pair]:
    """Compare log likelihoods, their gradients, and the loss at one draw."""
    pairs = []
    for images, latents, pixels in SIZES:
        x = rng.integers(2, size=(images, pixels))
        mean, log_variance = rng.normal(size=(2, images, latents))
        eta = double(3 * rng.normal(size=(images, pixels))).requires_grad_()
        got = objectives.bernoulli_log_likelihood(double(x), eta)
        (slopes,) = torch.autograd.grad(got.sum(), eta)
        got = got.detach()
        losses = objectives.gaussian_divergence(double(mean), double(log_variance)) - got
        for image in range(images):
            at = {"pixel": x[image], "eta": eta[image].detach()}
            at |= {"mean": mean[image], "log_variance": log_variance[image]}
            pairs += [
                Pair(float(got[image]), printed.right(0)(**at)),
                Pair(slopes[image].tolist(), printed.right(1)(**at)),
                Pair(float(losses[image]), printed.right(2)(**at)),
            ]
    return pairs


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


def numbers(model: Table, image: int, x: Floats, variance: float = 1.0) -> dict[str, object]:
    """Return a linear decoder's numbers, and those of one image, by the names of the formulas."""
    law = {"mean": model.mean[image], "log_variance": model.log_variance[image]}
    law |= {"variance": model.log_variance[image].exp(), "x": x, "pixel": x}
    return {**law, "W": model.weight, "c": model.offset, "tau": variance}


def loss(model: Table, x: Floats, settings: Settings, noise: Floats) -> float:
    """Return the loss at noise of shape (draws, images, latents)."""
    with pytest.MonkeyPatch.context() as patch:
        choose_noise(patch, double(noise))
        return float(objectives.loss(model, double(x), settings, None).total)


def elbo(printed: Printed, rng: np.random.Generator) -> list[Pair]:
    """Compare minus the loss with fit less divergence, and with evidence less divergence.

    Of normal pixels at all signs of the noise, which give means of squares exactly; of binary ones
    at a few draws, with what is averaged taken there.
    """
    pairs = []
    for images, latents, pixels in SIZES:
        signs, variance = 2**latents, float(rng.uniform(0.5, 0.8))
        noise = np.repeat(gauss_hermite(latents, 2)[0][:, None], images, axis=1)
        model, x = random_model(rng, images, latents, pixels), rng.normal(size=(images, pixels))
        normal = Settings(likelihood="gaussian", likelihood_variance=variance, samples=signs)
        forms = [printed.right(number, model=NORMAL_MODEL) for number in range(3)]
        rows = _rows(forms, model, x, variance)
        got = -loss(model, x, normal, noise)
        pairs += [of_order_one(got, row) for row in rows[:2]] + [at_most(got, rows[2])]
        exact = exact_model(rng, x, latents, variance)
        tight = _rows(forms[2:], exact, x, variance)[0]
        pairs.append(of_order_one(-loss(exact, x, normal, noise), tight))
        pairs += _of_binary(printed, rng, model, pixels)
    return pairs


def _rows(forms: list[Formula], model: Table, x: Floats, variance: float) -> Floats:
    """Return the mean over the images of what each formula says."""
    at = [numbers(model, image, pixels, variance) for image, pixels in enumerate(x)]
    return np.array([np.mean([form(**each) for each in at]) for form in forms])


def _of_binary(printed: Printed, rng: np.random.Generator, model: Table, pixels: int) -> list[Pair]:
    (images, latents), draws = model.mean.shape, 3
    x, noise = rng.integers(2, size=(images, pixels)), rng.normal(size=(draws, images, latents))
    z = objectives.draw_latents(model.mean, model.log_variance, double(noise))
    form = printed(at_draw(printed.claims[0].right), model=BINARY_MODEL)
    wanted = np.mean(
        [form(**numbers(model, n, x[n]), z=z[draw, n]) for draw, n in np.ndindex(draws, images)]
    )
    total = notebook.loss_function(
        double(x), torch.sigmoid(model.decode(z)), model.mean, model.log_variance
    )
    got = loss(model, x, Settings(samples=draws), noise)
    return [Pair(-got, wanted), Pair(-float(total) / images, wanted)]


COMPARISONS: dict[str, Comparison] = {
    "gaussian_vae.reparameterization": reparameterization,
    "gaussian_vae.elbo": elbo,
    "gaussian_vae.gaussian_kl": gaussian_kl,
    "gaussian_vae.bernoulli_logits": bernoulli_logits,
}

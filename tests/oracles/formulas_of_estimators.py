"""The VAE's gradient estimators and importance-weighted bound beside their printed formulas.

Means and variances of the code's over the noise are those of Gauss-Hermite rules; those of the
bound are sums over all outcomes.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
import torch
from harness.vae_models import Table, choose_noise, double
from torch import Tensor

from impl.vae import estimators, evaluation, objectives
from impl.vae.settings import Settings
from oracles.formulas import (
    Comparison,
    Floats,
    Pair,
    Printed,
    at_draw,
    at_most,
    gauss_hermite,
    of_order_one,
)
from oracles.formulas_of_vae import NORMAL_MODEL, numbers, random_model

LATENTS = (2, 3)
Law = tuple[Floats, Floats, Floats]
"""Means, log variances, and noise of shape (draws, latents)."""


def _law(rng: np.random.Generator, latents: int) -> tuple[Floats, Floats]:
    """Return means and log variances."""
    return rng.normal(size=latents), rng.uniform(-1.5, 1, size=latents)


def pathwise_gradient(printed: Printed, rng: np.random.Generator) -> list[Pair]:
    """Compare estimates at draws and on average, for a function that couples coordinates."""
    pairs = []
    for latents in LATENTS:
        mean, log_variance = _law(rng, latents)
        slope, bend, rate = rng.normal(size=(3, latents))
        noise, weights = gauss_hermite(latents, 14)
        given = {"mean": mean, "log_variance": log_variance, "f at zero": 0.3}
        given |= {"f slope 0": slope, "f bend 0": bend, "f rate 0": rate}

        def function(at: Tensor, given: dict[str, Floats] = given) -> Tensor:
            a, b, c = (double(given[f"f {part} 0"]) for part in ("slope", "bend", "rate"))
            return 0.3 + at @ a + at.square() @ b / 4 + torch.exp(at @ c / 4)

        m, v, e = (double(part) for part in (mean, log_variance, noise))
        rows = estimators.pathwise_gradients(function, m, v, e)
        leaves = m.requires_grad_(), v.requires_grad_()
        drawn = objectives.draw_latents(*leaves, e)
        whole = torch.autograd.grad(double(weights) @ function(drawn), leaves)
        few = rng.choice(len(noise), 4, replace=False)
        for number, (row, at_once) in enumerate(zip(rows, whole, strict=True)):
            estimate = printed(at_draw(printed.claims[number].right))
            each = [estimate(**given, z=drawn[draw].detach()) for draw in few]
            exact = printed.right(number)(**given)
            pairs += [
                Pair(row[few].tolist(), each),
                Pair(at_once.tolist(), exact),
                Pair((weights @ row.numpy()).tolist(), exact),
            ]
    return pairs


def gradient_variance(printed: Printed, rng: np.random.Generator) -> list[Pair]:
    """Compare variances over the noise of the estimates for a squared distance."""
    pairs = []
    for latents in LATENTS:
        mean, log_variance = _law(rng, latents)
        c = rng.normal(size=latents)
        noise, weights = gauss_hermite(latents, 5)

        def distance(at: Tensor, c: Floats = c) -> Tensor:
            return (at - double(c)).square().sum(-1)

        expected = weights @ distance(double(mean + np.exp(log_variance / 2) * noise)).numpy()
        law = tuple(double(part) for part in (mean, log_variance, noise))
        path = estimators.pathwise_gradients(distance, *law)
        score = estimators.score_function_gradients(distance, *law)
        less = estimators.score_function_gradients(lambda at, e=expected: distance(at) - e, *law)
        path, score, less = (
            [_variance(rows, weights) for rows in pair] for pair in (path, score, less)
        )
        gaps = [one - other for one, other in zip(less, path, strict=True)]
        at = {"mean": mean, "log_variance": log_variance, "c": c}
        for number, got in enumerate([*path, *score, *gaps]):
            pairs.append(Pair(got, printed.right(number)(**at)))
    return pairs


def _variance(rows: Tensor | Floats, weights: Floats) -> Floats:
    """Return the variance over draws, of shape (latents,)."""
    rows = np.asarray(rows)
    return weights @ (rows - weights @ rows) ** 2


Objective = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Of the draw, the log variance and the noise, for each draw."""


def _by_parameters(function: Objective, law: Law, moves: str) -> list[Floats]:
    """Differentiate at every draw by mean and log variance.

    The parameters move the draw, as where the score is left out, the density, or both.
    """
    mean, log_variance, noise = (double(part) for part in law)
    leaves = [part.repeat(len(noise), 1).requires_grad_() for part in (mean, log_variance)]
    fixed = [part.detach() for part in leaves]
    of_draw, of_law = (leaves if m in moves else fixed for m in ("draw", "law"))
    z = objectives.draw_latents(*of_draw, noise)
    back = (z - of_law[0]) * torch.exp(-of_law[1] / 2)
    value = function(z, of_law[1], noise if moves == "draw, law" else back)
    return [g.numpy() for g in torch.autograd.grad(value.sum(), leaves)]


def sampled_kl_gradient(printed: Printed, rng: np.random.Generator) -> list[Pair]:
    """Compare means and variances of the divergence's and the bound's sampled gradients."""
    pairs = []
    for latents, pixels in zip(LATENTS, (5, 4), strict=True):
        mean, log_variance = _law(rng, latents)
        noise, weights = gauss_hermite(latents, 3)
        weight, offset, x = rng.normal(size=(pixels, latents)), *rng.normal(size=(2, pixels))
        tau = float(rng.uniform(0.4, 0.9))
        law = (mean, log_variance, noise)
        at = {"mean": mean, "log_variance": log_variance, "W": weight, "tau": tau}
        at |= {"x": x, "c": offset, "K": latents}

        def likelihood(z: Tensor, at: dict = at) -> Tensor:
            decoded = z @ double(at["W"]).T + double(at["c"])
            return objectives.gaussian_log_likelihood(double(at["x"]), decoded, at["tau"])

        def log_ratio(z: Tensor, v: Tensor, e: Tensor) -> Tensor:
            return -objectives.log_importance_weights(torch.zeros(len(z)), z, v, e)

        def whole(z: Tensor, v: Tensor, e: Tensor) -> Tensor:
            return objectives.log_importance_weights(likelihood(z), z, v, e)

        sampled, score, path = (
            _by_parameters(log_ratio, law, moves) for moves in ("draw, law", "law", "draw")
        )
        means = [weights @ rows for rows in (*sampled, *score)]
        scales = [float(np.sqrt(np.max(weights @ rows**2))) for rows in (*sampled, *score)]
        for number, (got, scale) in enumerate(zip(means, scales, strict=True)):
            pairs.append(Pair(got, printed.right(number)(**at), scale))
        by_mean = [_by_parameters(whole, law, moves)[0] for moves in ("draw, law", "draw")]
        by_mean.insert(0, _closed(likelihood, law))
        slope = weight.T @ (x - offset - weight @ mean) / tau - mean
        pairs += [of_order_one(weights @ rows, slope) for rows in by_mean]
        spreads = [_variance(rows, weights) for rows in (*sampled, *path, *by_mean)]
        spreads += [spread - spreads[4] for spread in spreads[5:]]
        for number, got in enumerate(spreads, len(means)):
            pairs.append(Pair(got, printed.right(number)(**at)))
    return pairs


def _closed(likelihood: Callable[[Tensor], Tensor], law: Law) -> Floats:
    """Differentiate, by the mean, the log likelihood at every draw less the closed divergence."""
    mean, log_variance, noise = (double(part) for part in law)
    centre = mean.repeat(len(noise), 1).requires_grad_()
    bound = likelihood(objectives.draw_latents(centre, log_variance, noise))
    bound = bound - objectives.gaussian_divergence(centre, log_variance.expand_as(centre))
    return torch.autograd.grad(bound.sum(), centre)[0].numpy()


def importance_weighted_bound(printed: Printed, rng: np.random.Generator) -> list[Pair]:
    """Compare bounds of one to three draws, summed over all outcomes, and at given noise."""
    pairs = _at_given_noise(printed, rng)
    for states in (3, 4):
        prior, decoder = rng.dirichlet(np.ones(states)), rng.dirichlet((2, 3), size=states)
        encoder = rng.dirichlet(np.ones(states), size=2)
        joint = prior * decoder[:, 0]
        for at_posterior in (False, True):
            encoder = np.stack([joint / joint.sum(), encoder[1]]) if at_posterior else encoder
            at = {"prior": prior, "decoder": decoder, "encoder": encoder, "x": 1}
            bounds = [_enumerated(joint, encoder[0], draws) for draws in (1, 2, 3)]
            pairs.append(of_order_one(bounds[0], printed.right(0)(**at)))
            pairs += _outcomes(printed, rng, at, joint / encoder[0])
            compare = of_order_one if at_posterior else at_most
            for draws in (1, 2):
                more = printed.right(1)(**at, k=draws)
                evidence = printed.right(2)(**at, k=draws)
                pairs += [
                    of_order_one(bounds[draws], more),
                    compare(bounds[draws - 1], more),
                    compare(bounds[draws], evidence),
                ]
    return pairs


def _enumerated(joint: Floats, law: Floats, draws: int) -> float:
    """Return the code's bound of so many draws, by all outcomes."""
    outcomes = np.array(list(product(range(len(law)), repeat=draws)))
    log_ratio = np.log(joint / law)[outcomes]
    got = objectives.importance_weighted_bound(double(log_ratio), dim=1)
    across = objectives.importance_weighted_bound(double(log_ratio.T))
    assert torch.equal(got, across)
    return float(law[outcomes].prod(1) @ got.numpy())


def _outcomes(
    printed: Printed, rng: np.random.Generator, at: dict[str, object], ratio: Floats
) -> list[Pair]:
    """Compare the weights of a few draws, and the log of their average."""
    average = printed(at_draw(printed.definitions["bound"].value))
    pairs = []
    for draws in (1, 2, 3):
        # One draw more than is averaged: the array is as long as the next bound's.
        sample = rng.integers(len(ratio), size=draws + 1)
        here = {**at, "sample": sample + 1, "k": draws}
        weights = printed.defined("weight")(**here)
        got = objectives.importance_weighted_bound(double(np.log(ratio[sample[:-1]])))
        pairs += [Pair(ratio[sample], weights), of_order_one(float(got), average(**here))]
    return pairs


class _WithSettings:
    """A linear autoencoder that also has the settings it is evaluated by."""

    def __init__(self, table_model: Table, settings: Settings) -> None:
        self.settings = settings
        self.encode, self.decode = table_model.encode, table_model.decode


def _at_given_noise(printed: Printed, rng: np.random.Generator) -> list[Pair]:
    """Compare the evaluation's estimate of each image with printed weights at its own draws."""
    images, latents, pixels, draws = 2, 3, 5, 4
    variance = float(rng.uniform(0.4, 0.9))
    settings = Settings(likelihood="gaussian", likelihood_variance=variance)
    model = random_model(rng, images, latents, pixels)
    x, noise = rng.normal(size=(images, pixels)), rng.normal(size=(images, draws, latents))
    with pytest.MonkeyPatch.context() as patch:
        choose_noise(patch, *double(noise))
        got = evaluation.importance_sampled_log_likelihood(
            _WithSettings(model, settings), double(x), draws, torch.Generator()
        )
    log_weight = printed(at_draw(printed.claims[0].right), model=NORMAL_MODEL)
    average = printed(at_draw(printed.definitions["bound"].value), kept=("weight",))
    wanted = []
    for image in range(images):
        at = numbers(model, image, x[image], variance)
        z = at["mean"] + at["variance"].sqrt() * double(noise[image])
        weights = [np.exp(log_weight(**at, z=one)) for one in z]
        wanted.append(average(weight=[*weights, np.nan], k=draws))
    return [of_order_one(got.tolist(), wanted)]


COMPARISONS: dict[str, Comparison] = {
    "gaussian_vae.pathwise_gradient": pathwise_gradient,
    "gaussian_vae.gradient_variance": gradient_variance,
    "gaussian_vae.sampled_kl_gradient": sampled_kl_gradient,
    "gaussian_vae.importance_weighted_bound": importance_weighted_bound,
}

"""The VAE's gradient estimators and importance-weighted bound, as printed and by the code.

Means and variances over the noise are those of Gauss-Hermite rules that are exact for the
polynomials at hand; those of the bound are sums over all outcomes.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
import torch
from harness.vae_models import Table, choose_noise, double
from torch import Tensor

from derivations.calculus.notation import Expectation, PartialDerivative, Variance
from derivations.calculus.point import Point
from derivations.catalogue import derive
from derivations.gaussian_vae import importance, linear_decoder, symbols, variances
from derivations.gaussian_vae.symbols import j, k
from impl.vae import estimators, evaluation, objectives
from impl.vae.settings import Settings
from oracles.printed import (
    Floats,
    Pair,
    Results,
    at_most,
    gauss_hermite,
    of_order_one,
    read,
    stated,
    table,
)
from oracles.printed_vae import Linear, encoder_point, random_model

LATENTS = (2, 3)


def _law(rng: np.random.Generator, latents: int) -> tuple[Floats, Floats]:
    """Return means and log variances."""
    return rng.normal(size=latents), rng.uniform(-1.5, 1, size=latents)


def pathwise_gradient(results: Results, rng: np.random.Generator) -> list[Pair]:
    """Compare estimates draw by draw and on average, for a cubic that couples coordinates."""
    pairs = []
    for latents in LATENTS:
        mean, log_variance = _law(rng, latents)
        a, b, c = rng.normal(size=(3, latents))
        noise, weights = gauss_hermite(latents, 3)
        z = mean + np.exp(log_variance / 2) * noise
        slopes = a + 3 * b * z**2 + 2 * np.outer(z @ c, c)

        def cubic(at: Tensor, a: Floats = a, b: Floats = b, c: Floats = c) -> Tensor:
            return at @ double(a) + at**3 @ double(b) + (at @ double(c)).square()

        m, v, e = (double(part) for part in (mean, log_variance, noise))
        rows = estimators.pathwise_gradients(cubic, m, v, e)
        leaves = m.requires_grad_(), v.requires_grad_()
        value = double(weights) @ cubic(objectives.draw_latents(*leaves, e))
        whole = torch.autograd.grad(value, leaves)
        spread = np.exp(log_variance)
        closed = (
            a + 3 * b * (mean**2 + spread) + 2 * c * (c @ mean),
            spread * (3 * b * mean + c**2),
        )
        for result, row, at_once, exact in zip(results, rows, whole, closed, strict=True):
            at = encoder_point(mean, log_variance)
            each = np.array(
                [_at_draw(result, at, here) for here in zip(z, slopes, strict=True)]
            )  # draws by latents
            pairs += [
                Pair(row.tolist(), each),
                Pair(at_once.tolist(), weights @ each),
                Pair((weights @ row.numpy()).tolist(), exact),
            ]
    return pairs


def _at_draw(result: object, point: Point, draw: tuple[Floats, Floats]) -> list[float]:
    """Return what a result states where the encoder's law is that one draw, for all k."""
    z, slope = draw
    found = []
    for place in range(1, len(z) + 1):
        at = point.having({symbols.z: z}).at({k: place})
        inner = {PartialDerivative: lambda _, place=place: slope[place - 1]}
        outer = {Expectation: lambda node, at=at, inner=inner: read(node.body, at, inner)}
        found.append(read(result.right, at, outer))
    return found


def gradient_variance(results: Results, rng: np.random.Generator) -> list[Pair]:
    """Compare variances over the noise of the estimates for a squared distance."""
    pairs = []
    for latents in LATENTS:
        mean, log_variance = _law(rng, latents)
        c = rng.normal(size=latents)
        noise, weights = gauss_hermite(latents, 5)

        def distance(at: Tensor, c: Floats = c) -> Tensor:
            return (at - double(c)).square().sum(-1)

        value = distance(double(mean + np.exp(log_variance / 2) * noise)).numpy()
        expected, varying = weights @ value, weights @ value**2 - (weights @ value) ** 2
        law = tuple(double(part) for part in (mean, log_variance, noise))
        path = estimators.pathwise_gradients(distance, *law)
        score = estimators.score_function_gradients(distance, *law)
        less = estimators.score_function_gradients(lambda at, e=expected: distance(at) - e, *law)
        path, score, less = (
            [_variance(rows, weights) for rows in pair] for pair in (path, score, less)
        )
        gaps = [one - other for one, other in zip(less, path, strict=True)]
        at = encoder_point(mean, log_variance).having({variances.c: c})
        of_f = {Expectation: lambda _, e=expected: e, Variance: lambda _, v=varying: v}
        for got, result in zip([*path, *score, *gaps], results, strict=True):
            pairs.append(Pair(got, table(result.right, at, j, meanings=of_f)))
    return pairs


def _variance(rows: Tensor | Floats, weights: Floats) -> Floats:
    """Return the variance over draws, of shape (latents,)."""
    rows = np.asarray(rows)
    return weights @ (rows - weights @ rows) ** 2


Objective = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Of the draw, the log variance and the noise, for each draw."""


def _by_parameters(function: Objective, law: tuple[Floats, Floats, Floats], moves: str) -> list:
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


def sampled_kl_gradient(results: Results, rng: np.random.Generator) -> list[Pair]:
    """Compare means and variances of the divergence's and the bound's sampled gradients."""
    pairs = []
    for latents, pixels in zip(LATENTS, (5, 4), strict=True):
        mean, log_variance = _law(rng, latents)
        noise, weights = gauss_hermite(latents, 3)
        weight, offset, x = rng.normal(size=(pixels, latents)), *rng.normal(size=(2, pixels))
        tau = float(rng.uniform(0.4, 0.9))
        law, at = (mean, log_variance, noise), encoder_point(mean, log_variance)

        def likelihood(z: Tensor, w: Floats = weight, c: Floats = offset, x: Floats = x) -> Tensor:
            decoded = z @ double(w).T + double(c)
            return objectives.gaussian_log_likelihood(double(x), decoded, tau)  # noqa: B023

        def log_ratio(z: Tensor, v: Tensor, e: Tensor) -> Tensor:
            return -objectives.log_importance_weights(torch.zeros(len(z)), z, v, e)

        def whole(z: Tensor, v: Tensor, e: Tensor) -> Tensor:
            return objectives.log_importance_weights(likelihood(z), z, v, e)

        sampled, score, path = (
            _by_parameters(log_ratio, law, moves) for moves in ("draw, law", "law", "draw")
        )
        means = [weights @ rows for rows in (*sampled, *score)]
        scales = [float(np.sqrt(np.max(weights @ rows**2))) for rows in (*sampled, *score)]
        for got, result, scale in zip(means, results[:4], scales, strict=True):
            pairs.append(Pair(got, table(result.right, at, k), scale))
        by_mean = [_by_parameters(whole, law, moves)[0] for moves in ("draw, law", "draw")]
        by_mean.insert(0, _closed(likelihood, law))
        slope = weight.T @ (x - offset - weight @ mean) / tau - mean
        pairs += [of_order_one(weights @ rows, slope) for rows in by_mean]
        spreads = [_variance(rows, weights) for rows in (*sampled, *path, *by_mean)]
        spreads += [spread - spreads[4] for spread in spreads[5:]]
        at = _with_precision(at, weight, tau)
        for got, result in zip(spreads, results[4:], strict=True):
            pairs.append(Pair(got, table(result.right, at, k)))
    return pairs


def _closed(likelihood: Callable[[Tensor], Tensor], law: tuple[Floats, Floats, Floats]) -> Floats:
    """Differentiate, by the mean, the log likelihood at every draw less the closed divergence."""
    mean, log_variance, noise = (double(part) for part in law)
    centre = mean.repeat(len(noise), 1).requires_grad_()
    bound = likelihood(objectives.draw_latents(centre, log_variance, noise))
    bound = bound - objectives.gaussian_divergence(centre, log_variance.expand_as(centre))
    return torch.autograd.grad(bound.sum(), centre)[0].numpy()


def _with_precision(point: Point, weight: Floats, tau: float) -> Point:
    """Put in the precision of the posterior, by the line that works it out."""
    line = stated(derive("gaussian_vae.sampled_kl_gradient"), linear_decoder.CURVATURE, 1)
    arrays = {linear_decoder.W: weight, linear_decoder.tau.array: np.array(tau)}
    at = Point({**point.sizes, symbols.D: len(weight)}, {**point.arrays, **arrays})
    return at.having({linear_decoder.G: table(line.right, at, k, j)})


def importance_weighted_bound(results: Results, rng: np.random.Generator) -> list[Pair]:
    """Compare bounds of one to three draws, summed over all outcomes, and at given noise."""
    pairs = _at_given_noise(rng)
    for states in (3, 4):
        joint, law = 0.3 * rng.uniform(0.1, 1, size=states), rng.dirichlet(np.ones(states))
        for at_posterior in (False, True):
            law = joint / joint.sum() if at_posterior else law
            found = [_enumerated(joint, law, draws) for draws in (1, 2, 3)]
            bounds = np.array([value for value, _ in found])
            pairs += [pair for _, more in found for pair in more]
            arrays = {
                importance.bound: bounds,
                importance.elbo.array: np.array(law @ np.log(joint / law)),
            }
            for draws in (1, 2):
                sizes = {importance.k: draws}
                at = Point(sizes, arrays, density=lambda _, __, j=joint: j.sum())
                right = [read(r.right, at) for r in results]
                pairs.append(of_order_one(bounds[0], right[0]))
                compare = of_order_one if at_posterior else at_most
                pairs += [compare(bounds[draws - 1], one) for one in right[1:]]
    return pairs


def _average(weights: Floats) -> float:
    """Return the log of the average weight, as the printed definition has it of one outcome."""
    line = stated(derive("gaussian_vae.importance_weighted_bound"), importance.DEFINITION)
    # One weight more than is averaged: the array is as long as the next bound's.
    at = Point({importance.k: len(weights)}, {importance.weight: np.append(weights, np.nan)})
    return read(line.right, at, {Expectation: lambda node: read(node.body, at)})


def _enumerated(joint: Floats, law: Floats, draws: int) -> tuple[float, list[Pair]]:
    """Return the code's bound of so many draws, and its log average weights beside the printed."""
    outcomes = np.array(list(product(range(len(law)), repeat=draws)))
    ratio = joint / law
    got = objectives.importance_weighted_bound(double(np.log(ratio[outcomes])), dim=1)
    across = objectives.importance_weighted_bound(double(np.log(ratio[outcomes]).T))
    wanted = [_average(ratio[outcome]) for outcome in outcomes]
    value = law[outcomes].prod(1) @ got.numpy()
    return float(value), [of_order_one(one.tolist(), wanted) for one in (got, across)]


class _WithSettings:
    """A linear autoencoder that also has the settings it is evaluated by."""

    def __init__(self, table_model: Table, settings: Settings) -> None:
        self.settings = settings
        self.encode, self.decode = table_model.encode, table_model.decode


def _at_given_noise(rng: np.random.Generator) -> list[Pair]:
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
    line = stated(derive("gaussian_vae.importance_weighted_bound"), importance.WEIGHTS)
    wanted = []
    for image in range(images):
        linear = Linear(model, image, x[image], variance)
        laws = linear.laws()
        letters = {"p": laws[symbols.JOINT], "q": laws[symbols.ENCODER]}
        z = linear.mean + np.exp(linear.log_variance / 2) * noise[image]
        at = Point(
            {importance.k: draws},
            {},
            density=lambda node, at, z=z, letters=letters: letters[node.letter](
                z[at.indices[importance.first] - 1]
            ),
        )
        wanted.append(_average(table(line.right, at, importance.first)))
    return [of_order_one(got.tolist(), wanted)]


COMPARISONS = {
    "gaussian_vae.pathwise_gradient": pathwise_gradient,
    "gaussian_vae.gradient_variance": gradient_variance,
    "gaussian_vae.sampled_kl_gradient": sampled_kl_gradient,
    "gaussian_vae.importance_weighted_bound": importance_weighted_bound,
}

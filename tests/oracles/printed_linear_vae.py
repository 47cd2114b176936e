"""The linear VAE's evidence, posterior, bound and gradients, as printed and by the code."""

from __future__ import annotations

import numpy as np
import torch
from harness.vae_models import Table, double
from sympy import Expr

from derivations.calculus.notation import Divergence, PartialDerivative
from derivations.calculus.point import Point
from derivations.calculus.steps import EQUAL, Prose, Relation
from derivations.catalogue import derive
from derivations.gaussian_vae.symbols import ENCODER, EVIDENCE, POSTERIOR
from derivations.linear_vae import gradients as printed_gradients
from derivations.linear_vae import symbols
from derivations.linear_vae.symbols import D, K, d, j, k, l
from impl.vae import linear
from impl.vae.linear import LinearAutoencoder
from oracles.printed import Pair, Results, of_order_one, parameter, read, stated, table
from oracles.printed_vae import Linear

SIZES = [(3, 2, 5), (2, 3, 4)]
"""Images, latents and pixels."""


class Case:
    """A random model with images; its numbers at each image are points."""

    def __init__(self, rng: np.random.Generator, images: int, latents: int, pixels: int) -> None:
        self.arrays = {
            symbols.weights: 0.7 * rng.normal(size=(pixels, latents)),
            symbols.offset: rng.normal(size=pixels),
            symbols.encoder: rng.normal(size=(latents, pixels)) / 2,
            symbols.encoder_offset: rng.normal(size=latents),
            symbols.variances: np.exp(rng.uniform(-2, 0.7, size=latents)),
            symbols.noise_variance.array: np.array(rng.uniform(0.4, 0.8)),
        }
        self.images = rng.normal(size=(images, pixels))
        self.x = double(self.images)

    @property
    def model(self) -> LinearAutoencoder:
        """Return the code's model."""
        return self.with_variance(float(self.arrays[symbols.noise_variance.array]))

    def with_variance(self, variance: float) -> LinearAutoencoder:
        """Return the code's model with another variance of the pixels."""
        names = {
            "decoding": symbols.weights,
            "offset": symbols.offset,
            "encoding": symbols.encoder,
            "encoder_offset": symbols.encoder_offset,
        }
        parts = {name: double(self.arrays[array]) for name, array in names.items()}
        log_variance = double(self.arrays[symbols.variances]).log()
        model = LinearAutoencoder(**parts, log_variance=log_variance, variance=variance)
        return model.requires_grad_(requires_grad=False)

    def points(self, posterior_mean: Results | None = None) -> list[Point]:
        """Return a point for each image, with the matrix M, the means and the posterior means."""
        found = []
        pixels, latents = self.arrays[symbols.weights].shape
        results = posterior_mean or derive("linear_vae.posterior").results
        for x in self.images:
            at = Point({D: pixels, K: latents}, {**self.arrays, symbols.x: x})
            at = at.having({symbols.small: table(_assumed(symbols.SMALL), at, k, l)})
            more = {
                symbols.mean: table(_assumed(symbols.ENCODER), at, k),
                symbols.posterior_mean: table(results[0].right, at, k),
            }
            found.append(at.having(more))
        return found


def _assumed(prose: Prose) -> Expr:
    """Return the right side of the formula in an assumption."""
    (relation,) = (part for part in prose if isinstance(part, Relation) and part.symbol == EQUAL)
    return relation.right


def _cases(rng: np.random.Generator) -> list[Case]:
    return [Case(rng, *sizes) for sizes in SIZES]


def evidence(results: Results, rng: np.random.Generator) -> list[Pair]:
    """Compare each image's log evidence."""
    return [
        of_order_one(float(got), read(results[0].right, at))
        for case in _cases(rng)
        for got, at in zip(linear.log_evidence(case.model, case.x), case.points(), strict=True)
    ]


def posterior(results: Results, rng: np.random.Generator) -> list[Pair]:
    """Compare each image's posterior: mean, law, and log density at random latents."""
    pairs = []
    for case in _cases(rng):
        means, covariance = linear.posterior(case.model, case.x)
        for mean, at in zip(means, case.points(results), strict=True):
            centre, spread = results[1].right.parameters
            law = torch.distributions.MultivariateNormal(mean, covariance)
            z = rng.normal(size=len(mean))
            density = read(results[2].right, at.having({symbols.z: z}))
            pairs += [
                Pair(mean.tolist(), table(results[0].right, at, k)),
                Pair(mean.tolist(), parameter(centre, at, k)),
                Pair(covariance.tolist(), parameter(spread, at, k, j)),
                of_order_one(float(law.log_prob(double(z))), density),
            ]
    return pairs


def elbo(results: Results, rng: np.random.Generator) -> list[Pair]:
    """Compare each image's bound, and what it is below the evidence."""
    pairs = []
    for case in _cases(rng):
        bounds = linear.evidence_lower_bound(case.model, case.x)
        gaps = linear.log_evidence(case.model, case.x) - bounds
        for image, at in enumerate(case.points()):
            density, divergence = _dense(case, image)
            point = Point(at.sizes, at.arrays, density=lambda *_, value=density: value)
            below = read(results[1].right, point, {Divergence: lambda _, v=divergence: v})
            pairs += [
                of_order_one(float(bounds[image]), read(results[0].right, at)),
                of_order_one(float(bounds[image]), below),
                Pair(float(gaps[image]), read(results[2].right, at)),
            ]
    return pairs


def _dense(case: Case, image: int) -> tuple[float, float]:
    """Return the evidence by the pixels' dense covariance, and the divergence of q as a mean."""
    model = case.model
    mean, log_variance = (part for part in model.encode(case.x))
    shared = Table(mean, log_variance, model.decoding, model.offset)
    dense = Linear(shared, image, case.images[image], model.variance)
    laws, (draws, weights) = dense.laws(), dense.at_signs()
    ratios = [np.log(laws[ENCODER](z) / laws[POSTERIOR](z)) for z in draws]
    return laws[EVIDENCE](draws[0]), float(weights @ ratios)


def gradients(results: Results, rng: np.random.Generator) -> list[Pair]:
    """Compare all gradients of the mean bound, and where those of the approximation vanish."""
    pairs = []
    for case in _cases(rng):
        got, points = linear.evidence_lower_bound_gradients(case.model, case.x), case.points()
        by_mean, by_weight, by_offset, by_log, by_noise, *by_encoder = results
        over = {PartialDerivative: lambda _, right=by_mean.right: right}
        rows = (
            (got.encoder_offset, by_mean, (k,)),
            (got.decoding, by_weight, (d, k)),
            (got.offset, by_offset, (d,)),
            (got.log_variance, by_log, (k,)),
            (_by_log_noise(case), by_noise, ()),
            (got.encoding, by_encoder[0], (k, d)),
            (got.encoder_offset, by_encoder[1], (k,)),
        )
        for found, relation, indices in rows:
            wanted = [table(relation.right, at, *indices, meanings=over) for at in points]
            pairs.append(of_order_one(found.tolist(), np.mean(wanted, axis=0)))
        pairs += _best(case, results[7:], got)
    return pairs


def _by_log_noise(case: Case) -> torch.Tensor:
    """Differentiate the mean bound by the log of the pixels' variance: it is analytic there.

    Central differences over eight points, of an error in the eighth power of the step.
    """
    step, weights = 0.02, (4 / 5, -1 / 5, 4 / 105, -1 / 280)
    centre = float(np.log(case.arrays[symbols.noise_variance.array]))
    total = torch.zeros((), dtype=torch.float64)
    for number, weight in enumerate(weights, 1):
        for sign in (1, -1):
            model = case.with_variance(float(np.exp(centre + sign * number * step)))
            bounds = linear.evidence_lower_bound(model, case.x)
            total += sign * weight / step * bounds.mean()
    return total


def _best(case: Case, results: Results, elsewhere: linear.BoundGradients) -> list[Pair]:
    """Give the model the best encoder, and compare what that encodes, and its gradients with 0."""
    at, derivation = case.points()[0], derive("linear_vae.gradients")
    lines = [stated(derivation, printed_gradients.BEST_ENCODER, number) for number in (0, 1)]
    case.arrays[symbols.encoder] = table(lines[0].right, at, k, d)
    at = at.having(case.arrays)
    case.arrays[symbols.encoder_offset] = table(lines[1].right, at, k)
    case.arrays[symbols.variances] = table(results[1].right, at, k)
    means, _ = case.model.encode(case.x)
    there = linear.evidence_lower_bound_gradients(case.model, case.x)
    pairs = [
        Pair(mean.tolist(), table(results[0].right, point, k))
        for mean, point in zip(means, case.points(), strict=True)
    ]
    for name in ("encoding", "encoder_offset", "log_variance"):
        gradient = getattr(there, name)
        scale = float(getattr(elsewhere, name).abs().max())
        pairs.append(Pair(gradient.tolist(), np.zeros(gradient.shape), scale))
    return pairs


COMPARISONS = {
    "linear_vae.evidence": evidence,
    "linear_vae.posterior": posterior,
    "linear_vae.elbo": elbo,
    "linear_vae.gradients": gradients,
}

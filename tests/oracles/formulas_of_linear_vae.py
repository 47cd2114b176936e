"""The linear VAE's evidence, posterior, bound and gradients beside its printed formulas."""

from __future__ import annotations

import numpy as np
import torch
from harness.vae_models import double

from impl.vae import linear
from impl.vae.linear import LinearAutoencoder
from oracles.formulas import Comparison, Floats, Pair, Printed, at_most, of_order_one

SIZES = [(3, 2, 5), (2, 3, 4)]
"""Images, latents and pixels."""


class Case:
    """A random model with images, by the names of the formulas' arrays."""

    def __init__(self, rng: np.random.Generator, images: int, latents: int, pixels: int) -> None:
        self.numbers: dict[str, object] = {
            "W": 0.7 * rng.normal(size=(pixels, latents)),
            "c": rng.normal(size=pixels),
            "V": rng.normal(size=(latents, pixels)) / 2,
            "a": rng.normal(size=latents),
            "variances": np.exp(rng.uniform(-2, 0.7, size=latents)),
            "noise_variance": float(rng.uniform(0.4, 0.8)),
            "D": pixels,
            "K": latents,
        }
        self.images = rng.normal(size=(images, pixels))
        self.x = double(self.images)

    def model(self, variance: float | None = None) -> LinearAutoencoder:
        """Return the code's model, with this or another variance of the pixels."""
        names = {"decoding": "W", "offset": "c", "encoding": "V", "encoder_offset": "a"}
        parts = {name: double(self.numbers[array]) for name, array in names.items()}
        log_variance = double(self.numbers["variances"]).log()
        variance = self.numbers["noise_variance"] if variance is None else variance
        model = LinearAutoencoder(**parts, log_variance=log_variance, variance=variance)
        return model.requires_grad_(requires_grad=False)

    def points(self) -> list[dict[str, object]]:
        """Return the numbers at each image, the mean that is encoded among them."""
        means = self.images @ self.numbers["V"].T + self.numbers["a"]
        return [
            {**self.numbers, "x": x, "mean": mean}
            for x, mean in zip(self.images, means, strict=True)
        ]


def _cases(rng: np.random.Generator) -> list[Case]:
    return [Case(rng, *sizes) for sizes in SIZES]


def evidence(printed: Printed, rng: np.random.Generator) -> list[Pair]:
    """Compare each image's log evidence with the density and with its log."""
    pairs = []
    for case in _cases(rng):
        got = linear.log_evidence(case.model(), case.x)
        for one, at in zip(got.tolist(), case.points(), strict=True):
            pairs.append(of_order_one(one, np.log(printed.right(0)(**at))))
            pairs.append(of_order_one(one, printed.right(1)(**at)))
    return pairs


def posterior(printed: Printed, rng: np.random.Generator) -> list[Pair]:
    """Compare each image's posterior: where the log joint is stationary, and log densities."""
    pairs = []
    slope = printed(printed.claims[0].left.body)
    for case in _cases(rng):
        means, covariance = linear.posterior(case.model(), case.x)
        for mean, at in zip(means, case.points(), strict=True):
            law = torch.distributions.MultivariateNormal(mean, covariance)
            z = double(rng.normal(size=len(mean)))
            got, here = float(law.log_prob(z)), {**at, "z": z}
            pairs += [
                Pair(mean.tolist(), printed.defined("posterior_mean")(**at)),
                of_order_one(slope(**at, z=mean), printed.right(0)(**at)),
                of_order_one(got, np.log(printed.right(1)(**here))),
                of_order_one(got, printed.right(2)(**here)),
            ]
    return pairs


def elbo(printed: Printed, rng: np.random.Generator) -> list[Pair]:
    """Compare each image's bound, and what it is below the evidence."""
    pairs = []
    for case in _cases(rng):
        bounds = linear.evidence_lower_bound(case.model(), case.x)
        evidences = linear.log_evidence(case.model(), case.x)
        for bound, whole, at in zip(
            bounds.tolist(), evidences.tolist(), case.points(), strict=True
        ):
            closed, gap, below, most = (printed.right(number)(**at) for number in range(4))
            pairs += [
                of_order_one(bound, closed),
                Pair(whole - bound, gap),
                of_order_one(bound, below),
                of_order_one(whole, most),
                at_most(bound, most),
            ]
    return pairs


def gradients(printed: Printed, rng: np.random.Generator) -> list[Pair]:
    """Compare all gradients of the mean bound, and where those of the approximation vanish."""
    pairs = []
    for case in _cases(rng):
        got, points = linear.evidence_lower_bound_gradients(case.model(), case.x), case.points()
        rows = (
            got.encoder_offset,  # by a mean: the offset moves every mean by as much
            got.decoding,
            got.offset,
            got.log_variance,
            _by_log_noise(case),
            got.encoding,
            got.encoder_offset,
        )
        for number, found in enumerate(rows):
            wanted = np.mean([printed.right(number)(**at) for at in points], axis=0)
            pairs.append(of_order_one(found.tolist(), wanted))
        pairs += _best(case, printed, got)
    return pairs


def _by_log_noise(case: Case) -> torch.Tensor:
    """Differentiate the mean bound by the log of the pixels' variance: it is analytic there.

    Central differences over eight points, of an error in the eighth power of the step.
    """
    step, weights = 0.02, (4 / 5, -1 / 5, 4 / 105, -1 / 280)
    centre = float(np.log(case.numbers["noise_variance"]))
    total = torch.zeros((), dtype=torch.float64)
    for number, weight in enumerate(weights, 1):
        for sign in (1, -1):
            model = case.model(float(np.exp(centre + sign * number * step)))
            bounds = linear.evidence_lower_bound(model, case.x)
            total += sign * weight / step * bounds.mean()
    return total


def _best(case: Case, printed: Printed, elsewhere: linear.BoundGradients) -> list[Pair]:
    """Give the model the best encoder; compare its gradients with those stated, and its bound."""
    at = case.points()[0]
    case.numbers |= {
        "V": printed.defined("best_encoder")(**at),
        "a": printed.defined("best_offset")(**at),
        "variances": printed.defined("best_variance")(**at),
    }
    found = linear.evidence_lower_bound_gradients(case.model(), case.x)
    bounds = linear.evidence_lower_bound(case.model(), case.x).tolist()
    pairs = [
        of_order_one(bound, printed.right(9)(**point))
        for bound, point in zip(bounds, case.points(), strict=True)
    ]
    by_mean, by_log = (printed.right(number)(**at) for number in (7, 8))
    stated = {"encoder_offset": by_mean, "log_variance": by_log}
    for name, zero in {**stated, "encoding": _outer(by_mean, at["x"])}.items():
        scale = float(getattr(elsewhere, name).abs().max())
        pairs.append(Pair(getattr(found, name).tolist(), zero, scale))
    return pairs


def _outer(by_mean: Floats, x: object) -> Floats:
    """Return the gradient by the encoder's weights that belongs to one by the mean."""
    return np.outer(by_mean, x)


COMPARISONS: dict[str, Comparison] = {
    "linear_vae.evidence": evidence,
    "linear_vae.posterior": posterior,
    "linear_vae.elbo": elbo,
    "linear_vae.gradients": gradients,
}

"""A small decoder in NumPy: bounds by the trapezoidal rule over fixed z, gradients as differences.

z is never drawn and never a function of the parameters: they enter through the density of q. The
networks' kinks leave an error of the grid's step squared, 1e-5 of a gradient here at most; the
differences' own is far below.
"""

import itertools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

Floats = np.ndarray
STEP = 1e-4


class Decoder(NamedTuple):
    """Weights and offsets of the layers; LeakyReLU(0.2) between them, logits at the end."""

    layers: tuple[tuple[Floats, Floats], ...]

    def logits(self, z: Floats) -> Floats:
        """Logits at z, shape (..., latents)."""
        hidden = z
        for place, (weight, offset) in enumerate(self.layers):
            hidden = hidden @ weight.T + offset
            if place < len(self.layers) - 1:
                hidden = np.where(hidden > 0, hidden, 0.2 * hidden)
        return hidden

    def log_likelihood(self, x: Floats, z: Floats, shift: Floats) -> Floats:
        """Log probability of binary pixels x, the logits shifted."""
        logits = self.logits(z) + shift
        return -np.logaddexp(0, np.where(x == 1, -logits, logits)).sum(-1)


class Posterior(NamedTuple):
    """What the loss of one image depends on: q's parameters and a shift of the logits."""

    mean: Floats
    log_variance: Floats
    shift: Floats


def _grid(latents: int, points: int) -> tuple[Floats, float]:
    axis = np.linspace(-9.0, 9.0, points)
    cells = np.array(list(itertools.product(axis, repeat=latents)))
    return cells, float((axis[1] - axis[0]) ** latents)


def _log_q(z: Floats, at: Posterior) -> Floats:
    square = (z - at.mean) ** 2 * np.exp(-at.log_variance)
    return -0.5 * (square + at.log_variance + np.log(2 * np.pi)).sum(-1)


def minus_bound(decoder: Decoder, x: Floats, at: Posterior, points: int = 241) -> float:
    """Minus the bound: the KL in plain arithmetic less the expected log likelihood."""
    z, cell = _grid(len(at.mean), points)
    density = np.exp(_log_q(z, at)) * cell
    expected = density @ decoder.log_likelihood(x, z, at.shift)
    divergence = 0.5 * (at.mean**2 + np.exp(at.log_variance) - at.log_variance - 1).sum()
    return float(divergence - expected)


def minus_two_draw_bound(decoder: Decoder, x: Floats, at: Posterior, points: int = 601) -> float:
    """Minus the importance-weighted bound of two draws, for one latent: both integrated over."""
    z, cell = _grid(1, points)
    log_q = _log_q(z, at)
    log_prior = -0.5 * (z**2 + np.log(2 * np.pi)).sum(-1)
    weights = decoder.log_likelihood(x, z, at.shift) + log_prior - log_q
    density = np.exp(log_q) * cell
    both = np.logaddexp(weights[:, None], weights[None, :]) - np.log(2)
    return -float(density @ both @ density)


def variances(
    decoder: Decoder, x: Floats, at: Posterior, *, sampled: bool, points: int = 241
) -> Floats:
    """Variances of one draw's pathwise gradients, by mean, log variance and shift.

    By a mean it is minus the slope of log p(x given z), or of that and the log prior if the KL is
    sampled; by a log variance that times noise and half the deviation; by a shift the residual.
    """
    noise, cell = _grid(len(at.mean), points)
    density = np.exp(-0.5 * (noise**2 + np.log(2 * np.pi)).sum(-1)) * cell
    deviation = np.exp(at.log_variance / 2)
    z = at.mean + deviation * noise
    slopes = []
    for step in STEP * np.eye(len(at.mean)):
        sides = [decoder.log_likelihood(x, z + sign * step, at.shift) for sign in (1, -1)]
        slopes.append((sides[0] - sides[1]) / (2 * STEP))
    slope = np.stack(slopes, 1) - z * sampled
    residual = x - 1 / (1 + np.exp(-decoder.logits(z) - at.shift))
    columns = np.hstack([slope, slope * noise * deviation / 2, residual])
    return density @ columns**2 - (density @ columns) ** 2


def gradients(
    function: Callable[[Decoder, Floats, Posterior], float],
    decoder: Decoder,
    x: Floats,
    at: Posterior,
) -> Floats:
    """Central differences by mean, log variance and shift, one after the other."""
    found = []
    for place, part in enumerate(at):
        for index in range(len(part)):
            sides = []
            for sign in (1, -1):
                moved = part.copy()
                moved[index] += sign * STEP
                sides.append(function(decoder, x, at._replace(**{at._fields[place]: moved})))
            found.append((sides[0] - sides[1]) / (2 * STEP))
    return np.array(found)

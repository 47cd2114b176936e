"""The linear autoencoder with Gaussian pixels by dense matrices of mpmath, at 40 digits.

The bound is the evidence less the divergence of q from the dense posterior, not an expected log
likelihood less a divergence from the prior; gradients are differences of it.
"""

from collections.abc import Callable
from typing import NamedTuple

import mpmath as mp
import numpy as np

DIGITS = 40
STEP = (
    mp.mpf(10) ** -13
)  # of central differences: their error is its square, times third derivatives

Floats = np.ndarray


class Numbers(NamedTuple):
    """x = W z + c + noise of variance s; q(z given x) = N(A x + a, diag(exp(l)))."""

    decoding: Floats
    offset: Floats
    encoding: Floats
    encoder_offset: Floats
    log_variance: Floats
    variance: float


def draw(rng: np.random.Generator, pixels: int, latents: int, variance: float) -> Numbers:
    """Numbers of a model in which nothing is symmetric, zero or one."""
    return Numbers(
        decoding=rng.normal(size=(pixels, latents)),
        offset=rng.normal(size=pixels),
        encoding=0.5 * rng.normal(size=(latents, pixels)),
        encoder_offset=rng.normal(size=latents),
        log_variance=rng.uniform(-2, 0.7, size=latents),
        variance=variance,
    )


def _matrix(values: Floats) -> mp.matrix:
    array = np.atleast_2d(values) if np.ndim(values) == 2 else np.reshape(values, (-1, 1))
    return mp.matrix(array.tolist())


def _log_normal(gap: mp.matrix, covariance: mp.matrix) -> mp.mpf:
    square = (gap.T * mp.inverse(covariance) * gap)[0]
    return -(square + mp.log(mp.det(covariance)) + len(gap) * mp.log(2 * mp.pi)) / 2


def _parts(numbers: Numbers) -> tuple[mp.matrix, ...]:
    return tuple(_matrix(part) for part in numbers[:5])


def _posterior(
    decoding: mp.matrix, offset: mp.matrix, x: mp.matrix, s: mp.mpf
) -> tuple[mp.matrix, mp.matrix, mp.mpf]:
    """Condition the joint Gaussian of (z, x) on x; and the log density of x."""
    pixels, latents = decoding.rows, decoding.cols
    marginal = decoding * decoding.T + s * mp.eye(pixels)
    gain = decoding.T * mp.inverse(marginal)
    covariance = mp.eye(latents) - gain * decoding
    return gain * (x - offset), covariance, _log_normal(x - offset, marginal)


def posterior(numbers: Numbers, x: Floats) -> tuple[Floats, Floats]:
    """Mean and covariance of p(z given x)."""
    with mp.workdps(DIGITS):
        decoding, offset, *_ = _parts(numbers)
        s = mp.mpf(numbers.variance)
        mean, covariance, _ = _posterior(decoding, offset, _matrix(x), s)
        latents = len(mean)
        table = np.array(covariance.tolist(), dtype=float).reshape(latents, latents)
        return np.array([float(value) for value in mean]), table


def log_evidence(numbers: Numbers, x: Floats) -> float:
    """Log density of x under N(c, W W' + s I)."""
    with mp.workdps(DIGITS):
        decoding, offset, *_ = _parts(numbers)
        return float(_posterior(decoding, offset, _matrix(x), mp.mpf(numbers.variance))[2])


def _bound(parts: tuple[mp.matrix, ...], x: mp.matrix, s: mp.mpf) -> mp.mpf:
    decoding, offset, encoding, encoder_offset, log_variance = parts
    mean, covariance, evidence = _posterior(decoding, offset, x, s)
    gap = mean - (encoding * x + encoder_offset)
    own = mp.diag([mp.exp(value) for value in log_variance])
    inverse = mp.inverse(covariance)
    product = inverse * own
    trace = sum(product[i, i] for i in range(product.rows))
    divergence = (trace + (gap.T * inverse * gap)[0] - len(gap) - mp.log(mp.det(product))) / 2
    return evidence - divergence


def evidence_lower_bound(numbers: Numbers, x: Floats) -> float:
    """Log evidence less KL(q, posterior)."""
    with mp.workdps(DIGITS):
        return float(_bound(_parts(numbers), _matrix(x), mp.mpf(numbers.variance)))


def gradients(numbers: Numbers, images: Floats) -> dict[str, Floats]:
    """Gradients of the mean bound over images by every parameter, as differences."""
    with mp.workdps(DIGITS):
        s, columns = mp.mpf(numbers.variance), [_matrix(x) for x in images]

        def mean_bound(parts: tuple[mp.matrix, ...]) -> mp.mpf:
            return sum(_bound(parts, x, s) for x in columns) / len(columns)

        found = {}
        for place, name in enumerate(Numbers._fields[:5]):
            table = _differences(mean_bound, _parts(numbers), place)
            found[name] = table.reshape(np.shape(numbers[place]))
        return found


def _differences(
    function: Callable[[tuple[mp.matrix, ...]], mp.mpf], parts: tuple[mp.matrix, ...], place: int
) -> Floats:
    """Central differences by every entry of one part."""
    part = parts[place]
    table = np.empty((part.rows, part.cols))
    for index in np.ndindex(*table.shape):
        sides = []
        for sign in (1, -1):
            moved = part.copy()
            moved[index] += sign * STEP
            sides.append(function((*parts[:place], moved, *parts[place + 1 :])))
        table[index] = float((sides[0] - sides[1]) / (2 * STEP))
    return table

"""Differences of log Gamma, which keep their digits however large the argument is."""

import numpy as np
from scipy.special import gammaln

from impl.dice.model import Floats

__all__ = ["log_dirichlet_ratio", "log_rising", "rounded_in_rising"]

LARGE = 100.0
"""From here on Stirling's series to its third term is right to the last digit."""


def log_rising(base: Floats, step: Floats) -> Floats:
    """Return log Gamma(base + step) - log Gamma(base), in nats.

    Where both arguments are large it is, with c(z) = 1/12z - 1/360z^3 + 1/1260z^5,

        (base - 1/2) log(1 + step/base) + step (log(base + step) - 1) + c(base + step) - c(base)

    The arguments are positive; shapes broadcast.
    """
    base, step = np.broadcast_arrays(base, step)
    far = np.minimum(base, base + step) >= LARGE
    z, n = np.where(far, base, LARGE), np.where(far, step, 0.0)
    by_series = (z - 0.5) * np.log1p(n / z) + n * (np.log(z + n) - 1)
    by_series += _correction(z + n) - _correction(z)
    near, rise = np.where(far, 1.0, base), np.where(far, 0.0, step)
    return np.where(far, by_series, gammaln(near + rise) - gammaln(near))


def _correction(z: Floats) -> Floats:
    inverse = 1 / z
    square = inverse * inverse
    result: Floats = inverse * (1 / 12 - square * (1 / 360 - square / 1260))
    return result


def rounded_in_rising(base: Floats, step: Floats) -> Floats:
    """Return the sum of the absolute values of what `log_rising` subtracts, in nats."""
    far = np.minimum(base, base + step) >= LARGE
    parts = np.abs(gammaln(base + step)) + np.abs(gammaln(base))
    return np.where(far, np.abs(step) * (np.abs(np.log(base)) + 2), parts)


def log_dirichlet_ratio(concentration: Floats, step: Floats) -> Floats:
    """Return log B(concentration + step) - log B(concentration), in nats.

    log B(a) = sum_d log Gamma(a_d) - log Gamma(sum_d a_d). Shapes (..., faces) in, (...) out.
    """
    concentration, step = np.broadcast_arrays(concentration, step)
    whole = log_rising(concentration.sum(axis=-1), step.sum(axis=-1))
    result: Floats = log_rising(concentration, step).sum(axis=-1) - whole
    return result

"""Log normalizers of Dirichlet distributions, and their changes without cancellation.

In float64 the log Gamma of a concentration of 1e16 has an error of up to 64 nats. Its growth when
three rolls are added can be computed to full precision. So changes are computed as changes, never
as differences of log Gammas.
"""

import numpy as np
from scipy.special import gammaln

from impl.dice.model import Floats, Integers

__all__ = [
    "log_dirichlet_normalizer",
    "log_gamma_growth",
    "log_normalizer_changes",
    "log_normalizer_growth",
]

_LARGE = 10.0
# Coefficients of Stirling's series of log Gamma, in odd powers of 1/z. At z = 10 the first omitted
# term is below 3e-17.
_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156)


def log_dirichlet_normalizer(concentration: Floats) -> Floats:
    """Return the log normalizer of Dirichlet(concentration), in nats.

        log B(a) = sum_d log Gamma(a_d) - log Gamma(sum_d a_d)

    Shape (..., faces) in, (...) out.
    """
    result: Floats = gammaln(concentration).sum(axis=-1) - gammaln(concentration.sum(axis=-1))
    return result


def log_gamma_growth(start: Floats, added: Floats) -> Floats:
    """Return log Gamma(z + n) - log Gamma(z) with z = start > 0 and n = added >= 0.

    Both broadcast.

    With Stirling's log Gamma(z) = (z - 1/2) log z - z + R(z) + constant, for large z

        (z - 1/2) log(1 + n/z) + n log(z + n) - n + R(z + n) - R(z),

    where n log(z + n) is larger than the terms that cancel. Small z is first raised by 10. This
    subtracts the sum over j < 10 of log(1 + n/(z + j)).
    """
    small = start < _LARGE
    raised = np.where(small, start + _LARGE, start)
    logs = np.log1p(added / raised)
    result: Floats = (raised - 0.5) * logs + added * np.log(raised + added) - added
    inverse = 1 / raised
    square, power = inverse * inverse, inverse
    for odd, coefficient in enumerate(_STIRLING):
        result += (coefficient * power) * np.expm1((-2 * odd - 1) * logs)
        power = power * square
    if small.any():
        fall = _log_growth(start, added)
        for step in range(1, int(_LARGE)):
            fall += np.log1p(added / (start + step))
        result -= np.where(small, fall, 0.0)
    return result


def _log_growth(start: Floats, added: Floats) -> Floats:
    """Return log(1 + n/z), also where n/z overflows."""
    with np.errstate(over="ignore", divide="ignore"):
        ratio = added / start
        result: Floats = np.where(np.isinf(ratio), np.log(added) - np.log(start), np.log1p(ratio))
    return result


def log_normalizer_growth(concentration: Floats, counts: Floats | Integers) -> Floats:
    """Return log B(a + n) - log B(a), counts n >= 0, in nats.

    This is the log probability of rolls with these counts, in one order, of a die whose
    probabilities follow Dirichlet(a).
    Shapes (..., faces), broadcast against each other; result (...).
    """
    added = counts.astype(np.float64)
    faces = log_gamma_growth(concentration, added).sum(axis=-1)
    result: Floats = faces - log_gamma_growth(concentration.sum(axis=-1), added.sum(axis=-1))
    return result


def log_normalizer_changes(after: Floats, before: Floats) -> tuple[Floats, Floats]:
    """Return the two terms of log B(after) - log B(before), in nats.

    The first is of the faces. The second is of their sum, and is to be subtracted. Shapes
    (..., faces), broadcast against each other; results (..., faces) and (...).
    """
    added = after - before
    faces = np.sign(added) * log_gamma_growth(np.minimum(after, before), np.abs(added))
    total = added.sum(axis=-1)  # the difference of the sums would lose digits
    lower = np.where(total < 0, after.sum(axis=-1), before.sum(axis=-1))
    return faces, np.sign(total) * log_gamma_growth(lower, np.abs(total))

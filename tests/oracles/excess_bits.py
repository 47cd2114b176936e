"""How many bits a computation loses beyond what its inputs' rounding already costs.

An input that stands for a real number carries half an ulp of doubt, and so does the result. The
error this forces on f at a point is

    forced = ulp(f)/2 + sum over inputs i of |f(.., x_i + ulp(x_i)/2, ..) - f(.., x_i - ..)| / 2,

evaluated with mpmath, not linearised. The excess is log2(|computed - f| / forced), or 0 where the
error is within what is forced. A result that is NaN, or infinite where the truth rounds to a
finite number, has lost everything.
"""

from collections.abc import Callable, Sequence

import mpmath as mp
import numpy as np

Number = mp.mpf
EVERYTHING = 99.0
DIGITS = 60


def half_ulp(value: Number, dtype: type[np.floating]) -> Number:
    """Half the spacing of the floating point numbers at a value, subnormal ones included."""
    info = np.finfo(dtype)
    if value == 0:
        return mp.mpf(2) ** (info.minexp - info.nmant - 1)
    exponent = max(int(mp.floor(mp.log(abs(value), 2))), info.minexp)
    return mp.mpf(2) ** (exponent - info.nmant - 1)


def forced_error(
    truth: Callable[..., Number], inputs: Sequence[float], dtype: type[np.floating]
) -> tuple[Number, Number]:
    """Return the true value, and the error that rounding inputs and result forces."""
    with mp.workdps(DIGITS):
        exact = [mp.mpf(float(x)) for x in inputs]
        value = truth(*exact)
        forced = half_ulp(value, dtype)
        for place, x in enumerate(exact):
            step = half_ulp(x, dtype)
            around = [
                truth(*(x + sign * step if i == place else y for i, y in enumerate(exact)))
                for sign in (-1, 1)
            ]
            forced += abs(around[1] - around[0]) / 2
    return value, forced


def excess_wrong_bits(
    computed: float,
    truth: Callable[..., Number],
    inputs: Sequence[float],
    dtype: type[np.floating],
) -> float:
    """Bits lost beyond those that are forced; 0 for a result as good as its inputs allow."""
    with mp.workdps(DIGITS):
        value, forced = forced_error(truth, inputs, dtype)
        if not np.isfinite(computed):
            return EVERYTHING if abs(value) < float(np.finfo(dtype).max) else 0.0
        error = abs(mp.mpf(float(computed)) - value)
        return max(0.0, float(mp.log(error / forced, 2))) if error else 0.0

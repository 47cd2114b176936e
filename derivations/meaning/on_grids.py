"""Functions of one number on a grid of balls or of floats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from flint import arb
from scipy import special


def on_grid(of_ball: Callable[[arb], Any], of_floats: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a function of grids, of balls or of floats."""
    balls = np.frompyfunc(of_ball, 1, 1)

    def at(values: Any) -> Any:
        if isinstance(values, np.ndarray):
            if values.dtype == object:
                return balls(values)
            with np.errstate(all="ignore"):
                return of_floats(values)
        return of_ball(arb(values))

    return at


LOG = on_grid(lambda x: x.log(), np.log)
EXP = on_grid(lambda x: x.exp(), np.exp)
ABS = on_grid(abs, np.abs)
LOGGAMMA = on_grid(
    lambda x: x.lgamma(), lambda x: np.where(np.asarray(x) > 0, special.gammaln(x), np.nan)
)

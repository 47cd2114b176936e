"""An error bound for quadrature: a function may have a narrow peak between two nodes.

Between the nodes the function is enclosed in balls. If the values at neighbouring nodes are close,
and a ball extends far beyond them, its excess is added to the error of the mean.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from flint import arb
from numpy.typing import NDArray

AROUND = 2
"""The number of nodes on either side of a cell with which its values are compared."""
FARTHER = 1000.0
"""A ball may exceed these values by this many times their spread, because balls overestimate."""
NOTHING = 1e-10
"""An error that may be ignored, relative to the size of a mean."""
LIGHT = 1e-300
"""The least weight of a cell."""
HALVINGS = 4
"""How often a cell is halved whose ball extends too far."""

Function = Callable[[NDArray[Any]], NDArray[Any]]


def passed_over(
    function: Function,
    line: NDArray[np.float64],
    values: NDArray[Any],
    weights: NDArray[Any],
    size: float,
) -> float:
    """Return a bound on the error of a mean that values between the nodes may cause.

    ``function`` takes balls on the line; ``values`` and ``weights`` are those at the nodes.
    """
    at = np.array([float(v) for v in values])
    heavy = np.array([float(w) for w in weights])
    if not np.isfinite(at).all():
        return 0.0  # the rule itself reports this
    padded = np.pad(at, AROUND, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * AROUND)[1:-1]
    low, high = windows.min(1), windows.max(1)
    mass = np.maximum(np.maximum(heavy[:-1], heavy[1:]), LIGHT)
    left, width = line[:-1], np.diff(line)
    off = 0.0
    for _ in range(HALVINGS + 1):
        reach = _reach(function, left + width / 2, width / 2, low, high)
        far = (reach > FARTHER * (high - low)) & (reach > NOTHING * size / mass)
        if not far.any():
            return 0.0
        off = float((reach[far] * mass[far]).sum())
        left, width = left[far], width[far] / 2
        left = np.concatenate([left, left + width])
        low, high, mass, width = (
            np.tile(a, 2) for a in (low[far], high[far], mass[far] / 2, width)
        )
    return off


def _reach(
    function: Function,
    middle: NDArray[np.float64],
    radius: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return by how much the balls over cells exceed the values at the nodes around them."""
    cells = np.array([arb(m, r) for m, r in zip(middle, radius, strict=True)], dtype=object)
    found = np.broadcast_to(function(cells), cells.shape)
    centre = np.array([float(v.mid()) if v.is_finite() else 0.0 for v in found])
    spread = np.array([float(v.rad()) if v.is_finite() else np.inf for v in found])
    return np.maximum(centre - high, low - centre) + spread

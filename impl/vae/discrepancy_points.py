"""What is measured of the squared MMD in each dimension; without torch."""

from collections.abc import Callable
from typing import NamedTuple

__all__ = ["BANDWIDTHS", "SHIFT", "VARIANCE", "Point"]

SHIFT, VARIANCE = 0.5, 0.25
"""Mean and variance of every coordinate of the Gaussian that is held against N(0, I)."""

BANDWIDTHS: dict[str, Callable[[int], float]] = {"2": lambda _: 2.0, "D": float}
"""Bandwidths by name: the notebook's, and one that grows with the dimension D.

Of two standard normal draws half the squared distance is D on average, so that the kernel of
bandwidth D is near exp(-1) between them: the median heuristic, without the data.
"""


class Point(NamedTuple):
    """Squared MMD between N(0, I) and N(0.5, 0.25 I) in one dimension D under one bandwidth.

    Attributes
    ----------
    expected_kernel
        Of two independent draws of N(0, I).
    closed_form, expected_v
        Population squared MMD, and expected V-statistic of a batch.
    v, v_error, u, u_error
        Mean over batches of the two statistics, and its standard error.
    """

    bandwidth: str
    dimension: int
    expected_kernel: float
    closed_form: float
    expected_v: float
    v: float
    v_error: float
    u: float
    u_error: float

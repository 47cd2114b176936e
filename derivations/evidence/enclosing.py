"""Integrals enclosed: balls that hold the truth whatever the integrand does between two nodes."""

from __future__ import annotations

import math
from typing import Protocol

import flint

from derivations.calculus.number_fields import analytic_balls

FIELDS = {analytic: analytic_balls(analytic=analytic) for analytic in (False, True)}
RELATIVE, ABSOLUTE = 1e-15, 1e-16
"""How narrow an enclosure is wanted: whichever is wider."""
ENOUGH = 1e-11
"""Of itself or of the integrand's size. Where it is wider, as a small one may be, it is tried again
to a part of that size: a second time, since it takes long where the size was mistaken for nothing.
"""
MOST_EVALUATIONS = 20_000
"""After so many it is left as wide as it is."""


class Integrand(Protocol):
    """A function whose value is not finite where it is to be analytic in a ball, and is not."""

    def __call__(self, t: flint.acb, *, analytic: bool) -> flint.acb:
        """Return an enclosure of its values in a ball."""


def enclosed(integrand: Integrand, edge: float, size: float) -> tuple[float, float, float]:
    """Return the integral from ``-edge`` to ``edge``, of what is real there: middle and radius.

    ``size`` is about that of the integral of the integrand's absolute value. The last number is the
    larger size of the integrand at an edge; where it has none there, all are NaN.
    """
    ends = [integrand(flint.acb(end), analytic=False) for end in (-edge, edge)]
    if not all(end.is_finite() for end in ends):
        return math.nan, math.nan, math.nan

    def to(absolute: float) -> tuple[float, float]:
        whole = flint.acb.integral(
            lambda t, analytic: integrand(t, analytic=analytic),
            -edge,
            edge,
            rel_tol=flint.arb(RELATIVE),
            abs_tol=flint.arb(absolute),
            eval_limit=MOST_EVALUATIONS,
        ).real
        return float(whole.mid()), float(whole.rad())

    middle, radius = to(ABSOLUTE)
    if not radius <= ENOUGH * max(size, abs(middle)):
        middle, radius = to(ABSOLUTE * size)
    return middle, radius, max(float(abs(end).upper()) for end in ends)

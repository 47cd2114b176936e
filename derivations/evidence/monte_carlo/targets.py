"""What a test of means is given: the claimed values, the effects to detect, and the premise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from derivations.evidence.monte_carlo.budget import Plan
from derivations.evidence.monte_carlo.sampling import Floats
from derivations.evidence.monte_carlo.wealth import Bounded, Target, VarianceBounded

Bounds = tuple[ArrayLike, ArrayLike]
NO_PREMISE = (
    "a mean wants either bounds of its draws or a bound on their variance: without one, a value "
    "that is rare and large may move the mean and never be drawn (law_equals_cdf needs neither)"
)


@dataclass(frozen=True)
class Premise:
    """What is known of the draws beforehand; one of the two. ``named`` is the name of the second.

    There is no default that is estimated from the draws, as error rates that hold for finite
    samples would then hold for no distribution with heavy tails.
    """

    bounds: Bounds | None
    variance: ArrayLike | None
    named: str = "variance_bound"

    def wealth(self, target: Target, plan: Plan) -> Callable[[], Bounded | VarianceBounded]:
        """Return the constructor of the betting processes for it."""
        shape = target.value.shape
        if self.bounds is not None and self.variance is None:
            low, high = (np.broadcast_to(np.asarray(b, np.float64), shape) for b in self.bounds)
            if not np.all(np.isfinite(high - low) & (low < high)):
                msg = f"bounds want finite low < high; got {self.bounds!r}"
                raise ValueError(msg)
            return lambda: Bounded(target, plan, low, high)
        if self.variance is not None and self.bounds is None:
            variance = np.broadcast_to(np.asarray(self.variance, np.float64), shape)
            if not np.all(np.isfinite(variance) & (variance > 0)):
                msg = f"{self.named} wants to be positive and finite; got {self.variance!r}"
                raise ValueError(msg)
            return lambda: VarianceBounded(target, plan, variance, named=self.named)
        raise ValueError(NO_PREMISE)


def target_of(value: ArrayLike, detects: ArrayLike, *, relative: bool = False) -> Target:
    """Return claimed means with the effects to detect.

    Raises
    ------
    ValueError
        If they are not numbers or vectors, or an effect is not positive.
    """
    values = np.atleast_1d(np.asarray(value, dtype=np.float64))
    if values.ndim != 1 or not values.size:
        msg = f"a mean wants a number or a vector of them; got {value!r}"
        raise ValueError(msg)
    effects = effects_of(values, detects, relative=relative)
    return Target(values, np.broadcast_to(effects, values.shape))


def effects_of(value: ArrayLike, detects: ArrayLike, *, relative: bool) -> Floats:
    """Return the effects to detect in the unit of the values: with ``relative``, shares of them.

    Raises
    ------
    ValueError
        If an effect is not positive and finite, or is a share of a value that is 0.
    """
    shares = np.atleast_1d(np.asarray(detects, dtype=np.float64))
    if shares.ndim != 1 or not np.all(np.isfinite(shares) & (shares > 0)):
        msg = f"an effect to detect wants to be positive and finite; got {detects!r}"
        raise ValueError(msg)
    if not relative:
        return shares
    scale = np.abs(np.atleast_1d(np.asarray(value, dtype=np.float64)))
    if np.any(scale == 0):
        msg = f"a relative effect wants values other than 0; got {value!r}: state detects absolute"
        raise ValueError(msg)
    # A value that is not finite is judged later, as unknown, and its effect is then of no account.
    return shares * np.where(np.isfinite(scale), scale, 1.0)

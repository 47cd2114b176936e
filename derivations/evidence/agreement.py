"""Floats compared case by case: one verdict, with the number of cases and the worst error."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from derivations.calculus.steps import Check, Finding, Verdict

TOLERANCE = 1e-10
"""Relative to what is wanted: float64 sums of a few hundred terms and QUADPACK at 1e-13."""
SMALLEST = 1e-3
"""Below this an error is taken relative to it, unless told otherwise.

A sum of terms of order one can be as near to zero as it likes, its rounding cannot: at 1e-3 what
is lost is still a thousandth of what is allowed. A product has no such excuse: it says 0.
"""

Case = tuple[float, float, str]
"""What was got, what was wanted, and where."""


def agreement(
    kind: str,
    claim: str,
    cases: Callable[[np.random.Generator], Iterator[Case]],
    *,
    smallest: float = SMALLEST,
) -> Check:
    """Claim that every case agrees; NaN, or no case at all, establishes nothing.

    Errors are relative to what is wanted, or to ``smallest`` where that is less; the figures say
    how many cases were. A case that wants exactly zero, with no such magnitude, takes exactly zero.
    """

    def run(rng: np.random.Generator) -> Finding:
        worst, number, near_zero = 0.0, 0, 0
        for got, wanted, where in cases(rng):
            number += 1
            near_zero += int(abs(wanted) < smallest)  # a NumPy number gives a NumPy one
            off, scale = abs(got - wanted), max(smallest, abs(wanted))
            error = off / scale if scale else math.inf if off > 0 else off
            if not error <= TOLERANCE:
                verdict = Verdict.UNKNOWN if math.isnan(error) else Verdict.REFUTED
                reason = f"{where}: got {got!r}, wanted {wanted!r}"
                return Finding(kind, claim, verdict, reason=reason)
            worst = max(worst, error)
        if number == 0:
            return Finding(kind, claim, Verdict.UNKNOWN, reason="nothing was compared")
        figures: dict[str, float | int | str] = {
            "cases": number,
            "worst_error": float(f"{worst:.1e}"),
        }
        if near_zero:
            figures[f"cases_below_{smallest:g}"] = near_zero
        return Finding(kind, claim, Verdict.ESTABLISHED, figures)

    return run

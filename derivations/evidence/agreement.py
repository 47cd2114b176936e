"""Floats compared case by case: one verdict, with the number of cases and the worst error."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from derivations.calculus.steps import Check, Finding, Verdict

TOLERANCE = 1e-10
"""Relative to the magnitude compared: float64 sums of a few hundred terms and QUADPACK at 1e-13."""

Case = tuple[float, float, str]
"""What was got, what was wanted, and where."""


def agreement(
    kind: str, claim: str, cases: Callable[[np.random.Generator], Iterator[Case]]
) -> Check:
    """Claim that every case agrees; NaN, or no case at all, establishes nothing."""

    def run(rng: np.random.Generator) -> Finding:
        worst, number = 0.0, 0
        for got, wanted, where in cases(rng):
            number += 1
            error = abs(got - wanted) / max(1.0, abs(wanted))
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
        return Finding(kind, claim, Verdict.ESTABLISHED, figures)

    return run

"""Floats compared case by case: one verdict, with the number of cases and the worst error."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from derivations.calculus.steps import Check, Finding, Verdict

TOLERANCE = 1e-10
"""Relative to what is wanted: float64 sums of a few hundred terms and QUADPACK at 1e-13."""
SMALLEST = 1e-3
"""Below this an error is taken relative to it, unless told otherwise.

A sum of terms of order one can be as near to zero as it likes, its rounding cannot: at 1e-3 what
is lost is still a thousandth of what is allowed. A product has no such excuse: it says 0.
"""


class Case(NamedTuple):
    """What was got, what was wanted, and where; the size of what was added up, if it is known."""

    got: float
    wanted: float
    where: str
    size: float | None = None

    def error(self, smallest: float) -> float:
        """Return the error relative to what is wanted, or to the case's size if that is more.

        ``smallest`` stands for a size that is not known.
        """
        off, least = abs(self.got - self.wanted), smallest if self.size is None else self.size
        scale = max(least, abs(self.wanted))
        if math.isinf(scale):
            return math.nan
        return off / scale if scale else math.inf if off > 0 else off


def agreement(
    kind: str,
    claim: str,
    cases: Callable[[np.random.Generator], Iterator[Case]],
    *,
    smallest: float = SMALLEST,
) -> Check:
    """Claim that every case agrees; NaN, or no case at all, establishes nothing.

    Errors are relative to what is wanted, or to the case's own size where that is known and more.
    Where it is not they are relative to ``smallest`` at least; the figures say in how many cases,
    and if in all, then nothing was compared. A case that wants exactly zero, with no such
    magnitude, takes exactly zero.
    """

    def run(rng: np.random.Generator) -> Finding:
        worst, number, near_zero = 0.0, 0, 0
        for case in cases(rng):
            got, wanted, where, size = case
            number += 1
            near_zero += int(size is None and abs(wanted) < smallest)  # an int, of NumPy's too
            error = case.error(smallest)
            if not error <= TOLERANCE:
                verdict = Verdict.UNKNOWN if math.isnan(error) else Verdict.REFUTED
                reason = f"{where}: got {got!r}, wanted {wanted!r}"
                return Finding(kind, claim, verdict, reason=reason)
            worst = max(worst, error)
        if number == 0:
            return Finding(kind, claim, Verdict.UNKNOWN, reason="nothing was compared")
        if near_zero == number:
            reason = f"every case is below {smallest:g}: what it is compared with is rounding"
            return Finding(kind, claim, Verdict.UNKNOWN, reason=reason)
        figures: dict[str, float | int | str] = {
            "cases": number,
            "worst_error": float(f"{worst:.1e}"),
        }
        if near_zero:
            figures[f"cases_below_{smallest:g}"] = near_zero
        return Finding(kind, claim, Verdict.ESTABLISHED, figures)

    return run

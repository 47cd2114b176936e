"""The error probabilities of Monte Carlo checks, and the false-alarm budget of a run."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from derivations.calculus.steps import Finding
from derivations.evidence.limits import LIMIT

FALSE_ALARMS = 1e-6
"""A bound on the probability that the Monte Carlo checks of a run refute any true claim."""
FALSE_ALARM = 1e-9
"""The share of it that one check spends by default, which allows a thousand checks in a run."""
MISS = 1e-3
"""Probability that a check establishes a claim that is off by what it must detect."""
CAP = 10_000_000
"""The most draws of a check; if it needs more, it does not run."""
KIND = "monte carlo"


class BudgetExceededError(ValueError):
    """A check needs more of the false-alarm budget than is left."""


class Budget:
    """The false-alarm probability of a run, and what its checks have spent so far.

    By the union bound, a run refutes a true claim with probability at most ``total``, even if its
    checks are dependent. A check that is run twice spends twice.
    """

    def __init__(self, total: float = FALSE_ALARMS) -> None:
        if not total > 0:
            msg = f"a false-alarm budget wants a positive total; got {total!r}"
            raise ValueError(msg)
        self.total = total
        self.entries: list[tuple[str, float]] = []
        self.spent = 0.0

    def spend(self, claim: str, alpha: float) -> None:
        """Add a check's false-alarm probability, or raise; then the check must not run."""
        # The slack is for the rounding of a thousand sums, not for a further check.
        if not alpha > 0 or self.spent + alpha > self.total * (1 + 1e-12):
            msg = (
                f"the false-alarm budget has {self.total - self.spent:.3g} of {self.total:.3g} "
                f"left; {claim!r} wants {alpha:.3g}"
            )
            raise BudgetExceededError(msg)
        self.entries.append((claim, alpha))
        self.spent += alpha


RUN = Budget()
"""The budget of this process. If a run has several, ``spent`` adds up what they report."""


@dataclass(frozen=True)
class Plan:
    """The limits of a check: false-alarm and miss probability, the most draws, the most seconds."""

    alpha: float = FALSE_ALARM
    miss: float = MISS
    cap: int = CAP
    limit: float = LIMIT
    budget: Budget = field(default=RUN, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Validate the probabilities and the time limit."""
        for name, value in (("alpha", self.alpha), ("miss", self.miss)):
            if not 0 < value < 1:
                msg = f"{name} wants a probability between 0 and 1; got {value!r}"
                raise ValueError(msg)
        if not self.limit > 0:
            msg = f"a time limit wants a positive number of seconds; got {self.limit!r}"
            raise ValueError(msg)


STANDARD = Plan()
"""The default plan of a check."""


def spent(findings: Iterable[Finding]) -> float:
    """Return the false-alarm probability of all Monte Carlo findings of a run together."""
    return math.fsum(float(f.figures.get("alpha", 0.0)) for f in findings if f.kind == KIND)

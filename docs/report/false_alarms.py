"""The false-alarm budget of a run, and the share spent by tests and by the derivations' checks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from derivations.calculus.steps import Finding
from derivations.evidence.monte_carlo.budget import FALSE_ALARMS, KIND, spent
from derivations.printing.nodes import Admonition, Block, Paragraph


@dataclass(frozen=True)
class FalseAlarms:
    """The probability spent, and the number of checks; each run of a check counts."""

    in_tests: float
    checks_in_tests: int
    in_derivations: float
    checks_in_derivations: int
    allowed: float = FALSE_ALARMS

    @property
    def total(self) -> float:
        """A bound on the probability that any of them refutes a true claim."""
        return self.in_tests + self.in_derivations

    @property
    def exceeded(self) -> bool:
        """Whether that exceeds what a run may spend, up to rounding."""
        return not self.total <= self.allowed * (1 + 1e-9)

    def blocks(self) -> list[Block]:
        """Return the account, with a warning if the budget is exceeded."""
        text = (
            f"The Monte Carlo checks of a run share one false-alarm budget of {self.allowed:.2g}. "
            f"The tests spent {self.in_tests:.3g} ({self.checks_in_tests} checks), the derivations "
            f"{self.in_derivations:.3g} ({self.checks_in_derivations} checks): {self.total:.3g} in "
            "all, which bounds the probability that any of them refutes a true claim."
        )
        if self.exceeded:
            return [Admonition("danger", "Over the false-alarm budget", (text,))]
        return [Paragraph((text,))]


def add_up(ledgers: Iterable[dict[str, Any]], findings: Iterable[Finding]) -> FalseAlarms:
    """Add up what was spent according to the tests' ledgers and the findings."""
    accounts = [ledger["false_alarms"] for ledger in ledgers]
    found = [f for f in findings if f.kind == KIND]
    return FalseAlarms(
        sum(float(a["spent"]) for a in accounts),
        sum(int(a["checks"]) for a in accounts),
        spent(found),
        sum("alpha" in f.figures for f in found),
    )


def complaints(missing: list[str], alarms: FalseAlarms) -> list[str]:
    """Return the reasons why a strict build fails, one line for each."""
    lines = [f"not established: {', '.join(missing)}"] if missing else []
    if alarms.exceeded:
        lines.append(f"false alarms: wanted at most {alarms.allowed:.3g}, got {alarms.total:.3g}")
    return lines

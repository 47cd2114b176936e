"""The findings on a derivation's claims, and their combined verdict."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest

from derivations.calculus.steps import Finding, Verdict


@dataclass(frozen=True)
class Judgement:
    """The findings on a derivation's claims, line by line."""

    key: str
    rules: tuple[tuple[Finding, ...], ...]
    steps: tuple[tuple[Finding, ...], ...]
    remarks: tuple[Finding, ...]
    seconds: float
    assumptions: tuple[Finding, ...] = ()
    """The findings on declarations, which are compared with their source."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings in order."""
        return (*self.assumptions, *(f for line in self.lines() for f in line))

    def lines(self) -> list[tuple[Finding, ...]]:
        """Return the findings on each line, those on its rule's claims first; the remarks' last."""
        lines = [(*r, *s) for r, s in zip_longest(self.rules, self.steps, fillvalue=())]
        return [*lines, self.remarks] if self.remarks else lines

    @property
    def verdict(self) -> Verdict:
        """Return REFUTED if anything is, else UNKNOWN if anything is or nothing was checked."""
        return verdict_of(self.findings) if self.findings else Verdict.UNKNOWN

    def __str__(self) -> str:
        """Return the key, the verdict, and why anything is not established."""
        bad = [f for f in self.findings if f.verdict is not Verdict.ESTABLISHED]
        return "\n".join(
            [
                f"{self.key}: {self.verdict.value}",
                *(f"  {f.verdict.value}: {f.reason}" for f in bad),
            ]
        )


def verdict_of(findings: tuple[Finding, ...]) -> Verdict:
    """Return the verdict on claims that must all be established."""
    verdicts = {f.verdict for f in findings}
    for bad in (Verdict.REFUTED, Verdict.UNKNOWN):
        if bad in verdicts:
            return bad
    return Verdict.ESTABLISHED

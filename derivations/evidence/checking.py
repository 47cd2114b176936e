"""Running a derivation's checks: the findings step by step, one verdict, the seconds it took."""

from __future__ import annotations

import time
import zlib
from dataclasses import dataclass

import numpy as np

from derivations.calculus.steps import Check, Derivation, Finding, Verdict


@dataclass(frozen=True)
class CheckReport:
    """What a derivation's checks concluded; it is established only if every one of them is."""

    key: str
    steps: tuple[tuple[Finding, ...], ...]
    results: tuple[Finding, ...]
    seconds: float

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings in order."""
        return (*(f for step in self.steps for f in step), *self.results)

    @property
    def verdict(self) -> Verdict:
        """REFUTED if anything is, else UNKNOWN if anything is or nothing was checked."""
        verdicts = {f.verdict for f in self.findings}
        if Verdict.REFUTED in verdicts:
            return Verdict.REFUTED
        complete = bool(self.results) and all(self.steps)
        return (
            Verdict.ESTABLISHED
            if complete and verdicts == {Verdict.ESTABLISHED}
            else Verdict.UNKNOWN
        )


def check(derivation: Derivation, seed: int) -> CheckReport:
    """Run every check of a derivation; each draws its own random points from the seed."""
    started = time.perf_counter()
    steps = tuple(
        tuple(_run(c, derivation.key, seed, (s, number)) for number, c in enumerate(step.checks))
        for s, step in enumerate(derivation.steps)
    )
    results = tuple(
        _run(c, derivation.key, seed, (len(steps), number))
        for number, c in enumerate(derivation.checks)
    )
    return CheckReport(derivation.key, steps, results, time.perf_counter() - started)


def _run(check_: Check, key: str, seed: int, place: tuple[int, int]) -> Finding:
    """Run one check; one that raises leaves its claim unknown, and says why."""
    rng = np.random.default_rng([seed, zlib.crc32(key.encode()), *place])
    try:
        return check_(rng)
    except Exception as error:  # noqa: BLE001 - a check must never hide its claim's key
        reason = f"the check raised {type(error).__name__}: {error}"
        return Finding("none", f"check {place} of {key}", Verdict.UNKNOWN, reason=reason)

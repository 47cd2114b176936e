"""Running a derivation's checks: the findings step by step, one verdict, the seconds it took."""

from __future__ import annotations

import math
import time
import zlib
from dataclasses import dataclass, replace

import numpy as np

from derivations.calculus.steps import KINDS, Check, Derivation, Finding, Verdict
from derivations.evidence.limits import LIMIT, OvertimeError, described, time_limit


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


def check(
    derivation: Derivation, seed: int, *, limit: float = LIMIT, twice: bool = False
) -> CheckReport:
    """Run every check of a derivation; each draws its own random points from the seed.

    A check that breaks, or does not end within ``limit`` seconds, leaves its claim unknown. With
    ``twice`` each is run again from the same state, and so does one that finds otherwise then.
    """
    started = time.perf_counter()

    def found(check_: Check, place: tuple[int, int]) -> Finding:
        first = _run(check_, derivation.key, seed, place, limit)
        if not twice:
            return first
        again = _run(check_, derivation.key, seed, place, limit)
        if again == first:
            return first
        said = (f"{f.verdict.value} {f.figures}" for f in (first, again))
        reason = f"two runs from one state of the generator differ: {' against '.join(said)}"
        return replace(first, verdict=Verdict.UNKNOWN, reason=reason)

    steps = tuple(
        tuple(found(c, (s, number)) for number, c in enumerate(step.checks))
        for s, step in enumerate(derivation.steps)
    )
    results = tuple(found(c, (len(steps), number)) for number, c in enumerate(derivation.checks))
    return CheckReport(derivation.key, steps, results, time.perf_counter() - started)


def _run(check_: Check, key: str, seed: int, place: tuple[int, int], limit: float) -> Finding:
    """Run one check; one that says nothing sound leaves its claim unknown, and says why."""
    rng = np.random.default_rng([seed, zlib.crc32(key.encode()), *place])
    try:
        with time_limit(limit):
            found = check_(rng)
            reason = unsound(found)
        if not reason:
            return found
    except OvertimeError:
        reason = f"the check did not end within {limit:g} s"
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - a check must never hide its claim's key
        reason = f"the check raised {described(error)}"
    claim = getattr(check_, "claim", "")
    named = f"check {place} of {key}" + (f": {claim}" if claim else "")
    return Finding("none", named, Verdict.UNKNOWN, reason=reason)


def unsound(found: object) -> str:
    """Say what is wrong with what a check returned; nothing if it is a finding that can stand."""
    if not isinstance(found, Finding):
        return f"the check returned no finding but {found!r}"
    if found.kind not in KINDS:
        return f"the check returned evidence of an unknown kind, {found.kind!r}"
    if not isinstance(found.verdict, Verdict):
        return f"the check returned no verdict but {found.verdict!r}"
    for name, figure in found.figures.items():
        number = isinstance(figure, (int, float)) and math.isfinite(figure)
        if not (number or isinstance(figure, str)):
            return f"{found.verdict.value} by {found.kind}, yet its figure {name!r} is {figure!r}"
    return ""

"""The audit itself: every claim on every library, a row each, refuted only with a script."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from audit.claims import Claim
from audit.judging import Answer, Case, Ruling
from audit.libraries import Library
from audit.program import Program, execute
from audit.threads import remark_on, threads_of

SCRIPTS_TRIED = 3
"""Failing cases whose scripts are run until one shows the failure."""


@dataclass(frozen=True)
class Row:
    """What was found of one claim in one library and type."""

    library: Library
    claim: Claim
    dtype: str
    rulings: tuple[Ruling, ...]
    program: Program

    def count(self, answer: Answer) -> int:
        """Return in how many cases it answered so."""
        return sum(r.answer is answer for r in self.rulings)

    def failures(self) -> list[Ruling]:
        """Return the cases that went wrong, the most ordinary first."""
        wrong = (r for r in self.rulings if r.answer is Answer.WRONG)
        return sorted(wrong, key=lambda r: how_extreme(r.case))

    def record(self, reproducer: dict[str, Any] | None) -> dict[str, Any]:
        """Return the row as plain data, its verdict settled by its script."""
        counts = Counter(r.answer.value for r in self.rulings)
        worst = max(self.rulings, key=lambda r: (r.answer is Answer.WRONG, r.excess))
        about = (self.library.name, self.claim.distribution, self.claim.name)
        verdict = self._verdict(reproducer)
        return {
            "library": self.library.name,
            "control": self.library.is_control,
            "distribution": self.claim.distribution,
            "claim": self.claim.name,
            "statement": self.claim.statement,
            "how": self.claim.how,
            "type": self.dtype,
            "grid": self.claim.grid,
            "cases": len(self.rulings),
            "answers": dict(counts),
            "verdict": verdict,
            "worst": {
                "case": dict(worst.case),
                "got": worst.got,
                "wanted": worst.wanted,
                "excess_bits": round(worst.excess, 1),
            },
            "declined": self._declined(),
            "reproducer": reproducer,
            "threads": [thread.record() for thread in threads_of(*about)],
            "remark": remark_on(*about) if verdict == "refuted" else "",
        }

    def _declined(self) -> str:
        """Return what the library said where it first raised, or nothing."""
        refusals = (r for r in self.rulings if r.answer is Answer.DECLINED)
        first = next(refusals, None)
        if first is None:
            return ""
        given = ", ".join(f"{name} = {value}" for name, value in first.case.items())
        return f"{given}: {first.got}"

    def _verdict(self, reproducer: dict[str, Any] | None) -> str:
        if self.count(Answer.WRONG):
            return "refuted" if reproducer and reproducer["shows"] else "unknown"
        if self.count(Answer.UNKNOWN):
            return "unknown"
        return "established" if self.count(Answer.RIGHT) else "not offered"


def settled(found: Iterable[Row]) -> list[dict[str, Any]]:
    """Run the scripts of what failed, and return all rows as records.

    Of each row the most ordinary failure is tried first, then the next ones until a script shows
    it.
    """
    found = list(found)
    tried: dict[int, dict[str, Any]] = {}
    for attempt in range(SCRIPTS_TRIED):
        asked = {
            place: failures[attempt]
            for place, row in enumerate(found)
            if not tried.get(place, {}).get("shows") and len(failures := row.failures()) > attempt
        }
        scripts = {p: found[p].program.script(r.case, r.shown) for p, r in asked.items()}
        for (place, script), printed in zip(
            scripts.items(), execute(list(scripts.values())), strict=True
        ):
            tried[place] = {
                "script": script,
                "output": printed.text,
                "wanted": asked[place].wanted,
                "shows": printed.ended_well and asked[place].shows(printed.text),
            }
    return [row.record(tried.get(place)) for place, row in enumerate(found)]


def how_extreme(case: Case) -> float:
    """Order cases by how far their numbers are from 1, seeds and sizes aside."""
    numbers = [
        abs(v)
        for name, part in case.items()
        if name not in {"n", "seed", "j", "t"}
        for v in (part if isinstance(part, list) else [part])
    ]
    return float(sum(abs(np.log(v)) for v in numbers if v > 0))


def rows(libraries: Iterable[Library], claims: Iterable[Claim], dtype: str) -> Iterator[Row]:
    """Run every claim on every library that has a program for its question, in one type."""
    claims = tuple(claims)
    for library in libraries:
        programs = library.programs(dtype)
        for claim in claims:
            program = programs.get((claim.distribution, claim.question))
            if program is None:
                continue
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                rulings = tuple(claim.judge(program, case, dtype) for case in claim.cases)
            yield Row(library, claim, dtype, rulings, program)

"""The audit itself: every claim on a library, a row each, refuted only with a script."""

from __future__ import annotations

import math
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from audit.claims import Claim
from audit.judges import Answer, Refused, Ruling, numbers_in
from audit.programs import Case, Library, Program, printed, run, script
from audit.threads import REMARKS, THREADS

Row = dict[str, Any]
"""What was found of one claim in one library and type, as it is recorded."""
ORDINARY = {"n", "seed", "j", "t"}
"""Parameters that make no case extreme."""


def rows(library: Library, claims: Iterable[Claim], dtype: str) -> Iterator[Row]:
    """Run every claim that a library has a program for, in one type."""
    programs = library.programs(dtype)
    for claim in claims:
        if program := programs.get((claim.distribution, claim.question)):
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                rulings = [_ruling(claim, program, case, dtype) for case in claim.cases]
                yield _row(library, claim, dtype, rulings, program)


def _ruling(claim: Claim, program: Program, case: Case, dtype: str) -> Ruling:
    def ask(asking: Case) -> Any:  # noqa: ANN401 - whatever the library returns
        try:
            return run(program, asking)
        except (NotImplementedError, AttributeError) as error:
            raise Refused(Ruling(Answer.ABSENT, asking, type(error).__name__)) from error
        except Exception as error:
            said = f"{type(error).__name__}: {error}".splitlines()[0]
            raise Refused(Ruling(Answer.DECLINED, asking, said[:120])) from error

    try:
        return claim.judge(ask, case, dtype)
    except Refused as refusal:
        return refusal.args[0]


def _row(
    library: Library, claim: Claim, dtype: str, rulings: list[Ruling], program: Program
) -> Row:
    counts = Counter(r.answer for r in rulings)
    worst = max(rulings, key=lambda r: (r.answer is Answer.WRONG, r.excess))
    declined = (
        f"{', '.join(f'{name} = {value}' for name, value in r.case.items())}: {r.got}"
        for r in rulings
        if r.answer is Answer.DECLINED
    )
    reproducer = _reproducer(rulings, program)
    if reproducer:
        verdict = "refuted" if reproducer["shows"] else "unknown"
    elif counts[Answer.UNKNOWN]:
        verdict = "unknown"
    else:
        verdict = "established" if counts[Answer.RIGHT] else "not offered"
    place = f"{claim.distribution}, {claim.name}"
    return {
        "library": library.name,
        "control": library.is_control,
        "distribution": claim.distribution,
        "claim": claim.name,
        "statement": claim.statement,
        "how": claim.how,
        "type": dtype,
        "grid": claim.grid,
        "cases": len(rulings),
        "answers": {answer.value: count for answer, count in counts.items()},
        "verdict": verdict,
        "worst": {
            "case": dict(worst.case),
            "got": worst.got,
            "wanted": worst.wanted,
            "excess_bits": round(worst.excess, 1),
        },
        "declined": next(declined, ""),
        "reproducer": reproducer,
        "threads": list(THREADS.get(library.name, {}).get(place, ())),
        "remark": REMARKS.get(library.name, {}).get(place, "") if verdict == "refuted" else "",
    }


def _reproducer(rulings: list[Ruling], program: Program) -> dict[str, Any] | None:
    """Return the script of the most ordinary failure, and whether it shows the failure."""
    failures = [r for r in rulings if r.answer is Answer.WRONG]
    if not failures:
        return None
    failure = min(failures, key=lambda r: how_extreme(r.case))
    text = script(program, failure.case, failure.shown)
    output = printed(text)
    numbers = numbers_in(output)
    shows = numbers is not None and failure.refutes(numbers)
    return {"script": text, "output": output, "wanted": failure.wanted, "shows": bool(shows)}


def how_extreme(case: Case) -> float:
    """Order cases by how far their numbers are from 1, seeds and sizes aside."""
    parts = [np.abs(np.atleast_1d(v)) for name, v in case.items() if name not in ORDINARY]
    return sum(abs(math.log(v)) for part in parts for v in part if v > 0)

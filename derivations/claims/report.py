"""The verdicts, as text for a terminal and as JSON for programs."""

from __future__ import annotations

import json
import time
from collections import Counter
from functools import partial
from typing import Any

from derivations.calculus.steps import Finding, Verdict
from derivations.claims.judgements import Judgement
from derivations.claims.judging import judge
from derivations.claims.statements import Derivation
from derivations.evidence.limits import LIMIT, OvertimeError, described, time_limit
from derivations.evidence.runs import Failure, side_by_side
from derivations.index import derive, entry

SCHEMA = 2
NO_KIND = "none"
"""The kind of a finding that does not come from a method."""


def check_and_print(keys: list[str], seed: int, *, as_json: bool, limit: float) -> int:
    """Judge derivations and print the outcome; return 0 if all are established, else 1."""
    started, records = time.perf_counter(), []
    width = max(len(key.rpartition("::")[2]) for key in keys)
    for outcome in side_by_side(partial(_judged, seed=seed, limit=limit, width=width), keys):
        found, text = _lost(outcome, width) if isinstance(outcome, Failure) else outcome
        records.append(found)
        if not as_json:
            print(text, flush=True)
    seconds = time.perf_counter() - started
    established = sum(r["verdict"] == Verdict.ESTABLISHED.value for r in records)
    if as_json:
        whole = {
            "schema": SCHEMA,
            "seed": seed,
            "seconds": round(seconds, 3),
            "derivations": records,
        }
        print(json.dumps(whole, indent=2, allow_nan=False))
    else:
        print(f"{established} of {len(keys)} established in {seconds:.1f} s, seed {seed}")
    return 0 if established == len(keys) else 1


def _judged(key: str, *, seed: int, limit: float, width: int) -> tuple[dict[str, Any], str]:
    derivation, judgement = judged(key, seed, limit)
    return record(derivation, judgement), line(derivation, judgement, width)


def judgement_of(key: str, seed: int, limit: float = LIMIT) -> Judgement:
    """Judge the derivation of a key, which is built for it."""
    return judged(key, seed, limit)[1]


def judged(key: str, seed: int, limit: float) -> tuple[Derivation, Judgement]:
    """Build a derivation within the time limit and judge it; what cannot be built is unknown."""
    try:
        with time_limit(limit):
            derivation = derive(key)
        return derivation, judge(derivation, seed, limit=limit)
    except OvertimeError:
        reason = f"the derivation did not end within {limit:g} s"
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - a broken derivation must not hide its key
        reason = described(error)
    return _unknown(key, reason)


def _lost(failure: Failure, width: int) -> tuple[dict[str, Any], str]:
    derivation, judgement = _unknown(failure.key, failure.reason)
    return record(derivation, judgement), line(derivation, judgement, width)


def _unknown(key: str, reason: str) -> tuple[Derivation, Judgement]:
    found = entry(key)
    nothing = Derivation(key, found.title, found.question, found.code, (), (), ())
    unknown = Finding(NO_KIND, "", Verdict.UNKNOWN, reason=reason)
    return nothing, Judgement(key, ((unknown,),), (), (), 0.0)


def line(derivation: Derivation, judgement: Judgement, width: int) -> str:
    """Return a judgement as one line, and below it a line for each finding not established."""
    kinds = Counter(f.kind for f in judgement.findings)
    counted = ", ".join(f"{kind} {kinds[kind]}" for kind in sorted(kinds) if kind != NO_KIND)
    head = f"{judgement.verdict.value:<11}  {judgement.key:<{width}}  {judgement.seconds:5.2f} s"
    lines = [f"{head}  {counted}".rstrip()]
    for number, findings in enumerate((judgement.assumptions, *judgement.lines())):
        lines += [
            f"    {_where(derivation, number)}: {f.verdict.value}{_by(f)}: {f.reason}"
            for f in findings
            if f.verdict is not Verdict.ESTABLISHED
        ]
    return "\n".join(lines)


def _where(derivation: Derivation, number: int) -> str:
    if number == 0:
        return "assumptions"
    if number <= len(derivation.steps):
        return f"step {number}, {derivation.steps[number - 1].rule.name}"
    return "remarks" if derivation.steps else "derivation"


def _by(finding: Finding) -> str:
    return "" if finding.kind == NO_KIND else f" by {finding.kind}"


def record(derivation: Derivation, judgement: Judgement) -> dict[str, Any]:
    """Return a judgement as plain data: verdict, lines, kinds of evidence with figures, seconds.

    ``rest`` are the findings on remarks, or the reason why there is no derivation.
    """
    count = len(derivation.steps)
    return {
        "key": judgement.key,
        "title": derivation.title,
        "question": derivation.question,
        "verdict": judgement.verdict.value,
        "seconds": round(judgement.seconds, 3),
        "assumptions": [finding_record(f) for f in judgement.assumptions],
        "steps": [
            {"rule": step.rule.name, "evidence": [finding_record(f) for f in findings]}
            for step, findings in zip(derivation.steps, judgement.lines(), strict=False)
        ],
        "rest": [finding_record(f) for line in judgement.lines()[count:] for f in line],
    }


def finding_record(finding: Finding) -> dict[str, Any]:
    """Return one finding as plain data."""
    return {
        "kind": finding.kind,
        "verdict": finding.verdict.value,
        "figures": finding.figures,
        "reason": finding.reason,
    }

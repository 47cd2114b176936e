"""The outcome of checks, as text for a terminal and as JSON for programs."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from derivations.calculus.steps import Derivation, Finding, Verdict
from derivations.catalogue import derive, entry
from derivations.evidence.checking import CheckReport, check
from derivations.evidence.limits import OvertimeError, described, time_limit
from derivations.evidence.mutation.statements import untied
from derivations.evidence.runs import Failure, side_by_side

SCHEMA = 1
NO_KIND = "none"
"""The kind of a finding that no check made."""


def check_and_print(keys: list[str], seed: int, *, as_json: bool, limit: float, twice: bool) -> int:
    """Check derivations and print the outcome; return 0 if all are established, else 1."""
    started, records = time.perf_counter(), []
    width = max(map(len, keys))
    judge = partial(_judged, seed=seed, limit=limit, twice=twice, width=width)
    for outcome in side_by_side(judge, keys):
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


def _judged(
    key: str, *, seed: int, limit: float, twice: bool, width: int
) -> tuple[dict[str, Any], str]:
    """Check a derivation, and that each side of what it states goes into a check."""
    derivation, report = _derived(key, limit)
    if report is None:
        report = check(derivation, seed, limit=limit, twice=twice)
        report = replace(report, results=(*report.results, *_loose(derivation)))
    return record(derivation, report), line(report, width)


def _loose(derivation: Derivation) -> Iterator[Finding]:
    """Yield what is stated and held by none of the checks: it is unknown."""
    reason = "no check is given what is stated there"
    try:
        for name in untied(derivation):
            yield Finding(NO_KIND, name, Verdict.UNKNOWN, reason=reason)
    except Exception as error:  # noqa: BLE001 - as for a check: its key must not be hidden
        reason = f"what is stated could not be read: {described(error)}"
        yield Finding(NO_KIND, derivation.key, Verdict.UNKNOWN, reason=reason)


def _derived(key: str, limit: float) -> tuple[Derivation, CheckReport | None]:
    """Build a derivation within the time limit; one that cannot be built is unknown, with why."""
    try:
        with time_limit(limit):
            return derive(key), None
    except OvertimeError:
        reason = f"the derivation did not end within {limit:g} s"
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - as for a check: its key must not be hidden
        reason = f"the derivation raised {described(error)}"
    return _unknown(key, f"{key} can be derived", reason)


def _lost(failure: Failure, width: int) -> tuple[dict[str, Any], str]:
    """Report a derivation that was not judged: it is unknown, with why."""
    derivation, report = _unknown(failure.key, f"{failure.key} can be checked", failure.reason)
    return record(derivation, report), line(report, width)


def _unknown(key: str, claim: str, reason: str) -> tuple[Derivation, CheckReport]:
    found = entry(key)
    nothing = Derivation(key, found.title, found.question, (), (), (), ())
    unknown = Finding(NO_KIND, claim, Verdict.UNKNOWN, reason=reason)
    return nothing, CheckReport(key, (), (unknown,), 0.0)


def line(report: CheckReport, width: int) -> str:
    """Return a report as one line, and below it a line for each finding that does not stand.

    The key takes so many columns.
    """
    kinds = Counter(f.kind for f in report.findings)
    counted = ", ".join(f"{kind} {kinds[kind]}" for kind in sorted(kinds) if kind != NO_KIND)
    lines = [
        f"{report.verdict.value:<11}  {report.key:<{width}}  {report.seconds:5.2f} s  {counted}"
    ]
    for number, findings in enumerate((*report.steps, report.results), 1):
        where = "result" if number > len(report.steps) else f"step {number}"
        lines += [
            f"    {where}: {f.claim}: {f.verdict.value}{_by(f)}: {f.reason}"
            for f in findings
            if f.verdict is not Verdict.ESTABLISHED
        ]
        if not findings:
            lines.append(f"    {where}: nothing was checked")
    return "\n".join(lines)


def _by(finding: Finding) -> str:
    return "" if finding.kind == NO_KIND else f" by {finding.kind}"


def record(derivation: Derivation, report: CheckReport) -> dict[str, Any]:
    """Return a report as plain data: verdict, steps, evidence kinds with figures, seconds."""
    return {
        "key": report.key,
        "title": derivation.title,
        "question": derivation.question,
        "verdict": report.verdict.value,
        "seconds": round(report.seconds, 3),
        "steps": [
            {"rule": step.rule.name, "evidence": [finding_record(f) for f in findings]}
            for step, findings in zip(derivation.steps, report.steps, strict=True)
        ],
        "results": [finding_record(f) for f in report.results],
    }


def finding_record(finding: Finding) -> dict[str, Any]:
    """Return one finding as plain data."""
    return {
        "kind": finding.kind,
        "claim": finding.claim,
        "verdict": finding.verdict.value,
        "figures": finding.figures,
        "reason": finding.reason,
    }

"""The outcome of checks, as text for a terminal and as JSON for programs."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from derivations.calculus.steps import Derivation, Finding, Verdict
from derivations.catalogue import derive
from derivations.evidence.checking import CheckReport, check

SCHEMA = 1


def check_and_print(keys: list[str], seed: int, *, as_json: bool) -> int:
    """Check derivations and print the outcome; return 0 if all are established, else 1."""
    records, established = [], 0
    for key in keys:
        derivation = derive(key)
        report = check(derivation, seed)
        established += report.verdict is Verdict.ESTABLISHED
        records.append(record(derivation, report))
        if not as_json:
            print(line(report), flush=True)
    seconds = sum(r["seconds"] for r in records)
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


def line(report: CheckReport) -> str:
    """Return a report as one line, and below it a line for each finding that does not stand."""
    kinds = Counter(f.kind for f in report.findings)
    counted = ", ".join(f"{kind} {number}" for kind, number in sorted(kinds.items()))
    lines = [f"{report.verdict.value:<11}  {report.key:<24}  {report.seconds:5.2f} s  {counted}"]
    for number, findings in enumerate((*report.steps, report.results), 1):
        where = "result" if number > len(report.steps) else f"step {number}"
        lines += [
            f"    {where}: {f.claim}: {f.verdict.value} by {f.kind}: {f.reason}"
            for f in findings
            if f.verdict is not Verdict.ESTABLISHED
        ]
        if not findings:
            lines.append(f"    {where}: nothing was checked")
    return "\n".join(lines)


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

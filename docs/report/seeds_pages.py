"""The report's section on the suite under many seeds: how often tests failed, and which."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from harness.seeds import SCHEMA

from derivations.evidence.monte_carlo.calibration import LEVEL
from derivations.evidence.monte_carlo.counts import at_most
from derivations.printing.nodes import Block, Bullets, Heading, Literal, Paragraph, Prose
from report.ledger import LedgerError
from report.records import alarming

TITLE = "The suite under many seeds"
RECORD = "seeds.jsonl"
COMMAND = "tox run -e seeds"


def kept(path: Path) -> list[dict[str, Any]] | None:
    """Return the lines of a record, the first about the run; None if no seed is recorded."""
    if not path.is_file():
        return None
    lines = [json.loads(text) for text in path.read_text(encoding="utf-8").splitlines()]
    if not lines or lines[0].get("schema") != SCHEMA:
        message = f"{path.name}: wanted a first line of schema {SCHEMA}, got {lines[:1]}"
        raise LedgerError(message)
    return lines if len(lines) > 1 else None


def headline(lines: list[dict[str, Any]]) -> Prose:
    """Return the outcome of the seeds as one line, with failures emphasized."""
    about, *rows = lines
    failed = sum(bool(row["failed"]) for row in rows)
    long, whole = long_tests(about), sum(row["whole"] for row in rows)
    fast = about["tests"] if whole == len(rows) else about["tests"] - len(long)
    others = f", {len(long)} slower ones ({_above(about)}) under {whole}" if long else ""
    return (
        f"{fast} tests under {len(rows)} seeds{others if whole < len(rows) else ''}: ",
        alarming(failed, f"{failed} of the seeds with a failure"),
    )


def _above(about: dict[str, Any]) -> str:
    """Return which tests are slow."""
    return f"over {about['long']['above']:g} s of processor time each"


def long_tests(about: dict[str, Any]) -> frozenset[str]:
    """Return the slow tests, which ran under some of the seeds only."""
    return frozenset((about["long"] or {}).get("tests", ()))


def how_often(lines: list[dict[str, Any]]) -> str:
    """Return the number of seeds, and a bound on the probability that a new seed fails."""
    about, *rows = lines
    long = long_tests(about)
    whole = [row for row in rows if row["whole"]]
    failing = sum(not long.issuperset(row["failed"]) for row in rows)
    bound = at_most(failing, len(rows), LEVEL)
    if len(whole) == len(rows):
        return (
            f"They ran under {len(rows)} seeds. A run under a new seed therefore fails with a "
            f"probability below {bound:.3g} (an exact confidence bound at level {1 - LEVEL:g}). "
        )
    failing_long = sum(not long.isdisjoint(row["failed"]) for row in whole)
    return (
        f"{about['tests'] - len(long)} of them ran under {len(rows)} seeds. Under a new seed, any "
        f"of these fails with a probability below {bound:.3g} (an exact confidence bound at level "
        f"{1 - LEVEL:g}). The other {len(long)} are slower ({_above(about)}) and "
        f"ran under {len(whole)} of these seeds. Any of them fails with a "
        f"probability below {at_most(failing_long, len(whole), LEVEL):.3g}. "
    )


def command(about: dict[str, Any]) -> str:
    """Return the command that repeats the run, with its limit for slow tests."""
    long = about["long"]
    return COMMAND if long is None else f"{COMMAND} -- --seeds-long={long['above']:g}"


def blocks(lines: list[dict[str, Any]], level: int = 1) -> list[Block]:
    """Return the section on the suite under many seeds, under a heading of that level."""
    about, *rows = lines
    failing = [row for row in rows if row["failed"]]
    checks = sum(row["checks"] for row in rows)
    most = max(row["spent"] for row in rows)
    names: list[Prose] = [
        (f"seed {row['seed']}: ", Literal(test)) for row in failing for test in row["failed"]
    ]
    return [
        Heading(level, (TITLE,)),
        Paragraph(
            (
                f"{about['tests']} tests draw random numbers; only these depend on the seed. "
                f"{how_often(lines)}"
                f"In all, {sum(row['passed'] for row in rows)} test runs passed, with {checks} "
                f"Monte Carlo checks. No seed spent more than {most:.2g} of its false-alarm "
                f"budget. Seeds with a failure: {len(failing)}.",
            )
        ),
        *([Bullets(tuple(names))] if names else []),
        Paragraph((f"Python {about['python']}, device {about['device']}.",)),
    ]

"""What the report shows of the suite under many seeds: how often a test failed, and which."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from harness.seeds import SCHEMA

from derivations.evidence.monte_carlo.calibration import LEVEL
from derivations.evidence.monte_carlo.counts import at_most
from derivations.printing.nodes import Block, Bullets, Code, Heading, Literal, Paragraph, Prose
from report.ledger import LedgerError, age
from report.records import alarming

TITLE = "The suite under many seeds"
RECORD = "seeds.jsonl"
COMMAND = "tox run -e seeds"


def kept(path: Path) -> list[dict[str, Any]] | None:
    """Return the lines of a record, the first about what ran; None where no seed is recorded."""
    if not path.is_file():
        return None
    lines = [json.loads(text) for text in path.read_text(encoding="utf-8").splitlines()]
    if not lines or lines[0].get("schema") != SCHEMA:
        message = f"{path.name}: wanted a first line of schema {SCHEMA}, got {lines[:1]}"
        raise LedgerError(message)
    return lines if len(lines) > 1 else None


def headline(lines: list[dict[str, Any]]) -> Prose:
    """Return what came of the seeds in a line; failures stand out."""
    about, *rows = lines
    failed = sum(bool(row["failed"]) for row in rows)
    long, whole = long_tests(about), sum(row["whole"] for row in rows)
    seldom = f", {len(long)} long ones under {whole} of them" if whole < len(rows) else ""
    return (
        f"{about['tests']} tests under {len(rows)} seeds{seldom}, ",
        alarming(failed, f"{failed} of them with a failure"),
    )


def long_tests(about: dict[str, Any]) -> frozenset[str]:
    """Return the tests that ran under the whole seeds only."""
    return frozenset((about["long"] or {}).get("tests", ()))


def how_often(lines: list[dict[str, Any]]) -> str:
    """Say under how many seeds the tests ran, and how rarely a run under a new one fails."""
    about, *rows = lines
    long = long_tests(about)
    whole = [row for row in rows if row["whole"]]
    failing = sum(not long.issuperset(row["failed"]) for row in rows)
    bound = at_most(failing, len(rows), LEVEL)
    if len(whole) == len(rows):
        return (
            f"They ran under {len(rows)} seeds. So a run under a new seed fails with a probability "
            f"below {bound:.3g} (an exact bound, itself wrong with probability {LEVEL:g}). "
        )
    failing_long = sum(not long.isdisjoint(row["failed"]) for row in whole)
    return (
        f"{about['tests'] - len(long)} of them ran under {len(rows)} seeds. So under a new seed one"
        f" of these fails with a probability below {bound:.3g} (an exact bound, itself wrong with "
        f"probability {LEVEL:g}). The other {len(long)}, which take a processor more than "
        f"{about['long']['above']:g} s each, ran under {len(whole)} of these seeds: one of them "
        f"fails with a probability below {at_most(failing_long, len(whole), LEVEL):.3g}. "
    )


def _command(about: dict[str, Any]) -> str:
    """Return what repeats the run, with its own limit for long tests."""
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
                f"{about['tests']} tests draw random numbers; the others repeat themselves. "
                f"{how_often(lines)}"
                f"These were {sum(row['passed'] for row in rows)} runs of a test that passed, and "
                f"{checks} of Monte Carlo checks, of which no seed spent more than {most:.2g} of "
                f"its false-alarm budget. Seeds with a failure: {len(failing)}.",
            )
        ),
        *([Bullets(tuple(names))] if names else []),
        Paragraph((f"Python {about['python']}, device {about['device']}; {age(about)}",)),
        Code(_command(about), "sh"),
    ]

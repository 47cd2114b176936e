"""The report's section on edge cases: points by derivation and by kind, and failures."""

from __future__ import annotations

from textwrap import shorten
from typing import Any

from derivations.evidence.attack.command import SCHEMA
from derivations.evidence.attack.corners import FAMILIES
from derivations.printing.nodes import (
    Block,
    Bullets,
    Heading,
    Literal,
    Paragraph,
    Prose,
    Table,
)
from report.records import alarming, grouped

__all__ = ["COMMAND", "RECORD", "SCHEMA", "TITLE", "blocks", "headline"]

TITLE = "Edge cases of the assumptions"
RECORD = "attack.json"
COMMAND = "tox run -e attack"
LONGEST = 160
"""The characters of a reason that are shown; some contain numbers of hundreds of digits."""


def headline(run: dict[str, Any]) -> Prose:
    """Return the outcome of a run as one line, with failures emphasized."""
    rows = run["derivations"]
    failed, unknown, left = (sum(_counts(row)[i] for row in rows) for i in range(3))
    evaluated, total = _evaluated(rows)
    return (
        f"{evaluated} of {total} claims at {sum(_points(row) for row in rows)} edge cases: ",
        alarming(failed, f"{failed} failed"),
        f", {unknown} unknown, {left} left out for lack of time",
    )


def blocks(run: dict[str, Any], level: int = 1) -> list[Block]:
    """Return the section on edge cases, under a heading of that level."""
    rows = run["derivations"]
    points = sum(_points(row) for row in rows)
    failed, unknown, left = (sum(_counts(row)[i] for row in rows) for i in range(3))
    evaluated, total = _evaluated(rows)
    return [
        Heading(level, (TITLE,)),
        Paragraph(
            (
                "A claim must hold wherever its assumptions do. Claims without an expectation were "
                f"evaluated, {evaluated} of {total}; the quadrature of the others is not accurate "
                f"at edge cases. There were {points} of these, with seed {run['seed']}: sizes of "
                "one, equal "
                "sizes, equal values, zeros and ones, very large and very small values (up to "
                "1e12), all observations in the first or the last state, and mixtures of these. "
                f"A claim fails where it is false or has no value. {failed} claims failed. "
                f"{unknown} points are unknown: {run['digits']} digits do not decide there. These "
                "do not count as passed.",
                f" For lack of time {left} points were not checked." if left else "",
            )
        ),
        _table(rows),
        _families(rows),
        *_failed(rows, level + 1),
        *_unknown(rows, level + 1),
        *_not_tried(rows, level + 1),
    ]


def _points(row: dict[str, Any]) -> int:
    return sum(row["points"].values())


def _counts(row: dict[str, Any]) -> tuple[int, int, int]:
    return len(row["failed"]), len(row["unknown"]), row["points_left"]


def _evaluated(rows: list[dict[str, Any]]) -> tuple[int, int]:
    """Return how many claims were evaluated, and how many there are."""
    evaluated = sum(row["claims"] for row in rows)
    return evaluated, evaluated + sum(len(row["not_tried"]) for row in rows)


def _table(rows: list[dict[str, Any]]) -> Table:
    """Return the outcome for each derivation."""
    header: tuple[Prose, ...] = tuple(
        (title,)
        for title in ("Derivation", "Claims", "Points", "Failed", "Unknown", "Left out (time)")
    )
    return Table(
        header,
        grouped(
            (
                row["key"],
                tuple((str(n),) for n in (row["claims"], _points(row), *_counts(row))),
            )
            for row in rows
        ),
    )


def _families(rows: list[dict[str, Any]]) -> Table:
    """Return the number of points of each kind."""
    counts = ((f.name, sum(row["points"][f.name] for row in rows)) for f in FAMILIES)
    return Table(
        (("Kind of point",), ("Points",)), tuple(((name,), (str(n),)) for name, n in counts)
    )


def _failed(rows: list[dict[str, Any]], level: int) -> list[Block]:
    """Return the points at which a claim failed, one by one."""
    lines: list[Prose] = [
        (
            Literal(row["key"]),
            f", {case['claim']}, {case['family']}: ",
            Literal(case["point"]),
            f"; {case['reason']}",
        )
        for row in rows
        for case in row["failed"]
    ]
    if not lines:
        return [Paragraph(("Failed: none.",))]
    return [Heading(level, ("Failed",)), Bullets(tuple(lines))]


def _unknown(rows: list[dict[str, Any]], level: int) -> list[Block]:
    """Return the claims that are unknown at some points: at how many, and the reason at one."""
    lines: list[Prose] = []
    for row in rows:
        claims: dict[str, list[dict[str, Any]]] = {}
        for case in row["unknown"]:
            claims.setdefault(case["claim"], []).append(case)
        for claim, cases in claims.items():
            number = f"{len(cases)} points" if len(cases) > 1 else "1 point"
            reason = shorten(cases[0]["reason"], LONGEST, placeholder=" …")
            told = f", {claim}: {number}; for instance ({cases[0]['family']}) {reason}"
            lines.append((Literal(row["key"]), told))
    if not lines:
        return [Paragraph(("Unknown: none.",))]
    return [Heading(level, ("Unknown",)), Bullets(tuple(lines))]


def _not_tried(rows: list[dict[str, Any]], level: int) -> list[Block]:
    """Return the claims that were not evaluated, by name."""
    lines: list[Prose] = [
        (Literal(row["key"]), f", {name}") for row in rows for name in row["not_tried"]
    ]
    if not lines:
        return []
    return [Heading(level, ("Claims that were not evaluated",)), Bullets(tuple(lines))]

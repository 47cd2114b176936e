"""The report's section on mutation tests of the code: by module, with the survivors."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from derivations.printing.nodes import (
    Block,
    Bullets,
    Heading,
    Literal,
    Paragraph,
    Prose,
    Table,
)
from report.records import Row, alarming, grouped

TITLE = "Lines of code changed on purpose"
RECORD = "code_mutation.json"
COMMAND = "tox run -e mutation-code"
SCHEMA = 1
GONE = "no longer exists"
HEADER: tuple[Prose, ...] = (
    ("Module",),
    ("Mutants",),
    ("Drawn",),
    ("Killed",),
    ("By time limit",),
    ("Equivalent",),
    ("Survived",),
    ("Score",),
)


def headline(run: dict[str, Any]) -> Prose:
    """Return the outcome of a run as one line, with survivors emphasized."""
    drawn, killed, equivalent, survived = _totals(run)
    return (
        f"{drawn} changes to {len(run['modules'])} modules: {killed} killed, {_by_time(run)}, "
        f"{equivalent} judged equivalent, ",
        alarming(survived, f"{survived} survived"),
    )


def blocks(run: dict[str, Any], level: int = 1) -> list[Block]:
    """Return the section on lines of code changed on purpose, under a heading of that level."""
    rows, tool = run["modules"], run["tool"]
    drawn, killed, equivalent, survived = _totals(run)
    total = sum(row["mutants"] for row in rows)
    return [
        Heading(level, (TITLE,)),
        Paragraph(
            (
                f"{len(tool['operators'])} operators of {tool['name']} {tool['version']} and "
                f"{len(run['ours'])} of our own make {total} mutants of the code. {drawn} of them "
                f"were drawn, module by module, with seed {run['seed']}. Each was run with the "
                f"fast tests that reach it. {killed} were killed, {_by_time(run)}. {equivalent} "
                "were judged equivalent to the original; the reason is recorded, and holds only "
                f"while the line is unchanged. {survived} survived. The score is the share of "
                "mutants killed among those that are not equivalent.",
            )
        ),
        Table(
            HEADER,
            grouped(
                ((row["module"], _cells(row)) for row in rows),
                shared=2,
                remark=lambda name: "" if _exists(name) else GONE,
            ),
        ),
        *_listed("Survivors", "survived", rows, level + 1),
        *_listed("Judged equivalent", "equivalent", rows, level + 1),
        Paragraph(
            (
                "The record was made by several runs, each for some of the modules. Mutants that "
                "were killed in one run were not run again.",
            )
        ),
    ]


def _exists(module: str) -> bool:
    """Whether a module of the record is one of the code at hand."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _totals(run: dict[str, Any]) -> tuple[int, int, int, int]:
    rows = run["modules"]
    return (
        sum(row["drawn"] for row in rows),
        sum(row["killed"] + row["timed_out"] for row in rows),
        sum(len(row["equivalent"]) for row in rows),
        sum(len(row["survived"]) for row in rows),
    )


def _by_time(run: dict[str, Any]) -> str:
    """Return how many of the killed mutants ran into the time limit."""
    return f"{sum(row['timed_out'] for row in run['modules'])} of them by the time limit"


def _cells(row: dict[str, Any]) -> Row:
    equivalent, noticed = len(row["equivalent"]), row["killed"] + row["timed_out"]
    could_be = row["drawn"] - equivalent
    numbers = (row["mutants"], row["drawn"], noticed, row["timed_out"], equivalent)
    return (
        *((str(number),) for number in (*numbers, len(row["survived"]))),
        (f"{noticed / could_be:.0%}" if could_be else "none to notice",),
    )


def _listed(title: str, field: str, rows: list[dict[str, Any]], level: int) -> list[Block]:
    """Return the mutants of one fate by their change, and the reason where one is known."""
    lines: list[Prose] = [
        (
            Literal(".".join(filter(None, (row["module"], one["within"])))),
            f", line {one['line']}: ",
            Literal(one["before"]),
            " became ",
            Literal(one["after"]),
            f"; {one['reason']}" if one["reason"] else "",
        )
        for row in rows
        for one in row[field]
    ]
    if not lines:
        return [Paragraph((f"{title}: none.",))]
    return [Heading(level, (title,)), Bullets(tuple(lines))]

"""The report's section on mutation tests of the formulas: by derivation and by kind."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import Any

from derivations.claims.mutation import Fate
from derivations.claims.mutation_report import FATES, SCHEMA
from derivations.printing.nodes import (
    Block,
    Bullets,
    Code,
    Heading,
    Literal,
    Paragraph,
    Prose,
    Table,
)
from derivations.problems import PROBLEMS
from report.records import Row, alarming, grouped

__all__ = ["COMMAND", "RECORD", "SCHEMA", "TITLE", "blocks", "headline"]

TITLE = "Formulas changed on purpose"
RECORD = "mutation.json"
COMMAND = "tox run -e mutation"


def headline(run: dict[str, Any]) -> Prose:
    """Return the outcome of a run as one line, with survivors emphasized."""
    total = _total(run["derivations"])
    others = ", ".join(f"{total[f]} {f}" for f in FATES if f != Fate.SURVIVED.value)
    survived = total[Fate.SURVIVED.value]
    return (
        f"{total.total()} changes of {len(run['derivations'])} derivations: {others}, ",
        alarming(survived, f"{survived} survived"),
    )


def blocks(run: dict[str, Any], level: int = 1) -> list[Block]:
    """Return the section on formulas changed on purpose, under a heading of that level."""
    rows = run["derivations"]
    total = _total(rows)
    kinds = sorted({kind for row in rows for kind in row["kinds"]})
    drawn = (
        "Every change of every node was made. "
        if run["most"] is None
        else f"Changes are drawn at random: at most {run['most']} of each statement, from all "
        "changes of all nodes. "
    )
    return [
        Heading(level, (TITLE,)),
        Paragraph(
            (
                f"{drawn}The changes concern signs, factors, numbers and indices, "
                "and the notation as well, such as the distribution of an expectation or the order "
                "of a divergence. Definitions, assumed distributions and the formulas in the "
                "statements of rules were changed too. The changed statement was then judged like "
                f"the original. There are {total.total()} changes, with seed {run['seed']}.",
            )
        ),
        Paragraph(
            (
                "A change is refused if the statement cannot be built. It is refuted or unknown by "
                "its verdict. It is still true if it is established under every seed tried, as "
                "when an upper bound is made larger. It has survived if this run established it "
                "and another seed refutes it, so that the checks of this run missed an error.",
            )
        ),
        Table(_header("Derivation"), grouped((row["key"], _cells(_fates(row))) for row in rows)),
        Table(
            _header("Kind of change"),
            tuple(((kind,), *_cells(_of_kind(rows, kind))) for kind in kinds),
        ),
        *_survivors(rows, level + 1),
        *_still_true(rows, level + 1),
    ]


def _total(rows: list[dict[str, Any]]) -> Counter[str]:
    return sum((_fates(row) for row in rows), Counter[str]())


def _fates(row: dict[str, Any]) -> Counter[str]:
    return sum((Counter(fates) for fates in row["kinds"].values()), Counter[str]())


def _of_kind(rows: list[dict[str, Any]], kind: str) -> Counter[str]:
    return sum((Counter(row["kinds"].get(kind, {})) for row in rows), Counter[str]())


def _header(title: str) -> Row:
    return (title,), ("Changes",), *((fate.capitalize(),) for fate in FATES)


def _cells(counts: Counter[str]) -> Row:
    return (str(counts.total()),), *((str(counts[fate]),) for fate in FATES)


def _survivors(rows: list[dict[str, Any]], level: int) -> list[Block]:
    """Return the survivors, each with its place and the statement before and after."""
    lines: list[Prose] = [
        (
            Literal(row["key"]),
            f", {s['place']}, {s['kind']}: ",
            Literal(s["before"]),
            " became ",
            Literal(s["after"]),
            f"; {s['reason']}",
        )
        for row in rows
        for s in row["survivors"]
    ]
    if not lines:
        return [Paragraph(("None survived.",))]
    return [Heading(level, ("Survivors",)), Bullets(tuple(lines))]


def _still_true(rows: list[dict[str, Any]], level: int) -> list[Block]:
    """Return the changes that are still true, collapsed by problem, for a reader to judge."""
    found = [
        Code("\n".join(_told(row) for row in group), "text", f"Of {PROBLEMS[problem]}")
        for problem, group in groupby(
            (row for row in rows if row["still_true"]), lambda r: r["key"].partition(".")[0]
        )
    ]
    if not found:
        return []
    words = (
        "They are listed so that a reader can judge them. Each was established under every seed "
        "tried."
    )
    return [Heading(level, ("Changes that are still true",)), Paragraph((words,)), *found]


def _told(row: dict[str, Any]) -> str:
    lines = [
        f"{row['key']}, {m['place']}, {m['kind']}\n    {m['before']}\n    {m['after']}"
        for m in row["still_true"]
    ]
    return "\n".join(lines)

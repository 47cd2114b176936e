"""What the report shows of mutation: by derivation and by operator, and the survivors by name."""

from __future__ import annotations

from collections import Counter
from typing import Any

from derivations.evidence.mutation.command import SCHEMA
from derivations.evidence.mutation.judging import Fate
from derivations.evidence.mutation.sites import OPERATORS
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

__all__ = ["COMMAND", "RECORD", "SCHEMA", "TITLE", "blocks", "headline"]

TITLE = "Formulas broken on purpose"
RECORD = "mutation.json"
COMMAND = "tox run -e mutation"
SHOWN = (Fate.REFUTED, Fate.LEFT_OPEN, Fate.EQUIVALENT, Fate.WEAKER, Fate.SURVIVED)


def headline(run: dict[str, Any]) -> Prose:
    """Return what came of a run in a line; survivors stand out."""
    total = sum((_fates(row) for row in run["derivations"]), Counter[str]())
    *others, survived = (f"{total[fate.value]} {fate.value}" for fate in SHOWN)
    return (
        f"{total.total()} mutants of {len(run['derivations'])} derivations: {', '.join(others)}, ",
        alarming(total[Fate.SURVIVED.value], survived),
    )


def blocks(run: dict[str, Any], level: int = 1) -> list[Block]:
    """Return the section on formulas broken on purpose, under a heading of that level."""
    rows = run["derivations"]
    total = sum((_fates(row) for row in rows), Counter[str]())
    number, killed = total.total(), total[Fate.REFUTED.value] + total[Fate.LEFT_OPEN.value]
    return [
        Heading(level, (TITLE,)),
        Paragraph(
            (
                "Every formula that a step or a result states, on either side, was broken at drawn "
                "places, and the claim's own checks were run on it: "
                f"{number} mutants with seed {run['seed']}. "
                f"{killed} are not let pass: a check refutes them, or one that established the "
                "formula no longer does and an enclosure tells the two apart (left open). "
                "Equivalent ones are proved equal and so are no mutants; weaker ones are "
                "inequalities that claim less and hold where they were tried. A left side goes "
                "into the checks by what its names stand for; one that keeps notation to which no "
                "name gives a meaning is left open too.",
            )
        ),
        Paragraph(
            (
                "The fast tests hold the rest of a derivation's text to the same checks: both "
                "sides of every relation go into a check that claims just its sign, every name on "
                "a left side stands for what was checked, and every formula in the words of a "
                "rule, an assumption, a note or a remark is part of something stated or checked.",
            )
        ),
        Table(_header("Derivation"), grouped((row["key"], _cells(_fates(row))) for row in rows)),
        Table(
            _header("Operator"),
            tuple(((name,), *_cells(_of_operator(rows, name))) for name in OPERATORS),
        ),
        *_survivors(rows, level + 1),
    ]


def _fates(row: dict[str, Any]) -> Counter[str]:
    return sum((Counter(fates) for fates in row["operators"].values()), Counter[str]())


def _of_operator(rows: list[dict[str, Any]], name: str) -> Counter[str]:
    return sum((Counter(row["operators"].get(name, {})) for row in rows), Counter[str]())


def _header(title: str) -> Row:
    return (title,), ("Mutants",), *((fate.value.capitalize(),) for fate in SHOWN)


def _cells(counts: Counter[str]) -> Row:
    return (str(counts.total()),), *((str(counts[fate.value]),) for fate in SHOWN)


def _survivors(rows: list[dict[str, Any]], level: int) -> list[Block]:
    """Return the survivors by name, those of a statement that no check tries in one line."""
    lines: list[Prose] = []
    for row in rows:
        for name in row["untried"]:
            count = sum(s["statement"] == name for s in row["survivors"])
            lines.append((Literal(row["key"]), f", {name}: no check tries it, {count} mutants"))
        lines += [
            (
                Literal(row["key"]),
                f", {s['statement']}, {s['operator']}: ",
                Literal(s["change"]),
                f"; {s['reason']}",
            )
            for s in row["survivors"]
            if s["statement"] not in row["untried"]
        ]
    if not lines:
        return [Paragraph(("None survived.",))]
    return [Heading(level, ("Survivors",)), Bullets(tuple(lines))]

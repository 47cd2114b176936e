"""The report's section on sources edited by hand: each error, and its outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from harness import broken

from derivations.printing.nodes import Admonition, Block, Code, Heading, Paragraph, Prose, Table
from derivations.problems import PROBLEMS
from report.records import Row, alarming

TITLE = "Sources edited by hand"
COMMAND = "tox run -e full"
NOTICED, PASSED = ("refused", "refuted", "unknown"), "established"
BEFORE = (
    "The first edition of this project compared only parts of its text, and missed many such "
    "errors: of 158 similar edits, 87 passed its checks, and 64 passed its checks and all of its "
    "tests."
)
Run = list[dict[str, Any]]


def measured(ledger_runs: Iterable[dict[str, Any]]) -> Run | None:
    """Return what the tests recorded of each edit; None where none of them ran."""
    rows = [row for run in ledger_runs for row in run["edited"]]
    return sorted(rows, key=lambda r: (list(PROBLEMS).index(_problem(r)), r["key"])) or None


def headline(run: Run) -> Prose:
    """Return the outcome of the edits as one line, with those that passed emphasized."""
    fates = Counter(row["fate"] for row in run)
    told = ", ".join(f"{fates[fate]} {fate}" for fate in NOTICED)
    return f"{len(run)} errors: {told}, ", alarming(fates[PASSED], f"{fates[PASSED]} missed")


def blocks(run: Run, level: int = 1) -> list[Block]:
    """Return the section on sources edited by hand, under a heading of that level."""
    fates = Counter(row["fate"] for row in run)
    passed = [row for row in run if row["fate"] == PASSED]
    missing = not_judged(run)
    warnings: list[Block] = []
    if passed:
        warnings.append(Admonition("danger", "Missed", (_listed(passed),)))
    if missing:
        warnings.append(Admonition("warning", "Not judged", (f"{missing} edits were not judged.",)))
    return [
        Heading(level, (TITLE,)),
        Paragraph(
            (
                f"{len(run)} single edits, typical mistakes of an author, were made to the sources "
                "of the derivations. Each makes a printed statement false or meaningless. An edit "
                "is applied to a copy of the source, and the derivation is judged by the same "
                "function as everywhere else. It is refused if the derivation cannot be built, and "
                "refuted or unknown by its verdict. "
                f"{fates[PASSED]} of {len(run)} passed as established.",
            )
        ),
        Paragraph((BEFORE,)),
        *warnings,
        Table(_header("Kind of error"), _rows(run, broken.KINDS, lambda row: row["kind"])),
        Table(_header("Problem"), _rows(run, list(PROBLEMS), _problem)),
        *_edits(run),
    ]


def not_judged(run: Run) -> int:
    """Return the number of edits that the run did not judge."""
    known = [c for problem in broken.PROBLEMS for c in broken.cases(problem)]
    seen = {(row["key"], row["path"], row["old"], row["new"]) for row in run}
    return sum((c.key, c.path, c.old, c.new) not in seen for c in known)


def _problem(row: dict[str, Any]) -> str:
    return str(row["key"]).partition(".")[0]


def _header(title: str) -> Row:
    return (title,), ("Edits",), *((fate.capitalize(),) for fate in NOTICED), ("Missed",)


def _rows(run: Run, names: Iterable[str], of: Any) -> tuple[Row, ...]:  # noqa: ANN401 - a function of a row
    """Return a table's rows: the number of edits of each name with each outcome."""
    rows: list[Row] = []
    for name in names:
        fates = Counter(row["fate"] for row in run if of(row) == name)
        ends = (*(fates[fate] for fate in NOTICED), fates[PASSED])
        rows.append(((name,), (str(fates.total()),), *((str(number),) for number in ends)))
    return tuple(rows)


def _edits(run: Run) -> list[Block]:
    """Return every edit, collapsed by problem: the lines before and after, and the outcome."""
    return [
        Code(_listed(list(group)), "diff", f"The edits of {PROBLEMS[problem]}")
        for problem, group in groupby(run, _problem)
    ]


def _listed(rows: Run) -> str:
    return "\n".join(
        f"{row['key']}, {row['kind']}: {row['fate']}\n"
        f"{_marked('-', row['old'])}\n{_marked('+', row['new'])}\n"
        for row in rows
    )


def _marked(sign: str, text: str) -> str:
    return "\n".join(f"{sign} {line}" for line in text.rstrip("\n").splitlines() or [""])

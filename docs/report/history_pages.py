"""The report's section on errors in released public code, and the tests that reject them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any

from oracles.historical import ERRORS, Error, threads

from derivations.printing.nodes import (
    Admonition,
    Block,
    Heading,
    Link,
    Literal,
    Paragraph,
    Prose,
    Strong,
    Table,
)
from report.records import alarming

TITLE = "Errors in released public code"
COMMAND = "tox run -e full"
Runs = Iterable[dict[str, Any]]
Trials = list[dict[str, Any]]
HEADER: tuple[Prose, ...] = (
    ("Family",),
    ("Error, and where it was shipped",),
    ("Tests that reject it",),
)


def headline(ledger_runs: Runs) -> Prose:
    """Return the outcome as one line, emphasized if an error is not rejected."""
    missing = len(not_rejected(ledger_runs))
    return (
        f"{len(ERRORS)} shipped errors recreated: ",
        alarming(missing, f"{len(ERRORS) - missing} rejected"),
    )


def blocks(ledger_runs: Runs, level: int = 1) -> list[Block]:
    """Return the section on historical errors, under a heading of that level."""
    trials = _trials(ledger_runs)
    missing = [name for name, tried in trials.items() if not _is_rejected(tried)]
    text = (
        f"{len(ERRORS)} errors from released code, its tests and notebooks were recreated as small "
        f"faulty functions and given to the checks of this suite. {len(ERRORS) - len(missing)} "
        "are rejected, each by a check that accepts the correct code. The table lists the tests by "
        "their kind of evidence, each with its claim and its file. ",
        Literal("pytest -k NAME"),
        " runs those of one error.",
    )
    warnings = [Admonition("danger", "Not rejected", (", ".join(missing),))] if missing else []
    rows = tuple(_row(name, error, trials[name]) for name, error in ERRORS.items())
    heading = Heading(level, (TITLE,))
    return [heading, Paragraph(text), *warnings, Table(HEADER, rows)]


def not_rejected(ledger_runs: Runs) -> list[str]:
    """Return the names of errors that no test rejected, or that a test failed to reject."""
    return [name for name, tried in _trials(ledger_runs).items() if not _is_rejected(tried)]


def _trials(ledger_runs: Runs) -> dict[str, Trials]:
    """Collect the test outcomes for each error."""
    rows = [row for run in ledger_runs for row in run["historical"]]
    return {name: [row for row in rows if row["name"] == name] for name in ERRORS}


def _is_rejected(tried: Trials) -> bool:
    """Whether a test rejected the error, and none that ran failed to."""
    outcomes = {row["outcome"] for row in tried}
    return "passed" in outcomes and outcomes <= {"passed", "skipped"}


def _row(name: str, error: Error, tried: Trials) -> tuple[Prose, ...]:
    """Return the table's row of one error."""
    verdict: Prose = ()
    if not tried:
        verdict = (Strong("not rejected"), ": no test of it ran")
    elif not _is_rejected(tried):
        failed = [row for row in tried if row["outcome"] != "passed"]
        verdict = (Strong("not rejected"), ": ", *_tests(failed, "outcome"))
    else:
        verdict = _tests([row for row in tried if row["outcome"] == "passed"], "kind")
    shipped = _shipped(error)
    where: Prose = ("; in ", *shipped) if shipped else ()
    return (error.family,), (Literal(name), f": {error.wrong}", *where), verdict


def _shipped(error: Error) -> Prose:
    """Return where an error was released, with links to its threads if they are known."""
    parts: list[str | Link] = []
    for text, address in threads(error.shipped):
        parts += [", "] if parts else []
        parts.append(Link(text, address) if address else text)
    return tuple(parts)


def _tests(tried: Trials, by: str) -> Prose:
    """Return the claims of tests and their files, in groups by their kind or their outcome.

    The name of a test is its claim; it is printed in words.
    """
    groups: dict[str, set[str]] = {}
    for row in tried:
        groups.setdefault(row[by], set()).add(row["test"].split("[", maxsplit=1)[0])
    parts: list[str | Literal] = []
    for group, tests in sorted(groups.items()):
        parts.append(f"; {group}: " if parts else f"{group}: ")
        for number, test in enumerate(sorted(tests)):
            path, function = test.split("::", maxsplit=1)
            words = function.removeprefix("test_").replace("_", " ")
            file = PurePosixPath(path).stem.removeprefix("test_")
            parts += [f"{', ' if number else ''}{words} (", Literal(file), ")"]
    return tuple(parts)

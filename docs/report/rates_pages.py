"""What the report shows of error rates by kind of evidence: what was let pass, what was accused."""

from __future__ import annotations

from collections import Counter
from typing import Any

from derivations.calculus.steps import KINDS, Verdict
from derivations.evidence.mutation.table import WRONG
from derivations.printing.nodes import Block, Heading, Paragraph, Prose, Table
from report.records import alarming

TITLE = "Misses and false alarms, counted"
HEADER: tuple[Prose, ...] = (
    ("Kind of evidence",),
    ("Answers",),
    ("Refuted",),
    ("Unknown",),
    ("Let pass",),
    ("Share let pass",),
)
Run = tuple[dict[str, Any], list[dict[str, Any]]]


def measured(mutation: dict[str, Any] | None, seeds: list[dict[str, Any]] | None) -> Run | None:
    """Return both records that are counted; None where one of them is missing."""
    return None if mutation is None or seeds is None else (mutation, seeds)


def command(mutation: dict[str, Any] | None, seeds: list[dict[str, Any]] | None) -> str:
    """Return the command that makes the records that are missing."""
    lanes = (name for name, run in (("mutation", mutation), ("seeds", seeds)) if run is None)
    return f"tox run -e {','.join(lanes)}"


def headline(run: Run) -> Prose:
    """Return what came of the counting in a line; what was missed by all checks stands out."""
    wrong, survived, runs, failed = _totals(run)
    return (
        f"of {wrong + survived} wrong formulas ",
        alarming(survived, f"{survived} let pass by all checks"),
        f", of {runs} runs of tests on right code ",
        alarming(failed, f"{failed} failed"),
    )


def blocks(run: Run, level: int = 1) -> list[Block]:
    """Return the section on error rates, under a heading of that level."""
    mutation, (about, *_) = run
    wrong, survived, runs, failed = _totals(run)
    return [
        Heading(level, (TITLE,)),
        Paragraph(
            (
                f"Misses are counted on what is wrong: {wrong} formulas broken on purpose with "
                f"seed {mutation['seed']}, each refuted by a check or told from the formula by an "
                "enclosure. What was proved equal, or is an inequality that claims less, is not "
                f"among them; {survived} more survived, let pass by all their checks. A formula's "
                "checks are asked in turn, in the order enclosure, finite difference, enumeration, "
                "Monte Carlo, proof, until one refutes: each answer is counted, and a kind that is "
                "asked late sees only what those before it did not refute. A check that "
                "establishes a wrong formula lets it pass; one that cannot tell leaves it unknown, "
                "which does not pass. A check of one instance, or of one part of a formula, is "
                "right to pass what is wrong elsewhere: the claim needs all of them.",
            )
        ),
        Table(HEADER, tuple(_row(kind, _of(mutation, kind)) for kind in KINDS)),
        Paragraph(
            (
                f"False alarms are counted on what is right: {about['tests']} tests that draw "
                f"random numbers, {runs} runs of them, {failed} of which failed. They hold checks "
                "of every kind; what is recorded is a test's outcome, not a check's, so that there "
                "is one count for all kinds. Monte Carlo checks judge draws and state no formula "
                "that could be broken; both of their errors are counted one by one, at relaxed "
                "levels, on the page about them.",
            )
        ),
    ]


def _totals(run: Run) -> tuple[int, int, int, int]:
    """Return wrong formulas caught, those that survived, runs of tests, and failures."""
    mutation, (_, *seeds) = run
    fates: Counter[str] = Counter()
    for row in mutation["derivations"]:
        for found in row["operators"].values():
            fates += Counter(found)
    failed = sum(len(row["failed"]) for row in seeds)
    survived = sum(len(row["survivors"]) for row in mutation["derivations"])
    runs = sum(row["passed"] for row in seeds) + failed
    return sum(fates[fate.value] for fate in WRONG), survived, runs, failed


def _of(mutation: dict[str, Any], kind: str) -> Counter[str]:
    answers = (Counter(row["kinds"].get(kind, {})) for row in mutation["derivations"])
    return sum(answers, Counter[str]())


def _row(kind: str, answers: Counter[str]) -> tuple[Prose, ...]:
    shown = (Verdict.REFUTED, Verdict.UNKNOWN, Verdict.ESTABLISHED)
    passed, total = answers[Verdict.ESTABLISHED.value], answers.total()
    return (
        (kind,),
        (str(total),),
        *((str(answers[verdict.value]),) for verdict in shown),
        (f"{passed / total:.1%}" if total else "not asked",),
    )

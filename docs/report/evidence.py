"""The page that explains each kind of evidence, and counts the findings of each."""

from __future__ import annotations

from collections.abc import Sequence

from derivations.calculus.steps import Finding
from derivations.printing.nodes import Block, Paragraph, Prose, Table
from report.false_alarms import add_up
from report.ledger import Ledger

TITLE = "How a claim is known"
MEANINGS = {
    "proof": "Both sides reduce to the same normal form, with symbolic sizes.",
    "enclosure": (
        "Both sides are evaluated in ball arithmetic at random points that satisfy the "
        "assumptions. Balls that do not overlap refute the claim. Balls that are too wide leave "
        "it unknown."
    ),
    "quadrature": (
        "The same, for claims with means: a mean is a sum over all states, or an integral by "
        "quadrature. The balls include an estimate of the quadrature's error."
    ),
    "finite difference": (
        "Every derivative in the claim is replaced by differences of the function itself, and the "
        "two sides are compared again."
    ),
    "transcription": (
        "The declared distribution is compared at random points with the log density of its "
        "source, typed once more in plain Python."
    ),
    "enumeration": (
        "The code is compared with a brute-force sum, or with the printed formula evaluated "
        "literally, at small sizes."
    ),
    "monte carlo": (
        "Samples are compared with a bound that holds at any sample size. Its false-alarm "
        "probability is stated."
    ),
}
"""The method of each kind of evidence."""


def blocks(findings: Sequence[Finding], tests: Ledger) -> list[Block]:
    """Return the page: the verdicts, the kinds, the false alarms, the tests."""
    rows: list[tuple[Prose, ...]] = []
    for kind, meaning in MEANINGS.items():
        in_derivations = sum(f.kind == kind for f in findings)
        in_tests = sum(e["kind"] == kind for e in tests.entries)
        rows.append(((kind,), (meaning,), (str(in_derivations),), (str(in_tests),)))
    header: tuple[Prose, ...] = (
        ("Kind",),
        ("Method",),
        ("In derivations",),
        ("In tests of the code",),
    )
    return [
        Paragraph(
            (
                "Every claim is checked by the same methods. The verdict is established, refuted "
                "or unknown, and only established passes. A claim is unknown if a method returns "
                "NaN, raises an exception, takes too long, or gives a ball that is too wide.",
            )
        ),
        Paragraph(
            (
                "A claim is checked by the meaning of its notation. An expectation, a divergence "
                "or a density is written out in the declared distributions before the two sides "
                "are compared. A line that defines a new symbol makes no claim and needs no "
                "evidence.",
            )
        ),
        Table(header, tuple(rows)),
        *add_up(tests.runs, findings).blocks(),
        Paragraph(
            (
                f"{tests.passed} tests passed (seed {tests.seed}, device {tests.device}). The "
                "numerical code and the derivations do not import each other. Only the tests and "
                "this report import both.",
            )
        ),
    ]

"""What the report says of sources edited by hand, and of the kinds of evidence."""

import importlib
from typing import Any

import pytest
from harness import broken
from harness.project import ROOT

from derivations.calculus.steps import KINDS, Finding, Verdict
from derivations.printing.nodes import Admonition, Paragraph, Strong, Table


@pytest.fixture(autouse=True)
def _report(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the report's modules be imported."""
    monkeypatch.syspath_prepend(str(ROOT / "docs"))


def edits(**fates: str) -> dict[str, Any]:
    """A ledger of edits, whose letters tell them apart."""
    rows = [
        {"key": "mmd.kernel_form", "kind": "algebra", "path": "p", "old": old, "new": "b\nc"}
        | {"fate": fate, "reason": ""}
        for old, fate in fates.items()
    ]
    return {"historical": [], "edited": rows}


def test_edits_by_hand_are_counted_and_what_passed_stands_out() -> None:
    """By kind and by problem the same edits; each is listed with its lines before and after."""
    pages = importlib.import_module("report.edited_pages")
    run = pages.measured([edits(one="refuted", two="refused", three="established")])
    assert pages.headline(run)[-1] == Strong("1 missed")
    blocks = pages.blocks(run)
    by_kind, by_problem = (b for b in blocks if isinstance(b, Table))
    assert [row[0][0] for row in by_kind.rows] == list(broken.KINDS)
    assert sum(int(row[1][0]) for row in by_kind.rows) == 3
    (row,) = (row for row in by_problem.rows if row[1] != ("0",))
    assert [cell[0] for cell in row] == ["mmd", "3", "1", "1", "0", "1"]
    passed, missing = (b for b in blocks if isinstance(b, Admonition))
    assert (passed.kind, missing.title) == ("danger", "Not judged")
    assert "mmd.kernel_form, algebra: established\n- three\n+ b\n+ c" in passed.prose[0]
    assert any(
        "87 passed its checks, and 64" in b.prose[0] for b in blocks if isinstance(b, Paragraph)
    )
    assert pages.measured([edits()]) is None


def test_every_kind_of_evidence_is_explained_and_counted() -> None:
    """The page on evidence has a row for each kind there is, and no other."""
    evidence = importlib.import_module("report.evidence")
    tests = importlib.import_module("report.ledger").Ledger(({"kind": "proof"},), 1, 0, "cpu", ())
    findings = [Finding("quadrature", "", Verdict.ESTABLISHED)] * 2
    assert tuple(evidence.MEANINGS) == KINDS
    (table,) = (b for b in evidence.blocks(findings, tests) if isinstance(b, Table))
    counts = {row[0][0]: (row[2][0], row[3][0]) for row in table.rows}
    assert counts["quadrature"] == ("2", "0")
    assert counts["proof"] == ("0", "1")

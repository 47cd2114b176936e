"""The report on the audit: every row of the kept record, with the script that shows it."""

import importlib
import itertools
import json
from pathlib import Path
from types import ModuleType

import pytest
from audit import SCHEMA
from audit.catalogue import LIBRARIES, all_claims
from audit.program import LONGEST
from harness.project import ROOT
from packaging.requirements import Requirement

from derivations.printing.nodes import Admonition, Code, Heading, Table

RECORD = ROOT / "docs" / "results" / "soundness" / "audit.json"


@pytest.fixture(scope="module")
def record() -> dict:
    """The kept record."""
    return json.loads(RECORD.read_text(encoding="utf-8"))


def test_record_is_of_these_claims_and_these_versions(record: dict) -> None:
    """Every row is one that a run makes today, in the versions of constraints.txt."""
    assert record["schema"] == SCHEMA
    made = {
        (lib.name, dtype, c.distribution, c.name, c.statement, c.grid, len(c.cases))
        for lib, c in itertools.product(LIBRARIES, all_claims())
        for dtype in lib.types
        if (c.distribution, c.question) in lib.programs(dtype)
    }
    names = ("library", "type", "distribution", "claim", "statement", "grid", "cases")
    assert {tuple(row[name] for name in names) for row in record["rows"]} == made
    pins = {
        pin.name: str(pin.specifier).removeprefix("==")
        for text in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if not text.startswith("#")
        for pin in [Requirement(text)]
    }
    for library in LIBRARIES:
        if not library.is_control:
            version = record["versions"][library.name].partition("+")[0]
            assert version == pins[library.package]


def test_record_refutes_only_what_a_script_shows(record: dict) -> None:
    """Nothing is unknown, the control holds, and every refuted row has its script and output."""
    for row in record["rows"]:
        assert row["verdict"] in {"established", "refuted", "not offered"}, row
        assert not (row["control"] and row["verdict"] != "established"), row
        assert (row["verdict"] == "refuted") == (row["answers"].get("wrong", 0) > 0)
        if row["verdict"] == "refuted":
            assert row["reproducer"]["shows"]
            assert row["reproducer"]["output"]
            assert len(row["reproducer"]["script"].splitlines()) <= LONGEST


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module of the report."""
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    return importlib.import_module("report.audit_pages")


def test_page_reads_a_record_of_its_schema_alone(pages: ModuleType, tmp_path: Path) -> None:
    """Without a file, or with another schema, nothing is quoted."""
    path = tmp_path / "audit.json"
    assert pages.kept(path) is None
    path.write_text('{"schema": 0}', encoding="utf-8")
    assert pages.kept(path) is None
    assert pages.kept(RECORD)["schema"] == SCHEMA
    (_, box) = pages.audit_blocks(None)
    assert isinstance(box, Admonition)
    assert box.kind == "warning"


def test_page_shows_every_failure_with_script_output_and_truth(
    pages: ModuleType, record: dict
) -> None:
    """Each refuted row's script stands on the page, with what it prints and what is right."""
    blocks = pages.audit_blocks(record)
    code = "\n".join(block.text for block in blocks if isinstance(block, Code))
    titles = {str(block.prose) for block in blocks if isinstance(block, Heading)}
    for row in record["rows"]:
        if row["verdict"] == "refuted":
            assert row["reproducer"]["script"] in code
            assert row["reproducer"]["output"] in code
            assert row["reproducer"]["wanted"] in code
            assert any(row["claim"] in title for title in titles)


def test_table_of_the_page_has_a_cell_for_every_claim_and_library(
    pages: ModuleType, record: dict
) -> None:
    """The summary names what is refuted and in which type."""
    (table,) = (b for b in pages.audit_blocks(record) if isinstance(b, Table))
    libraries = [str(cell[0]) for cell in table.header[2:]]
    assert libraries == [library.name for library in LIBRARIES]
    cells = {
        (row[0][0], row[1][0], library): str(cell)
        for row in table.rows
        for library, cell in zip(libraries, row[2:], strict=True)
    }
    for row in record["rows"]:
        if row["verdict"] != "not offered":
            cell = cells[row["distribution"], row["claim"], row["library"]]
            assert row["verdict"] in cell or "refuted" in cell
            assert ("refuted" in cell) or row["verdict"] == "established"

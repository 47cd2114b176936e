"""The report on the audit: every row of the kept record, with the script that shows it."""

import importlib
import itertools
import json
from types import ModuleType

import pytest
from audit import SCHEMA
from audit.catalogue import LIBRARIES
from audit.claims import all_claims
from audit.programs import LONGEST
from harness.project import ROOT
from packaging.requirements import Requirement

from derivations.printing.nodes import Code, Heading, Strong, Table

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


def test_page_shows_every_failure_with_script_output_and_truth(
    pages: ModuleType, record: dict
) -> None:
    """Each refuted row's script stands on the page, with what it prints and what is right."""
    blocks = pages.blocks(record)
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
    """The table says what is established or refuted, and in which type where in one alone."""
    blocks = pages.blocks(record)
    _, table = (b for b in blocks if isinstance(b, Table))
    labels = [b.label for b in blocks if isinstance(b, Heading) and b.label]
    assert len(set(labels)) == len(labels)
    names = [str(cell[0]) for cell in table.header[1:]]
    assert names == [pages.SHORT.get(library.name, library.name) for library in LIBRARIES]
    assert len(set(names)) == len(LIBRARIES)
    cells, law = {}, ""
    for (claim,), *found in table.rows:
        law = claim.text if isinstance(claim, Strong) else law
        for library, cell in zip(LIBRARIES, found, strict=True):
            cells[law, str(claim), library.name] = str(cell)
    verdicts: dict[tuple[str, str, str], dict[str, str]] = {}
    for row in record["rows"]:
        place = row["distribution"], row["claim"], row["library"]
        verdicts.setdefault(place, {})[row["type"]] = row["verdict"]
    for place, found in verdicts.items():
        offered = {name: verdict for name, verdict in found.items() if verdict != "not offered"}
        refuted = [name for name, verdict in offered.items() if verdict == "refuted"]
        assert ("refuted" in cells[place]) == bool(refuted)
        assert ("established" in cells[place]) == (bool(offered) and not refuted)
        assert bool(refuted) == any(f"'#{label}'" in cells[place] for label in labels)
        assert (len(refuted) == 1 < len(found)) == any(name in cells[place] for name in found)


def test_ends_of_claims_add_up_for_every_library(pages: ModuleType, record: dict) -> None:
    """Each claim is counted once: the ends of a library's claims sum to as many as are asked."""
    table, detail = (b for b in pages.blocks(record) if isinstance(b, Table))
    assert [row[0][0] for row in table.rows] == [library.name for library in LIBRARIES]
    titles = [cell[0] for cell in table.header]
    lines = [row for row in detail.rows if not isinstance(row[0][0], Strong)]
    for place, row in enumerate(table.rows, 1):
        claims, *ends = (int(cell[0]) for cell in row[1:])
        assert claims == sum(ends) == len(lines)
        counts = dict(zip(titles[2:], ends, strict=True))
        cells = [str(line[place]) for line in lines]
        assert counts["Established"] == sum("established" in cell for cell in cells)
        assert counts["Not offered"] == sum(cell == "()" for cell in cells)
        assert counts["Refuted in float32"] == sum("in float32" in cell for cell in cells)


def test_what_is_right_here_is_listed_once_with_its_threads(
    pages: ModuleType, record: dict
) -> None:
    """A claim stands in one line for its libraries and types, and only where none refutes it."""
    (listed,) = (
        after
        for before, after in itertools.pairwise(pages.blocks(record))
        if isinstance(before, Heading)
        and before.prose == ("Reported upstream, and established here",)
    )
    lines = ["".join(getattr(part, "text", part) for part in item) for item in listed.items]
    assert len(set(lines)) == len(lines)
    assert [line for line in lines if line.startswith("Beta, divergence from uniform, in ")] == [
        "Beta, divergence from uniform, in torch.distributions and Pyro: "
        "pytorch/pytorch 144279 (closed, read 2026-11-24)."
    ]
    assert not any(line.startswith("Kumaraswamy, law of draws") for line in lines)

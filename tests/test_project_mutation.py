"""What the report says of a mutation run: every number is the run's, and a stale run is none."""

import importlib
import json
from pathlib import Path
from types import ModuleType

import pytest
from harness.project import ROOT

from derivations.catalogue import derive
from derivations.evidence.mutation.command import record
from derivations.evidence.mutation.judging import Fate, Judgement
from derivations.evidence.mutation.table import Outcome, Row, mutate
from derivations.printing.nodes import Admonition, Bullets, Paragraph, Table


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module of the report."""
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    return importlib.import_module("report.mutation_pages")


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    """A short run."""
    return mutate(derive("kumaraswamy.density"), 0, 1)


def test_a_run_of_this_code_is_read_and_no_other(
    pages: ModuleType, outcome: Outcome, tmp_path: Path
) -> None:
    """Without a file, or with one about other code or in another schema, nothing is quoted."""
    path = tmp_path / "mutation.json"
    assert pages.fresh(path) is None
    run = record([outcome], 0)
    path.write_text(json.dumps(run), encoding="utf-8")
    assert pages.fresh(path) == run
    for stale in ({"schema": 0}, {"sources": {"derivations": "sha256:0"}}):
        path.write_text(json.dumps({**run, **stale}), encoding="utf-8")
        assert pages.fresh(path) is None
    (_, box) = pages.mutation_blocks(None)
    assert isinstance(box, Admonition)
    assert box.kind == "warning"


def test_the_tables_add_up_to_the_run(pages: ModuleType, outcome: Outcome) -> None:
    """By derivation and by operator the same mutants are counted."""
    blocks = pages.mutation_blocks(json.loads(json.dumps(record([outcome], 0))))
    by_derivation, by_operator = (block for block in blocks if isinstance(block, Table))
    assert by_derivation.rows[0][1] == (str(len(outcome.rows)),)
    assert sum(int(row[1][0]) for row in by_operator.rows) == len(outcome.rows)
    assert blocks[-1] == Paragraph(("None survived.",))


def test_survivors_are_listed_by_name(pages: ModuleType, outcome: Outcome) -> None:
    """A survivor stands with its change; those of a statement no check tries are one line."""
    alive = Judgement(Fate.SURVIVED, "nothing looked")
    rows = tuple(Row(name, outcome.rows[0].mutant, alive) for name in ("one", "two", "two"))
    run = record([Outcome("some.key", rows, outcome.refused, 2, ("two",), 1.0)], 0)
    (listed,) = (b for b in pages.mutation_blocks(run) if isinstance(b, Bullets))
    first, second = (str(item) for item in listed.items)
    assert "two: no check tries it, 2 mutants" in first
    assert outcome.rows[0].mutant.change in second
    assert "nothing looked" in second

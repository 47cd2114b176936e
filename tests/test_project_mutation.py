"""What the report says of a mutation run: every number is the run's, and a stale run is none."""

import importlib
import json
from types import ModuleType

import pytest
from harness.project import ROOT

from derivations.catalogue import derive
from derivations.evidence.mutation.command import record
from derivations.evidence.mutation.judging import Fate, Judgement
from derivations.evidence.mutation.table import Outcome, Row, mutate
from derivations.printing.nodes import Bullets, Literal, Paragraph, Strong, Table


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module of the report."""
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    return importlib.import_module("report.mutation_pages")


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    """A short run."""
    return mutate(derive("kumaraswamy.density"), 0, 1)


def test_the_tables_add_up_to_the_run(pages: ModuleType, outcome: Outcome) -> None:
    """By derivation and by operator the same mutants are counted."""
    blocks = pages.blocks(json.loads(json.dumps(record([outcome], 0))))
    by_derivation, by_operator = (block for block in blocks if isinstance(block, Table))
    (problem, *_), row = by_derivation.rows
    assert problem == (Strong("kumaraswamy"),)
    assert row[:2] == ((Literal("density"),), (str(len(outcome.rows)),))
    assert sum(int(row[1][0]) for row in by_operator.rows) == len(outcome.rows)
    assert blocks[-1] == Paragraph(("None survived.",))


def test_survivors_are_listed_by_name(pages: ModuleType, outcome: Outcome) -> None:
    """A survivor stands with its change; those of a statement no check tries are one line."""
    alive = Judgement(Fate.SURVIVED, "nothing looked")
    rows = tuple(Row(name, outcome.rows[0].mutant, alive) for name in ("one", "two", "two"))
    run = record([Outcome("some.key", rows, outcome.refused, 2, ("two",), 1.0)], 0)
    (listed,) = (b for b in pages.blocks(run) if isinstance(b, Bullets))
    first, second = (str(item) for item in listed.items)
    assert "two: no check tries it, 2 mutants" in first
    assert outcome.rows[0].mutant.change in second
    assert "nothing looked" in second

"""What the report says of a mutation run: every number is the run's, survivors are named."""

import importlib
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from harness.digest import digest
from harness.project import ROOT

from derivations.claims.mutation import Fate
from derivations.claims.mutation_report import FATES, SCHEMA
from derivations.printing.nodes import Bullets, Code, Literal, Paragraph, Strong, Table
from varproof.command import main

KEY = "kumaraswamy.density"
MUTANT = {"place": "step 2", "kind": "sign", "before": "a <= b", "after": "a <= -b", "reason": "r"}


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module of the report."""
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    return importlib.import_module("report.mutation_pages")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A short run, as the command writes it."""
    path = Path(tmp_path_factory.mktemp("mutation"), "deep", "mutation.json")
    assert main(["mutate", KEY, "--most", "2", "--seed", "3", "--json", str(path)]) == 0
    assert [p.name for p in path.parent.iterdir()] == ["mutation.json"]
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_the_record_says_which_code_it_is_about(run: dict[str, Any]) -> None:
    """The digest is the one that the tests' ledger uses."""
    assert run["sources"] == {"derivations": digest("derivations")}
    assert (run["schema"], run["seed"], run["most"]) == (SCHEMA, 3, 2)


def test_the_tables_add_up_to_the_run(pages: ModuleType, run: dict[str, Any]) -> None:
    """By derivation and by kind the same changes are counted."""
    blocks = pages.blocks(run)
    by_derivation, by_kind = (block for block in blocks if isinstance(block, Table))
    number = sum(n for fates in run["derivations"][0]["kinds"].values() for n in fates.values())
    (problem, *_), row = by_derivation.rows
    assert problem == (Strong("kumaraswamy"),)
    assert row[:2] == ((Literal("density"),), (str(number),))
    assert sum(int(cell[0]) for cell in row[2:]) == number
    assert sum(int(row[1][0]) for row in by_kind.rows) == number
    assert len(by_kind.header) == 2 + len(FATES)
    assert Paragraph(("None survived.",)) in blocks
    assert f"There are {number} changes, with seed 3." in str(blocks[1])
    assert "drawn at random: at most 2 of each statement" in str(blocks[1])


def test_survivors_are_listed_by_name(pages: ModuleType) -> None:
    """A survivor stands with its change and reason, and so does what is still true, folded."""
    row = {"key": KEY, "kinds": {"sign": {Fate.SURVIVED.value: 1, Fate.TRUE.value: 1}}}
    row |= {"survivors": [MUTANT], "still_true": [MUTANT | {"after": "a <= 2*b"}]}
    run = {"seed": 0, "most": None, "derivations": [row]}
    assert pages.headline(run)[-1] == Strong("1 survived")
    blocks = pages.blocks(run)
    (listed,) = (b for b in blocks if isinstance(b, Bullets))
    (told,) = (str(item) for item in listed.items)
    assert all(MUTANT[part] in told for part in MUTANT)
    (folded,) = (b for b in blocks if isinstance(b, Code))
    assert "a <= 2*b" in folded.text
    assert folded.folded

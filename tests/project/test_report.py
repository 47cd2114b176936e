"""The report's pages: one for each derivation, its graph, its evidence, the tests of its code."""

import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from harness.project import ROOT

from derivations.claims.judgements import Judgement
from derivations.claims.judging import judge
from derivations.index import derive
from derivations.printing.nodes import (
    Admonition,
    Block,
    Document,
    Figure,
    Heading,
    Paragraph,
    StepBlock,
    Table,
)
from derivations.problems import PROBLEMS

KEYS = ("dice.graph", "dice.log_joint")
TEST = {"key": KEYS[0], "kind": "enumeration", "claim": "they agree", "verdict": "established"}
TEST |= {"figures": {"cases": 3}}


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module of the pages."""
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    return importlib.import_module("report.pages")


@pytest.fixture(scope="module")
def judgements() -> dict[str, Judgement]:
    """Two derivations of one problem, judged."""
    return {key: judge(derive(key)) for key in KEYS}


def checked(pages: ModuleType, judgements: dict[str, Judgement]) -> list[Any]:
    """Both derivations as the report has them; a test has compared code with the first."""
    tests = {KEYS[0]: (TEST,)}
    return [pages.Checked(derive(key), judgements[key], tests.get(key, ())) for key in KEYS]


def of(document: Document, kind: type[Block]) -> list[Any]:
    """The blocks of one kind."""
    return [b for b in document.blocks if isinstance(b, kind)]


def test_every_derivation_has_a_page_and_every_problem_an_introduction(
    pages: ModuleType, judgements: dict[str, Judgement], tmp_path: Path
) -> None:
    """The graph is drawn; the shared assumptions stand on the problem's page; steps have rows."""
    tests = importlib.import_module("report.ledger").Ledger((TEST,), 1, 0, "cpu", ())
    own = checked(pages, judgements)
    site = importlib.import_module("report.site")
    found = site.documents(own, pages.Runs((), ()), tests, tmp_path)
    assert {f"{problem}/index" for problem in PROBLEMS} < set(found)
    for problem in PROBLEMS:
        package = importlib.import_module(f"derivations.problems.{problem}")
        assert package.INTRODUCTION
        first = found[f"{problem}/index"].blocks[0]
        assert first == Paragraph((package.INTRODUCTION[0],))
    graph, log_joint = (found[key.replace(".", "/")] for key in KEYS)
    assert [block.path.as_posix() for block in of(graph, Figure)] == ["figures/graph.svg"]
    assert (tmp_path / "dice" / "figures" / "graph.svg").is_file()
    assert of(log_joint, Figure) == []
    assert all(step.evidence for step in of(log_joint, StepBlock))
    assert [box.kind for box in of(graph, Admonition)] == ["note"]
    assert of(graph, Table)[-1].rows[0][:2] == (("enumeration",), ("they agree",))
    assert [box.kind for box in of(log_joint, Admonition)] == ["note", "danger"]
    assert "Assumptions" in [b.prose[0] for b in of(found["dice/index"], Heading)]


def test_a_derivation_whose_code_no_test_compares_is_not_established(
    pages: ModuleType, judgements: dict[str, Judgement]
) -> None:
    """The verdict on the claims alone is not enough."""
    first, second = checked(pages, judgements)
    assert first.judgement.verdict == second.judgement.verdict
    assert (first.is_established, second.is_established) == (True, False)


def test_the_compendium_says_shared_assumptions_once(
    pages: ModuleType, judgements: dict[str, Judgement]
) -> None:
    """Each derivation stands below its problem, with the graph where it is about one."""
    whole = pages.compendium(checked(pages, judgements), pages.Runs((), ()))
    titles = [b.prose[0] for b in of(whole, Heading)]
    assert titles.count("Assumptions") == 1
    assert titles[: len(PROBLEMS)].count(PROBLEMS["dice"]) == 1
    assert len(of(whole, Figure)) == 1


@pytest.mark.slow
def test_the_report_needs_no_torch() -> None:
    """Its program imports all it needs where there is no torch and no scikit-learn."""
    program = (
        "import sys\n"
        "class Absent:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name.partition('.')[0] in ('torch', 'torchvision', 'sklearn'):\n"
        "            raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Absent())\n"
        f"sys.path.insert(0, {str(ROOT / 'docs')!r})\n"
        "import build\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)

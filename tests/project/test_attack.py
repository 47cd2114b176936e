"""What the report says of edge cases: every number is the run's, and a stale run is none."""

import importlib
import json
import re
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest
from harness.digest import digest
from harness.project import ROOT

from derivations.evidence.attack import command
from derivations.evidence.attack.corners import FAMILIES
from derivations.evidence.attack.running import Case, Siege, attack
from derivations.index import derive
from derivations.printing.nodes import Bullets, Paragraph, Table
from varproof.command import main

KEY = "softmax_gaussian.back_to_concentration"
CASE = Case("step 1: a rule", "low ends", "K=1, alpha=[1]", "no value")


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module of the report."""
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    return importlib.import_module("report.attack_pages")


@pytest.fixture(scope="module")
def siege() -> Siege:
    """A short run."""
    return attack(derive(KEY), 0)


def a_siege(failed: tuple[Case, ...] = (), unknown: tuple[Case, ...] = ()) -> Siege:
    """A run that found what is wanted."""
    points = Counter({FAMILIES[0].name: 3})
    return Siege("some.key", 1, points, failed, unknown, ("step 2: a bare check",), 4, 0.5)


def test_the_command_writes_what_it_prints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One derivation: a line, a sum, a file with the digest that the tests' ledger uses."""
    path = tmp_path / "deep" / "attack.json"
    assert main(["attack", KEY, "--seed", "3", "--json", str(path)]) == 0
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["sources"] == {"derivations": digest("derivations")}
    assert (content["schema"], content["seed"]) == (command.SCHEMA, 3)
    (row,) = content["derivations"]
    number = sum(row["points"].values())
    assert number > 0
    assert list(row["points"]) == [family.name for family in FAMILIES]
    printed = capsys.readouterr().out
    assert re.search(rf"^{number} [\w ]+, 0 claims failed, ", printed, re.MULTILINE)
    assert [p.name for p in path.parent.iterdir()] == ["attack.json"]


def test_a_failure_is_printed_with_its_point_and_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an assumption admits and a claim does not stands below its derivation."""
    said: list[str] = []
    monkeypatch.setattr(command, "_siege", lambda *_, **__: a_siege(failed=(CASE,)))
    assert command.attack_and_say(["some.key"], 0, None, said.append) == 1
    printed = "\n".join(said)
    assert f"{CASE.claim}: {CASE.family}: {CASE.point}: {CASE.reason}" in printed
    assert "4 points were not checked" in printed


def test_an_attack_that_tries_nothing_does_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no point was evaluated, nothing passes."""
    empty = Siege("some.key", 0, Counter(), (), (), (), 0, 0.0)
    monkeypatch.setattr(command, "_siege", lambda *_, **__: empty)
    assert command.attack_and_say(["some.key"], 0, None, lambda _: None) == 1


def test_the_seed_gives_the_same_run(siege: Siege) -> None:
    """The same points, family by family; another seed gives others."""
    again, other = attack(derive(KEY), 0), attack(derive(KEY), 1)
    assert (again.points, again.unknown) == (siege.points, siege.unknown)
    assert other.points.total() > 0


def test_the_table_adds_up_to_the_run(pages: ModuleType, siege: Siege) -> None:
    """A row for each derivation, its points by family, none failed."""
    blocks = pages.blocks(json.loads(json.dumps(command.record([siege], 0))))
    table, families = (block for block in blocks if isinstance(block, Table))
    _, (_, claims, points, failed, unknown, left) = table.rows
    assert (claims, points) == ((str(siege.claims),), (str(siege.points.total()),))
    assert sum(int(number) for _, (number,) in families.rows) == siege.points.total()
    assert (failed, unknown, left) == (("0",), (str(len(siege.unknown)),), ("0",))
    assert Paragraph(("Failed: none.",)) in blocks
    total = siege.claims + len(siege.not_tried)
    assert f"were evaluated, {siege.claims} of {total};" in str(blocks[1])


def test_what_failed_and_what_is_unknown_is_listed_by_name(pages: ModuleType) -> None:
    """Each with its point and its reason, and the checks that were not tried."""
    other = Case("step 3: another", "mixtures", "K=2", "K=2: not finite" + " again" * 99)
    run = command.record([a_siege(failed=(CASE,), unknown=(other, other))], 0)
    failed, unknown, bare = (b for b in pages.blocks(run) if isinstance(b, Bullets))
    assert CASE.point in str(failed.items[0])
    assert CASE.reason in str(failed.items[0])
    assert "2 points; for instance (mixtures) K=2: not finite" in str(unknown.items[0])
    assert len(str(unknown.items[0])) < 300
    assert "step 2: a bare check" in str(bare.items[0])

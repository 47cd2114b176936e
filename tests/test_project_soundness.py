"""What the report says of trials of the checks: every number is a record's, and its age is said."""

import importlib
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from harness.digest import PACKAGES, digest
from harness.project import ROOT
from oracles import historical

from derivations.evidence.attack import command as attack_command
from derivations.evidence.mutation import command as mutation_command
from derivations.printing.nodes import Bullets, Heading, Paragraph, Table

SEED = {"whole": True, "passed": 3, "skipped": 0, "failed": [], "spent": 1e-8, "checks": 2}
SEED |= {"seconds": 1.0, "processor": 1.0}
CHANGE = {"line": 7, "within": "f", "operator": "halve", "before": "2 * x", "after": "1 * x"}


@pytest.fixture(autouse=True)
def _report(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the report's modules be imported."""
    monkeypatch.syspath_prepend(str(ROOT / "docs"))


@pytest.fixture
def seeds() -> ModuleType:
    """The module about seeds."""
    return importlib.import_module("report.seeds_pages")


@pytest.fixture
def code() -> ModuleType:
    """The module about mutated code."""
    return importlib.import_module("report.code_mutation_pages")


def record(**more: object) -> list[dict[str, Any]]:
    """A record of four seeds, one of which failed."""
    about = {"schema": 2, "sources": {p: digest(p) for p in PACKAGES}, "tests": 3}
    about |= {"device": "cpu", "python": "3.11.7", "long": None} | more
    rows = [{"seed": number} | SEED for number in range(3)]
    return [about, *rows, {"seed": 3} | SEED | {"passed": 2, "failed": ["test_a.py::test_b"]}]


def words(blocks: list[object]) -> str:
    """All prose of paragraphs and lists."""
    prose = [b.prose for b in blocks if isinstance(b, Paragraph)]
    prose += [item for b in blocks if isinstance(b, Bullets) for item in b.items]
    return "".join(str(getattr(part, "text", part)) for row in prose for part in row)


def test_seeds_and_their_failures_are_counted(seeds: ModuleType, tmp_path: Path) -> None:
    """Seeds, runs and failures are those of the record; a failure is named with its seed."""
    path = tmp_path / "seeds.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in record()), encoding="utf-8")
    lines = seeds.read(path)
    said = words(seeds.seeds_blocks(lines))
    assert "under 4 seeds" in said
    assert "11 runs of a test that passed" in said
    assert "8 of Monte Carlo checks" in said
    assert "seed 3: test_a.py::test_b" in said
    assert "this very code" in said
    assert seeds.headline(lines) == "3 tests under 4 seeds, 1 of them with a failure"


def test_long_tests_are_counted_under_their_own_seeds(seeds: ModuleType) -> None:
    """A test that ran under some seeds only, promises what these allow, and no more."""
    long = {"above": 0.1, "every": 10, "tests": ["test_a.py::test_b", "test_a.py::test_c"]}
    lines = record(long=long)
    for row in lines[1:4]:
        row["whole"] = row["seed"] == 0
    said = words(seeds.seeds_blocks(lines))
    assert "1 of them ran under 4 seeds" in said
    assert "The other 2, which take a processor more than 0.1 s each, ran under 2 of" in said
    few, none = (seeds.at_most(*counts, seeds.LEVEL) for counts in ((1, 2), (0, 4)))
    assert f"one of these fails with a probability below {none:.3g} " in said
    assert f"one of them fails with a probability below {few:.3g}." in said
    assert seeds.headline(lines) == (
        "3 tests under 4 seeds, 2 long ones under 2 of them, 1 of them with a failure"
    )


def test_a_record_of_other_code_says_so(seeds: ModuleType) -> None:
    """What changed since is named; a record in another schema is refused."""
    said = words(seeds.seeds_blocks(record(sources={"impl": "sha256:0"})))
    assert "earlier code: what is in impl has changed" in said
    assert "this very code" not in said


def test_a_record_in_another_schema_is_refused(seeds: ModuleType, tmp_path: Path) -> None:
    """A reader does not guess."""
    path = tmp_path / "seeds.jsonl"
    path.write_text(json.dumps({"schema": 0}) + "\n", encoding="utf-8")
    with pytest.raises(Exception, match="wanted a first line of schema 2"):
        seeds.read(path)


def test_changes_of_code_are_counted_and_survivors_named(code: ModuleType) -> None:
    """The score is what was noticed of what could be; an equivalent stands with its reason."""
    module = {
        "module": "impl.a",
        "mutants": 40,
        "drawn": 10,
        "killed": 6,
        "timed_out": 1,
        "survived": [CHANGE | {"reason": ""}],
        "equivalent": [CHANGE | {"reason": "twice nothing"}] * 2,
    }
    tool = {"name": "mutmut", "version": "3", "operators": ["a", "b"]}
    run = {"tool": tool, "ours": ["halve"], "seed": 0, "machine": "2 cores", "command": "tox"}
    run |= {"modules": [module], "sources": {p: digest(p) for p in PACKAGES}}
    assert code.headline(run).endswith("7 killed, 2 judged equivalent, 1 survived")
    blocks = code.code_mutation_blocks(run)
    (table,) = (b for b in blocks if isinstance(b, Table))
    assert table.rows[0][1:] == (
        ("40",), ("10",), ("6",), ("1",), ("2",), ("1",), ("88%",)
    )  # fmt: skip
    titles = [b.prose for b in blocks if isinstance(b, Heading)]
    assert titles[1:] == [("Survivors",), ("Judged equivalent",)]
    assert words(blocks).count("twice nothing") == 2


def test_what_a_trial_of_this_code_found_stops_a_strict_build(tmp_path: Path) -> None:
    """A mutant that survived, a claim that failed and a shipped error not rejected are told."""
    soundness = importlib.import_module("report.soundness")
    tests = importlib.import_module("report.ledger").Ledger((), 0, 0, "cpu", ())
    silent = len(soundness.complaints(tmp_path, tests))
    assert silent == len(historical.ERRORS)
    row = {"key": "dice.elbo", "survivors": ["one"], "failed": ["one"]}
    for name, command in (("mutation", mutation_command), ("attack", attack_command)):
        run = {"schema": command.SCHEMA, "sources": {"derivations": digest("derivations")}}
        text = json.dumps(run | {"derivations": [row]})
        (tmp_path / f"{name}.json").write_text(text, encoding="utf-8")
    found = soundness.complaints(tmp_path, tests)[silent:]
    assert [line.rpartition(": ")[2] for line in found] == ["dice.elbo", "dice.elbo"]


def test_a_trial_is_titled_by_its_section() -> None:
    """The page's title is the section's heading, which the page does not repeat."""
    soundness = importlib.import_module("report.soundness")
    section = [Heading(1, ("Broken",)), Paragraph(("by hand",))]
    trial = soundness.Trial("broken", "all noticed", lambda _level: section)
    pages = soundness.documents((trial,))
    assert pages["soundness/broken"].title == "Broken"
    assert pages["soundness/broken"].blocks == (section[1],)
    (table,) = (b for b in pages["soundness/index"].blocks if isinstance(b, Table))
    assert table.rows[0][1] == ("all noticed",)
    assert soundness.on_paper((trial,))[-2:] == section

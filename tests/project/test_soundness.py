"""What the report says of tests of the checks: every number is a record's, its age is said."""

import importlib
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from harness.digest import PACKAGES, digest
from harness.project import ROOT
from oracles import historical

from derivations.claims import mutation_report
from derivations.evidence.attack import command as attack_command
from derivations.printing.nodes import (
    Admonition,
    Bullets,
    Heading,
    Link,
    Literal,
    Paragraph,
    Prose,
    Strong,
    Table,
)

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
    return "".join(said(row) for row in prose)


def said(prose: Prose) -> str:
    """Prose as plain text."""
    return "".join(str(getattr(part, "text", part)) for part in prose)


def test_seeds_and_their_failures_are_counted(seeds: ModuleType, tmp_path: Path) -> None:
    """Seeds, runs and failures are those of the record; a failure is named with its seed."""
    path = tmp_path / "seeds.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in record()), encoding="utf-8")
    lines = seeds.kept(path)
    text = words(seeds.blocks(lines))
    assert "under 4 seeds" in text
    assert "11 test runs passed" in text
    assert "8 Monte Carlo checks" in text
    assert "seed 3: test_a.py::test_b" in text
    assert seeds.headline(lines) == (
        "3 tests under 4 seeds: ",
        Strong("1 of the seeds with a failure"),
    )
    assert seeds.headline(lines[:4])[1] == "0 of the seeds with a failure"


def test_long_tests_are_counted_under_their_own_seeds(seeds: ModuleType) -> None:
    """A test that ran under some seeds only, promises what these allow, and no more."""
    long = {"above": 0.1, "every": 10, "tests": ["test_a.py::test_b", "test_a.py::test_c"]}
    lines = record(long=long)
    for row in lines[1:4]:
        row["whole"] = row["seed"] == 0
    assert seeds.command(lines[0]) == "tox run -e seeds -- --seeds-long=0.1"
    text = words(seeds.blocks(lines))
    assert "1 of them ran under 4 seeds" in text
    slow = "2 are slower (over 0.1 s of processor time each)"
    assert f"The other {slow} and ran under 2 of" in text
    few, none = (seeds.at_most(*counts, seeds.LEVEL) for counts in ((1, 2), (0, 4)))
    assert f"any of these fails with a probability below {none:.3g} " in text
    assert f"Any of them fails with a probability below {few:.3g}." in text
    assert said(seeds.headline(lines)) == (
        "1 tests under 4 seeds, 2 slower ones (over 0.1 s of processor time each) under 2: "
        "1 of the seeds with a failure"
    )


@pytest.mark.parametrize(
    ("about", "line", "stamp"),
    [
        ({}, "on an unknown date; the record does not say of which code", "no date (code not rec"),
        (
            {"date": "2026-01-31", "sources": {}},
            "2026-01-31; the code has not changed",
            "2026-01-3",
        ),
        (
            {"date": "2026-01-31", "machine": "2 cores", "sources": {"impl": "sha256:0"}},
            "2026-01-31 on 2 cores; changed since: impl; made anew by: tox",
            "2026-01-31 (earlier code)",
        ),
    ],
    ids=["nothing", "this code", "other code"],
)
def test_every_record_says_when_it_was_made_and_of_what_code(
    about: dict[str, Any], line: str, stamp: str
) -> None:
    """One line for every page, and a shorter one for the table of all."""
    records = importlib.import_module("report.records")
    assert said(records.recorded(about, "tox").prose).startswith(f"Recorded {line}")
    assert records.stamp(about).startswith(stamp)


def test_every_page_of_a_test_of_the_checks_begins_with_its_record(tmp_path: Path) -> None:
    """When it was made, and the command; the table of all has a column for it."""
    soundness = importlib.import_module("report.soundness")
    kept = ROOT / "docs" / "results"
    tests = importlib.import_module("report.ledger").found(tmp_path, kept)
    trials = soundness.trials(soundness.recorded(tmp_path, kept / "soundness"), tests)
    for name, page in soundness.documents(trials).items():
        if name == "soundness/index":
            (table,) = (b for b in page.blocks if isinstance(b, Table))
            assert table.header[-1] == ("Recorded",)
            assert all(row[-1] != ("",) for row in table.rows)
            continue
        first = page.blocks[0]
        assert isinstance(first, Paragraph)
        assert re.match(r"Recorded 2.*; made anew by: tox run -e", said(first.prose)), name


def test_a_record_in_another_schema_is_refused(seeds: ModuleType, tmp_path: Path) -> None:
    """A reader does not guess."""
    path = tmp_path / "seeds.jsonl"
    path.write_text(json.dumps({"schema": 0}) + "\n", encoding="utf-8")
    with pytest.raises(Exception, match="wanted a first line of schema 2"):
        seeds.kept(path)


def test_changes_of_code_are_counted_and_survivors_named(code: ModuleType) -> None:
    """The score is what was noticed of what could be; an equivalent stands with its reason."""
    module = {
        "module": "impl.some.a",
        "mutants": 40,
        "drawn": 10,
        "killed": 6,
        "timed_out": 1,
        "survived": [CHANGE | {"reason": "", "within": ""}],
        "equivalent": [CHANGE | {"reason": "twice nothing"}] * 2,
    }
    tool = {"name": "mutmut", "version": "3", "operators": ["a", "b"]}
    run = {"tool": tool, "ours": ["halve"], "seed": 0, "machine": "2 cores", "command": "tox"}
    run |= {"modules": [module], "sources": {p: digest(p) for p in PACKAGES}}
    assert said(code.headline(run)).endswith(
        "7 killed, 1 of them by the time limit, 2 judged equivalent, 1 survived"
    )
    assert code.headline(run)[-1] == Strong("1 survived")
    blocks = code.blocks(run)
    (table,) = (b for b in blocks if isinstance(b, Table))
    assert table.rows == (
        ((Strong("impl.some"),), *[()] * 7),
        (
            (Literal("a"), " (no longer exists)"),
            ("40",),
            ("10",),
            ("7",),
            ("1",),
            ("2",),
            ("1",),
            ("88%",),
        ),
    )
    survived, _ = (b for b in blocks if isinstance(b, Bullets))
    assert said(survived.items[0]).startswith("impl.some.a, line 7: ")
    titles = [b.prose for b in blocks if isinstance(b, Heading)]
    assert titles[1:] == [("Survivors",), ("Judged equivalent",)]
    assert words(blocks).count("twice nothing") == 2


def test_what_a_trial_of_this_code_found_stops_a_strict_build(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A mutant that survived, a claim that failed and a shipped error not rejected are told."""
    soundness = importlib.import_module("report.soundness")
    tests = importlib.import_module("report.ledger").Ledger((), 0, 0, "cpu", ())
    monkeypatch.setattr(soundness, "KEPT", ())
    monkeypatch.setattr(soundness, "MADE_BY_TOX", ())
    silent = len(soundness.complaints(soundness.recorded(tmp_path, tmp_path), tests))
    assert silent == len(historical.ERRORS)
    row = {"key": "dice.elbo", "survivors": ["one"], "failed": ["one"]}
    made = (soundness.mutation_pages, soundness.attack_pages)
    monkeypatch.setattr(soundness, "MADE_BY_TOX", made)
    for name, command in (("mutation", mutation_report), ("attack", attack_command)):
        run = {"schema": command.SCHEMA, "sources": {"derivations": digest("derivations")}}
        text = json.dumps(run | {"derivations": [row]})
        (tmp_path / f"{name}.json").write_text(text, encoding="utf-8")
    edit = {"key": "dice.q_z1", "kind": "algebra", "path": "p", "old": "a", "new": "-a"}
    edited = {"historical": [], "edited": [edit | {"fate": "established", "reason": ""}]}
    tests = importlib.import_module("report.ledger").Ledger((), 0, 0, "cpu", (edited,))
    found = soundness.complaints(soundness.recorded(tmp_path, tmp_path), tests)[silent:]
    assert found[0] == "let pass: dice.q_z1: -a"
    assert [line.rpartition(": ")[2] for line in found[1:]] == ["dice.elbo", "dice.elbo"]


def test_a_record_that_is_missing_is_told_and_stops_the_build(tmp_path: Path) -> None:
    """A box on each page with the command that makes one, and a complaint for each."""
    soundness = importlib.import_module("report.soundness")
    tests = importlib.import_module("report.ledger").Ledger((), 0, 0, "cpu", ())
    (tmp_path / "seeds.jsonl").write_text(json.dumps(record()[0]) + "\n", encoding="utf-8")
    found = {
        trial.page: trial
        for trial in soundness.trials(soundness.recorded(tmp_path, tmp_path), tests)
    }
    lost = {page for page, trial in found.items() if trial.headline == (Strong("not measured"),)}
    assert lost == set(found) - {"history"}
    for page in lost:
        heading, box = found[page].blocks(2)
        assert isinstance(heading, Heading)
        assert isinstance(box, Admonition)
        assert (box.kind, box.title) == ("warning", "Not measured")
        assert said(box.prose).startswith("No run is at hand; tox run -e ")
    complaints = soundness.complaints(soundness.recorded(tmp_path, tmp_path), tests)
    assert {line.split()[2] for line in complaints if line.startswith("not measured")} == {
        "mutation.json",
        "attack.json",
        "code_mutation.json",
        "seeds.jsonl",
        "calibration.json",
        "audit.json",
    }


@pytest.mark.parametrize("module", ["mutation", "attack"])
def test_a_run_of_this_code_is_shown_before_one_that_is_kept(module: str, tmp_path: Path) -> None:
    """In the build folder a record of other code, or in another schema, counts for nothing."""
    soundness = importlib.import_module("report.soundness")
    pages = importlib.import_module(f"report.{module}_pages")
    build, kept = tmp_path / "build", tmp_path / "kept"
    for folder in (build, kept):
        folder.mkdir()
    assert soundness.record(build, kept, pages) is None
    run = {"schema": pages.SCHEMA, "sources": {"derivations": digest("derivations")}}
    old = {"schema": pages.SCHEMA, "sources": {"derivations": "sha256:0"}, "date": "2026-01-31"}
    (kept / pages.RECORD).write_text(json.dumps(old), encoding="utf-8")
    (build / pages.RECORD).write_text(json.dumps(run), encoding="utf-8")
    assert soundness.record(build, kept, pages).items() > run.items()
    for stale in ({"schema": 0}, {"sources": {"derivations": "sha256:0"}}):
        (build / pages.RECORD).write_text(json.dumps({**run, **stale}), encoding="utf-8")
        assert soundness.record(build, kept, pages) == old


def test_a_record_that_is_kept_says_when_it_was_made_and_of_what_code() -> None:
    """The date, and whether the code has changed since."""
    ledger = importlib.import_module("report.ledger")
    run = {"sources": {"derivations": digest("derivations")}, "date": "2026-01-31"}
    assert ledger.age(run) == "recorded on 2026-01-31 of this very code."
    run["sources"]["impl"] = "sha256:0"
    assert ledger.age(run) == (
        "recorded on 2026-01-31 of earlier code: what is in impl has changed since."
    )


def test_threads_of_shipped_errors_lead_to_them() -> None:
    """A number without a name is of the project before it; what has no number leads nowhere."""
    torch = "https://github.com/pytorch/pytorch/issues"
    assert historical.threads("torch 173912, 198186") == [
        ("torch 173912", f"{torch}/173912"),
        ("198186", f"{torch}/198186"),
    ]
    assert historical.threads("torch PR 4602") == [("torch PR 4602", f"{torch}/4602")]
    assert historical.threads("GNTPP 4, nvae 3") == [("GNTPP 4", ""), ("nvae 3", "")]
    assert historical.threads("student notebooks") == [("student notebooks", "")]
    pages = importlib.import_module("report.history_pages")
    (table,) = (block for block in pages.blocks([]) if isinstance(block, Table))
    links = [part for row in table.rows for part in row[1] if isinstance(part, Link)]
    assert len(links) > 20


def test_a_trial_is_titled_by_its_section() -> None:
    """The page's title is the section's heading, which the page does not repeat."""
    soundness = importlib.import_module("report.soundness")
    section = [Heading(1, ("Broken",)), Paragraph(("by hand",))]
    trial = soundness.Trial("broken", ("all noticed",), lambda _level: section)
    pages = soundness.documents((trial,))
    assert pages["soundness/broken"].title == "Broken"
    assert pages["soundness/broken"].blocks == (section[1],)
    (table,) = (b for b in pages["soundness/index"].blocks if isinstance(b, Table))
    assert table.rows[0][1] == ("all noticed",)
    assert soundness.on_paper((trial,))[-2:] == section


def test_a_figure_without_a_value_is_not_printed() -> None:
    """A check that has no reason to give gives none."""
    pages = importlib.import_module("report.pages")
    assert pages._figures([{"figures": {"draws_needed": 3, "reason": ""}}]) == "draws needed 3"  # noqa: SLF001

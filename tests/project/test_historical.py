"""Errors that public code shipped: each is rejected by a test that carries its name."""

import importlib
import json
import re
from pathlib import Path
from types import ModuleType

import pytest
from harness.historical import CARRIED, FILES, cases
from harness.ledger import HISTORICAL as KEY
from harness.project import ROOT
from oracles.historical import ERRORS

from derivations.printing.nodes import Admonition, Literal, Table

TESTS = Path(__file__).parents[1]


def test_every_registered_error_has_a_test_that_carries_it(request: pytest.FixtureRequest) -> None:
    """Where all files that use the mark are collected, as in any lane, no name is missing."""
    used = re.compile(r"^from harness\.historical import|^@pytest\.mark\.historical", re.MULTILINE)
    files = {p for p in TESTS.rglob("test_*.py") if used.search(p.read_text("utf-8"))}
    missing = files - request.config.stash[FILES]
    if missing:
        pytest.skip(f"{len(missing)} files that use the mark were not collected")
    assert request.config.stash[CARRIED] == set(ERRORS)


def test_every_error_of_the_registry_says_what_was_wrong_and_where() -> None:
    """Names are words with hyphens; nothing is left blank."""
    for name, error in ERRORS.items():
        assert name == name.lower()
        assert name.replace("-", "").isalnum()
        assert all(error)


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Give an empty suite that knows the mark."""
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    plugins = "device", "false_alarms", "ledger", "historical", "seed"
    pytester.makeconftest(f"pytest_plugins = {tuple(f'harness.{name}' for name in plugins)}")
    return pytester


FATES = """
import pytest
from harness.historical import case, cases

@pytest.mark.parametrize("value", cases({"kl-sign-flipped": 1, "our own error": 2}, kind="proof"))
def test_flipped(value):
    assert value < 3

@pytest.mark.historical("kernel-elementwise", kind="monte carlo")
@pytest.mark.parametrize("value", [1, 2])
def test_kernel_elementwise(value):
    assert value < 2

@pytest.mark.parametrize("value", [case("index-capture, skipped", 3, kind="enumeration")])
def test_captured(value):
    pytest.skip("not here")

def test_of_none():
    pass
"""
KEPT = [
    ("index-capture", "enumeration", "test_captured[index-capture, skipped]", "skipped"),
    ("kernel-elementwise", "monte carlo", "test_kernel_elementwise[1]", "passed"),
    ("kernel-elementwise", "monte carlo", "test_kernel_elementwise[2]", "failed"),
    ("kl-sign-flipped", "proof", "test_flipped[kl-sign-flipped]", "passed"),
]


@pytest.mark.slow
@pytest.mark.parametrize("options", [(), ("-p", "xdist", "-n", "2")], ids=["alone", "workers"])
def test_ledger_says_how_each_test_of_an_error_ended(
    suite: pytest.Pytester, options: tuple[str, ...]
) -> None:
    """Name, kind, test and outcome of marked tests are kept, from workers too, and of no other."""
    suite.makepyfile(test_fates=FATES)
    suite.runpytest_subprocess("--ledger", "tests.json", *options)
    page = json.loads((suite.path / "tests.json").read_text("utf-8"))
    kept = [(r["name"], r["kind"], r["test"].split("::")[1], r["outcome"]) for r in page[KEY]]
    assert kept == KEPT


def test_name_of_an_error_selects_its_tests(suite: pytest.Pytester) -> None:
    """By ``-k`` a name finds tests whose function carries it too; what does not run is not kept."""
    suite.makepyfile(test_fates=FATES)
    result = suite.runpytest_subprocess("--ledger", "tests.json", "-k", "kernel-elementwise")
    result.assert_outcomes(passed=1, failed=1, deselected=4)
    page = json.loads((suite.path / "tests.json").read_text("utf-8"))
    assert {row["name"] for row in page[KEY]} == {"kernel-elementwise"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ('"kernel-pairwise", kind="proof"', "names no registered error"),
        ('"kl-sign-flipped", kind="proof"', "is not in the test's id"),
        ('"kernel-elementwise", kind="belief"', "wants a kind of evidence, got 'belief'"),
        ('"kernel-elementwise"', "wants a kind of evidence, got None"),
    ],
)
def test_mark_that_ties_a_test_to_no_error_stops_the_run(
    suite: pytest.Pytester, mark: str, said: str
) -> None:
    """An unknown name, one that the test does not carry, or no kind of evidence is refused."""
    test = f"import pytest\n@pytest.mark.historical({mark})\ndef test_kernel_elementwise(): pass"
    suite.makepyfile(test_marks=test)
    result = suite.runpytest_subprocess()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert said in result.stderr.str()


def test_names_without_a_space_are_marked_and_no_other() -> None:
    """Up to a comma a name without spaces is a registered one; a tuple is several values."""
    faults = {"kl-sign-flipped, twice": (1, 2), "of our own, twice": 3}
    shipped, own = cases(faults, kind="proof")
    assert [(m.args, m.kwargs) for m in shipped.marks] == [
        (("kl-sign-flipped",), {"kind": "proof"})
    ]
    assert not own.marks
    assert (shipped.values, own.values) == ((1, 2), (3,))
    assert [shipped.id, own.id] == list(faults)


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module of the report."""
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    return importlib.import_module("report.history_pages")


def trial(name: str, outcome: str = "passed", **more: str) -> dict[str, str]:
    """One row of a run's ledger."""
    test = "tests/test_a.py::test_b[it]"
    return {"name": name, "kind": "proof", "test": test, "outcome": outcome, **more}


def ledger_of(*trials: dict[str, str]) -> dict[str, object]:
    """A run's ledger in which every error but those of these trials is rejected."""
    named = {row["name"] for row in trials}
    return {KEY: [*trials, *(trial(name) for name in ERRORS if name not in named)]}


def cell(pages: ModuleType, runs: list[dict[str, object]], name: str) -> str:
    """What the table says rejects an error."""
    (table,) = (block for block in pages.blocks(runs) if isinstance(block, Table))
    assert len(table.rows) == len(ERRORS)
    (row,) = (row for row in table.rows if row[1][0] == Literal(name))
    return "".join(part if isinstance(part, str) else part.text for part in row[-1])


def test_report_names_what_rejects_each_error(pages: ModuleType) -> None:
    """Tests stand by their kind of evidence, once each, over all runs."""
    other = trial(
        "kl-sign-flipped", kind="enumeration", test="tests/derivations/test_c.py::test_it_holds"
    )
    again = trial("kl-sign-flipped", test="tests/test_a.py::test_c")
    runs = [ledger_of(other, again), ledger_of()]
    assert pages.not_rejected(runs) == []
    text = cell(pages, runs, "kl-sign-flipped")
    assert text == "enumeration: it holds (c); proof: b (a), c (a)"
    assert not any(isinstance(block, Admonition) for block in pages.blocks(runs))


@pytest.mark.parametrize(
    ("trials", "said"),
    [
        ([], "not rejected: no test of it ran"),
        ([trial("index-capture", "skipped")], "not rejected: skipped: b (a)"),
        (
            [
                trial("index-capture"),
                trial("index-capture", "failed", test="tests/test_c.py::test_it_holds"),
            ],
            "not rejected: failed: it holds (c)",
        ),
        ([trial("index-capture", "unknown")], "not rejected: unknown: b (a)"),
    ],
    ids=["none ran", "skipped", "one failed", "broke off"],
)
def test_report_says_what_is_not_rejected(
    pages: ModuleType, trials: list[dict[str, str]], said: str
) -> None:
    """An error whose tests did not run, or one of whose tests failed, is not rejected."""
    run = ledger_of(*trials)
    run[KEY] = [row for row in run[KEY] if row["name"] != "index-capture" or row in trials]
    assert pages.not_rejected([run]) == ["index-capture"]
    assert cell(pages, [run], "index-capture") == said
    (box,) = (block for block in pages.blocks([run]) if isinstance(block, Admonition))
    assert (box.kind, box.prose) == ("danger", ("index-capture",))

"""The ledger holds what passing tests established, and never more."""

import hashlib
import importlib
import json
from pathlib import Path

import pytest
from harness import ledger as harness
from harness.digest import PACKAGES, TESTS, digest

WORKERS = ("-p", "xdist", "-n", "2")
SUITE = """
import numpy as np
import pytest

def record(ledger, key="dice.q_z1", **more):
    return ledger.record(key=key, claim="it holds", kind="enumeration", **more)

def test_passes(ledger):
    entry = record(ledger, figures={"sizes": (2, 3)})
    entry.figures["largest_error"] = np.float64(0.5)

def test_fails(ledger):
    record(ledger)
    assert 0.1 + 0.2 == 0.3

def test_fails_before_it_records(ledger):
    raise RuntimeError

@pytest.fixture
def breaks_afterwards():
    yield
    raise RuntimeError

def test_teardown_fails(ledger, breaks_afterwards):
    record(ledger, key="dice.elbo")

def test_skipped(ledger):
    record(ledger)
    pytest.skip("not here")

@pytest.mark.xfail(strict=True)
def test_expected_to_fail(ledger):
    record(ledger)
    raise RuntimeError

def test_measures_nothing_finite(ledger):
    record(ledger, figures={"error": float("nan")})

def test_records_nothing():
    pass
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Give a suite with one test of each fate."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    plugins = '("harness.device", "harness.false_alarms", "harness.ledger", "harness.seed")'
    pytester.makeconftest(f"pytest_plugins = {plugins}")
    pytester.makepyfile(test_fates=SUITE)
    return pytester


def run(suite: pytest.Pytester, *options: str) -> dict:
    """Run the suite and read its ledger."""
    suite.runpytest_subprocess("--ledger", "kept/tests.json", *options)
    assert [path.name for path in (suite.path / "kept").iterdir()] == ["tests.json"]
    return json.loads((suite.path / "kept" / "tests.json").read_text(encoding="utf-8"))


def test_only_what_passed_is_established(suite: pytest.Pytester) -> None:
    """Each fate of a test leaves the entry, and the verdict, it deserves."""
    page = run(suite)
    verdicts = {entry["test"].split("::")[1]: entry["verdict"] for entry in page["entries"]}
    assert verdicts == {
        "test_passes": "established",
        "test_fails": "refuted",
        "test_teardown_fails": "refuted",
    }
    assert [test.split("::")[1] for test in page["failures"]] == [
        "test_fails",
        "test_fails_before_it_records",
        "test_measures_nothing_finite",
        "test_teardown_fails",
    ]
    assert page["counts"] == {"passed": 2, "failed": 4, "skipped": 1, "xfailed": 1}
    assert page["exit_status"] == 1


def test_entry_says_what_was_measured(suite: pytest.Pytester) -> None:
    """NumPy numbers and tuples arrive as plain JSON."""
    entry = next(entry for entry in run(suite)["entries"] if entry["test"].endswith("test_passes"))
    assert entry == {
        "test": "test_fates.py::test_passes",
        "key": "dice.q_z1",
        "claim": "it holds",
        "kind": "enumeration",
        "verdict": "established",
        "figures": {"sizes": [2, 3], "largest_error": 0.5},
    }


@pytest.mark.slow
def test_workers_write_the_same_page(suite: pytest.Pytester) -> None:
    """Two workers and one process come to the same ledger."""
    assert run(suite, *WORKERS) == run(suite)


@pytest.mark.slow
def test_file_that_cannot_be_collected_is_a_failure(suite: pytest.Pytester) -> None:
    """Tests that were never found are not passed over in silence."""
    suite.makepyfile(test_unreadable="import nothing_of_this_name")
    for options in ((), WORKERS):
        page = run(suite, *options)
        assert page["failures"][-1:] == ["test_unreadable.py"]
        assert page["exit_status"] != 0


def test_partial_run_says_so(suite: pytest.Pytester) -> None:
    """A selection is recorded, so that part of the suite cannot pass for the whole."""
    page = run(suite, "-k", "passes")
    assert page["exit_status"] == 0
    assert page["selection"] == {"keyword": "passes", "markers": "", "deselected": 7}


def test_run_that_breaks_off_leaves_no_older_page(suite: pytest.Pytester) -> None:
    """An older run's word never stands for a newer run's silence."""
    run(suite)
    suite.makepyfile(test_fates="import os, signal\ndef test(): os.kill(os.getpid(), 9)")
    suite.runpytest_subprocess("--ledger", "kept/tests.json")
    assert not (suite.path / "kept" / "tests.json").exists()


def test_nothing_is_written_unless_asked(suite: pytest.Pytester) -> None:
    """Without --ledger a run leaves no file of its own."""
    suite.runpytest_subprocess("-p", "no:cacheprovider")
    assert not list(suite.path.rglob("*.json"))


@pytest.mark.parametrize("wrong", [{"kind": "belief"}, {"verdict": "probable"}])
def test_unknown_kinds_and_verdicts_are_refused(wrong: dict[str, str]) -> None:
    """The vocabulary is closed."""
    page = harness.Ledger("a test")
    with pytest.raises(ValueError, match=f"wants one of .*; got '{next(iter(wrong.values()))}'"):
        page.record(**({"key": "dice.elbo", "claim": "it holds", "kind": "proof"} | wrong))


@pytest.mark.parametrize("package", [*PACKAGES, TESTS])
def test_digest_is_what_the_schema_says(package: str) -> None:
    """A reader can compute the digest from the description alone."""
    tests = Path(__file__).parents[1]
    root = tests if package == TESTS else Path(importlib.import_module(package).__file__).parent
    stream = b""
    for name in sorted(path.relative_to(root).as_posix() for path in root.glob("**/*.py")):
        stream += name.encode() + bytes(1) + (root / name).read_bytes() + bytes(1)
    assert digest(package) == f"sha256:{hashlib.sha256(stream).hexdigest()}"

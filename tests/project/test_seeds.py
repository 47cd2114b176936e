"""The option --seeds runs what depends on the seed under each seed, and counts what fails."""

import json
from pathlib import Path

import pytest

SUITE = """
import os
from hypothesis import given, strategies as st

def test_fixed():
    raise AssertionError("the same under every seed")

def test_draw(rng, tmp_path):
    with open(os.environ["DRAWS"], "a") as file:
        file.write(f"{rng.random()}\\n")

def test_seed(seed):
    assert seed != 3

@given(st.integers(0, 10**9))
def test_given(value):
    with open(os.environ["DRAWS"] + ".given", "a") as file:
        file.write(f"{value}\\n")

def test_end(seed):
    if seed == 4:
        os._exit(1)
"""

LONG = """
import time

def test_long(rng):
    begun = time.process_time()
    while time.process_time() < begun + 0.5:
        pass
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Give a suite with the project's options, of which one test fails at 3 and one dies at 4."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # these plugins alone
    monkeypatch.setenv("DRAWS", str(pytester.path / "draws"))
    names = ("device", "false_alarms", "ledger", "seed", "seeds")
    pytester.makeconftest(f"pytest_plugins = {tuple(f'harness.{name}' for name in names)}")
    pytester.makeini("[pytest]\nmarkers =\n  cuda: needs a device\n  establishes: claims")
    pytester.makepyfile(test_suite=SUITE)
    return pytester


def run(suite: pytest.Pytester, *options: str) -> pytest.RunResult:
    """Run the suite in a process of its own."""
    return suite.runpytest_subprocess("-p", "_hypothesis_pytestplugin", *options)


def lines(path: Path) -> list[dict[str, object]]:
    """Read a record."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def drawn(suite: pytest.Pytester, ending: str = "") -> list[str]:
    """Take what the tests drew since the last call."""
    path = suite.path / f"draws{ending}"
    found = path.read_text(encoding="utf-8").split()
    path.unlink()
    return found


@pytest.mark.slow
def test_each_seed_does_what_a_run_with_that_seed_does(suite: pytest.Pytester) -> None:
    """Draws of fixtures and of Hypothesis are those of --seed; what is fixed is left out."""
    chosen = ("-k", "draw or given or fixed")
    result = run(suite, "--seeds", "1:3", *chosen)
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["seed 1: 2 passed, 0 failed*", "2 seeds, 0 with a failure"])
    found = {ending: set(drawn(suite, ending)) for ending in ("", ".given")}
    assert len(found[""]) == 2
    wanted: dict[str, set[str]] = {"": set(), ".given": set()}
    for seed in (1, 2):
        run(suite, "--seed", str(seed), *chosen)
        wanted = {ending: known | set(drawn(suite, ending)) for ending, known in wanted.items()}
    assert found == wanted


def test_a_failure_and_a_death_are_counted_and_fail_the_run(suite: pytest.Pytester) -> None:
    """One seed's failure is named with its test; a seed that dies is not mistaken for a pass."""
    record = suite.path / "record.jsonl"
    result = run(suite, "--seeds=2:6", f"--seeds-record={record}")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["--seed 3: test_suite.py::test_seed", "4 seeds, 2 with a failure"])
    about, *rows = lines(record)
    assert about["tests"] == 4
    assert {row["seed"]: len(row["failed"]) for row in rows} == {2: 0, 3: 1, 4: 1, 5: 0}
    assert {row["seed"]: row["passed"] for row in rows} == {2: 4, 3: 3, 4: 0, 5: 4}
    assert "without a result" in rows[2]["failed"][0]


@pytest.mark.slow
def test_a_record_of_the_same_code_is_continued_and_no_other(suite: pytest.Pytester) -> None:
    """Seeds in the record are not run again, unless the record is about something else."""
    record = suite.path / "record.jsonl"
    options = ("-k", "draw", f"--seeds-record={record}")
    run(suite, "--seeds=0:2", *options)
    assert len(drawn(suite)) == 2
    again = run(suite, "--seeds=0:3", *options)
    again.stdout.fnmatch_lines(["seed 1:*as recorded before", "3 seeds, 0 with a failure"])
    assert len(drawn(suite)) == 1
    assert [row.get("seed") for row in lines(record)] == [None, 0, 1, 2]
    run(suite, "--seeds=0:2", "-k", "draw or given", f"--seeds-record={record}")
    assert len(drawn(suite)) == 2
    assert len(lines(record)) == 3


@pytest.mark.slow
def test_a_long_test_runs_under_the_first_seed_and_those_that_end_in_0(
    suite: pytest.Pytester,
) -> None:
    """Long is what took the first seed more of a processor than was said; the record names it."""
    suite.makepyfile(test_more=LONG)
    record = suite.path / "record.jsonl"
    options = ("-k", "draw or long", "--seeds-long=0.3", f"--seeds-record={record}")
    result = run(suite, "--seeds=8:12", *options)
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["4 seeds, 0 with a failure", "1 long tests, under 2 of them"])
    about, *rows = lines(record)
    assert about["long"] == {"above": 0.3, "every": 10, "tests": ["test_more.py::test_long"]}
    assert [(row["seed"], row["whole"], row["passed"]) for row in rows] == [
        (8, True, 2),
        (9, False, 1),
        (10, True, 2),
        (11, False, 1),
    ]
    assert rows[0]["processor"] >= 0.5 > rows[1]["processor"]
    again = run(suite, "--seeds=8:14", *options)
    again.stdout.fnmatch_lines(["seed 11:*as recorded before", "seed 13: 1 passed*"])


@pytest.mark.parametrize("value", ["3", "5:5", "-1:4"])
def test_seeds_that_are_none_are_a_usage_error(suite: pytest.Pytester, value: str) -> None:
    """What was wanted is said, and what was got."""
    result = run(suite, f"--seeds={value}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*--seeds wants FIRST:LAST*got '{value}'"])


def test_workers_beside_seeds_are_a_usage_error(suite: pytest.Pytester) -> None:
    """Each of two workers would run every seed, in children that have lost their way to answer."""
    result = run(suite, "-p", "xdist", "--seeds=0:2", "-n", "2")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--seeds runs as many seeds side by side*wanted no -n*"])

"""A run has one false-alarm budget: every check that ran counts, in whatever process it ran."""

import importlib
import json
from pathlib import Path
from types import ModuleType

import pytest
from harness import false_alarms
from harness.ledger import SCHEMA
from harness.project import ROOT

from derivations.calculus.steps import Finding, Verdict
from derivations.evidence.monte_carlo.budget import FALSE_ALARMS, RUN

WORKERS = ("-p", "xdist", "-n", "2")
SUITE = """
import numpy as np
import pytest
from derivations.evidence.monte_carlo import Budget, Plan, mean_equals

def check(alpha, **more):
    plan = Plan(alpha=alpha, **more)
    return mean_equals("m", lambda r, n: r.random(n), 0.5, detects=0.2, bounds=(0, 1), plan=plan)

@pytest.fixture
def spends_in_setup():
    assert check(1e-7)(np.random.default_rng(1)).verdict.value == "established"

@pytest.mark.parametrize("number", range(4))
def test_twice_the_same_check(number, ledger):
    entry = ledger.record(key="dice.elbo", claim="it holds", kind="monte carlo")
    again = check(2e-8)
    for _ in range(2):
        entry.figures |= again(np.random.default_rng(number)).figures

def test_of_one_amount_in_all(ledger, spends_in_setup):
    ledger.record(key="dice.elbo", claim="it holds", kind="monte carlo")

def test_of_a_budget_of_its_own():
    check(0.3, budget=Budget(1.0))(np.random.default_rng(1))
"""
SPENT = 4 * 2 * 2e-8 + 1e-7


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Give a suite that spends in tests and in a fixture."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    plugins = '("harness.device", "harness.false_alarms", "harness.ledger", "harness.seed")'
    pytester.makeconftest(f"pytest_plugins = {plugins}")
    pytester.makepyfile(test_spending=SUITE)
    return pytester


def run(suite: pytest.Pytester, *options: str) -> tuple[pytest.RunResult, dict]:
    """Run the suite and read its ledger."""
    result = suite.runpytest_subprocess("--ledger", "tests.json", *options)
    return result, json.loads((suite.path / "tests.json").read_text(encoding="utf-8"))


@pytest.mark.slow
@pytest.mark.parametrize("options", [(), WORKERS], ids=["one process", "two workers"])
def test_every_running_of_a_check_counts_once(
    suite: pytest.Pytester, options: tuple[str, ...]
) -> None:
    """A check run twice spends twice; fixtures and all workers count; other budgets do not."""
    result, page = run(suite, *options)
    assert result.ret == pytest.ExitCode.OK
    assert page["false_alarms"]["checks"] == 9
    assert page["false_alarms"]["spent"] == pytest.approx(SPENT, rel=1e-12, abs=0)
    result.stdout.fnmatch_lines(["Monte Carlo false alarms: 2.6e-07 of 1e-06 spent by 9 checks"])


@pytest.mark.slow
def test_an_entry_says_what_its_test_spent(suite: pytest.Pytester) -> None:
    """A finding's own probability is kept; where the test gave none, it is the test's sum."""
    _, page = run(suite)
    alphas = {e["test"].split("::")[1]: e["figures"]["alpha"] for e in page["entries"]}
    assert alphas.pop("test_of_one_amount_in_all") == pytest.approx(1e-7, rel=1e-12, abs=0)
    assert set(alphas.values()) == {2e-8}


OVER = """
import pytest
from derivations.evidence.monte_carlo import RUN

@pytest.mark.parametrize("number", range(4))
def test_within_its_own_process(number):
    RUN.spend("a claim", 3e-7)
"""


@pytest.mark.slow
@pytest.mark.parametrize("ledger", [(), ("--ledger", "tests.json")], ids=["plain", "ledger"])
def test_run_over_its_budget_fails_though_each_process_keeps_to_it(
    suite: pytest.Pytester, ledger: tuple[str, ...]
) -> None:
    """Two workers that spend 6e-7 each are over 1e-6 together: all tests pass, the run does not."""
    suite.makepyfile(test_spending=OVER)
    result = suite.runpytest_subprocess(*ledger, *WORKERS, "--dist", "each", "-k", "1 or 2")
    result.assert_outcomes(passed=4)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*1.2e-06 of 1e-06 spent by 4 checks (OVER BUDGET)"])
    if ledger:
        page = json.loads((suite.path / "tests.json").read_text(encoding="utf-8"))
        assert page["exit_status"] == 1
        assert page["false_alarms"]["spent"] > page["false_alarms"]["allowed"]


FREE = """
def test_spends_nothing(ledger):
    ledger.record(key="dice.elbo", claim="it holds", kind="monte carlo")

def test_says_more_than_it_spent(ledger):
    from derivations.evidence.monte_carlo import RUN
    RUN.spend("a claim", 1e-9)
    ledger.record(key="dice.elbo", claim="it holds", kind="monte carlo", figures={"alpha": 1e-8})

def test_says_nothing_finite(ledger):
    from derivations.evidence.monte_carlo import RUN
    RUN.spend("a claim", 1e-9)
    figures = {"alpha": float("nan")}
    ledger.record(key="dice.elbo", claim="it holds", kind="monte carlo", figures=figures)
"""


@pytest.mark.slow
def test_monte_carlo_evidence_without_its_spending_is_refused(suite: pytest.Pytester) -> None:
    """What raises no false alarm at all is not Monte Carlo evidence, or hides what it may raise."""
    suite.makepyfile(test_spending=FREE)
    result, page = run(suite)
    result.assert_outcomes(failed=3)
    assert not page["entries"]
    result.stdout.fnmatch_lines(["*wants its false-alarm probability spent on the run's budget*"])


def test_allowance_of_the_harness_is_the_budget_of_the_checks() -> None:
    """The sum over processes is held to what each process is held to."""
    assert false_alarms.ALLOWED == FALSE_ALARMS == RUN.total


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Give the report's account of false alarms."""
    monkeypatch.syspath_prepend(ROOT / "docs")
    return importlib.import_module("report.false_alarms")


def ledger_of(spent: float, checks: int) -> dict:
    """The part of a run's ledger that says what was spent."""
    return {"false_alarms": {"spent": spent, "allowed": 1e-6, "checks": checks}}


def test_report_adds_up_all_runs_and_the_checks_of_derivations(report: ModuleType) -> None:
    """Tests, peers and derivations spend of one budget; a check that ran twice counts twice."""
    findings = [
        Finding("monte carlo", "m", verdict, {"alpha": 1e-7})
        for verdict in (Verdict.ESTABLISHED, Verdict.ESTABLISHED, Verdict.UNKNOWN)
    ]
    unspent = Finding("monte carlo", "refused", Verdict.UNKNOWN, {"miss": 1e-3})
    other = Finding("proof", "p", Verdict.ESTABLISHED, {"alpha": 0.5})
    alarms = report.add_up([ledger_of(2e-7, 20), ledger_of(1e-7, 10)], [*findings, unspent, other])
    assert alarms.total == pytest.approx(6e-7, rel=1e-12, abs=0)
    assert (alarms.checks_in_tests, alarms.checks_in_derivations) == (30, 3)
    assert report.complaints([], alarms) == []
    (paragraph,) = alarms.blocks()
    assert "6e-07 in all" in paragraph.prose[0]


@pytest.mark.parametrize("spent", [1.2e-6, float("nan")])
def test_strict_build_complains_of_an_overdrawn_budget(report: ModuleType, spent: float) -> None:
    """Each part within 1e-6 is not enough: their sum must be; NaN is never within."""
    finding = Finding("monte carlo", "m", Verdict.ESTABLISHED, {"alpha": spent - 6e-7})
    alarms = report.add_up([ledger_of(6e-7, 600)], [finding])
    assert report.complaints([], alarms) == [f"false alarms: wanted at most 1e-06, got {spent:.3g}"]
    assert len(report.complaints(["dice.elbo"], alarms)) == 2
    (admonition,) = alarms.blocks()
    assert admonition.kind == "danger"


def test_ledger_of_another_schema_is_stale(report: ModuleType, tmp_path: Path) -> None:  # noqa: ARG001 - the path
    """A ledger from before the account was kept is no evidence of what was spent."""
    ledger = importlib.import_module("report.ledger")
    path = tmp_path / "tests.json"
    for schema, fresh in ((SCHEMA - 1, False), (SCHEMA, True)):
        page = {"schema": schema, "exit_status": 0, "sources": {}}
        path.write_text(json.dumps(page), encoding="utf-8")
        assert (ledger.passed(path) is not None) is fresh

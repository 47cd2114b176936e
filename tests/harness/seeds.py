"""The suite under many seeds, to count its false alarms: ``--seeds FIRST:LAST``.

Tests that depend on the seed are run once for every seed, from FIRST up to but not including LAST:
those that use ``rng`` or ``seed``, and those of Hypothesis. The others are deselected. Tests are
collected once. Each seed then runs in a forked child process, as many in parallel as there are
cores, and gives the same results as a run with that ``--seed``. Every failure fails the run. It
counts as a false alarm until an error of the code is found.

With ``--seeds-long SECONDS`` the first seed runs alone. A test that takes more processor seconds
under it runs only under this seed and under those that end in 0. The record names these tests.

``--seeds-record PATH`` keeps a line of JSON for what ran, and one for each seed as it ends:

about : {"schema": 2, "sources": {package: digest}, "tests": int, "device": str, "python": str,
         "long": {"above": float, "every": int, "tests": [node id]} | null}
seed : {"seed": int, "whole": bool, "passed": int, "skipped": int, "failed": [node id],
        "spent": float, "checks": int, "seconds": float, "processor": float}
    ``whole`` where the long tests ran too; ``spent`` of its false-alarm budget by so many Monte
    Carlo checks; ``seconds`` on the clock, and of processors.

A record of the same code and the same tests is continued: seeds that are in it are not run again.
"""

import gc
import importlib
import json
import math
import multiprocessing
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from derivations.evidence.runs import write_whole
from harness import device, false_alarms
from harness.digest import PACKAGES, TESTS, digest
from harness.seed import follow

SCHEMA = 2
EVERY = 10
"""A long test runs under the seeds that are divisible by this."""
DEPENDING = {"rng", "seed"}
"""The fixtures that depend on the seed."""
Line = dict[str, object]
Spent = dict[str, float]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--seeds``, ``--seeds-long`` and ``--seeds-record``."""
    parser.addoption(
        "--seeds",
        metavar="FIRST:LAST",
        help="run the tests that depend on the seed once for each of these",
    )
    parser.addoption(
        "--seeds-long",
        type=float,
        metavar="SECONDS",
        help=f"run a test that takes longer than this under every {EVERY}th seed only",
    )
    parser.addoption(
        "--seeds-record", type=Path, metavar="PATH", help="write outcomes to this file"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Replace the ordinary run if seeds were given."""
    text = config.getoption("--seeds")
    if text is None:
        return
    first, separator, last = text.partition(":")
    right = separator and first.isdecimal() and last.isdecimal() and int(first) < int(last)
    if not right or not hasattr(os, "fork"):
        msg = f"--seeds wants FIRST:LAST, the second larger, and a system that forks; got {text!r}"
        raise pytest.UsageError(msg)
    if config.getoption("numprocesses", None):
        msg = "--seeds runs as many seeds side by side as there are cores; wanted no -n, got one"
        raise pytest.UsageError(msg)
    record = config.getoption("--seeds-record")
    place = None if record is None else config.invocation_params.dir / record
    campaign = Campaign(range(int(first), int(last)), place, config.getoption("--seeds-long"))
    config.pluginmanager.register(campaign, "varproof-seeds")


def depends_on_the_seed(item: pytest.Item) -> bool:
    """Whether another seed can change what a test does."""
    given = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
    return bool(given) or not DEPENDING.isdisjoint(getattr(item, "fixturenames", ()))


class Campaign:
    """A run for each seed, in place of the single run of the tests."""

    def __init__(self, seeds: range, record: Path | None, above: float | None) -> None:
        self.seeds = seeds
        self.record = record
        self.above = above
        self.lines: list[Line] = []
        self.seldom: frozenset[str] = frozenset()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Deselect the tests that do not depend on the seed."""
        kept = [item for item in items if depends_on_the_seed(item)]
        config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
        items[:] = kept

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Run the seeds in parallel, and print each outcome as it arrives."""
        if session.testsfailed or session.config.option.collectonly:
            return None
        about = {
            "schema": SCHEMA,
            "sources": {name: digest(name) for name in (*PACKAGES, TESTS)},
            "tests": len(session.items),
            "device": session.config.stash[device.NAME],
            "python": platform.python_version(),
            "long": None if self.above is None else {"above": self.above, "every": EVERY},
        }
        self.lines = continued(self.record, about)
        done = {line["seed"] for line in self.lines[1:]}
        say = session.config.pluginmanager.getplugin("terminalreporter").write_line
        for line in self.lines[1:]:
            say(f"{told(line)}, as recorded before")
        wanted = [seed for seed in self.seeds if seed not in done]
        prepare()
        long = self.lines[0]["long"]
        if long is not None and "tests" not in long and wanted:
            line, spent = run(session, wanted.pop(0), frozenset())
            long["tests"] = [test for test, seconds in spent.items() if seconds > self.above]
            self.enter(line, say)
        if long is not None:
            self.seldom = frozenset(long.get("tests", ()))

        def one(seed: int) -> Line:
            return run(session, seed, self.seldom if seed % EVERY else frozenset())[0]

        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            for line in pool.map(one, wanted):
                self.enter(line, say)
        session.testsfailed = sum(len(line["failed"]) for line in self.lines[1:])
        session.testscollected = len(session.items)
        return True

    def enter(self, line: Line, say: Callable[[str], None]) -> None:
        """Print the outcome of a seed, and record it."""
        self.lines.append(line)
        say(told(line))
        self.keep()

    def keep(self) -> None:
        """Write the record."""
        if self.record is not None:
            write_whole(self.record, "".join(json.dumps(line) + "\n" for line in self.lines))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say how many seeds ran, and which failed."""
        failed = {line["seed"]: line["failed"] for line in self.lines[1:] if line["failed"]}
        for seed, tests in failed.items():
            for test in tests:
                terminalreporter.write_line(f"--seed {seed}: {test}", red=True)
        terminalreporter.write_line(f"{len(self.lines) - 1} seeds, {len(failed)} with a failure")
        whole = sum(bool(line["whole"]) for line in self.lines[1:])
        if whole < len(self.lines) - 1:
            terminalreporter.write_line(f"{len(self.seldom)} long tests, under {whole} of them")


def prepare() -> None:
    """Do once, for all children, what depends on no seed: build the derivations if needed."""
    if "derivations.claims.registry" in sys.modules:
        index = importlib.import_module("derivations.index")
        for entry in index.entries():
            index.derive(entry.key)
    gc.collect()
    gc.freeze()  # the children collect garbage among their own objects only


def continued(path: Path | None, about: Line) -> list[Line]:
    """Read a record of the same code and tests; begin one if there is none."""
    if path is None or not path.is_file():
        return [about]
    lines = [json.loads(text) for text in path.read_text(encoding="utf-8").splitlines()]
    known = dict(lines[0]) if lines else {}
    if known.get("long"):  # the first seed shows which tests are long
        known["long"] = {name: known["long"][name] for name in about["long"] or ()}
    return lines if known == about else [about]


def told(line: Line) -> str:
    """Return the outcome of a seed in words."""
    return (
        f"seed {line['seed']}: {line['passed']} passed, {len(line['failed'])} failed, "
        f"{line['skipped']} skipped, {line['seconds']:.0f} s, "
        f"{line['processor']:.0f} s of processors"
    )


def run(session: pytest.Session, seed: int, without: frozenset[str]) -> tuple[Line, Spent]:
    """Run tests under one seed in a child; return its line and the time of each test."""
    items = [item for item in session.items if item.nodeid not in without]
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(session, items, seed, theirs))
    child.start()
    theirs.close()
    line: Line = {"seed": seed, "whole": not without}
    spent: Spent = {}
    try:
        found, spent = ours.recv()
    except EOFError:
        ended = f"the run with --seed {seed} ended without a result"
        found = {"passed": 0, "skipped": 0, "failed": [ended], "spent": 0.0, "checks": 0}
        found |= {"seconds": 0.0, "processor": 0.0}
    child.join()
    return line | found, spent


class Outcomes:
    """The outcome of each test of one seed."""

    def __init__(self) -> None:
        self.worst: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep a test's outcome; a failure in any phase is a failure."""
        if report.failed:
            self.worst[report.nodeid] = "failed"
        elif report.skipped or report.when == "call":
            self.worst.setdefault(report.nodeid, "skipped" if report.skipped else "passed")


def processor_seconds() -> float:
    """Return the processor seconds of this process and of those it waited for."""
    return sum(os.times()[:4])


def _child(
    session: pytest.Session, items: list[pytest.Item], seed: int, answer: Connection
) -> None:
    """Run the tests with this seed, and return only the outcome."""
    started, before = time.perf_counter(), processor_seconds()
    spent: Spent = {}
    config = session.config
    outcomes, account = Outcomes(), config.stash[false_alarms.ACCOUNT]
    config.pluginmanager.unregister(name="terminalreporter")
    config.pluginmanager.register(outcomes)
    follow(config, seed)
    with tempfile.TemporaryDirectory(prefix="varproof-seed-") as folder:
        # Runs with a common folder for temporary files would delete each other's.
        config.option.basetemp = Path(folder) / "tests"
        config._tmp_path_factory = pytest.TempPathFactory.from_config(config, _ispytest=True)  # noqa: SLF001
        for item, following in zip(items, [*items[1:], None], strict=True):
            begun = processor_seconds()
            config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            spent[item.nodeid] = processor_seconds() - begun
    worst = outcomes.worst
    line = {
        "passed": sum(how == "passed" for how in worst.values()),
        "skipped": sum(how == "skipped" for how in worst.values()),
        "failed": sorted(test for test, how in worst.items() if how == "failed"),
        "spent": math.fsum(account.amounts),
        "checks": len(account.amounts),
        "seconds": round(time.perf_counter() - started, 1),
        "processor": round(processor_seconds() - before, 1),
    }
    if account.overdrawn:
        line["failed"] += [account.line]
    answer.send((line, spent))
    answer.close()
    os._exit(0)

r"""The ledger: the claims that a run of the tests established, in a file for the report.

A test that establishes a claim asks for the fixture ``ledger`` and records it::

    def test_update_of_q_z1_equals_enumeration(ledger, rng):
        entry = ledger.record(
            key="dice.q_z1",
            claim="the update equals the enumerated expectation of the log joint",
            kind="enumeration",
        )
        worst = ...
        entry.figures["largest_error"] = worst
        assert worst < 1e-12

A test that only asserts does the same by a mark; its docstring is the claim::

    @pytest.mark.establishes("dice.elbo", kind="enumeration")

Record first and measure after: then a failure is entered with its key. The verdict is
*established* only if the whole test passed, teardown included; otherwise it is *refuted*. An entry
of kind *monte carlo* carries ``alpha``, the share of the run's false-alarm budget that its test
has spent; a test that recorded one and spent nothing fails. Nothing is written unless
``--ledger PATH`` is given. Workers send their entries to the controlling process with their
reports. It alone writes the file, under a temporary name that is then changed.

Schema, version 4
-----------------
schema : int
    4. Other versions are refused by readers.
package : {"name": str, "version": str}
    The distribution under test.
sources : {"derivations": str, "impl": str}
    ``sha256:`` and the hex digest over the package's Python files: for each file in the order of
    its POSIX path relative to the package, that path, a zero byte, the file's bytes, a zero byte.
    The evidence is current if the code has the same digests.
seed : int
device : "cpu" | "cuda"
python : str
selection : {"keyword": str, "markers": str, "deselected": int}
    The values of ``-k`` and ``-m``, so that a partial run is recognized as one.
exit_status : int
    0 if everything passed.
counts : {"passed": int, "failed": int, "skipped": int, "xfailed": int}
    A test with an error in setup or teardown counts as failed, and so does a file that cannot
    be collected.
false_alarms : {"spent": float, "allowed": float, "checks": int}
    The share of the run's budget that Monte Carlo checks spent in all processes, and the number
    of checks; each run of a check counts.
failures : [str]
    Node ids of what failed, whether or not it recorded anything; sorted.
historical : [{"name": str, "kind": str, "test": str, "outcome": str}]
    The error that each test marked ``historical`` rejects, its kind of evidence, its outcome.
edited : [{"key", "kind", "path", "old", "new", "fate", "reason": str}]
    The outcome for each deliberate error in the sources (``harness.broken``).
entries : [entry], sorted by key, then by test
    test : str                  node id
    key : str                   key of the derivation, ``dice.q_z1``
    claim : str                 one sentence
    kind : str                  one of KINDS
    verdict : "established" | "refuted" | "unknown"
    figures : {str: number | str | bool | [...]}    what was measured; finite numbers only
"""

import importlib.metadata
import json
import math
import platform
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pytest

from derivations.evidence.runs import write
from harness import device, false_alarms
from harness.digest import PACKAGES, digest

SCHEMA = 4
DISTRIBUTION = "varproof"
KINDS = (
    "proof",
    "enclosure",
    "quadrature",
    "finite difference",
    "transcription",
    "enumeration",
    "monte carlo",
)
VERDICTS = ("established", "refuted", "unknown")
HISTORICAL, EDITED = "historical", "edited"


@dataclass
class Entry:
    """One claim and what a test found about it; ``figures`` may be filled until the test ends."""

    test: str
    key: str
    claim: str
    kind: str
    verdict: str = "established"
    figures: dict[str, object] = field(default_factory=dict)


class Ledger:
    """The entries of one test."""

    def __init__(self, test: str) -> None:
        self.test = test
        self.entries: list[Entry] = []

    def record(
        self,
        *,
        key: str,
        claim: str,
        kind: str,
        verdict: str = "established",
        figures: dict[str, object] | None = None,
    ) -> Entry:
        """Enter a claim under the key of its derivation; it is established if the test passes."""
        for name, value, known in (("kind", kind, KINDS), ("verdict", verdict, VERDICTS)):
            if value not in known:
                msg = f"{name} wants one of {', '.join(known)}; got {value!r}"
                raise ValueError(msg)
        entry = Entry(self.test, key, claim, kind, verdict, dict(figures or {}))
        self.entries.append(entry)
        return entry


LEDGER = pytest.StashKey[Ledger]()
BOOK = pytest.StashKey["Book"]()


def plain(value: object) -> object:
    """Convert a figure for JSON, and refuse one that is not finite."""
    if hasattr(value, "tolist"):  # NumPy scalars and arrays, Torch tensors
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    msg = f"a figure wants finite numbers, text or lists of them; got {value!r}"
    raise ValueError(msg)


def written(entry: Entry) -> str:
    """Write an entry as one line of JSON."""
    figures = {name: plain(value) for name, value in entry.figures.items()}
    return json.dumps({**asdict(entry), "figures": figures}, allow_nan=False)


@pytest.fixture(autouse=True)
def _establishes(request: pytest.FixtureRequest) -> None:
    """Record the claim of ``@pytest.mark.establishes``, which is the docstring."""
    for mark in request.node.iter_markers("establishes"):
        claim = " ".join(request.function.__doc__.split("\n\n")[0].split())
        for key in mark.args:
            request.getfixturevalue("ledger").record(key=key, claim=claim, **mark.kwargs)


@pytest.fixture
def ledger(request: pytest.FixtureRequest) -> Ledger:
    """Give the test a ledger for the claims that it establishes."""
    book = Ledger(request.node.nodeid)
    request.node.stash[LEDGER] = book
    return book


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo):  # noqa: ANN201
    """Attach the entries to the report of the test's call, which is sent between processes."""
    report = yield
    if call.when == "call" and LEDGER in item.stash:
        try:
            entries = item.stash[LEDGER].entries
            for entry in entries if report.passed else ():
                if entry.kind == "monte carlo":
                    false_alarms.state(entry.claim, entry.figures, item)
            texts = [written(entry) for entry in entries]
        except ValueError as error:
            report.outcome, report.longrepr = "failed", f"ledger: {error}"
            texts = []
        report.user_properties.extend(("ledger", text) for text in texts)
    return report


class Book:
    """The entries of all reports, gathered by the controlling process and written at the end."""

    def __init__(self, path: Path, version: str) -> None:
        self.path = path
        self.version = version
        self.entries: dict[str, list[dict[str, object]]] = {}
        self.outcomes: dict[str, str] = {}
        self.historical: set[tuple[str, str]] = set()
        self.edited: set[str] = set()
        self.deselected = 0

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """Count the deselected tests."""
        self.deselected += len(items)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Count a file that cannot be read as a failure."""
        if report.failed:
            self.outcomes[report.nodeid] = "failed"

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the worst outcome of a test's three phases, and its entries."""
        if report.failed:
            self.outcomes[report.nodeid] = "failed"
        elif report.skipped:
            kind = "xfailed" if hasattr(report, "wasxfail") else "skipped"
            self.outcomes.setdefault(report.nodeid, kind)
        elif report.when == "call":
            self.outcomes.setdefault(report.nodeid, "passed")
        if report.when == "call":
            texts = [text for name, text in report.user_properties if name == "ledger"]
            self.entries[report.nodeid] = [json.loads(text) for text in texts]
        rejected = (text for name, text in report.user_properties if name == HISTORICAL)
        self.historical.update((text, report.nodeid) for text in rejected)
        self.edited.update(text for name, text in report.user_properties if name == EDITED)

    def settled(self) -> list[dict[str, object]]:
        """List the entries of tests that ran, with the verdict their outcome allows."""
        kept = []
        for test, entries in self.entries.items():
            outcome = self.outcomes.get(test)
            if outcome == "failed":
                kept += [{**entry, "verdict": "refuted"} for entry in entries]
            elif outcome == "passed":
                kept += entries
        return sorted(kept, key=lambda entry: (entry["key"], entry["test"], entry["claim"]))

    def document(self, config: pytest.Config, exit_status: int) -> dict[str, object]:
        """Compose the file's contents."""
        counts = Counter(self.outcomes.values())
        return {
            "schema": SCHEMA,
            "package": {"name": DISTRIBUTION, "version": self.version},
            "sources": {package: digest(package) for package in PACKAGES},
            "seed": int(config.option.seed),
            "device": config.stash[device.NAME],
            "python": platform.python_version(),
            "selection": {
                "keyword": config.option.keyword,
                "markers": config.option.markexpr,
                "deselected": self.deselected,
            },
            "exit_status": exit_status,
            "counts": {name: counts[name] for name in ("passed", "failed", "skipped", "xfailed")},
            "false_alarms": config.stash[false_alarms.ACCOUNT].figures,
            "failures": sorted(test for test, how in self.outcomes.items() if how == "failed"),
            "historical": [
                {**json.loads(text), "test": test, "outcome": self.outcomes.get(test, "unknown")}
                for text, test in sorted(self.historical)
            ],
            "edited": [json.loads(text) for text in sorted(self.edited)],
            "entries": self.settled(),
        }


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--ledger``."""
    parser.addoption(
        "--ledger", type=Path, metavar="PATH", help="write established claims to this file"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Open the book in the controlling process if a path was given."""
    path = config.getoption("--ledger")
    if path is None or hasattr(config, "workerinput"):
        return
    try:
        version = importlib.metadata.version(DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError as error:
        msg = f"--ledger wants {DISTRIBUTION} installed, to name the version under test"
        raise pytest.UsageError(msg) from error
    book = Book(config.invocation_params.dir / path, version)
    book.path.unlink(missing_ok=True)  # an aborted run must not leave the ledger of an older one
    config.stash[BOOK] = book
    config.pluginmanager.register(book, "varproof-ledger-book")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the ledger."""
    book = session.config.stash.get(BOOK, None)
    if book is not None:
        content = book.document(session.config, int(session.exitstatus))
        write(book.path, content)

"""Tests run inside a child: plain, to see which lines each one reaches, or against a mutant."""

import importlib.machinery
import importlib.util
import os
import sys
import time
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import coverage
import pytest
from coverage.parser import PythonParser

PLUGINS = ("_hypothesis_pytestplugin", "pytest_timeout")
ARGUMENTS = (
    *("-p", "no:cacheprovider"),
    *(word for plugin in PLUGINS for word in ("-p", plugin)),  # and no others: they cost a second
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),  # plugins are imported beforehand
    *("-m", "not slow and not peers"),
)


class _Loader(importlib.machinery.SourceFileLoader):
    """Load another text than the file's."""

    def __init__(self, name: str, path: str, text: str) -> None:
        super().__init__(name, path)
        self.text = text
        self.used = False

    def get_code(self, fullname: str) -> CodeType:
        self.used = True
        return compile(self.text, self.get_filename(fullname), "exec", dont_inherit=True)


class Mutated(MetaPathFinder):
    """Find one module, with another text than its file's."""

    def __init__(self, module: str, path: Path, text: str) -> None:
        self.module = module
        self.loader = _Loader(module, str(path), text)

    def find_spec(
        self, fullname: str, _path: object = None, _target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Answer for that module only."""
        if fullname != self.module:
            return None
        return importlib.util.spec_from_file_location(
            fullname, self.loader.path, loader=self.loader
        )


class Listener:
    """A plugin that orders the chosen tests, and notes what passed and what failed first.

    A test that was not there before runs as well: a mutant may have renamed it.
    """

    def __init__(self, chosen: Sequence[str] = (), known: Sequence[str] = ()) -> None:
        self.order = {name: place for place, name in enumerate(chosen)}
        self.left_out = set(known) - set(chosen)
        self.failed = ""
        self.passed: list[str] = []
        self.skipped: list[str] = []

    def pytest_sessionstart(self) -> None:
        """Search for no smaller counterexample: the first one has decided."""
        from hypothesis import Phase, settings  # noqa: PLC0415  (after the seed set its profile)

        settings.register_profile(
            "mutation", settings(), phases=(Phase.explicit, Phase.reuse, Phase.generate)
        )
        settings.load_profile("mutation")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the chosen tests, in their order."""
        items[:] = [item for item in items if item.nodeid not in self.left_out]
        items.sort(key=lambda item: self.order.get(item.nodeid, len(self.order)))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Count a file that cannot be read as a failure."""
        if report.failed:
            self.failed = self.failed or report.nodeid

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the outcome."""
        if report.failed:
            self.failed = self.failed or report.nodeid
        elif report.skipped:
            self.skipped.append(report.nodeid)
        elif report.when == "call":
            self.passed.append(report.nodeid)


class _Contexts:
    """A plugin that tells coverage which test runs, and times it."""

    def __init__(self, measured: coverage.Coverage) -> None:
        self.measured = measured
        self.seconds: dict[str, float] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> object:
        """Enter lines under the test's name."""
        self.measured.switch_context(item.nodeid)
        started = time.process_time()
        result = yield
        self.seconds[item.nodeid] = time.process_time() - started
        self.measured.switch_context("")
        return result


def _pytest(arguments: Sequence[str], *plugins: object) -> int:
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    return int(pytest.main([*ARGUMENTS, *arguments], plugins=list(plugins)))


def plain(tests: Sequence[str], sources: dict[str, str]) -> dict[str, Any]:
    """Run tests on the code as it is: which pass, how long they take, what reaches which line.

    Lines run at import stand under the empty name. ``sources`` maps modules to their files.
    """
    measured = coverage.Coverage(
        data_file=None, include=list(sources.values()), config_file=False, messages=False
    )
    listener, contexts = Listener(), _Contexts(measured)
    measured.start()
    status = _pytest(tests, listener, contexts)
    measured.stop()
    data = measured.get_data()
    return {
        "status": status,
        "failed": listener.failed,
        "passed": listener.passed,
        "seconds": contexts.seconds,
        "imported": sorted(sys.modules),
        "reached": {
            module: _by_statement(path, data.contexts_by_lineno(path))
            for module, path in sources.items()
        },
    }


def _by_statement(path: str, lines: dict[int, list[str]]) -> dict[int, list[str]]:
    """Give every line of a statement the tests that reach any: a constant's line has no own."""
    parser = PythonParser(filename=path)
    parser.parse_source()
    whole: dict[int, set[str]] = {}
    for line, names in lines.items():
        whole.setdefault(parser.first_line(line), set()).update(names)
    last = len(Path(path).read_text(encoding="utf-8").splitlines())
    found = ((line, whole.get(parser.first_line(line))) for line in range(1, last + 1))
    return {line: sorted(names) for line, names in found if names}


def against(
    module: str, path: Path, text: str, chosen: Sequence[str], known: Sequence[str]
) -> dict[str, Any]:
    """Run the chosen tests on a mutant until one fails; ``known`` are all in the same files."""
    finder = Mutated(module, path, text)
    sys.meta_path.insert(0, finder)
    listener = Listener(chosen, known)
    files = dict.fromkeys(name.split("::", maxsplit=1)[0] for name in chosen)
    status = _pytest(["-x", *files], listener)
    return {
        "status": status,
        "failed": listener.failed,
        "passed": listener.passed,
        "loaded": finder.loader.used,
    }

"""Each mutant of a module: killed by a test, too slow for it, or alive."""

import ast
import gc
import importlib
import importlib.util
import itertools
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from pathlib import Path

from code_mutation.children import ChildError, Ended, forked
from code_mutation.generation import Mutant
from code_mutation.running import against, plain

GRACE, FACTOR = 20.0, 5.0
"""A mutant may take this many seconds and this many times what its tests take without it."""
FAST = 5.0
"""Seconds of processor time: a test that takes more is left out."""
BASELINE = 3000.0
ENOUGH = 20.0
"""Seconds of tests a mutant is given in all, the quickest first."""
FIRST = 4
"""Tests tried before all others: to collect the files of all takes longer than most tests."""


class Fate(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    TIMED_OUT = "timed out"
    SURVIVED = "survived"


@dataclass(frozen=True)
class Verdict:
    """What became of one mutant, and which test decided."""

    mutant: Mutant
    fate: Fate
    by: str = ""


@dataclass(frozen=True)
class Baseline:
    """What the tests do without a mutant, in what JSON can hold."""

    seconds: dict[str, float]
    imported: list[str]
    reached: dict[str, dict[str, list[str]]]
    passed: list[str]
    packages: list[str]

    def tests(self, module: str, lines: range) -> list[str]:
        """List the tests that reach these lines, the quickest first; at import, all of them."""
        found = {name for line in lines for name in self.reached[module].get(str(line), ())}
        if found == {""}:
            return self.everything(module)
        return sorted(found - {""}, key=lambda name: (self.seconds[name], name))

    def everything(self, module: str) -> list[str]:
        """List the tests that reach any line of a module."""
        found = {name for names in self.reached[module].values() for name in names} - {""}
        return sorted(found, key=lambda name: (self.seconds[name], name))

    def beside(self, tests: Sequence[str]) -> list[str]:
        """List the other tests of the same files, the quickest first."""
        files = {name.split("::", maxsplit=1)[0] for name in tests}
        found = {n for n in self.passed if n.split("::", maxsplit=1)[0] in files} - set(tests)
        return sorted(found, key=lambda name: (self.seconds[name], name))


def file_of(module: str) -> Path:
    """Find a module's file without importing it."""
    path = Path(*module.split(".")).with_suffix(".py")
    root = importlib.util.find_spec(path.parts[0])
    if root is None or not root.submodule_search_locations:
        msg = f"{module}: no such package"
        raise ModuleNotFoundError(msg)
    return Path(next(iter(root.submodule_search_locations))).joinpath(*path.parts[1:])


def baseline(tests: Sequence[str], modules: Sequence[str], packages: Sequence[str]) -> Baseline:
    """Run the tests on the code as it is; all must pass, or nothing they say of a mutant counts.

    Raises
    ------
    ChildError
        If a test fails, or none ran.
    """
    sources = {module: str(file_of(module)) for module in modules}
    ended = forked(partial(plain, tests, sources), BASELINE)
    if ended.value is None:
        msg = f"the tests without a mutant did not end well: {ended}"
        raise ChildError(msg)
    if ended.value["failed"] or ended.value["status"] or not ended.value["passed"]:
        failed = ended.value["failed"] or f"status {ended.value['status']}"
        msg = f"the tests want to pass without a mutant; got {failed}"
        raise ChildError(msg)
    seconds = ended.value["seconds"]
    passed = [name for name in ended.value["passed"] if seconds[name] <= FAST]
    named = {*passed, ""}
    reached = {
        module: {line: [n for n in names if n in named] for line, names in at.items()}
        for module, at in ended.value["reached"].items()
    }
    return Baseline(seconds, ended.value["imported"], reached, passed, list(packages))


def _imports(path: Path) -> Iterator[str]:
    """Yield the names a file may import."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _parents(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:n]) for n in range(1, len(parts))]


def dependents(module: str, root: Path, package: str) -> set[str]:
    """Name every module of a package whose import may import this one; it is among them."""
    edges: dict[str, set[str]] = {}
    for path in root.rglob("*.py"):
        parts = [package, *path.relative_to(root).with_suffix("").parts]
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        named = {*_imports(path), *_parents(name)}
        edges[name] = named | {parent for other in named for parent in _parents(other)}
    found = {module}
    while more := {name for name, named in edges.items() if named & found} - found:
        found |= more
    return found


def preload(module: str, base: Baseline) -> None:
    """Import here, once for all mutants, what the tests import that cannot hold the mutant."""
    top = module.split(".", maxsplit=1)[0]
    root = file_of(f"{top}.__init__").parent
    without = dependents(module, root, top)
    here = Path.cwd().resolve()
    for name in base.imported:
        first = name.split(".", maxsplit=1)[0]
        if name in without or name in sys.modules or first.startswith("__"):
            continue
        if first not in base.packages:
            spec = importlib.util.find_spec(first)
            if spec is None or Path(spec.origin or here).resolve().is_relative_to(here):
                continue  # tests and what lies beside them may import the mutant
        try:
            importlib.import_module(name)
        except ImportError:
            continue  # the child imports it itself, or does without
    if module in sys.modules:
        msg = f"{module} was imported before its mutants"
        raise ChildError(msg)
    gc.collect()
    gc.freeze()  # the children collect their own garbage, several times, and need not look here


def judge(module: str, mutant: Mutant, base: Baseline, kills: Counter[str]) -> Verdict:
    """Run a few tests that reach a mutant, then all of them and the others in the same files.

    First come those that killed most so far, then the quickest. What one test leaves in a cache or
    a shared fixture, others read without reaching the line; hence the rest of the files. A test
    that kills for the first time is run alone without a mutant.

    Raises
    ------
    ChildError
        If it fails then, too: it needs what other tests leave behind.
    """
    chosen = sorted(base.tests(module, mutant.lines), key=lambda name: -kills[name])
    if not chosen:
        return Verdict(mutant, Fate.SURVIVED, "no test reaches it")
    verdict = _tried(module, mutant, chosen[:FIRST], base)
    if verdict.fate is Fate.SURVIVED:
        verdict = _tried(module, mutant, _within(chosen + base.beside(chosen), base), base)
    if verdict.by in base.passed and not kills[verdict.by]:
        text = file_of(module).read_text(encoding="utf-8")
        alone = _tried(module, replace(mutant, source=text), [verdict.by], base)
        if alone.fate is not Fate.SURVIVED:
            msg = f"{verdict.by} wants to pass alone without a mutant; got {alone.fate}"
            raise ChildError(msg)
    kills[verdict.by] += 1
    return verdict


def _within(tests: Sequence[str], base: Baseline) -> list[str]:
    """Take tests while their time lasts."""
    ends = itertools.accumulate(base.seconds[name] for name in tests)
    return [name for name, end in zip(tests, ends, strict=True) if end <= ENOUGH]


def _tried(module: str, mutant: Mutant, chosen: Sequence[str], base: Baseline) -> Verdict:
    known = tuple(base.seconds)
    seconds = GRACE + FACTOR * sum(base.seconds[name] for name in chosen)
    work = partial(against, module, file_of(module), mutant.source, chosen, known)
    return _read(mutant, chosen, forked(work, seconds))


def _read(mutant: Mutant, chosen: Sequence[str], ended: Ended) -> Verdict:
    if ended.late:
        return Verdict(mutant, Fate.TIMED_OUT)
    if ended.signal:
        return Verdict(mutant, Fate.KILLED, f"signal {ended.signal}")
    found = ended.value
    if found["failed"]:
        return Verdict(mutant, Fate.KILLED, found["failed"])
    if found["status"] or not found["loaded"]:
        msg = f"status {found['status']}, no failure, mutant loaded: {found['loaded']}: {mutant}"
        raise ChildError(msg)
    absent = len(set(chosen) - set(found["passed"]))
    return Verdict(mutant, Fate.SURVIVED, f"{absent} tests were not found" if absent else "")

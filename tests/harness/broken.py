"""Deliberate errors in the sources: a copy of a problem's package is edited and judged."""

import importlib
import importlib.util
import itertools
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from derivations import problems
from harness.project import ROOT

if TYPE_CHECKING:
    from derivations.claims.statements import Derivation

KINDS = (
    "notation",
    "relation",
    "family",
    "index",
    "assumption",
    "rule",
    "algebra",
    "definition",
    "letters",
    "model",
)
PROBLEMS = tuple(problems.PROBLEMS)
FOLDER = ROOT / "tests" / "derivations" / "claims" / "broken"
_NUMBERS = itertools.count()


@dataclass(frozen=True)
class Case:
    """An edit: the key of the derivation, its kind, the file, the text before and after."""

    key: str
    kind: str
    path: str
    old: str
    new: str


def cases(problem: str) -> list[Case]:
    """Return the edits of a problem."""
    path = FOLDER / f"{problem}.py"
    if not path.is_file():
        return []
    spec = importlib.util.spec_from_file_location(f"broken_{problem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return [Case(*row) for row in module.BROKEN]


def verdict(case: Case, seed: int = 0) -> str:
    """Apply an edit to a copy of its problem's package; return the verdict on the derivation."""
    from derivations.claims.judging import judge  # noqa: PLC0415 - collecting needs no SymPy

    try:
        with edited(case) as derivation:
            return judge(derivation, seed).verdict.value
    except ValueError as error:  # the base classes of all errors that refuse a statement
        return f"refused: {type(error).__name__}: {error}"


def record(case: Case, found: str) -> str:
    """Return an edit and its outcome as a line of JSON, for the ledger."""
    fate, _, reason = found.partition(": ")
    return json.dumps({**asdict(case), "fate": fate, "reason": reason})


@contextmanager
def edited(case: Case) -> Iterator["Derivation"]:
    """Give the derivation of an edited copy, which is imported under a separate name."""
    from derivations.claims import registry  # noqa: PLC0415 - as above

    package = ROOT / "derivations" / "problems" / case.key.partition(".")[0]
    rules = ROOT / "derivations" / "rules"
    source = ROOT / case.path
    name = f"broken_copy_{next(_NUMBERS)}"
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / name
        shutil.copytree(package, copy, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(rules, copy / "rules", ignore=shutil.ignore_patterns("__pycache__"))
        if source.is_relative_to(package):
            target = copy / source.relative_to(package)
        elif source.is_relative_to(rules):
            target = copy / "rules" / source.relative_to(rules)
        else:
            message = f"{case.path}: wanted a file of {package.name} or of the rules"
            raise FileNotFoundError(message)
        for file in copy.rglob("*.py"):
            text = file.read_text(encoding="utf-8")
            if file == target:
                text = text.replace(case.old, case.new)
            text = text.replace(f"derivations.problems.{package.name}", name)
            file.write_text(text.replace("derivations.rules", f"{name}.rules"), encoding="utf-8")
        sys.path.insert(0, scratch)
        known = dict(registry._BUILDERS)  # noqa: SLF001 - the copy registers the same keys
        registry._BUILDERS.clear()  # noqa: SLF001
        try:
            for file in sorted(copy.glob("*.py")):
                importlib.import_module(f"{name}.{file.stem}")
            yield registry.built(case.key)
        finally:
            registry._BUILDERS.clear()  # noqa: SLF001
            registry._BUILDERS.update(known)  # noqa: SLF001
            sys.path.remove(scratch)
            for module in [m for m in sys.modules if m.partition(".")[0] == name]:
                del sys.modules[module]

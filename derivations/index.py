"""The index of all keys, read from the decorators in the source, so that no SymPy is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from derivations.problems import PROBLEMS

if TYPE_CHECKING:
    from derivations.claims.statements import Derivation

BEYOND = "beyond the sheet"
LISTING = "varproof list"
_FOLDER = Path(__file__).parent / "problems"


@dataclass(frozen=True)
class Entry:
    """A key, the question it answers, a title, the code that computes it, the module."""

    key: str
    question: str
    title: str
    code: tuple[str, ...]
    module: str

    @property
    def problem(self) -> str:
        """The first part of its key."""
        return self.key.partition(".")[0]


class UnknownKeyError(KeyError):
    """No derivation has the key."""


class FileError(UnknownKeyError):
    """A user's file that cannot be read as declarations."""


FILE = ".py"
"""How a user's own file ends; its keys are written ``my_model.py::lda.q_phi``."""


def is_in_file(name: str) -> bool:
    """Return whether a name is a user's file, or a key in one."""
    return name.partition("::")[0].endswith(FILE)


@cache
def entries() -> tuple[Entry, ...]:
    """Return every key, problem by problem, in the order of the report."""
    return tuple(e for problem in PROBLEMS for e in _of_problem(problem))


def _of_problem(problem: str) -> Iterator[Entry]:
    folder = _FOLDER / problem
    for name in _modules(folder / "__init__.py"):
        tree = ast.parse((folder / f"{name}.py").read_text(encoding="utf-8"))
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                for decorator in node.decorator_list:
                    if isinstance(decorator, ast.Call) and _name(decorator) == "derivation":
                        yield _entry(decorator, f"derivations.problems.{problem}.{name}")


def _modules(path: Path) -> tuple[str, ...]:
    """Return the modules that a problem names, in the order of the report."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "MODULES":
            return tuple(ast.literal_eval(node.value))
    message = f"{path.parent.name}: wanted MODULES, the modules in the order of reading"
    raise ValueError(message)


def _name(call: ast.Call) -> str:
    return str(getattr(call.func, "id", getattr(call.func, "attr", "")))


def _entry(call: ast.Call, module: str) -> Entry:
    """Read the literal arguments of a decorator; a question may be the constant ``BEYOND``."""

    def value(node: ast.expr) -> Any:  # noqa: ANN401 - a literal of any kind
        return BEYOND if getattr(node, "id", "") == "BEYOND" else ast.literal_eval(node)

    given = {k.arg: k.value for k in call.keywords}
    return Entry(
        ast.literal_eval(call.args[0]),
        value(given["question"]),
        value(given["title"]),
        tuple(value(given["code"])) if "code" in given else (),
        module,
    )


def entry(key: str) -> Entry:
    """Return the entry of a key, or raise an error that names similar keys."""
    if is_in_file(key):
        return Entry(key, "", key.rpartition("::")[2], (), "")
    for candidate in entries():
        if candidate.key == key:
            return candidate
    known = [e.key for e in entries()]
    near = get_close_matches(key, [*known, *PROBLEMS]) or [
        k for k in known if k.partition(".")[2] == key
    ]
    asked = f"did you mean {' or '.join(near)}? " if near else ""
    message = f"wanted the key of a derivation, got {key!r}; {asked}{LISTING} prints all"
    raise UnknownKeyError(message)


def keys_of(name: str) -> list[str]:
    """Return the keys that a name stands for: all those of a problem or a file, or itself."""
    if is_in_file(name):
        found: list[str] = import_module("derivations.declaring.files").keys_in(name)
        return found
    return [e.key for e in entries() if e.problem == name] or [entry(name).key]


def derive(key: str) -> Derivation:
    """Build one derivation."""
    if is_in_file(key):
        made: Derivation = import_module("derivations.declaring.files").derive_in(key)
        return made
    import_module(entry(key).module)
    from derivations.claims.registry import built  # noqa: PLC0415 - listing must start without SymPy

    return built(key)

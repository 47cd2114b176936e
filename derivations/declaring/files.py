"""Models and derivations in a user's own file, named as ``my_model.py`` or ``my_model.py::KEY``."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from collections.abc import Callable
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import ModuleType

from derivations.claims.registry import registered, taken_since
from derivations.claims.statements import Derivation
from derivations.declaring.derived import derivations_of
from derivations.declaring.model import DeclaredModel
from derivations.index import FileError

SEPARATOR = "::"


def builders(path: str) -> dict[str, Callable[[], Derivation]]:
    """Return what builds each derivation of a file, by key.

    These are the derivations of the models it declares, and those that it writes itself with the
    decorator `derivation`.

    Raises
    ------
    FileError
        If the file is missing, fails when it is run, or declares nothing.
    """
    return _read_now(path)[0]


def without(path: str) -> dict[str, str]:
    """Return the derivations that a file's models do not have, and why."""
    return _read_now(path)[1]


def models(path: str) -> dict[str, DeclaredModel]:
    """Return the models that a file declares, by name."""
    return _read_now(path)[2]


def keys_in(name: str) -> list[str]:
    """Return the keys of a file, or the one that is named, each with its file in front."""
    path, _, wanted = name.partition(SEPARATOR)
    known = builders(path)
    if not wanted:
        return [f"{path}{SEPARATOR}{key}" for key in known]
    found = [key for key in known if wanted in {key, key.partition(".")[2]}]
    if len(found) == 1:
        return [f"{path}{SEPARATOR}{found[0]}"]
    if wanted in {key.partition(".")[0] for key in known}:
        return [f"{path}{SEPARATOR}{key}" for key in known if key.startswith(f"{wanted}.")]
    absent = {k: why for k, why in without(path).items() if wanted in {k, k.partition(".")[2]}}
    for why in absent.values():
        message = f"{path} has no {wanted}: {why}"
        raise FileError(message)
    names = [key.partition(".")[2] for key in known]
    near = get_close_matches(wanted, [*known, *names])
    asked = f"; did you mean {' or '.join(near)}?" if near else f": {', '.join(known)}"
    message = f"{path}: wanted one of its keys, got {wanted!r}{asked}"
    raise FileError(message)


def derive_in(name: str) -> Derivation:
    """Build the derivation of a key with its file in front."""
    path, _, key = name.partition(SEPARATOR)
    return builders(path)[key]()


Read = tuple[dict[str, Callable[[], Derivation]], dict[str, str], dict[str, DeclaredModel]]


def _read_now(path: str) -> Read:
    """Read a file, once for as long as it is not edited."""
    file = Path(path).resolve()
    return _read(str(file), path, file.stat().st_mtime_ns if file.is_file() else 0)


@cache
def _read(resolved: str, path: str, _edited: int) -> Read:
    before = registered()
    try:
        module = _run(resolved, path)
    finally:
        own = taken_since(before)  # two files may have a key in common
    declared: dict[str, DeclaredModel] = {}
    for value in vars(module).values():
        if isinstance(value, DeclaredModel) and value not in declared.values():
            if value.name in declared:
                message = (
                    f"{path}: wanted each model under its own name, got two named {value.name}"
                )
                raise FileError(message)
            declared[value.name] = value
    found: dict[str, Callable[[], Derivation]] = {}
    absent: dict[str, str] = {}
    for model in declared.values():
        try:
            derived = derivations_of(model)
        except ValueError as error:
            message = f"{path}: {error}"
            raise FileError(message) from None
        found |= derived.builders
        absent |= derived.without
    found |= own
    if not found:
        message = f"{path}: wanted a model, as in m = varproof.Model('name'), or a derivation"
        raise FileError(message)
    return found, absent, declared


def _run(resolved: str, path: str) -> ModuleType:
    """Run a file as a module; what it raises becomes one line that names its line."""
    if not Path(resolved).is_file():
        message = f"wanted a file of declarations, got {path}, which does not exist"
        raise FileError(message)
    name = f"varproof_user_{Path(resolved).stem}"
    spec = importlib.util.spec_from_file_location(name, resolved)
    if spec is None or spec.loader is None:
        message = f"{path}: wanted a Python file"
        raise FileError(message)
    module = importlib.util.module_from_spec(spec)
    folder = str(Path(resolved).parent)
    sys.modules[name] = module
    sys.path.insert(0, folder)
    try:
        spec.loader.exec_module(module)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever a user's file raises
        raise FileError(_told(error, resolved, path)) from None
    finally:
        sys.path.remove(folder)
    return module


def _told(error: BaseException, resolved: str, path: str) -> str:
    """Return one line: the file, the line in it, the error."""
    if isinstance(error, SyntaxError):
        return f"{path}, line {error.lineno}: {error.msg}"
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == resolved]
    place = f"{path}, line {frames[-1].lineno}" if frames else path
    said = f"{error}" if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
    return f"{place}: {said}"

"""Runs over many derivations: side by side, about this very code, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import forkserver
from pathlib import Path
from typing import Any, TypeVar

import derivations

Outcome = TypeVar("Outcome")


@dataclass(frozen=True)
class Failure:
    """A derivation of which nothing is known, and why."""

    key: str
    reason: str


def side_by_side(judge: Callable[[str], Outcome], keys: list[str]) -> Iterator[Outcome | Failure]:
    """Judge derivations side by side, and yield what comes of them in their order.

    A process that dies takes down those beside it, and does not say which key it had: the keys
    left are then judged one at a time, so that only one whose own process dies is a failure.
    Where there is one key, or one core, all are judged in this process.
    """
    number = min(len(keys), os.cpu_count() or 1)
    if number == 1:
        yield from map(judge, keys)
        return
    done = 0
    try:
        with _processes(number) as pool:
            for outcome in pool.map(judge, keys):
                done += 1
                yield outcome
    except BrokenProcessPool:
        yield from _one_at_a_time(judge, keys[done:])


def _one_at_a_time(judge: Callable[[str], Outcome], keys: list[str]) -> Iterator[Outcome | Failure]:
    """Judge each key in a process that has no other; a new one follows one that died."""
    left = iter(keys)
    for key in left:
        try:
            with _processes(1) as pool:
                yield pool.submit(judge, key).result()
                for key in left:  # noqa: PLW2901 - the outer loop goes on with a new process
                    yield pool.submit(judge, key).result()
        except BrokenProcessPool:
            reason = f"the process that judged {key} died, as one that is out of memory does"
            yield Failure(key, reason)


CAN_COPY = "forkserver" in multiprocessing.get_all_start_methods()


def prepare(module: str) -> None:
    """Start the process that others will be copies of: it imports a module while this one does."""
    if CAN_COPY and (os.cpu_count() or 1) > 1:
        multiprocessing.set_forkserver_preload(["__main__", module])
        forkserver.ensure_running()


def _processes(number: int) -> ProcessPoolExecutor:
    kind = "forkserver" if CAN_COPY else "spawn"
    return ProcessPoolExecutor(number, mp_context=multiprocessing.get_context(kind))


def digest() -> str:
    """Return the digest of this package's Python files, as the tests' ledger defines it."""
    root = Path(next(iter(derivations.__path__)))
    total = hashlib.sha256()
    for name, file in sorted((p.relative_to(root).as_posix(), p) for p in root.rglob("*.py")):
        total.update(name.encode() + b"\0" + file.read_bytes() + b"\0")
    return f"sha256:{total.hexdigest()}"


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Write a record as strict JSON, whole or not at all."""
    write_whole(path, json.dumps(content, indent=1, allow_nan=False) + "\n")


def write_whole(path: Path, text: str) -> None:
    """Write beside the file and rename, so that a run that is stopped leaves no half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def read(path: Path, schema: int) -> dict[str, Any] | None:
    """Return a run that was written, or None where there is none of this very code."""
    if not path.is_file():
        return None
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    current = content.get("schema") == schema and content["sources"] == {"derivations": digest()}
    return content if current else None

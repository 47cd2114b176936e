"""Runs over many derivations: in parallel, with the digest of the code, written atomically."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import forkserver, resource_tracker
from pathlib import Path
from typing import Any, TypeVar

import derivations

Outcome = TypeVar("Outcome")


@dataclass(frozen=True)
class Failure:
    """A derivation that could not be judged, and why."""

    key: str
    reason: str


def side_by_side(judge: Callable[[str], Outcome], keys: list[str]) -> Iterator[Outcome | Failure]:
    """Judge derivations in parallel, and yield the outcomes in their order.

    If a process dies, the whole pool ends, and it is not known which key was at fault. The keys
    that are left are then judged one at a time, so that only a key whose own process dies fails.
    With one key, or one core, all are judged in this process.
    """
    number = min(len(keys), os.cpu_count() or 1)
    if number == 1:
        yield from map(judge, keys)
        return
    done = 0
    try:
        with _processes(number) as pool, _ended_with_this_one():
            with _uninterrupted():
                futures = [pool.submit(judge, key) for key in keys]
            for future in futures:
                outcome = future.result()
                done += 1
                yield outcome
    except BrokenProcessPool:
        yield from _one_at_a_time(judge, keys[done:])


def _one_at_a_time(judge: Callable[[str], Outcome], keys: list[str]) -> Iterator[Outcome | Failure]:
    """Judge each key in a process by itself; a process that died is replaced."""
    left = iter(keys)
    for key in left:
        try:
            with _processes(1) as pool, _ended_with_this_one():
                yield pool.submit(judge, key).result()
                for key in left:  # noqa: PLW2901 - the outer loop goes on with a new process
                    yield pool.submit(judge, key).result()
        except BrokenProcessPool:
            reason = f"the process that judged {key} died, as one that is out of memory does"
            yield Failure(key, reason)


CAN_COPY = "forkserver" in multiprocessing.get_all_start_methods()


def prepare(*modules: str) -> None:
    """Start the process from which others are copied; it imports modules while this one does.

    An interruption reaches this process only, which ends the others.
    """
    if CAN_COPY:
        multiprocessing.set_forkserver_preload(["__main__", *modules])
        resource_tracker.ensure_running()  # started later, it would unblock the signal
        with _uninterrupted():
            forkserver.ensure_running()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Delay an interruption, where the system can, until all that is started is known."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _processes(number: int) -> ProcessPoolExecutor:
    if not CAN_COPY:
        return ProcessPoolExecutor(number, mp_context=multiprocessing.get_context("spawn"))
    prepare()
    return ProcessPoolExecutor(number, mp_context=multiprocessing.get_context("forkserver"))


@contextmanager
def _ended_with_this_one() -> Iterator[None]:
    """End the processes at once when this one is interrupted, without messages from them."""
    try:
        yield
    except KeyboardInterrupt:
        for process in multiprocessing.active_children():
            process.terminate()
        raise


def digest() -> str:
    """Return the digest of this package's Python files, as the tests' ledger defines it."""
    root = Path(next(iter(derivations.__path__)))
    total = hashlib.sha256()
    for name, file in sorted((p.relative_to(root).as_posix(), p) for p in root.rglob("*.py")):
        total.update(name.encode() + b"\0" + file.read_bytes() + b"\0")
    return f"sha256:{total.hexdigest()}"


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Write a record as strict JSON, atomically."""
    write_whole(path, json.dumps(content, indent=1, allow_nan=False) + "\n")


def write_whole(path: Path, content: str | bytes) -> None:
    """Write to a temporary file and rename it, so that an interrupted run leaves no partial file.

    A link is followed. A pipe, a device or another special file is written to directly.
    """
    found = content.encode() if isinstance(content, str) else content
    if path.exists() and not path.is_file():
        path.write_bytes(found)
        return
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        beside.write_bytes(found)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def read(path: Path, schema: int) -> dict[str, Any] | None:
    """Return a recorded run, or None if there is none of exactly this code."""
    if not path.is_file():
        return None
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    current = content.get("schema") == schema and content["sources"] == {"derivations": digest()}
    return content if current else None

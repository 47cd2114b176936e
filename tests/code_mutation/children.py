"""Work in a forked process: it starts with what is imported, ends within a limit, harms nothing."""

import contextlib
import json
import os
import resource
import signal
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PAUSE = 0.02
PATIENCE = 10
"""Seconds on the clock allowed for each of processor time, on a machine that is shared."""


class ChildError(Exception):
    """The work itself raised: nothing was found out."""


@dataclass(frozen=True)
class Ended:
    """What the work returned, or how its process died."""

    value: Any = None
    late: bool = False
    signal: int = 0


def forked(work: Callable[[], object], seconds: float) -> Ended:
    """Do work in a fork of this process; it returns what JSON can hold.

    Raises
    ------
    ChildError
        If the work raised, with its traceback.
    """
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder, "answer.json")
        child = os.fork()
        if child == 0:
            _work(work, seconds, answer)
        end = time.monotonic() + PATIENCE * seconds
        while not (done := os.waitpid(child, os.WNOHANG))[0] and time.monotonic() < end:
            time.sleep(PAUSE)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)  # what the work itself started, too
        if not done[0]:
            os.waitpid(child, 0)
            return Ended(late=True)
        status = done[1]
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            return Ended(late=number == signal.SIGXCPU, signal=number)
        found = json.loads(answer.read_text(encoding="utf-8")) if answer.exists() else {}
    if "value" not in found:
        raise ChildError(found.get("error", f"ended with status {status} and no answer"))
    return Ended(found["value"])


def _work(work: Callable[[], object], seconds: float, answer: Path) -> None:
    """Never returns."""
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nothing, stream)
        limit = max(1, round(seconds))
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        try:
            found = {"value": work()}
        except BaseException:  # noqa: BLE001  (a child must not unwind into its parent's stack)
            found = {"error": traceback.format_exc()}
        answer.write_text(json.dumps(found), encoding="utf-8")
    finally:
        os._exit(0)

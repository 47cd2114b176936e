"""An end to what does not end by itself, and words for what went wrong."""

from __future__ import annotations

import ctypes
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

LIMIT = 300.0
"""Seconds that a check may take unless told otherwise."""
AGAIN = 1.0
"""Seconds after which code that went on, having caught the interruption, is interrupted again."""


class OvertimeError(BaseException):
    """What interrupts code at its time limit: no ``except Exception`` of that code stops it."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise OvertimeError in the code beneath once it has run for so many seconds.

    In the main thread a signal does so, which also ends waiting; in another thread, or where there
    is no such signal (Windows), a second thread does, and waiting goes on until it ends by itself.
    Either way the exception comes between two steps of Python: a call into C that does not return
    is not interrupted, nor is code that catches every exception for ever. Where it falls into a
    finalizer or a callback of the garbage collector, Python drops it; it comes again.
    """
    main = threading.current_thread() is threading.main_thread()
    limit = _signalled if main and hasattr(signal, "setitimer") else _watched
    with _silent_where_dropped(), limit(seconds):
        yield


@contextmanager
def _silent_where_dropped() -> Iterator[None]:
    """Report no interruption that Python dropped: what goes on is interrupted again."""
    report = sys.unraisablehook

    def dropped(error: sys.UnraisableHookArgs) -> None:
        if not isinstance(error.exc_value, OvertimeError):
            report(error)

    sys.unraisablehook = dropped
    try:
        yield
    finally:
        sys.unraisablehook = report


@contextmanager
def _signalled(seconds: float) -> Iterator[None]:
    """Interrupt by a timer's signal; another's timer is set back to what it then has left."""
    is_open = True

    def interrupt(_: int, __: FrameType | None) -> None:
        if is_open:
            raise OvertimeError

    started = time.monotonic()
    before = signal.signal(signal.SIGALRM, interrupt)
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        try:
            yield
        finally:  # interrupted here, it still clears up: the next signal is a second away
            is_open = False
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before or signal.SIG_DFL)
        if left:
            rest = left - (time.monotonic() - started)
            signal.setitimer(signal.ITIMER_REAL, max(rest, 1e-3), interval)


@contextmanager
def _watched(seconds: float) -> Iterator[None]:
    """Interrupt from a thread that watches the clock."""
    watched, has_ended = ctypes.c_ulong(threading.get_ident()), threading.Event()
    interrupt = ctypes.pythonapi.PyThreadState_SetAsyncExc

    def watch() -> None:
        wait = seconds
        while not has_ended.wait(wait):
            interrupt(watched, ctypes.py_object(OvertimeError))
            wait = AGAIN

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        try:
            yield
        finally:  # as above
            has_ended.set()
    finally:
        has_ended.set()
        _let_it_end(watcher)


def _let_it_end(watcher: threading.Thread) -> None:
    """Wait for it, and for an interruption that it set and that was not raised yet.

    Taking it back would leave Python looking for it at every step, and for ever where it is traced
    (CPython 3.11).
    """
    waiting = True
    while waiting:
        with suppress(OvertimeError):
            watcher.join()
            for _ in range(2):  # a step back, at which it is raised
                pass
            waiting = False


def described(error: BaseException) -> str:
    """Say what was raised, even where its own message cannot be made."""
    return "".join(traceback.format_exception_only(error)).strip()

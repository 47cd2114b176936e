"""Time limits for checks, and error messages in words."""

from __future__ import annotations

import ctypes
import math
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from types import FrameType
from typing import TypeVar

Outcome = TypeVar("Outcome")

LIMIT = 300.0
"""The default time limit of a check, in seconds."""
AGAIN = 1.0
"""Seconds after which code that caught the interruption is interrupted again."""

SOON = 1e-3
"""Seconds until an interruption that is due: a timer of zero seconds would be none."""


class OvertimeError(BaseException):
    """Raised in code at its time limit. No ``except Exception`` of that code catches it."""


class OutOfTimeError(Exception):
    """A function did not end within its time limit; the message says so."""


_end: ContextVar[float] = ContextVar("end", default=math.inf)
"""When the innermost time limit ends, on the monotonic clock."""


def limited(run: Callable[[], Outcome], seconds: float) -> Outcome:
    """Return what a function returns.

    Raises
    ------
    OutOfTimeError
        If it does not end within the time limit. If a limit around this one has passed as well,
        the interruption goes on to it.
    """
    try:
        with time_limit(seconds):
            return run()
    except OvertimeError:
        if seconds_left() <= 0:
            raise
        msg = f"did not end within {seconds:g} s"
        raise OutOfTimeError(msg) from None


def seconds_left() -> float:
    """Return the seconds until the innermost time limit; infinity where there is none."""
    return _end.get() - time.monotonic()


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise OvertimeError in the block once it has run for the given number of seconds.

    In the main thread a signal does this, and it also interrupts a blocking call. In another
    thread, or without that signal (Windows), a second thread does it, and a blocking call is not
    interrupted. In both cases the exception is raised between two bytecodes: a C call that does not
    return is not interrupted, nor is code that catches every exception. Python drops exceptions in
    finalizers and callbacks of the garbage collector; then it is raised again. A limit within
    another ends with it at the latest. Of infinitely many seconds there is no limit.
    """
    if seconds == math.inf:
        yield
        return
    seconds = max(min(seconds, seconds_left()), SOON)
    main = threading.current_thread() is threading.main_thread()
    limit = _signalled if main and hasattr(signal, "setitimer") else _watched
    outer = _end.set(time.monotonic() + seconds)
    try:
        with _silent_where_dropped(), limit(seconds):
            yield
    finally:
        _end.reset(outer)


@contextmanager
def _silent_where_dropped() -> Iterator[None]:
    """Do not report an interruption that Python dropped, since it is raised again."""
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
    """Interrupt by a timer's signal; an earlier timer is restored with its remaining time."""
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
        finally:  # interrupted here, cleaning up goes on: the next signal is a second away
            is_open = False
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before or signal.SIG_DFL)
        if left:
            rest = left - (time.monotonic() - started)
            signal.setitimer(signal.ITIMER_REAL, max(rest, SOON), interval)


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
    """Wait for the thread, and for an interruption that it set and that was not raised yet.

    If it were cancelled, Python would go on looking for it at every step (traced, CPython 3.11).
    """
    waiting = True
    while waiting:
        with suppress(OvertimeError):
            watcher.join()
            for _ in range(2):  # a backward jump, at which it is raised
                pass
            waiting = False


def described(error: BaseException) -> str:
    """Describe an exception, even if its own message raises."""
    return "".join(traceback.format_exception_only(error)).strip()

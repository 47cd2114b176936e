"""The time limit: what does not end is interrupted, and nothing else ever is."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest
from harness.endless import for_ever

from derivations.evidence.limits import OvertimeError, time_limit

WHERE = pytest.mark.parametrize("elsewhere", [False, True], ids=["main thread", "another thread"])


class Finalized:
    """What takes its time to go, and so is interrupted where Python drops the interruption."""

    def __del__(self) -> None:
        """Go only when interrupted."""
        for_ever()


def in_a_thread(run: Callable[[], None]) -> None:
    """Run beside the main thread, and raise here what was raised there."""
    raised: list[BaseException] = []

    def guarded() -> None:
        try:
            run()
        except BaseException as error:  # noqa: BLE001 - raised again below
            raised.append(error)

    thread = threading.Thread(target=guarded)
    thread.start()
    thread.join()
    if raised:
        raise raised[0]


@pytest.mark.slow
@WHERE
def test_the_limit_holds_in_every_thread(*, elsewhere: bool) -> None:
    """A loop is interrupted wherever it runs, and again where the interruption was swallowed.

    What Python drops in a finalizer it would report, and the test then fails.
    """

    def looping() -> None:
        with time_limit(0.05):
            for_ever()

    def swallowing() -> None:
        with time_limit(0.05):
            try:
                for_ever()
            except OvertimeError:
                for_ever()

    def finalizing() -> None:
        with time_limit(0.05):
            Finalized()
            for_ever()

    for run in (looping, swallowing, finalizing):
        with pytest.raises(OvertimeError):
            in_a_thread(run) if elsewhere else run()


def test_what_else_a_finalizer_raises_is_reported_within_a_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only the interruption itself is passed over."""

    class Broken:
        def __del__(self) -> None:
            raise ValueError

    reported: list[type[BaseException]] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda error: reported.append(error.exc_type))
    with time_limit(60):
        Broken()
    Broken()
    assert reported == [ValueError, ValueError]


@WHERE
def test_nothing_is_interrupted_after_the_limit_was_kept(*, elsewhere: bool) -> None:
    """What ended in time is left alone, and so is everything after it."""

    def run() -> None:
        for _ in range(20):
            with time_limit(0.3):
                pass
        until = time.monotonic() + 0.5
        while time.monotonic() < until:
            pass

    in_a_thread(run) if elsewhere else run()


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are no such timers here")
def test_another_timer_goes_on_where_it_was() -> None:
    """The timer and the handler of whoever set one before are given back, less the time taken."""
    heard: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda number, _: heard.append(number))
    left, interval = signal.setitimer(signal.ITIMER_REAL, 60)
    try:
        with time_limit(50):
            time.sleep(0.1)
        rest, _ = signal.getitimer(signal.ITIMER_REAL)
        assert 0 < rest <= 59.9
        signal.raise_signal(signal.SIGALRM)
        assert heard == [signal.SIGALRM]
    finally:
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, left, interval)


TRACED = """
import sys, threading
from derivations.evidence.limits import time_limit

def traced(*_):
    return traced

def step():
    pass

def run():
    sys.settrace(traced)
    with time_limit(60):
        step()
    step()

thread = threading.Thread(target=run)
thread.start()
thread.join()
print("ended")
"""


def test_what_is_traced_goes_on_after_a_limit_that_was_kept() -> None:
    """Beneath a debugger, or where coverage is measured, in a thread as well."""
    done = subprocess.run(
        [sys.executable, "-c", TRACED], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "ended\n"

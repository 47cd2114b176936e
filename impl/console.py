"""What a command prints while it works: a reader that goes away does not end the work."""

import os
import sys
from contextlib import suppress
from typing import IO, Any, TextIO, cast

from rich.console import Console

__all__ = ["console", "say"]

_LINES = 25  # a dumb terminal ignores a width that is given without a height


class _Lasting:
    """Text stream that drops what cannot be written: the reader has gone, or the disk is full."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write and flush; after a failure this stream leads nowhere."""
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):  # ValueError: it is closed
            with suppress(OSError, ValueError):  # Python would try once more when it ends
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, self._stream.fileno())
                os.close(nowhere)
        return len(text)

    def flush(self) -> None:
        """Do nothing: every write is flushed."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the stream has
        return getattr(self._stream, name)


def console(*, stderr: bool = False, width: int | None = None) -> Console:
    """Return a console on the standard output, or error, that never raises an error of writing.

    It prints text as it is: nothing is highlighted, and brackets and colons mean nothing.
    """
    stream = sys.stderr if stderr else sys.stdout
    file = None if stream is None else cast("IO[str]", _Lasting(stream))
    return Console(
        file=file, stderr=stderr, width=width, height=None if width is None else _LINES,
        highlight=False, markup=False, emoji=False, soft_wrap=width is None,
    )  # fmt: skip


def say(text: str) -> None:
    """Print a line on the standard error."""
    console(stderr=True).print(text)

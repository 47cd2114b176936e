"""The one exception of bad input: where it was found, what was wanted, what was got."""

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["INSTALL", "InputError", "cause", "needing_extra"]

INSTALL = 'python3 -m pip install -c constraints.txt ".[{}]"'
"""The command that installs an extra, in the folder of the repository."""
_OURS = ("derivations", "impl", "varproof")


def cause(error: OSError) -> str:
    """Say in words what the system found in the place of a file that can be read."""
    if isinstance(error, IsADirectoryError):
        return "a folder"
    return (error.strerror or str(error)).lower()


class InputError(ValueError):
    """Input that cannot be taken.

    Parameters
    ----------
    source
        The file or parameter the value came from.
    wanted
        What would have been right, in words.
    got
        What was found there, in words.
    row, column
        Where in the source, counted from 1 (in a text file the row is the line); None where the
        error has no such place.
    """

    def __init__(
        self,
        *,
        source: object,
        wanted: str,
        got: str,
        row: int | None = None,
        column: int | None = None,
    ) -> None:
        self.source = str(source)
        self.wanted = wanted
        self.got = got
        self.row = row
        self.column = column
        named = (("row", row), ("column", column))
        places = [f"{name} {value}" for name, value in named if value is not None]
        where = f" {', '.join(places)}:" if places else ""
        super().__init__(f"{self.source}:{where} wanted {wanted}, got {got}")


@contextmanager
def needing_extra(name: str) -> Iterator[None]:
    """Import inside of this what an extra of varproof installs.

    Raises
    ------
    InputError
        Naming the package that is not installed, and the extra.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        package = str(error.name).partition(".")[0]
        if package in _OURS:
            raise
        wanted = f"this package (from the repository: {INSTALL.format(name)})"
        raise InputError(source=package, wanted=wanted, got="none") from None

"""How a command imports what it runs: when it runs, and without the user's settings for plots."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from impl.errors import needing_extra

__all__ = ["loading"]


@contextmanager
def loading(extra: str) -> Iterator[None]:
    """Import inside of this what a command runs.

    A notebook or an editor may have chosen a backend for the processes it starts. Matplotlib cannot
    be imported where that backend is not installed. A command has its process to itself and draws
    to files, so it takes the backend for files and reads no matplotlibrc.

    Parameters
    ----------
    extra
        The extra of varproof that installs what is imported.

    Raises
    ------
    InputError
        If a package is not installed, naming it and the extra.
    """
    os.environ |= {"MPLBACKEND": "agg", "MATPLOTLIBRC": os.devnull}
    with needing_extra(extra):
        yield

"""What tox asks of this machine: the environment ``browser`` needs a Chromium, or is skipped.

A skip is one of the lines that end a run of tox. Where the browser is required, as in ``.ci/run``,
its absence is a failure (see ``tests/harness/chromium.py``).
"""

import sys
from pathlib import Path

from tox.plugin import impl
from tox.tox_env.api import ToxEnv
from tox.tox_env.errors import Fail, Skip

# The folder itself, since the package imports pytest, which tox's own environment lacks.
sys.path.append(str(Path(__file__).parent / "tests" / "harness"))

import chromium


@impl
def tox_on_install(tox_env: ToxEnv, arguments: object, section: str, of_type: str) -> None:  # noqa: ARG001 - tox calls it so
    """Look for the browser before anything is installed for its sake."""
    if tox_env.name == "browser" and not chromium.found():
        raise (Fail if chromium.required() else Skip)(chromium.WANTED)

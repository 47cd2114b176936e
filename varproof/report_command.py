"""Arguments of the command `report`, which builds the report of a clone."""

import argparse
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from impl.errors import INSTALL, InputError

__all__ = ["add_commands"]

PROGRAM = Path("docs") / "build.py"
NEEDED = ("sphinx", "myst_parser", "furo")
"""Modules of the extra 'docs' without which there is no site."""

TEXT = "build the paper, the compendium and the site of a clone, in its folder build"


def add_commands(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add the command to the parser of all commands."""
    parser = commands.add_parser(
        "report",
        help=TEXT,
        description=f"{TEXT[0].upper()}{TEXT[1:]}.",
        epilog="Run it in a clone of the repository. The exit status is 1 if anything is wrong.",
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="of the checks' random points (default: 0)"
    )
    parser.set_defaults(run=_report)


def _report(options: argparse.Namespace) -> int:
    root = _clone(Path.cwd())
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        wanted = f"the extra 'docs' ({INSTALL.format('docs')} installs it)"
        raise InputError(source="report", wanted=wanted, got=f"no module {missing[0]}")
    program = [sys.executable, str(PROGRAM), "--seed", str(options.seed)]
    # The clone's own code is what its report is about, whatever is installed.
    environment = {**os.environ, "PYTHONPATH": str(root)}
    return subprocess.run(program, cwd=root, env=environment, check=False).returncode  # noqa: S603


def _clone(start: Path) -> Path:
    """Return the clone that a folder is in."""
    for folder in (start, *start.parents):
        if (folder / PROGRAM).is_file() and (folder / "derivations" / "index.py").is_file():
            return folder
    wanted = "a clone of the repository: clone it and run the command there"
    raise InputError(source="report", wanted=wanted, got=f"the folder {start}")

"""The project's files, for the tests that read them."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def files(suffix: str = "") -> list[Path]:
    """List the project's own files: those git tracks, and those it would add."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    paths = sorted({ROOT / name for name in done.stdout.split("\0") if name.endswith(suffix)})
    return [path for path in paths if path.is_file()]

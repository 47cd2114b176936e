"""The device of tensors: ``--device cpu`` (the default), ``cuda`` or ``auto``.

The default is the CPU, so that the same command runs the same tests everywhere, with comparable
bits. With ``cuda`` it is a usage error, and not a skip, if no CUDA device works. ``auto`` uses CUDA
if it works, and the header of the run names the device and the reason. Tests marked ``cuda`` are
deselected when the run is on the CPU.

PyTorch is imported only if it is needed; most of the suite runs without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import torch

CHOICES = ("cpu", "cuda", "auto")
NAME = pytest.StashKey[str]()
REASON = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--device``."""
    parser.addoption(
        "--device",
        choices=CHOICES,
        default="cpu",
        help="where tensors live; cuda without a usable device is an error (default: cpu)",
    )


def obstacle_to_cuda() -> str | None:
    """Return why CUDA cannot be used, or None if a sum computed there is right."""
    try:
        import torch  # noqa: PLC0415 - the symbolic layer's environment has no torch
    except ImportError as error:
        return f"PyTorch cannot be imported ({error}); install the extra 'torch'"
    if not torch.cuda.is_available():
        build = f"built for CUDA {torch.version.cuda}" if torch.version.cuda else "a CPU build"
        return f"PyTorch {torch.__version__} ({build}) finds no CUDA device"
    try:
        right = (torch.ones(2, device="cuda") + 1).sum().item() == 4
    except RuntimeError as error:
        return f"the CUDA device cannot be used: {error}"
    return None if right else "the CUDA device adds wrongly"


def pytest_configure(config: pytest.Config) -> None:
    """Choose the device, or refuse the run."""
    wanted = config.getoption("--device")
    obstacle = obstacle_to_cuda() if wanted != "cpu" else None
    if wanted == "cuda" and obstacle:
        msg = f"--device cuda: {obstacle}"
        raise pytest.UsageError(msg)
    config.stash[NAME] = "cpu" if wanted == "cpu" or obstacle else "cuda"
    config.stash[REASON] = f" ({obstacle})" if obstacle else ""


def pytest_report_header(config: pytest.Config) -> str:
    """Name the device and, under ``auto``, the reason for it."""
    return f"device: {config.stash[NAME]}{config.stash[REASON]}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests that need CUDA when the run is on the CPU."""
    if config.stash[NAME] == "cuda":
        return
    dropped = [item for item in items if item.get_closest_marker("cuda")]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = [item for item in items if not item.get_closest_marker("cuda")]


@pytest.fixture(scope="session")
def device(request: pytest.FixtureRequest) -> torch.device:
    """Give the device chosen by ``--device``."""
    import torch  # noqa: PLC0415 - only tests that ask for a device need it

    return torch.device(request.config.stash[NAME])

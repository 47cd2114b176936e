"""Where a run computes: the device that is asked for and its memory, or a clear refusal."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from impl.errors import InputError

__all__ = ["check_memory", "choose_device", "within_memory"]

_TOO_LARGE = re.compile(r"(allocate|out of|not enough) memory|n overflow", re.IGNORECASE)
_SIZE = re.compile(r"tried to allocate ([\d.]+ \w+)", re.IGNORECASE)
"""What PyTorch says of a tensor that it has no memory for, on each device, and of its size."""


def choose_device(name: str) -> torch.device:
    """Return the device of a name: cpu, cuda, cuda:N, or auto for CUDA where it works.

    Raises
    ------
    InputError
        If the name is another, or the device cannot add two numbers.
    """
    if name == "auto":
        return torch.device("cpu" if _obstacle("cuda") else "cuda")
    kind, _, number = name.partition(":")
    numbered = kind == "cuda" and number.isdecimal()
    if kind not in ("cpu", "cuda") or not (name == kind or numbered):
        wanted = "auto, cpu, cuda or cuda:N"
        raise InputError(source="device", wanted=wanted, got=repr(name))
    obstacle = _obstacle(name)
    if obstacle:
        raise InputError(source="device", wanted=f"a {name} that works", got=obstacle)
    return torch.device(name)


def _obstacle(name: str) -> str | None:
    """Say what keeps a device from being used, or None if a sum computed there is right."""
    if name == "cpu":
        return None
    if not torch.cuda.is_available():
        build = f"built for CUDA {torch.version.cuda}" if torch.version.cuda else "a CPU build"
        return f"PyTorch {torch.__version__} ({build}), which finds no CUDA device"
    try:
        right = bool((torch.ones(2, device=name) + 1).sum() == 2 + 2)
    except RuntimeError as error:
        return str(error).partition("\n")[0]
    return None if right else "one that adds wrongly"


def check_memory(needed: int, device: torch.device) -> None:
    """Refuse what is larger than a device's memory: a system may grant it, and end the process.

    Raises
    ------
    InputError
        With both sizes in gigabytes.
    """
    if device.type == "cuda":
        there = int(torch.cuda.get_device_properties(device).total_memory)
    elif hasattr(os, "sysconf"):
        there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    else:
        return
    if needed > there:
        wanted = f"networks that fit into {there / 1e9:,.1f} GB"
        raise InputError(source="memory", wanted=wanted, got=f"{needed / 1e9:,.1f} GB")


@contextmanager
def within_memory() -> Iterator[None]:
    """Run networks inside of this, to be told in one line if they do not fit into memory.

    Raises
    ------
    InputError
        In place of PyTorch's error, with the size of the tensor if that is known.
    """
    try:
        yield
    except RuntimeError as error:
        if not _TOO_LARGE.search(str(error)):
            raise
        size = _SIZE.search(str(error))
        got = f"a tensor of {size[1]}" if size else "a tensor that does not"
        wanted = "networks, batches and draws that fit"
        raise InputError(source="memory", wanted=wanted, got=got) from None

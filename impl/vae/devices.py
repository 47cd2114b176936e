"""Where a run computes: the device that is asked for, or a clear refusal."""

import torch

from impl.errors import InputError

__all__ = ["choose_device"]


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

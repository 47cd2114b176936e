"""Checks of what comes in: every fault is named with the value and the index it was found at."""

import torch
from torch import Tensor

from impl.errors import InputError

__all__ = ["Shape", "check_entries", "check_positive", "check_same_device", "floating", "vectors"]

Shape = torch.Size | tuple[int, ...] | list[int]
DTYPES = (torch.float32, torch.float64)


def floating(name: str, value: object, *, like: Tensor | None = None) -> Tensor:
    """Turn a number into a tensor, or check that a tensor is of float32 or float64.

    Parameters
    ----------
    name
        What the error calls the value.
    value
        A number, or a tensor.
    like
        A tensor whose dtype and device a number takes; the defaults without it.

    Raises
    ------
    InputError
        If the value is neither, or a tensor of another dtype.
    """
    if not isinstance(value, Tensor):
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InputError(source=name, wanted="a number or a tensor", got=repr(value))
        dtype = torch.get_default_dtype() if like is None else like.dtype
        device = None if like is None else like.device
        value = torch.tensor(float(value), dtype=dtype, device=device)
    if value.dtype not in DTYPES:
        raise InputError(source=name, wanted="float32 or float64", got=str(value.dtype))
    return value


def vectors(name: str, value: object, least: int = 2) -> Tensor:
    """Check that a value is a floating tensor of vectors, of some least length.

    Raises
    ------
    InputError
        If it is none.
    """
    if not isinstance(value, Tensor):
        raise InputError(source=name, wanted="a tensor", got=repr(value))
    if value.dim() < 1 or value.shape[-1] < least:
        got = f"shape {tuple(value.shape)}"
        raise InputError(source=name, wanted="a shape (..., K), K >= 2", got=got)
    return floating(name, value)


def check_same_device(**values: Tensor) -> None:
    """Check that tensors live on one device and are of one dtype.

    Raises
    ------
    InputError
        Naming the first value that differs from the first.
    """
    (first, reference), *others = values.items()
    for name, value in others:
        if value.device != reference.device:
            wanted = f"a tensor on {reference.device}, where {first} is"
            raise InputError(source=name, wanted=wanted, got=f"one on {value.device}")
        if value.dtype != reference.dtype:
            wanted = f"{reference.dtype}, as {first} is"
            raise InputError(source=name, wanted=wanted, got=str(value.dtype))


def check_entries(name: str, value: Tensor, good: Tensor, wanted: str) -> None:
    """Check that all entries are good, given which are.

    Raises
    ------
    InputError
        Naming the first bad entry and its index.
    """
    if bool(good.all()):
        return
    index = tuple(int(position) for position in (~good).nonzero()[0])
    got = repr(value[index].item())
    if index:
        got += f" at index [{', '.join(str(position) for position in index)}]"
    raise InputError(source=name, wanted=wanted, got=got)


def check_positive(name: str, value: Tensor) -> None:
    """Check that all entries are finite and above 0.

    Raises
    ------
    InputError
        Naming the first entry that is not, and its index.
    """
    value = value.detach()
    check_entries(name, value, value.isfinite() & (value > 0), "finite numbers above 0")

"""Checks of what comes in: every fault is named with the value and the index it was found at.

Numbers are checked only where they can be looked at: not on the meta device, nor inside of
torch.compile, torch.jit.trace or torch.func.vmap.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.distributions import Distribution

from impl.errors import InputError
from impl.samplers.differentiation import is_recorded, is_transformed

__all__ = [
    "Shape",
    "ShapeError",
    "broadcast_shapes",
    "check_entries",
    "check_positive",
    "check_same_device",
    "check_value",
    "check_value_shape",
    "common_dtype",
    "floating",
    "is_validated",
    "length",
    "outside_support",
    "precise",
    "vectors",
    "violated",
]

Shape = torch.Size | tuple[int, ...] | list[int]
DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


class ShapeError(InputError, RuntimeError):
    """Shapes that do not broadcast, which torch's own distributions report as a RuntimeError."""


def floating(name: str, value: object, *, like: Tensor | None = None) -> Tensor:
    """Turn a number into a tensor, or check that a tensor is of a floating type.

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
        wanted = "a floating type (float16, bfloat16, float32 or float64)"
        raise InputError(source=name, wanted=wanted, got=str(value.dtype))
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


def is_validated(asked: bool | None) -> bool:  # noqa: FBT001 - PyTorch's argument
    """Whether a distribution checks its entries: as asked, or PyTorch's default."""
    default: bool = Distribution._validate_args  # noqa: SLF001 - as torch's own classes
    return default if asked is None else asked


def length(vectors: Tensor) -> int:
    """Return K of vectors (..., K) as a Python number, also where torch.jit.trace records shapes.

    There a shape is made of integer tensors, whose products with numbers are of float32.
    """
    return int(vectors.shape[-1])


def common_dtype(*values: Tensor) -> torch.dtype:
    """Return the dtype that holds the numbers of all, as torch promotes them."""
    found = values[0].dtype
    for value in values[1:]:
        found = torch.promote_types(found, value.dtype)
    return found


def precise(dtype: torch.dtype) -> torch.dtype:
    """Return the dtype to compute in for one to give results in: float32 for a 16-bit one."""
    return torch.promote_types(dtype, torch.float32)


def broadcast_shapes(
    name: str, shape: Shape, first: str, other: Shape, shown: Shape | None = None
) -> torch.Size:
    """Broadcast the shape of a parameter with that of the first one.

    An error shows another shape for the parameter's, if one is given.

    Raises
    ------
    ShapeError
        If they do not broadcast.
    """
    try:
        whole: torch.Size = torch.broadcast_shapes(other, shape)
    except RuntimeError:
        wanted = f"a shape that broadcasts with {tuple(other)} of {first}"
        raise ShapeError(source=name, wanted=wanted, got=str(tuple(shown or shape))) from None
    return whole


def check_same_device(**values: Tensor) -> None:
    """Check that tensors live on one device.

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


def _all(good: Tensor) -> bool:
    """Whether all are true; True where that cannot be looked at."""
    if good.device.type == "meta" or is_recorded():
        return True
    try:
        return bool(good.all())
    except RuntimeError:
        if is_transformed():
            return True
        raise


def check_entries(
    name: str, value: Tensor, good: Tensor, wanted: str, words: Callable[[], str] | None = None
) -> None:
    """Check that all entries are good, given which are.

    Parameters
    ----------
    name, value
        What was given, and how the error calls it.
    good
        Which entries are good; broadcasts as the value.
    wanted
        What a good entry is, in words.
    words
        More words at the end of the error.

    Raises
    ------
    InputError
        Naming the first bad entry and its index.
    """
    if _all(good):
        return
    index = tuple(int(position) for position in (~good).nonzero()[0])
    got = repr(value[index].item())
    if index:
        got += f" at index [{', '.join(str(position) for position in index)}]"
    if words is not None:
        got += f"\n{words()}"
    raise InputError(source=name, wanted=wanted, got=got)


def check_positive(name: str, value: Tensor, words: Callable[[], str] | None = None) -> None:
    """Check that all entries are finite and above 0.

    Raises
    ------
    InputError
        Naming the first entry that is not, and its index.
    """
    value = value.detach()
    check_entries(name, value, value.isfinite() & (value > 0), "finite numbers above 0", words)


def violated(law: Distribution, name: str, value: Tensor) -> Callable[[], str]:
    """Return torch's own words for a parameter that violates its constraint."""
    return lambda: (
        f"Expected parameter {name} ({type(value).__name__} of shape {tuple(value.shape)}) "
        f"of distribution {law!r} to satisfy the constraint {law.arg_constraints[name]!r}, "
        f"but found invalid values:\n{value}"
    )


def outside_support(law: Distribution, value: Tensor) -> Callable[[], str]:
    """Return torch's own words for a value outside of a distribution's support."""
    return lambda: (
        f"Expected value argument ({type(value).__name__} of shape {tuple(value.shape)}) "
        f"to be within the support ({law.support!r}) of the distribution {law!r}, "
        f"but found invalid values:\n{value}"
    )


def check_value(name: str, value: object, reference: Tensor) -> Tensor:
    """Check that an argument is a tensor on the device of a parameter; its dtype is free.

    Raises
    ------
    InputError
        If it is not.
    """
    if not isinstance(value, Tensor):
        raise InputError(source=name, wanted="a tensor", got=repr(value))
    check_same_device(parameters=reference, **{name: value})
    return value


def check_value_shape(name: str, value: Tensor, law: Distribution) -> None:
    """Check that an argument broadcasts with a distribution's batch and event.

    Raises
    ------
    InputError
        If it does not.
    """
    whole = law.batch_shape + law.event_shape
    try:
        torch.broadcast_shapes(value.shape, whole)
    except RuntimeError:
        wanted = f"a shape that broadcasts with the batch shape {tuple(whole)}"
        raise InputError(source=name, wanted=wanted, got=str(tuple(value.shape))) from None

"""Derivatives to every order, under every transformation of torch, of values taken otherwise.

A custom `torch.autograd.Function` would do for reverse mode alone: with a rule for forward mode it
cannot be compiled, and nested forward mode returns zeros. So a value that is computed with care is
added to a plain formula less itself, which is 0 and brings the formula's derivatives.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import torch
from torch import Tensor
from torch.autograd import forward_ad

__all__ = [
    "Context",
    "Gradients",
    "again",
    "by_two_routes",
    "expm1",
    "is_plain",
    "is_recorded",
    "is_transformed",
    "needs_derivatives",
]


Gradients = tuple[Tensor | None, ...]


class Context(Protocol):
    """What a function keeps from its forward pass for its backward pass."""

    saved_tensors: tuple[Tensor, ...]
    needs_input_grad: tuple[bool, ...]

    def save_for_backward(self, *tensors: Tensor) -> None:
        """Keep tensors."""

    def set_materialize_grads(self, value: bool) -> None:  # noqa: FBT001 - of torch
        """Choose whether the gradient of an unused result comes as zeros, or as None."""


def again(
    formula: Callable[[], Sequence[Tensor]],
    tensors: Sequence[Tensor],
    wanted: Sequence[bool],
    incoming: Sequence[Tensor | None],
) -> Gradients:
    """Gradients that can be differentiated again: those of the formula."""
    with torch.enable_grad():
        used = [pair for pair in zip(formula(), incoming, strict=True) if pair[1] is not None]
        chosen = [tensor for tensor, want in zip(tensors, wanted, strict=True) if want]
        found = torch.autograd.grad(
            [result for result, _ in used],
            chosen,
            [given for _, given in used],
            create_graph=True,
            allow_unused=True,
        )
    rest = iter(found)
    return tuple(next(rest) if want else None for want in wanted)


def is_recorded() -> bool:
    """Whether torch.compile or torch.jit.trace records what is done, for numbers to come."""
    return torch.compiler.is_compiling() or torch.jit.is_tracing()  # type: ignore[attr-defined]


def is_transformed() -> bool:
    """Whether a transformation of torch.func is at work, such as grad or vmap."""
    return torch._C._are_functorch_transforms_active()  # noqa: SLF001 - torch has no public name


def is_plain() -> bool:
    """Whether numbers can be looked at, and only reverse mode may be differentiating.

    That is outside of torch.compile, torch.jit.trace, torch.func and forward mode.
    """
    is_forward: bool = forward_ad._current_level >= 0  # noqa: SLF001 - torch has no public name
    return not (is_recorded() or is_transformed() or is_forward)


def needs_derivatives(*tensors: Tensor) -> bool:
    """Whether something may be differentiated by one of the tensors."""
    recorded = torch.is_grad_enabled() and any(tensor.requires_grad for tensor in tensors)
    return recorded or not is_plain()


def by_two_routes(
    value: Callable[..., Tensor], formula: Callable[..., Tensor], *tensors: Tensor
) -> Tensor:
    """Take a function's values by one route and its derivatives by another.

    Parameters
    ----------
    value
        Gives the values; its derivatives are not used.
    formula
        Gives the same values less accurately, with the derivatives. Where it is infinite or no
        number it gives the value, too.
    tensors
        The arguments of both.
    """
    exact = value(*(tensor.detach() for tensor in tensors))
    if not needs_derivatives(*tensors):
        return exact
    near = formula(*tensors)
    fixed = near.detach()
    return torch.where(fixed.isfinite(), exact + (near - fixed), near)


def expm1(x: Tensor) -> Tensor:
    """Return exp(x) - 1, also for small x in compiled code, where torch's is a plain difference."""
    if not torch.compiler.is_compiling():
        return torch.expm1(x)
    half = torch.tanh(0.5 * x.clamp(-1.0, 1.0))
    return torch.where(x.abs() < 1.0, 2.0 * half / (1.0 - half), torch.exp(x) - 1.0)

"""Elementwise work in pieces that stay in the processor's cache."""

from collections.abc import Callable

import torch
from torch import Tensor

__all__ = ["PIECE", "in_pieces", "summed_product"]

PIECE = 1 << 17  # numbers worked on at once


def in_pieces(work: Callable[..., tuple[Tensor, ...]], *tensors: Tensor) -> tuple[Tensor, ...]:
    """Apply an elementwise function that gives several results, along the first long axis.

    The tensors broadcast; what does not vary along that axis is passed whole. The results are
    those of `work(*tensors)`, which is what is called away from the CPU.
    """
    shape = torch.broadcast_shapes(*(tensor.shape for tensor in tensors))
    long = [place for place, length in enumerate(shape) if length > 1]
    if shape.numel() <= PIECE or tensors[0].device.type != "cpu":
        return work(*tensors)
    axis = long[0] - len(shape)  # counted from the end, as broadcasting does
    step = max(1, PIECE * shape[axis] // shape.numel())

    def piece(tensor: Tensor, start: int, length: int) -> Tensor:
        varies = tensor.dim() >= -axis and tensor.shape[axis] > 1
        return tensor.narrow(axis, start, length) if varies else tensor

    whole: list[Tensor] = []
    for start in range(0, shape[axis], step):
        length = min(step, shape[axis] - start)
        parts = work(*(piece(tensor, start, length) for tensor in tensors))
        if not whole:
            whole = [part.new_empty(shape) for part in parts]
        for all_of_it, part in zip(whole, parts, strict=True):
            all_of_it.narrow(axis, start, length).copy_(part)
    return tuple(whole)


def summed_product(x: Tensor, y: Tensor, shape: torch.Size) -> Tensor:
    """Product of two tensors of one shape, summed over what was broadcast from a shape."""
    rows = x.shape[0] if x.dim() > len(shape) or shape.numel() == 1 < x.dim() else 0
    if x.numel() <= PIECE or rows == 0:
        return (x * y).sum_to_size(shape)
    step = max(1, PIECE * rows // x.numel())
    both = zip(x.split(step), y.split(step), strict=True)
    return torch.stack([(part * other).sum_to_size(shape) for part, other in both]).sum(0)

"""Automatic differentiation of Kumaraswamy draws, by the derivatives of `impl.samplers.pathwise`.

Each function computes its derivatives with its value, and its backward pass multiplies. Second
derivatives are refused with an error, never returned wrong: a derivative that could be
differentiated again (`create_graph`) passes through `_Constant`, whose own backward pass raises.
"""

from typing import NoReturn

import torch
from torch import Tensor
from torch.autograd import Function

from impl.samplers.pathwise import log_pair, lowest_uniform, quantile, quantile_draws
from impl.samplers.pieces import in_pieces, summed_product
from impl.samplers.special import Context

__all__ = ["draw", "draw_logs", "invert"]

Gradients = tuple[Tensor | None, ...]


class _Constant(Function):
    """The value itself, which depends on the parameters in a way that is not differentiated."""

    @staticmethod
    def forward(ctx: Context, derivative: Tensor, *_parameters: Tensor) -> Tensor:
        return derivative.clone() if any(ctx.needs_input_grad) else derivative

    @staticmethod
    def backward(_ctx: Context, _incoming: Tensor) -> NoReturn:
        message = (
            "wanted a first derivative through a Kumaraswamy draw or quantile, got a request for "
            "a second one"
        )
        raise RuntimeError(message)


def _pull(derivative: Tensor, incoming: Tensor, of: Tensor, *others: Tensor) -> Tensor:
    """Product with the incoming gradient, summed over what was broadcast."""
    if torch.is_grad_enabled():
        derivative = _Constant.apply(derivative, of, *others)
        return (derivative * incoming).sum_to_size(of.shape)
    return summed_product(derivative, incoming, of.shape)


class _Draw(Function):
    @staticmethod
    def forward(ctx: Context, a: Tensor, b: Tensor, shape: torch.Size) -> Tensor:
        x, by_a, by_b, _ = quantile_draws(a, b, shape, derivatives=True)
        ctx.save_for_backward(by_a, by_b, a, b)
        return x

    @staticmethod
    def backward(ctx: Context, incoming: Tensor) -> Gradients:
        by_a, by_b, a, b = ctx.saved_tensors
        for_a, for_b, _ = ctx.needs_input_grad
        return (
            _pull(by_a, incoming, a, b) if for_a else None,
            _pull(by_b, incoming, b, a) if for_b else None,
            None,
        )


class _Invert(Function):
    @staticmethod
    def forward(ctx: Context, u: Tensor, a: Tensor, b: Tensor) -> Tensor:
        found = quantile(-torch.log1p(-u), a, b, 1 - u)
        ctx.save_for_backward(found.by_u, found.by_a, found.by_b, u, a, b)
        return found.x

    @staticmethod
    def backward(ctx: Context, incoming: Tensor) -> Gradients:
        by_u, by_a, by_b, u, a, b = ctx.saved_tensors
        for_u, for_a, for_b = ctx.needs_input_grad
        return (
            _pull(by_u, incoming, u, a, b) if for_u else None,
            _pull(by_a, incoming, a, u, b) if for_a else None,
            _pull(by_b, incoming, b, u, a) if for_b else None,
        )


class _DrawLogs(Function):
    @staticmethod
    def forward(
        ctx: Context, exponential: Tensor, a: Tensor, b: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        found = in_pieces(log_pair, exponential, a, b)
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(*found[3:], a, b)
        log_x, log1m_x, rest = found[:3]
        return log_x, log1m_x, rest

    @staticmethod
    def backward(ctx: Context, *incoming: Tensor | None) -> Gradients:
        """Leave out what was not used: 0 times a derivative beyond the range is no number."""
        x_by_a, x_by_b, m_by_a, m_by_b, rest_by_b, a, b = ctx.saved_tensors
        by_a, by_b = torch.zeros_like(a), torch.zeros_like(b)
        for derivative, given in zip((x_by_a, m_by_a), incoming, strict=False):
            by_a = by_a if given is None else by_a + _pull(derivative, given, a, b)
        for derivative, given in zip((x_by_b, m_by_b, rest_by_b), incoming, strict=True):
            by_b = by_b if given is None else by_b + _pull(derivative, given, b, a)
        return None, by_a, by_b


def draw(a: Tensor, b: Tensor, shape: torch.Size) -> Tensor:
    """Draw x of the given shape (draws..., batch...); differentiable once by a and b."""
    if not (torch.is_grad_enabled() and (a.requires_grad or b.requires_grad)):
        return quantile_draws(a, b, shape, derivatives=False).x
    drawn: Tensor = _Draw.apply(a, b, shape)
    return drawn


def invert(u: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """Quantile at u in (0, 1); differentiable once by u, a and b."""
    x: Tensor = _Invert.apply(*torch.broadcast_tensors(u, a, b))
    return x


def draw_logs(a: Tensor, b: Tensor, shape: torch.Size) -> tuple[Tensor, Tensor, Tensor]:
    """Draw (log x, log(1-x), log(1 - x^a)) of the given shape; differentiable once by a and b."""
    uniform = torch.rand(shape, dtype=a.dtype, device=a.device)
    exponential = torch.log1p(uniform.clamp_(min=lowest_uniform(a.dtype)).neg_()).neg_()
    logs: tuple[Tensor, Tensor, Tensor] = _DrawLogs.apply(exponential, a, b)
    return logs

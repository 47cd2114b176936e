"""Automatic differentiation of Kumaraswamy draws, by the derivatives of `impl.samplers.pathwise`.

Where torch runs as usual, each function computes its first derivatives with its value, with care
in every corner, and its backward pass multiplies. Derivatives of these, and all derivatives under
a transformation (torch.func, torch.compile, torch.jit.trace, forward mode), are those of the same
formulas as torch differentiates them.
"""

import torch
from torch import Tensor
from torch.autograd import Function

from impl.samplers.differentiation import Context, Gradients, again, is_plain, needs_derivatives
from impl.samplers.pathwise import (
    log_pair,
    log_quantile,
    logs,
    lowest_uniform,
    quantile,
    quantile_draws,
)
from impl.samplers.pieces import in_pieces, summed_product

__all__ = ["draw", "draw_logs", "invert"]


class _Draw(Function):
    @staticmethod
    def forward(ctx: Context, a: Tensor, b: Tensor, shape: torch.Size) -> Tensor:
        drawn = quantile_draws(a, b, shape, derivatives=True)
        ctx.save_for_backward(drawn.by_a, drawn.by_b, drawn.exponential, a, b)
        return drawn.x

    @staticmethod
    def backward(ctx: Context, incoming: Tensor) -> Gradients:
        by_a, by_b, exponential, a, b = ctx.saved_tensors
        for_a, for_b, _ = ctx.needs_input_grad
        if torch.is_grad_enabled():
            found = again(
                lambda: (torch.exp(log_quantile(exponential, a, b)),),
                (a, b),
                (for_a, for_b),
                (incoming,),
            )
            return *found, None
        return (
            summed_product(by_a, incoming, a.shape) if for_a else None,
            summed_product(by_b, incoming, b.shape) if for_b else None,
            None,
        )


def _quantile_at(u: Tensor, a: Tensor, b: Tensor) -> Tensor:
    return torch.exp(log_quantile(-torch.log1p(-u), a, b))


class _Invert(Function):
    @staticmethod
    def forward(ctx: Context, u: Tensor, a: Tensor, b: Tensor) -> Tensor:
        found = quantile(-torch.log1p(-u), a, b, 1 - u)
        ctx.save_for_backward(found.by_u, found.by_a, found.by_b, u, a, b)
        return found.x

    @staticmethod
    def backward(ctx: Context, incoming: Tensor) -> Gradients:
        *derivatives, u, a, b = ctx.saved_tensors
        wanted = ctx.needs_input_grad
        if torch.is_grad_enabled():
            formula = lambda: (_quantile_at(u, a, b),)  # noqa: E731 - as above
            return again(formula, (u, a, b), wanted, (incoming,))
        return tuple(
            summed_product(derivative, incoming, of.shape) if want else None
            for derivative, of, want in zip(derivatives, (u, a, b), wanted, strict=True)
        )


class _DrawLogs(Function):
    @staticmethod
    def forward(
        ctx: Context, exponential: Tensor, a: Tensor, b: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        found = in_pieces(log_pair, exponential, a, b)
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(*found[3:], exponential, a, b)
        log_x, log1m_x, rest = found[:3]
        return log_x, log1m_x, rest

    @staticmethod
    def backward(ctx: Context, *incoming: Tensor | None) -> Gradients:
        """Leave out what was not used: 0 times a derivative beyond the range is no number."""
        x_by_a, x_by_b, m_by_a, m_by_b, rest_by_b, exponential, a, b = ctx.saved_tensors
        if torch.is_grad_enabled():
            wanted = ctx.needs_input_grad[1:]
            found = again(lambda: logs(exponential, a, b), (a, b), wanted, incoming)
            return None, *found
        by_a, by_b = torch.zeros_like(a), torch.zeros_like(b)
        for derivative, given in zip((x_by_a, m_by_a), incoming, strict=False):
            by_a = by_a if given is None else by_a + summed_product(derivative, given, a.shape)
        for derivative, given in zip((x_by_b, m_by_b, rest_by_b), incoming, strict=True):
            by_b = by_b if given is None else by_b + summed_product(derivative, given, b.shape)
        return None, by_a, by_b


def _exponential(like: Tensor, shape: torch.Size) -> Tensor:
    """Draw standard exponential numbers from the generator's uniform ones."""
    uniform = torch.rand(shape, dtype=like.dtype, device=like.device)
    return -torch.log1p(-uniform.clamp(min=lowest_uniform(like.dtype)))


def draw(a: Tensor, b: Tensor, shape: torch.Size) -> Tensor:
    """Draw x of the given shape (draws..., batch...), differentiable by a and b."""
    if not is_plain():
        return torch.exp(log_quantile(_exponential(a, shape), a, b))
    if not needs_derivatives(a, b):
        return quantile_draws(a, b, shape, derivatives=False).x
    drawn: Tensor = _Draw.apply(a, b, shape)
    return drawn


def invert(u: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """Quantile at u in [0, 1], differentiable by u, a and b; at 0 and 1 with the limits by u."""
    u, a, b = torch.broadcast_tensors(u, a, b)
    at_0, at_1 = u == 0, u == 1
    inside = torch.where(at_0 | at_1, 0.5, u)
    x: Tensor = _Invert.apply(inside, a, b) if is_plain() else _quantile_at(inside, a, b)
    # 0 and 1, as powers with the slope that x has there: 1/b at 0 if a = 1, 1/a at 1 if b = 1,
    # and else 0 or infinity.
    a, b = (torch.where(at_0 | at_1, part, 1.0) for part in (a, b))
    lowest = u ** (1 / a) * torch.where(a == 1, 1 / b, 1.0)
    highest = 1 - (1 - u) ** (1 / b) * torch.where(b == 1, 1 / a, 1.0)
    return torch.where(at_0, lowest, torch.where(at_1, highest, x))


def draw_logs(a: Tensor, b: Tensor, shape: torch.Size) -> tuple[Tensor, Tensor, Tensor]:
    """Draw (log x, log(1-x), log(1 - x^a)) of the given shape, differentiable by a and b."""
    exponential = _exponential(a, shape)
    if not is_plain():
        return logs(exponential, a, b)
    drawn: tuple[Tensor, Tensor, Tensor] = _DrawLogs.apply(exponential, a, b)
    return drawn

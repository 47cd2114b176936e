"""Log density of Kumaraswamy(a, b) from logarithms, in float64, to little over a rounding.

log a + log b + (a-1) log x + (b-1) log(1 - x^a): each term is kept to twice float64's digits
and the sum is rounded once, because the terms may cancel while rounding of x, a and b moves the
sum little. Derivatives need no such care; they are the formulas, and differentiable again.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.autograd import Function

from impl.samplers import double_double
from impl.samplers.double_double import Pair, add, collapse, divide, multiply, pair, two_sum
from impl.samplers.pieces import in_pieces
from impl.samplers.special import Context, log1mexp

__all__ = ["accurate_log", "log_density", "log_density_of_draw"]


class _AccurateLog(Function):
    @staticmethod
    def forward(ctx: Context, x: Tensor) -> tuple[Tensor, Tensor]:
        ctx.save_for_backward(x)
        high, low = in_pieces(double_double.log, x)
        ctx.mark_non_differentiable(low)
        return high, low

    @staticmethod
    def backward(ctx: Context, incoming: Tensor, _low: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        return incoming / x


def accurate_log(x: Tensor) -> Pair:
    """Log of float64 x >= 0, with what its rounding to float64 leaves out."""
    return Pair(*_AccurateLog.apply(x))


def _pairs(parts: Sequence[Tensor]) -> list[Pair]:
    return [Pair(*both) for both in zip(parts[::2], parts[1::2], strict=True)]


def _sum(constant: Pair, first: Pair, second: Pair) -> Tensor:
    return collapse(add(add(constant, first), second))


def _lost(log_x: Tensor, given: torch.dtype) -> Tensor:
    """Where log x, rounded in a dtype, has underflown and only log(1-x) tells x from 1."""
    return -log_x < torch.finfo(given).tiny / torch.finfo(given).eps


class _LogDensity(Function):
    @staticmethod
    def forward(  # noqa: PLR0917 - Function passes by position
        ctx: Context,
        a: Tensor,
        b: Tensor,
        log_x: Tensor,
        log1m_x: Tensor,
        low: Tensor,
        given: torch.dtype,
    ) -> Tensor:
        def work(log_x: Tensor, low: Tensor, log1m_x: Tensor, *parts: Tensor) -> tuple[Tensor]:
            a, b, *rest_of_them = parts
            log_a, constant, a_less_1, b_less_1 = _pairs(rest_of_them)
            whole = Pair(log_x, low)
            rest = double_double.log1mexp(multiply(pair(a), whole))
            # There 1 - x^a = a (1-x) to rounding.
            near, lost = add(log_a, pair(log1m_x)), _lost(log_x, given)
            rest = Pair(*(torch.where(lost, x, y) for x, y in zip(near, rest, strict=True)))
            # At x = 0 and x = 1 the limit, where a power of 0 is the factor 1.
            whole = Pair(torch.where((a == 1) & log_x.isinf(), 0.0, log_x), low)
            rest = Pair(torch.where((b == 1) & rest.high.isinf(), 0.0, rest.high), rest.low)
            return (_sum(constant, multiply(a_less_1, whole), multiply(b_less_1, rest)),)

        log_a = double_double.log(a)
        constant = add(log_a, double_double.log(b))
        parts = (*log_a, *constant, *two_sum(a, -1), *two_sum(b, -1))
        ctx.save_for_backward(a, b, log_x, log1m_x)
        ctx.given = given
        (value,) = in_pieces(work, log_x, low, log1m_x, a, b, *parts)
        return value

    @staticmethod
    def backward(ctx: Context, incoming: Tensor) -> tuple[Tensor | None, ...]:
        a, b, log_x, log1m_x = ctx.saved_tensors
        lost = _lost(log_x, ctx.given)
        exponent = a * torch.where(lost, -1.0, log_x)
        slope = -torch.expm1(-exponent).reciprocal()  # of log(1 - exp(.))
        moved = torch.where(log_x.isinf(), 0.0, log_x) * slope
        rest = torch.where(lost, torch.log(a) + log1m_x, log1mexp(exponent))
        by_a = 1 / a + log_x + (b - 1) * torch.where(lost, 1 / a, moved)
        by_log_x = (a - 1) + (b - 1) * torch.where(lost, 0.0, a * slope)
        by_log1m_x = torch.where(lost, b - 1, 0.0)
        return (
            (incoming * by_a).sum_to_size(a.shape),
            (incoming * (1 / b + rest)).sum_to_size(b.shape),
            (incoming * by_log_x).sum_to_size(log_x.shape),
            (incoming * by_log1m_x).sum_to_size(log1m_x.shape),
            None,
            None,
        )


def log_density(a: Tensor, b: Tensor, log_x: Pair, log1m_x: Tensor, given: torch.dtype) -> Tensor:
    """Log density from log x, or from log(1-x) where log x has underflown.

    `given` is the dtype in which log x was rounded.
    """
    value: Tensor = _LogDensity.apply(a, b, log_x.high, log1m_x, log_x.low, given)
    return value


class _LogDensityOfDraw(Function):
    @staticmethod
    def forward(ctx: Context, a: Tensor, b: Tensor, log_x: Tensor, rest: Tensor) -> Tensor:
        def work(rest: Tensor, *parts: Tensor) -> tuple[Tensor]:
            constant, ratio, b_less_1 = _pairs(parts)
            log_power = double_double.log1mexp(pair(rest))
            first, second = multiply(ratio, log_power), multiply(b_less_1, pair(rest))
            return (_sum(constant, first, second),)

        # (a-1) log x = (1 - 1/a) log x^a
        ratio = divide(two_sum(a, -1), a)
        constant = add(double_double.log(a), double_double.log(b))
        ctx.save_for_backward(a, b, log_x, rest)
        (value,) = in_pieces(work, rest, *constant, *ratio, *two_sum(b, -1))
        return value

    @staticmethod
    def backward(ctx: Context, incoming: Tensor) -> tuple[Tensor, ...]:
        a, b, log_x, rest = ctx.saved_tensors
        return (
            (incoming * (1 / a + log_x)).sum_to_size(a.shape),
            (incoming * (1 / b + rest)).sum_to_size(b.shape),
            (incoming * (a - 1)).sum_to_size(log_x.shape),
            (incoming * (b - 1)).sum_to_size(rest.shape),
        )


def log_density_of_draw(a: Tensor, b: Tensor, log_x: Tensor, rest: Tensor) -> Tensor:
    """Log density at a draw, from rest = log(1 - x^a), which has not been through log x.

    The value takes log x from rest, to twice the digits; the derivatives are those of the four
    terms by log x and rest as they are given, so that they add up to those along the draw.
    """
    value: Tensor = _LogDensityOfDraw.apply(a, b, log_x, rest)
    return value

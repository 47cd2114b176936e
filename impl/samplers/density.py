"""Log density of Kumaraswamy(a, b) in float64, to little over a rounding.

log a + log b + (a-1) log x + (b-1) log(1 - x^a): each term is kept to twice float64's digits
and the sum is rounded once, because the terms may cancel while rounding of x, a and b moves the
sum little. Derivatives need no such care; they are those of the formula, to every order.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from impl.samplers import double_double
from impl.samplers.differentiation import by_two_routes
from impl.samplers.double_double import Pair, add, collapse, divide, multiply, pair, two_sum
from impl.samplers.pieces import in_pieces
from impl.samplers.special import log1mexp

__all__ = ["log_density", "log_density_from_logs", "log_density_of_draw"]

_MOST = torch.finfo(torch.float64).max


def log_density(a: Tensor, b: Tensor, x: Tensor) -> Tensor:
    """Log density at x in [0, 1]; all are of float64.

    At an end where the density is finite, the derivatives are the limits there: by x, -(b-1) at 0
    if a = 1, and a-1 at 1 if b = 1. That by the concentration which makes it finite is minus
    infinity; it comes as the lowest number, so that 0 times it is 0.
    """

    def value(a: Tensor, b: Tensor, x: Tensor) -> Tensor:
        log_x = Pair(*in_pieces(double_double.log, x))
        return _value(a, b, log_x, torch.log1p(-x), x.dtype)

    def formula(a: Tensor, b: Tensor, x: Tensor) -> Tensor:
        at_0, at_1 = (x == 0) & (a == 1), (x == 1) & (b == 1)
        log_x = torch.where(at_0, -torch.inf, torch.log(torch.where(at_0, 1.0, x)))
        log1m_x = torch.where(at_1, -torch.inf, torch.log1p(-torch.where(at_1, 0.0, x)))
        return _formula(a, b, log_x, log1m_x, x.dtype)

    return by_two_routes(value, formula, a, b, x)


def log_density_from_logs(
    a: Tensor, b: Tensor, log_x: Tensor, log1m_x: Tensor, *, given: torch.dtype
) -> Tensor:
    """Log density from log x, or from log(1-x) where log x has underflown.

    `given` is the dtype in which log x was rounded.
    """

    def value(a: Tensor, b: Tensor, log_x: Tensor, log1m_x: Tensor) -> Tensor:
        return _value(a, b, pair(log_x), log1m_x, given)

    def formula(a: Tensor, b: Tensor, log_x: Tensor, log1m_x: Tensor) -> Tensor:
        return _formula(a, b, log_x, log1m_x, given)

    return by_two_routes(value, formula, a, b, log_x, log1m_x)


def log_density_of_draw(a: Tensor, b: Tensor, log_x: Tensor, rest: Tensor) -> Tensor:
    """Log density at a draw, from rest = log(1 - x^a), which has not been through log x.

    The value takes log x from rest, to twice the digits; the derivatives are those of the four
    terms by log x and rest as they are given, so that they add up to those along the draw.
    """

    def formula(a: Tensor, b: Tensor, log_x: Tensor, rest: Tensor) -> Tensor:
        return torch.log(a) + torch.log(b) + (a - 1) * log_x + (b - 1) * rest

    return by_two_routes(_value_of_draw, formula, a, b, log_x, rest)


def _pairs(parts: Sequence[Tensor]) -> list[Pair]:
    return [Pair(*both) for both in zip(parts[::2], parts[1::2], strict=True)]


def _sum(constant: Pair, first: Pair, second: Pair) -> Tensor:
    return collapse(add(add(constant, first), second))


def _lost(log_x: Tensor, given: torch.dtype) -> Tensor:
    """Where log x, rounded in a dtype, has underflown and only log(1-x) tells x from 1."""
    return -log_x < torch.finfo(given).tiny / torch.finfo(given).eps


def _value(a: Tensor, b: Tensor, log_x: Pair, log1m_x: Tensor, given: torch.dtype) -> Tensor:
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
    (value,) = in_pieces(work, *log_x, log1m_x, a, b, *parts)
    return value


def _formula(a: Tensor, b: Tensor, log_x: Tensor, log1m_x: Tensor, given: torch.dtype) -> Tensor:
    at_0, lost = log_x.isinf(), _lost(log_x, given)
    log_a = torch.log(a)
    first = torch.where(at_0 & (a == 1), -_MOST, log_x)
    beside_1 = log_a + torch.where(log1m_x.isinf() & (b == 1), -_MOST, log1m_x)
    inside = log1mexp(a * torch.where(at_0 | lost, -1.0, log_x))
    rest = torch.where(at_0, log1m_x, torch.where(lost, beside_1, inside))
    return log_a + torch.log(b) + (a - 1) * first + (b - 1) * rest


def _value_of_draw(a: Tensor, b: Tensor, log_x: Tensor, rest: Tensor) -> Tensor:
    def work(rest: Tensor, *parts: Tensor) -> tuple[Tensor]:
        constant, ratio, b_less_1 = _pairs(parts)
        log_power = double_double.log1mexp(pair(rest))
        first, second = multiply(ratio, log_power), multiply(b_less_1, pair(rest))
        return (_sum(constant, first, second),)

    # (a-1) log x = (1 - 1/a) log x^a
    ratio = divide(two_sum(a, -1), a)
    constant = add(double_double.log(a), double_double.log(b))
    shape = torch.broadcast_shapes(log_x.shape, rest.shape, a.shape, b.shape)
    (value,) = in_pieces(work, rest.expand(shape), *constant, *ratio, *two_sum(b, -1))
    return value

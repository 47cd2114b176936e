"""Typed integer indices, and proofs that an index never leaves its range.

Sizes (N, D1, ...) are positive integer symbols. An index runs over ``lower..upper``, both
expressions in sizes. Whether an access is always in range is decided exactly: an affine
expression over a box is least at a corner, and an affine function of sizes that are all at
least one is never negative exactly when its value at one and every slope are not negative.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Self, TypeVar, cast

from sympy import Basic, Expr, Integer, Poly, Symbol, sympify
from sympy.core.symbol import Str


class IndexOutOfRangeError(ValueError):
    """An access that could not be proved to stay inside its array."""


def size(name: str) -> Symbol:
    """Return a symbol for a number of things: an integer, at least one."""
    return Symbol(name, integer=True, positive=True)


NodeT = TypeVar("NodeT", bound=Basic)
_KNOWN: dict[Basic, Basic] = {}


def interned(node: NodeT) -> NodeT:
    """Return one shared object for all equal ones, so that lookups compare by identity."""
    return cast("NodeT", _KNOWN.setdefault(node, node))


class Index(Expr):
    """An integer variable with the inclusive range ``lower..upper``.

    A free index is an argument of the formula; an ``IndexSum`` binds its indices.
    """

    is_commutative = True
    is_integer = True

    def __new__(cls, name: str | Str, lower: Any, upper: Any) -> Self:
        bounds = _bounds(sympify(lower), sympify(upper))
        return interned(Expr.__new__(cls, Str(str(name)), *bounds))

    @property
    def name(self) -> str:
        """The letter it is printed with."""
        name: str = self.args[0].name
        return name

    @property
    def lower(self) -> Expr:
        """The first value."""
        return self.args[1]

    @property
    def upper(self) -> Expr:
        """The last value."""
        return self.args[2]

    @property
    def count(self) -> Expr:
        """How many values it takes."""
        return self.upper - self.lower + 1

    def renamed(self, name: str) -> Index:
        """Return another index over the same range."""
        return Index(name, self.lower, self.upper)

    def __str__(self) -> str:
        """Return the name, without a printer: indices are sorted by it often."""
        return self.name

    def _sympystr(self, printer: Any) -> str:  # noqa: ARG002 - SymPy's printing protocol
        return self.name


@cache
def _bounds(lower: Expr, upper: Expr) -> tuple[Expr, Expr]:
    """Check that a range depends on sizes alone and never has a negative length; expand it.

    Substitution would not reach an index inside a range. A range from three to N would have the
    length -1 where N is one.
    """
    for bound in (lower, upper):
        if _ranged_parts(bound) or not bound.is_integer:
            message = (
                f"index range {lower}..{upper}: wanted integer expressions in sizes, got {bound}"
            )
            raise ValueError(message)
    if not is_never_negative(upper - lower + 1):
        message = f"index range {lower}..{upper}: wanted one proved never shorter than empty"
        raise ValueError(message)
    return lower.expand(), upper.expand()


def _ranged_parts(expression: Expr) -> list[tuple[Basic, Expr, Expr]]:
    """List every index and integer-valued element in an expression with its range."""
    parts = []
    todo = [expression]
    while todo:
        node = todo.pop()
        if isinstance(node, Index):
            parts.append((node, node.lower, node.upper))
        elif getattr(node, "value_range", None) is not None:
            parts.append((node, *node.value_range))
        else:
            todo.extend(node.args)
    return parts


def least_value(expression: Expr) -> Expr | None:
    """Return the least value an affine expression takes over its indices, in sizes.

    None when the expression is not affine in its indices with numeric slopes.
    """
    expression = sympify(expression).expand()
    for part, lower, upper in _ranged_parts(expression):
        slope = expression.coeff(part, 1)
        rest = (expression - slope * part).expand()
        if not slope.is_Rational or any(p == part for p, _, _ in _ranged_parts(rest)):
            return None
        expression = (rest + slope * (lower if slope.is_positive else upper)).expand()
    return expression


@cache
def is_never_negative(expression: Expr) -> bool:
    """Decide that an expression is at least zero at every index value, for all sizes.

    Exact for affine expressions; for products of sizes a sufficient test, so that True is
    always a proof.
    """
    least = least_value(expression)
    if least is None:
        return False
    symbols = sorted(least.free_symbols, key=str)
    if not symbols:
        return bool(least.is_Number and least >= 0)
    if not all(s.is_integer and s.is_positive for s in symbols) or not least.is_polynomial():
        return False
    shifted = least.subs({s: s + 1 for s in symbols}, simultaneous=True)
    return all(c >= 0 for c in Poly(shifted, *symbols).coeffs())


def prove_in_range(subscript: Expr, lower: Expr, upper: Expr, where: str) -> None:
    """Prove ``lower <= subscript <= upper`` for all sizes, or raise: the error says which fails."""
    if not subscript.is_integer:
        message = f"{where}: wanted an integer subscript, got {subscript}"
        raise IndexOutOfRangeError(message)
    if not is_never_negative(subscript - lower):
        worst = least_value(subscript)
        said = "with no least value known" if worst is None else f"which can be as small as {worst}"
        message = f"{where}: wanted a subscript at least {lower}, got {subscript}, {said}"
        raise IndexOutOfRangeError(message)
    if not is_never_negative(upper - subscript):
        least = least_value(-subscript)
        said = (
            "with no largest value known" if least is None else f"which can be as large as {-least}"
        )
        message = f"{where}: wanted a subscript at most {upper}, got {subscript}, {said}"
        raise IndexOutOfRangeError(message)


ONE = Integer(1)

"""Proofs that an expression is positive, never below zero, or strictly inside the unit interval."""

from __future__ import annotations

from sympy import Add, Expr, Mul, Pow, exp

from derivations.calculus.expressions import UNIT, Element, IndexSum
from derivations.calculus.indices import Index, is_never_negative


def is_positive(expression: Expr) -> bool:
    """Prove an expression positive and each of its parts real; False means unknown."""
    if isinstance(expression, exp):
        return True
    if isinstance(expression, IndexSum):
        return not any(map(may_be_empty, expression.indices)) and is_positive(expression.body)
    if isinstance(expression, Add):
        parts = expression.args
        some_positive = any(map(is_positive, parts)) and all(map(is_never_below_zero, parts))
        return some_positive or is_in_unit_interval(expression)
    if isinstance(expression, Mul):
        return all(is_positive(a) for a in expression.args)
    if isinstance(expression, Pow):
        return is_positive(expression.base)
    return bool(expression.is_positive)


def is_never_below_zero(expression: Expr) -> bool:
    """Prove an expression zero or more where it has a value; False means unknown."""
    if isinstance(expression, IndexSum):
        return is_never_below_zero(expression.body)
    if isinstance(expression, (Add, Mul)):
        return all(map(is_never_below_zero, expression.args)) or is_positive(expression)
    if isinstance(expression, Pow) and expression.exp.is_even and expression.base.is_real:
        return True
    return is_positive(expression) or bool(expression.is_nonnegative)


def is_in_unit_interval(expression: Expr) -> bool:
    """Prove an expression strictly between zero and one; False means unknown."""
    if isinstance(expression, Element):
        return expression.array.domain == UNIT
    if isinstance(expression, Mul):
        return all(map(is_in_unit_interval, expression.args))
    if isinstance(expression, Pow):
        return is_in_unit_interval(expression.base) and is_positive(expression.exp)
    if isinstance(expression, Add):
        return expression.args[0] == 1 and is_in_unit_interval(1 - expression)
    return bool(expression.is_Rational and 0 < expression < 1)


def may_be_empty(index: Index) -> bool:
    """Whether an index is not proved to have a value at all sizes."""
    return not is_never_negative(index.upper - index.lower)

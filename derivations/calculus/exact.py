"""Exact numbers only: a float in a statement is refused, since it says less than its decimals.

``0.1 * 3`` is not ``3/10`` in floats, so a float cannot be read as the number that was meant.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from sympy import Basic, Expr, Float, sympify

SIMPLE = 10**6
"""The largest denominator of a fraction that is proposed for a float which is nearest to it."""


class RoundedNumberError(ValueError):
    """A statement, or what is to be evaluated, contains a float."""


def exact(value: Any) -> Expr:
    """Return SymPy's form of a value that is not itself a float.

    Raises
    ------
    RoundedNumberError
        If it is a float, Python's, NumPy's or SymPy's; the message says how to write the number.
    """
    found = sympify(value)
    if isinstance(found, Float):
        raise RoundedNumberError(_advice(found, ""))
    return found


def rounded(formula: Basic) -> str:
    """Say how to write the first float of a formula; the empty string where there is none."""
    if not formula.has(Float):
        return ""
    first = min(formula.atoms(Float), key=str)
    return _advice(first, "" if formula == first else f"{formula}: ")


def refuse_floats(*formulas: object) -> None:
    """Raise a RoundedNumberError if there is a float in any of the formulas."""
    for formula in formulas:
        if isinstance(formula, (float, np.floating)):
            exact(formula)
        if isinstance(formula, Basic) and (reason := rounded(formula)):
            raise RoundedNumberError(reason)


def _advice(number: Float, where: str) -> str:
    value = float(number)
    near = Fraction(value).limit_denominator(SIMPLE)
    if float(near) != value:
        near = Fraction(repr(value))
    form = f"Rational({near.numerator}, {near.denominator})" if near.denominator > 1 else str(near)
    return f"{where}wanted exact numbers, got the float {value!r}: write {form}"

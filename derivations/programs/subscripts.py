"""Subscripts and sizes as plain numbers: polynomials of sizes, affine in indices."""

from __future__ import annotations

from sympy import Expr, Integer, Poly, sympify

from derivations.calculus.expressions import Element
from derivations.calculus.indices import Index
from derivations.programs.instructions import Polynomial

States = tuple[tuple[int, str, tuple[object, ...]], ...]
Subscript = tuple[Polynomial, tuple[tuple[int, int], ...], States]
"""A constant, (coefficient, axis) of indices, and (coefficient, name, subscripts) of states."""


def polynomial(expression: Expr) -> Polynomial:
    """Return a whole number that depends on sizes."""
    expression = sympify(expression).expand()
    if expression.is_Integer:
        return ((int(expression), ()),)
    symbols = sorted(expression.free_symbols, key=str)
    terms = []
    for powers, coefficient in Poly(expression, *symbols).terms():
        names = tuple(
            str(s) for s, power in zip(symbols, powers, strict=True) for _ in range(power)
        )
        terms.append((int(coefficient), names))
    return tuple(terms)


def subscript(expression: Expr, axes: tuple[Index, ...]) -> Subscript:
    """Return a subscript, counted from one; an index stands for its own values."""
    rest = sympify(expression).expand()
    indices, states = [], []
    for part in sorted(rest.atoms(Index, Element), key=str):
        if isinstance(part, Index) and not _is_inside(part, rest):
            continue
        coefficient = rest.coeff(part, 1)
        rest = (rest - coefficient * part).expand()
        if isinstance(part, Index):
            # An axis counts from zero, the index from its first value.
            indices.append((int(coefficient), axes.index(part)))
            rest = (rest + coefficient * part.lower).expand()
        else:
            inner = tuple(subscript(s, axes) for s in part.subscripts)
            states.append((int(coefficient), part.array.name, inner))
    return polynomial(rest), tuple(indices), tuple(states)


def _is_inside(index: Index, expression: Expr) -> bool:
    """Return whether an index stands by itself, and not only in the subscript of a state."""
    return expression.coeff(index, 1) != Integer(0)

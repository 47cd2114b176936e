"""The order in which terms and factors are printed.

SymPy's order of terms and factors has no meaning. Here terms with fewer indices come first; then
they are ordered by the arrays in them, positive before negative, with numbers last. The order in a
product is: numbers, sizes, elements and indicators, parentheses, functions, sums.
"""

from __future__ import annotations

import re
from typing import Any

from sympy import Add, Basic, Expr, Function, Mul, NumberSymbol, Pow, Rational, Symbol, log

from derivations.calculus.expressions import (
    Array,
    Element,
    IndexProduct,
    IndexSum,
    Iverson,
    StateSum,
)
from derivations.calculus.indices import Index
from derivations.calculus.matrices import InverseEntry
from derivations.printing.letters import GREEK

Key = tuple[Any, ...]


def signed(term: Expr) -> tuple[bool, Expr]:
    """Return whether a term is printed with a minus sign, and what follows the sign.

    A sum whose terms are all negative is printed with the sign in front, also if it is a factor:
    ``sum_i (-a_i)`` as ``-sum_i a_i``, and ``c (-a - b)`` as ``-c (a + b)``. Nothing is multiplied
    out.
    """
    coefficient, rest = term.as_coeff_Mul()
    negative = bool(coefficient.is_negative)
    factors = list(Mul.make_args(rest))
    for place, factor in enumerate(factors):
        positive = None if isinstance(term, Add) else _positive(factor)
        if positive is not None:
            factors[place] = positive
            negative, rest = not negative, Mul(*factors, evaluate=False)
    if abs(coefficient) == 1:
        return negative, rest
    return negative, Mul(abs(coefficient), *Mul.make_args(rest), evaluate=False)


def _positive(factor: Expr) -> Expr | None:
    """Return a factor without the minus sign that all its terms have; None if they do not."""
    if isinstance(factor, IndexSum):
        inside, body = signed(factor.body)
        return IndexSum(body, *factor.indices) if inside else None
    if isinstance(factor, Add) and all(is_negative(a) for a in factor.args):
        return Add(*(-a for a in factor.args))
    return None


def is_negative(term: Expr) -> bool:
    """Whether a term is printed with a minus sign in front."""
    return signed(term)[0]


def ordered_terms(addition: Expr) -> list[Expr]:
    """Return the terms in printed order, with a positive one first if there is one."""
    ordered = sorted(Add.make_args(addition), key=term_key)
    first = next((n for n, t in enumerate(ordered) if not is_negative(t)), 0)
    return [ordered[first], *ordered[:first], *ordered[first + 1 :]]


def term_key(term: Expr) -> Key:
    """Return the key terms are sorted by."""
    rest = term.as_coeff_Mul()[1]
    return (
        bool(term.is_Rational),
        len(_bound(rest)),
        sorted(_natural(a.notation) for a in rest.atoms(Array)),
        is_negative(term),
        -_degree(rest),
        sorted(_natural(s.name) for s in rest.atoms(Symbol, Index)),
        _shape(rest),
    )


def _bound(expression: Basic) -> set[str]:
    """Return the letters bound anywhere in an expression, without primes."""
    found = {i.name.rstrip("'") for i in getattr(expression, "indices", ())}
    if isinstance(expression, StateSum):
        found |= {a.name for a in expression.arrays}
    for argument in expression.args:
        found |= _bound(argument)
    return found


def _degree(expression: Expr) -> float:
    """Return the degree of a monomial, zero for anything else."""
    powers = [f.as_base_exp() for f in Mul.make_args(expression)]
    plain = (float(e) for b, e in powers if e.is_Rational and isinstance(b, (Symbol, Index)))
    return sum(plain)


def _natural(name: str) -> tuple[bool, str, str]:
    """Sort Greek letters (parameters) before Latin ones (data), first without accents."""
    bare = name
    while "(" in bare:
        bare = bare.partition("(")[2].replace(")", "", 1)
    letter = re.split(r"[^A-Za-z]", bare)[0]
    return letter not in GREEK, bare.lower(), name


def _shape(expression: Expr) -> str:
    return str(expression)


def ordered_factors(factors: list[Expr]) -> list[Expr]:
    """Return the factors of a product in printed order."""
    return sorted(factors, key=_factor_key)


def _factor_key(factor: Expr) -> Key:
    base, exponent = factor.as_base_exp()
    names = sorted(_natural(a.notation) for a in base.atoms(Array))
    standing = _factor_class(base if exponent == 1 else factor)
    return standing, len(_bound(base)), names, _shape(base), _shape(exponent)


def _factor_class(base: Expr) -> int:  # noqa: PLR0911 - one line for each class
    if isinstance(base, (Rational, NumberSymbol)):
        return 0
    if isinstance(base, (Symbol, Index)):
        return 1
    if isinstance(base, Iverson):
        return 2
    if isinstance(base, (Element, InverseEntry)):
        return 3
    if isinstance(base, (IndexProduct, IndexSum, StateSum)):
        return 8
    if isinstance(base, Add):
        return 4
    if isinstance(base, log):
        return 7
    if isinstance(base, Pow):
        return 6 if base.base.is_Rational else _factor_class(base.base)
    if isinstance(base, Function):
        return 6
    return 5

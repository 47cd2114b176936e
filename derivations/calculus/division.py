"""Division of sums of terms by divisors that are sums, so that ``P / P`` becomes one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from sympy import Add, Expr, Integer, Pow, default_sort_key

from derivations.calculus.terms import Powers, Term, gathered, multiplied

Spreader = Callable[[Expr], list[Term]]

MOST_DIVISIONS = 200
"""A sum that takes more divisions is left partly reduced, which is still correct."""


def divided(terms: list[Term], spread: Spreader) -> list[Term]:
    """Write ``L / P`` as ``1 - (P - L) / P`` for one term L of each divisor P.

    With the same L chosen for the same P, what is left of a sum does not depend on how its
    numerators were grouped: ``a / (a + b) + b / (a + b)`` becomes one.
    """
    done: list[Term] = []
    todo = list(terms)
    divisions = 0
    while todo:
        term = todo.pop()
        parts = _divide_once(term, spread) if divisions < MOST_DIVISIONS else None
        if parts is None:
            done.append(term)
        else:
            divisions += 1
            todo += parts
    return done


def _divide_once(term: Term, spread: Spreader) -> list[Term] | None:
    for divisor, power in term.powers:
        if not (isinstance(divisor, Add) and power.is_Integer and power < 0):
            continue
        parts = spread(divisor)
        leading = _leading(parts)
        if leading is None:
            continue
        parts.remove(leading)
        rest = _quotient(term.powers, leading.powers)
        if rest is None:
            continue
        scale = term.coefficient / leading.coefficient
        whole = Term(scale, powers=((divisor, Integer(1)),))
        others = (replace(p, coefficient=-scale * p.coefficient) for p in parts)
        products = (_beneath(term, rest, p) for p in (whole, *others))
        return [t for product in products for t in spread(product.expression())]
    return None


def _leading(parts: list[Term]) -> Term | None:
    """Choose a term without sums that has a factor which no other term has.

    Each division removes one such factor and adds none, so that the divisions end.
    """
    factors = Counter((a, p.is_positive) for part in parts for a, p in part.powers)
    fitting = [
        part
        for part in parts
        if not part.indices
        and not part.conditions
        and any(factors[a, p.is_positive] == 1 for a, p in part.powers)
    ]
    if not fitting:
        return None
    return min(fitting, key=lambda p: [default_sort_key(Pow(*pair)) for pair in p.powers])


def _beneath(term: Term, rest: Powers, factor: Term) -> Term:
    """Multiply a factor into a term, inside the sums whose indices the factor depends on."""
    body = Term(Integer(1), (), term.conditions, rest)
    product = multiplied((body, factor.renamed_apart(term.indices)))
    return replace(product, indices=(*term.indices, *product.indices))


def _quotient(powers: Powers, divisor: Powers) -> Powers | None:
    """Return the powers after division, or None if the divisor does not divide them."""
    left = dict(powers)
    for atom, power in divisor:
        there = left.get(atom, Integer(0))
        if there * power <= 0 or abs(there) < abs(power):
            return None
        left[atom] = there - power
    return gathered(left.items())

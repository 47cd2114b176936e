"""Proof that a mutant is no mutant: the normal form, and three moves it does not make.

A sum or product may be run through from its other end, factor by factor. Beside the indicator of
two indices each may be written for the other. A sum of indicators of which one at most is one is
its own square.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sympy import Add, Expr, Mul, Pow, default_sort_key

from derivations.calculus.binding import free_indices, rewrite, substitute
from derivations.calculus.expressions import IndexProduct, IndexSum, Iverson
from derivations.calculus.indices import Index
from derivations.calculus.normal_form import collect, is_proved_equal, normal_form, terms
from derivations.calculus.terms import Term, gathered


def is_equivalent(formula: Expr, mutant: Expr, *, up_to_constant: bool = False) -> bool:
    """Prove a mutant equal to the formula for all sizes; False means unknown."""
    if up_to_constant and normal_form(mutant - formula).is_number:
        return True
    wanted, spread = under_indicators(formula), rewrite(collect(mutant), _factor_by_factor)
    apart = rewrite(formula, _factor_by_factor)
    return any(
        is_proved_equal(formula, other)
        or is_proved_equal(apart, other)
        or is_proved_equal(wanted, under_indicators(other))
        for other in (mutant, rewrite(mutant, _unsquared), *_reversed(mutant), *_reversed(spread))
    )


def _reversed(formula: Expr) -> Iterator[Expr]:
    """Yield a formula with one of its sums or products run through from the other end."""
    for node in sorted(formula.atoms(IndexSum, IndexProduct), key=default_sort_key):
        for index in node.indices:
            body = substitute(node.body, {index: index.lower + index.upper - index})
            yield formula.xreplace({node: node.func(body, *node.indices)})


def _factor_by_factor(node: Expr) -> Expr | None:
    """Write a product over indices of products as a product of those of the factors."""
    if not isinstance(node, IndexProduct) or not isinstance(node.body, Mul):
        return None
    return Mul(*(IndexProduct(factor, *node.indices) for factor in node.body.args))


def _unsquared(node: Expr) -> Expr | None:
    """Return the base of a power of a sum of indicators that fix every index summed over."""
    if not (isinstance(node, Pow) and node.exp.is_Integer and node.exp > 0):
        return None
    if not isinstance(node.base, IndexSum):
        return None
    factors = Mul.make_args(node.base.body)
    bound = set(node.base.indices)
    fixed = {
        index
        for factor in factors
        if isinstance(factor, Iverson)
        for index, other in (factor.args, factor.args[::-1])
        if index in bound and bound.isdisjoint(free_indices(other))
    }
    indicators = all(isinstance(factor, Iverson) for factor in factors)
    return node.base if indicators and fixed == bound else None


def under_indicators(formula: Expr) -> Expr:
    """Write one index for the other in what the indicator of the two multiplies."""
    return Add(*(_resolved(term).expression() for term in terms(formula)))


def _resolved(term: Term) -> Term:
    for condition in term.conditions:
        if all(isinstance(side, Index) for side in condition.args):
            kept, written = sorted(condition.args, key=default_sort_key)
            powers = ((substitute(a, {written: kept}), p) for a, p in term.powers)
            term = replace(term, powers=gathered(powers))
    return term

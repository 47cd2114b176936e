"""Capture-avoiding substitution: bound indices are renamed where they would clash."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache

from sympy import Basic, Expr, Integer

from derivations.calculus.expressions import (
    Array,
    Element,
    IndexProduct,
    IndexSum,
    OverIndices,
    StateSum,
)
from derivations.calculus.indices import Index

Component = Callable[..., Expr]
Rule = Callable[[Expr], Expr | None]


@cache
def free_indices(expression: Basic) -> frozenset[Index]:
    """Return the indices an expression depends on, bound ones left out."""
    if isinstance(expression, Index):
        return frozenset({expression})
    found = frozenset(i for argument in expression.args for i in free_indices(argument))
    return found.difference(expression.indices) if isinstance(expression, OverIndices) else found


@cache
def all_indices(expression: Basic) -> frozenset[Index]:
    """Return every index that occurs, bound or free."""
    if isinstance(expression, Index):
        return frozenset({expression})
    return frozenset(index for argument in expression.args for index in all_indices(argument))


@cache
def arrays_in(expression: Basic) -> frozenset[Array]:
    """Return every array that occurs."""
    if isinstance(expression, Array):
        return frozenset({expression})
    return frozenset(array for argument in expression.args for array in arrays_in(argument))


def fresh(index: Index, taken: Iterable[Index]) -> Index:
    """Return the index, with primes added to its letter until that letter is unused."""
    names = {i.name for i in taken}
    name = index.name
    while name in names:
        name += "'"
    return index.renamed(name)


def substitute(expression: Expr, mapping: Mapping[Basic, Expr]) -> Expr:
    """Replace free indices (or any other free subexpression) without capture."""
    if not mapping:
        return expression
    if expression in mapping:
        return mapping[expression]
    if isinstance(expression, Index) or not expression.args:
        return expression
    if isinstance(expression, OverIndices):
        bound = set(expression.indices)
        inner = {old: new for old, new in mapping.items() if bound.isdisjoint(free_indices(old))}
        incoming = {i for new in inner.values() for i in free_indices(new)}
        spoken_for = {i for old in inner for i in all_indices(old)}
        body, indices = _renamed_apart(expression, incoming, spoken_for)
        return expression.func(substitute(body, inner), *indices)
    if isinstance(expression, StateSum):
        mapping = _outside(expression, mapping)
    new_args = [substitute(a, mapping) for a in expression.args]
    return expression if new_args == list(expression.args) else expression.func(*new_args)


def _outside(node: StateSum, mapping: Mapping[Basic, Expr]) -> dict[Basic, Expr]:
    """Return the replacements that apply inside a sum over states, whose arrays are bound."""
    kept = {old: new for old, new in mapping.items() if not old.has(*node.arrays)}
    for new in kept.values():
        if new.has(*node.arrays):
            message = f"wanted a replacement without the arrays that {node} binds, got {new}"
            raise ValueError(message)
    return kept


def _renamed_apart(
    node: OverIndices, incoming: set[Index], spoken_for: set[Index]
) -> tuple[Expr, list[Index]]:
    """Rename the bound indices whose letters clash with incoming ones, to unused letters.

    A letter that is about to be replaced counts as used: a bound index renamed to it would be
    replaced as well.
    """
    renaming: dict[Basic, Expr] = {}
    names = {i.name for i in incoming}
    taken = incoming | spoken_for | all_indices(node)
    for index in node.indices:
        if index.name in names:
            renaming[index] = fresh(index, taken)
            taken = taken | {renaming[index]}
    body = substitute(node.body, renaming)
    return body, [renaming.get(i, i) for i in node.indices]


def legible(expression: Expr) -> Expr:
    """Rename bound indices, with primes where needed, so that no letter has two meanings."""
    return _legible(expression, frozenset(free_indices(expression)))


def _legible(expression: Expr, scope: frozenset[Index]) -> Expr:
    if isinstance(expression, (Index, Array)) or not expression.args:
        return expression
    if isinstance(expression, OverIndices):
        body = expression.body
        new: list[Index] = []
        for index in expression.indices:
            plain = index.renamed(index.name.rstrip("'"))
            new.append(fresh(plain, {*scope, *new}))
        body = substitute(body, dict(zip(expression.indices, new, strict=True)))
        return expression.func(_legible(body, scope | set(new)), *new)
    return expression.func(*(_legible(a, scope) for a in expression.args))


def rewrite(expression: Expr, rule: Rule) -> Expr:
    """Replace, from the outside in, every node for which the rule gives another expression.

    The replacement may use only the free indices of the node, so that no enclosing sum captures
    one of them.
    """
    new = rule(expression)
    if new is not None:
        if not free_indices(new) <= free_indices(expression):
            extra = free_indices(new) - free_indices(expression)
            message = f"replacing {expression}: wanted no new free index, got {extra} in {new}"
            raise ValueError(message)
        return new
    if isinstance(expression, (Index, Array)) or not expression.args:
        return expression
    new_args = [rewrite(a, rule) for a in expression.args]
    return expression if new_args == list(expression.args) else expression.func(*new_args)


def replace_elements(expression: Expr, components: Mapping[Array, Component]) -> Expr:
    """Replace every element of the given arrays by a function of its subscripts."""
    for node in expression.atoms(StateSum):
        if not components.keys().isdisjoint(node.arrays):
            message = f"wanted only free arrays replaced, yet {node} binds one of them"
            raise ValueError(message)

    def rule(node: Expr) -> Expr | None:
        if isinstance(node, Element) and node.array in components:
            return components[node.array](*(rewrite(s, rule) for s in node.subscripts))
        return None

    return rewrite(expression, rule)


def component(expression: Expr, point: tuple[Expr, ...]) -> Component:
    """Return an expression in some indices as a function of their values."""

    def at(*subscripts: Expr) -> Expr:
        return substitute(expression, dict(zip(point, subscripts, strict=True)))

    return at


def sum_over(body: Expr, *indices: Index) -> Expr:
    """Build a sum over indices; an index the body does not use becomes a factor."""
    used = free_indices(body)
    factor: Expr = Integer(1)
    for index in indices:
        if index not in used:
            factor *= index.count
    kept = [i for i in indices if i in used]
    return factor * (IndexSum(body, *kept) if kept and body != 0 else body)


def product_over(body: Expr, *indices: Index) -> Expr:
    """Build a product over indices."""
    return IndexProduct(body, *indices) if indices else body

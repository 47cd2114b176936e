"""A formula whatever the letters of its bound indices."""

from __future__ import annotations

from functools import cache

from sympy import Expr

from derivations.calculus.binding import substitute
from derivations.calculus.expressions import Array, OverIndices
from derivations.calculus.indices import Index


@cache
def without_letters(formula: Expr, depth: int = 0) -> Expr:
    """Name every bound index by how many are bound around it: one tree for one formula."""
    if isinstance(formula, (Index, Array)) or not formula.args:
        return formula
    if isinstance(formula, OverIndices):
        named = [i.renamed(f"#{depth + at}") for at, i in enumerate(formula.indices)]
        body = substitute(formula.body, dict(zip(formula.indices, named, strict=True)))
        return formula.func(without_letters(body, depth + len(named)), *named)
    return formula.func(*(without_letters(argument, depth) for argument in formula.args))

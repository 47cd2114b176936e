"""The cost of evaluating an expression at some sizes: the number of nodes visited."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from sympy import Expr, Integer, Symbol

from derivations.calculus.binding import free_indices
from derivations.calculus.expressions import IndexProduct, IndexSum, StateSum
from derivations.calculus.indices import Index
from derivations.calculus.matrices import Determinant, Inverse

Around = tuple[tuple[Expr, int], ...]
"""For each loop around a node: the number of values, and the number of cells that take them."""
Loop = tuple[Around, int]
"""The loops around the body of a loop, and the number of its nodes outside further loops."""


def cost(expressions: Iterable[Expr], sizes: Mapping[Symbol, int]) -> float:
    """Return about how many nodes an evaluation visits; infinity if a float cannot hold it."""
    return math.fsum(
        weight * math.prod(_times(count, cells, sizes) for count, cells in around)
        for expression in expressions
        for around, weight in _loops(expression)
    )


def _times(count: Expr, cells: Expr, sizes: Mapping[Symbol, int]) -> float:
    try:
        return float(int(count.xreplace(sizes)) ** int(cells.xreplace(sizes)))
    except OverflowError:
        return math.inf


@cache
def _loops(expression: Expr) -> tuple[Loop, ...]:
    return tuple(_found(expression, frozenset(), ()))


def _found(body: Expr, inside: frozenset[Index], states: Around) -> Iterator[Loop]:
    """Yield a body and every loop in it; a loop that depends on fewer indices is cached."""
    weight, loops, waiting = 0, dict[Expr, None](), [body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, (IndexSum, IndexProduct, StateSum, Determinant, Inverse)):
            loops[node] = None
        else:
            weight += 1
            waiting += node.args
    ranges = tuple((i.upper - i.lower + 1, Integer(1)) for i in sorted(inside, key=str))
    yield (*ranges, *states), weight
    for node in loops:
        if isinstance(node, StateSum):
            summed = tuple((a.states, math.prod(a.sizes, start=Integer(1))) for a in node.arrays)
            yield from _found(node.body, inside, (*states, *summed))
        else:
            around = (inside & free_indices(node)) | {*node.indices}
            yield from _found(node.body, frozenset(around), states)

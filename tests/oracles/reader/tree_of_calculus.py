"""The nodes of the calculus as trees: elements, indicators, sums, products, matrices."""

from __future__ import annotations

from fractions import Fraction

from sympy import Mul

from derivations.calculus.binding import free_indices
from derivations.calculus.expressions import (
    Array,
    Element,
    IndexProduct,
    IndexSum,
    Iverson,
    Slice,
    StateSum,
)
from derivations.calculus.indices import Index
from derivations.calculus.matrices import Determinant, Inverse, InverseEntry, OfMatrix
from oracles.reader.cursor import Tree
from oracles.reader.names import named
from oracles.reader.tree import called, tree, trees


@tree.register
def _(x: Index) -> Tree:
    return named(x.name)


@tree.register(Array)
def _(x: Array) -> Tree:
    return named(x.notation, digits="^")


@tree.register(Element)
@tree.register(Slice)
def _(x: Element | Slice) -> Tree:
    return named(x.array.notation, trees(x.subscripts), digits="^")


@tree.register
def _(x: Iverson) -> Tree:
    return called(("name", "I", ("bb",)), ("relation", "=", *trees(x.args)), fence="{")


@tree.register
def _(x: IndexSum) -> Tree:
    """Return a sum; its indices in a condition on indices alone are restricted by that only."""
    indices, body, sign = x.indices, x.body, 1
    while True:
        number, rest = body.as_coeff_Mul()
        if abs(number) != 1 or not isinstance(rest, IndexSum) or set(rest.indices) & set(indices):
            break
        indices, body, sign = (*indices, *rest.indices), rest.body, sign * int(number)
    factors = Mul.make_args(body)
    conditions = [
        f for f in factors if isinstance(f, Iverson) and not f.is_random and _uses(f, indices)
    ]
    others = tuple(f for f in factors if f not in conditions)
    linked = tuple(i for i in indices if any(_uses(c, (i,)) for c in conditions))
    entries = tuple(over(i) if i not in linked else ("over", tree(i)) for i in indices)
    said = tuple(("relation", "=", *trees(c.args)) for c in conditions)
    inside = tree(others[0]) if len(others) == 1 else ("mul", ("num", Fraction(1)), *trees(others))
    whole = ("big", "sum", entries, said, inside)
    return whole if sign > 0 else ("neg", whole)


def _uses(condition: Iverson, indices: tuple[Index, ...]) -> bool:
    return bool(free_indices(condition) & set(indices))


def over(index: Index) -> Tree:
    """Return an index with its range."""
    return ("over", tree(index), tree(index.lower), tree(index.upper))


@tree.register
def _(x: IndexProduct) -> Tree:
    return ("big", "product", tuple(over(i) for i in x.indices), (), tree(x.body))


@tree.register
def _(x: StateSum) -> Tree:
    return ("big", "sum", tuple(("over", tree(a)) for a in x.arrays), (), tree(x.body))


def _matrix(x: OfMatrix) -> Tree:
    if x.is_named:
        return tree(x.body.array)
    return ("script", ("bracket", tree(x.body)), trees(x.indices), ())


def _raised(base: Tree) -> Tree:
    minus_one = (("neg", ("num", Fraction(1))),)
    if base[0] == "script":
        return ("script", base[1], base[2], minus_one)
    return ("script", base, (), minus_one)


@tree.register
def _(x: Determinant) -> Tree:
    return called(("name", "det", ()), _matrix(x))


@tree.register
def _(x: Inverse) -> Tree:
    return _raised(_matrix(x))


@tree.register
def _(x: InverseEntry) -> Tree:
    inverse = _raised(_matrix(x.inverse))
    places = trees(x.subscripts)
    if inverse[1][0] == "bracket":
        return ("script", inverse, places, ())
    return (*inverse[:2], places, inverse[3])

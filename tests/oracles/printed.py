"""Printed results as numbers: notation is given its meaning, all else is evaluated literally."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from sympy import Expr, Integer, Rational

from derivations.calculus.binding import rewrite
from derivations.calculus.evaluate import evaluate
from derivations.calculus.expressions import Array, Element, Slice
from derivations.calculus.indices import Index
from derivations.calculus.matrices import Inverse, InverseEntry
from derivations.calculus.notation import Distribution
from derivations.calculus.point import Point
from derivations.calculus.steps import AT_MOST, DISTRIBUTED, EQUAL, Derivation, Relation, Rule

Floats = np.ndarray
Results = tuple[Relation, ...]
Meanings = Mapping[type[Expr], Callable[[Expr], object]]
"""What a node of a kind is: a number, or an expression that is evaluated in its place."""


class Pair(NamedTuple):
    """What the code gives and what the formula gives; ``scale`` where the latter is zero."""

    got: object
    wanted: object
    scale: float | None = None

    @property
    def error(self) -> float:
        """Return the largest error, relative to the largest number wanted; NaN stays NaN."""
        got, wanted = (np.asarray(side, dtype=float) for side in (self.got, self.wanted))
        assert got.shape == wanted.shape, (got.shape, wanted.shape)
        scale = np.max(np.abs(wanted)) if self.scale is None else self.scale
        assert not scale <= 0, "errors relative to zero"
        return float(np.max(np.abs(got - wanted)) / scale)


Comparison = Callable[[Results, np.random.Generator], list[Pair]]


def worst(pairs: list[Pair]) -> float:
    """Return the largest error of all; NaN if one is."""
    return float(np.max([pair.error for pair in pairs]))


def at_most(smaller: object, larger: object) -> Pair:
    """Return a pair without error only where the one number is at most the other."""
    return Pair(smaller, np.minimum(float(smaller), float(larger)))


def of_order_one(got: object, wanted: object) -> Pair:
    """Return a pair of numbers that may be near zero by chance: errors relative to one there."""
    return Pair(got, wanted, float(np.fmax(1.0, np.max(np.abs(wanted)))))


def read(expression: Expr, point: Point, meanings: Meanings | None = None) -> float:
    """Evaluate an expression; outermost nodes of the kinds given are what they mean there."""
    if not meanings:
        return float(evaluate(expression, point))
    values: dict[Array, Floats] = {}

    def rule(node: Expr) -> Expr | None:
        for kind, meaning in meanings.items():
            if isinstance(node, kind):
                found = meaning(node)
                if isinstance(found, Expr):
                    return found
                letter = Array(f"value_{len(values)}", ())
                values[letter] = np.array(float(found))
                return letter[()]
        return None

    return float(evaluate(rewrite(expression, rule), point.having(values)))


def table(
    expression: Expr, point: Point, *indices: Index, meanings: Meanings | None = None
) -> Floats:
    """Evaluate an expression at all values of its free indices."""
    ranges = [point.index_values(index) for index in indices]
    found = np.empty([len(values) for values in ranges])
    for place in np.ndindex(*found.shape):
        at = {i: v[p] for i, v, p in zip(indices, ranges, place, strict=True)}
        found[place] = read(expression, point.at(at), meanings)
    return found


def parameter(expression: Expr, point: Point, *indices: Index) -> Floats:
    """Evaluate a vector, a diagonal or a matrix that is a law's parameter, entry by entry."""
    return table(_entry(expression, indices), point, *indices)


def _entry(node: Expr, indices: tuple[Index, ...]) -> Expr:
    """Return an expression of vectors or matrices, none beneath a sum, at its entries."""
    if isinstance(node, Distribution):
        (node,) = node.parameters  # of "diag"
    if isinstance(node, Slice):
        return node.array[indices]
    if isinstance(node, Inverse):
        return InverseEntry(node, *indices)
    if isinstance(node, Element) or not node.args:
        return node
    return node.func(*(_entry(a, indices) for a in node.args))


def stated(derivation: Derivation, rule: Rule, number: int = 0) -> Relation:
    """Return what a derivation's steps by a rule of this name state, one of them."""
    return [s.relation for s in derivation.steps if s.rule.name == rule.name][number]


def broken(results: Results) -> Iterator[tuple[str, Results]]:
    """Return the results again and again, each time with one of them false."""
    for number, relation in enumerate(results):
        for name, false in _false(relation):
            changed = replace(relation, right=false)
            yield f"{number}, {name}", (*results[:number], changed, *results[number + 1 :])


def _false(relation: Relation) -> Iterator[tuple[str, Expr]]:
    right, little = relation.right, Rational(1, 1000)
    if relation.symbol == EQUAL:
        yield "raised", right + little
    elif relation.symbol == AT_MOST:
        yield "lowered", right - little
    else:
        assert relation.symbol == DISTRIBUTED
        first, second = right.parameters
        diagonal = isinstance(second, Distribution)
        twice = (
            Distribution(second.name, 2 * second.parameters[0]) if diagonal else Integer(2) * second
        )
        yield "mean doubled", Distribution(right.name, 2 * first, second)
        yield "spread doubled", Distribution(right.name, first, twice)


def gauss_hermite(dimensions: int, order: int) -> tuple[Floats, Floats]:
    """Return noise, shape (nodes, dimensions), and weights: exact to degree 2 order - 1 in each.

    Order two is the rule of all signs, of equal weights.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(order)
    grids = np.meshgrid(*[nodes] * dimensions, indexing="ij")
    each = np.meshgrid(*[weights / weights.sum()] * dimensions, indexing="ij")
    return np.stack([g.ravel() for g in grids], axis=1), np.prod(each, axis=0).ravel()

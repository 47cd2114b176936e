"""Expressions with distributions in them as the trees that the grammar reads."""

from __future__ import annotations

from fractions import Fraction

from sympy import Basic, Expr, Tuple

from derivations.calculus.expressions import Element, Slice
from derivations.families import family
from derivations.meaning.notation import (
    Applied,
    At,
    Density,
    Distributed,
    Divergence,
    Entries,
    Entropy,
    Expectation,
    FamilyAt,
    FamilyDensity,
    Independent,
    Joint,
    PartialDerivative,
    Variance,
    Where,
)
from oracles.reader.cursor import Tree
from oracles.reader.names import word
from oracles.reader.tree import called, subscripted, tree, trees
from oracles.reader.tree_of_calculus import over

ONE: Tree = ("num", Fraction(1))


@tree.register
def _(x: Joint) -> Tree:
    head = word(x.letter.removesuffix("*"))
    return ("script", head, (), (("star",),)) if x.letter.endswith("*") else head


@tree.register
def _(x: At) -> Tree:
    place = tree(x.place)
    return place if isinstance(x.place, Slice) else ("relation", "=", tree(x.variable), place)


@tree.register
def _(x: Entries) -> Tree:
    if x.is_named:
        return tree(x.row)
    return ("script", tree(x.body), trees(x.indices), ())


def _conditioned(head: Tree, values: tuple[Tree, ...], given: tuple[Tree, ...]) -> Tree:
    bar = (("|", given),) if given else ()
    return ("apply", head, "(", ((None, values), *bar))


@tree.register
def _(x: Density) -> Tree:
    return _conditioned(tree(x.joint), trees(x.values), trees(x.given))


def _family_name(x: FamilyAt) -> Tree:
    letter = family(x.name).letter
    return ("name", letter, ("cal",)) if letter else ("name", x.name, ())


def _parameters(x: FamilyAt) -> tuple[Tree, ...]:
    """Return the parameters; a normal law's second is its variance, also where 1 / that is held."""
    found = trees(x.parameters)
    if x.name == "GaussianByPrecision":
        return found[0], ("div", ONE, found[1])
    return found


@tree.register
def _(x: FamilyAt) -> Tree:
    return called(_family_name(x), *_parameters(x))


@tree.register
def _(x: FamilyDensity) -> Tree:
    return _conditioned(_family_name(x.family), (tree(x.value),), _parameters(x.family))


@tree.register
def _(x: Independent) -> Tree:
    """Return a normal law of a vector with its diagonal, or a product of laws."""
    at, indices = x.body, x.indices
    if at.name == "Gaussian" and len(indices) == 1:
        mean, variance = at.parameters
        centre = mean if mean.is_Integer else _row(mean, *indices)
        spread = _row(variance, *indices)
        if centre is not None and spread is not None:
            diagonal = called(("name", "diag", ()), tree(spread))
            return called(_family_name(at), tree(centre), diagonal)
        if centre is not None and variance == 1:
            return called(_family_name(at), tree(centre), ("name", "I", ()))
    return ("big", "product", tuple(over(i) for i in indices), (), tree(at))


def _row(entry: Expr, *indices: Expr) -> Slice | None:
    """Return the vector whose entry it is."""
    whole = isinstance(entry, Element) and entry.subscripts == indices
    return Slice(entry.array) if whole else None


def _under(x: Expectation) -> tuple[Tree, ...]:
    law: Basic = x.distribution
    whole = ("mul", *trees(tuple(law))) if isinstance(law, Tuple) else tree(law)
    return (whole, *(("neg", tree(h)) for h in x.held))


@tree.register
def _(x: Expectation) -> Tree:
    return called(subscripted(("name", "E", ("bb",)), *_under(x)), tree(x.body), fence="[")


@tree.register
def _(x: Variance) -> Tree:
    return called(subscripted(("name", "Var", ()), *_under(x)), tree(x.body), fence="[")


@tree.register
def _(x: Divergence) -> Tree:
    sides = ((None, (tree(x.left),)), ("‖", (tree(x.right),)))
    return ("apply", ("name", "KL", ()), "(", sides)


@tree.register
def _(x: Entropy) -> Tree:
    return called(("name", "H", ()), tree(x.distribution), fence="[")


@tree.register
def _(x: PartialDerivative) -> Tree:
    return ("partial", tree(x.by), tree(x.body))


@tree.register
def _(x: Where) -> Tree:
    left, right = x.variable, x.place
    if isinstance(right, Entries):
        left, right = left.array[(*left.subscripts, *right.indices)], right.body
    said = ("relation", "=", tree(left), tree(right))
    return ("script", ("bracket", tree(x.body)), (said,), ())


@tree.register
def _(x: Applied) -> Tree:
    return called(tree(x.head), *trees(x.arguments))


@tree.register
def _(x: Distributed) -> Tree:
    return ("relation", "~", tree(x.value), tree(x.family))

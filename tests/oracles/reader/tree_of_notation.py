"""Densities, expectations and divergences that are only printed, as trees."""

from __future__ import annotations

from sympy import Tuple

from derivations.calculus.expressions import Density
from derivations.calculus.notation import (
    Applied,
    Distribution,
    Divergence,
    Entropy,
    Expectation,
    Mean,
    PartialDerivative,
    Variance,
)
from oracles.reader.cursor import Tree
from oracles.reader.tree import called, subscripted, tree, trees


@tree.register
def _(x: Density) -> Tree:
    head: Tree = ("name", x.letter.removesuffix("*"), ())
    if x.letter.endswith("*"):
        head = ("script", head, (), (("star",),))
    value = trees(tuple(x.value)) if isinstance(x.value, Tuple) else (tree(x.value),)
    given = (("|", trees(x.given)),) if x.given else ()
    return ("apply", head, "(", ((None, value), *given))


@tree.register
def _(x: Expectation) -> Tree:
    law = tuple(("neg", tree(v)) for v in x.excluding) or (("name", "q", ()),)
    return called(subscripted(("name", "E", ("bb",)), *law), tree(x.body), fence="[")


@tree.register
def _(x: Mean) -> Tree:
    return called(subscripted(("name", "E", ("bb",)), *trees(x.over)), tree(x.body), fence="[")


@tree.register
def _(x: Variance) -> Tree:
    head = subscripted(("name", "Var", ()), ("name", "q", ()))
    return called(head, tree(x.body), fence="[")


@tree.register
def _(x: Applied) -> Tree:
    return called(tree(x.head), *trees(x.arguments))


@tree.register
def _(x: PartialDerivative) -> Tree:
    return ("partial", tree(x.by), tree(x.body))


@tree.register
def _(x: Divergence) -> Tree:
    sides = ((None, (tree(x.left),)), ("‖", (tree(x.right),)))
    return ("apply", ("name", "KL", ()), "(", sides)


@tree.register
def _(x: Entropy) -> Tree:
    return called(("name", "H", ()), tree(x.density), fence="[")


@tree.register
def _(x: Distribution) -> Tree:
    accents = ("cal",) if len(x.name) == 1 else ()
    return called(("name", x.name, accents), *trees(x.parameters))

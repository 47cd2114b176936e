"""Mutations of an expression: any one node, notation included, is replaced by another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sympy import (
    Add,
    Basic,
    Expr,
    Integer,
    Mul,
    Pow,
    Rational,
    Symbol,
    Tuple,
    exp,
    log,
    loggamma,
    polygamma,
)
from sympy.core.symbol import Str

from derivations.calculus.binding import substitute
from derivations.calculus.expressions import (
    Array,
    Element,
    IndexProduct,
    IndexSum,
    Iverson,
    OverIndices,
    Slice,
)
from derivations.calculus.indices import Index
from derivations.families import DISCRETE, family, names
from derivations.meaning.notation import (
    Density,
    Divergence,
    Expectation,
    FamilyAt,
    Independent,
    Joint,
    Part,
    PartialDerivative,
    Variance,
)


@dataclass(frozen=True)
class Letters:
    """The letters of a derivation, which a change may use as replacements."""

    arrays: tuple[Array, ...]
    joints: tuple[Joint, ...]
    sizes: tuple[Symbol, ...]
    indices: tuple[Index, ...] = ()


def changes(
    node: Basic, letters: Letters, only: type[Basic] = Basic
) -> Iterator[tuple[str, Basic]]:
    """Yield every expression with one node, of one type, changed, with the kind of the change."""
    if isinstance(node, only):
        yield from _own(node, letters)
    if isinstance(node, (Joint, Array, Index, Str)) or not node.args:
        return
    for place, argument in enumerate(node.args):
        if not isinstance(argument, Basic) or isinstance(argument, (Str, Joint, Array, Index)):
            continue
        for kind, new in changes(argument, letters, only):
            arguments = [*node.args[:place], new, *node.args[place + 1 :]]
            yield kind, _Built(node.func, tuple(arguments))


def swapped_divergences(side: Expr) -> Iterator[Basic]:
    """Yield a side with the arguments of each of its divergences swapped in turn."""
    for kind, new in changes(side, Letters((), (), ()), only=Divergence):
        if kind == "notation":
            yield new


@dataclass(frozen=True)
class _Built:
    """A node that is not built yet: building it may reject the change."""

    func: Callable[..., Any]
    arguments: tuple[object, ...]


def make(change: Any) -> Any:
    """Build the changed expression, or raise what rejects it."""
    if isinstance(change, _Built):
        return change.func(*(make(a) for a in change.arguments))
    return change


def _own(node: Basic, letters: Letters) -> Iterator[tuple[str, Basic]]:  # noqa: C901, PLR0912 - one line for each kind
    if isinstance(node, Divergence):
        yield "notation", _Built(Divergence, (node.right, node.left))
    elif isinstance(node, Expectation):
        yield from _of_expectation(node, letters)
    elif isinstance(node, Density):
        yield from _of_density(node, letters)
    elif isinstance(node, FamilyAt):
        yield from _of_family(node)
    elif isinstance(node, PartialDerivative) and isinstance(node.by, Element):
        for array in letters.arrays:
            if array != node.by.array and array.sizes == node.by.array.sizes and array.states == 0:
                yield "notation", _Built(PartialDerivative, (node.body, array[node.by.subscripts]))
    elif isinstance(node, Element):
        yield from _of_element(node, letters)
    elif isinstance(node, Slice):
        for array in letters.arrays:
            if (
                array != node.array
                and array.args[1:2] == node.array.args[1:2]
                and array.states == node.array.states
            ):
                yield "letters", _Built(Slice, (array, *node.subscripts))
    elif isinstance(node, (IndexSum, IndexProduct, Independent, Part)):
        yield from _of_binder(node, letters)
    elif isinstance(node, Iverson):
        yield "algebra", Integer(1)
    elif isinstance(node, Add):
        for term in node.args:
            yield "sign", _Built(Add, (node, -2 * term))
            yield "term", _Built(Add, (node, -term))
    elif isinstance(node, Mul):
        for factor in node.args:
            if factor not in (-1, 1):
                yield "factor", Mul(*(a for a in node.args if a is not factor))
    elif isinstance(node, Pow):
        yield "power", _Built(Pow, (node.base, node.exp + 1))
        yield "power", _Built(Pow, (node.base, -node.exp))
    elif isinstance(node, Rational):
        yield "number", node + 1
    elif isinstance(node, Symbol):
        for size in letters.sizes:
            if size != node:
                yield "size", size
        yield "size", node + 1
    elif isinstance(node, (log, exp, loggamma)):
        yield "function", node.args[0]
    elif isinstance(node, polygamma):
        yield "function", _Built(polygamma, (node.args[0] + 1, node.args[1]))


def _of_expectation(node: Expectation, letters: Letters) -> Iterator[tuple[str, Basic]]:
    if node.held:
        yield "notation", _Built(node.func, (node.distribution, node.body))
    if isinstance(node, Variance):
        yield "notation", _Built(Expectation, node.args)
    else:
        yield "notation", _Built(Variance, node.args)
    if isinstance(node.distribution, Joint):
        for joint in letters.joints:
            if joint != node.distribution and set(joint.variables) & set(
                node.distribution.variables
            ):
                yield "notation", _Built(node.func, (joint, node.body, node.held))
    if isinstance(node.distribution, Tuple) and len(node.distribution) > 1:
        for place in range(len(node.distribution)):
            rest = [d for n, d in enumerate(node.distribution) if n != place]
            yield "notation", _Built(node.func, (Tuple(*rest), node.body, node.held))


def _of_density(node: Density, letters: Letters) -> Iterator[tuple[str, Basic]]:
    for item in node.given:
        rest = tuple(g for g in node.given if g != item)
        yield "notation", _Built(Density, (node.joint, node.values, rest))
    if len(node.values) > 1:
        for item in node.values:
            rest = tuple(v for v in node.values if v != item)
            yield "notation", _Built(Density, (node.joint, rest, node.given))
    for item in node.given:
        if item not in node.joint.given:
            moved = tuple(g for g in node.given if g != item)
            yield "notation", _Built(Density, (node.joint, (*node.values, item), moved))
    for joint in letters.joints:
        if joint != node.joint and set(node.joint.variables) <= set(joint.variables):
            given = tuple(
                dict.fromkeys((*(g for g in node.given if g not in node.joint.given), *joint.given))
            )
            yield "notation", _Built(Density, (joint, node.values, given))


def _of_family(node: FamilyAt) -> Iterator[tuple[str, Basic]]:
    own = family(node.name)
    for name in names():
        other = family(name)
        alike = [p.is_vector for p in other.parameters] == [p.is_vector for p in own.parameters]
        alike &= (other.support in DISCRETE) == (own.support in DISCRETE)
        if name != node.name and alike and {name, node.name} != {"Any", "Categorical"}:
            yield "family", _Built(FamilyAt, (name, *node.parameters))
    if len(node.parameters) == 2:  # noqa: PLR2004 - two can be swapped
        yield "family", _Built(FamilyAt, (node.name, *reversed(node.parameters)))


def _of_element(node: Element, letters: Letters) -> Iterator[tuple[str, Basic]]:
    for array in letters.arrays:
        if (
            array != node.array
            and array.sizes == node.array.sizes
            and array.states == node.array.states
        ):
            yield "letters", _Built(Element, (array, *node.subscripts))
    for place, subscript in enumerate(node.subscripts):
        for index in letters.indices:
            if index != subscript and isinstance(subscript, Index):
                changed = [*node.subscripts[:place], index, *node.subscripts[place + 1 :]]
                yield "index", _Built(Element, (node.array, *changed))


def _of_binder(node: OverIndices, letters: Letters) -> Iterator[tuple[str, Basic]]:
    if isinstance(node, IndexSum):
        yield "notation", _Built(IndexProduct, node.args)
    if isinstance(node, IndexProduct):
        yield "notation", _Built(IndexSum, node.args)
    for place, index in enumerate(node.indices):
        bounds = [(index.lower + 1, index.upper), (index.lower, index.upper - 1)]
        bounds += [(index.lower, s) for s in letters.sizes if s != index.upper]
        for lower, upper in bounds:
            yield "index", _Rebound(node, place, lower, upper)


class _Rebound(_Built):
    """A sum whose index runs over another range."""

    def __init__(self, node: OverIndices, place: int, lower: Expr, upper: Expr) -> None:
        def rebuilt() -> Basic:
            old = node.indices[place]
            new = Index(old.name, lower, upper)
            body = substitute(node.body, {old: new})
            made: Basic = node.func(body, *(new if i == old else i for i in node.indices))
            return made

        super().__init__(rebuilt, ())

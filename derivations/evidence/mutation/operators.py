"""Ways to break one node of a formula: the slips that are made when it is copied or derived.

An operator takes a node and what it stands in, and yields what may wrongly stand in its place; None
where the calculus refuses to build that, as it would for whoever wrote it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from sympy import (
    Add,
    Expr,
    Integer,
    Mul,
    Pow,
    Rational,
    Symbol,
    default_sort_key,
    exp,
    log,
    loggamma,
    nan,
    oo,
    polygamma,
    zoo,
)

from derivations.calculus.binding import free_indices, substitute
from derivations.calculus.expressions import (
    POSITIVE,
    Array,
    Element,
    IndexProduct,
    IndexSum,
    Iverson,
    StateSum,
)
from derivations.calculus.indices import Index
from derivations.calculus.matrices import Determinant
from derivations.calculus.notation import Distribution, Divergence, Entropy

HALF = Rational(1, 2)


@dataclass(frozen=True)
class Surroundings:
    """What a node stands in: the whole formula, and the indices in force at the node."""

    whole: Expr
    scope: frozenset[Index]

    @property
    def arrays(self) -> list[Array]:
        """The arrays of the formula that no sum over states binds."""
        bound = {a for node in self.whole.atoms(StateSum) for a in node.arrays}
        return sorted({e.array for e in self.whole.atoms(Element)} - bound, key=default_sort_key)

    @property
    def sizes(self) -> list[Symbol]:
        """The sizes that occur in the formula."""
        return sorted(self.whole.free_symbols, key=default_sort_key)

    def is_whole_number(self, node: Expr) -> bool:
        """Whether a node is the whole formula, and that a number, not a law."""
        return node == self.whole and not isinstance(node, Distribution)


Broken = Iterator[Expr | None]
Operator = Callable[[Expr, Surroundings], Broken]


def built(make: Callable[[], Expr]) -> Expr | None:
    """Return a formula, or None where the calculus refuses it or SymPy finds no number in it."""
    try:
        made = make()
    except (ValueError, TypeError, NotImplementedError):
        return None
    return None if made.has(nan, oo, zoo) else made


def are_of_one_type(first: Array, second: Array) -> bool:
    """Whether one array could be written for another: same axes, same values."""
    return (
        first != second
        and first.sizes == second.sizes
        and first.domain == second.domain
        and first.states == second.states
    )


def wrong_sign(node: Expr, around: Surroundings) -> Broken:
    """Give the whole, or a term of a sum, the other sign."""
    if around.is_whole_number(node):
        yield -node
    if isinstance(node, Add):
        for term in node.args:
            yield node - 2 * term


def dropped_term(node: Expr, _: Surroundings) -> Broken:
    """Leave out each term of a sum."""
    if isinstance(node, Add):
        for term in node.args:
            yield node - term


def _factors(node: Expr) -> Iterator[tuple[Expr, Expr]]:
    """Yield each factor of a product beside the rest."""
    if isinstance(node, Mul):
        for position, factor in enumerate(node.args):
            if factor != -1:
                yield factor, Mul(*node.args[:position], *node.args[position + 1 :])


def dropped_factor(node: Expr, _: Surroundings) -> Broken:
    """Leave out each factor of a product."""
    for _factor, rest in _factors(node):
        yield rest


def doubled_factor(node: Expr, _: Surroundings) -> Broken:
    """Take each factor of a product twice."""
    for factor, rest in _factors(node):
        yield factor**2 * rest


def shifted_constant(node: Expr, around: Surroundings) -> Broken:
    """Make a number, or the whole, one too large or too small."""
    if node.is_Rational or around.is_whole_number(node):
        yield node + 1
        yield node - 1


def scaled_constant(node: Expr, around: Surroundings) -> Broken:
    """Double or halve a number, or the whole."""
    if node.is_Rational or around.is_whole_number(node):
        yield 2 * node
        yield node / 2


def shifted_argument(node: Expr, _: Surroundings) -> Broken:
    """Take Gamma and its kin at an argument one off, as where factorials are meant."""
    if isinstance(node, (loggamma, polygamma)):
        for shift in (1, -1):
            yield node.func(*node.args[:-1], node.args[-1] + shift)


def shifted_index(node: Expr, _: Surroundings) -> Broken:
    """Shift a subscript, or count it from the other end; miss a sum's first or last term."""
    if isinstance(node, Element):
        for axis, subscript in enumerate(node.subscripts):
            if free_indices(subscript) or subscript.has(Element):
                end = node.array.sizes[axis] + 1
                for moved in (subscript + 1, subscript - 1, end - subscript):
                    yield _at(node, axis, moved)
    elif isinstance(node, Iverson):
        left, right = node.args
        yield Iverson(left, right + 1)
        yield Iverson(left, right - 1)
    elif isinstance(node, (IndexSum, IndexProduct)):
        for index in node.indices:
            for lower, upper in ((index.lower + 1, index.upper), (index.lower, index.upper - 1)):
                yield built(partial(_over, node, index, index.name, lower, upper))


def _over(node: Expr, index: Index, name: str, lower: Expr, upper: Expr) -> Expr:
    """Return a sum or product with another range for one of its indices."""
    narrow = Index(name, lower, upper)
    body = substitute(node.body, {index: narrow})
    return node.func(body, *(narrow if i == index else i for i in node.indices))


def _at(element: Element, axis: int, subscript: Expr) -> Expr | None:
    """Return an element with another subscript on one axis."""
    subscripts = element.subscripts
    moved = (*subscripts[:axis], subscript, *subscripts[axis + 1 :])
    return built(lambda: element.array[moved])


def swapped_symbol(node: Expr, around: Surroundings) -> Broken:
    """Write one symbol for another of its type: an array, an index, a size."""
    if isinstance(node, Element):
        for array in around.arrays:
            if are_of_one_type(array, node.array):
                yield Element(array, *node.subscripts)
        for axis, subscript in enumerate(node.subscripts):
            for index in sorted(around.scope, key=default_sort_key):
                if subscript != index and isinstance(subscript, Index):
                    yield _at(node, axis, index)
    elif isinstance(node, Symbol):
        for other in around.sizes:
            if other != node:
                yield other


def log_for_digamma(node: Expr, _: Surroundings) -> Broken:
    """Take the first term of the expansion: log for digamma, one over for trigamma."""
    if isinstance(node, polygamma):
        order, at = node.args
        if order == 0:
            yield log(at)
        elif order == 1:
            yield 1 / at


def no_log(node: Expr, _: Surroundings) -> Broken:
    """Forget a log."""
    if isinstance(node, log):
        yield node.args[0]


def mean_for_sum(node: Expr, _: Surroundings) -> Broken:
    """Divide a sum by the number of its terms, over each of its indices."""
    if isinstance(node, IndexSum):
        for index in node.indices:
            yield node / index.count


def one_index_fewer(node: Expr, _: Surroundings) -> Broken:
    """Do not sum over an index, which stays at its first value."""
    if isinstance(node, (IndexSum, IndexProduct)):
        for index in node.indices:
            body = substitute(node.body, {index: index.lower})
            yield node.func(body, *(i for i in node.indices if i != index))


def swapped_parameters(node: Expr, around: Surroundings) -> Broken:
    """Exchange two parameters of a law, or two arrays of one type throughout the formula."""
    if isinstance(node, Distribution):
        parameters = list(node.parameters)
        for position in range(1, len(parameters)):
            exchanged = list(parameters)
            exchanged[0], exchanged[position] = parameters[position], parameters[0]
            yield Distribution(node.name, *exchanged)
    if node == around.whole:
        for position, first in enumerate(around.arrays):
            for second in around.arrays[position + 1 :]:
                if are_of_one_type(first, second):
                    yield _exchanged(node, first, second)


def _exchanged(node: Expr, first: Array, second: Array) -> Expr:
    """Write each of two arrays for the other, throughout."""
    pairs = {first: second, second: first}
    return node.xreplace(
        {e: pairs[e.array][e.subscripts] for e in node.atoms(Element) if e.array in pairs}
    )


def no_jacobian(node: Expr, _: Surroundings) -> Broken:
    """Leave out the determinant of a change of variables, or a product over its dimensions."""
    if isinstance(node, (IndexProduct, Determinant)):
        yield Integer(1)
    if isinstance(node, log) and node.args[0].has(IndexProduct, Determinant):
        yield Integer(0)


def no_entropy(node: Expr, _: Surroundings) -> Broken:
    """Leave out an entropy, named or written as a sum of p log p."""
    if isinstance(node, Entropy):
        yield Integer(0)
    if isinstance(node, Mul):
        logs = {f.args[0] for f in node.args if isinstance(f, log)}
        if any(isinstance(f, Element) and f in logs for f in node.args):
            yield Integer(0)


def wrong_scale(node: Expr, _: Surroundings) -> Broken:
    """Take variance, standard deviation and log variance for one another."""
    if isinstance(node, Element) and node.array.domain == POSITIVE:
        yield Pow(node, 2)
        yield Pow(node, HALF)
        yield log(node)
    elif isinstance(node, Pow) and node.exp in (HALF, -HALF):
        yield Pow(node.base, 2 * node.exp)


def reversed_divergence(node: Expr, _: Surroundings) -> Broken:
    """Take a divergence the other way round."""
    if isinstance(node, Divergence):
        yield Divergence(node.right, node.left)


def negated_exponent(node: Expr, _: Surroundings) -> Broken:
    """Give the argument of an exponential the other sign."""
    if isinstance(node, exp):
        yield exp(-node.args[0])

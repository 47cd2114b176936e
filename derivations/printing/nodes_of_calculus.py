"""From the nodes of the calculus to marks: elements, indicators, sums over indices, densities."""

from __future__ import annotations

from sympy import Basic, Expr, Mul

from derivations.calculus.binding import free_indices
from derivations.calculus.expressions import (
    Array,
    Element,
    IndexProduct,
    IndexSum,
    Iverson,
    OverIndices,
    Slice,
    StateSum,
)
from derivations.calculus.indices import Index
from derivations.calculus.matrices import Determinant, Inverse, InverseEntry, OfMatrix
from derivations.printing.algebra import Grip, marks, marks_or_fenced, raised
from derivations.printing.layout import (
    Big,
    Letter,
    Mark,
    Number,
    Row,
    Script,
    Sign,
    Word,
    fenced,
    row,
)
from derivations.printing.letters import name_marks, symbol_mark
from derivations.printing.ordering import signed


def listed(items: tuple[Basic, ...]) -> Mark:
    """Return marks separated by commas, with space after the comma unless all are short."""
    found = [marks(i) for i in items]
    comma = Sign("comma space" if any(isinstance(m, Row) for m in found) else "comma")
    spread: list[Mark] = []
    for mark in found:
        spread += [comma, mark] if spread else [mark]
    return spread[0] if len(spread) == 1 else Row(tuple(spread))


def _subscripted(array: Array, subscripts: tuple[Expr, ...]) -> Mark:
    letter, below, above = name_marks(array.notation, digits="^")
    if subscripts:
        own = listed(subscripts)
        below = own if below is None else row(below, Sign("comma"), own)
    return letter if below is None and above is None else Script(letter, below, above)


@marks.register(Index)
def _(expression: Index) -> Mark:
    return symbol_mark(expression.name)


@marks.register(Array)
def _(expression: Array) -> Mark:
    return _subscripted(expression, ())


@marks.register(Element)
@marks.register(Slice)
def _(expression: Element | Slice) -> Mark:
    return _subscripted(expression.array, expression.subscripts)


@marks.register(Iverson)
def _(expression: Iverson) -> Mark:
    return row(Letter("I", ("bb",)), fenced(_equation(expression), "{}"))


def _equation(condition: Iverson) -> Mark:
    left, right = condition.args
    return row(marks(left), Sign("equals"), marks(right))


@marks.register(IndexSum)
def _(expression: IndexSum) -> Mark:
    negative, magnitude = signed(expression)
    if negative:
        return row(Sign("negative"), marks_or_fenced(magnitude, Grip.GREEDY))
    indices, body = _flattened(expression)
    joint, rest = _joint_conditions(body, indices)
    linked = {i for c in joint for i in free_indices(c) & set(indices)}
    signs: list[Mark] = []
    for index in indices:
        if index not in linked:
            signs.append(_sum_sign("sum", index))
        elif joint:
            signs.append(_joint_sign(tuple(i for i in indices if i in linked), joint))
            joint = ()
    return row(*signs, marks_or_fenced(rest, Grip.GREEDY))


@marks.register(IndexProduct)
def _(expression: IndexProduct) -> Mark:
    signs = (_sum_sign("product", i) for i in expression.indices)
    return row(*signs, marks_or_fenced(expression.body, Grip.GREEDY))


def _flattened(node: OverIndices) -> tuple[tuple[Index, ...], Expr]:
    """Join directly nested sums."""
    indices, body = node.indices, node.body
    while isinstance(body, IndexSum) and not set(body.indices) & set(indices):
        indices, body = (*indices, *body.indices), body.body
    return indices, body


def _joint_conditions(body: Expr, indices: tuple[Index, ...]) -> tuple[tuple[Iverson, ...], Expr]:
    """Split off the conditions that only restrict the values of the indices."""
    conditions, rest = [], []
    for factor in Mul.make_args(body):
        is_condition = isinstance(factor, Iverson) and not factor.is_random
        if is_condition and free_indices(factor) & set(indices):
            conditions.append(factor)
        else:
            rest.append(factor)
    return tuple(conditions), Mul(*rest, evaluate=False) if len(rest) > 1 else Mul(*rest)


def _sum_sign(symbol: str, index: Index) -> Big:
    below = row(marks(index), Sign("equals"), marks(index.lower))
    return Big(symbol, below, marks(index.upper))


def _joint_sign(indices: tuple[Index, ...], conditions: tuple[Iverson, ...]) -> Big:
    """Return the sign of one sum over all tuples of indices that meet the conditions."""
    said: list[Mark] = [listed(indices) if len(indices) == 1 else fenced(listed(indices))]
    for condition in conditions:
        said += [Sign("comma space" if len(said) > 1 else "colon"), _equation(condition)]
    return Big("sum", Row(tuple(said)))


@marks.register(StateSum)
def _(expression: StateSum) -> Mark:
    sign = Big("sum", listed(expression.arrays))
    return row(sign, marks_or_fenced(expression.body, Grip.GREEDY))


def _matrix(node: OfMatrix) -> Mark:
    """Return a matrix: the letter of its array where its entries are that array's own."""
    if node.is_named:
        return marks(node.body.array)
    return Script(fenced(marks(node.body), "[]"), listed(node.indices))


def _inverse(node: Inverse) -> tuple[Mark, Mark]:
    return _matrix(node), row(Sign("negative"), Number("1"))


@marks.register(Determinant)
def _(expression: Determinant) -> Mark:
    return row(Word("det"), _matrix(expression))


@marks.register(Inverse)
def _(expression: Inverse) -> Mark:
    matrix, power = _inverse(expression)
    return raised(matrix, power)


@marks.register(InverseEntry)
def _(expression: InverseEntry) -> Mark:
    matrix, power = _inverse(expression.inverse)
    if not isinstance(matrix, Letter):
        return Script(fenced(raised(matrix, power)), listed(expression.subscripts))
    return Script(matrix, listed(expression.subscripts), power)

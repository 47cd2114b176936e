"""The slow, literal evaluation of an expression: every sum is a loop, every number is looked up.

It shares no code with the normal form, so that agreement between an expression before and after
a rule means something. Numbers are floats or flint balls; the caller chooses the field.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from typing import Any

import numpy as np
from sympy import (
    Abs,
    Add,
    E,
    EulerGamma,
    Expr,
    Float,
    Mul,
    Pow,
    Symbol,
    exp,
    gamma,
    log,
    loggamma,
    pi,
    polygamma,
)

from derivations.calculus.binding import free_indices
from derivations.calculus.exact import RoundedNumberError, rounded
from derivations.calculus.expressions import (
    Element,
    IndexProduct,
    IndexSum,
    Iverson,
    StateSum,
)
from derivations.calculus.indices import Index
from derivations.calculus.matrices import Determinant, Inverse, InverseEntry
from derivations.calculus.number_fields import FLOATS, Field, Number
from derivations.calculus.point import Point


def evaluate(expression: Expr, point: Point, numbers: Field = FLOATS) -> Number:
    """Return the value of an expression at a point.

    Raises KeyError when an array, size or free index has no value, NotImplementedError for a
    node without a numeric meaning, RoundedNumberError for a float.
    """
    return compiled(expression)(State(point, numbers, dict(point.indices)))


def tabulate(expression: Expr, index: Index, point: Point, numbers: Field = FLOATS) -> list[Number]:
    """Return the values of an expression at every value of one of its free indices."""
    state = State(point, numbers, dict(point.indices))
    compute, values = compiled(expression), []
    for value in point.index_values(index):
        state.places[index] = value
        values.append(compute(state))
    return values


@dataclass
class State:
    """The state of an evaluation: the current index values, and the values computed so far."""

    point: Point
    numbers: Field
    places: dict[Index, int]
    known: dict[tuple[Any, ...], Number] = field(default_factory=dict)


Compiled = Callable[[State], Number]


@cache
def compiled(node: Expr) -> Compiled:  # noqa: C901, PLR0911, PLR0912 - one line for each kind
    """Compile a node to a function of the state, so that SymPy is called only once for it."""
    if isinstance(node, Index):
        return lambda state: state.places[node]
    if node.is_Rational:
        p, q = int(node.p), int(node.q)
        return lambda state: state.numbers.rational(p, q)
    if isinstance(node, Float):
        raise RoundedNumberError(rounded(node))
    if node is pi:
        return lambda state: state.numbers.pi()
    if node is E:
        return lambda state: state.numbers.exp(state.numbers.rational(1, 1))
    if node is EulerGamma:
        return lambda state: -state.numbers.polygamma(0, state.numbers.rational(1, 1))
    if isinstance(node, Symbol):
        return lambda state: state.numbers.rational(state.point.sizes[node], 1)
    if isinstance(node, Element):
        return _element(node)
    if isinstance(node, Iverson):
        left, right = (integer_of(a) for a in node.args)
        return lambda state: state.numbers.rational(int(left(state) == right(state)), 1)
    if isinstance(node, Add):
        parts = [compiled(a) for a in node.args]
        return lambda state: _total(state, [part(state) for part in parts])
    if isinstance(node, Mul):
        return _product(node)
    if isinstance(node, (IndexSum, IndexProduct)):
        return _remembered(node, _over_indices(node))
    if isinstance(node, (Determinant, Inverse)):
        return _remembered(node, _of_matrix(node))
    if isinstance(node, InverseEntry):
        return _inverse_entry(node)
    if isinstance(node, StateSum):
        return _over_states(node)
    if type(node) in _OTHERS:
        return _OTHERS[type(node)](node)
    return _remembered(node, _function(node))


_OTHERS: dict[type[Expr], Callable[[Any], Compiled]] = {}


def compiles(kind: type[Expr]) -> Callable[[Callable[[Any], Compiled]], Callable[[Any], Compiled]]:
    """Register how a kind of node that is defined elsewhere is evaluated."""

    def register(compiler: Callable[[Any], Compiled]) -> Callable[[Any], Compiled]:
        _OTHERS[kind] = compiler
        return compiler

    return register


def _remembered(node: Expr, compute: Compiled) -> Compiled:
    """Reuse the value of a node that was evaluated before at the same index values."""
    free = sorted(free_indices(node), key=str)

    def run(state: State) -> Number:
        key = (node, *(state.places[i] for i in free))
        if key not in state.known:
            state.known[key] = compute(state)
        return state.known[key]

    return run


def _element(node: Element) -> Compiled:
    array, subscripts = node.array, [integer_of(s) for s in node.subscripts]

    def run(state: State) -> Number:
        place = tuple([s(state) - 1 for s in subscripts])
        for position in place:
            if position < 0:
                message = f"{node}: subscript below one at {state.places}"
                raise IndexError(message)
        return state.point.arrays[array][place]

    return run


def integer_of(node: Expr) -> Compiled:
    """Compile a subscript: plain Python integers, whatever the field."""
    if isinstance(node, Index):
        return lambda state: state.places[node]
    if node.is_Integer:
        value = int(node)
        return lambda _: value
    if isinstance(node, Symbol):
        return lambda state: state.point.sizes[node]
    if isinstance(node, Element):
        element = _element(node)
        return lambda state: int(element(state))
    parts = [integer_of(a) for a in node.args]
    if isinstance(node, Add):
        return lambda state: sum([part(state) for part in parts])
    if isinstance(node, Mul):
        return lambda state: math.prod(part(state) for part in parts)
    message = f"no integer meaning for {type(node).__name__} in {node}"
    raise NotImplementedError(message)


def _total(state: State, parts: Iterable[Number]) -> Number:
    given = iter(parts)
    first = next(given, None)
    return state.numbers.rational(0, 1) if first is None else sum(given, first)


def _product(node: Mul) -> Compiled:
    """Multiply, indicators first: where one is zero, the other factors are not evaluated."""
    ordered = sorted(node.args, key=lambda a: not isinstance(a, Iverson))
    indicators = [compiled(a) for a in ordered if isinstance(a, Iverson)]
    factors = [compiled(a) for a in ordered if not isinstance(a, Iverson)]

    def run(state: State) -> Number:
        for indicator in indicators:
            if indicator(state) == 0:
                return state.numbers.rational(0, 1)
        if not factors:
            return state.numbers.rational(1, 1)
        result = factors[0](state)
        for factor in factors[1:]:
            result = result * factor(state)  # not in place: vectors broadcast
        return result

    return run


def _over_indices(node: IndexSum | IndexProduct) -> Compiled:
    body, indices, is_sum = compiled(node.body), node.indices, isinstance(node, IndexSum)

    def bodies(state: State) -> Iterator[Number]:
        outer = dict(state.places)
        for values in product(*(state.point.index_values(i) for i in indices)):
            state.places.update(zip(indices, values, strict=True))
            yield body(state)
        state.places.clear()
        state.places.update(outer)

    def run(state: State) -> Number:
        if is_sum:
            return _total(state, bodies(state))
        return math.prod(bodies(state), start=state.numbers.rational(1, 1))

    return run


def _of_matrix(node: Determinant | Inverse) -> Compiled:
    body, (row, column) = compiled(node.body), node.indices

    def run(state: State) -> Any:
        outer, rows = dict(state.places), list[list[Number]]()
        for at_row in state.point.index_values(row):
            rows.append([])
            for at_column in state.point.index_values(column):
                state.places.update({row: at_row, column: at_column})
                rows[-1].append(body(state))
        state.places.clear()
        state.places.update(outer)
        numbers = state.numbers
        return numbers.inverse(rows) if isinstance(node, Inverse) else numbers.determinant(rows)

    return run


def _inverse_entry(node: InverseEntry) -> Compiled:
    inverse, (row, column) = compiled(node.inverse), (integer_of(s) for s in node.subscripts)
    return lambda state: inverse(state)[row(state) - 1][column(state) - 1]


def _over_states(node: StateSum) -> Compiled:
    body = compiled(node.body)

    def run(state: State) -> Number:
        shapes = [state.point.shape(a) for a in node.arrays]
        states = [range(1, state.point.count(a.states) + 1) for a in node.arrays]
        cells = [
            product(s, repeat=math.prod(shape)) for s, shape in zip(states, shapes, strict=True)
        ]
        total = state.numbers.rational(0, 1)
        for assignment in product(*cells):
            filled = {
                array: np.array(cell, dtype=int).reshape(shape)
                for array, cell, shape in zip(node.arrays, assignment, shapes, strict=True)
            }
            point = state.point.having(filled)
            total += body(State(point, state.numbers, dict(state.places)))
        return total

    return run


def _function(node: Expr) -> Compiled:  # noqa: PLR0911 - one line for each kind
    """Compile a function of one argument, or a power."""
    if isinstance(node, polygamma):
        order, inner = int(node.args[0]), compiled(node.args[1])
        return lambda state: state.numbers.polygamma(order, inner(state))
    if not isinstance(node, (Abs, log, exp, gamma, loggamma, Pow)):
        message = f"no numeric meaning for {type(node).__name__} in {node}"
        raise NotImplementedError(message)
    if isinstance(node, log) and isinstance(node.args[0], gamma):
        return _function(loggamma(node.args[0].args[0], evaluate=False))  # SymPy's form at a size
    inner = compiled(node.args[0])
    if isinstance(node, log):
        return lambda state: state.numbers.log(inner(state))
    if isinstance(node, exp):
        return lambda state: state.numbers.exp(inner(state))
    if isinstance(node, loggamma):
        return lambda state: state.numbers.loggamma(inner(state))
    if isinstance(node, gamma):
        return lambda state: state.numbers.exp(state.numbers.loggamma(inner(state)))
    if isinstance(node, Abs):
        return lambda state: state.numbers.absolute(inner(state))
    if node.exp.is_Integer:
        power = int(node.exp)
        return lambda state: state.numbers.power(inner(state), power)
    exponent = compiled(node.exp)
    return lambda state: state.numbers.power(inner(state), exponent(state))

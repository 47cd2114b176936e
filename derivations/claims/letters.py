"""Substitution for letters: definitions, and functions that are only named."""

from __future__ import annotations

from sympy import Expr, Integer, Symbol, exp, log

from derivations.calculus.binding import component, rewrite, substitute, sum_over
from derivations.calculus.expressions import REAL, Array, Element, Slice
from derivations.calculus.indices import Index
from derivations.claims.statements import (
    AnyFunction,
    Definition,
    StatementError,
)
from derivations.meaning.notation import (
    Applied,
    Density,
    Entries,
    Expectation,
    PartialDerivative,
    Where,
)
from derivations.meaning.substitution import put


def letter_put_in(form: Expr, definition: Definition) -> Expr:
    """Replace a letter by its definition."""
    letter = definition.letter

    def at(*subscripts: Expr) -> Expr:
        places = dict(zip(letter.subscripts, subscripts, strict=True))
        sizes = {s: v for s, v in places.items() if isinstance(s, Symbol)}
        indices = {s: v for s, v in places.items() if s not in sizes}
        return substitute(definition.value.xreplace(sizes), indices)

    def rule(node: Expr) -> Expr | None:
        if isinstance(node, Element) and node.array == letter.array:
            return at(*(rewrite(s, rule) for s in node.subscripts))
        if isinstance(node, Slice) and node.array == letter.array:
            rest = letter.subscripts[len(node.subscripts) :]
            if not rest:
                message = f"wanted a row of {letter.array.notation}, got {node}"
                raise StatementError(message)
            return Entries(at(*node.subscripts, *rest), *rest)
        return None

    return rewrite(form, rule)


def function_put_in(form: Expr, definition: Definition) -> Expr:
    """Replace a function's letter, at its arguments, by its definition."""
    letter = definition.letter

    def rule(node: Expr) -> Expr | None:
        if not isinstance(node, Applied) or node.head.array != letter.head.array:
            return None
        subscripts = dict(zip(letter.head.subscripts, node.head.subscripts, strict=True))
        written = component(definition.value, tuple(subscripts))(*subscripts.values())
        fresh = [_fresh_parameter(p, n) for n, p in enumerate(letter.arguments)]
        for parameter, own in zip(letter.arguments, fresh, strict=True):
            written = put_notation(written, parameter, own)
        # variables bound by a derivative or a mean must not clash with the arguments
        put_in = Where if written.has(PartialDerivative, Expectation) else put_notation
        for own, argument in zip(fresh, node.arguments, strict=True):
            written = put_in(written, own, rewrite(argument, rule))
        return written

    return rewrite(form, rule)


def _fresh_parameter(parameter: Expr, number: int) -> Expr:
    array = parameter.array
    own = Array(f"argument {number}", array.sizes, f"argument {number}", array.domain, array.states)
    return own[()] if isinstance(parameter, Element) else Slice(own)


def put_notation(form: Expr, variable: Expr, place: Expr) -> Expr:
    """Substitute for a variable in a formula that may contain notation."""

    def rule(node: Expr) -> Expr | None:
        return place if node == variable and isinstance(node, Slice) else None

    form = rewrite(form, rule) if isinstance(place, (Slice, Entries)) else form
    return put(form, variable, place)


def density_put_in(form: Expr, definition: Definition) -> Expr:
    """Replace the log of a density by the definition it has up to a constant."""
    letter: Density = definition.letter
    pattern = letter.values[0]

    def weight(node: Density) -> Expr:
        (value,) = node.values
        return component(definition.value, pattern.subscripts)(*value.subscripts)

    def rule(node: Expr) -> Expr | None:
        if isinstance(node, log) and isinstance(node.args[0], Density):
            inner = node.args[0]
            return weight(inner) if inner.joint == letter.joint else None
        if isinstance(node, Density) and node.joint == letter.joint:
            return exp(weight(node))
        return None

    return rewrite(form, rule)


def any_member(node: Expr, function: AnyFunction) -> Expr | None:
    """Return a generic smooth function at the arguments of a node, in place of any function."""
    if not isinstance(node, Applied) or node.head.array != function.head.array:
        return None
    head, subscripts = node.head.array, node.head.subscripts
    states = [a for a in node.arguments if _states(a) != 0]
    if len(states) == len(node.arguments):
        extents = [*head.sizes, *(_states(a) for a in states)]
        return Array(f"{head.name} table", extents)[(*subscripts, *(_one(a) for a in states))]
    total: Expr = Array(f"{head.name} at zero", head.sizes)[subscripts]
    bent: Expr = Integer(0)
    for number, argument in enumerate(node.arguments):
        indices, entry = _entry(argument, number)
        extents = [*head.sizes, *(i.upper for i in indices)]
        place = (*subscripts, *indices)
        first, second, third = (
            Array(f"{head.name} {word} {number}", extents, domain=REAL)[place]
            for word in ("slope", "bend", "rate")
        )
        total += sum_over(first * entry + second * entry**2 / 4, *indices)
        bent += sum_over(third * entry / 4, *indices)
    return total + exp(bent)


def _states(argument: Expr) -> Expr:
    array = argument.array if isinstance(argument, (Element, Slice)) else None
    return Integer(0) if array is None else array.states


def _one(argument: Expr) -> Expr:
    return argument.array[argument.subscripts] if isinstance(argument, Slice) else argument


def _entry(argument: Expr, number: int) -> tuple[list[Index], Expr]:
    """Return one entry of an argument and the indices over its entries."""
    if isinstance(argument, Entries):
        return list(argument.indices), argument.body
    if isinstance(argument, Slice):
        extents = argument.array.sizes[len(argument.subscripts) :]
        indices = [Index(f"entry{number}{n}", 1, s) for n, s in enumerate(extents)]
        return indices, argument.array[(*argument.subscripts, *indices)]
    return [], argument

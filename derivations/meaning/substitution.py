"""Substitution for a variable, where no mean binds it."""

from __future__ import annotations

from collections.abc import Callable

from sympy import Basic, Expr

from derivations.calculus.binding import (
    component,
    free_indices,
    fresh,
    substitute,
)
from derivations.calculus.expressions import Array, Element, OverIndices, Slice
from derivations.calculus.indices import Index
from derivations.meaning.notation import (
    Distributed,
    Entries,
    MeanOver,
    NotationError,
)

Place = Callable[..., Expr]


def put(expression: Expr, variable: Slice | Element, place: Expr) -> Expr:
    """Substitute for a variable, wherever it is not bound by a mean.

    The variable is a whole array, or a row of it at given leading subscripts.
    """
    array, lead = variable.array, variable.subscripts
    if isinstance(place, Slice):

        def at(*subscripts: Expr) -> Expr:
            return place.array[(*place.subscripts, *subscripts)]
    elif isinstance(place, Entries):
        indices, body = place.indices, place.body
        at = component(body, indices)
    else:

        def at(*subscripts: Expr) -> Expr:
            del subscripts
            return place

    return _put(expression, array, lead, at)


def _put(node: Expr, array: Array, lead: tuple[Expr, ...], at: Place) -> Expr:
    if not node.has(array):
        return node
    if isinstance(node, Element) and node.array == array:
        subscripts = tuple(_put(s, array, lead, at) for s in node.subscripts)
        if subscripts[: len(lead)] == lead:
            return at(*subscripts[len(lead) :])
        return array[subscripts] if subscripts else node
    if isinstance(node, MeanOver) and array in {p.array for p in node.parts}:
        if Slice(array) not in node.held and Slice(array, *lead) not in node.held:
            return node
        body = _put(node.body, array, lead, at)
        parts = (p if p.array == array else _put(p, array, lead, at) for p in node.parts)
        return MeanOver(body, parts, node.random, node.held)
    if isinstance(node, (Array, Index)) or not node.args:
        return node
    if isinstance(node, OverIndices):
        return _put_beneath(node, array, lead, at)
    if isinstance(node, Slice):
        return node
    if isinstance(node, Distributed):
        return Distributed(node.value, _put(node.family, array, lead, at))
    return node.func(*(_put(a, array, lead, at) for a in node.args))


def _put_beneath(node: OverIndices, array: Array, lead: tuple[Expr, ...], at: Place) -> Expr:
    """Substitute inside a sum, whose indices are renamed where they would clash."""
    probe = [Index(f"probe{n}", 1, s) for n, s in enumerate(array.sizes[len(lead) :])]
    incoming = {i.name for i in free_indices(at(*probe)) - set(probe)} | {
        i.name for s in lead for i in free_indices(s)
    }
    taken = free_indices(node) | set(node.indices) | free_indices(at(*probe))
    renamed: dict[Basic, Expr] = {}
    for index in node.indices:
        if index.name in incoming and not any(s == index for s in lead):
            renamed[index] = fresh(index, taken)
            taken = taken | {renamed[index]}
    body = substitute(node.body, renamed) if renamed else node.body
    return node.func(_put(body, array, lead, at), *(renamed.get(i, i) for i in node.indices))


def refuse_capture(body: Expr, array: Array, place: Expr) -> None:
    """Refuse a replacement that contains a random variable inside the mean over it."""
    brought = place.atoms(Array)
    for mean in body.atoms(MeanOver):
        random = {i.array for i in mean.random} or {p.array for p in mean.parts}
        averaged = random - {h.array for h in mean.held}
        if averaged & brought and array not in averaged and mean.has(array):
            names = sorted(map(str, averaged & brought))
            message = f"wanted a replacement without averaged variables, got {names[0]}"
            raise NotationError(message)

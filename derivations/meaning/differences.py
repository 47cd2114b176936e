"""Derivatives by finite differences, without any rule of differentiation."""

from __future__ import annotations

from typing import Any

import flint
import numpy as np
from flint import arb
from sympy import Expr, Symbol, log

from derivations.calculus.evaluate import Compiled, State, compiled, compiles, integer_of
from derivations.calculus.expressions import Element, Slice
from derivations.calculus.indices import Index
from derivations.calculus.number_fields import BALLS, Number
from derivations.meaning.expansion import MEANINGS, expand
from derivations.meaning.notation import (
    Entries,
    Expectation,
    MeanOver,
    PartialDerivative,
    Where,
)

HALVINGS, HALVINGS_OF_MEANS = 80, 18
"""The step, relative to the variable's size, is two to the power of minus this."""


class Difference(PartialDerivative):
    """A derivative that is evaluated by differences."""


class Placed(Where):
    """A formula in which a variable is replaced, after its differences are taken."""


def as_differences(form: Expr) -> Expr:
    """Return a formula whose derivatives, except inside means, are evaluated by differences."""
    if not form.args or not form.has(PartialDerivative) or isinstance(form, Expectation):
        return form
    if isinstance(form, PartialDerivative):
        return Difference(as_differences(form.body), form.by)
    if isinstance(form, Where) and not isinstance(form.variable, Symbol):
        return Placed(as_differences(form.body), form.variable, as_differences(form.place))
    return form.func(*(as_differences(a) if isinstance(a, Expr) else a for a in form.args))


MEANINGS[Difference] = lambda node: Difference(expand(node.body), node.by)
MEANINGS[Placed] = lambda node: Placed(expand(node.body), node.variable, expand(node.place))


@compiles(Difference)
def _difference(node: Difference) -> Any:
    body = compiled(node.body)
    logarithmic = isinstance(node.by, log)
    by: Element = node.by.args[0] if logarithmic else node.by
    subscripts = [integer_of(s) for s in by.subscripts]
    halvings = HALVINGS_OF_MEANS if node.body.has(MeanOver) else HALVINGS

    def run(state: State) -> arb:
        place = tuple(s(state) - 1 for s in subscripts)
        here = arb(state.point.arrays[by.array][place])
        digits = flint.ctx.dps

        def at(steps: int, step: arb) -> arb:
            values = state.point.arrays[by.array].copy()
            values[place] = here * (steps * step).exp() if logarithmic else here + steps * step
            moved = State(state.point.having({by.array: values}), BALLS, dict(state.places))
            return arb(body(moved))

        with flint.ctx.workdps(digits + 160):
            scale = arb(1) if here.mid() == 0 or logarithmic else abs(here.mid())
            step = arb(scale.mid()) * arb(2) ** -halvings
            one = (at(1, step) - at(-1, step)) / (2 * step)
            two = (at(2, step) - at(-2, step)) / (4 * step)
            better = (4 * one - two) / 3
            return arb(
                better.mid(), better.rad() + abs(one - two).upper() ** 1 * arb(2) ** -halvings
            )

    return run


@compiles(Placed)
def _placed(node: Placed) -> Compiled:
    body, array = compiled(node.body), node.variable.array
    lead = [integer_of(s) for s in node.variable.subscripts]
    place = node.place
    if isinstance(place, Slice):
        rest = place.array.sizes[len(place.subscripts) :]
        indices = tuple(Index(f"placed {n}", 1, size) for n, size in enumerate(rest))
        entry = compiled(place.array[(*place.subscripts, *indices)])
    elif isinstance(place, Entries):
        indices, entry = place.indices, compiled(place.body)
    else:
        indices, entry = (), compiled(place)

    def run(state: State) -> Number:
        at = tuple(s(state) - 1 for s in lead)
        values = state.point.arrays[array].copy()
        for cell in np.ndindex(*values.shape[len(at) :]):
            starts = zip(indices, cell, strict=False)
            here = {i: state.point.index_values(i)[c] for i, c in starts}
            inner = State(state.point, state.numbers, {**state.places, **here})
            values[(*at, *cell)] = entry(inner)
        moved = state.point.having({array: values})
        return body(State(moved, state.numbers, dict(state.places)))

    return run

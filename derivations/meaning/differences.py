"""Derivatives by differences: what a derivative means, with no rule of differentiation."""

from __future__ import annotations

from typing import Any

import flint
from flint import arb
from sympy import Expr, exp, log

from derivations.calculus.evaluate import _compiled, _integer, _State, compiles
from derivations.calculus.expressions import Element
from derivations.calculus.number_fields import BALLS
from derivations.meaning.expansion import MEANINGS, expand
from derivations.meaning.notation import MeanOver, PartialDerivative

HALVINGS, HALVINGS_OF_MEANS = 80, 18
"""The step, relative to the variable's size, is two to the power of minus this."""


class Difference(PartialDerivative):
    """A derivative that is evaluated by differences."""


def as_differences(form: Expr) -> Expr:
    """Return a formula whose derivatives are evaluated by differences."""
    if not form.args or not form.has(PartialDerivative):
        return form
    if isinstance(form, PartialDerivative):
        return Difference(as_differences(form.body), form.by)
    return form.func(*(as_differences(a) if isinstance(a, Expr) else a for a in form.args))


MEANINGS[Difference] = lambda node: Difference(expand(node.body), node.by)


@compiles(Difference)
def _difference(node: Difference) -> Any:
    body = _compiled(node.body)
    logarithmic = isinstance(node.by, log)
    by: Element = node.by.args[0] if logarithmic else node.by
    subscripts = [_integer(s) for s in by.subscripts]
    halvings = HALVINGS_OF_MEANS if node.body.has(MeanOver) else HALVINGS

    def run(state: _State) -> arb:
        place = tuple(s(state) - 1 for s in subscripts)
        here = arb(state.point.arrays[by.array][place])
        digits = flint.ctx.dps

        def at(steps: int, step: arb) -> arb:
            values = state.point.arrays[by.array].copy()
            values[place] = here * (steps * step).exp() if logarithmic else here + steps * step
            moved = _State(state.point.having({by.array: values}), BALLS, dict(state.places))
            return arb(body(moved))

        with flint.ctx.workdps(digits + 160):
            scale = arb(1) if here.mid() == 0 or logarithmic else abs(here.mid())
            step = arb(scale.mid()) * arb(2) ** -halvings
            one = (at(1, step) - at(-1, step)) / (2 * step)
            two = (at(2, step) - at(-2, step)) / (4 * step)
            better = (4 * one - two) / 3
            return arb(better.mid(), better.rad() + abs(one - two).upper() ** 1 * arb(2) ** -halvings)

    return run



"""Derivatives of expressions that are written out, means included."""

from __future__ import annotations

from collections.abc import Callable

from sympy import Add, Expr, Integer

from derivations.calculus.binding import (
    free_indices,
    fresh,
    substitute,
    sum_over,
)
from derivations.calculus.derivative import differentiate
from derivations.calculus.expressions import Array, Element, IndexSum, Slice
from derivations.meaning.dependence import covers
from derivations.meaning.notation import (
    Joint,
    MeanOver,
)

LogDensity = Callable[[Joint, Expr], Expr]


def derived(body: Expr, by: Element, log_density_of: LogDensity) -> Expr:
    """Return the derivative of an expression that is written out, means included.

    The derivative of a mean is the mean of the derivative of the body, and of the body times the
    derivative of the log density.
    """
    means = sorted(body.atoms(MeanOver), key=str)
    outer = [m for m in means if not any(m is not o and o.has(m) for o in means)]
    if not outer:
        return differentiate(body, by)
    if isinstance(body, MeanOver):
        return _derived_mean(body, by, log_density_of)
    if isinstance(body, Add):
        return Add(*(derived(a, by, log_density_of) for a in body.args))
    if isinstance(body, IndexSum):
        point = free_indices(by)
        clash = {i: fresh(i, point | free_indices(body) | set(body.indices)) for i in body.indices}
        inner = derived(substitute(body.body, clash), by, log_density_of)
        return sum_over(inner, *(clash[i] for i in body.indices))
    letters = {m: _stand_in(m, n) for n, m in enumerate(outer)}
    plain = body.xreplace(letters)
    back = {letter: mean for mean, letter in letters.items()}
    total = differentiate(plain, by)
    for mean, letter in letters.items():
        slope = derived(mean, by, log_density_of)
        total += differentiate(plain, letter) * slope
    return total.xreplace(back)


def _stand_in(mean: MeanOver, number: int) -> Element:
    places = sorted(free_indices(mean), key=str)
    if places:
        message = f"no derivative of a mean beneath other functions at indices: {mean}"
        raise NotImplementedError(message)
    return Array(f"mean {number}", ())[()]


def _derived_mean(mean: MeanOver, by: Element, log_density_of: LogDensity) -> Expr:
    if by.array in {p.array for p in mean.parts}:
        if not any(covers(h, by) for h in mean.held):
            return Integer(0)
        message = f"no derivative of a mean by the variable {by} that is held in it"
        raise NotImplementedError(message)
    if mean.held and any(p.stated.family.has(by.array) for p in mean.parts):
        message = f"no derivative of a mean by {by}, on which held variables depend"
        raise NotImplementedError(message)
    items = mean.random or tuple(Slice(p.array) for p in mean.parts)
    joint = Joint("p", mean.parts)
    slopes = Add(*(derived(log_density_of(joint, i), by, log_density_of) for i in items))
    return MeanOver(
        derived(mean.body, by, log_density_of) + mean.body * slopes,
        mean.parts,
        mean.random,
        mean.held,
    )

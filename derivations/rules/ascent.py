"""Every update maximises the bound in its coordinate."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Expr, Integer

from derivations.calculus.binding import sum_over
from derivations.calculus.derivative import differentiate
from derivations.calculus.expressions import SIMPLEX, Array, Slice
from derivations.calculus.indices import Index, size
from derivations.calculus.mean_field import Factor, MeanField
from derivations.calculus.normal_form import collect
from derivations.claims.registry import Line
from derivations.claims.statements import (
    Domain,
    Random,
    Rule,
    Step,
    at_most,
    define,
    equal,
    result,
    step,
    up_to_constant,
)
from derivations.families import Vector
from derivations.meaning.notation import (
    Density,
    Divergence,
    Entries,
    FamilyAt,
    PartialDerivative,
    Where,
)
from derivations.rules.bound import DEFINITION, bound_letter, closed_form, definition_of_bound
from derivations.rules.setting import at_parameters, at_star, factor_density, starred
from derivations.rules.update import natural_symbols, standard_parameters

CLOSED_FORM = Rule("closed form", "The bound is written as a function of the factors' parameters.")
GRADIENT = Rule(
    "gradient of the bound",
    "The closed form is differentiated by one parameter of the factor; the entries of a "
    "probability vector are treated as free, a multiplier keeps their sum.",
)
STATIONARY = Rule(
    "stationarity",
    "At the update the gradient vanishes; for a probability vector it is the same for every entry, "
    "which is the multiplier.",
)
_S = size("S")
_s = Index("s", 1, _S)
_left, _right = (Array(name, (_S,), name, SIMPLEX) for name in ("a", "b"))
GAP = Rule(
    "gap to the maximum",
    (
        "The bound at the update less the bound at any other parameters of the factor is a "
        "Kullback-Leibler divergence. A divergence is never negative, for all distributions: ",
        at_most(
            0,
            Divergence(
                FamilyAt("Any", Entries(_left[_s], _s)), FamilyAt("Any", Entries(_right[_s], _s))
            ),
        ),
        ". It is zero only where the two are the same, so the update is the unique maximum in its "
        "coordinate.",
    ),
    "blei2017, sec. 2.4",
    given=(Domain(_left, _right),),
)


def coordinate_ascent(mean_field: MeanField) -> Iterator[Line]:
    """Yield, for every factor, that its update is the unique maximum of the bound."""
    number = 0
    for factor in mean_field.factors:
        lines = list(_definitions(mean_field, factor, number + 1))
        number += len(lines) > len(factor.parameters)  # natural parameters were defined
        yield from lines
    for factor in mean_field.factors:
        yield Random(at_parameters(factor, at_star(factor)))
    definition = definition_of_bound(mean_field)
    yield step(CLOSED_FORM, define(bound_letter(), closed_form(mean_field)))
    yield step(DEFINITION, equal(definition.value, bound_letter()))
    for factor in mean_field.factors:
        yield from ascent_steps(mean_field, factor)


def _definitions(mean_field: MeanField, factor: Factor, number: int) -> Iterator[Line]:
    """Yield the update of a factor as definitions, with a letter for what is exponentiated."""
    naturals = mean_field.expected_naturals(factor.variable.array)
    symbols = _numbered(natural_symbols(factor), number)
    values = standard_parameters(factor, symbols, naturals)
    for symbol, natural in zip(symbols, naturals, strict=True):
        if any(v.entry.has(symbol.entry.array) for v in values):
            yield define(symbol.entry, natural.entry)
    for star, value in zip(at_star(factor), values, strict=True):
        yield define(star.entry, value.entry)


def _numbered(symbols: tuple[Vector, ...], number: int) -> tuple[Vector, ...]:
    """Return the letters of natural parameters with the number of their factor."""
    found = []
    for symbol in symbols:
        old = symbol.entry.array
        array = Array(old.name, old.sizes, f"hat(eta)^{number}", old.domain)
        found.append(Vector(array[symbol.entry.subscripts], symbol.index))
    return tuple(found)


def ascent_steps(mean_field: MeanField, factor: Factor) -> Iterator[Step]:
    """Differentiate by each parameter, substitute the update, and state the gap."""
    bound, closed = bound_letter(), closed_form(mean_field)
    for own in factor.vectors:
        slope = PartialDerivative(bound, own.entry)
        gradient = collect(differentiate(closed, own.entry))
        there = _at_update(slope, factor)
        yield step(GRADIENT, equal(slope, gradient))
        if own.entry.array.domain == SIMPLEX and own.index is not None:
            yield step(STATIONARY, up_to_constant(there, Integer(0), own.index))
        else:
            yield step(STATIONARY, equal(there, Integer(0)))
    yield result(GAP, equal(_at_update(bound, factor) - bound, _divergence(mean_field, factor)))


def _at_update(form: Expr, factor: Factor) -> Expr:
    """Substitute the update for a factor's parameters."""
    for array in factor.parameters:
        star = starred(array)
        if array.sizes:
            form = Where(form, Slice(array), Slice(star))
        else:
            form = Where(form, array[()], star[()])
    return form


def _divergence(mean_field: MeanField, factor: Factor) -> Expr:
    """Return the divergence of all copies of a factor from its update."""
    best = Density(at_parameters(factor, at_star(factor)), (factor.variable.slice,))
    inner = Divergence(factor_density(mean_field, factor), best)
    return sum_over(inner, *factor.variable.plates)

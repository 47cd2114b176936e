"""Means under q of exponentials of functions that are affine in one factor's statistics.

The mean of ``exp(h + <c, T>)`` is ``exp(h + A(eta + c) - A(eta))`` with the natural parameter eta
of the factor, its statistics T and its log normalizer A.
"""

from __future__ import annotations

from sympy import Expr, Integer, exp, log, loggamma

from derivations.calculus.binding import fresh, replace_elements, rewrite, substitute
from derivations.calculus.derivative import differentiate
from derivations.calculus.expressions import Array, Element, Iverson
from derivations.calculus.indices import Index
from derivations.calculus.mean_field import Factor, MeanField
from derivations.calculus.model import ModelError, Variable
from derivations.calculus.normal_form import collect, terms
from derivations.calculus.positivity import is_positive
from derivations.families import Vector


def mean_of_exponential(mean_field: MeanField, variable: Variable, log_density: Expr) -> Expr:
    """Return the mean under q of the exponential of a function affine in a factor's statistics."""
    form = mean_field.in_stand_ins(collect(log_density))
    latent = {s.symbol: s.variable for s in mean_field.statistics}
    copies: dict[Array, tuple[Expr, ...]] = {}
    for term in terms(form):
        met = [e for a, _ in term.powers for e in a.atoms(Element) if e.array in latent]
        if len(met) > 1 or any(latent[e.array].family.is_discrete for e in met):
            message = (
                f"{variable.name}: wanted a log density affine in the statistics of one factor, "
                f"got the term {mean_field.in_statistics(term.expression())}"
            )
            raise ModelError(message)
        for element in met:
            owner = latent[element.array]
            copy = element.subscripts[: len(owner.plates)]
            if copies.setdefault(owner.array, copy) != copy:
                message = f"{variable.name}: wanted one copy of {owner.name}, got two"
                raise ModelError(message)
    rest = replace_elements(form, dict.fromkeys(latent, _zero))
    shifts = [_shift(mean_field, mean_field.factor(a), form, c) for a, c in copies.items()]
    return recurred(collect(rest + sum(shifts, Integer(0))))


def _zero(*_: Expr) -> Expr:
    return Integer(0)


def _shift(mean_field: MeanField, factor: Factor, form: Expr, copy: tuple[Expr, ...]) -> Expr:
    """Return ``A(eta + c) - A(eta)`` of one copy of a factor."""
    variable, family = factor.variable, factor.family
    place = dict(zip(variable.plates, copy, strict=True))
    own = tuple(Vector(substitute(v.entry, place), v.index) for v in factor.vectors)
    naturals = family.natural_parameters(own)
    moved = []
    for natural, statistic in zip(naturals, mean_field.own(variable), strict=True):
        entry = statistic.vector.index
        moving = None if entry is None else fresh(entry, _indices(form, copy))
        point = copy if moving is None else (*copy, moving)
        slope = collect(differentiate(form, statistic.symbol[point]))
        moved.append(Vector(natural.at(moving) + slope, moving))
    return family.log_normalizer(tuple(moved)) - family.log_normalizer(naturals)


def _indices(form: Expr, copy: tuple[Expr, ...]) -> set[Index]:
    found = form.atoms(Index)
    return found.union(*(c.atoms(Index) for c in copy))


def recurred(exponent: Expr) -> Expr:
    """Return the exponential, simplified by ``lnGamma(a + [c]) = lnGamma(a) + [c] ln a``.

    The same holds with 1 for the indicator ``[c]``.

    The base a has to be proved positive: at zero the recurrence has no value.
    """

    def rule(node: Expr) -> Expr | None:
        if not isinstance(node, loggamma):
            return None
        argument = collect(node.args[0])
        for one in argument.as_ordered_terms():
            base = argument - one
            if (isinstance(one, Iverson) or one == 1) and is_positive(base):
                return loggamma(base) + one * log(base)
        return None

    return exp(collect(rewrite(exponent, rule)))

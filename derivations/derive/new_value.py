"""The predictive distribution of one new value under the factors, in closed form.

Given the states that select its parents, the log density of the new value is affine in the
statistics of each continuous factor, ``h + <c, T>``, and the mean of its exponential is
``exp(h + A(eta + c) - A(eta))`` with the natural parameter eta of the factor. The states are
summed over, each with the mean of its probability.
"""

from __future__ import annotations

from sympy import Expr, Integer, Mul, exp, log, loggamma

from derivations.calculus.binding import (
    fresh,
    legible,
    replace_elements,
    rewrite,
    substitute,
    sum_over,
)
from derivations.calculus.derivative import differentiate
from derivations.calculus.expressions import Array, Element, Iverson
from derivations.calculus.indices import Index
from derivations.calculus.mean_field import Factor, MeanField
from derivations.calculus.model import ModelError, Variable
from derivations.calculus.normal_form import collect, terms
from derivations.calculus.positivity import is_positive
from derivations.families import STATES, Vector


def new_value(mean_field: MeanField, observed: Array) -> Element:
    """Return the symbol of a new value of an observed variable of numbers or states."""
    variable = mean_field.model.variable(observed)
    if len(variable.array.sizes) != len(variable.plates):
        message = f"{variable.name}: wanted a variable of numbers or states, got one of vectors"
        raise ModelError(message)
    notation, domain = f"{observed.notation}^*", observed.domain
    return Array(f"{observed.name}_new", (), notation, domain, observed.states)[()]


def predictive(mean_field: MeanField, observed: Array) -> Expr:
    """Return ``E_q[p(x* | parents)]``, a function of `new_value` and of the parents' plates.

    A variable with states has it at the index of its states, in the place of the new value.

    The states that select the parents of the new value are new too: they are summed over, each
    with the mean of its probability under q.

    Raises
    ------
    ModelError
        If the new value depends on two continuous factors in one term, or on two entries of one.
    """
    variable = mean_field.model.variable(observed)
    chosen, states = _selectors(mean_field, variable)
    parents = {a for s in chosen for a in mean_field.model.parents(_selector(mean_field, s))}
    both = parents & _continuous_parents(mean_field, variable)
    if both:
        named = ", ".join(sorted(a.name for a in both))
        message = f"{variable.name}: wanted other parents than its states have, got {named} twice"
        raise ModelError(message)
    weights = [_state_probability(mean_field, s, state) for s, state in states.items()]
    parameters = tuple(Vector(_put(p.entry, states), p.index) for p in variable.parameters)
    value = new_value(mean_field, observed)
    likelihood = _mean_density(mean_field, variable, parameters, Vector(value, variable.index))
    if variable.index is not None:
        likelihood = collect(substitute(likelihood, {value: variable.index}))
    return legible(sum_over(Mul(*weights, likelihood), *states.values()))


def refuse_unless_state_is_shared(mean_field: MeanField, observed: Array) -> None:
    """Refuse a model in which a point is not several rolls that share the states of the point."""
    variable = mean_field.model.variable(observed)
    chosen, _ = _selectors(mean_field, variable)
    plates = {p for s in chosen for p in _selector(mean_field, s).plates}
    own = [p for p in variable.plates if p not in plates]
    if variable.family.support != STATES or len(variable.selections) != 1 or not own:
        got = ", ".join(str(p) for p in variable.plates)
        message = (
            f"{variable.name}: wanted rolls that share the states selecting their one parent, got "
            f"{variable.family.name} values over ({got}) with "
            + (f"a state each ({', '.join(map(str, chosen))})" if chosen else "no state at all")
        )
        raise ModelError(message)


def recurred(expression: Expr) -> Expr:
    """Return `recurred_log` of the exponent of ``exp``, put back into the exponential."""
    return exp(recurred_log(expression.args[0]))


def recurred_log(exponent: Expr) -> Expr:
    """Write ``lnGamma(a + [c])`` as ``lnGamma(a) + [c] ln a``, and ``lnGamma(a + 1)`` likewise.

    The base a has to be proved positive: at zero the recurrence has no value.
    """

    def rule(node: Expr) -> Expr | None:
        if not isinstance(node, loggamma):
            return None
        argument = collect(node.args[0])
        for step in argument.as_ordered_terms():
            base = argument - step
            if (isinstance(step, Iverson) or step == 1) and is_positive(base):
                return loggamma(base) + step * log(base)
        return None

    return collect(rewrite(exponent, rule))


def _selector(mean_field: MeanField, element: Element) -> Variable:
    if not mean_field.model.is_variable(element.array):
        message = f"{mean_field.model.name}: wanted only variables to select with, got {element}"
        raise ModelError(message)
    return mean_field.model.variable(element.array)


def _selectors(
    mean_field: MeanField, variable: Variable
) -> tuple[list[Element], dict[Element, Index]]:
    """Return the variables that select a parent, and an index for the new state of each."""
    chosen = sorted(
        {s for e in variable.selections for sub in e.subscripts for s in sub.atoms(Element)},
        key=str,
    )
    states: dict[Element, Index] = {}
    taken = {*variable.plates, *([variable.index] if variable.index else [])}
    for element in chosen:
        selector = _selector(mean_field, element)
        if selector.selections or selector.family.support != STATES or selector.index is None:
            message = (
                f"{variable.name}: wanted it selected by states that nothing selects, got {element}"
            )
            raise ModelError(message)
        states[element] = fresh(selector.index, {*taken, *states.values()})
    return chosen, states


def _put(entry: Expr, states: dict[Element, Index]) -> Expr:
    """Put the index of the new state in the place of each selecting variable."""
    if entry in states:
        return states[entry]
    if not entry.args or isinstance(entry, (Index, Array)):
        return entry
    return entry.func(*(_put(a, states) for a in entry.args))


def _continuous_parents(mean_field: MeanField, variable: Variable) -> set[Array]:
    arrays = mean_field.model.parents(variable)
    return {a for a in arrays if not mean_field.model.variable(a).family.is_discrete}


def _state_probability(mean_field: MeanField, element: Element, state: Index) -> Expr:
    """Return the mean of the probability of one state of a new copy of a selecting variable."""
    variable = _selector(mean_field, element)
    value = Array(f"{variable.name}_new", (), states=element.array.states)[()]
    mean = _mean_density(mean_field, variable, variable.parameters, Vector(value, variable.index))
    place = dict(zip(variable.plates, element.subscripts, strict=True))
    return collect(substitute(substitute(mean, place), {value: state}))


def _mean_density(
    mean_field: MeanField, variable: Variable, parameters: tuple[Vector, ...], value: Vector
) -> Expr:
    """Return the mean under q of the density of a value, in closed form."""
    form = mean_field.in_stand_ins(collect(variable.family.log_density(value, parameters)))
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
    for parameter in parameters:
        for element in sorted(parameter.entry.atoms(Element), key=str):
            array = element.array
            if mean_field.model.is_variable(array):
                number = len(mean_field.model.variable(array).plates)
                copy = element.subscripts[:number]
                if copies.setdefault(array, copy) != copy:
                    message = f"{variable.name}: wanted one copy of {array.name}, got two"
                    raise ModelError(message)
    rest = replace_elements(form, dict.fromkeys(latent, _zero))
    shifts = [_shift(mean_field.factor(a), mean_field, form, c) for a, c in copies.items()]
    moved = sum(shifts, Integer(0))
    return exp(recurred_log(collect(rest + moved)))


def _zero(*_: Expr) -> Expr:
    return Integer(0)


def _shift(factor: Factor, mean_field: MeanField, form: Expr, copy: tuple[Expr, ...]) -> Expr:
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

"""The coordinate update of one factor."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Add, exp, log

from derivations.calculus.binding import legible
from derivations.calculus.expressions import Array
from derivations.calculus.mean_field import Factor, MeanField
from derivations.calculus.normal_form import collect, simplest
from derivations.claims.statements import (
    Definition,
    Rule,
    Step,
    define,
    equal,
    result,
    step,
    up_to_constant,
)
from derivations.families import Vector, inner_product
from derivations.meaning.notation import Density, Expectation, FamilyAt, FamilyDensity, Joint, part
from derivations.rules.setting import (
    at_star,
    family_of_factor,
    joint_density,
    joint_of,
    value_of,
)

OPTIMAL_FACTOR = Rule(
    "coordinate ascent",
    "With the other factors held, the bound is largest where the log of a factor is the expected "
    "log joint under the others, up to a constant.",
    "blei2017, sec. 2.4",
)
BY_STATISTIC = Rule(
    "natural parameter of the complete conditional",
    "The log joint is affine in the sufficient statistics of this variable. What multiplies them "
    "is the natural parameter of the variable given all others.",
    "blei2017, sec. 4.1",
)
EXPECTED_NATURAL = Rule(
    "expected natural parameter",
    "The natural parameter of the optimal factor is that of the conditional, averaged over the "
    "other factors.",
    "blei2017, sec. 4.1",
)
EXPECT = Rule(
    "expected statistics",
    "The factors are independent and every term is a product of statistics of different factors: "
    "the expectation puts each one's expected statistic, the gradient of its log normalizer, in "
    "its place.",
    "blei2017, sec. 4.1",
)
READ_OFF = Rule(
    "read off the family",
    "The natural parameter is turned into the family's standard parameter; a constant that does "
    "not depend on the entry goes into the normalizer.",
)


def update(mean_field: MeanField, array: Array) -> Iterator[Step]:
    """Yield the optimal factor of one latent array."""
    factor = mean_field.factor(array)
    variable = factor.variable
    log_p = log(joint_density(mean_field.model))
    q, own = joint_of(mean_field), (variable.slice,)
    optimum = optimal(factor)
    yield step(OPTIMAL_FACTOR, log_density_of_optimum(mean_field, factor))
    naturals = conditional_naturals(mean_field, array)
    statistics = factor.family.statistics(variable.value)
    terms = [inner_product(e, s) for e, s in zip(naturals, statistics, strict=True)]
    measure = factor.family.log_base_measure(variable.value)
    yield step(BY_STATISTIC, up_to_constant(log_p, legible(Add(*terms, measure)), *own))
    symbols = natural_symbols(factor)
    expected = mean_field.expected_naturals(array)
    for symbol, natural, closed in zip(symbols, naturals, expected, strict=True):
        yield step(EXPECTED_NATURAL, define(symbol.entry, Expectation(q, natural.entry)))
        yield result(EXPECT, equal(symbol.entry, closed.entry))
    stars = at_star(factor)
    for star, value in zip(stars, standard_parameters(factor, symbols, expected), strict=True):
        yield step(READ_OFF, define(star.entry, value.entry))
    at = family_of_factor(factor, stars)
    yield result(READ_OFF, equal(optimum, FamilyDensity(value_of(variable), at)))


def optimal(factor: Factor) -> Density:
    """Return the density of the optimal factor, of a family that is not known yet."""
    return Density(_undetermined(factor), (factor.variable.slice,))


def _undetermined(factor: Factor) -> Joint:
    """Return the distribution of the optimal factor as a letter."""
    variable = factor.variable
    at = FamilyAt("Any")
    return Joint("q*", [part(value_of(variable), at, *variable.plates)])


def log_density_of_optimum(mean_field: MeanField, factor: Factor) -> Definition:
    """Return ``log q* := const + E_q[log p]``, the factor's own variable held."""
    own = (factor.variable.slice,)
    expected = Expectation(joint_of(mean_field), log(joint_density(mean_field.model)), own)
    return Definition(optimal(factor), expected, own)


def conditional_naturals(mean_field: MeanField, array: Array) -> tuple[Vector, ...]:
    """Return the coefficient of each statistic of a variable in the log joint."""
    return tuple(
        Vector(legible(mean_field.in_statistics(collect(d))), s.vector.index)
        for s, d in mean_field.conditional_naturals(array)
    )


def natural_symbols(factor: Factor) -> tuple[Vector, ...]:
    """Return a symbol for each natural parameter of the optimal factor."""
    variable = factor.variable
    naturals = factor.family.natural_parameters(factor.vectors)
    symbols = []
    for number, natural in enumerate(naturals):
        entry = () if natural.index is None else (natural.index,)
        point = (*variable.plates, *entry)
        letter = "hat(eta)" if len(naturals) == 1 else f"hat(eta)^{number + 1}"
        array = Array(f"eta{number}_{variable.name}", [i.upper for i in point], letter)
        symbols.append(Vector(array[point], natural.index))
    return tuple(symbols)


def standard_parameters(
    factor: Factor, symbols: tuple[Vector, ...], naturals: tuple[Vector, ...]
) -> tuple[Vector, ...]:
    """Turn natural into standard parameters.

    If the conversion is a shift, as for a Dirichlet, the natural parameter is substituted. If it
    is a function of all entries, as for a categorical variable, its symbol is kept.
    """
    in_symbols = factor.family.standard_parameters(symbols)
    direct = factor.family.standard_parameters(naturals)
    return tuple(
        s if d.entry.has(exp) else Vector(simplest(d.entry), d.index)
        for s, d in zip(in_symbols, direct, strict=True)
    )


def updated(mean_field: MeanField, factor: Factor) -> tuple[Vector, ...]:
    """Return the parameters of the optimal factor as functions of those of the others."""
    return tuple(
        Vector(simplest(v.entry), v.index) for v in mean_field.update(factor.variable.array)
    )

"""The coordinate update of one factor: every line produced by a rule, none typed."""

from __future__ import annotations

from functools import partial

from sympy import Expr, Mul, exp, log

from derivations.calculus.binding import component, legible, product_over, replace_elements
from derivations.calculus.derivative import differentiate
from derivations.calculus.expressions import Array, Density, Iverson, Slice
from derivations.calculus.mean_field import Factor, MeanField, Statistic
from derivations.calculus.normal_form import collect
from derivations.calculus.notation import Distribution, Expectation, PartialDerivative
from derivations.calculus.steps import (
    CONSTANT,
    DISTRIBUTED,
    Check,
    Derivation,
    Reading,
    Relation,
    Rule,
    Step,
)
from derivations.derive.brief import Brief
from derivations.derive.joint import ELIMINATE, joint_density
from derivations.evidence.enumeration import (
    EXPECTED_LOG_JOINT,
    equals_expected_statistics,
    update_is_optimal,
)
from derivations.evidence.equality import constant_in, enclosure, proof
from derivations.evidence.finite_difference import finite_difference
from derivations.families import Vector

OPTIMAL_FACTOR = Rule(
    "coordinate ascent",
    "With the other factors held, the bound is largest where the log of a factor is the expected "
    "log joint under the others, up to a constant.",
    "blei2017, sec. 2.4",
)
BY_STATISTIC = Rule(
    "natural parameter of the complete conditional",
    "The log joint is multilinear in the sufficient statistics (checked, term by term), so the "
    "conditional of this variable is in its family, and its natural parameter is the derivative "
    "of the log joint by the statistic.",
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


def mean_field_density(mean_field: MeanField) -> Relation:
    """Return the assumption ``q(everything) = product of factors``."""
    latent = tuple(Slice(f.variable.array) for f in mean_field.factors)
    factors = (
        product_over(Density("q", f.variable.slice), *f.variable.plates) for f in mean_field.factors
    )
    return Relation(Density("q", latent), Mul(*factors))


def update(brief: Brief, mean_field: MeanField, array: Array) -> Derivation:
    """Derive the optimal factor of one latent array."""
    brief.refuse_without_sizes(mean_field)
    factor = mean_field.factor(array)
    variable = factor.variable
    log_p = log(joint_density(mean_field.model))
    optimum = Density("q*", variable.slice)
    symbols = _natural_symbols(factor)
    naturals = mean_field.expected_naturals(array)
    lines: list[Step] = []
    for (statistic, derivative), symbol, natural in zip(
        mean_field.conditional_naturals(array), symbols, naturals, strict=True
    ):
        lines += _natural_steps(brief, mean_field, log_p, statistic, derivative)
        lines.append(_expectation(brief, mean_field, symbol, derivative, natural))
    read_off = _read_off(factor, symbols, naturals)
    printed = _printed(symbols, naturals)
    whole = tuple(
        Vector(printed(step.relation.right), own.index)
        for step, own in zip(read_off, factor.vectors, strict=True)
    )
    expectation = Expectation(log_p, (variable.slice,))

    def in_its_letter(form: Expr) -> Expr:
        named = form.xreplace({expectation: EXPECTED_LOG_JOINT})
        if named.has(Expectation):
            message = f"wanted the expectation of the log joint, got {form}"
            raise ValueError(message)
        return named

    def optimal(claim: str, score: Expr) -> Check:
        return update_is_optimal(claim, mean_field, array, whole, brief.sizes, score=score)

    family = Distribution(
        variable.family.name, *(Slice(p, *variable.plates) for p in factor.parameters)
    )
    return brief.derivation(
        steps=(
            Step(
                OPTIMAL_FACTOR,
                Relation(log(optimum), expectation, CONSTANT),
                (
                    optimal(
                        "the log of the result moves as it does, from value to value",
                        in_its_letter(expectation),
                    ),
                    proof(
                        "the bound at this factor exceeds the bound at any other by a divergence",
                        *mean_field.gap(array),
                    ),
                ),
            ),
            *lines,
            *read_off,
        ),
        results=(
            Relation(optimum, family, DISTRIBUTED),
            *(step.relation for step in read_off),
            *(Relation(s.entry, n.entry) for s, n in zip(symbols, naturals, strict=True)),
        ),
        checks=(
            optimal(
                "the log density moves as the expected log joint does, from value to value",
                EXPECTED_LOG_JOINT,
            ),
        ),
        sources=("blei2017",),
        readings=(
            mean_field.in_stand_ins,
            printed,
            in_its_letter,
            _score_of_density,
            *_entries(factor, whole),
        ),
        names=(
            Relation(optimum, exp(EXPECTED_LOG_JOINT)),
            *_slopes(mean_field, array, log_p),
            *(step.relation for step in read_off),
        ),
    )


def _printed(symbols: tuple[Vector, ...], naturals: tuple[Vector, ...]) -> Reading:
    """Return what puts the natural parameters in the place of their symbols."""
    components = {
        s.entry.array: component(n.entry, s.entry.subscripts)
        for s, n in zip(symbols, naturals, strict=True)
    }
    return partial(replace_elements, components=components)


def _natural_symbols(factor: Factor) -> tuple[Vector, ...]:
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


def _read_off(
    factor: Factor, symbols: tuple[Vector, ...], naturals: tuple[Vector, ...]
) -> list[Step]:
    """Turn natural into standard parameters.

    Where that is a shift, as for a Dirichlet, the natural parameter is put in at once; where it
    is a function of all entries, as for a categorical variable, its symbol is kept.
    """
    family = factor.family
    in_symbols = family.standard_parameters(symbols)
    back = family.natural_parameters(in_symbols)
    # Indicators sum to one, so a number added to each of their natural parameters goes into the
    # normalizer. No other statistic admits that: there the two must be equal.
    statistics = family.statistics(factor.variable.value)
    checks = tuple(
        constant_in(
            "the natural parameter of the result is the one derived",
            s.index if isinstance(t.entry, Iverson) else None,
            b.entry - s.entry,
        )
        for b, s, t in zip(back, symbols, statistics, strict=True)
    )
    short = family.standard_parameters(naturals)
    steps = []
    for own, symbolic, direct in zip(factor.vectors, in_symbols, short, strict=True):
        value = symbolic if direct.entry.has(exp) else direct
        same = enclosure(
            "equal to the function of the natural parameter",
            _printed(symbols, naturals)(symbolic.entry),
            direct.entry,
        )
        steps.append(Step(READ_OFF, Relation(own.entry, value.entry), (*checks, same)))
    return steps


def _slopes(mean_field: MeanField, array: Array, log_p: Expr) -> tuple[Relation, ...]:
    """Return what the derivative of the log joint by each statistic of an array stands for."""
    return tuple(
        Relation(
            PartialDerivative(log_p, statistic.vector.entry),
            differentiate(mean_field.multilinear, statistic.element),
        )
        for statistic, _ in mean_field.conditional_naturals(array)
    )


def _score_of_density(form: Expr) -> Expr:
    """Return what the log of a density is, up to a constant, if the form is the density."""
    if form != exp(EXPECTED_LOG_JOINT):
        message = f"wanted the optimal factor, got {form}"
        raise ValueError(message)
    return EXPECTED_LOG_JOINT


def _entries(factor: Factor, whole: tuple[Vector, ...]) -> tuple[Reading, ...]:
    """Return the readings of a law as each of its parameters, if it is one of the family."""

    def entry(law: Expr, place: int) -> Expr:
        if not isinstance(law, Distribution) or law.name != factor.variable.family.name:
            message = f"wanted a law of the family {factor.variable.family.name}, got {law}"
            raise TypeError(message)
        stated = law.parameters[place]
        if stated != Slice(factor.parameters[place], *factor.variable.plates):
            message = f"wanted the parameter of the factor, got {stated}"
            raise ValueError(message)
        return whole[place].entry

    return tuple(partial(entry, place=place) for place in range(len(whole)))


def _natural_steps(
    brief: Brief, mean_field: MeanField, log_p: Expr, statistic: Statistic, derivative: Expr
) -> list[Step]:
    """Differentiate by the statistic, then eliminate the indicators that leaves."""
    left = PartialDerivative(log_p, statistic.vector.entry)
    plain = collect(derivative)
    same = "equal to the line before"
    slope = finite_difference(
        "the derivative of the log joint by the statistic",
        mean_field.multilinear,
        statistic.element,
        derivative,
        sizes=brief.sizes,
    )
    return [
        Step(
            BY_STATISTIC,
            Relation(left, legible(mean_field.in_statistics(derivative))),
            (slope,),
        ),
        Step(
            ELIMINATE,
            Relation(left, legible(mean_field.in_statistics(plain))),
            (proof(same, derivative, plain), enclosure(same, derivative, plain)),
        ),
    ]


def _expectation(
    brief: Brief, mean_field: MeanField, symbol: Vector, derivative: Expr, natural: Vector
) -> Step:
    """Put expected statistics in the place of the other factors' statistics."""
    check = equals_expected_statistics(
        "the line before at expected statistics found by quadrature and counting",
        mean_field,
        collect(derivative),
        natural.entry,
        brief.sizes,
    )
    return Step(EXPECT, Relation(symbol.entry, natural.entry), (check,))

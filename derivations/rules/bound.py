"""The evidence lower bound in closed form."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Add, Expr, log

from derivations.calculus.binding import legible, sum_over
from derivations.calculus.expressions import Array, Element
from derivations.calculus.mean_field import MeanField
from derivations.calculus.normal_form import collect, simplest
from derivations.claims.statements import Definition, Rule, Step, define, equal, result, step
from derivations.families import entropy
from derivations.meaning.notation import Entropy, Expectation
from derivations.rules.setting import factor_density, factors_density, joint_density, joint_of
from derivations.rules.update import EXPECT

DEFINITION = Rule(
    "definition of the bound",
    "The bound is the expected log joint less the expected log of q. By Jensen's inequality it is "
    "at most the log evidence.",
    "blei2017, sec. 2.2",
)
ENTROPIES = Rule(
    "entropies of the factors",
    "The factors are independent, so the expected log of q is minus the sum of their entropies.",
)
ENTROPY = Rule(
    "entropy of an exponential family",
    "The entropy is the log normalizer less the inner product of natural parameter and expected "
    "statistic, and less the expected log base measure.",
)
GATHER = Rule("gather", "The parts are put together and equal terms joined.")


def bound_letter() -> Element:
    """Return the letter of the bound."""
    return Array("elbo", (), "cal(L)")[()]


def definition_of_bound(mean_field: MeanField) -> Definition:
    """Return the definition of the bound: ``E_q[log p] - E_q[log q]``."""
    q = joint_of(mean_field)
    log_p, log_q = log(joint_density(mean_field.model)), log(factors_density(mean_field))
    return define(bound_letter(), Expectation(q, log_p) - Expectation(q, log_q))


def closed_form(mean_field: MeanField) -> Expr:
    """Return the bound with every constant and entropy, equal terms joined."""
    return collect(mean_field.evidence_lower_bound)


def evidence_lower_bound(mean_field: MeanField) -> Iterator[Step]:
    """Yield the bound in closed form, every constant included."""
    q, bound = joint_of(mean_field), bound_letter()
    expected = Expectation(q, log(joint_density(mean_field.model)))
    yield step(DEFINITION, definition_of_bound(mean_field))
    entropies = [
        sum_over(Entropy(factor_density(mean_field, f)), *f.variable.plates)
        for f in mean_field.factors
    ]
    yield step(ENTROPIES, equal(bound, Add(expected, *entropies)))
    yield step(EXPECT, equal(expected, legible(mean_field.expected_log_joint)))
    for factor in mean_field.factors:
        closed = simplest(entropy(factor.family, factor.vectors))
        yield step(ENTROPY, equal(Entropy(factor_density(mean_field, factor)), closed))
    yield result(GATHER, equal(bound, closed_form(mean_field)))

"""The exact log evidence: continuous variables integrated out, discrete ones summed over."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Expr, Integer, exp, log

from derivations.calculus.binding import legible, replace_elements, sum_over
from derivations.calculus.expressions import Element, StateSum
from derivations.calculus.mean_field import Factor, MeanField
from derivations.calculus.model import ModelError, Variable
from derivations.calculus.normal_form import collect, simplest, terms
from derivations.claims.statements import Rule, Step, equal, result, step
from derivations.families import STATES, Vector
from derivations.meaning.notation import Divergence
from derivations.rules.bound import DEFINITION, bound_letter, definition_of_bound
from derivations.rules.setting import factors_density, marginal, posterior

INTEGRATE = Rule(
    "conjugate integration",
    "With the discrete variables given, the log joint is affine in the statistics of each "
    "continuous variable. The integral over that variable leaves its log normalizer at the natural "
    "parameter of its complete conditional.",
    "bishop2006, sec. 2.4.2",
)
SUM_OUT = Rule("sum rule", "The discrete variables are summed over all their joint states.")
GAP = Rule(
    "gap of the bound",
    "What the bound lacks is the divergence of q from the posterior. It is never negative: the "
    "bound is at most the log evidence, whatever the factors are.",
    "blei2017, sec. 2.2",
)


def log_evidence(mean_field: MeanField) -> Iterator[Step]:
    """Yield the exact log evidence, and that the bound stays below it.

    Raises
    ------
    ModelError
        If two continuous variables are dependent, or a discrete one has no states ``1..K``.
    """
    model = mean_field.model
    discrete = _discrete(mean_field)
    evidence = marginal(model, ())
    joint = marginal(model, discrete)
    integrated = log_joint_of_discrete(mean_field)
    yield result(INTEGRATE, equal(log(joint), integrated))
    if discrete:
        summed = StateSum(exp(integrated), *(v.array for v in discrete))
        yield result(SUM_OUT, equal(log(evidence), log(summed)))
    yield step(DEFINITION, definition_of_bound(mean_field))
    gap = Divergence(factors_density(mean_field), posterior(model))
    yield step(GAP, equal(log(evidence) - bound_letter(), gap))


def _discrete(mean_field: MeanField) -> tuple[Variable, ...]:
    """Return the discrete latent variables, all of which must have finitely many states."""
    found = tuple(f.variable for f in mean_field.factors if _is_discrete(f.variable))
    for variable in found:
        if variable.family.support != STATES:
            message = (
                f"{mean_field.model.name}: wanted latent variables with states 1..K to sum over, "
                f"got {variable.name}, which is {variable.family.name}"
            )
            raise ModelError(message)
    return found


def log_joint_of_discrete(mean_field: MeanField) -> Expr:
    """Return ``log p(observed, discrete latent)``, every continuous variable integrated out.

    Each is integrated given the discrete ones: a term that contains two of them is refused.
    """
    _refuse_joined(mean_field)
    continuous = [f for f in mean_field.factors if not f.family.is_discrete]
    gone = {s.symbol: _zero for s in mean_field.statistics if not _is_discrete(s.variable)}
    rest = replace_elements(mean_field.multilinear, gone)
    normalizers = (_normalizer_of_conditional(mean_field, f) for f in continuous)
    return simplest(collect(mean_field.in_statistics(rest)) + sum(normalizers, Integer(0)))


def _refuse_joined(mean_field: MeanField) -> None:
    continuous = {
        s.symbol: s.variable for s in mean_field.statistics if not _is_discrete(s.variable)
    }
    for term in terms(mean_field.multilinear):
        elements = {e for atom, _ in term.powers for e in atom.atoms(Element)}
        joined = sorted({continuous[e.array].name for e in elements if e.array in continuous})
        if len(joined) > 1:
            message = (
                f"{mean_field.model.name}: wanted continuous variables that are independent given "
                f"the discrete ones, got a term that joins {' and '.join(joined)}: "
                f"{mean_field.in_statistics(term.expression())}"
            )
            raise ModelError(message)


def _is_discrete(variable: Variable) -> bool:
    return variable.family.is_discrete


def _zero(*_: Expr) -> Expr:
    return Integer(0)


def _normalizer_of_conditional(mean_field: MeanField, factor: Factor) -> Expr:
    naturals = tuple(
        Vector(mean_field.in_statistics(collect(derivative)), statistic.vector.index)
        for statistic, derivative in mean_field.conditional_naturals(factor.variable.array)
    )
    normalizer = factor.family.log_normalizer(naturals)
    return legible(sum_over(normalizer, *factor.variable.plates))

"""The exact log evidence: continuous variables integrated out, discrete ones summed over."""

from __future__ import annotations

from sympy import Expr, Integer, exp, log

from derivations.calculus.binding import legible, replace_elements, sum_over
from derivations.calculus.expressions import Density, Element, Slice, StateSum
from derivations.calculus.mean_field import Factor, MeanField
from derivations.calculus.model import ModelError, Variable
from derivations.calculus.normal_form import collect, simplest, terms
from derivations.calculus.steps import Derivation, Relation, Rule, Step
from derivations.derive.brief import Brief
from derivations.derive.joint import joint_density
from derivations.evidence.drawing import Sizes
from derivations.evidence.enumeration import bound_stays_below
from derivations.evidence.equality import enclosure
from derivations.evidence.marginal import equals_integrated_joint, equals_summed_joint
from derivations.families import STATES, Vector

INTEGRATE = Rule(
    "conjugate integration",
    "With the discrete variables given, the log joint is affine in the statistics of each "
    "continuous variable; the integral of exp(η T) is exp(A(η)), so the variable leaves its log "
    "normalizer at the natural parameter of its complete conditional.",
    "bishop2006, sec. 2.4.2",
)
SUM_OUT = Rule("sum rule", "The discrete variables are summed over all their joint states.")


def log_joint_of_discrete(mean_field: MeanField) -> Expr:
    """Return ``log p(observed, discrete latent)``, every continuous variable integrated out.

    Each is integrated with the discrete ones given: a term that joins two of them is refused.
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


def log_evidence_of(mean_field: MeanField) -> Expr:
    """Return ``log p(observed)``: the discrete latent variables, if any, summed over.

    Raises
    ------
    ModelError
        If two continuous variables do not come apart, or a discrete one has no states ``1..K``.
    """
    integrated = log_joint_of_discrete(mean_field)
    discrete = tuple(f.variable for f in mean_field.factors if _is_discrete(f.variable))
    for variable in discrete:
        if variable.family.support != STATES:
            message = (
                f"{mean_field.model.name}: wanted latent variables with states 1..K to sum over, "
                f"got {variable.name}, which is {variable.family.name}"
            )
            raise ModelError(message)
    if not discrete:
        return integrated
    return log(StateSum(exp(integrated), *(v.array for v in discrete)))


def has_countable_data(mean_field: MeanField) -> bool:
    """Whether all possible data can be gone through: every observed variable has states."""
    return all(v.family.support == STATES for v in mean_field.model.variables if v.observed)


def log_evidence(brief: Brief, mean_field: MeanField, tiny: Sizes, bound: Expr) -> Derivation:
    """Derive the exact log evidence; all data of the sizes ``tiny`` can be gone through."""
    brief.refuse_without_sizes(mean_field)
    model = mean_field.model
    discrete = tuple(f.variable.array for f in mean_field.factors if _is_discrete(f.variable))
    observed = tuple(v.array for v in model.variables if v.observed)
    given = joint_density(model).given
    integrated = log_joint_of_discrete(mean_field)
    evidence = log_evidence_of(mean_field)
    of_discrete = Density("p", tuple(Slice(a) for a in (*observed, *discrete)), given)
    of_data = Density("p", tuple(Slice(a) for a in observed), given)
    result = Relation(log(of_data), evidence)
    by_quadrature = equals_integrated_joint(
        "the literal joint integrated by quadrature", mean_field, integrated, brief.sizes
    )
    countable = has_countable_data(mean_field)

    def over_all_data(form: Expr) -> Expr:
        return StateSum(exp(form), *observed)

    steps = [Step(INTEGRATE, Relation(log(of_discrete), integrated), (by_quadrature,))]
    if discrete:
        summed = (
            enclosure(
                "the evidence of all possible data sums to one",
                over_all_data(evidence),
                Integer(1),
                sizes=tiny,
                points=1,
            )
            if countable
            else equals_summed_joint(
                "the literal joint integrated, and summed over all states",
                mean_field,
                evidence,
                tiny,
            )
        )
        steps.append(Step(SUM_OUT, result, (summed,)))
    below = bound_stays_below(
        "the bound is never above it, at random factors", mean_field, bound, evidence, tiny
    )
    return brief.derivation(
        steps=tuple(steps),
        results=(result,),
        checks=(below,),
        sources=("bishop2006",),
        readings=(over_all_data,) if countable else (),
        names=(Relation(of_discrete, exp(integrated)), Relation(of_data, exp(evidence))),
    )

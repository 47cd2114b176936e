"""The evidence lower bound in closed form, and that each update maximises it in its coordinate."""

from __future__ import annotations

from functools import partial

from sympy import Add, Expr, Integer, log

from derivations.calculus.binding import legible, rewrite, substitute, sum_over
from derivations.calculus.derivative import differentiate
from derivations.calculus.expressions import SIMPLEX, Array, Density, Element, Slice
from derivations.calculus.mean_field import Factor, MeanField
from derivations.calculus.normal_form import collect
from derivations.calculus.notation import Divergence, Entropy, Expectation, PartialDerivative
from derivations.calculus.steps import Derivation, Relation, Rule, Step
from derivations.derive.brief import Brief
from derivations.derive.joint import joint_density
from derivations.derive.updates import EXPECT
from derivations.evidence.enumeration import (
    equals_entropy,
    equals_evidence_lower_bound,
    equals_expected_log_joint,
    no_better_parameters,
)
from derivations.evidence.equality import constant_in, enclosure, proof
from derivations.evidence.finite_difference import finite_difference
from derivations.families import divergence, entropy

DEFINITION = Rule(
    "definition of the bound",
    "The bound is the expected log joint less the expected log of q; the latter is minus the sum "
    "of the factors' entropies. Jensen's inequality puts it below the log evidence.",
    "blei2017, sec. 2.2",
)
ENTROPY = Rule(
    "entropy of an exponential family",
    "The entropy is the log normalizer less the inner product of natural parameter and expected "
    "statistic.",
)
GATHER = Rule("gather", "The parts are put together and equal terms joined.")
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
GAP = Rule(
    "gap to the maximum",
    "The bound at the update less the bound at any other parameters of the factor is a "
    "Kullback-Leibler divergence: never negative, and zero only at the update. The update is "
    "therefore the unique maximum in its coordinate.",
    "blei2017, sec. 2.4",
)


def bound_symbol() -> Element:
    """Return the symbol of the bound."""
    return Array("elbo", (), "cal(L)")[()]


def evidence_lower_bound(brief: Brief, mean_field: MeanField) -> Derivation:
    """Derive the bound with every constant and entropy."""
    brief.refuse_without_sizes(mean_field)
    log_p = log(joint_density(mean_field.model))
    closed = mean_field.expected_log_joint
    densities = [Density("q", f.variable.slice) for f in mean_field.factors]
    entropies = [
        sum_over(Entropy(d), *f.variable.plates)
        for d, f in zip(densities, mean_field.factors, strict=True)
    ]
    bound = bound_symbol()
    whole = collect(mean_field.evidence_lower_bound)
    divergences = mean_field.as_divergences
    sizes = brief.sizes
    same = "equal to the sum of the parts"
    value = equals_evidence_lower_bound("the expected log p less log q", mean_field, whole, sizes)
    definition = Add(Expectation(log_p), *entropies)

    def in_closed_form(form: Expr) -> Expr:
        return _in_closed_form(mean_field, form)

    in_parts = equals_evidence_lower_bound(
        "the expected log p less log q, part by part", mean_field, in_closed_form(definition), sizes
    )
    steps = [
        Step(DEFINITION, Relation(bound, definition), (in_parts,)),
        Step(
            EXPECT,
            Relation(Expectation(log_p), legible(closed)),
            (equals_expected_log_joint("the expected log joint", mean_field, closed, sizes),),
        ),
        *(_entropy_step(brief, mean_field, f) for f in mean_field.factors),
        Step(
            GATHER,
            Relation(bound, whole),
            (
                proof(same, mean_field.evidence_lower_bound, whole),
                enclosure(same, mean_field.evidence_lower_bound, whole),
                proof("equal to the fit less the divergences from the priors", whole, divergences),
            ),
        ),
    ]
    return brief.derivation(
        steps=tuple(steps),
        results=(Relation(bound, whole),),
        checks=(value,),
        sources=("blei2017",),
        readings=(in_closed_form,),
        names=(Relation(bound, divergences),),
    )


def _in_closed_form(mean_field: MeanField, form: Expr) -> Expr:
    """Put closed forms in the place of the expected log joint, of entropies, of divergences."""
    log_p = log(joint_density(mean_field.model))

    def rule(node: Expr) -> Expr | None:
        if isinstance(node, Expectation):
            if node.body != log_p:
                message = f"wanted the expectation of the log joint, got that of {node.body}"
                raise ValueError(message)
            return mean_field.expected_log_joint
        if isinstance(node, Entropy):
            factor = mean_field.factor(node.density.value.array)
            closed = entropy(factor.family, factor.vectors)
            return _at(closed, factor, node.density.value)
        if isinstance(node, Divergence):
            factor = mean_field.factor(node.left.value.array)
            laws = {"q": factor.vectors, "q*": mean_field.update(factor.variable.array)}
            sides = (laws[side.letter] for side in (node.left, node.right))
            return _at(divergence(factor.family, *sides), factor, node.left.value)
        return None

    return rewrite(form, rule)


def _at(form: Expr, factor: Factor, place: Slice) -> Expr:
    """Write a form of one copy of a factor at the copy that a slice names."""
    return substitute(form, dict(zip(factor.variable.plates, place.subscripts, strict=True)))


def _entropy_step(brief: Brief, mean_field: MeanField, factor: Factor) -> Step:
    left = sum_over(Entropy(Density("q", factor.variable.slice)), *factor.variable.plates)
    closed = legible(factor.entropy)
    check = equals_entropy("the entropy of all copies", mean_field, factor, closed, brief.sizes)
    return Step(ENTROPY, Relation(left, closed), (check,))


def coordinate_ascent(brief: Brief, mean_field: MeanField) -> Derivation:
    """Show that every update is the unique maximum of the bound in its coordinate."""
    brief.refuse_without_sizes(mean_field)
    steps = [s for f in mean_field.factors for s in ascent_steps(mean_field, f)]
    results = tuple(s.relation for s in steps if s.rule is GAP)
    claim = "no parameters drawn at random do better than the update"
    checks = tuple(
        no_better_parameters(f"{claim} of {f.variable.name}", mean_field, f, brief.sizes)
        for f in mean_field.factors
    )

    def in_closed_form(form: Expr) -> Expr:
        return _in_closed_form(mean_field, form)

    return brief.derivation(
        steps=tuple(steps),
        results=results,
        checks=checks,
        sources=("blei2017",),
        readings=(in_closed_form, *(partial(_updated, mean_field, f) for f in mean_field.factors)),
        names=(
            Relation(bound_symbol(), mean_field.evidence_lower_bound),
            *(
                Relation(_best(f), _updated(mean_field, f, mean_field.evidence_lower_bound))
                for f in mean_field.factors
            ),
        ),
    )


def ascent_steps(mean_field: MeanField, factor: Factor) -> list[Step]:
    """Differentiate by each parameter, put the update in, and measure the gap."""
    bound = mean_field.evidence_lower_bound
    array = factor.variable.array
    steps = []
    for own in factor.vectors:
        left = PartialDerivative(bound_symbol(), own.entry)
        raw = differentiate(bound, own.entry)
        gradient = collect(raw)
        there = collect(mean_field.with_update(gradient, array))
        checks = (
            finite_difference("the derivative of the closed form", bound, own.entry, gradient),
            proof("equal to the derivative before collecting", raw, gradient),
        )
        simplex = own.entry.array.domain == SIMPLEX
        updated = mean_field.with_update(raw, array)
        put_in = (
            proof("the update put into the derivative", updated, there),
            enclosure("the update put into the derivative", updated, there),
        )
        stationary = (
            constant_in("the same for every entry", own.index, there)
            if simplex
            else proof("zero", there, Integer(0))
        )
        steps += [
            Step(GRADIENT, Relation(left, gradient), checks),
            Step(STATIONARY, Relation(left, there), (stationary, *put_in)),
        ]
    gap, total = mean_field.gap(array)
    claim = "the gap is the divergence of the factor from its update"
    checks = (proof(claim, gap, total), enclosure(claim, gap, total))
    return [*steps, Step(GAP, _gap_relation(factor), checks)]


def _best(factor: Factor) -> Element:
    """Return the symbol of the bound at the update of a factor."""
    return Array(f"elbo_{factor.variable.name}", (), "cal(L)^*")[()]


def _updated(mean_field: MeanField, factor: Factor, form: Expr) -> Expr:
    """Put the update of a factor in the place of its parameters."""
    return mean_field.with_update(form, factor.variable.array)


def _gap_relation(factor: Factor) -> Relation:
    """Return ``L* - L = sum KL(q || q*)``."""
    one = factor.variable.slice
    named = Divergence(Density("q", one), Density("q*", one))
    return Relation(_best(factor) - bound_symbol(), sum_over(named, *factor.variable.plates))

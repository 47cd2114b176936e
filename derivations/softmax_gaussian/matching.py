"""The better fit by moments, the way back to concentrations, and the pathwise gradients."""

from __future__ import annotations

from sympy import Expr, Integer, Pow, Rational, exp, log, polygamma

from derivations.calculus.binding import component, legible, replace_elements, rewrite, substitute
from derivations.calculus.derivative import differentiate
from derivations.calculus.expressions import Array, IndexSum
from derivations.calculus.normal_form import collect
from derivations.calculus.notation import Expectation, PartialDerivative
from derivations.calculus.steps import Derivation, Relation, Rule, Step
from derivations.derive.brief import Brief
from derivations.evidence.equality import enclosure, proof
from derivations.evidence.finite_difference import finite_difference
from derivations.families import Dirichlet, Vector, mean_parameters
from derivations.softmax_gaussian.basis import added_up, mode, sigma, variance
from derivations.softmax_gaussian.symbols import (
    K,
    alpha,
    epsilon,
    h,
    i,
    k,
    l,
    mu,
    pi,
    same,
    softmax,
    spread,
    total,
)

MEANS = Rule(
    "expected statistics",
    "The mean of log π is the gradient of the Dirichlet's log normalizer.",
    "bishop2006, sec. 2.4",
)
COVARIANCES = Rule(
    "covariance of the statistics",
    "The covariance of log π is the second derivative of the log normalizer.",
    "bishop2006, sec. 2.4",
)
CENTRE = Rule(
    "centre",
    "In the softmax basis h is log π less its mean over the entries; mean and covariance follow "
    "linearly.",
)
MATCH = Rule(
    "moment matching",
    "KL(p || Gaussian) depends on the Gaussian only through the mean of its log density, a "
    "quadratic: it is least where mean and covariance are those of p.",
    "bishop2006, sec. 10.7",
)
BACK = Rule(
    "back to concentrations",
    "From a mode and the variances the concentrations follow: exp(μ) times the sum of exp(-μ) is α "
    "times the sum of the inverse concentrations.",
)
REPARAMETERIZE = Rule(
    "reparameterize",
    "A draw is the softmax of mean plus standard deviation times a standard normal ε, which does "
    "not depend on the concentrations.",
    "srivastava2017, sec. 3.2",
)
DIFFERENTIATE = Rule("differentiate", "The draw is differentiated at a fixed ε.")

log_mean: Expr = polygamma(0, alpha[k]) - polygamma(0, total)
log_covariance: Expr = same(k, l) * polygamma(1, alpha[k]) - polygamma(1, total)
matched_mean: Expr = polygamma(0, alpha[k]) - IndexSum(polygamma(0, alpha[i]), i) / K
matched_covariance: Expr = (
    same(k, l) * polygamma(1, alpha[k])
    - (polygamma(1, alpha[k]) + polygamma(1, alpha[l])) / K
    + IndexSum(polygamma(1, alpha[i]), i) / K**2
)


def moment_matching_derivation(brief: Brief) -> Derivation:
    """Derive the mean and covariance that minimise KL(Dirichlet || logistic normal)."""
    (means,) = mean_parameters(Dirichlet(), (Vector(alpha[k], k),))
    covariance = collect(differentiate(log_mean, alpha[l]))
    centred_mean = log_mean - IndexSum(substitute(log_mean, {k: i}), i) / K
    j = i.renamed("j")
    rows = IndexSum(substitute(log_covariance, {l: j}), j) / K
    columns = IndexSum(substitute(log_covariance, {k: i}), i) / K
    both = IndexSum(substitute(log_covariance, {k: i, l: j}), i, j) / K**2
    centred = log_covariance - rows - columns + both
    mean_claims = (
        proof("the mean of log π, centred", centred_mean, matched_mean),
        enclosure("the mean of log π, centred", centred_mean, matched_mean),
    )
    covariance_claims = (
        proof("the covariance of log π, centred in both indices", centred, matched_covariance),
        enclosure("the covariance of log π, centred in both indices", centred, matched_covariance),
    )
    return brief.derivation(
        steps=(
            Step(
                MEANS,
                Relation(Expectation(log(pi[k])), log_mean),
                (proof("the gradient of the log normalizer", means.entry, log_mean),),
            ),
            Step(
                COVARIANCES,
                Relation(PartialDerivative(Expectation(log(pi[k])), alpha[l]), log_covariance),
                (
                    finite_difference("its derivative", log_mean, alpha[l], log_covariance),
                    proof("equal to the derivative", covariance, log_covariance),
                ),
            ),
            Step(CENTRE, Relation(Expectation(h[k]), matched_mean), mean_claims),
            Step(MATCH, Relation(mu[k], matched_mean), mean_claims),
            Step(MATCH, Relation(sigma[k, l], matched_covariance), covariance_claims),
        ),
        results=(Relation(mu[k], matched_mean), Relation(sigma[k, l], matched_covariance)),
        checks=(*mean_claims, *covariance_claims),
        sources=("bishop2006",),
        names=(
            Relation(Expectation(log(pi[k])), means.entry),
            Relation(Expectation(h[k]), centred_mean),
            Relation(mu[k], centred_mean),
            Relation(sigma[k, l], centred),
        ),
    )


def back_derivation(brief: Brief) -> Derivation:
    """Derive the concentrations from the mode and the variances."""
    recovered = (1 - 2 / K + exp(mu[k]) * IndexSum(exp(-mu[i]), i) / K**2) / spread[k]

    def from_laplace(form: Expr) -> Expr:
        return replace_elements(
            form, {mu: component(mode, (k,)), spread: component(variance, (k,))}
        )

    claim = "the concentration the mode and variance came from"
    check = enclosure(claim, from_laplace(recovered), alpha[k])
    return brief.derivation(
        steps=(Step(BACK, Relation(alpha[k], recovered), (check,)),),
        results=(Relation(alpha[k], recovered),),
        checks=(check,),
        sources=("srivastava2017",),
        readings=(from_laplace,),
    )


def by_noise(form: Expr) -> Expr:
    """Differentiate by the noise of one coordinate."""
    return collect(differentiate(form, epsilon[k]))


def without_noise(form: Expr) -> Expr:
    """Put zero in the place of the noise."""
    return replace_elements(form, {epsilon: lambda _: Integer(0)})


def entry_without_noise(form: Expr) -> Expr:
    """Return the softmax of a coordinate, the noise being zero."""
    return replace_elements(softmax(k), {h: component(without_noise(form), (k,))})


def sum_without_noise(form: Expr) -> Expr:
    """Return the sum of the coordinates, the noise being zero."""
    return added_up(without_noise(form))


def log_odds(entry: Expr) -> Expr:
    """Return the log of one entry over another."""
    return log(entry / substitute(entry, {k: l}))


def gradient_derivation(brief: Brief) -> Derivation:
    """Derive the derivative of a draw by a concentration, under the Laplace choice."""
    coordinate = mode + Pow(variance, Rational(1, 2)) * epsilon[k]
    draw = exp(h[k]) / IndexSum(exp(h[i]), i)
    whole = replace_elements(draw, {h: component(coordinate, (k,))})
    by_coordinate = collect(differentiate(draw, h[i]))
    inner = collect(differentiate(coordinate, alpha[l]))
    x = Array("x", (K,), "x")
    by_alpha = legible(
        IndexSum(PartialDerivative(x[k], h[i]) * PartialDerivative(h[i], alpha[l]), i)
    )

    def chained(form: Expr) -> Expr:
        """Put the two derivatives in the place of their symbols."""

        def rule(node: Expr) -> Expr | None:
            if not isinstance(node, PartialDerivative):
                return None
            of, by = node.body, node.by
            (row,), (column,) = of.subscripts, by.subscripts
            if of.array == x:
                at_draw = replace_elements(by_coordinate, {h: component(coordinate, (k,))})
                return substitute(at_draw, {k: row, i: column})
            return substitute(inner, {k: row, l: column})

        return rewrite(form, rule)

    right = finite_difference(
        "the derivative of the draw at fixed noise", whole, alpha[l], chained(by_alpha)
    )
    return brief.derivation(
        steps=(
            Step(
                REPARAMETERIZE,
                Relation(h[k], coordinate),
                (
                    proof(
                        "its derivative by the noise is the standard deviation",
                        by_noise(coordinate),
                        Pow(variance, Rational(1, 2)),
                    ),
                    enclosure(
                        "its derivative by the noise is the standard deviation",
                        by_noise(coordinate),
                        Pow(variance, Rational(1, 2)),
                    ),
                    enclosure(
                        "without noise the draw is the Dirichlet's mean",
                        entry_without_noise(coordinate),
                        alpha[k] / total,
                    ),
                    enclosure(
                        "and its coordinates sum to zero",
                        sum_without_noise(coordinate),
                        Integer(0),
                    ),
                ),
            ),
            Step(
                DIFFERENTIATE,
                Relation(PartialDerivative(h[k], alpha[l]), inner),
                (
                    finite_difference(
                        "the derivative of the coordinate", coordinate, alpha[l], inner
                    ),
                ),
            ),
            Step(
                DIFFERENTIATE,
                Relation(PartialDerivative(x[k], h[i]), by_coordinate),
                (finite_difference("the derivative of the softmax", draw, h[i], by_coordinate),),
            ),
        ),
        results=(
            Relation(x[k], draw),
            Relation(PartialDerivative(x[k], alpha[l]), by_alpha),
        ),
        checks=(
            right,
            proof("the entries of a draw sum to one", added_up(draw), Integer(1)),
            enclosure(
                "the logs of two entries differ as the coordinates do",
                log_odds(draw),
                h[k] - h[l],
            ),
        ),
        sources=("srivastava2017",),
        readings=(by_noise, entry_without_noise, sum_without_noise, chained, log_odds, added_up),
        names=(
            Relation(PartialDerivative(x[k], alpha[l]), differentiate(whole, alpha[l])),
            Relation(h[k], coordinate),
            Relation(x[k], draw),
        ),
    )

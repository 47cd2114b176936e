"""The better fit by moments, the way back to concentrations, and the pathwise gradients."""

from __future__ import annotations

from sympy import Expr, Pow, Rational, exp, log, polygamma

from derivations.calculus.binding import component, legible, replace_elements, substitute
from derivations.calculus.derivative import differentiate
from derivations.calculus.expressions import POSITIVE, Array, IndexSum
from derivations.calculus.families import Dirichlet, Vector, mean_parameters
from derivations.calculus.normal_form import collect
from derivations.calculus.notation import Expectation, PartialDerivative
from derivations.calculus.steps import Derivation, Relation, Rule, Step
from derivations.derive.brief import Brief
from derivations.evidence.equality import enclosure, proof
from derivations.evidence.finite_difference import finite_difference
from derivations.softmax_gaussian.basis import mode, sigma, variance
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
spread = Array("v", (K,), "v", POSITIVE)


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
    )


def back_derivation(brief: Brief) -> Derivation:
    """Derive the concentrations from the mode and the variances."""
    recovered = (1 - 2 / K + exp(mu[k]) * IndexSum(exp(-mu[i]), i) / K**2) / spread[k]
    put_in = replace_elements(
        recovered, {mu: component(mode, (k,)), spread: component(variance, (k,))}
    )
    claim = "the concentration the mode and variance came from"
    check = enclosure(claim, put_in, alpha[k])
    return brief.derivation(
        steps=(Step(BACK, Relation(alpha[k], recovered), (check,)),),
        results=(Relation(alpha[k], recovered),),
        checks=(check,),
        sources=("srivastava2017",),
    )


def gradient_derivation(brief: Brief) -> Derivation:
    """Derive the derivative of a draw by a concentration, under the Laplace choice."""
    coordinate = mode + Pow(variance, Rational(1, 2)) * epsilon[k]
    draw = exp(h[k]) / IndexSum(exp(h[i]), i)
    whole = replace_elements(draw, {h: component(coordinate, (k,))})
    by_coordinate = collect(differentiate(draw, h[i]))
    inner = collect(differentiate(coordinate, alpha[l]))
    chain = IndexSum(
        replace_elements(by_coordinate, {h: component(coordinate, (k,))})
        * substitute(inner, {k: i}),
        i,
    )
    x = Array("x", (K,), "x")[k]
    right = finite_difference("the derivative of the draw at fixed noise", whole, alpha[l], chain)
    return brief.derivation(
        steps=(
            Step(
                REPARAMETERIZE,
                Relation(h[k], coordinate),
                (
                    proof(
                        "its derivative by the noise is the standard deviation",
                        collect(differentiate(coordinate, epsilon[k])),
                        Pow(variance, Rational(1, 2)),
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
                Relation(PartialDerivative(x, h[i]), by_coordinate),
                (finite_difference("the derivative of the softmax", draw, h[i], by_coordinate),),
            ),
        ),
        results=(
            Relation(x, draw),
            Relation(
                PartialDerivative(x, alpha[l]),
                legible(
                    IndexSum(PartialDerivative(x, h[i]) * PartialDerivative(h[i], alpha[l]), i)
                ),
            ),
        ),
        checks=(right,),
        sources=("srivastava2017",),
    )

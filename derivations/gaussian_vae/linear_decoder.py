"""The whole bound's gradient by the means where the decoder is linear and the pixels normal."""

from __future__ import annotations

from sympy import Expr, Integer, Pow, log

from derivations.calculus.binding import component, replace_elements, rewrite
from derivations.calculus.derivative import differentiate
from derivations.calculus.expressions import POSITIVE, Array, IndexSum, Slice
from derivations.calculus.notation import PartialDerivative, Variance
from derivations.calculus.steps import Check, Prose, Relation, Rule, Step
from derivations.evidence.equality import at_most, enclosure, proof
from derivations.evidence.finite_difference import finite_difference
from derivations.gaussian_vae.divergence import standard
from derivations.gaussian_vae.estimators import Estimator, mean_is
from derivations.gaussian_vae.symbols import (
    JOINT,
    LIKELIHOOD,
    D,
    K,
    d,
    i,
    j,
    k,
    likewise,
    log_normal,
    log_standard,
    mean,
    same,
    variance,
    x,
    z,
)

W = Array("W", (D, K))
c = Array("c", (D,))
tau = Array("tau", (), "tau", POSITIVE)[()]
G = Array("G", (K, K))
MEAN_OF_PIXEL: Expr = c[d] + IndexSum(W[d, i] * z[i], i)

LINEAR: Prose = (
    "For the whole bound the decoder is linear, of any numbers ",
    K,
    " and ",
    D,
    ": given the latent variables the pixels are independent and normal, with means ",
    MEAN_OF_PIXEL,
    " and variance ",
    tau,
    ".",
)
REMARKS: tuple[Prose, ...] = (
    (
        "Neither the closed form nor the path alone is always the better. Where the decoder "
        "ignores ",
        Slice(z),
        " the closed form does not vary, and the path alone does unless ",
        variance[k],
        " is one; at the exact posterior it is the other way round.",
    ),
    (
        "Where the covariance of the encoder's law is the inverse of ",
        Slice(G),
        ", that of the posterior, the estimator by the path alone does not vary at all, whatever "
        "the means.",
    ),
)

CURVATURE = Rule(
    "precision of the posterior", "Minus the second derivative of the log joint, which is constant."
)
WHOLE = Rule(
    "derivative of the bound",
    (
        "The log likelihood at the draw is differentiated by the mean, and each estimator of the "
        "divergence's derivative subtracted. All are linear in ",
        Slice(z),
        ", and the factors of ",
        z[j],
        " make the variance.",
    ),
)
COMPARE = Rule("difference", "The sums are subtracted; all but one term cancels.")

log_likelihood: Expr = log_normal(x[d], MEAN_OF_PIXEL, tau, d)
log_joint: Expr = log_likelihood + log_standard
precision: Expr = same(k, j) + IndexSum(W[d, k] * W[d, j], d) / tau
fit: Expr = IndexSum(W[d, k] * (x[d] - MEAN_OF_PIXEL), d) / tau
slope_of_bound: Expr = replace_elements(fit, {z: lambda at: mean[at]}) - mean[k]


def summed(factor: Expr) -> Expr:
    """Return the variance of what is linear in z, from the factor of its j-th coordinate."""
    return IndexSum(variance[j] * Pow(factor, 2), j)


FIT = PartialDerivative(log(LIKELIHOOD), z[k])


def in_full(form: Expr) -> Expr:
    """Put the posterior's precision, the log densities and their derivatives where named."""

    def rule(node: Expr) -> Expr | None:
        if isinstance(node, PartialDerivative):
            return differentiate(rewrite(node.body, rule), node.by)
        return None

    named = {FIT: fit, log(JOINT): log_joint, log(LIKELIHOOD): log_likelihood}
    return replace_elements(rewrite(form.xreplace(named), rule), {G: component(precision, (k, j))})


ESTIMATORS = tuple(
    Estimator(
        letter=Array(f"u_{kind}", (K,), f"u^{kind}")[k],
        printed=FIT - form,
        mean=slope_of_bound,
        printed_variance=summed(factor),
        degree=1,
        meaning=in_full,
    )
    for kind, form, factor in (
        ("closed", mean[k], G[k, j] - same(k, j)),
        ("sampled", z[k], G[k, j]),
        ("path", z[k] - (z[k] - mean[k]) / variance[k], G[k, j] - same(k, j) / variance[j]),
    )
)
GAPS: tuple[Expr, Expr] = (
    variance[k] * (2 * G[k, k] - 1),
    (variance[k] - 1) * (2 * G[k, k] - 1 - 1 / variance[k]),
)


def definitions() -> list[Step]:
    """State the posterior's precision and the estimators of the whole bound's derivative."""
    curvature = -PartialDerivative(PartialDerivative(log(JOINT), z[k]), z[j])
    steps = [
        Step(
            CURVATURE,
            Relation(G[k, j], curvature),
            (enclosure("the second derivative", in_full(curvature), precision),),
        ),
        Step(
            likewise(CURVATURE, "worked out"),
            Relation(G[k, j], precision),
            (
                finite_difference(
                    "the derivative of the gradient",
                    -differentiate(log_joint, z[k]),
                    z[j],
                    precision,
                ),
            ),
        ),
    ]
    fits = finite_difference("the log likelihood's derivative", log_likelihood, z[k], fit)
    again = likewise(WHOLE, "for the next estimator")
    steps += [
        one.definition(again if number else WHOLE, fits, one.variance_check())
        for number, one in enumerate(ESTIMATORS)
    ]
    return steps


def comparisons() -> list[Step]:
    """State by how much the sampled estimators of the whole bound vary more than the closed."""
    closed, *others = ESTIMATORS
    rules = (COMPARE, likewise(COMPARE, "for the path alone"))
    return [
        Step(
            rule,
            Relation(Variance(one.letter) - Variance(closed.letter), gap),
            (
                proof(
                    "the difference of the two", one.printed_variance - closed.printed_variance, gap
                ),
                enclosure(
                    "the difference of the two", one.variance - closed.variance, in_full(gap)
                ),
            ),
        )
        for rule, one, gap in zip(rules, others, GAPS, strict=True)
    ]


def bound_checks() -> tuple[Check, ...]:
    """Claim that what is estimated is the bound's derivative, and that sampling costs variance."""
    at_mean = replace_elements(log_likelihood, {z: lambda at: mean[at]})
    expected = at_mean - IndexSum(Pow(W[d, k], 2) * variance[k], d, k) / (2 * tau)
    return (
        mean_is("the expected log likelihood", log_likelihood, expected, 2),
        finite_difference(
            "the derivative of the bound", expected - standard, mean[k], slope_of_bound
        ),
        enclosure(
            "the value of a pixel at which its log density is largest",
            x[d] + tau * differentiate(log_likelihood, x[d]),
            MEAN_OF_PIXEL,
        ),
        at_most("the closed form varies less than the sampled", Integer(0), in_full(GAPS[0])),
    )

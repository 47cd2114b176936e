"""The divergence between two normal laws with diagonal covariances, in K dimensions."""

from __future__ import annotations

from sympy import Expr, Integer, Pow, exp, log

from derivations.calculus.binding import replace_elements
from derivations.calculus.expressions import POSITIVE, Array, IndexSum, Slice
from derivations.calculus.notation import Divergence, Expectation
from derivations.calculus.steps import AT_MOST, Check, Derivation, Prose, Relation, Rule, Step
from derivations.derive.brief import Brief
from derivations.evidence.equality import at_most, enclosure, proof
from derivations.evidence.normal_mean import equals_normal_mean
from derivations.families import Gaussian, Vector, divergence
from derivations.families import log_density as family_log_density
from derivations.gaussian_vae.symbols import (
    ENCODER,
    GAUSSIAN,
    HALF,
    PRIOR,
    STANDARD_NORMAL,
    at_draw,
    at_draw_by_log,
    averaged,
    by_log,
    epsilon,
    k,
    log_encoder,
    log_prior,
    log_variance,
    mean,
    normal,
    prior_mean,
    prior_variance,
    variance,
    z,
)

ZERO, ONE = Integer(0), Integer(1)
t = Array("t", (), "t", POSITIVE)[()]
in_ratio = t - 1 - log(t)

ASSUMPTIONS: tuple[Prose, ...] = (
    *GAUSSIAN,
    (
        "The prior is normal with independent coordinates as well, with means ",
        Slice(prior_mean),
        " and positive variances ",
        Slice(prior_variance),
        "; the autoencoder's is ",
        STANDARD_NORMAL,
        ".",
    ),
)

DEFINITION = Rule(
    "definition", "The divergence is the mean, under its first law, of the log ratio."
)
LOG_RATIO = Rule(
    "log ratio",
    "The coordinates are independent, so that the log densities are sums; the constants cancel.",
)
OWN_SQUARE = Rule(
    "second moment", "The mean squared distance from a variable's own mean is its variance."
)
OTHER_SQUARE = Rule(
    "second moment about another point",
    "About any other point the squared distance of the two points is added.",
)
INSERT = Rule("linearity", "The two expectations are put in, coordinate by coordinate.")
STANDARD = Rule(
    "standard normal prior", (prior_mean[k], " is zero and ", prior_variance[k], " is one.")
)
LOG_VARIANCE = Rule(
    "log variance",
    (
        "The encoder gives its log: ",
        Relation(variance[k], exp(log_variance[k])),
        ".",
    ),
)
SIGN = Rule(
    "never negative",
    (
        "The divergence is a sum of squares and of terms ",
        in_ratio,
        " at ",
        Relation(t, variance[k] / prior_variance[k]),
        "; each is zero or more, and all are zero only where the two laws are one.",
    ),
)


def summand(centre: Expr, spread: Expr, other_centre: Expr, other_spread: Expr) -> Expr:
    """Return twice the divergence between two normal variables, given by mean and variance."""
    squares = spread + Pow(centre - other_centre, 2)
    return log(other_spread) - log(spread) + squares / other_spread - 1


general: Expr = HALF * IndexSum(summand(mean[k], variance[k], prior_mean[k], prior_variance[k]), k)
standard: Expr = HALF * IndexSum(Pow(mean[k], 2) + variance[k] - 1 - log(variance[k]), k)
standard_by_log: Expr = HALF * IndexSum(
    Pow(mean[k], 2) + exp(log_variance[k]) - 1 - log_variance[k], k
)
log_ratio: Expr = HALF * IndexSum(
    log(prior_variance[k])
    - log(variance[k])
    + Pow(z[k] - prior_mean[k], 2) / prior_variance[k]
    - Pow(z[k] - mean[k], 2) / variance[k],
    k,
)


def at_prior(expression: Expr, centre: Expr, spread: Expr) -> Expr:
    """Put numbers in the place of the prior's means and variances."""
    return replace_elements(
        expression, {prior_mean: lambda _: centre, prior_variance: lambda _: spread}
    )


def at_equality(expression: Expr) -> Expr:
    """Put the encoder's mean and variance in the place of the prior's."""
    components = {prior_mean: lambda at: mean[at], prior_variance: lambda at: variance[at]}
    return replace_elements(expression, components)


def at_ratio(expression: Expr) -> Expr:
    """Put the ratio of the two variances in."""
    return expression.xreplace({t: variance[k] / prior_variance[k]})


def family_divergence() -> Expr:
    """Return the sum over the coordinates of the exponential family's own divergence."""
    left = (Vector(mean[k]), Vector(variance[k]))
    right = (Vector(prior_mean[k]), Vector(prior_variance[k]))
    return IndexSum(divergence(Gaussian(), left, right), k)


def family_log_ratio() -> Expr:
    """Return the log ratio of the exponential family's own densities."""
    value = Vector(z[k])
    left = family_log_density(Gaussian(), value, (Vector(mean[k]), Vector(variance[k])))
    right = family_log_density(
        Gaussian(), value, (Vector(prior_mean[k]), Vector(prior_variance[k]))
    )
    return IndexSum(left - right, k)


def of_draw(form: Expr) -> Expr:
    """Return what is averaged, with the densities' formulas, at the draw."""
    densities = {ENCODER: exp(log_encoder), PRIOR: exp(log_prior)}
    return at_draw(averaged(form).xreplace(densities))


def written_out(form: Expr) -> Expr:
    """Return a formula with the divergence of two normal laws written out."""
    return form.xreplace({e: _between(e.left, e.right) for e in form.atoms(Divergence)})


def written_at_equality(form: Expr) -> Expr:
    """Return the same where the two laws are one."""
    return at_equality(written_out(form))


def _between(left: Expr, right: Expr) -> Expr:
    """Return the divergence of two normal laws, each given by slices of means and variances."""
    (mu, sigma), (other_mu, other_sigma) = (
        (law.parameters[0].array, law.parameters[1].parameters[0].array) for law in (left, right)
    )
    return HALF * IndexSum(summand(mu[k], sigma[k], other_mu[k], other_sigma[k]), k)


def by_quadrature(claim: str, expression: Expr, closed: Expr) -> Check:
    """Claim the mean, under the encoder's law, of what is quadratic in z."""
    return equals_normal_mean(claim, (epsilon,), at_draw(expression), closed, degree=2)


def gaussian_kl_derivation(brief: Brief) -> Derivation:
    """Derive the divergence for a general prior, then for N(0, I), in the log variance."""
    left = Divergence(ENCODER, PRIOR)
    laws = Divergence(
        normal(Slice(mean), Slice(variance)), normal(Slice(prior_mean), Slice(prior_variance))
    )
    definition = Expectation(log(ENCODER / PRIOR))
    own, other = Pow(z[k] - mean[k], 2), Pow(z[k] - prior_mean[k], 2)
    moved = variance[k] + Pow(mean[k] - prior_mean[k], 2)
    to_standard = Divergence(normal(Slice(mean), Slice(variance)), STANDARD_NORMAL)
    whole = by_quadrature("the mean of the log ratio, by quadrature", log_ratio, general)
    at_standard = by_quadrature(
        "the mean of the log ratio to N(0, I), by quadrature",
        at_prior(log_ratio, ZERO, ONE),
        standard,
    )
    by_log_quadrature = equals_normal_mean(
        "the mean of the log ratio at the draw of the log variance, by quadrature",
        (epsilon,),
        at_draw_by_log(at_prior(log_ratio, ZERO, ONE)),
        standard_by_log,
        degree=2,
    )
    in_signs = HALF * IndexSum(
        at_ratio(in_ratio) + Pow(mean[k] - prior_mean[k], 2) / prior_variance[k], k
    )
    positive = (
        proof("equal to the divergence", in_signs, written_out(laws)),
        enclosure("equal to the divergence", in_signs, written_out(laws)),
        at_most("the divergence is positive at random laws", ZERO, general),
        at_most("each term in t is positive", ZERO, in_ratio),
        proof("zero where the laws are one", at_equality(general), ZERO),
        enclosure("zero where the laws are one", at_equality(general), ZERO),
    )
    return brief.derivation(
        steps=(
            Step(
                DEFINITION,
                Relation(left, definition),
                (
                    equals_normal_mean(
                        "its value, by quadrature",
                        (epsilon,),
                        of_draw(definition),
                        general,
                        degree=2,
                    ),
                ),
            ),
            Step(
                LOG_RATIO,
                Relation(log(ENCODER / PRIOR), log_ratio),
                (
                    proof("the two log densities", log_encoder - log_prior, log_ratio),
                    proof("the family's own log densities", family_log_ratio(), log_ratio),
                    enclosure("the family's own log densities", family_log_ratio(), log_ratio),
                ),
            ),
            Step(
                OWN_SQUARE,
                Relation(Expectation(own), variance[k]),
                (by_quadrature("by quadrature", own, variance[k]),),
            ),
            Step(
                OTHER_SQUARE,
                Relation(Expectation(other), moved),
                (by_quadrature("by quadrature", other, moved),),
            ),
            Step(
                INSERT,
                Relation(laws, general),
                (proof("the sum of the family's divergences", family_divergence(), general), whole),
            ),
            Step(
                STANDARD,
                Relation(to_standard, standard),
                (
                    proof("the line before there", at_prior(general, ZERO, ONE), standard),
                    at_standard,
                ),
            ),
            Step(
                LOG_VARIANCE,
                Relation(to_standard, standard_by_log),
                (
                    proof("the line before there", by_log(standard), standard_by_log),
                    enclosure("the line before there", by_log(standard), standard_by_log),
                    by_log_quadrature,
                ),
            ),
            Step(SIGN, Relation(ZERO, laws, AT_MOST), positive),
        ),
        results=(
            Relation(laws, general),
            Relation(to_standard, standard),
            Relation(to_standard, standard_by_log),
        ),
        checks=(whole, at_standard, by_log_quadrature, *positive[2:]),
        sources=(),
        readings=(of_draw, written_out, by_log, written_at_equality, at_ratio),
        names=(
            Relation(left, general),
            Relation(ENCODER, exp(log_encoder)),
            Relation(PRIOR, exp(log_prior)),
            Relation(to_standard, at_prior(general, ZERO, ONE)),
        ),
    )

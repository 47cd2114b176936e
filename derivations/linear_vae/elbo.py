"""The evidence lower bound of one image under a diagonal normal approximation, in closed form."""

from __future__ import annotations

from collections.abc import Callable

from sympy import Expr, exp, log

from derivations.calculus.binding import component, replace_elements, rewrite
from derivations.calculus.expressions import Array, Density, Element, IndexSum, Slice
from derivations.calculus.notation import Divergence, Expectation
from derivations.calculus.steps import AT_MOST, Derivation, Relation, Rule, Step
from derivations.derive.brief import Brief
from derivations.evidence.equality import at_most, enclosure, proof
from derivations.evidence.normal_mean import equals_normal_mean
from derivations.linear_vae.evidence import integral_is_one, log_evidence
from derivations.linear_vae.posterior import (
    log_joint,
    log_posterior,
    mean_value,
    opened_at_posterior_mean,
)
from derivations.linear_vae.symbols import (
    APPROXIMATE_LAW,
    TWO_LATENTS,
    D,
    K,
    d,
    drawn_from_prior,
    drawn_from_q,
    encoder,
    encoder_offset,
    epsilon,
    evidence_density,
    is_the_law,
    k,
    l,
    log_likelihood,
    log_prior,
    log_q,
    log_unit,
    mean,
    noise_variance,
    opened,
    posterior_density,
    posterior_mean,
    q_density,
    residual,
    small,
    small_determinant,
    stated_log_density,
    variances,
    weights,
    x,
    z,
)

DEFINITION = Rule(
    "definition",
    "The mean of log joint less log approximation is the expected log likelihood less the "
    "divergence from the prior.",
)
LIKELIHOOD = Rule(
    "expected log likelihood",
    "Of each squared residual the mean is that at the mean, and the variance of the "
    "reconstruction, to which each latent adds its own.",
)
PRIOR = Rule(
    "divergence from the prior", "The divergence of two normal laws, added over the latents."
)
JOIN = Rule("insert", "Both parts are put in.")
POSTERIOR = Rule(
    "divergence from the posterior",
    "The mean under the approximation of its own log density less the posterior's.",
)
BOUND = Rule(
    "a lower bound",
    "The log evidence is the bound plus that divergence, which is never negative.",
)
ENCODER = Rule("linear encoder", "The mean is a linear function of the pixels.", "lucas2019")

elbo: Element = Array("elbo", (), "cal(L)")[()]
likelihood_density = Density("p", Slice(x), (Slice(z),))
prior_density = Density("p", Slice(z))


def reconstruction_error(means: Expr) -> Expr:
    """Return the expected squared error over all pixels, in the means of the latents."""
    apart = residual(d) - IndexSum(weights[d, k] * means, k)
    spread = IndexSum(weights[d, k] ** 2 * variances[k], k)
    return IndexSum(apart**2 + spread, d)


def expected_log_likelihood(means: Expr) -> Expr:
    """Return the expected log likelihood, in the means of the latents."""
    return -D * log_unit / 2 - reconstruction_error(means) / (2 * noise_variance)


def divergence_from_prior(means: Expr) -> Expr:
    """Return the divergence from the prior, in the means of the latents."""
    return IndexSum(means**2 + variances[k] - log(variances[k]) - 1, k) / 2


best_variance: Expr = noise_variance / small[k, k]

LOG_DENSITIES: dict[Expr, Expr] = {
    likelihood_density: log_likelihood(z),
    prior_density: log_prior(z),
    q_density: log_q(z),
    posterior_density: opened_at_posterior_mean(log_posterior),
    evidence_density: opened(log_evidence),
}
"""What the log of each density is, at the latents z."""

encoded: Expr = IndexSum(encoder[k, d] * x[d], d) + encoder_offset[k]
divergence_from_posterior: Expr = (
    IndexSum(small[k, k] * variances[k], k) / noise_variance
    + IndexSum((mean[k] - posterior_mean[k]) * small[k, l] * (mean[l] - posterior_mean[l]), k, l)
    / noise_variance
    + K * (log(noise_variance) - 1)
    - log(small_determinant)
    - IndexSum(log(variances[k]), k)
) / 2


def with_encoder(expression: Expr) -> Expr:
    """Put the linear encoder in the place of the means."""
    return replace_elements(expression, {mean: component(encoded, (k,))})


def encoded_bound_at(means: Expr) -> Expr:
    """Return the bound in the means of the latents, those of the encoder put in."""
    return with_encoder(bound_at(means))


def bound_at(means: Expr) -> Expr:
    """Return the bound, in the means of the latents."""
    return expected_log_likelihood(means) - divergence_from_prior(means)


closed: Expr = bound_at(mean[k])
closed_encoded: Expr = bound_at(encoded)


def at_best(expression: Expr) -> Expr:
    """Put the best mean and variances in."""
    return opened(
        replace_elements(
            expression,
            {mean: component(mean_value, (k,)), variances: component(best_variance, (k,))},
        )
    )


def drawn_from_posterior(expression: Expr) -> Expr:
    """Draw the latents from the prior, weighted by likelihood over evidence."""
    return drawn_from_prior(expression) * integral_is_one(log_evidence)


DRAWN: dict[Expr, Callable[[Expr], Expr]] = {
    q_density: drawn_from_q,
    prior_density: drawn_from_prior,
    posterior_density: drawn_from_posterior,
}


def in_noise(expression: Expr) -> Expr:
    """Write every mean and divergence as what is averaged over normal noise."""

    def rule(node: Expr) -> Expr | None:
        if isinstance(node, Expectation):
            return drawn_from_q(in_noise(node.body))
        if isinstance(node, Divergence):
            return DRAWN[node.left](LOG_DENSITIES[node.left] - LOG_DENSITIES[node.right])
        if isinstance(node, log) and isinstance(node.args[0], Density):
            return LOG_DENSITIES[node.args[0]]
        return exp(LOG_DENSITIES[node]) if isinstance(node, Density) else None

    return rewrite(expression, rule)


def elbo_derivation(brief: Brief) -> Derivation:
    """Derive the bound, and what it is below the log evidence."""
    divergence = Divergence(q_density, posterior_density)
    parts = Expectation(log(likelihood_density)) - Divergence(q_density, prior_density)
    rest = log(evidence_density) - divergence
    gap = opened_at_posterior_mean(divergence_from_posterior)
    literal = drawn_from_q(log_joint - log_q(z))
    by_quadrature = equals_normal_mean(
        "the mean of log joint less log approximation, by quadrature",
        (epsilon,),
        literal,
        closed,
        degree=2,
    )
    identity = enclosure("the log evidence less the divergence", opened(log_evidence) - gap, closed)
    remainder = equals_normal_mean(
        "the log evidence less what is averaged in the divergence, by quadrature",
        (epsilon,),
        in_noise(rest),
        closed,
        sizes=TWO_LATENTS,
    )
    reached = enclosure(
        "equal to it for one latent, at the best",
        at_best(closed),
        opened(log_evidence),
        sizes={K: (1,)},
    )
    below = at_most("below the log evidence", closed, opened(log_evidence))
    encoded_by_quadrature = equals_normal_mean(
        "the same mean with the encoder's, by quadrature",
        (epsilon,),
        with_encoder(literal),
        closed_encoded,
        degree=2,
    )
    return brief.derivation(
        steps=(
            Step(DEFINITION, Relation(elbo, parts), (by_quadrature,)),
            Step(
                LIKELIHOOD,
                Relation(Expectation(log(likelihood_density)), expected_log_likelihood(mean[k])),
                (
                    equals_normal_mean(
                        "by quadrature",
                        (epsilon,),
                        drawn_from_q(log_likelihood(z)),
                        expected_log_likelihood(mean[k]),
                        degree=2,
                    ),
                ),
            ),
            Step(
                PRIOR,
                Relation(Divergence(q_density, prior_density), divergence_from_prior(mean[k])),
                (
                    equals_normal_mean(
                        "by quadrature",
                        (epsilon,),
                        drawn_from_q(log_q(z) - log_prior(z)),
                        divergence_from_prior(mean[k]),
                        degree=2,
                    ),
                ),
            ),
            Step(JOIN, Relation(elbo, closed), (by_quadrature,)),
            Step(
                POSTERIOR,
                Relation(divergence, divergence_from_posterior),
                (
                    equals_normal_mean(
                        "by quadrature",
                        (epsilon,),
                        in_noise(divergence),
                        gap,
                        degree=2,
                    ),
                ),
            ),
            Step(BOUND, Relation(elbo, rest), (identity, remainder)),
            Step(BOUND, Relation(elbo, log(evidence_density), AT_MOST), (below, reached)),
            Step(
                ENCODER,
                Relation(mean[k], encoded),
                (
                    proof("put into the bound", with_encoder(closed), closed_encoded),
                    encoded_by_quadrature,
                ),
            ),
        ),
        results=(
            Relation(elbo, closed),
            Relation(elbo, rest),
            Relation(divergence, divergence_from_posterior),
        ),
        checks=(
            by_quadrature,
            identity,
            remainder,
            below,
            reached,
            encoded_by_quadrature,
            *is_the_law("approximation", APPROXIMATE_LAW, log_q(z)),
        ),
        sources=("lucas2019",),
        readings=(
            in_noise,
            opened_at_posterior_mean,
            bound_at,
            encoded_bound_at,
            at_best,
            stated_log_density,
        ),
        names=(Relation(elbo, closed),),
    )

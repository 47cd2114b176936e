"""The evidence lower bound of one image under independent normal latents, in closed form."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Expr, log

from derivations.calculus.binding import substitute
from derivations.calculus.expressions import Array, Element, IndexSum, Slice
from derivations.claims.registry import Line, derivation
from derivations.claims.statements import (
    Domain,
    Random,
    Rule,
    at_most,
    define,
    equal,
    result,
    step,
)
from derivations.meaning.notation import Divergence, Expectation, Where
from derivations.problems.linear_vae.symbols import (
    ENCODED_MEAN,
    HALF,
    MEAN,
    POSTERIOR_MEAN,
    SMALL,
    D,
    K,
    P,
    Q,
    X,
    Z,
    d,
    encoded_mean,
    encoder,
    encoder_offset,
    k,
    l,
    log_unit,
    mean,
    noise_variance,
    offset,
    posterior_mean,
    residual,
    small,
    small_determinant,
    variances,
    weights,
    x,
)

DEFINITION = Rule("definition", "The expected log likelihood less the divergence from the prior.")
JOINT = Rule(
    "product rule", "It is the mean of the log joint density less that of the approximation."
)
LIKELIHOOD = Rule(
    "expected log likelihood",
    "The mean of a squared residual is its square at the mean and the variance of the "
    "reconstruction. Each latent adds to that variance.",
)
PRIOR = Rule(
    "divergence from the prior", "The divergence of two normal distributions, added over latents."
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

bound: Element = Array("elbo", (), "cal(L)")[()]
q = Q(Z)
BOUND_DEFINITION = define(bound, Expectation(q, log(P(X, given=Z))) - Divergence(q, P(Z)))


def misfit(means: Expr) -> Expr:
    """Return what a pixel is above its reconstruction, from the means of the latents."""
    return residual - IndexSum(weights[d, k] * means, k)


def squared_error(means: Expr) -> Expr:
    """Return the expected squared error over all pixels."""
    return IndexSum(misfit(means) ** 2 + IndexSum(weights[d, k] ** 2 * variances[k], k), d)


def log_likelihood(means: Expr) -> Expr:
    """Return the expected log likelihood in closed form."""
    return -D * log_unit / 2 - squared_error(means) / (2 * noise_variance)


def prior_divergence(means: Expr) -> Expr:
    """Return the divergence from the prior in closed form."""
    return HALF * IndexSum(means**2 + variances[k] - log(variances[k]) - 1, k)


@derivation(
    "linear_vae.elbo",
    question="beyond the sheet",
    title="The evidence lower bound of a linear VAE",
    code=("impl.vae.linear.evidence_lower_bound",),
    sources=("lucas2019",),
    sizes={D: (2, 3), K: (2, 3)},
)
def elbo() -> Iterator[Line]:
    """Derive the bound, and what it is below the log evidence."""
    apart = mean[k] - posterior_mean[k]
    squares = IndexSum(apart * small[k, l] * substitute(apart, {k: l}), k, l)
    from_posterior = Divergence(q, P(Z, given=X))
    encoded = Where(bound, MEAN, Slice(encoded_mean))
    yield Domain(x, weights, offset, noise_variance, mean, variances, encoder, encoder_offset)
    yield Random(P)
    yield Random(Q)
    yield SMALL
    yield POSTERIOR_MEAN
    yield step(DEFINITION, BOUND_DEFINITION)
    yield step(JOINT, equal(bound, Expectation(q, log(P(X, Z)) - log(q))))
    yield step(LIKELIHOOD, equal(Expectation(q, log(P(X, given=Z))), log_likelihood(mean[k])))
    yield step(PRIOR, equal(Divergence(q, P(Z)), prior_divergence(mean[k])))
    yield result(JOIN, equal(bound, log_likelihood(mean[k]) - prior_divergence(mean[k])))
    yield result(
        POSTERIOR,
        equal(
            from_posterior,
            K * (log(noise_variance) - 1) / 2
            + IndexSum(small[k, k] * variances[k], k) / (2 * noise_variance)
            + squares / (2 * noise_variance)
            - IndexSum(log(variances[k]), k) / 2
            - log(small_determinant) / 2,
        ),
    )
    yield result(BOUND, equal(bound, log(P(X)) - from_posterior))
    yield result(BOUND, at_most(bound, log(P(X))))
    yield step(ENCODER, ENCODED_MEAN)
    yield step(
        ENCODER,
        equal(encoded, log_likelihood(encoded_mean[k]) - prior_divergence(encoded_mean[k])),
    )

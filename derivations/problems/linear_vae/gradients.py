"""All gradients of the bound of one image, and where those of the approximation vanish."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import log

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
from derivations.meaning.notation import Divergence, PartialDerivative, Where
from derivations.problems.linear_vae.elbo import (
    BOUND_DEFINITION,
    ENCODER,
    bound,
    misfit,
    q,
    squared_error,
)
from derivations.problems.linear_vae.symbols import (
    ENCODED_MEAN,
    HALF,
    MEAN,
    POSTERIOR_MEAN,
    SMALL,
    VARIANCES,
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
    mean,
    noise_variance,
    offset,
    posterior_mean,
    small,
    small_determinant,
    small_inverse,
    variances,
    weights,
    x,
)

DEFINITION = Rule("definition", "The bound in its two parts.")
DIFFERENTIATE = Rule("differentiate", "The bound is differentiated by one parameter.")
CHAIN = Rule(
    "through the encoder", "The derivative by the mean times that of the mean by the parameter."
)
VARIANCE = Rule("the best variance", "One over the precision of that latent under the posterior.")
STATIONARY = Rule(
    "the best approximation", "The derivatives by mean and log variance vanish there."
)
BEST_BOUND = Rule("the best bound", "The bound at that mean and those variances.")
LARGEST = Rule("the best approximation", "The bound has no larger value.")
GAP = Rule(
    "what the best leaves",
    "The mean is exact. What is lost is the correlation of the latents under the posterior.",
)
BEST_ENCODER = Rule(
    "the best encoder", "The posterior mean is a linear function of the pixels.", "lucas2019"
)

best_variance = Array("best_variance", (*small.sizes[:1],), "v")
best_bound: Element = Array("best_bound", (), "hat(cal(L))")[()]
best_encoder = Array("best_encoder", encoder.sizes, "hat(V)")
best_offset = Array("best_offset", encoder_offset.sizes, "hat(a)")

at_posterior_mean = Slice(posterior_mean)
by_mean = PartialDerivative(bound, mean[k])
by_log_variance = PartialDerivative(bound, log(variances[k]))
encoded = Where(bound, MEAN, Slice(encoded_mean))


@derivation(
    "linear_vae.gradients",
    question="beyond the sheet",
    title="All gradients of a linear VAE's bound",
    code=("impl.vae.linear.evidence_lower_bound_gradients",),
    sources=("lucas2019",),
    sizes={D: (2, 3), K: (2, 3)},
)
def gradients() -> Iterator[Line]:
    """Derive every gradient, the best approximation, and what it leaves."""
    apart = misfit(mean[k])
    projected = IndexSum(weights[d, k] * substitute(apart, {k: l}), d)
    precision = 1 + IndexSum(weights[d, k] ** 2, d) / noise_variance
    through = Where(by_mean, MEAN, Slice(encoded_mean))
    at_best = Where(Where(bound, MEAN, at_posterior_mean), VARIANCES, Slice(best_variance))
    left = Divergence(q, P(Z, given=X))
    gap = (IndexSum(log(small[k, k]), k) - log(small_determinant)) / 2
    yield Domain(x, weights, offset, noise_variance, mean, variances, encoder, encoder_offset)
    yield Random(P)
    yield Random(Q)
    yield SMALL
    yield POSTERIOR_MEAN
    yield step(DEFINITION, BOUND_DEFINITION)
    yield result(DIFFERENTIATE, equal(by_mean, projected / noise_variance - mean[k]))
    yield result(
        DIFFERENTIATE,
        equal(
            PartialDerivative(bound, weights[d, k]),
            (mean[k] * apart - weights[d, k] * variances[k]) / noise_variance,
        ),
    )
    yield result(DIFFERENTIATE, equal(PartialDerivative(bound, offset[d]), apart / noise_variance))
    yield result(DIFFERENTIATE, equal(by_log_variance, HALF * (1 - variances[k] * precision)))
    yield result(
        DIFFERENTIATE,
        equal(
            PartialDerivative(bound, log(noise_variance)),
            squared_error(mean[k]) / (2 * noise_variance) - HALF * D,
        ),
    )
    yield step(ENCODER, ENCODED_MEAN)
    yield result(CHAIN, equal(PartialDerivative(encoded, encoder[k, d]), through * x[d]))
    yield result(CHAIN, equal(PartialDerivative(encoded, encoder_offset[k]), through))
    yield step(VARIANCE, define(best_variance[k], noise_variance / small[k, k]))
    yield result(STATIONARY, equal(Where(by_mean, MEAN, at_posterior_mean), 0))
    yield result(STATIONARY, equal(Where(by_log_variance, VARIANCES, Slice(best_variance)), 0))
    yield step(BEST_BOUND, define(best_bound, at_best))
    yield result(LARGEST, at_most(bound, best_bound))
    yield step(
        GAP,
        equal(Where(Where(left, MEAN, at_posterior_mean), VARIANCES, Slice(best_variance)), gap),
    )
    yield step(GAP, equal(best_bound, log(P(X)) - gap))
    yield step(
        BEST_ENCODER,
        define(best_encoder[k, d], IndexSum(small_inverse(k, l) * weights[d, l], l)),
    )
    yield step(BEST_ENCODER, define(best_offset[k], -IndexSum(best_encoder[k, d] * offset[d], d)))
    yield step(
        BEST_ENCODER,
        equal(IndexSum(best_encoder[k, d] * x[d], d) + best_offset[k], posterior_mean[k]),
    )

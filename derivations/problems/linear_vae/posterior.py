"""The posterior of the latents of one image: a normal distribution with full covariance."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Expr, log, pi

from derivations.calculus.binding import substitute
from derivations.calculus.expressions import IndexSum, Slice
from derivations.claims.registry import Line, derivation
from derivations.claims.statements import Domain, Random, Rule, equal, result, step
from derivations.meaning.notation import Entries, Expectation, PartialDerivative, Where
from derivations.problems.linear_vae.symbols import (
    POSTERIOR_MEAN,
    SMALL,
    D,
    K,
    P,
    X,
    Z,
    d,
    k,
    l,
    log_unit,
    noise_variance,
    offset,
    posterior_mean,
    projected,
    residual,
    small,
    small_determinant,
    small_inverse,
    vector_density,
    weights,
    x,
    z,
)

QUADRATIC = Rule(
    "quadratic in the latents", "The squares are multiplied out and gathered by the latents."
)
GRADIENT = Rule("gradient", "The log joint is differentiated by one latent.")
STATIONARY = Rule(
    "stationary point",
    "A normal density is largest at its mean; the gradient vanishes there.",
    "bishop2006, sec. 12.2",
)
CURVATURE = Rule("second derivative", "The gradient is differentiated once more.")
NORMAL = Rule(
    "normal distribution",
    "A density whose log is quadratic is normal; its covariance is minus the inverse of the second "
    "derivative.",
    "bishop2006, sec. 12.2",
)
MOMENTS = Rule("mean and covariance", "These are the moments of that normal distribution.")
BAYES = Rule("Bayes' rule", "The log joint, less the log evidence, is the log posterior.")

centred: Expr = z[k] - posterior_mean[k]
other: Expr = substitute(centred, {k: l})


@derivation(
    "linear_vae.posterior",
    question="beyond the sheet",
    title="The posterior of a linear VAE",
    code=("impl.vae.linear.posterior",),
    sources=("bishop2006", "tipping1999"),
)
def posterior() -> Iterator[Line]:
    """Derive mean, covariance and log density of the latents, given the pixels."""
    log_joint = log(P(X, Z))
    covariance = noise_variance * small_inverse(k, l)
    by_latent = PartialDerivative(log_joint, z[k])
    yield Domain(x, weights, offset, noise_variance)
    yield Random(P)
    yield SMALL
    yield step(
        QUADRATIC,
        equal(
            log_joint,
            IndexSum(projected(k) * z[k], k) / noise_variance
            - IndexSum(z[k] * small[k, l] * z[l], k, l) / (2 * noise_variance)
            - IndexSum(residual**2, d) / (2 * noise_variance)
            - D * log_unit / 2
            - K * log(2 * pi) / 2,
        ),
    )
    yield step(
        GRADIENT,
        equal(by_latent, (projected(k) - IndexSum(small[k, l] * z[l], l)) / noise_variance),
    )
    yield step(STATIONARY, POSTERIOR_MEAN)
    yield result(STATIONARY, equal(Where(by_latent, Z, Slice(posterior_mean)), 0))
    yield step(CURVATURE, equal(PartialDerivative(by_latent, z[l]), -small[k, l] / noise_variance))
    yield result(
        NORMAL,
        equal(
            P(Z, given=X),
            vector_density(
                Entries(z[k], k), Entries(posterior_mean[k], k), Entries(covariance, k, l)
            ),
        ),
    )
    yield step(MOMENTS, equal(Expectation(P(Z, given=X), z[k]), posterior_mean[k]))
    yield step(MOMENTS, equal(Expectation(P(Z, given=X), centred * other), covariance))
    yield result(
        BAYES,
        equal(
            log(P(Z, given=X)),
            log(small_determinant) / 2
            - K * log_unit / 2
            - IndexSum(centred * small[k, l] * other, k, l) / (2 * noise_variance),
        ),
    )

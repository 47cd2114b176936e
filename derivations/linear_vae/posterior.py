"""The posterior of the latents of one image."""

from __future__ import annotations

from sympy import Expr, Integer, Tuple, exp, log

from derivations.calculus.binding import component, replace_elements, substitute
from derivations.calculus.derivative import differentiate
from derivations.calculus.expressions import Density, IndexSum, Iverson, Slice
from derivations.calculus.matrices import Inverse, InverseEntry
from derivations.calculus.normal_form import collect
from derivations.calculus.notation import Distribution, PartialDerivative
from derivations.calculus.steps import DISTRIBUTED, Check, Derivation, Relation, Rule, Step
from derivations.derive.brief import Brief
from derivations.evidence.equality import enclosure, proof
from derivations.evidence.finite_difference import finite_difference
from derivations.evidence.normal_mean import equals_normal_mean
from derivations.linear_vae.evidence import integral_is_one, log_evidence
from derivations.linear_vae.symbols import (
    TWO_LATENTS,
    D,
    K,
    d,
    drawn_from_prior,
    epsilon,
    i,
    j,
    k,
    l,
    log_likelihood,
    log_prior,
    log_two_pi,
    log_unit,
    noise_variance,
    opened,
    posterior_density,
    posterior_mean,
    product_less_identity,
    projected,
    residual,
    small,
    small_determinant,
    small_inverse,
    with_inverse_as_letter,
    x,
    z,
)

QUADRATIC = Rule(
    "quadratic in the latents",
    "The squares are multiplied out and gathered by the latents.",
)
GRADIENT = Rule("gradient", "The log joint is differentiated by one latent.")
STATIONARY = Rule(
    "stationary point",
    "A normal density is largest at its mean; the gradient vanishes there.",
    "bishop2006, sec. 12.2",
)
CURVATURE = Rule("second derivative", "The gradient is differentiated once more.")
NORMAL = Rule(
    "normal law",
    "A density whose log is quadratic is normal; its covariance is minus the inverse of the second "
    "derivative.",
    "bishop2006, sec. 12.2",
)
BAYES = Rule("Bayes' rule", "The log joint, less the log evidence, is the log posterior.")

joint_density = Density("p", Tuple(Slice(x), Slice(z)))
log_joint: Expr = log_likelihood(z) + log_prior(z)
gathered_joint: Expr = (
    IndexSum(projected(k) * z[k], k) / noise_variance
    - IndexSum(z[k] * small[k, l] * z[l], k, l) / (2 * noise_variance)
    - IndexSum(residual(d) ** 2, d) / (2 * noise_variance)
    - D * log_unit / 2
    - K * log_two_pi / 2
)
gradient: Expr = (projected(k) - IndexSum(small[k, l] * z[l], l)) / noise_variance
mean_value: Expr = IndexSum(small_inverse(k, l) * projected(l), l)
curvature: Expr = -small[k, l] / noise_variance
covariance: Expr = noise_variance * small_inverse(k, l)
log_posterior: Expr = (
    -K * log_unit / 2
    + log(small_determinant) / 2
    - IndexSum((z[k] - posterior_mean[k]) * small[k, l] * (z[l] - posterior_mean[l]), k, l)
    / (2 * noise_variance)
)


def at_posterior_mean(expression: Expr) -> Expr:
    """Put the posterior mean in the place of its letter."""
    return replace_elements(expression, {posterior_mean: component(mean_value, (k,))})


def gradient_at(latents: Expr) -> Expr:
    """Return the gradient of the log joint at latents."""
    return replace_elements(gradient, {z: component(latents, (k,))})


def opened_gradient_at(latents: Expr) -> Expr:
    """Return the gradient at latents, with the entries of M in it."""
    return opened(gradient_at(latents))


def opened_at_posterior_mean(expression: Expr) -> Expr:
    """Put the posterior mean in, and the entries of M."""
    return opened(at_posterior_mean(expression))


def mean_of(law: Distribution) -> Expr:
    """Return the entry at k of a law's mean."""
    return _entry(law.parameters[0])


def covariance_of(law: Distribution) -> Expr:
    """Return the entry at k and l of a law's covariance."""
    return _entry(law.parameters[1])


def _entry(parameter: Expr) -> Expr:
    """Put in the place of each vector its entry at k, of each inverse that at k and l."""
    entries: dict[Expr, Expr] = {s: s.array[k] for s in parameter.atoms(Slice)}
    entries |= {i: InverseEntry(i, k, l) for i in parameter.atoms(Inverse)}
    return opened_at_posterior_mean(parameter.xreplace(entries))


def weighted(form: Expr) -> Expr:
    """Return what has over the prior the mean that a form has over the posterior."""
    entry = form.xreplace({Slice(z): z[k]})
    return opened_at_posterior_mean(drawn_from_prior(entry) * integral_is_one(log_evidence))


def moment(claim: str, form: Expr, value: Expr) -> Check:
    """Claim a mean under the posterior: over the prior, weighted by likelihood over evidence."""
    return equals_normal_mean(
        claim,
        (epsilon,),
        weighted(form),
        opened(value),
        sizes=TWO_LATENTS,
    )


def posterior_derivation(brief: Brief) -> Derivation:
    """Derive mean, covariance and log density of the latents, given the pixels."""
    at_mean = gradient_at(mean_value)
    vanishes = proof(
        "the gradient vanishes there",
        with_inverse_as_letter(at_mean),
        with_inverse_as_letter(
            -IndexSum(product_less_identity(k, l) * projected(l), l) / noise_variance
        ),
    )
    product = IndexSum(-substitute(curvature, {l: i}) * substitute(covariance, {k: i}), i)
    inverse = proof(
        "minus the second derivative times it is the identity",
        with_inverse_as_letter(product),
        with_inverse_as_letter(Iverson(k, l) + product_less_identity(k, l)),
    )
    centred = z[k] - posterior_mean[k]
    mean_check = moment("the mean over the posterior, by quadrature", z[k], mean_value)
    covariance_check = moment(
        "the covariance over the posterior, by quadrature",
        centred * substitute(centred, {k: l}),
        covariance,
    )
    bayes = enclosure(
        "the log joint less the log evidence",
        opened(log_joint - log_evidence),
        opened_at_posterior_mean(log_posterior),
    )
    by_z = PartialDerivative(log(joint_density), z[k])
    slope = collect(differentiate(log_joint, z[k]))
    bend = collect(differentiate(slope, z[l]))
    normal = Distribution("N", Slice(posterior_mean), noise_variance * Inverse(small[k, j], k, j))
    return brief.derivation(
        steps=(
            Step(
                QUADRATIC,
                Relation(log(joint_density), gathered_joint),
                (
                    proof("the log joint", log_joint, opened(gathered_joint)),
                    enclosure("the log joint", log_joint, opened(gathered_joint)),
                ),
            ),
            Step(
                GRADIENT,
                Relation(by_z, gradient),
                (
                    finite_difference("the derivative", log_joint, z[k], opened(gradient)),
                    proof("equal to the derivative", slope, opened(gradient)),
                ),
            ),
            Step(
                STATIONARY,
                Relation(posterior_mean[k], mean_value),
                (vanishes, enclosure("the gradient vanishes there", opened(at_mean), Integer(0))),
            ),
            Step(
                CURVATURE,
                Relation(PartialDerivative(by_z, z[l]), curvature),
                (
                    finite_difference(
                        "the derivative of the gradient", opened(gradient), z[l], opened(curvature)
                    ),
                    proof("equal to the derivative", bend, opened(curvature)),
                ),
            ),
            Step(
                NORMAL,
                Relation(Slice(z), normal, DISTRIBUTED),
                (inverse, mean_check, covariance_check),
                note=("Given ", Slice(x), "."),
            ),
            Step(BAYES, Relation(log(posterior_density), log_posterior), (bayes,)),
        ),
        results=(
            Relation(posterior_mean[k], mean_value),
            Relation(Slice(z), normal, DISTRIBUTED),
            Relation(log(posterior_density), log_posterior),
        ),
        checks=(mean_check, covariance_check, bayes),
        sources=("bishop2006", "tipping1999"),
        readings=(
            opened,
            opened_gradient_at,
            opened_at_posterior_mean,
            mean_of,
            covariance_of,
            weighted,
        ),
        names=(
            Relation(joint_density, exp(log_joint)),
            Relation(posterior_density, exp(log_joint - log_evidence)),
            Relation(posterior_mean[k], mean_value),
        ),
    )

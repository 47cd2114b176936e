"""The evidence of one image: a normal law whose inverse and determinant need K by K numbers."""

from __future__ import annotations

from sympy import Expr, Integer, exp, log, sqrt

from derivations.calculus.binding import component, replace_elements, substitute
from derivations.calculus.expressions import IndexSum, Iverson
from derivations.calculus.notation import Mean
from derivations.calculus.steps import Derivation, Relation, Rule, Step
from derivations.derive.brief import Brief
from derivations.evidence.equality import enclosure, proof
from derivations.evidence.normal_mean import equals_normal_mean
from derivations.linear_vae.symbols import (
    LIKELIHOOD_LAW,
    PRIOR_LAW,
    TWO_LATENTS,
    D,
    K,
    d,
    drawn_from_prior,
    e,
    epsilon,
    evidence_density,
    g,
    is_the_law,
    k,
    l,
    large,
    large_determinant,
    large_entry,
    large_inverse,
    log_likelihood,
    log_prior,
    log_two_pi,
    noise_variance,
    offset,
    opened,
    pixel_noise,
    product_less_identity,
    projected,
    residual,
    small_determinant,
    small_inverse,
    stated_log_density,
    weights,
    with_inverse_as_letter,
    x,
    z,
)

COVARIANCE = Rule(
    "covariance of the pixels",
    "A pixel is its offset and a sum of independent normal variables of mean zero; the product of "
    "two has the product of the offsets as its mean, and their covariance.",
    "bishop2006, sec. 12.2",
)
DENSITY = Rule(
    "normal density",
    "A linear image of normal variables is normal: its density follows from mean and covariance.",
    "bishop2006, sec. 12.2",
)
WOODBURY = Rule(
    "inverse of a sum",
    ("The product with ", large, " is the identity, by what defines the smaller inverse."),
    "bishop2006, sec. 12.2",
)
DETERMINANT = Rule(
    "determinant of a sum",
    "A determinant with a row for each pixel becomes one with a row for each latent.",
)
INSERT = Rule("insert", "Inverse and determinant are put into the log density.")

quadratic: Expr = IndexSum(residual(d) * large_inverse(d, e) * residual(e), d, e)
in_pixels: Expr = -D * log_two_pi / 2 - log(large_determinant) / 2 - quadratic / 2
inverse: Expr = (
    Iverson(d, e) - IndexSum(weights[d, k] * small_inverse(k, l) * weights[e, l], k, l)
) / noise_variance
determinant: Expr = (D - K) * log(noise_variance) + log(small_determinant)
pixel: Expr = IndexSum(weights[d, k] * epsilon[k], k) + sqrt(noise_variance) * pixel_noise[d]
explained: Expr = IndexSum(projected(k) * small_inverse(k, l) * projected(l), k, l)
log_evidence: Expr = (
    -D * log_two_pi / 2
    - determinant / 2
    - (IndexSum(residual(d) ** 2, d) - explained) / (2 * noise_variance)
)


def integral_is_one(form: Expr) -> Expr:
    """Return what has mean one over the prior, if the form is the log evidence."""
    return exp(drawn_from_prior(log_likelihood(z)) - opened(form))


def in_noises(form: Expr) -> Expr:
    """Put the draw of each pixel in, by its latents' noise and its own."""
    return replace_elements(form, {x: component(offset[d] + pixel, (d,))})


def evidence_derivation(brief: Brief) -> Derivation:
    """Derive the log evidence, with matrices of K by K entries only."""
    claim = "the likelihood over the evidence has mean one over the prior, by quadrature"
    by_quadrature = equals_normal_mean(
        claim, (epsilon,), integral_is_one(log_evidence), Integer(1), sizes=TWO_LATENTS
    )
    product = IndexSum(large_entry * substitute(inverse, {d: e, e: g}), e)
    identity = (
        Iverson(d, g)
        - IndexSum(weights[d, k] * product_less_identity(k, l) * weights[g, l], k, l)
        / noise_variance
    )
    return brief.derivation(
        steps=(
            Step(
                COVARIANCE,
                Relation(Mean(x[d] * x[e]), offset[d] * offset[e] + large_entry),
                (
                    equals_normal_mean(
                        "each has its offset as mean, by quadrature",
                        (epsilon, pixel_noise),
                        in_noises(x[d]),
                        offset[d],
                        degree=1,
                    ),
                    equals_normal_mean(
                        "by quadrature",
                        (epsilon, pixel_noise),
                        in_noises(x[d] * x[e]),
                        offset[d] * offset[e] + large_entry,
                        degree=2,
                    ),
                ),
            ),
            Step(
                DENSITY,
                Relation(log(evidence_density), in_pixels),
                (
                    equals_normal_mean(
                        claim, (epsilon,), integral_is_one(in_pixels), Integer(1), sizes=TWO_LATENTS
                    ),
                ),
            ),
            Step(
                WOODBURY,
                Relation(large_inverse(d, e), inverse),
                (
                    proof(
                        "the product is the identity",
                        with_inverse_as_letter(product),
                        with_inverse_as_letter(identity),
                    ),
                    enclosure("equal to the inverse", opened(large_inverse(d, e)), opened(inverse)),
                ),
            ),
            Step(
                DETERMINANT,
                Relation(log(large_determinant), determinant),
                (enclosure("equal", opened(log(large_determinant)), opened(determinant)),),
            ),
            Step(
                INSERT,
                Relation(log(evidence_density), log_evidence),
                (
                    enclosure(
                        "equal to the density in pixels", opened(in_pixels), opened(log_evidence)
                    ),
                ),
            ),
        ),
        results=(Relation(log(evidence_density), log_evidence),),
        checks=(
            by_quadrature,
            enclosure("equal to the density in pixels", opened(in_pixels), opened(log_evidence)),
            *is_the_law("prior", PRIOR_LAW, log_prior(z)),
            *is_the_law("likelihood", LIKELIHOOD_LAW, log_likelihood(z)),
        ),
        sources=("bishop2006", "tipping1999"),
        readings=(opened, integral_is_one, in_noises, stated_log_density),
        names=(Relation(evidence_density, exp(log_evidence)),),
    )

"""The linear Gaussian VAE (probabilistic PCA): symbols, for any number of pixels and latents.

``M`` and ``C`` are printed by their letters; ``opened`` puts in what their entries are, and every
number is worked out from there.
"""

from __future__ import annotations

from sympy import Expr, Integer, log, pi, sqrt

from derivations.calculus.binding import component, free_indices, replace_elements, rewrite
from derivations.calculus.expressions import (
    POSITIVE,
    Array,
    Density,
    Element,
    IndexSum,
    Iverson,
    Slice,
)
from derivations.calculus.indices import Index, size
from derivations.calculus.matrices import Determinant, Inverse, InverseEntry
from derivations.calculus.notation import Distribution
from derivations.calculus.steps import DISTRIBUTED, Check, Prose, Relation
from derivations.evidence.drawing import Sizes
from derivations.evidence.equality import enclosure, proof

D, K = size("D"), size("K")
d, e, g = (Index(letter, 1, D) for letter in "deg")
k, l, i, j = (Index(letter, 1, K) for letter in "klij")  # noqa: E741 - as printed

weights = Array("W", (D, K), "W")
offset = Array("c", (D,), "c")
noise_variance: Element = Array("noise_variance", (), "sigma^2", POSITIVE)[()]
x = Array("x", (D,), "x")
z = Array("z", (K,), "z")

small = Array("M", (K, K), "M")
large = Array("C", (D, D), "C")
small_entry: Expr = IndexSum(weights[d, k] * weights[d, l], d) + noise_variance * Iverson(k, l)
large_entry: Expr = IndexSum(weights[d, k] * weights[e, k], k) + noise_variance * Iverson(d, e)

letter_inverse = Array("M_inverse", (K, K), "M^-1")

mean = Array("mean", (K,), "mu")
variances = Array("variances", (K,), "s^2", POSITIVE)
encoder = Array("V", (K, D), "V")
encoder_offset = Array("a", (K,), "a")
posterior_mean = Array("posterior_mean", (K,), "m")

epsilon = Array("epsilon", (K,), "epsilon")
pixel_noise = Array("eta", (D,), "eta")

evidence_density = Density("p", Slice(x))
posterior_density = Density("p", Slice(z), (Slice(x),))
q_density = Density("q", Slice(z))

log_two_pi: Expr = log(2 * pi)
log_unit: Expr = log(2 * pi * noise_variance)


def residual(pixel: Index) -> Expr:
    """Return what a pixel is above the offset."""
    return x[pixel] - offset[pixel]


def small_inverse(row: Expr, column: Expr) -> Expr:
    """Return an entry of the inverse of M, which has a row for each latent."""
    return InverseEntry(Inverse(small[k, l], k, l), row, column)


def large_inverse(row: Expr, column: Expr) -> Expr:
    """Return an entry of the inverse of C, which has a row for each pixel."""
    return InverseEntry(Inverse(large[d, e], d, e), row, column)


small_determinant: Expr = Determinant(small[k, l], k, l)
large_determinant: Expr = Determinant(large[d, e], d, e)


def opened(expression: Expr) -> Expr:
    """Put the entries of M and C in the place of their letters."""
    return replace_elements(
        expression,
        {small: component(small_entry, (k, l)), large: component(large_entry, (d, e))},
    )


def with_inverse_as_letter(expression: Expr) -> Expr:
    """Put the entries of M where M itself stands; its inverse becomes a matrix like any other."""

    def rule(node: Expr) -> Expr | None:
        return letter_inverse[node.subscripts] if isinstance(node, InverseEntry) else None

    return opened(rewrite(expression, rule))


def product_less_identity(row: Index, column: Index) -> Expr:
    """Return an entry of ``M M^-1 - I``: zero, and all that defines the inverse."""
    return IndexSum(small[row, j] * small_inverse(j, column), j) - Iverson(row, column)


def projected(latent: Index) -> Expr:
    """Return ``W^T (x - c)`` at a latent."""
    return IndexSum(weights[d, latent] * residual(d), d)


def log_likelihood(at: Array) -> Expr:
    """Return the log density of the pixels at latents."""
    apart = residual(d) - IndexSum(weights[d, k] * at[k], k)
    return -D * log_unit / 2 - IndexSum(apart**2, d) / (2 * noise_variance)


def log_prior(at: Array) -> Expr:
    """Return the log density of the latents under the prior."""
    return -K * log_two_pi / 2 - IndexSum(at[k] ** 2, k) / 2


def log_q(at: Array) -> Expr:
    """Return the log density of the latents under the approximation."""
    return (
        -K * log_two_pi / 2
        - IndexSum(log(variances[k]), k) / 2
        - IndexSum((at[k] - mean[k]) ** 2 / variances[k], k) / 2
    )


def stated_log_density(law: Distribution) -> Expr:
    """Return the log density of all pixels, or of all latents, under the law stated of one."""
    centre, spread = law.parameters
    pixels = d in free_indices(law)
    value, over = (x[d], d) if pixels else (z[k], k)
    return -IndexSum((value - centre) ** 2 / spread + log(2 * pi * spread), over) / 2


def drawn_from_q(expression: Expr) -> Expr:
    """Put mean plus standard deviation times noise in the place of the latents."""
    return replace_elements(
        expression, {z: component(mean[k] + sqrt(variances[k]) * epsilon[k], (k,))}
    )


def drawn_from_prior(expression: Expr) -> Expr:
    """Put standard normal noise in the place of the latents."""
    return replace_elements(expression, {z: component(epsilon[k], (k,))})


TWO_LATENTS: Sizes = {K: (1, 2)}
"""Where an integrand is no polynomial: a fine grid in the plane."""

PRIOR_LAW = Distribution("N", Integer(0), Integer(1))
LIKELIHOOD_LAW = Distribution("N", IndexSum(weights[d, k] * z[k], k) + offset[d], noise_variance)
APPROXIMATE_LAW = Distribution("N", mean[k], variances[k])


def is_the_law(name: str, law: Distribution, used: Expr) -> tuple[Check, ...]:
    """Claim that a log density is that of the law stated."""
    claim = f"the log density of the stated {name}"
    stated = stated_log_density(law)
    return proof(claim, stated, used), enclosure(claim, stated, used)


MODEL: Prose = (
    "For ",
    D,
    " pixels and ",
    K,
    " latents, ",
    Relation(z[k], PRIOR_LAW, DISTRIBUTED),
    " and, given ",
    Slice(z),
    ", ",
    Relation(
        x[d],
        LIKELIHOOD_LAW,
        DISTRIBUTED,
    ),
    ", all independent; ",
    noise_variance,
    " is positive.",
)
SMALL: Prose = (
    "There is a matrix with a row for each latent, ",
    Relation(small[k, l], small_entry),
    "; it is positive definite and has an inverse.",
)
APPROXIMATION: Prose = (
    "Under the approximation, ",
    Relation(z[k], APPROXIMATE_LAW, DISTRIBUTED),
    ", independent.",
)
LARGE: Prose = (
    "The pixels have a covariance with a row for each pixel, ",
    Relation(large[d, e], large_entry),
    ".",
)
POSTERIOR: Prose = (
    "The posterior has the mean ",
    Relation(posterior_mean[k], IndexSum(small_inverse(k, l) * projected(l), l)),
    ".",
)
ENCODER: Prose = (
    "Where an encoder gives the mean, it is ",
    Relation(mean[k], IndexSum(encoder[k, d] * x[d], d) + encoder_offset[k]),
    ".",
)

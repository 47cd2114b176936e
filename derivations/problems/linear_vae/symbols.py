"""The letters of the linear Gaussian VAE: one image of D pixels, K latent variables."""

from __future__ import annotations

from sympy import Expr, Integer, Rational, log, pi

from derivations.calculus.expressions import POSITIVE, Array, Element, IndexSum, Iverson, Slice
from derivations.calculus.indices import Index, size
from derivations.calculus.matrices import Determinant, Inverse, InverseEntry
from derivations.claims.statements import define
from derivations.meaning.notation import Entries, FamilyAt, FamilyDensity, Joint, part

HALF = Rational(1, 2)

D, K = size("D"), size("K")
d, e, g = (Index(letter, 1, D) for letter in "deg")
k, l, j = (Index(letter, 1, K) for letter in "klj")  # noqa: E741 - as printed

x = Array("x", (D,), "x")
z = Array("z", (K,), "z")
weights = Array("W", (D, K), "W")
offset = Array("c", (D,), "c")
noise_variance: Element = Array("noise_variance", (), "sigma^2", POSITIVE)[()]

mean = Array("mean", (K,), "mu")
variances = Array("variances", (K,), "s^2", POSITIVE)
encoder = Array("V", (K, D), "V")
encoder_offset = Array("a", (K,), "a")

small = Array("M", (K, K), "M")
large = Array("C", (D, D), "C")
posterior_mean = Array("posterior_mean", (K,), "m")
encoded_mean = Array("encoded_mean", (K,), "nu")

X, Z, MEAN, VARIANCES = Slice(x), Slice(z), Slice(mean), Slice(variances)
residual: Expr = x[d] - offset[d]


def normal(centre: Expr, spread: Expr) -> FamilyAt:
    """Return a normal distribution by its mean and variance."""
    return FamilyAt("Gaussian", centre, spread)


def vector_density(value: Entries, centre: Entries, covariance: Entries) -> FamilyDensity:
    """Return the density of a normal vector."""
    return FamilyDensity(value, FamilyAt("MultivariateGaussian", centre, covariance))


P = Joint(
    "p",
    (
        part(z[k], normal(Integer(0), Integer(1)), k),
        part(x[d], normal(IndexSum(weights[d, k] * z[k], k) + offset[d], noise_variance), d),
    ),
)
"""The model: standard normal latents, and pixels that are linear in them up to normal noise."""
Q = Joint("q", (part(z[k], normal(mean[k], variances[k]), k),))
"""The approximation: independent normal latents."""


def small_inverse(row: Expr, column: Expr) -> Expr:
    """Return an entry of the inverse of M, which has a row for each latent."""
    return InverseEntry(Inverse(small[k, l], k, l), row, column)


def large_inverse(row: Expr, column: Expr) -> Expr:
    """Return an entry of the inverse of C, which has a row for each pixel."""
    return InverseEntry(Inverse(large[d, e], d, e), row, column)


def projected(latent: Index) -> Expr:
    """Return ``W^T (x - c)`` at a latent."""
    return IndexSum(weights[d, latent] * residual, d)


small_determinant: Expr = Determinant(small[k, l], k, l)
large_determinant: Expr = Determinant(large[d, e], d, e)
log_unit: Expr = log(2 * pi * noise_variance)

SMALL = define(
    small[k, l], IndexSum(weights[d, k] * weights[d, l], d) + noise_variance * Iverson(k, l)
)
"""The matrix with a row for each latent."""
LARGE = define(
    large[d, e], IndexSum(weights[d, k] * weights[e, k], k) + noise_variance * Iverson(d, e)
)
"""The matrix with a row for each pixel."""
POSTERIOR_MEAN = define(posterior_mean[k], IndexSum(small_inverse(k, l) * projected(l), l))
ENCODED_MEAN = define(encoded_mean[k], IndexSum(encoder[k, d] * x[d], d) + encoder_offset[k])
"""The mean that a linear encoder gives."""

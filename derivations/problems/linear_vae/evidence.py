"""The evidence of one image: a normal density whose inverse and determinant are K by K."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Expr, log, pi

from derivations.calculus.binding import substitute
from derivations.calculus.expressions import Array, IndexSum, Iverson, Slice
from derivations.claims.registry import Line, derivation
from derivations.claims.statements import Domain, Random, Rule, equal, result, step
from derivations.meaning.notation import Entries, Expectation
from derivations.problems.linear_vae.symbols import (
    HALF,
    LARGE,
    SMALL,
    D,
    K,
    P,
    X,
    d,
    e,
    g,
    j,
    k,
    l,
    large,
    large_determinant,
    large_inverse,
    noise_variance,
    offset,
    projected,
    residual,
    small,
    small_determinant,
    small_inverse,
    vector_density,
    weights,
    x,
)

any_matrix = Array("N", (K, K), "N")

MEAN = Rule(
    "mean of the pixels",
    "A pixel is its offset and a sum of independent normal variables of mean zero.",
    "bishop2006, sec. 12.2",
)
COVARIANCE = Rule(
    "covariance of the pixels",
    "Two pixels share the latents. The noise of each pixel is its own.",
    "bishop2006, sec. 12.2",
)
DENSITY = Rule(
    "normal density",
    "A linear image of normal variables is normal: its density follows from mean and covariance.",
    "bishop2006, sec. 12.2",
)
PRODUCT = Rule(
    "product of two matrices",
    ("For any matrix ", Slice(any_matrix), " the product is multiplied out."),
    "bishop2006, sec. 12.2",
)
WOODBURY = Rule(
    "inverse of a sum",
    "The inverse of the smaller matrix is put in. The last sum of the product is then zero.",
    "bishop2006, sec. 12.2",
)
DETERMINANT = Rule(
    "determinant of a sum",
    "A determinant with a row for each pixel becomes one with a row for each latent.",
)
INSERT = Rule("insert", "Inverse and determinant are put into the log density.")


def inverse_from(matrix: Expr) -> Expr:
    """Return the entry of ``(I - W N W^T) / sigma^2`` at d and e, from that of N at k and l."""
    explained = IndexSum(weights[d, k] * matrix * weights[e, l], k, l)
    return (Iverson(d, e) - explained) / noise_variance


@derivation(
    "linear_vae.evidence",
    question="beyond the sheet",
    title="The evidence of a linear VAE",
    code=("impl.vae.linear.log_evidence",),
    sources=("bishop2006", "tipping1999"),
)
def evidence() -> Iterator[Line]:
    """Derive the log evidence, with matrices of K by K entries only."""
    other = substitute(residual, {d: e})
    quadratic = IndexSum(residual * large_inverse(d, e) * other, d, e)
    product = IndexSum(large[d, e] * substitute(inverse_from(any_matrix[k, l]), {d: e, e: g}), e)
    left_over = IndexSum(small[k, j] * any_matrix[j, l], j) - Iverson(k, l)
    explained = IndexSum(projected(k) * small_inverse(k, l) * projected(l), k, l)
    yield Domain(x, weights, offset, noise_variance, any_matrix)
    yield Random(P)
    yield SMALL
    yield LARGE
    yield step(MEAN, equal(Expectation(P, x[d]), offset[d]))
    yield step(COVARIANCE, equal(Expectation(P, residual * other), large[d, e]))
    yield result(
        DENSITY,
        equal(
            P(X),
            vector_density(Entries(x[d], d), Entries(offset[d], d), Entries(large[d, e], d, e)),
        ),
    )
    yield step(
        DENSITY,
        equal(log(P(X)), -HALF * (D * log(2 * pi) + log(large_determinant) + quadratic)),
    )
    yield step(
        PRODUCT,
        equal(
            product,
            Iverson(d, g)
            - IndexSum(weights[d, k] * left_over * weights[g, l], k, l) / noise_variance,
        ),
    )
    yield step(WOODBURY, equal(large_inverse(d, e), inverse_from(small_inverse(k, l))))
    yield step(
        DETERMINANT,
        equal(
            log(large_determinant),
            (D - K) * log(noise_variance) + log(small_determinant),
        ),
    )
    yield result(
        INSERT,
        equal(
            log(P(X)),
            -D * log(2 * pi) / 2
            - (D - K) * log(noise_variance) / 2
            - log(small_determinant) / 2
            - (IndexSum(residual**2, d) - explained) / (2 * noise_variance),
        ),
    )

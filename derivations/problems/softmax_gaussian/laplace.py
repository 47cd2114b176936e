"""The Laplace approximation of the Dirichlet in the softmax basis, and the way back, for any K."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Expr, exp, log

from derivations.calculus.expressions import Array, IndexSum, Iverson
from derivations.calculus.indices import Index
from derivations.calculus.matrices import Inverse, InverseEntry
from derivations.claims.registry import Line, derivation
from derivations.claims.statements import (
    AtLeast,
    Domain,
    Rule,
    at_most,
    define,
    equal,
    result,
    step,
)
from derivations.meaning.notation import PartialDerivative, Where
from derivations.problems.softmax_gaussian.symbols import (
    INVERSE_SUM,
    LOG_DENSITY,
    MODE,
    MU,
    OF_LAPLACE,
    TOTAL,
    VARIANCE,
    H,
    K,
    alpha,
    h,
    i,
    j,
    k,
    l,
    m,
    mu,
    softmax,
    variance,
)

DENSITY = Rule(
    "log density",
    "The formula of the log density in the softmax basis has a value also where the sum of h is "
    "not zero.",
)
GRADIENT = Rule(
    "gradient",
    "It is differentiated by one entry of h, all others held. Along the hyperplane, where entries "
    "rise as others fall, the derivative is a difference of these.",
)
MEAN = Rule("candidate", "The logs of the Dirichlet's mean, centred to have the sum zero.")
SAME_POINT = Rule("softmax of the candidate", "It is the Dirichlet's mean.")
SIMPLIFY = Rule("simplify", "The sum of the concentrations cancels.")
STATIONARY = Rule(
    "stationary point", "The gradient vanishes where the softmax is the Dirichlet's mean."
)
LARGEST = Rule("mode", "Nowhere is the density larger.")
HESSIAN = Rule("second derivative", "The gradient is differentiated once more, the same way.")
AT_MODE = Rule("at the mode", "The mode is put in.")
COVARIANCE = Rule(
    "inverse on the hyperplane",
    "The covariance is minus the inverse of the Hessian on the directions that keep the sum of h. "
    "The Hessian maps a vector of equal entries to zero; with 1/K added to all entries minus the "
    "Hessian has an inverse, and 1/K is taken off again.",
)
INVERT = Rule("invert", "A diagonal matrix plus one of rank one is inverted.")
PROJECTION = Rule(
    "check the inverse", "The Hessian maps it to minus the projection onto the hyperplane."
)
ROWS = Rule("stay on the hyperplane", "Its rows sum to zero.")
DIAGONAL = Rule(
    "diagonal",
    "The covariance at equal indices, as used by Srivastava and Sutton.",
    "srivastava2017",
)
PRODUCT = Rule("ratios", "The normalization of the mode cancels.")
BACK = Rule("back to concentrations", "The variance is solved for the concentration.")

log_density = Array("log_density", (), "L")[()]
sigma = Array("Sigma", (K, K), "Sigma")


def covariance(first: Index, second: Index) -> Expr:
    """Return one entry of the Laplace covariance."""
    return (
        Iverson(first, second) / alpha[first]
        - (1 / alpha[first] + 1 / alpha[second]) / K
        + INVERSE_SUM / K**2
    )


def hessian_at_mode(first: Index, second: Index) -> Expr:
    """Return one entry of the Hessian at the mode."""
    return alpha[first] * alpha[second] / TOTAL - Iverson(first, second) * alpha[first]


@derivation(
    "softmax_gaussian.laplace",
    question="1.3.5",
    title="The Laplace approximation, for any K",
    code=(
        "impl.samplers.dirichlet_fits.fit_dirichlet",
        "impl.samplers.dirichlet_fits.centred_covariance",
    ),
    sources=("srivastava2017",),
)
def laplace() -> Iterator[Line]:
    """Derive the mode, the Hessian there, the covariance and its diagonal, for any K."""
    by_k = PartialDerivative(log_density, h[k])

    def second(row: Index, column: Index) -> Expr:
        return PartialDerivative(PartialDerivative(log_density, h[row]), h[column])

    share = alpha[k] / TOTAL
    added = Inverse(1 / K - Where(second(i, j), H, MU), i, j)
    yield Domain(alpha, h)
    yield step(DENSITY, define(log_density, LOG_DENSITY))
    yield step(GRADIENT, equal(by_k, alpha[k] - softmax(k) * TOTAL))
    yield step(MEAN, define(mu[k], log(share) - IndexSum(log(alpha[j] / TOTAL), j) / K))
    yield result(SIMPLIFY, equal(mu[k], MODE))
    yield step(MEAN, equal(IndexSum(mu[k], k), 0))
    yield step(SAME_POINT, equal(Where(softmax(k), H, MU), share))
    yield step(STATIONARY, equal(Where(by_k, H, MU), 0))
    yield step(LARGEST, at_most(log_density, Where(log_density, H, MU)))
    yield step(
        HESSIAN,
        equal(second(k, l), TOTAL * softmax(k) * softmax(l) - Iverson(k, l) * TOTAL * softmax(k)),
    )
    yield step(AT_MODE, equal(Where(second(k, l), H, MU), hessian_at_mode(k, l)))
    yield step(COVARIANCE, define(sigma[k, l], InverseEntry(added, k, l) - 1 / K))
    yield result(INVERT, equal(sigma[k, l], covariance(k, l)))
    at_mode = Where(second(k, m), H, MU)
    projection = Iverson(k, l) - 1 / K
    yield step(PROJECTION, equal(IndexSum(at_mode * sigma[m, l], m), -projection))
    yield step(ROWS, equal(IndexSum(sigma[k, m], m), 0))
    yield result(DIAGONAL, equal(sigma[k, k], VARIANCE))


@derivation(
    "softmax_gaussian.back_to_concentration",
    question="beyond the sheet",
    title="From mode and variances back to concentrations",
    code=("impl.samplers.dirichlet_fits.concentration_from_laplace",),
    sources=("srivastava2017",),
)
def back_to_concentration() -> Iterator[Line]:
    """Derive the concentrations from the mode and the variances."""
    yield Domain(alpha)
    yield AtLeast(K, 2)
    yield step(OF_LAPLACE, define(mu[k], MODE))
    yield step(OF_LAPLACE, define(variance[k], VARIANCE))
    spread = exp(mu[k]) * IndexSum(exp(-mu[i]), i)
    yield step(PRODUCT, equal(spread, alpha[k] * INVERSE_SUM))
    yield result(BACK, equal(alpha[k], (1 - 2 / K + spread / K**2) / variance[k]))

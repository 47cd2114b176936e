"""The softmax-Gaussian: results beside SciPy and NumPy, and errors that were shipped, refuted."""

from __future__ import annotations

import math

import flint
import numpy as np
import pytest
from scipy.integrate import dblquad, quad
from scipy.special import digamma
from scipy.special import polygamma as scipy_polygamma
from sympy import Expr, log, polygamma

from derivations.calculus.evaluate import evaluate
from derivations.calculus.expressions import IndexProduct, IndexSum, Iverson
from derivations.calculus.matrices import Determinant
from derivations.calculus.number_fields import BALLS
from derivations.calculus.point import Point
from derivations.calculus.steps import Verdict
from derivations.claims.judging import judge_claim
from derivations.claims.registry import built
from derivations.claims.scope import Scope
from derivations.claims.statements import Claim, equal
from derivations.meaning.notation import Expectation, PartialDerivative
from derivations.problems.softmax_gaussian import basis, gradient, laplace, matching
from derivations.problems.softmax_gaussian.symbols import (
    DIRICHLET,
    INVERSE_SUM,
    LOG_BETA,
    LOG_DENSITY,
    VARIANCE,
    K,
    alpha,
    h,
    i,
    k,
    l,
    mu,
    pi,
    softmax,
    variance,
)

MODULES = (basis, laplace, gradient, matching)
BASIS, LAPLACE, BACK, PATHWISE, MOMENTS = (
    f"softmax_gaussian.{key}"
    for key in (
        "dirichlet_in_softmax_basis",
        "laplace",
        "back_to_concentration",
        "pathwise_gradient",
        "moment_matching",
    )
)


def scope_of(key: str) -> Scope:
    """All that a derivation assumes and defines."""
    derivation = built(key)
    scope = Scope.of(derivation.assumptions)
    for line in derivation.steps:
        if not isinstance(line.claim, Claim):
            scope.define(line.claim)
    return scope


def numbers(key: str, form: Expr, concentration: np.ndarray, *rows: int) -> float:
    """The value of a formula of a derivation at concentrations and indices k and l."""
    exact = np.vectorize(flint.arb, otypes=[object])(concentration)
    point = Point({K: len(concentration)}, {alpha: exact}).at(dict(zip((k, l), rows, strict=False)))
    with flint.ctx.workdps(40):
        return float(evaluate(scope_of(key).meaning(form), point, BALLS).mid())


jacobian = Determinant(PartialDerivative(basis.x[basis.a], basis.free[basis.b]), basis.a, basis.b)
without_jacobian = IndexSum((alpha[k] - 1) * log(softmax(k)), k) - LOG_BETA
spread = laplace.sigma[k, k]
FAULTY: dict[str, tuple[str, Claim]] = {
    "Jacobian without K": (BASIS, equal(jacobian, IndexProduct(basis.x[k], k))),
    "density without its Jacobian": (BASIS, equal(log(basis.density), without_jacobian)),
    "density without log K": (BASIS, equal(log(basis.density), LOG_DENSITY - log(K))),
    "sampler: sigma = 1/sqrt(alpha), student notebooks": (LAPLACE, equal(spread, 1 / alpha[k])),
    "sampler: alpha ignored, student notebooks": (LAPLACE, equal(spread, 1 - 1 / K)),
    "Laplace variance without the last term": (
        LAPLACE,
        equal(spread, (1 - 2 / K) / alpha[k]),
    ),
    "covariance taken as diagonal": (
        LAPLACE,
        equal(laplace.sigma[k, l], Iverson(k, l) * VARIANCE),
    ),
    "concentration back without 2 / K": (
        BACK,
        equal(alpha[k], (1 + alpha[k] * INVERSE_SUM / K**2) / variance[k]),
    ),
    "gradient: Jacobian treated as diagonal, bayespy dirichlet.py": (
        MOMENTS,
        equal(
            PartialDerivative(Expectation(DIRICHLET, log(pi[k])), alpha[l]),
            Iverson(k, l) * polygamma(1, alpha[k]),
        ),
    ),
    "matched mean with log for digamma": (
        MOMENTS,
        equal(
            Expectation(DIRICHLET, h[k]),
            log(alpha[k]) - IndexSum(log(alpha[i]), i) / K,
        ),
    ),
    "gradient of the own coordinate alone": (
        PATHWISE,
        equal(
            PartialDerivative(gradient.drawn[k], alpha[l]),
            Iverson(k, l) * PartialDerivative(gradient.drawn[k], alpha[k]),
        ),
    ),
}


@pytest.mark.parametrize("row", FAULTY)
def test_an_error_that_was_shipped_is_refuted(row: str, rng: np.random.Generator) -> None:
    """A formula wrong in a way that public code was wrong is refuted, not merely unknown."""
    key, claim = FAULTY[row]
    sizes = {K: (2, 3)} if key == MOMENTS else {K: (3, 4)}
    verdicts = {finding.verdict for finding in judge_claim(claim, scope_of(key), rng, sizes)}
    assert Verdict.REFUTED in verdicts


def density(concentration: np.ndarray, free: tuple[float, ...]) -> float:
    """The printed density at the free coordinates, in floats."""
    coordinates = np.array([*free, -sum(free)])
    point = Point({K: len(concentration)}, {alpha: concentration, h: coordinates})
    return math.exp(evaluate(LOG_DENSITY, point))


def test_the_density_integrates_to_one() -> None:
    """Over one free coordinate and over two, by SciPy's adaptive quadrature."""
    one, two = np.array([1.3, 2.1]), np.array([2.4, 3.1, 2.7])
    total = quad(lambda c: density(one, (c,)), -14, 14, epsabs=1e-10)[0]
    plane = dblquad(lambda b, a: density(two, (a, b)), -7, 7, -7, 7, epsabs=1e-5, epsrel=1e-5)[0]
    assert total == pytest.approx(1, rel=1e-8, abs=0)
    assert plane == pytest.approx(1, rel=1e-4, abs=0)


def test_the_laplace_covariance_is_a_pseudo_inverse(rng: np.random.Generator) -> None:
    """Minus the Hessian at the mode, n (diag(p) - p p'), inverted by NumPy."""
    concentration = rng.uniform(0.5, 4, size=4)
    share = concentration / concentration.sum()
    curvature = concentration.sum() * (np.diag(share) - np.outer(share, share))
    wanted = np.linalg.pinv(curvature)
    printed = built(LAPLACE).results[1].right
    found = [
        [numbers(LAPLACE, printed, concentration, row, column) for column in (1, 2, 3, 4)]
        for row in (1, 2, 3, 4)
    ]
    assert np.allclose(found, wanted, rtol=1e-9, atol=1e-12)


def test_the_mode_is_the_centred_log(rng: np.random.Generator) -> None:
    """The printed mode, by NumPy."""
    concentration = rng.uniform(0.5, 4, size=5)
    wanted = np.log(concentration) - np.log(concentration).mean()
    printed = built(LAPLACE).results[0].right
    found = [numbers(LAPLACE, printed, concentration, row) for row in range(1, 6)]
    assert np.allclose(found, wanted, rtol=1e-12, atol=1e-14)


def test_the_moments_are_a_centred_covariance(rng: np.random.Generator) -> None:
    """Mean and covariance of log pi by SciPy, centred by a projection."""
    concentration = rng.uniform(0.5, 4, size=4)
    projection = np.eye(4) - 1 / 4
    of_logs = np.diag(scipy_polygamma(1, concentration)) - scipy_polygamma(1, concentration.sum())
    mean, covariance = (r.right for r in built(MOMENTS).results[:2])
    rows = range(1, 5)
    found = [numbers(MOMENTS, mean, concentration, row) for row in rows]
    both = [[numbers(MOMENTS, covariance, concentration, r, c) for c in rows] for r in rows]
    assert np.allclose(found, projection @ digamma(concentration), rtol=1e-10, atol=1e-12)
    assert np.allclose(both, projection @ of_logs @ projection, rtol=1e-10, atol=1e-12)


def test_concentrations_come_back(rng: np.random.Generator) -> None:
    """From the mode and the variances of NumPy's pseudo-inverse, by the printed formula."""
    concentration = rng.uniform(0.5, 4, size=4)
    share = concentration / concentration.sum()
    curvature = concentration.sum() * (np.diag(share) - np.outer(share, share))
    arrays = {
        mu: np.log(concentration) - np.log(concentration).mean(),
        variance: np.diag(np.linalg.pinv(curvature)),
    }
    printed = built(BACK).results[0].right
    found = [evaluate(printed, Point({K: 4}, arrays).at({k: row})) for row in range(1, 5)]
    assert np.allclose(found, concentration, rtol=1e-9, atol=0)

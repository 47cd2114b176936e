"""The linear VAE's results beside NumPy and SciPy, and the exact means under normal variables."""

from __future__ import annotations

from typing import NamedTuple

import flint
import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm
from sympy import Expr, Integer, exp

from derivations.calculus.evaluate import evaluate
from derivations.calculus.expressions import Array, IndexSum
from derivations.calculus.number_fields import BALLS
from derivations.calculus.point import Point
from derivations.calculus.steps import Verdict
from derivations.claims.judging import judge_claim
from derivations.claims.registry import built
from derivations.claims.scope import Scope
from derivations.claims.statements import Claim, Domain, Random, equal
from derivations.families import Matrix, Vector, family
from derivations.meaning.notation import (
    Entries,
    Expectation,
    FamilyAt,
    Joint,
    NotationError,
    Where,
    part,
)
from derivations.problems.linear_vae import elbo, evidence, gradients, posterior
from derivations.problems.linear_vae.symbols import (
    MEAN,
    D,
    K,
    P,
    Q,
    X,
    Z,
    d,
    encoder,
    encoder_offset,
    k,
    l,
    mean,
    noise_variance,
    normal,
    offset,
    variances,
    weights,
    x,
    z,
)

MODULES = (evidence, posterior, elbo, gradients)
PIXELS, LATENTS = 5, 3


class Numbers(NamedTuple):
    """A model of five pixels and three latents, an image, an approximation."""

    w: np.ndarray
    c: np.ndarray
    v: float
    x: np.ndarray
    mu: np.ndarray
    s2: np.ndarray

    @property
    def point(self) -> Point:
        """The same for the formulas."""
        arrays = {weights: self.w, offset: self.c, x: self.x, mean: self.mu, variances: self.s2}
        return Point({D: PIXELS, K: LATENTS}, {**arrays, noise_variance.array: np.array(self.v)})

    @property
    def joint(self) -> np.ndarray:
        """The covariance of latents and pixels together."""
        pixels = self.w @ self.w.T + self.v * np.eye(PIXELS)
        return np.block([[np.eye(LATENTS), self.w.T], [self.w, pixels]])

    def conditioned(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and covariance of the latents, from the precision of latents and pixels."""
        precision = np.linalg.inv(self.joint)
        covariance = np.linalg.inv(precision[:LATENTS, :LATENTS])
        return -covariance @ precision[:LATENTS, LATENTS:] @ (self.x - self.c), covariance

    def bound(self) -> float:
        """The bound by SciPy's densities at the nodes -1 and 1 of each noise, exact for squares."""
        nodes = np.array(np.meshgrid(*[[-1.0, 1.0]] * LATENTS)).reshape(LATENTS, -1).T
        total = 0.0
        for node in nodes:
            latents = self.mu + np.sqrt(self.s2) * node
            total += norm.logpdf(self.x, self.w @ latents + self.c, self.v**0.5).sum()
            total += norm.logpdf(latents).sum()
            total -= norm.logpdf(latents, self.mu, np.sqrt(self.s2)).sum()
        return total / len(nodes)


@pytest.fixture
def numbers(rng: np.random.Generator) -> Numbers:
    """Draw the model."""
    return Numbers(
        rng.normal(size=(PIXELS, LATENTS)),
        rng.normal(size=PIXELS),
        0.6,
        rng.normal(scale=2, size=PIXELS),
        rng.normal(size=LATENTS),
        rng.uniform(0.2, 1.5, size=LATENTS),
    )


def right_side(key: str, number: int) -> Expr:
    """The right side of a result, its definitions put in."""
    derivation = built(f"linear_vae.{key}")
    scope = Scope.of(derivation.assumptions)
    for line in derivation.steps:
        if not isinstance(line.claim, Claim):
            scope.define(line.claim)
    return scope.meaning(derivation.results[number].right)


def value(key: str, number: int, here: Point, **at: int) -> float:
    """The value of a result at a point, its indices placed."""
    places = {index: at[index.name] for index in (d, k, l) if index.name in at}
    return float(evaluate(right_side(key, number), here.at(places)))


def test_the_evidence_is_scipys(numbers: Numbers) -> None:
    """Both forms are the density by the D by D covariance."""
    covariance = numbers.joint[LATENTS:, LATENTS:]
    wanted = multivariate_normal(numbers.c, covariance).logpdf(numbers.x)
    assert np.log(value("evidence", 0, numbers.point)) == pytest.approx(wanted, rel=1e-9, abs=0)
    assert value("evidence", 1, numbers.point) == pytest.approx(wanted, rel=1e-9, abs=0)


def test_the_posterior_is_a_conditioned_joint(numbers: Numbers, rng: np.random.Generator) -> None:
    """Latents and pixels are one normal vector; conditioning it inverts D + K rows."""
    at = rng.normal(size=LATENTS)
    wanted = multivariate_normal(*numbers.conditioned()).logpdf(at)
    here = numbers.point.having({z: at})
    assert np.log(value("posterior", 1, here)) == pytest.approx(wanted, rel=1e-8, abs=0)
    assert value("posterior", 2, here) == pytest.approx(wanted, rel=1e-8, abs=0)


def test_the_bound_is_the_evidence_less_a_divergence(numbers: Numbers) -> None:
    """The divergence by NumPy's traces and determinants of full matrices."""
    centre, covariance = numbers.conditioned()
    precision, apart = np.linalg.inv(covariance), numbers.mu - centre
    trace = np.trace(precision @ np.diag(numbers.s2)) + apart @ precision @ apart
    logs = np.linalg.slogdet(covariance)[1] - np.log(numbers.s2).sum()
    wanted = (trace - LATENTS + logs) / 2
    assert value("elbo", 1, numbers.point) == pytest.approx(wanted, rel=1e-8, abs=0)
    assert value("elbo", 0, numbers.point) == pytest.approx(numbers.bound(), rel=1e-9, abs=0)


def test_gradients_are_differences_of_scipys_bound(numbers: Numbers) -> None:
    """Central differences of the literal bound; their own error is of order 1e-9."""
    step = 1e-5

    def moved(field: str, place: tuple[int, ...], by: float) -> float:
        values = np.array(getattr(numbers, field), dtype=float)
        values[place] = values[place] * np.exp(by) if field in {"s2", "v"} else values[place] + by
        held = float(values) if field == "v" else values
        return numbers._replace(**{field: held}).bound()

    rows: list[tuple[int, str, tuple[int, ...], dict[str, int]]] = [
        (0, "mu", (1,), {"k": 2}),
        (1, "w", (3, 1), {"d": 4, "k": 2}),
        (2, "c", (4,), {"d": 5}),
        (3, "s2", (2,), {"k": 3}),
        (4, "v", (), {}),
    ]
    for number, field, place, at in rows:
        wanted = (moved(field, place, step) - moved(field, place, -step)) / (2 * step)
        got = value("gradients", number, numbers.point, **at)
        assert got == pytest.approx(wanted, rel=1e-6, abs=0), field


SCOPE = Scope.of(
    (
        Domain(x, weights, offset, noise_variance, mean, variances, encoder, encoder_offset),
        Random(P),
        Random(Q),
    )
)
slope = Array("slope", (K,), "t")
TILTED = Scope.of((Domain(slope, mean, variances), Random(Q)))


def verdicts(claim: Claim, scope: Scope, rng: np.random.Generator) -> set[Verdict]:
    """What a claim is found to be."""
    return {f.verdict for f in judge_claim(claim, scope, rng, {D: (2, 3), K: (2, 3)})}


def test_a_replaced_parameter_is_replaced_in_the_distribution(rng: np.random.Generator) -> None:
    """The mean of z at mu = 0 is zero: it was mu while only the body was looked at."""
    moved = Where(Expectation(Q(Z), z[k]), MEAN, Integer(0))
    assert verdicts(equal(moved, 0), SCOPE, rng) == {Verdict.ESTABLISHED}
    assert verdicts(equal(moved, mean[k]), SCOPE, rng) == {Verdict.REFUTED}


def test_a_mean_within_a_mean_keeps_what_is_averaged_outside(rng: np.random.Generator) -> None:
    """The square of a mean of the pixels depends on the latents, which are averaged after it."""
    inner = Expectation(P(X, given=Z), x[d])
    centre = offset[d] + IndexSum(weights[d, k] * z[k], k)
    squared = equal(Expectation(Q(Z), inner**2), Expectation(Q(Z), centre**2))
    assert verdicts(squared, SCOPE, rng) == {Verdict.ESTABLISHED}
    tilted = Expectation(P(X, given=Z), exp(z[k] * x[d] / 40))
    at_once = Expectation(Q(Z), exp(z[k] * centre / 40 + z[k] ** 2 * noise_variance / 3200))
    assert verdicts(equal(Expectation(Q(Z), tilted), at_once), SCOPE, rng) == {Verdict.ESTABLISHED}
    product = equal(Expectation(Q(Z), tilted**2), at_once)
    assert verdicts(product, SCOPE, rng) == {Verdict.UNKNOWN}
    outside = equal(Expectation(Q(Z), inner**2), Expectation(Q(Z), centre) ** 2)
    assert verdicts(outside, SCOPE, rng) == {Verdict.REFUTED}


def test_moments_and_tilted_moments_of_normals_are_exact(rng: np.random.Generator) -> None:
    """The moment generating function and its derivatives, which no quadrature rule enters."""
    tilt = exp(IndexSum(slope[k] * z[k], k))
    height = exp(IndexSum(slope[k] * mean[k] + slope[k] ** 2 * variances[k] / 2, k))
    moved = mean[k] + slope[k] * variances[k]
    for body, wanted in ((tilt, height), (z[k] * tilt, moved * height)):
        claim = equal(Expectation(Q(Z), body), wanted)
        assert verdicts(claim, TILTED, rng) == {Verdict.ESTABLISHED}
    fourth = equal(Expectation(Q(Z), (z[k] - mean[k]) ** 4), 3 * variances[k] ** 2)
    assert verdicts(fourth, TILTED, rng) == {Verdict.ESTABLISHED}
    wrong = equal(Expectation(Q(Z), (z[k] - mean[k]) ** 4), 2 * variances[k] ** 2)
    assert verdicts(wrong, TILTED, rng) == {Verdict.REFUTED}


@pytest.mark.parametrize(("curvature", "wanted"), [(0.2, 0.6**-0.5), (-1.5, 4**-0.5)])
def test_an_exponential_of_a_square_has_its_mean(curvature: float, wanted: float) -> None:
    """``E[exp(a e^2)] = (1 - 2 a)^(-1/2)`` for a standard normal, narrow ones included."""
    number, e = Array("number", ())[()], Array("e", ())
    joint = Joint("p", (part(e[()], normal(Integer(0), Integer(1))),))
    form = SCOPE.meaning(Expectation(joint, exp(number * e[()] ** 2)))
    point = Point({}, {number.array: np.array(flint.arb(curvature), dtype=object)})
    assert float(evaluate(form, point, BALLS)) == pytest.approx(wanted, rel=1e-12, abs=1e-14)


def test_an_exponential_that_outgrows_the_density_has_no_mean() -> None:
    """At ``a >= 1/2`` the integral diverges."""
    e = Array("e", ())
    joint = Joint("p", (part(e[()], normal(Integer(0), Integer(1))),))
    form = SCOPE.meaning(Expectation(joint, exp(e[()] ** 2)))
    assert not flint.arb(evaluate(form, Point({}, {}), BALLS)).is_finite()


def test_a_normal_vector_has_scipys_density(rng: np.random.Generator) -> None:
    """The formula and the literal density, at a full covariance."""
    root = rng.normal(size=(LATENTS, LATENTS))
    here = {"mean": rng.normal(size=LATENTS), "covariance": root @ root.T + np.eye(LATENTS)}
    at = rng.normal(size=LATENTS)
    wanted = multivariate_normal(mean=here["mean"], cov=here["covariance"]).logpdf(at)
    found = family("MultivariateGaussian")
    centre, spread = Array("centre", (K,)), Array("spread", (K, K))
    formula = found.log_density(Vector(z[k], k), (Vector(centre[k], k), Matrix(spread[k, l], k, l)))
    point = Point({K: LATENTS}, {z: at, centre: here["mean"], spread: here["covariance"]})
    assert float(evaluate(formula, point)) == pytest.approx(wanted, rel=1e-10, abs=1e-14)
    assert found.literal_log_density(at, *here.values()) == pytest.approx(
        wanted, rel=1e-10, abs=1e-14
    )
    assert found.draw(rng, tuple(here.values())).shape == (LATENTS,)


def test_a_normal_vector_of_wrong_shapes_is_refused() -> None:
    """A vector for the covariance, or one of another size."""
    found = family("MultivariateGaussian")
    with pytest.raises(TypeError, match="wanted a matrix"):
        found.log_density(Vector(z[k], k), (Vector(mean[k], k), Vector(variances[k], k)))
    with pytest.raises(ValueError, match="of one size"):
        found.log_density(Vector(x[d], d), (Vector(mean[k], k), Matrix(mean[k] * mean[l], k, l)))


def test_a_matrix_of_entries_is_printed_by_its_letter() -> None:
    """Only where it is whole, with rows before columns."""
    matrix = Array("M", (K, K))
    assert Entries(matrix[k, l], k, l).is_named
    assert not Entries(matrix[l, k], k, l).is_named


def test_a_variance_that_is_not_positive_is_refused() -> None:
    """As in N(1, 0), whose parameters are exchanged."""
    for wrong in (Integer(0), Integer(-1), -variances[k]):
        with pytest.raises(NotationError, match="wanted a positive variance"):
            part(z[k], FamilyAt("Gaussian", mean[k], wrong), k)

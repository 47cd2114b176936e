"""Maximum mean discrepancy: results beside loops and SciPy, and errors that are refuted."""

from __future__ import annotations

import math
from itertools import product

import flint
import numpy as np
import pytest
from scipy.integrate import dblquad
from sympy import Expr, Rational, exp, sqrt

from derivations.calculus.evaluate import evaluate
from derivations.calculus.expressions import Array, IndexProduct, IndexSum, Slice
from derivations.calculus.number_fields import BALLS
from derivations.calculus.point import Point
from derivations.calculus.steps import Verdict
from derivations.claims.judging import judge_claim
from derivations.claims.registry import built
from derivations.claims.scope import Scope
from derivations.claims.statements import Claim, Random, at_most, equal, follows
from derivations.meaning.notation import Expectation, FamilyAt, Joint, PartialDerivative, part
from derivations.problems.mmd import gaussian, high_dimension, kernel_form, normals, statistics
from derivations.problems.mmd import symbols as letters
from derivations.problems.mmd.normals import D, bandwidth, d, mean, variances
from derivations.problems.mmd.symbols import F, S, i, kernel, m, n

MODULES = (kernel_form, statistics, gaussian, high_dimension)
KEYS = (
    "kernel_form",
    "v_statistic",
    "u_statistic",
    "gaussian_kernel_expectation",
    "inert_in_high_dimension",
)
FORM, V, U, KERNEL, HIGH = (f"mmd.{key}" for key in KEYS)


def scope_of(key: str) -> Scope:
    """All that a derivation assumes and defines."""
    derivation = built(key)
    scope = Scope.of(derivation.assumptions)
    for line in derivation.steps:
        if not isinstance(line.claim, Claim):
            scope.define(line.claim)
    return scope


def number(key: str, form: Expr, point: Point) -> float:
    """The value of a formula of a derivation."""
    exact = {a: np.vectorize(flint.arb, otypes=[object])(v) for a, v in point.arrays.items()}
    return float(evaluate(scope_of(key).meaning(form), point.having(exact), BALLS).mid())


partner = Array("partner", (n,), "tilde(Y)", states=S)
PARTNERS = Joint("q", (part(partner[i], letters.OF_Y, i),))
pairs = (
    IndexSum(
        kernel(letters.sample_x[i], letters.sample_x[i])
        + kernel(partner[i], partner[i])
        - 2 * kernel(letters.sample_x[i], partner[i]),
        i,
    )
    / n
)
average_v = Expectation((statistics.OF_FIRST, statistics.OF_SECOND), statistics.v_letter)
average_u = Expectation((statistics.OF_FIRST, statistics.OF_SECOND), statistics.u_letter)
bias_x = (letters.SAME_X - letters.PAIR_X) / n
bias_y = (letters.SAME_Y - letters.PAIR_Y) / m
means = letters.KERNEL_FORM
width = 1 + variances[d]
mixed = normals.mixed(normals.P)
pull = PartialDerivative(letters.squared_mmd, mean[d])
by_mean = 2 * mean[d] * normals.EXPECTED / normals.TOTAL
growing = (1 + 2 / (high_dimension.rate * D)) ** (-D / 2)
expected_x = (1 + 2 * normals.variance / bandwidth) ** (-D / 2)


def each_dimension(centre: Expr, spread: Expr) -> Expr:
    """The mean of the kernel as a product over the dimensions."""
    return IndexProduct(normals.one_dimension(centre, spread), d)


FAULTY: dict[str, tuple[str, Claim]] = {
    "one point for two": (FORM, equal(letters.squared_mmd, letters.SAME_X - 2 * letters.MIXED)),
    "kernel form before the root": (FORM, equal(letters.squared_mmd, sqrt(means))),
    "V taken for unbiased": (V, equal(average_v, means)),
    "bias with its sign wrong": (V, equal(average_v, means - bias_x - bias_y)),
    "bias of one sample": (V, equal(average_v, means + bias_x)),
    "bias with n for m": (V, equal(average_v, means + bias_x + bias_y * m / n)),
    "U taken for V": (U, equal(average_u, means + bias_x + bias_y)),
    "kernel elementwise": (
        V,
        equal(Expectation((statistics.OF_FIRST, PARTNERS(Slice(partner))), pairs), means),
    ),
    "two for one half": (
        KERNEL,
        equal(
            mixed,
            IndexProduct(exp(-(mean[d] ** 2) / (bandwidth + width)) / (1 + width / bandwidth), d),
        ),
    ),
    "the prior's variance left out": (KERNEL, equal(mixed, each_dimension(mean[d], width - 1))),
    "variance read as standard deviation": (
        KERNEL,
        equal(mixed, each_dimension(mean[d], 1 + sqrt(variances[d]))),
    ),
    "the second point left out": (
        KERNEL,
        follows(normals.x[d] - normals.y[d], FamilyAt("Gaussian", mean[d], variances[d])),
    ),
    "the discrepancy of the mean alone": (
        HIGH,
        equal(letters.squared_mmd, 2 * normals.EXPECTED_Y - 2 * normals.EXPECTED),
    ),
    "the discrepancy with the mixed mean once": (
        HIGH,
        equal(letters.squared_mmd, expected_x - normals.EXPECTED + normals.EXPECTED_Y),
    ),
    "standard normals at the power D": (HIGH, equal(normals.PAIR_Y, normals.EXPECTED_Y**2)),
    "slope without its factor": (HIGH, equal(pull, by_mean / 2)),
    "slope without the mean": (HIGH, equal(pull, by_mean / mean[d])),
    "slope with a constant kernel": (HIGH, equal(pull, 2 * mean[d] / normals.TOTAL)),
    "the limit taken for an upper bound": (
        HIGH,
        at_most(growing, exp(-1 / high_dimension.rate)),
    ),
    "a fixed bandwidth bounded away from zero": (
        HIGH,
        at_most(Rational(1, 100), normals.TWO ** (-D / 2)),
    ),
}


@pytest.mark.parametrize("row", FAULTY)
def test_an_error_is_refuted(row: str, rng: np.random.Generator) -> None:
    """A formula wrong in a way that people are wrong is refuted, not merely unknown."""
    key, claim = FAULTY[row]
    scope = scope_of(key)
    if key == V:
        scope.take(Random(PARTNERS))
    sizes = letters.FEW | {D: (2, 3) if "bounded away" not in row else (40,)}
    verdicts = {finding.verdict for finding in judge_claim(claim, scope, rng, sizes)}
    assert Verdict.REFUTED in verdicts


def test_samples_of_like_proportions_raise_no_alarm() -> None:
    """Where two samples are alike the distance is zero: at no seed is the claim left unknown."""
    scope = scope_of(V)
    claim = at_most(0, statistics.v_letter)
    for seed in range(8):
        rng = np.random.default_rng([seed, 5])
        found = {f.verdict for f in judge_claim(claim, scope, rng, letters.FEW, quick=True)}
        assert found == {Verdict.ESTABLISHED}


def test_statistics_are_numpys_over_every_sample(rng: np.random.Generator) -> None:
    """By loops over samples of two distributions on three points: U is right on average, V not."""
    first, second = rng.dirichlet(np.ones(3)), rng.dirichlet(np.ones(3))
    points = rng.normal(size=(3, 2))
    gram = points @ points.T
    found = {"u": 0.0, "v": 0.0}
    for xs, ys in product(product(range(3), repeat=2), product(range(3), repeat=4)):
        weighed = math.prod(first[list(xs)]) * math.prod(second[list(ys)])
        xx, yy, xy = gram[np.ix_(xs, xs)], gram[np.ix_(ys, ys)], gram[np.ix_(xs, ys)]
        found["v"] += weighed * (xx.mean() + yy.mean() - 2 * xy.mean())
        apart = (xx.sum() - np.trace(xx)) / 2 + (yy.sum() - np.trace(yy)) / 12
        found["u"] += weighed * (apart - 2 * xy.mean())
    squared = (first - second) @ gram @ (first - second)
    features = Array("phi table", (F, S))
    arrays = {letters.weights_x: first, letters.weights_y: second, features: points.T}
    here = Point({S: 3, F: 2, n: 2, m: 4}, arrays)
    bias = number(V, built(V).results[1].right, here)
    assert bias > 1e-3
    assert number(FORM, built(FORM).results[0].right, here) == pytest.approx(squared, abs=1e-12)
    assert found["u"] == pytest.approx(squared, abs=1e-12)
    assert found["v"] == pytest.approx(squared + bias, abs=1e-12)


def test_the_mean_kernel_is_scipys(rng: np.random.Generator) -> None:
    """One dimension by adaptive quadrature over both densities; two as a product of ones."""
    b, shifts, spreads = 1.7, rng.normal(size=2), rng.uniform(0.4, 2.5, size=2)

    def integrand(y: float, x: float, shift: float, spread: float) -> float:
        exponent = (x - y) ** 2 / b + (x - shift) ** 2 / spread + y**2
        return math.exp(-exponent / 2) / (2 * math.pi * math.sqrt(spread))

    both = [
        dblquad(integrand, -12, 12, -9, 9, args=pair, epsabs=1e-9, epsrel=1e-9)[0]
        for pair in zip(shifts, spreads, strict=True)
    ]
    here = Point({D: 2}, {mean: shifts, variances: spreads, bandwidth.array: np.array(b)})
    found = number(KERNEL, built(KERNEL).results[1].right, here)
    assert found == pytest.approx(math.prod(both), rel=1e-8, abs=0)


@pytest.mark.parametrize("shift", [0.0, 0.7])
def test_a_batch_of_the_notebook_shows_one_fiftieth(shift: float, rng: np.random.Generator) -> None:
    """100 points in 200 dimensions: the statistic is 0.02 wherever the latents are."""
    x, y = rng.normal(shift, size=(100, 200)), rng.normal(size=(100, 200))

    def mean_kernel(one: np.ndarray, other: np.ndarray) -> float:
        squares = (one**2).sum(-1)[:, None] + (other**2).sum(-1) - 2 * one @ other.T
        return float(np.exp(-squares.clip(0) / 200 / (2 / 200 * 2)).mean())

    statistic = mean_kernel(x, x) + mean_kernel(y, y) - 2 * mean_kernel(x, y)
    (printed,) = (r for r in built(HIGH).results if r.right.has(n))
    expected = evaluate(printed.right, Point({n: 100, m: 100, D: 200}, {}))
    assert expected == pytest.approx(0.02, rel=1e-15, abs=0)
    assert statistic == pytest.approx(expected, rel=1e-10, abs=0)

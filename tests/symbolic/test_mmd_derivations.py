"""Maximum mean discrepancy: every check stands, errors that were made do not, NumPy agrees."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from scipy.integrate import dblquad
from sympy import Expr, Integer, Pow, Rational, exp, sqrt

from derivations import catalogue
from derivations.calculus.binding import replace_elements
from derivations.calculus.evaluate import evaluate
from derivations.calculus.expressions import Array, IndexProduct, IndexSum, StateSum
from derivations.calculus.point import Point
from derivations.calculus.steps import Check, Verdict
from derivations.evidence.equality import at_most, enclosure
from derivations.evidence.finite_difference import finite_difference
from derivations.evidence.normal_mean import equals_normal_mean
from derivations.mmd import dimensions, kernel_form, normals, statistics
from derivations.mmd.normals import D, bandwidth, d, mean, noise, noise_copy, variances
from derivations.mmd.symbols import (
    A,
    i,
    kernel,
    m,
    mixed,
    n,
    on_atoms,
    p,
    pair_x,
    pair_y,
    q,
    same_x,
    table,
    with_any_kernel,
    x_sample,
)

KEYS = [e.key for e in catalogue.ENTRIES if e.key.startswith("mmd.")]


partner = Array("partner", (n,), "y", states=A)
elementwise: Expr = (
    IndexSum(
        kernel(x_sample[i], x_sample[i])
        + kernel(partner[i], partner[i])
        - 2 * kernel(x_sample[i], partner[i]),
        i,
    )
    / n
)
weight = IndexProduct(p[x_sample[i]] * q[partner[i]], i)
width = 1 + variances[d]
two_for_half = IndexProduct(exp(-(mean[d] ** 2) / (bandwidth + width)) / (1 + width / bandwidth), d)
no_determinant = IndexProduct(exp(-(mean[d] ** 2) / (bandwidth + width) / 2), d)
no_prior_variance = IndexProduct(normals.one_dimension(mean[d], variances[d]), d)
deviation = IndexProduct(normals.one_dimension(mean[d], 1 + sqrt(variances[d])), d)
full_bandwidth = IndexProduct(normals.one_dimension(mean[d], width, bandwidth / 2), d)
averaged = replace_elements(normals.expected, {bandwidth.array: lambda: bandwidth * D})
pull = dimensions.by_mean


def kernel_equals(wrong: Expr) -> Check:
    """Claim a closed form of the mean kernel."""
    literal = normals.drawn(normals.gaussian_kernel(normals.x, normals.y))
    return equals_normal_mean("", (noise, noise_copy), literal, wrong, sizes={D: (2,)})


def discrepancy_equals(wrong: Expr) -> Check:
    """Claim a closed form of the squared discrepancy."""
    literal = normals.squared_distance_of_embeddings()
    return equals_normal_mean("", (noise,), literal, wrong, sizes={D: (2,)})


def is_kernel_form(wrong: Expr) -> Check:
    """Claim a form of the squared discrepancy in means of the kernel."""
    return enclosure("", on_atoms(kernel_form.definition), on_atoms(wrong))


def is_slope(wrong: Expr) -> Check:
    """Claim the derivative of the squared discrepancy by one mean."""
    return finite_difference("", normals.discrepancy, mean[d], wrong)


v, u, means = statistics.v_statistic, statistics.u_statistic, kernel_form.kernel_form
FAULTY: dict[str, Check] = {
    "kernel form with the sign of the mixed mean wrong": is_kernel_form(
        pair_x + 2 * mixed + pair_y
    ),
    "kernel form with the mixed mean once": is_kernel_form(pair_x - mixed + pair_y),
    "kernel form with one point for two": is_kernel_form(same_x - 2 * mixed + pair_y),
    "kernel form before the root": enclosure(
        "", on_atoms(kernel_form.definition), sqrt(on_atoms(means))
    ),
    "the distance of the mean features twice": enclosure(
        "", kernel_form.at_all_pairs, 2 * on_atoms(kernel_form.definition)
    ),
    "V taken for unbiased": statistics.enumerated("", v, means),
    "U taken for V": statistics.enumerated("", u, means + statistics.v_bias),
    "bias with its sign wrong": statistics.enumerated("", v, means - statistics.v_bias),
    "bias of one sample": statistics.enumerated("", v, means + (same_x - pair_x) / n),
    "bias with n for m": statistics.enumerated("", v, means + statistics.v_bias.xreplace({m: n})),
    "U divided by all pairs": statistics.enumerated("", u * (n - 1) / n, means),
    "V without the diagonal but divided by it": statistics.enumerated(
        "", v - statistics.diagonal_x / n**2 - statistics.diagonal_y / m**2, means
    ),
    "kernel elementwise": enclosure(
        "",
        StateSum(weight * with_any_kernel(elementwise), x_sample, partner),
        with_any_kernel(means),
        sizes={A: (2, 3), n: (2, 3)},
    ),
    "two for one half": kernel_equals(two_for_half),
    "no determinant": kernel_equals(no_determinant),
    "the prior's variance left out": kernel_equals(no_prior_variance),
    "variance read as standard deviation": kernel_equals(deviation),
    "bandwidth for twice the bandwidth": kernel_equals(full_bandwidth),
    "mean over the dimensions for their sum": kernel_equals(averaged),
    "the notebook's scale without D": enclosure(
        "",
        exp(-IndexSum((normals.x[d] - normals.y[d]) ** 2, d) / D / (2 * bandwidth)),
        normals.gaussian_kernel(normals.x, normals.y),
    ),
    "discrepancy with the mixed mean once": discrepancy_equals(
        normals.discrepancy + normals.isotropic
    ),
    "discrepancy of the mean alone": discrepancy_equals(
        2 * normals.expected_y - 2 * normals.isotropic
    ),
    "discrepancy with D for D / 2": discrepancy_equals(
        normals.isotropic_x - 2 * normals.isotropic + normals.expected_y**2
    ),
    "standard normals at the power D": enclosure(
        "",
        dimensions.at_bandwidth(normals.expected_y, Integer(2)),
        Pow(2, -D),
    ),
    "standard normals right in the plane alone": enclosure(
        "",
        dimensions.at_bandwidth(dimensions.at_standard(normals.isotropic), Integer(2)),
        1 / D,
        sizes={D: (3,)},
    ),
    "the statistic's mean from one sample": enclosure(
        "",
        dimensions.null_values(statistics.v_mean),
        (1 - normals.expected_y) / n,
    ),
    "slope with its sign wrong": is_slope(-pull),
    "slope without its factor": is_slope(pull / 2),
    "slope without the mean": is_slope(pull / mean[d]),
    "slope with a constant kernel": is_slope(2 * mean[d] / (bandwidth + 1 + normals.variance)),
    "largest pull below the pull": at_most(
        "",
        dimensions.farthest_pull,
        dimensions.largest_pull * (1 - Rational(1, 10**6)),
    ),
    "limit taken for an upper bound": at_most("", dimensions.growing, dimensions.lower),
    "fixed bandwidth bounded away from zero": at_most(
        "", exp(-1 / bandwidth), normals.expected_y, sizes={D: (400,)}
    ),
}


@pytest.mark.parametrize("row", FAULTY)
def test_an_error_is_refuted(row: str, rng: np.random.Generator) -> None:
    """A formula wrong in a way that people are wrong is refuted, not merely unknown."""
    assert FAULTY[row](rng).verdict is Verdict.REFUTED


def test_samples_of_like_proportions_raise_no_alarm() -> None:
    """Where two samples are alike the distance is zero: at no seed is the claim left unknown."""
    (step,) = (s for s in catalogue.derive("mmd.v_statistic").steps if s.rule is statistics.SQUARE)
    for seed in range(60):
        found = {check_(np.random.default_rng([seed, 5])).verdict for check_ in step.checks}
        assert found == {Verdict.ESTABLISHED}


def test_statistics_are_numpys_over_every_sample(rng: np.random.Generator) -> None:
    """By loops over samples of two laws on three atoms: U is right on average, V is not."""
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
    here = Point({A: 3, n: 2, m: 4}, {p: first, q: second, table: gram})
    bias = evaluate(with_any_kernel(catalogue.derive("mmd.v_statistic").results[1].right), here)
    assert bias > 1e-3
    assert found["u"] == pytest.approx(squared, abs=1e-12)
    assert found["v"] == pytest.approx(squared + bias, abs=1e-12)


def test_the_mean_kernel_is_scipys(rng: np.random.Generator) -> None:
    """One dimension by adaptive quadrature over both densities; two as a product of ones."""
    b, shifts, spreads = 1.7, rng.normal(size=2), rng.uniform(0.4, 2.5, size=2)

    def integrand(y: float, x: float, shift: float, spread: float) -> float:
        exponent = (x - y) ** 2 / b + (x - shift) ** 2 / spread + y**2
        return math.exp(-exponent / 2) / (2 * math.pi * math.sqrt(spread))

    means = [
        dblquad(integrand, -12, 12, -9, 9, args=pair, epsabs=1e-10, epsrel=1e-10)[0]
        for pair in zip(shifts, spreads, strict=True)
    ]
    printed = catalogue.derive("mmd.gaussian_kernel_expectation").results[1].right
    here = Point({D: 2}, {mean: shifts, variances: spreads, bandwidth.array: np.array(b)})
    assert evaluate(printed, here) == pytest.approx(math.prod(means), rel=1e-8, abs=0)


@pytest.mark.parametrize("shift", [0.0, 0.7])
def test_a_batch_of_the_notebook_shows_one_fiftieth(shift: float, rng: np.random.Generator) -> None:
    """100 points in 200 dimensions: the statistic is 0.02 wherever the latents are."""
    x, y = rng.normal(shift, size=(100, 200)), rng.normal(size=(100, 200))

    def mean_kernel(one: np.ndarray, other: np.ndarray) -> float:
        differences = one[:, None, :] - other[None, :, :]
        return float(np.exp(-(differences**2).mean(-1) / (2 / 200 * 2)).mean())

    statistic = mean_kernel(x, x) + mean_kernel(y, y) - 2 * mean_kernel(x, y)
    printed = catalogue.derive("mmd.inert_in_high_dimension").results[1].right
    expected = evaluate(printed, Point({n: 100, m: 100, D: 200}, {}))
    assert expected == pytest.approx(0.02, rel=1e-15, abs=0)
    assert statistic == pytest.approx(expected, rel=1e-12, abs=0)

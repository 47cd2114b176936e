"""The kernel between normal laws in many dimensions: its means, its pull, and their bounds."""

from __future__ import annotations

from sympy import Expr, Integer, Pow, exp, sqrt

from derivations.calculus.binding import replace_elements
from derivations.calculus.expressions import POSITIVE, Array, Element, IndexSum
from derivations.evidence.drawing import Sizes
from derivations.mmd.normals import (
    D,
    bandwidth,
    d,
    expected_y,
    isotropic,
    isotropic_x,
    mean,
    variance,
)
from derivations.mmd.symbols import (
    m,
    n,
    pair_x,
    pair_y,
    same_x,
    same_y,
)
from derivations.mmd.symbols import mixed as mixed_pair

rate: Element = Array("beta", (), "beta", POSITIVE)[()]
small: Element = Array("t", (), "t", POSITIVE)[()]

MANY = 16
"""Points for a bound that is close in some decades only: elsewhere a wrong one holds as well."""
BATCH: Sizes = {n: (100,), m: (100,)}
DIMENSIONS = {D: Integer(200)}


def at_standard(form: Expr) -> Expr:
    """Put mean zero and variance one."""
    return replace_elements(form, {mean: lambda _: Integer(0), variance.array: lambda: Integer(1)})


def at_bandwidth(form: Expr, value: Expr) -> Expr:
    """Put another bandwidth."""
    return replace_elements(form, {bandwidth.array: lambda: value})


two = Integer(2)
squared_length: Expr = IndexSum(mean[d] ** 2, d)
one_kernel: Expr = Pow(2, -D / 2)
null_mean: Expr = (1 / n + 1 / m) * (1 - expected_y)
null_mean_at_two: Expr = (1 / n + 1 / m) * (1 - one_kernel)
of_batch: Expr = (1 - one_kernel) / 50
by_mean: Expr = 2 * mean[d] * isotropic / (bandwidth + 1 + variance)
by_mean_at_two: Expr = mean[d] * exp(-squared_length / 8) * one_kernel / 2
farthest_pull: Expr = replace_elements(
    IndexSum(by_mean_at_two**2, d), {mean: lambda _: 2 / sqrt(D)}
)
largest_pull: Expr = exp(-1) * Pow(2, -D)
last_term: Expr = D * isotropic_x / (bandwidth + 2 * variance)
by_variance: Expr = (
    D / (bandwidth + 1 + variance) - squared_length / (bandwidth + 1 + variance) ** 2
) * isotropic - last_term
growing: Expr = at_bandwidth(expected_y, rate * D)
lower: Expr = exp(-1 / rate)
upper: Expr = exp(-1 / rate + 1 / (rate**2 * D))


def _at_zero(form: Expr) -> Expr:
    return replace_elements(form, {variance.array: lambda: Integer(0)})


def in_dimensions(form: Expr) -> Expr:
    """Put the dimensions of the notebook's latents."""
    return form.xreplace(DIMENSIONS)


def less_half_square(form: Expr) -> Expr:
    """Take half the square away."""
    return form - small**2 / 2


def at_farthest(form: Expr) -> Expr:
    """Put the notebook's bandwidth, variance one, and a mean of squared length four."""
    return replace_elements(at_two_and_one(form), {mean: lambda _: 2 / sqrt(D)})


def kernel_mean_at(value: Expr) -> Expr:
    """Return the mean of the kernel between standard normal laws at a bandwidth."""
    return at_bandwidth(expected_y, value)


def kernel_mean_at_variance(value: Expr) -> Expr:
    """Return the mean of the kernel at mean zero, the notebook's bandwidth and a variance."""
    centred = replace_elements(isotropic, {mean: lambda _: Integer(0)})
    return at_bandwidth(replace_elements(centred, {variance.array: lambda: value}), two)


def null_values(form: Expr) -> Expr:
    """Put one for the kernel at equal points and its mean for all other pairs."""
    values = {same_x: Integer(1), same_y: Integer(1)}
    values |= dict.fromkeys((pair_x, pair_y, mixed_pair), expected_y)
    return form.xreplace(values)


def at_standard_and_two(form: Expr) -> Expr:
    """Put mean zero, variance one and the notebook's bandwidth."""
    return at_bandwidth(at_standard(form), two)


def null_values_at_two(form: Expr) -> Expr:
    """Put the means of the kernel in, at the notebook's bandwidth."""
    return at_bandwidth(null_values(form), two)


def at_two_and_one(form: Expr) -> Expr:
    """Put the notebook's bandwidth and variance one."""
    return replace_elements(at_bandwidth(form, two), {variance.array: lambda: Integer(1)})

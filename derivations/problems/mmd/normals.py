"""The letters of two normal distributions and the Gaussian kernel between them."""

from __future__ import annotations

from sympy import Expr, Integer, exp, sqrt

from derivations.calculus.expressions import POSITIVE, Array, IndexSum, Slice
from derivations.calculus.indices import Index, size
from derivations.claims.statements import Definition, define
from derivations.meaning.notation import Applied, Expectation, FamilyAt, Joint, part
from derivations.problems.mmd.symbols import kernel, kernel_letter, squared_mmd

ZERO, ONE, TWO = Integer(0), Integer(1), Integer(2)

D = size("D")
d = Index("d", 1, D)

x, x_copy, y, y_copy = (Array(letter, (D,), letter) for letter in ("x", "x'", "y", "y'"))
mean = Array("mean", (D,), "mu")
variances = Array("variances", (D,), "sigma^2", POSITIVE)
variance = Array("variance", (), "v", POSITIVE)[()]
bandwidth = Array("b", (), "b", POSITIVE)[()]
X, X_COPY, Y, Y_COPY, MEAN = (Slice(a) for a in (x, x_copy, y, y_copy, mean))


def normal(centre: Expr, spread: Expr) -> FamilyAt:
    """Return a normal distribution by its mean and variance."""
    return FamilyAt("Gaussian", centre, spread)


def around_mean(spread: Expr) -> Joint:
    """Return the distribution of x, with independent coordinates, and of a copy."""
    at = normal(mean[d], spread)
    return Joint("p", (part(x[d], at, d), part(x_copy[d], at, d)))


P = around_mean(variances[d])
"""A variance for each dimension."""
ISOTROPIC = around_mean(variance)
"""One variance for all dimensions."""
Q = Joint("q", (part(y[d], normal(ZERO, ONE), d), part(y_copy[d], normal(ZERO, ONE), d)))
PAIR_Y: Expr = Expectation((Q(Y), Q(Y_COPY)), kernel(Y, Y_COPY))


def mixed(of_x: Joint) -> Expr:
    """Return the mean of the kernel between the two distributions."""
    return Expectation((of_x(X), Q(Y)), kernel(X, Y))


def discrepancy(of_x: Joint) -> Definition:
    """Define the squared discrepancy in means of the kernel."""
    pair_x = Expectation((of_x(X), of_x(X_COPY)), kernel(X, X_COPY))
    return define(squared_mmd, pair_x - 2 * mixed(of_x) + PAIR_Y)


def gaussian_kernel(first: Array, second: Array) -> Expr:
    """Return the kernel at two vectors."""
    return exp(-IndexSum((first[d] - second[d]) ** 2, d) / (2 * bandwidth))


def one_dimension(centre: Expr, spread: Expr) -> Expr:
    """Return the mean of ``exp(-delta^2 / (2 b))`` for a normal delta: its mean and variance."""
    return exp(-(centre**2) / (2 * (bandwidth + spread))) / sqrt(1 + spread / bandwidth)


KERNEL = define(Applied(kernel_letter, X, Y), gaussian_kernel(x, y))
EXPECTED_Y: Expr = (1 + 2 / bandwidth) ** (-D / 2)
"""The mean of the kernel between two standard normal points."""
SQUARED_LENGTH: Expr = IndexSum(mean[d] ** 2, d)
TOTAL: Expr = bandwidth + 1 + variance
EXPECTED: Expr = exp(-SQUARED_LENGTH / (2 * TOTAL)) * (1 + (1 + variance) / bandwidth) ** (-D / 2)
"""The same of x and y, for one variance."""
DISCREPANCY: Expr = (1 + 2 * variance / bandwidth) ** (-D / 2) - 2 * EXPECTED + EXPECTED_Y
"""The squared discrepancy of the two distributions, for one variance."""

"""The Gaussian kernel between two normal distributions: its means, for any dimension."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import exp, pi, sqrt

from derivations.calculus.expressions import POSITIVE, Array, IndexProduct, IndexSum, Slice
from derivations.claims.registry import Line, derivation
from derivations.claims.statements import (
    Domain,
    Random,
    Rule,
    define,
    equal,
    follows,
    result,
    step,
)
from derivations.meaning.notation import (
    Applied,
    Expectation,
    FamilyDensity,
    Joint,
    Where,
    part,
)
from derivations.problems.mmd.normals import (
    DISCREPANCY,
    EXPECTED_Y,
    PAIR_Y,
    X_COPY,
    ZERO,
    D,
    P,
    Q,
    X,
    Y,
    bandwidth,
    d,
    discrepancy,
    gaussian_kernel,
    mean,
    mixed,
    normal,
    one_dimension,
    variance,
    variances,
    x,
    x_copy,
    y,
)
from derivations.problems.mmd.symbols import kernel, squared_mmd

AS_GIVEN = Rule(
    "the notebook's kernel",
    "It takes the mean of the squared differences, not their sum, and divides it by a scale.",
)
SCALE = Rule("put in the scale", "The number of dimensions cancels.")
FEATURES = Rule(
    "features",
    "There is a feature for each centre. As a function of the centre the product of the features "
    "of two points is a normal density times the kernel: integrated over all centres it is a "
    "constant times the kernel. So the kernel is an inner product of features.",
)
DIFFERENCE = Rule(
    "difference of normals",
    "The difference of independent normal variables is normal; their variances add.",
)
SQUARE = Rule(
    "complete the square",
    "In one dimension the exponent of the density of the difference and that of the kernel are "
    "joined.",
)
INTEGRATE = Rule(
    "normal integral",
    "What is left integrates to the root of the joined variance over the first.",
)
FACTORS = Rule(
    "independent dimensions",
    "The kernel is a product over the dimensions, which are independent. So its mean is a product.",
)
COPY = Rule(
    "independent copies",
    "The difference of two draws of one distribution has mean zero and twice the variance.",
)
DEFINITION = Rule("kernel form", "The squared discrepancy in three means of the kernel.")
INSERT = Rule("insert", "The three means are put in.")
EQUAL_VARIANCES = Rule("equal variances", "All dimensions are given one variance.")

scale = Array("s", (), "s")[()]
centre = Array("t", (D,), "t")
feature = Array("phi", (), "phi")[()]
shift = Array("shift", (), "m")[()]
spread = Array("spread", (), "tau^2", POSITIVE)[()]
difference = Array("delta", (), "delta")[()]
OF_DIFFERENCE = Joint("p", (part(difference, normal(shift, spread)),))
T = Slice(centre)


@derivation(
    "mmd.gaussian_kernel_expectation",
    question="10.2",
    title="The Gaussian kernel between two normal distributions",
    code=("impl.mmd.expected_kernel", "impl.mmd.gaussian_squared_mmd"),
    sources=("gretton2012",),
    sizes={D: (2, 3)},
)
def gaussian_kernel_expectation() -> Iterator[Line]:
    """Derive the means of the kernel and the squared discrepancy of two normal distributions."""
    at = Applied(feature, X, T)
    middle = (x[d] + y[d]) / 2
    total = bandwidth + spread
    squares = -((difference - shift) ** 2) / (2 * spread) - difference**2 / (2 * bandwidth)
    left_over = difference - bandwidth * shift / total
    completed = -total * left_over**2 / (2 * bandwidth * spread) - shift**2 / (2 * total)
    pair_x = Expectation((P(X), P(X_COPY)), kernel(X, X_COPY))
    expected = IndexProduct(one_dimension(mean[d], 1 + variances[d]), d)
    expected_x = IndexProduct(1 / sqrt(1 + 2 * variances[d] / bandwidth), d)
    yield Domain(mean, variances, variance, bandwidth, centre, shift, spread)
    yield Random(P)
    yield Random(Q)
    yield Random(OF_DIFFERENCE)
    yield step(AS_GIVEN, define(scale, 2 * bandwidth / D))
    yield step(AS_GIVEN, define(kernel(X, Y), exp(-IndexSum((x[d] - y[d]) ** 2, d) / D / scale)))
    yield result(SCALE, equal(kernel(X, Y), gaussian_kernel(x, y)))
    yield step(FEATURES, define(at, exp(-IndexSum((x[d] - centre[d]) ** 2, d) / bandwidth)))
    yield step(
        FEATURES,
        equal(
            at * Applied(feature, Y, T),
            (pi * bandwidth / 2) ** (D / 2)
            * kernel(X, Y)
            * IndexProduct(FamilyDensity(centre[d], normal(middle, bandwidth / 4)), d),
        ),
    )
    yield step(DIFFERENCE, follows(x[d] - y[d], normal(mean[d], 1 + variances[d])))
    yield step(SQUARE, equal(squares, completed))
    yield step(
        INTEGRATE,
        equal(
            Expectation(OF_DIFFERENCE(difference), exp(-(difference**2) / (2 * bandwidth))),
            one_dimension(shift, spread),
        ),
    )
    yield result(FACTORS, equal(mixed(P), expected))
    yield step(COPY, follows(x[d] - x_copy[d], normal(ZERO, 2 * variances[d])))
    yield step(COPY, equal(pair_x, expected_x))
    yield step(COPY, equal(PAIR_Y, EXPECTED_Y))
    yield step(DEFINITION, discrepancy(P))
    yield step(INSERT, equal(squared_mmd, expected_x - 2 * expected + EXPECTED_Y))
    yield result(
        EQUAL_VARIANCES, equal(Where(squared_mmd, Slice(variances), variance), DISCREPANCY)
    )

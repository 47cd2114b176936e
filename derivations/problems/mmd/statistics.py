"""The two estimators of the squared discrepancy from samples, and the bias of each."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Expr

from derivations.calculus.expressions import Array, IndexSum, Iverson, Slice
from derivations.claims.registry import Line, derivation
from derivations.claims.statements import (
    AtLeast,
    Random,
    Rule,
    at_most,
    define,
    equal,
    result,
    step,
)
from derivations.meaning.notation import Expectation
from derivations.problems.mmd.symbols import (
    DISCREPANCY,
    FEW,
    FINITE_DIAGONAL,
    FINITE_LENGTH,
    FIRST,
    GIVEN,
    KERNEL_FORM,
    MIXED,
    PAIR_X,
    PAIR_Y,
    SAME_X,
    SAME_Y,
    SECOND,
    SIZES,
    f,
    feature,
    i,
    j,
    kernel,
    m,
    n,
    r,
    sample_x,
    sample_y,
    squared_mmd,
    t,
)

DEFINITION = Rule("definition", "The distance of the mean features of the two distributions.")
PLUG_IN = Rule(
    "plug in",
    "The means over the distributions are replaced by averages over the samples.",
    "gretton2012",
)
DISTANCE = Rule("a distance", "A sum of squares is never negative.")
SQUARE = Rule("square", "The squares are multiplied out; the inner products are the kernel.")
PAIRS = Rule("pairs of points", "Two points are independent, unless they are the same one.")
LINEAR = Rule(
    "linearity",
    "Each double sum is split into its diagonal and the rest, and the mean is taken term by term.",
)
OFF_DIAGONAL = Rule(
    "leave the diagonal out", "Only pairs of different points are averaged.", "gretton2012"
)
COUNT = Rule("count the pairs", "Each point forms a pair with every other one.")
DIAGONAL = Rule(
    "subtract the diagonal", "A sum over different points is the double sum less its diagonal."
)
SUBTRACT = Rule("subtract", "The squared discrepancy is subtracted.")

v_letter = Array("V", (), "V")[()]
u_letter = Array("U", (), "U")[()]
x_i, x_j, y_r, y_t = sample_x[i], sample_x[j], sample_y[r], sample_y[t]
OF_FIRST, OF_SECOND = FIRST(Slice(sample_x)), SECOND(Slice(sample_y))
CROSS: Expr = 2 * IndexSum(kernel(x_i, y_r), i, r) / (n * m)
ALL_X, ALL_Y = IndexSum(kernel(x_i, x_j), i, j), IndexSum(kernel(y_r, y_t), r, t)
DIAGONAL_X, DIAGONAL_Y = IndexSum(kernel(x_i, x_i), i), IndexSum(kernel(y_r, y_r), r)


def _means_of_pairs() -> Iterator[Line]:
    """State the mean of the kernel at two points of the samples."""
    same, both = Iverson(i, j), Iverson(r, t)
    yield step(
        PAIRS,
        equal(
            Expectation(OF_FIRST, kernel(x_i, x_j)),
            same * SAME_X + (1 - same) * PAIR_X,
        ),
    )
    yield step(
        PAIRS,
        equal(
            Expectation(OF_SECOND, kernel(y_r, y_t)),
            both * SAME_Y + (1 - both) * PAIR_Y,
        ),
    )
    yield step(PAIRS, equal(Expectation((OF_FIRST, OF_SECOND), kernel(x_i, y_r)), MIXED))


@derivation(
    "mmd.v_statistic",
    question="10.1",
    title="The estimator with its diagonal, and its bias",
    code=("impl.mmd.squared_mmd", "impl.mmd.expected_v_statistic"),
    sources=("gretton2012",),
    sizes=FEW,
)
def v_statistic() -> Iterator[Line]:
    """Derive the estimator with the diagonal, and its bias."""
    apart = IndexSum(feature(x_i), i) / n - IndexSum(feature(y_r), r) / m
    average = Expectation((OF_FIRST, OF_SECOND), v_letter)
    yield from GIVEN
    yield Random(FIRST)
    yield Random(SECOND)
    yield FINITE_LENGTH
    yield FINITE_DIAGONAL
    yield step(DEFINITION, DISCREPANCY)
    yield step(PLUG_IN, define(v_letter, IndexSum(apart**2, f)))
    yield step(DISTANCE, at_most(0, v_letter))
    yield result(SQUARE, equal(v_letter, ALL_X / n**2 - CROSS + ALL_Y / m**2))
    yield from _means_of_pairs()
    yield step(
        LINEAR,
        equal(
            average,
            SAME_X / n + (1 - 1 / n) * PAIR_X - 2 * MIXED + SAME_Y / m + (1 - 1 / m) * PAIR_Y,
        ),
    )
    yield result(
        SUBTRACT, equal(average - squared_mmd, (SAME_X - PAIR_X) / n + (SAME_Y - PAIR_Y) / m)
    )


@derivation(
    "mmd.u_statistic",
    question="10.1",
    title="The estimator without bias",
    code=("impl.mmd.squared_mmd",),
    sources=("gretton2012",),
    sizes=SIZES,
)
def u_statistic() -> Iterator[Line]:
    """Derive the estimator without the diagonal, which has no bias."""
    other_x, other_y = 1 - Iverson(i, j), 1 - Iverson(r, t)
    pairs_x, pairs_y = IndexSum(other_x, i, j), IndexSum(other_y, r, t)
    average = Expectation((OF_FIRST, OF_SECOND), u_letter)
    yield from GIVEN
    yield Random(FIRST)
    yield Random(SECOND)
    yield FINITE_LENGTH
    yield FINITE_DIAGONAL
    yield AtLeast(n, 2)
    yield AtLeast(m, 2)
    yield step(DEFINITION, DISCREPANCY)
    yield step(
        OFF_DIAGONAL,
        define(
            u_letter,
            IndexSum(other_x * kernel(x_i, x_j), i, j) / (n * (n - 1))
            - CROSS
            + IndexSum(other_y * kernel(y_r, y_t), r, t) / (m * (m - 1)),
        ),
    )
    yield step(COUNT, equal(pairs_x, n * (n - 1)))
    yield step(COUNT, equal(pairs_y, m * (m - 1)))
    yield result(
        DIAGONAL,
        equal(
            u_letter,
            (ALL_X - DIAGONAL_X) / (n * (n - 1)) - CROSS + (ALL_Y - DIAGONAL_Y) / (m * (m - 1)),
        ),
    )
    yield from _means_of_pairs()
    yield step(LINEAR, equal(average, KERNEL_FORM))
    yield result(SUBTRACT, equal(average - squared_mmd, 0))

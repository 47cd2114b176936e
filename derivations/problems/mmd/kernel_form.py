"""From the distance of two mean features to three means of the kernel."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Expr

from derivations.calculus.expressions import IndexSum, Slice
from derivations.claims.registry import Line, derivation
from derivations.claims.statements import Rule, at_most, equal, result, step
from derivations.meaning.notation import Expectation, Where
from derivations.problems.mmd.symbols import (
    DISCREPANCY,
    FINITE_LENGTH,
    GIVEN,
    KERNEL_FORM,
    SIZES,
    P,
    Q,
    f,
    feature,
    squared_mmd,
    weights_x,
    weights_y,
    x,
    x_copy,
    y,
    y_copy,
)

DEFINITION = Rule(
    "definition",
    "The discrepancy is the distance between the mean features of the two distributions.",
    "gretton2012",
)
DISTANCE = Rule("a distance", "A sum of squares is never negative.")
SAME = Rule("equal distributions", "Equal distributions have equal mean features.")
SQUARE = Rule("square", "The square of each difference is multiplied out.")
COPY = Rule(
    "independent copies",
    "A product of two means is the mean of the product over independent points. For the square of "
    "a mean the second point is a copy of the first.",
)
INSIDE = Rule("linearity", "Sum and mean are exchanged.")
KERNEL = Rule("insert the kernel", "The inner product of the features is the kernel.")


@derivation(
    "mmd.kernel_form",
    question="10.1",
    title="The squared discrepancy in means of a kernel",
    code=("impl.mmd.squared_mmd", "impl.mmd.rbf_kernel"),
    sources=("gretton2012",),
    sizes=SIZES,
)
def kernel_form() -> Iterator[Line]:
    """Derive the squared discrepancy in means of the kernel."""
    of_x, of_y = Expectation(P(x), feature(x)), Expectation(Q(y), feature(y))

    def inner(first: Expr, second: Expr) -> Expr:
        return feature(first) * feature(second)

    yield from GIVEN
    yield FINITE_LENGTH
    yield step(DEFINITION, DISCREPANCY)
    yield step(DISTANCE, at_most(0, squared_mmd))
    yield step(SAME, equal(Where(squared_mmd, Slice(weights_y), Slice(weights_x)), 0))
    yield step(
        SQUARE,
        equal(
            squared_mmd,
            IndexSum(of_x**2, f) - 2 * IndexSum(of_x * of_y, f) + IndexSum(of_y**2, f),
        ),
    )
    yield step(
        COPY,
        equal(
            squared_mmd,
            IndexSum(Expectation((P(x), P(x_copy)), inner(x, x_copy)), f)
            - 2 * IndexSum(Expectation((P(x), Q(y)), inner(x, y)), f)
            + IndexSum(Expectation((Q(y), Q(y_copy)), inner(y, y_copy)), f),
        ),
    )
    yield step(
        INSIDE,
        equal(
            squared_mmd,
            Expectation((P(x), P(x_copy)), IndexSum(inner(x, x_copy), f))
            - 2 * Expectation((P(x), Q(y)), IndexSum(inner(x, y), f))
            + Expectation((Q(y), Q(y_copy)), IndexSum(inner(y, y_copy), f)),
        ),
    )
    yield result(KERNEL, equal(squared_mmd, KERNEL_FORM))

"""The letters of the maximum mean discrepancy: two arbitrary distributions and a kernel."""

from __future__ import annotations

from sympy import Expr

from derivations.calculus.expressions import SIMPLEX, Array, IndexSum
from derivations.calculus.indices import Index, size
from derivations.claims.statements import AnyFunction, Domain, Random, Text, define
from derivations.meaning.notation import Applied, Entries, Expectation, FamilyAt, Joint, part

S, F, n, m = size("S"), size("F"), size("n"), size("m")
SIZES = {S: (2, 3), F: (2, 3), n: (2, 3, 4), m: (2, 3, 4)}
FEW = SIZES | {S: (2,)}
"""Where the mean runs over all samples together: two points, two to four draws of each."""
s = Index("s", 1, S)
f = Index("f", 1, F)
i, j = (Index(letter, 1, n) for letter in "ij")
r, t = (Index(letter, 1, m) for letter in "rt")

weights_x = Array("weights_x", (S,), "p", SIMPLEX)
weights_y = Array("weights_y", (S,), "q", SIMPLEX)
point_x, copy_x, point_y, copy_y = (Array(a, (), a, states=S) for a in ("x", "x'", "y", "y'"))
sample_x = Array("sample_x", (n,), "X", states=S)
sample_y = Array("sample_y", (m,), "Y", states=S)
x, x_copy, y, y_copy = (a[()] for a in (point_x, copy_x, point_y, copy_y))

feature_letter = Array("phi", (F,), "phi")
kernel_letter = Array("k", (), "k")[()]
squared_mmd = Array("MMD2", (), "MMD^2")[()]

OF_X, OF_Y = (FamilyAt("Any", Entries(w[s], s)) for w in (weights_x, weights_y))
P = Joint("p", (part(x, OF_X), part(x_copy, OF_X)))
Q = Joint("q", (part(y, OF_Y), part(y_copy, OF_Y)))
"""Two distributions: of each a point and an independent copy."""
FIRST = Joint("p", (part(sample_x[i], OF_X, i),))
SECOND = Joint("q", (part(sample_y[r], OF_Y, r),))
"""A sample of each."""


def feature(point: Expr) -> Expr:
    """Return the feature with the index f at a point."""
    return Applied(feature_letter[f], point)


def kernel(first: Expr, second: Expr) -> Expr:
    """Return the kernel at two points."""
    return Applied(kernel_letter, first, second)


SAME_X: Expr = Expectation(P(x), kernel(x, x))
SAME_Y: Expr = Expectation(Q(y), kernel(y, y))
PAIR_X: Expr = Expectation((P(x), P(x_copy)), kernel(x, x_copy))
PAIR_Y: Expr = Expectation((Q(y), Q(y_copy)), kernel(y, y_copy))
MIXED: Expr = Expectation((P(x), Q(y)), kernel(x, y))
KERNEL_FORM: Expr = PAIR_X - 2 * MIXED + PAIR_Y

GIVEN = (
    Domain(weights_x, weights_y),
    Random(P),
    Random(Q),
    AnyFunction(feature_letter[f], (x,)),
    define(kernel(x, y), IndexSum(feature(x) * feature(y), f)),
)
FINITE_LENGTH = Text(
    (
        "The length of the features, the square root of ",
        kernel(x, x),
        ", has a finite mean under both distributions: then sums over infinitely many features, or "
        "integrals, can be exchanged with the means.",
    )
)
FINITE_DIAGONAL = Text(("The means ", SAME_X, " and ", SAME_Y, " are finite."))
DISCREPANCY = define(
    squared_mmd,
    IndexSum((Expectation(P(x), feature(x)) - Expectation(Q(y), feature(y))) ** 2, f),
)

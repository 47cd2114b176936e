"""The density of the Dirichlet in the softmax basis, for any K."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Expr, exp, log

from derivations.calculus.expressions import REAL, Array, IndexProduct, IndexSum, Iverson, Slice
from derivations.calculus.indices import Index
from derivations.calculus.matrices import Determinant
from derivations.claims.registry import Line, derivation
from derivations.claims.statements import (
    AtLeast,
    Domain,
    Random,
    Rule,
    define,
    equal,
    result,
    step,
)
from derivations.meaning.notation import At, Entries, PartialDerivative, Where
from derivations.problems.softmax_gaussian.symbols import (
    DIRICHLET,
    LOG_BETA,
    LOG_DENSITY,
    PI,
    K,
    alpha,
    h,
    i,
    k,
    pi,
    softmax,
)

a, b = (Index(letter, 1, K - 1) for letter in "ab")
free = Array("c", (K - 1,), "c", REAL)
any_h, shift = Array("g", (K,), "g", REAL), Array("r", (), "r", REAL)[()]
x = Array("x", (K,), "x")
density = Array("f", (), "f")[()]


def _softmax_at(entries: Expr) -> Expr:
    """Return an entry of the softmax of a vector."""
    return Where(exp(any_h[k]) / IndexSum(exp(any_h[i]), i), Slice(any_h), Entries(entries, k))


ON_SIMPLEX = Rule(
    "Dirichlet density", "The density over the first K - 1 entries of a point of the simplex."
)
COORDINATES = Rule(
    "softmax basis",
    (
        "Adding the same number to all entries of a vector leaves its softmax as it is, ",
        equal(_softmax_at(any_h[k] + shift), exp(any_h[k]) / IndexSum(exp(any_h[i]), i)),
        ". The basis is made unique by a sum of zero: the first K - 1 coordinates are free.",
    ),
    given=(Domain(any_h, shift),),
)
SUM = Rule("sum of zero", "The last coordinate is minus the sum of the others.")
SOFTMAX = Rule("softmax", "A point of the simplex belongs to each vector of coordinates.")
INVERSE = Rule("one to one", "Every point of the simplex is the softmax of its centred logs.")
CHANGE = Rule(
    "change of variables",
    "The density of the free coordinates is that of the point times the determinant of the "
    "derivative of its first K - 1 entries by the free coordinates.",
)
JACOBIAN = Rule(
    "determinant", "The determinant of a diagonal matrix plus one of rank one is in closed form."
)
INSERT = Rule(
    "insert the softmax",
    "The log of an entry is its coordinate less the log of the sum of exponentials.",
    "srivastava2017",
)


@derivation(
    "softmax_gaussian.dirichlet_in_softmax_basis",
    question="1.3.5",
    title="The Dirichlet in the softmax basis",
    sources=("srivastava2017",),
)
def dirichlet_in_softmax_basis() -> Iterator[Line]:
    """Derive the log density in the softmax basis, its Jacobian included."""
    jacobian = Determinant(PartialDerivative(x[a], free[b]), a, b)
    yield Domain(alpha, free, any_h)
    yield Random(DIRICHLET)
    yield AtLeast(K, 2)
    yield step(
        ON_SIMPLEX,
        equal(log(DIRICHLET(PI)), IndexSum((alpha[k] - 1) * log(pi[k]), k) - LOG_BETA),
    )
    yield step(COORDINATES, define(h[k], IndexSum((Iverson(a, k) - Iverson(k, K)) * free[a], a)))
    yield step(SUM, equal(IndexSum(h[k], k), 0))
    yield step(SOFTMAX, define(x[k], softmax(k)))
    yield step(INVERSE, equal(_softmax_at(log(pi[k]) - IndexSum(log(pi[i]), i) / K), pi[k]))
    yield step(CHANGE, define(density, DIRICHLET(At(PI, Slice(x))) * jacobian))
    yield step(JACOBIAN, equal(jacobian, K * IndexProduct(x[k], k)))
    yield result(INSERT, equal(log(density), LOG_DENSITY))

"""The Dirichlet in the softmax basis: symbols, for any number K of entries."""

from __future__ import annotations

from sympy import Expr, Integer, exp, log, loggamma

from derivations.calculus.expressions import POSITIVE, REAL, Array, IndexSum, Iverson
from derivations.calculus.indices import Index, size
from derivations.calculus.steps import AT_MOST, Prose, Relation

K = size("K")
k, l, i, m = (Index(letter, 1, K) for letter in ("k", "l", "i", "m"))  # noqa: E741 - as printed

alpha = Array("alpha", (K,), "alpha", POSITIVE)
h = Array("h", (K,), "h", REAL)
pi = Array("pi", (K,), "pi", POSITIVE)
mu = Array("mu", (K,), "mu", REAL)
spread = Array("v", (K,), "v", POSITIVE)
epsilon = Array("epsilon", (K,), "epsilon", REAL)

total: Expr = IndexSum(alpha[i], i)
log_beta: Expr = IndexSum(loggamma(alpha[i]), i) - loggamma(total)


def softmax(entry: Index) -> Expr:
    """Return one entry of softmax(h)."""
    return exp(h[entry]) / IndexSum(exp(h[i]), i)


def same(first: Index, second: Index) -> Expr:
    """Return the Kronecker delta of two indices."""
    return Iverson(first, second)


log_density: Expr = (
    IndexSum(alpha[k] * h[k], k) - total * log(IndexSum(exp(h[i]), i)) - log_beta + log(K)
)

ENTRIES: Prose = ("The entries ", pi[k], " are positive, and their sum is one.")
VARIANCES: Prose = ("The variances ", spread[k], " are positive.")
AT_LEAST_TWO: Prose = (
    "There are two entries or more, ",
    Relation(Integer(2), K, AT_MOST),
    ": with one its coordinate is zero whatever the concentration, and so is the variance.",
)
ASSUMPTIONS: tuple[Prose, ...] = (
    ("All ", K, " concentrations ", alpha[k], " are positive."),
    (
        "The softmax has one direction too many: adding the same to every ",
        h[k],
        " changes nothing. The basis is made unique by ",
        Relation(IndexSum(h[k], k), Integer(0)),
        ", so that densities are over the first K - 1 coordinates.",
    ),
)

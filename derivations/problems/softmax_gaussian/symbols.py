"""The letters of the Dirichlet in the softmax basis, for any number K of entries."""

from __future__ import annotations

from sympy import Expr, exp, log, loggamma

from derivations.calculus.expressions import POSITIVE, REAL, SIMPLEX, Array, IndexSum, Slice
from derivations.calculus.indices import Index, size
from derivations.claims.statements import Rule
from derivations.meaning.notation import Entries, FamilyAt, Joint, part

K = size("K")
k, l, i, j, m = (Index(letter, 1, K) for letter in ("k", "l", "i", "j", "m"))  # noqa: E741

alpha = Array("alpha", (K,), "alpha", POSITIVE)
h = Array("h", (K,), "h", REAL)
pi = Array("pi", (K,), "pi", SIMPLEX)
mu = Array("mu", (K,), "mu", REAL)
variance = Array("v", (K,), "v", POSITIVE)
H, MU, PI = Slice(h), Slice(mu), Slice(pi)

DIRICHLET = Joint("p", (part(Entries(pi[k], k), FamilyAt("Dirichlet", Entries(alpha[k], k))),))

TOTAL: Expr = IndexSum(alpha[i], i)
LOG_BETA: Expr = IndexSum(loggamma(alpha[i]), i) - loggamma(TOTAL)
INVERSE_SUM: Expr = IndexSum(1 / alpha[i], i)
MODE: Expr = log(alpha[k]) - IndexSum(log(alpha[i]), i) / K
VARIANCE: Expr = (1 - 2 / K) / alpha[k] + INVERSE_SUM / K**2
"""Mean and variance of one coordinate in the Laplace approximation."""

OF_LAPLACE = Rule("Laplace approximation", "The mode and the variances, as derived.")


def softmax(entry: Index) -> Expr:
    """Return one entry of softmax(h)."""
    return exp(h[entry]) / IndexSum(exp(h[i]), i)


LOG_DENSITY: Expr = (
    log(K) + IndexSum(alpha[k] * h[k], k) - TOTAL * log(IndexSum(exp(h[i]), i)) - LOG_BETA
)
"""The log density of the coordinates, as a function of all K of them."""

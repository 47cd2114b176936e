"""The letters of the variational autoencoder: one image, K latent variables, D pixels."""

from __future__ import annotations

from sympy import Expr, Integer, Mul, Rational, exp, sqrt

from derivations.calculus.expressions import POSITIVE, REAL, Array, Slice
from derivations.calculus.indices import Index, size
from derivations.claims.statements import Definition, define
from derivations.meaning.notation import FamilyAt, Independent, Joint, part

HALF = Rational(1, 2)
ZERO, ONE = Integer(0), Integer(1)

K, D = size("K"), size("D")
k, j, i = (Index(letter, 1, K) for letter in ("k", "j", "i"))
d = Index("d", 1, D)

x = Array("x", (D,), "x", REAL)
z = Array("z", (K,), "z", REAL)
noise = Array("noise", (K,), "epsilon", REAL)
drawn = Array("drawn", (K,), "tilde(z)", REAL)
mean = Array("mean", (K,), "mu", REAL)
variance = Array("variance", (K,), "sigma^2", POSITIVE)
log_variance = Array("log_variance", (K,), "lambda", REAL)
prior_mean = Array("prior_mean", (K,), "m", REAL)
prior_variance = Array("prior_variance", (K,), "s^2", POSITIVE)

X, Z, NOISE, DRAWN = Slice(x), Slice(z), Slice(noise), Slice(drawn)


def normal(centre: Expr, spread: Expr) -> FamilyAt:
    """Return a normal distribution by its mean and variance."""
    return FamilyAt("Gaussian", centre, spread)


def normals(centre: Expr, spread: Expr) -> Independent:
    """Return independent normal coordinates, each with its mean and variance."""
    return Independent(normal(centre, spread), k)


def half(terms: Expr) -> Expr:
    """Return half a sum of terms, the number kept in front of the parentheses."""
    return Mul(HALF, terms, evaluate=False)


ENCODER = Joint("q", (part(z[k], normal(mean[k], variance[k]), k),), given=(X,))
PRIOR = Joint("p", (part(z[k], normal(prior_mean[k], prior_variance[k]), k),))
STANDARD = Joint("p", (part(z[k], normal(ZERO, ONE), k),))
"""The prior of the autoencoder, N(0, I)."""
OF_NOISE = Joint("p", (part(noise[k], normal(ZERO, ONE), k),))
"""The distribution of the noise, which depends on no parameter."""

BY_LOG: Definition = define(variance[k], exp(log_variance[k]))
"""The encoder gives the log of each variance."""
DRAW: Definition = define(drawn[k], mean[k] + sqrt(variance[k]) * noise[k])
"""A draw of the latent variables as a function of the noise."""

"""The letters of the Kumaraswamy distribution, and the three functions that define it."""

from __future__ import annotations

from sympy import Expr, Integer, Pow, exp, loggamma

from derivations.calculus.expressions import ABOVE_ONE, POSITIVE, UNIT, Array, Element
from derivations.claims.statements import Definition, define
from derivations.meaning.notation import Applied, FamilyAt, Joint, part

ONE = Integer(1)

a: Element = Array("a", (), "a", POSITIVE)[()]
b: Element = Array("b", (), "b", POSITIVE)[()]
x: Element = Array("x", (), "x", UNIT)[()]
y: Element = Array("y", (), "y", UNIT)[()]
u: Element = Array("u", (), "u", UNIT)[()]
n: Element = Array("n", (), "n", POSITIVE)[()]
alpha: Element = Array("alpha", (), "alpha", POSITIVE)[()]
beta: Element = Array("beta", (), "beta", POSITIVE)[()]
above_a: Element = Array("a_above", (), "a", ABOVE_ONE)[()]
above_b: Element = Array("b_above", (), "b", ABOVE_ONE)[()]

_F, _f, _Q = (Array(letter, (), letter)[()] for letter in "FfQ")
_mu = Array("mu", (), "mu")[()]


def kumaraswamy(first: Expr, second: Expr) -> FamilyAt:
    """Return ``Kumaraswamy(a, b)``."""
    return FamilyAt("Kumaraswamy", first, second)


def beta_of(first: Expr, second: Expr) -> FamilyAt:
    """Return ``Beta(alpha, beta)``."""
    return FamilyAt("Beta", first, second)


def F(value: Expr) -> Expr:  # noqa: N802 - the letter of the distribution function
    """Return ``F(x)``, the distribution function."""
    return Applied(_F, value)


def f(value: Expr) -> Expr:
    """Return ``f(x)``, the density."""
    return Applied(_f, value)


def Q(level: Expr) -> Expr:  # noqa: N802 - the letter of the quantile function
    """Return ``Q(u)``, the quantile function."""
    return Applied(_Q, level)


def mu(order: Expr) -> Expr:
    """Return ``mu(n)``, the moment of order n."""
    return Applied(_mu, order)


def distribution_function(value: Element = x) -> Definition:
    """Define ``F(x) := 1 - (1 - x^a)^b``."""
    return define(F(value), 1 - Pow(1 - Pow(value, a), b))


def density(value: Expr) -> Expr:
    """Return ``a b x^(a-1) (1 - x^a)^(b-1)``."""
    return a * b * Pow(value, a - 1) * Pow(1 - Pow(value, a), b - 1)


def quantile(level: Expr) -> Expr:
    """Return ``(1 - (1 - u)^(1/b))^(1/a)``."""
    return Pow(1 - Pow(1 - level, 1 / b), 1 / a)


def moment(order: Expr) -> Expr:
    """Return ``E[x^n] = b B(1 + n / a, b)``, written with log Gamma."""
    return b * exp(loggamma(1 + order / a) + loggamma(b) - loggamma(1 + order / a + b))


DRAW = Joint("q", (part(x, kumaraswamy(a, b)),))
"""A Kumaraswamy variable."""
UNIFORM = Joint("p", (part(u, FamilyAt("Uniform")),))
"""The noise that a draw is a function of."""

"""The Kumaraswamy distribution's symbols and the two functions everything else follows from."""

from __future__ import annotations

from sympy import Expr, Integer, Pow, log

from derivations.calculus.expressions import ABOVE_ONE, POSITIVE, UNIT, Array, Element
from derivations.calculus.steps import Prose

a: Element = Array("a", (), "a", POSITIVE)[()]
b: Element = Array("b", (), "b", POSITIVE)[()]
x: Element = Array("x", (), "x", UNIT)[()]
u: Element = Array("u", (), "u", UNIT)[()]
n: Element = Array("n", (), "n", POSITIVE)[()]
above_a: Element = Array("a_above", (), "a", ABOVE_ONE)[()]
above_b: Element = Array("b_above", (), "b", ABOVE_ONE)[()]
other_a: Element = Array("c", (), "alpha", POSITIVE)[()]
other_b: Element = Array("d", (), "beta", POSITIVE)[()]

ONE = Integer(1)


def cdf(value: Expr) -> Expr:
    """Return ``F(x) = 1 - (1 - x^a)^b``."""
    return 1 - Pow(1 - Pow(value, a), b)


def density(value: Expr) -> Expr:
    """Return ``f(x) = a b x^(a-1) (1 - x^a)^(b-1)``."""
    return a * b * Pow(value, a - 1) * Pow(1 - Pow(value, a), b - 1)


def log_density(value: Expr) -> Expr:
    """Return ``log f(x)``, the powers written as products."""
    return log(a) + log(b) + (a - 1) * log(value) + (b - 1) * log(1 - Pow(value, a))


def quantile(level: Expr) -> Expr:
    """Return ``Q(u) = (1 - (1 - u)^(1/b))^(1/a)``."""
    return Pow(1 - Pow(1 - level, 1 / b), 1 / a)


ASSUMPTIONS: tuple[Prose, ...] = (
    (
        "The parameters ",
        a,
        " and ",
        b,
        " are positive; ",
        x,
        " and ",
        u,
        " lie strictly inside (0, 1).",
    ),
    ("The distribution function is ", cdf(x), "; everything else is derived from it."),
)
ORDER: Prose = ("The order ", n, " of a moment is positive.")
OTHER: Prose = ("The parameters ", other_a, " and ", other_b, " of the Beta law are positive.")
INSIDE: Prose = (
    "For a mode both ",
    above_a,
    " and ",
    above_b,
    " exceed one: else the density has no single maximum inside (0, 1).",
)

"""Means over standard normals: the true is established, the wrong refuted, the rest unknown."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import Abs, Expr, Integer, Pow, Rational, exp, log, pi, sqrt

from derivations.calculus.expressions import POSITIVE, UNIT, Array, IndexProduct, IndexSum
from derivations.calculus.indices import Index, size
from derivations.calculus.steps import Verdict
from derivations.evidence.normal_mean import equals_normal_mean

D = size("D")
d = Index("d", 1, D)
m, s = Array("m", (D,)), Array("s", (D,), domain=POSITIVE)
a = Array("a", ())[()]
u = Array("u", (), domain=UNIT)[()]
noise, other = Array("epsilon", (D,)), Array("eta", (D,))
one = Array("xi", ())
draw = m[d] + s[d] * noise[d]
length = IndexSum((draw - other[d]) ** 2, d)
t = Array("t", (), domain=POSITIVE)[()]
SMALL = exp(-30 * t**2 * one[()] ** 2 - 30)
TINY = Rational(1, 10**5)
CANCELLING = (1 + TINY * one[()]) ** 2 - 1 - 2 * TINY * one[()]
half = Rational(1, 2)
kernel = IndexProduct(exp(-(m[d] ** 2) / (3 + s[d] ** 2) / 2) / sqrt(1 + (1 + s[d] ** 2) / 2), d)


def bump(at: Expr) -> Expr:
    """A bell 1e-3 wide, a third of the way between two nodes of either grid."""
    return exp(-(10**6) * (at - Rational(101, 100)) ** 2 / 2)


Row = tuple[tuple[Array, ...], Expr, Expr, int | None, Verdict]

ESTABLISHED, REFUTED, UNKNOWN = Verdict.ESTABLISHED, Verdict.REFUTED, Verdict.UNKNOWN
ROWS: dict[str, Row] = {
    "a polynomial": (
        (noise, other),
        length,
        IndexSum(m[d] ** 2 + s[d] ** 2 + 1, d),
        2,
        ESTABLISHED,
    ),
    "its variance read as standard deviation": (
        (noise, other),
        length,
        IndexSum(m[d] ** 2 + s[d] + 1, d),
        2,
        REFUTED,
    ),
    "its second noise forgotten": (
        (noise, other),
        length,
        IndexSum(m[d] ** 2 + s[d] ** 2, d),
        2,
        REFUTED,
    ),
    "a fourth moment": ((one,), one[()] ** 4, Integer(3), 4, ESTABLISHED),
    "a fourth moment of too few nodes": ((one,), one[()] ** 4, Integer(3), 2, UNKNOWN),
    "a fourth moment by the grid": ((one,), one[()] ** 4, Integer(3), None, ESTABLISHED),
    "a Gaussian of the noise": ((noise, other), exp(-length / 4), kernel, None, ESTABLISHED),
    "off in the ninth digit": (
        (noise, other),
        exp(-length / 4),
        kernel * (1 + Rational(1, 10**8)),
        None,
        REFUTED,
    ),
    "a Gaussian without its normalizer": (
        (noise, other),
        exp(-length / 4),
        IndexProduct(exp(-(m[d] ** 2) / (3 + s[d] ** 2) / 2), d),
        None,
        REFUTED,
    ),
    "a Gaussian too narrow for the grid": (
        (one,),
        exp(-1000 * one[()] ** 2),
        Pow(2001, -half),
        None,
        ESTABLISHED,
    ),
    "the same aside": (
        (one,),
        exp(-1000 * (one[()] - a) ** 2),
        exp(-(a**2) * Rational(1000, 2001)) / sqrt(Integer(2001)),
        None,
        ESTABLISHED,
    ),
    "two too narrow for the grid": (
        (noise,),
        exp(-1000 * IndexSum(noise[d] ** 2, d)),
        Rational(1, 2001),
        None,
        UNKNOWN,
    ),
    "a bump between the nodes": (
        (one,),
        bump(one[()]),
        exp(-(Rational(101, 100) ** 2) / 2 / (1 + Rational(1, 10**6))) / sqrt(Integer(10**6 + 1)),
        None,
        ESTABLISHED,
    ),
    "a bump between the nodes, not counted": ((one,), 1 + bump(one[()]), Integer(1), None, REFUTED),
    "a bump between the nodes of two noises, not counted": (
        (noise,),
        1 + exp(-400 * IndexSum((noise[d] - Rational(1, 20)) ** 2, d)),
        Integer(1),
        None,
        UNKNOWN,
    ),
    "a bump on a polynomial of one noise, not counted": (
        (one,),
        one[()] + bump(one[()]),
        Integer(0),
        1,
        (UNKNOWN, REFUTED),  # as the first part of the range is drawn
    ),
    "a kink of no degree": ((one,), Abs(one[()] - 3), Integer(3), 1, UNKNOWN),
    "a kink of one of two noises": (
        (noise,),
        Abs(IndexSum(noise[d], d) - 6),
        Integer(6),
        1,
        UNKNOWN,
    ),
    "a kink far out": ((one,), Abs(one[()] - 8), Integer(8), 1, UNKNOWN),
    "a degree more, of next to nothing": (
        (one,),
        one[()] + one[()] ** 3 / 10**9,
        Integer(0),
        1,
        UNKNOWN,
    ),
    "a polynomial of which floats keep few digits": ((one,), CANCELLING, TINY**2, 2, ESTABLISHED),
    "the same, twice": ((one,), CANCELLING, 2 * TINY**2, 2, REFUTED),
    "the same with a degree more, of next to nothing": (
        (one,),
        CANCELLING + TINY**2 * one[()] ** 3 / 10**9,
        TINY**2,
        2,
        UNKNOWN,
    ),
    "a small mean": ((one,), SMALL, exp(-30) / sqrt(1 + 60 * t**2), None, ESTABLISHED),
    "a small mean, seven times": (
        (one,),
        SMALL,
        7 * exp(-30) / sqrt(1 + 60 * t**2),
        None,
        REFUTED,
    ),
    "nothing, of an odd number of noises": ((one,), t * one[()] ** 3, Integer(0), 3, ESTABLISHED),
    "a kink at zero by the grid": ((one,), Abs(one[()]), sqrt(2 / pi), None, ESTABLISHED),
    "a kink where no parameter is drawn": ((one,), Abs(a) * one[()] ** 2, a, 2, REFUTED),
    "a parameter in the unit interval": (
        (one,),
        exp(u * one[()]),
        exp(u**2 / 2),
        None,
        ESTABLISHED,
    ),
    "not a number": ((one,), log(one[()]), Integer(0), None, UNKNOWN),
}


@pytest.mark.parametrize("row", ROWS)
def test_a_mean_over_noise(row: str, rng: np.random.Generator) -> None:
    """Only what two rules agree on is known; what they agree on decides."""
    noises, integrand, expression, degree, verdict = ROWS[row]
    sizes = {D: (2,)}
    check = equals_normal_mean("", noises, integrand, expression, degree=degree, sizes=sizes)
    assert check(rng).verdict in (verdict if isinstance(verdict, tuple) else (verdict,))

"""Means found by rules: what a rule cannot know it does not claim, whatever the function does.

Either a mean is right within its ball or it is unknown: a kink, a pole, a heavy tail, a bump
between the nodes and a mean that does not exist are never taken for a number.
"""

from __future__ import annotations

import math

import pytest
from harness.claimed import ball, verdict
from scipy import stats
from sympy import Abs, Expr, Integer, Rational, exp, gamma, log, loggamma, pi, polygamma, sqrt

from derivations.calculus.expressions import COUNTS, POSITIVE, SIMPLEX, UNIT, Array, Iverson
from derivations.calculus.indices import Index, size
from derivations.calculus.steps import Verdict
from derivations.claims.statements import Random, at_most, equal
from derivations.meaning.notation import Entries, Expectation, FamilyAt, Joint, part

ESTABLISHED, REFUTED, UNKNOWN = Verdict.ESTABLISHED, Verdict.REFUTED, Verdict.UNKNOWN
R = Rational
z, y = (Array(letter, ())[()] for letter in "zy")
u, t = (Array(letter, (), domain=UNIT)[()] for letter in "ut")
g = Array("g", (), domain=POSITIVE)[()]
x, count = Array("x", ())[()], Array("c", (), domain=COUNTS)[()]
K = size("K")
k = Index("k", 1, K)
w = Array("w", (K,), domain=SIMPLEX)
STANDARD = FamilyAt("Gaussian", Integer(0), Integer(1))
NORMAL = Joint("q", [part(z, STANDARD)])
NORMALS = Joint("q", [part(z, STANDARD), part(y, STANDARD)])
UNIFORM = Joint("q", [part(u, FamilyAt("Uniform"))])
UNIFORMS = Joint("q", [part(u, FamilyAt("Uniform")), part(t, FamilyAt("Uniform"))])
GAMMA = Joint("q", [part(g, FamilyAt("Gamma", R(1, 2), Integer(1)))])
BETA = Joint("q", [part(u, FamilyAt("Beta", R(1, 2), R(1, 2)))])
POISSON = Joint("q", [part(count, FamilyAt("Poisson", Integer(3)))])


def bump(at: Expr) -> Expr:
    """A bell 1e-3 wide, between two nodes."""
    return exp(-(10**6) * (at - R(101, 100)) ** 2 / 2)


SMALL, MEAN = (u * (1 - u)) ** 30, gamma(31) ** 2 / gamma(62)
KNOWN = (ESTABLISHED,)
OPEN = (UNKNOWN,)
NOT_TRUE = (UNKNOWN, REFUTED)
ROWS: dict[str, tuple[Joint, Expr, Expr, tuple[Verdict, ...]]] = {
    "a moment": (NORMAL, z**8, Integer(105), KNOWN),
    "a moment off by a part in 1e9": (NORMAL, z**8, 105 + R(1, 10**7), (REFUTED,)),
    "a small mean": (UNIFORM, SMALL, MEAN, KNOWN),
    "twice a small mean": (UNIFORM, SMALL, 2 * MEAN, (REFUTED,)),
    "a small mean called nothing": (UNIFORM, SMALL, Integer(0), (REFUTED,)),
    "a mean of two signs": (UNIFORM, u - R(1, 2), Integer(0), KNOWN),
    "a log": (UNIFORM, log(u), Integer(-1), KNOWN),
    "log Gamma": (UNIFORM, loggamma(u), log(2 * pi) / 2, KNOWN),
    "a log where the density has poles": (BETA, log(u), -2 * log(2), KNOWN),
    "a root": (UNIFORM, u ** R(-1, 2), Integer(2), KNOWN),
    "an absolute value": (NORMAL, Abs(z), sqrt(2 / pi), OPEN),
    "an absolute value, off by little": (NORMAL, Abs(z), sqrt(2 / pi) + R(1, 10**6), OPEN),
    "an absolute value, off by much": (UNIFORM, Abs(u - R(1, 3)), R(1, 3), (REFUTED,)),
    "a kink in two variables": (NORMALS, Abs(z - y), 2 / sqrt(pi), OPEN),
    "a step": (UNIFORM, Abs(u - R(1, 3)) / (u - R(1, 3)), R(1, 3), OPEN),
    "a step called nothing": (UNIFORM, Abs(u - R(1, 3)) / (u - R(1, 3)), Integer(0), NOT_TRUE),
    "a bump": (NORMAL, bump(z), None, KNOWN),
    "a bump not counted": (NORMAL, 1 + bump(z), Integer(1), (REFUTED,)),
    "a bump beneath a log, not counted": (NORMAL, log(1 + bump(z)), Integer(0), NOT_TRUE),
    "a bump of two variables, not counted": (
        NORMALS,
        1 + exp(-400 * (z - R(1, 20)) ** 2 - 400 * (y - R(1, 20)) ** 2),
        Integer(1),
        (REFUTED,),
    ),
    "a ridge": (NORMALS, exp(-1000 * (z - y) ** 2), 1 / sqrt(Integer(4001)), KNOWN),
    "a ridge not counted": (NORMALS, exp(-1000 * (z - y) ** 2), Integer(0), (REFUTED,)),
    "a tail beyond the grid": (UNIFORM, u ** R(-99, 100), Integer(100), OPEN),
    "a mean beyond the grid": (NORMAL, exp(40 * z) / (1 + exp(-z)), exp(Integer(800)), OPEN),
    "no mean": (UNIFORM, 1 / u, Integer(80), OPEN),
    "no mean, under a gamma": (GAMMA, 1 / g, Integer(80), OPEN),
    "no mean, of two variables": (UNIFORMS, 1 / (u + t) ** 2, Integer(50), OPEN),
    "no mean, of a product": (UNIFORMS, 1 / (u * t), Integer(5000), OPEN),
    "no mean, of growth": (NORMAL, exp(z**2 / 2), 17 / sqrt(2 * pi), OPEN),
    "no mean, about a pole": (NORMALS, 1 / (z + y - R(1, 3)), R("1.329323936585"), OPEN),
    "a mean near a pole": (UNIFORMS, 1 / (u + t), 2 * log(2), KNOWN),
    "a log of what is negative": (NORMAL, log(z), Integer(0), OPEN),
    "poles of log Gamma": (NORMAL, loggamma(z), Integer(0), OPEN),
    "poles of log Gamma, in floats": (NORMALS, loggamma(z + y), Integer(0), OPEN),
    "poles of trigamma, in floats": (NORMALS, polygamma(1, z * y), Integer(0), OPEN),
    "a count": (POISSON, count, Integer(3), KNOWN),
    "a count off by little": (POISSON, count, 3 + R(1, 10**6), (REFUTED,)),
    "an exponential of a count": (POISSON, exp(count), exp(3 * (exp(Integer(1)) - 1)), KNOWN),
    "growth beyond the states": (POISSON, exp(5 * count), exp(3 * (exp(Integer(5)) - 1)), OPEN),
    "no mean of a count": (POISSON, exp(loggamma(count + 1)), Integer(100), OPEN),
    "one state of a count": (POISSON, Iverson(count, 2), 9 * exp(Integer(-3)) / 2, KNOWN),
}
ROWS["a bump"] = (*ROWS["a bump"][:2], exp(-(R(101, 100) ** 2) / 2 / (1 + R(1, 10**6)))
                  / sqrt(Integer(10**6 + 1)), KNOWN)  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_a_mean_is_right_or_unknown(name: str) -> None:
    """What is known decides; what is not establishes nothing and refutes nothing."""
    joint, body, value, allowed = ROWS[name]
    assert verdict(equal(Expectation(joint, body), value), Random(joint)) in allowed


@pytest.mark.parametrize("name", [n for n in ROWS if "no mean" in n and "pole" not in n])
def test_a_mean_that_does_not_exist_lies_below_nothing(name: str) -> None:
    """A bound on it is not established."""
    joint, body, _, _ = ROWS[name]
    claim = at_most(Expectation(joint, body), exp(Integer(400)))
    assert verdict(claim, Random(joint)) is not ESTABLISHED


@pytest.mark.parametrize("sixteenths", range(-8, 9))
def test_a_kink_anywhere_between_the_nodes_is_inside_the_ball(sixteenths: int) -> None:
    """Where two rules are equally wrong a third is not: an error of 4e-4 was once passed off."""
    place = sixteenths / 32
    wanted = 2 * stats.norm.pdf(place) + place * (2 * stats.norm.cdf(place) - 1)
    for joint, body in (
        (NORMAL, Abs(z - R(sixteenths, 32))),
        (NORMALS, Abs((z - y) - R(sixteenths, 32))),
        (NORMALS, Abs((z + y) - R(sixteenths, 32))),
    ):
        scale = 1.0 if joint is NORMAL else math.sqrt(2)
        there = stats.norm(scale=scale)
        wanted = 2 * scale**2 * there.pdf(place) + place * (2 * there.cdf(place) - 1)
        found = ball(Expectation(joint, body), {})
        assert abs(float(found.mid()) - wanted) <= float(found.rad()), body


def test_a_log_of_a_sum_of_bells_is_quadpacks() -> None:
    """Smooth functions are still known to many digits: nothing is called a bump that is none."""
    from scipy import integrate  # noqa: PLC0415

    for body, function in (
        (log(1 + exp(z)), lambda s: math.log1p(math.exp(s))),
        (log(exp(z) + exp(-3 * z)), lambda s: math.log(math.exp(s) + math.exp(-3 * s))),
        (
            log(exp(-((z - 1) ** 2)) + exp(-((z + 2) ** 2) / 3)),
            lambda s: math.log(math.exp(-((s - 1) ** 2)) + math.exp(-((s + 2) ** 2) / 3)),
        ),
        (1 / (1 + exp(-5 * z + 1)), lambda s: 1 / (1 + math.exp(-5 * s + 1))),
        (log(1 + (z - R(1, 3)) ** 2), lambda s: math.log1p((s - 1 / 3) ** 2)),
    ):
        wanted = integrate.quad(lambda s: function(s) * stats.norm.pdf(s), -14, 14, epsabs=1e-13)[0]  # noqa: B023
        found = ball(Expectation(NORMAL, body), {})
        assert float(found.mid()) == pytest.approx(wanted, rel=0, abs=float(found.rad()) + 1e-12)
        assert float(found.rad()) < 1e-4


def test_a_bump_of_two_variables_between_all_nodes_is_what_a_rule_does_not_claim_to_see() -> None:
    """A limit, not a promise: in one variable a ball covers what is between the nodes."""
    hidden = log(1 + exp(-(10**4) * ((z - R(1, 20)) ** 2 + (y - R(1, 20)) ** 2)))
    found = verdict(equal(Expectation(NORMALS, hidden), Integer(0)), Random(NORMALS))
    assert found in {ESTABLISHED, UNKNOWN}


def test_an_entry_of_a_dirichlet_is_averaged_by_a_beta() -> None:
    """A power of entries by Gamma functions, a log by the digamma, a kink not at all."""
    a = (R(1, 2), R(3, 2), Integer(2))
    vector = Array("p", (Integer(3),), domain=SIMPLEX)
    table = Array("a", (Integer(3),), domain=POSITIVE)
    i = Index("i", 1, 3)
    joint = Joint("q", [part(Entries(vector[i], i), FamilyAt("Dirichlet", Entries(table[i], i)))])
    values = {table: [float(v) for v in a]}
    found = ball(Expectation(joint, log(vector[2])), values)
    wanted = polygamma(0, a[1]) - polygamma(0, sum(a))
    assert abs(float(found.mid()) - float(wanted)) < 1e-12
    found = ball(Expectation(joint, vector[1] * vector[2] * log(vector[2])), values)
    assert float(found.rad()) < 1e-8
    found = ball(Expectation(joint, Abs(vector[1] - vector[2])), values)
    assert not found.is_finite() or float(found.rad()) > 1e-6

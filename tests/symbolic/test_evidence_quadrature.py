"""Quadrature attacked: means that do not exist, false premises, tails, and what no grid can see."""

from __future__ import annotations

import math

import flint
import numpy as np
import pytest
from sympy import Abs, Expr, Integer, Rational, exp, gamma, log, loggamma, pi, polygamma, sqrt

from derivations.calculus.evaluate import evaluate
from derivations.calculus.expressions import POSITIVE, UNIT, Array, IndexSum
from derivations.calculus.indices import Index, size
from derivations.calculus.notation import Expectation
from derivations.calculus.number_fields import analytic_balls
from derivations.calculus.point import Point
from derivations.calculus.steps import Check, Verdict
from derivations.evidence import jacobian
from derivations.evidence.integration import equal_with_means, equals_mean, mean_lies_between
from derivations.evidence.jacobian import integrates_to_one
from derivations.evidence.normal_mean import equals_normal_mean

ESTABLISHED, REFUTED, UNKNOWN = Verdict.ESTABLISHED, Verdict.REFUTED, Verdict.UNKNOWN
K, N = size("K"), size("N")
k, n = Index("k", 1, K), Index("n", 1, N)
u = Array("u", (), domain=UNIT)[()]
s = Array("s", (), domain=POSITIVE)[()]
x = Array("xi", ())
h = Array("h", (K,))
c = Array("c", (N,), domain=POSITIVE)
NOTHING = IndexSum(c[n], n) - IndexSum(c[Index("m", 1, N)], Index("m", 1, N))
SPIKE = exp(-(10**8) * (u - Rational(37, 100)) ** 2)


def verdict_of(check: Check, rng: np.random.Generator) -> Verdict:
    """The verdict of a check; one that raises is unknown, as ``evidence.checking`` has it."""
    try:
        return check(rng).verdict
    except (ArithmeticError, ValueError, Warning):
        return UNKNOWN


SMALL = (u * (1 - u)) ** 30
MEAN = gamma(31) ** 2 / gamma(62)  # 1e-19
UNIFORM: dict[str, tuple[Expr, Expr, Verdict]] = {
    "a mean": (u**2, Rational(1, 3), ESTABLISHED),
    "a wrong mean": (u**2, Rational(1, 3) + Rational(1, 10**8), REFUTED),
    "a small mean": (SMALL, MEAN, ESTABLISHED),
    "twice a small mean": (SMALL, 2 * MEAN, REFUTED),
    "nothing for a small mean": (SMALL, Integer(0), REFUTED),
    "nothing, of what has two signs": (u - Rational(1, 2), Integer(0), ESTABLISHED),
    "no mean: what the grid holds of it": (1 / u, Integer(80), UNKNOWN),
    "no mean at the other end": (1 / (1 - u), Integer(80), UNKNOWN),
    "a mean whose tail is past the grid": (u ** Rational(-99, 100), Integer(100), UNKNOWN),
    "what is held of that tail": (u ** Rational(-99, 100), Rational("55.067103588277845"), UNKNOWN),
    "not a number": (log(u - 2), Integer(0), UNKNOWN),
    "divided by nothing": (u / NOTHING, Integer(0), UNKNOWN),
}


@pytest.mark.parametrize("name", UNIFORM)
def test_a_mean_over_a_uniform_that_is_not_known_establishes_nothing(
    name: str, rng: np.random.Generator
) -> None:
    """What diverges, or has not died away where the grid ends, is neither right nor wrong."""
    integrand, expression, verdict = UNIFORM[name]
    assert verdict_of(equals_mean("", u, integrand, expression), rng) is verdict


def test_bounds_on_a_mean_that_does_not_exist_are_not_established(
    rng: np.random.Generator,
) -> None:
    """A mean that is not known lies between no bounds; nor does one below what overflows."""
    check = mean_lies_between("", u, 1 / u, Integer(1), Integer(10**6))
    assert check(rng).verdict is UNKNOWN
    overflowing = (10**200 * s) * (10**200 * s)
    check = mean_lies_between("", u, u, Integer(0), overflowing)
    assert verdict_of(check, rng) is not ESTABLISHED
    assert mean_lies_between("", u, u, Integer(0), Integer(1))(rng).verdict is ESTABLISHED
    assert mean_lies_between("", u, u, Rational(1, 2), Integer(1))(rng).verdict is UNKNOWN
    assert mean_lies_between("", u, u, Rational(3, 5), Integer(1))(rng).verdict is REFUTED
    assert mean_lies_between("", u, SMALL, Integer(0), Integer(1))(rng).verdict is ESTABLISHED
    assert mean_lies_between("", u, SMALL, 2 * MEAN, Integer(1))(rng).verdict is REFUTED


def test_a_spike_between_the_nodes_is_seen(rng: np.random.Generator) -> None:
    """The mean of a bump 1e-4 wide is 1.8e-4: 0 is refuted, and what it is established."""
    for place, base, mean in (
        (Rational(37, 100), Integer(0), Integer(0)),
        (Rational(1, 3), Integer(1), Integer(1)),
        (Rational(1, 10**5), log(u), -Integer(1)),
    ):
        spike = exp(-(10**12) * (u - place) ** 2)
        assert equals_mean("", u, base + spike, mean)(rng).verdict is REFUTED
    assert equals_mean("", u, 1 + SPIKE, 1 + sqrt(pi / 10**8))(rng).verdict is ESTABLISHED
    assert equals_mean("", u, 1 - SPIKE, 1 - sqrt(pi / 10**8))(rng).verdict is ESTABLISHED
    assert equal_with_means("", u, Expectation(1 + SPIKE), Integer(1))(rng).verdict is REFUTED
    assert (
        mean_lies_between("", u, u - 10**4 * SPIKE, Integer(0), Integer(1))(rng).verdict is REFUTED
    )


def test_a_kink_or_a_step_is_not_passed_over(rng: np.random.Generator) -> None:
    """An absolute value is enclosed from both sides of where it turns, whatever the place."""
    third = Rational(1, 3)
    assert equals_mean("", u, Abs(u - third), Rational(5, 18))(rng).verdict is ESTABLISHED
    assert equals_mean("", u, Abs(u - third), third)(rng).verdict is REFUTED
    step = Abs(u - third) / (u - third)
    assert equals_mean("", u, step, Rational(1, 3))(rng).verdict is not REFUTED
    assert equals_mean("", u, step, Integer(0))(rng).verdict is not ESTABLISHED


@pytest.mark.parametrize(
    ("form", "place"),
    [
        (log(x[()]), 0),
        (sqrt(x[()]), -2),
        (loggamma(x[()]), -2),
        (loggamma(x[()]), 0),
        (Abs(x[()]), 0),
        (1 / x[()], 0),
        (polygamma(0, x[()]), -1),
    ],
    ids=str,
)
def test_nothing_is_analytic_across_a_cut_a_pole_or_a_kink(form: Expr, place: int) -> None:
    """A ball there has no finite value if it is to be analytic; beside it, it has."""
    for at, finite in ((place, False), (place + 100, True)):
        ball = flint.acb(flint.arb(at, 0.25), flint.arb(0, 0.25))
        here = Point({}, {x: np.array(ball, dtype=object)})
        assert evaluate(form, here, analytic_balls(analytic=True)).is_finite() is finite


NORMAL: dict[str, tuple[Expr, Expr, int | None, Verdict]] = {
    "no mean: what the grid holds of it": (
        exp(x[()] ** 2 / 2),
        17 / sqrt(2 * pi),
        None,
        UNKNOWN,
    ),
    "a mean whose tail is past the grid": (
        exp(x[()] ** 2 * Rational(49, 100)),
        sqrt(Integer(50)),
        None,
        UNKNOWN,
    ),
    "no polynomial, zero at the nodes of both rules": (
        x[()] ** 2 * (x[()] ** 2 - 1) * (x[()] ** 2 - 3) * exp(x[()]),
        Integer(0),
        2,
        UNKNOWN,
    ),
    "a polynomial of a higher degree, zero at the nodes of both rules": (
        x[()] ** 2 * (x[()] ** 2 - 1) * (x[()] ** 2 - 3),
        Integer(0),
        2,
        UNKNOWN,
    ),
    "that polynomial by its degree": (
        x[()] ** 2 * (x[()] ** 2 - 1) * (x[()] ** 2 - 3),
        Integer(6),
        6,
        ESTABLISHED,
    ),
    "an odd one of a higher degree": (x[()] + x[()] ** 5, Integer(0), 1, UNKNOWN),
    "a degree more than it has": (x[()] ** 2, Integer(1), 7, ESTABLISHED),
    "a constant": (Integer(3), Integer(3), 0, ESTABLISHED),
    "a constant by the grid": (Integer(3), Integer(3), None, ESTABLISHED),
}


@pytest.mark.parametrize("name", NORMAL)
def test_a_mean_over_normals_that_is_not_known_establishes_nothing(
    name: str, rng: np.random.Generator
) -> None:
    """Two rules may agree and both be wrong: the edge must be empty, the stated degree be true."""
    integrand, expression, degree, verdict = NORMAL[name]
    check = equals_normal_mean("", (x,), integrand, expression, degree=degree)
    assert check(rng).verdict is verdict


def log_mixture(first: Expr, second: Expr) -> Expr:
    """The log of the sum of two densities."""
    return log(exp(first) + exp(second))


def bell(at: int, scale: Expr) -> Expr:
    """The log density of independent normals around a place, but for the last coordinate."""
    square = IndexSum((h[k] - at) ** 2, k) - (h[K] - at) ** 2
    return -square / (2 * scale**2) - (K - 1) * log(scale * sqrt(2 * pi))


CAUCHY = log(1 + h[K] ** 2) - IndexSum(log(1 + h[k] ** 2), k)
HELD = math.atan(14.0)

DENSITIES: dict[str, tuple[Expr, Verdict]] = {
    "a density": (bell(0, Integer(1)), ESTABLISHED),
    "a density of mass two": (log_mixture(bell(0, Integer(1)), bell(2, Integer(1))), REFUTED),
    "a density of a little more": (bell(0, Integer(1)) + Rational(1, 10**8), REFUTED),
    "a density and a bump a thousandth wide": (
        bell(0, Integer(1)) + exp(-(10**6) * (h[1] - Rational(77, 100)) ** 2),
        REFUTED,
    ),
    "a heavy tail": (CAUCHY - (K - 1) * log(pi), UNKNOWN),
    "a heavy tail, scaled to what the grid holds": (
        CAUCHY - (K - 1) * log(Rational(repr(2 * HELD))),
        UNKNOWN,
    ),
    "not a density": (log(h[1] - 10**6), UNKNOWN),
}


@pytest.mark.parametrize("name", DENSITIES)
def test_a_density_whose_tails_leave_the_grid_is_not_known(
    name: str, rng: np.random.Generator
) -> None:
    """Mass near the edge says that there is more beyond it."""
    log_density, verdict = DENSITIES[name]
    check = integrates_to_one("", log_density, h, K)
    assert verdict_of(check, rng) is verdict


def test_mass_far_off_the_grid_is_what_an_integral_does_not_claim_to_see(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A limit, not a promise: a second bell at a hundred is beyond the edge, and adds nothing."""
    monkeypatch.setattr(jacobian, "INTEGRATED", (2,))
    twice = log_mixture(bell(0, Integer(1)), bell(100, Integer(1)))
    found = integrates_to_one("", twice, h, K)(rng)
    assert found.kind == "enumeration"
    assert found.figures["cases"] == 1


def test_a_mean_of_parts_that_are_not_known_is_not_known(rng: np.random.Generator) -> None:
    """Divergent means on both sides do not cancel into an equality."""
    both = Expectation(1 / u), Expectation(1 / u) + 0 * s
    assert equal_with_means("", u, *both)(rng).verdict is UNKNOWN

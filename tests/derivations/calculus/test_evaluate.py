"""Literal evaluation: loops, lookups and nothing remembered that should not be."""

from __future__ import annotations

import math

import flint
import numpy as np
import pytest
from sympy import (
    Abs,
    E,
    EulerGamma,
    Integer,
    Rational,
    Symbol,
    exp,
    gamma,
    log,
    loggamma,
    pi,
    polygamma,
)
from sympy.functions import erf

from derivations.calculus.evaluate import evaluate
from derivations.calculus.expressions import (
    POSITIVE,
    Array,
    IndexProduct,
    IndexSum,
    Iverson,
    StateSum,
)
from derivations.calculus.indices import Index, size
from derivations.calculus.number_fields import BALLS, COMPLEX_BALLS, FLOATS, VECTORS, Field
from derivations.calculus.point import Point

N, D = size("N"), size("D")
n, m = Index("n", 1, N), Index("m", 1, N)
tail = Index("t", 2, N)
d = Index("d", 1, D)
a = Array("a", (N,))
c = Array("c", (D,), domain=POSITIVE)
g = Array("g", (N, D))
z = Array("z", (N,), states=D)
A, C = np.array([1.5, -2.0, 4.0]), np.array([0.5, 3.0])
G = np.arange(6.0).reshape(3, 2) - 2.5
Z = np.array([2, 1, 2])
HERE = Point({N: 3, D: 2}, {a: A, c: C, g: G, z: Z}, {n: 2, d: 2})

VALUES = {
    "element": (a[n], -2.0),
    "index": (n * 3, 6.0),
    "size": (N - D, 1.0),
    "sum": (IndexSum(a[m], m), 3.5),
    "sum over the free letter": (IndexSum(a[n], n) + a[n], 1.5),
    "nested sums over one letter": (IndexSum(a[n] * IndexSum(a[n], n), n), 3.5**2),
    "an inner sum ends, the outer goes on": (
        IndexSum(IndexSum(g[n, d], d) * a[n] + a[n], n),
        float((G.sum(1) * A + A).sum()),
    ),
    "tail": (IndexSum(a[tail], tail), 2.0),
    "double sum": (IndexSum(g[m, d] * a[m], m, d), float((G * A[:, None]).sum())),
    "product": (IndexProduct(a[m], m), -12.0),
    "indicator": (IndexSum(Iverson(m, n) * a[m], m), -2.0),
    "state": (IndexSum(c[z[m]], m), 6.5),
    "indicator of a state": (IndexSum(Iverson(z[m], 2), m), 2.0),
    "what is switched off is not looked at": (Iverson(n, 1) * log(a[n]), 0.0),
    "power": (a[n] ** -2, 0.25),
    "root": (c[1] ** Rational(1, 2), math.sqrt(0.5)),
    "power by an element": (c[d] ** a[n], 1 / 9),
    "functions": (log(c[d]) + exp(a[n]) + Abs(a[n]), math.log(3) + math.exp(-2) + 2),
    "gamma functions": (loggamma(c[1]), 0.5 * math.log(math.pi)),
    "digamma": (polygamma(0, c[1]), -0.5772156649015329 - 2 * math.log(2)),
    "trigamma": (polygamma(1, c[1]), math.pi**2 / 2),
    "constants": (pi + E + EulerGamma, math.pi + math.e + 0.5772156649015329),
    "gamma of a size": (gamma(N + 1), 6.0),
    "log gamma of a size": (loggamma(N + 1), math.log(6)),
}


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("balls", [False, True], ids=["floats", "balls"])
def test_the_value_is_the_one_worked_out_by_hand(name: str, *, balls: bool) -> None:
    """Floats and balls both give the value of the literal reading."""
    expression, wanted = VALUES[name]
    got = (
        float(flint.arb(evaluate(expression, HERE, BALLS)).mid())
        if balls
        else evaluate(expression, HERE)
    )
    assert math.isclose(got, wanted, rel_tol=1e-12, abs_tol=1e-12)


@pytest.mark.parametrize("field", [FLOATS, VECTORS, BALLS], ids=["floats", "vectors", "balls"])
def test_gamma_has_no_value_where_its_sign_would_be_lost(field: Field) -> None:
    """Gamma(-1/2) is -2 sqrt(pi): the exponential of a log of its size would be positive."""
    real = Array("x", ())
    for value, known in ((0.5, True), (-0.5, False)):
        found = evaluate(gamma(real[()]), Point({}, {real: np.array(value)}), field)
        number = float(found.mid()) if isinstance(found, flint.arb) else float(found)
        assert math.isfinite(number) is known


def test_an_evaluation_remembers_nothing_of_another_point() -> None:
    """The same expression at other values, sizes and places gives those of the other point."""
    expression = exp(IndexSum(a[m] * a[n], m) / 10)
    for size_, place in ((3, 2), (2, 1), (3, 2), (5, 4)):
        values = np.linspace(-1, 2, size_) + place
        point = Point({N: size_}, {a: values}, {n: place})
        wanted = math.exp(values.sum() * values[place - 1] / 10)
        assert math.isclose(evaluate(expression, point), wanted, rel_tol=1e-12)


def test_what_is_remembered_depends_on_every_free_index() -> None:
    """A sum met again at another place of an outer index is worked out again."""
    body = exp(IndexSum(g[m, d], d) / 5) * exp(IndexSum(g[m, d] * c[d], d) / 7)
    wanted = sum(math.exp(row.sum() / 5 + row @ C / 7) for row in G)
    assert math.isclose(evaluate(IndexSum(body, m), HERE), wanted, rel_tol=1e-12)


def test_a_sum_over_states_runs_through_every_assignment() -> None:
    """Eight assignments of three states of two; nothing leaks from one to the next."""
    expression = StateSum(exp(IndexSum(log(c[z[m]]) * Iverson(z[m], 2), m)), z)
    assert math.isclose(evaluate(expression, HERE), (1 + 3.0) ** 3, rel_tol=1e-12)
    assert evaluate(IndexSum(c[z[m]], m) + 0 * expression, HERE) == 6.5


def test_a_subscript_outside_an_array_is_an_error() -> None:
    """Zero and negative places are not read from the other end."""
    for place in (0, 4, -1):
        with pytest.raises(IndexError):
            evaluate(a[n], HERE.at({n: place}))


@pytest.mark.parametrize(
    ("expression", "error"),
    [
        (Array("missing", (N,))[n], KeyError),
        (a[m], KeyError),
        (size("M") + 1, KeyError),
        (erf(a[n]), NotImplementedError),
        (log(a[n]), ValueError),
        (1 / (n - 2), ZeroDivisionError),
        (Integer(1) / Symbol("M", integer=True, positive=True), KeyError),
    ],
    ids=str,
)
def test_what_has_no_value_is_an_error(expression: object, error: type[Exception]) -> None:
    """A missing array, place or size, an unknown node, a log of a negative number: all raise."""
    with pytest.raises(error):
        evaluate(expression, HERE)


def test_balls_enclose_an_undefined_value_as_not_finite() -> None:
    """Ball arithmetic answers a log of a negative number with a ball that is not finite."""
    values = np.vectorize(flint.arb, otypes=[object])(A)
    value = evaluate(log(a[n]), HERE.having({a: values}), BALLS)
    assert not flint.arb(value).is_finite()


def test_balls_enclose_the_inverse_of_an_index() -> None:
    """The values of an index are Python's integers; their inverses must not become floats."""
    with flint.ctx.workdps(40):
        harmonic = evaluate(IndexSum(1 / n, n), HERE, BALLS)
        assert harmonic.contains(flint.fmpq(11, 6))
        assert harmonic.rad() < 1e-38


@pytest.mark.parametrize("numbers", [BALLS, COMPLEX_BALLS], ids=["real", "complex"])
def test_balls_around_zero_have_whole_powers(numbers: Field) -> None:
    """The square of what may be zero is next to zero, not undefined; its inverse is undefined."""
    third = np.array([numbers.rational(1, 3)] * 3, dtype=object)
    here = HERE.having({a: third})
    around_zero = a[n] - Rational(1, 3)
    square = evaluate(around_zero**2, here, numbers)
    assert square.contains(0)
    assert square.is_finite()
    assert abs(square) < 1e-25
    assert not evaluate(around_zero**-2, here, numbers).is_finite()

"""Differentiation by an array element: right where SymPy's captures, refused without a rule."""

from __future__ import annotations

import itertools
from random import Random

import flint
import numpy as np
import pytest
import sympy
from sympy import Abs, Expr, Integer, Rational, exp, log, loggamma, polygamma

from derivations.calculus.derivative import differentiate
from derivations.calculus.evaluate import evaluate
from derivations.calculus.expressions import (
    POSITIVE,
    Array,
    Element,
    IndexProduct,
    IndexSum,
    Iverson,
    Slice,
    StateSum,
)
from derivations.calculus.indices import Index, size
from derivations.calculus.normal_form import is_proved_equal
from derivations.calculus.number_fields import BALLS
from derivations.calculus.point import Point
from derivations.evidence.points import draw_point
from derivations.meaning.notation import (
    Divergence,
    Entropy,
    Expectation,
    FamilyAt,
    Independent,
    Joint,
    part,
)

N, D = size("N"), size("D")
i, j, m, n = (Index(letter, 1, N) for letter in "ijmn")
x, y = Array("x", (N,)), Array("y", (N,))
c = Array("c", (N,), domain=POSITIVE)
g = Array("g", (N, N), domain=POSITIVE)
z = Array("z", (N,), states=N)
joint = Joint("p", [part(y[i], FamilyAt("Gaussian", x[i], c[i]), i)])


@pytest.mark.historical("index-capture", kind="proof")
def test_index_capture_by_sympy_is_wrong_and_ours_renames_it() -> None:
    """The derivative of (sum_i x_i)^2 in nested sums by x_i: SymPy answers another question.

    SymPy's ``Sum.diff`` (sympy issue 21891) passes the derivative by ``x[i]`` under a sum over the
    same i, as if every term were it; ours renames the bound index first.
    """
    letter, last = sympy.symbols("i n", integer=True, positive=True)
    vector = sympy.IndexedBase("x")
    theirs = sympy.Sum(vector[letter] * letter, (letter, 1, last)).diff(vector[letter])
    assert theirs.subs(last, 3).doit() == 1 + 2 + 3  # the right answer at i = 2 is 2

    weight = Array("weight", (N,))
    ours = differentiate(IndexSum(x[i] * weight[i], i), x[i])
    assert is_proved_equal(ours, weight[i])
    assert not is_proved_equal(ours, IndexSum(weight[i], i))


RULES = {
    "an element": (x[i], Iverson(i, m)),
    "another array": (y[i] * log(c[i]), Integer(0)),
    "a sum": (IndexSum(x[i], i), Integer(1)),
    "a sum over the point's letter": (IndexSum(x[m] * y[m], m), y[m]),
    "a square": (IndexSum(x[i] ** 2, i), 2 * x[m]),
    "the square of a sum": (IndexSum(x[m], m) ** 2, 2 * IndexSum(x[i], i)),
    "a double sum": (
        IndexSum(x[i] * x[j] * g[i, j], i, j),
        IndexSum(x[j] * (g[m, j] + g[j, m]), j),
    ),
    "nested sums over one letter": (
        IndexSum(x[i] * IndexSum(x[i] * y[i], i), i),
        IndexSum(x[i] * y[i], i) + y[m] * IndexSum(x[i], i),
    ),
    "a log of a sum": (
        log(IndexSum(exp(x[m]), m)),
        exp(x[m]) / IndexSum(exp(x[i]), i),
    ),
    "loggamma": (loggamma(x[i]), Iverson(i, m) * polygamma(0, x[i])),
    "polygamma": (polygamma(1, x[m]), polygamma(2, x[m])),
    "a power": (x[m] ** Rational(-3, 2), -Rational(3, 2) * x[m] ** Rational(-5, 2)),
    "a power by another array": (x[m] ** c[i], c[i] * x[m] ** (c[i] - 1)),
    "an exponent": (2 ** x[i], Iverson(i, m) * log(2) * 2 ** x[i]),
    "base and exponent": (c[m] ** x[m] * x[m], c[m] ** x[m] * (1 + x[m] * log(c[m]))),
    "a random subscript": (IndexSum(x[z[n]], n), IndexSum(Iverson(z[n], m), n)),
    "an indicator": (Iverson(z[n], m) * x[n], Iverson(z[n], m) * Iverson(n, m)),
    "a product without it": (IndexProduct(c[i], i) * x[m], IndexProduct(c[i], i)),
}


@pytest.mark.parametrize("name", RULES)
def test_the_derivative_is_the_textbook_one(name: str) -> None:
    """Each rule, with the point's letter m used by the function itself, gives the known result."""
    function, expected = RULES[name]
    assert is_proved_equal(differentiate(function, x[m]), expected)


def test_second_derivatives_do_not_capture() -> None:
    """The Hessian of log sum exp is diag(p) - p p', at the diagonal and off it."""
    total = IndexSum(exp(x[i]), i)
    probability = {k: exp(x[k]) / total for k in (m, n)}
    hessian = differentiate(differentiate(log(total), x[m]), x[n])
    expected = Iverson(m, n) * probability[m] - probability[m] * probability[n]
    assert is_proved_equal(hessian, expected)


@pytest.mark.parametrize(
    "function",
    [
        IndexProduct(x[i], i),
        StateSum(x[z[n]], z),
        Abs(x[i]),
        log(joint(Slice(y))),
        Expectation(joint, y[i]),
        Entropy(joint(Slice(y))),
        Divergence(joint(Slice(y)), joint(Slice(y))),
        Independent(FamilyAt("Gaussian", x[i], c[i]), i),
        Slice(x),
        y[i] * (3 + Expectation(joint, y[i])),
    ],
    ids=str,
)
def test_what_has_no_rule_or_hides_its_arguments_is_refused(function: Expr) -> None:
    """A node whose dependence cannot be seen is never taken for a constant."""
    with pytest.raises(NotImplementedError, match="no derivative rule"):
        differentiate(function, x[m])


def test_an_integer_variable_is_nothing_to_differentiate_by() -> None:
    """A derivative by a state is refused."""
    with pytest.raises(NotImplementedError, match="reals"):
        differentiate(x[z[n]], z[n])


def test_sympys_own_derivative_is_refused() -> None:
    """``diff`` on our nodes raises rather than capture."""
    with pytest.raises(TypeError, match=r"calculus\.derivative"):
        IndexSum(x[i], i).diff(N)


def random_function(random: Random, depth: int) -> Expr:
    """A random function of x, positive where a log or power needs it."""
    if depth == 0:
        letter = random.choice([i, j, m])
        return random.choice([x[letter], y[letter], x[letter] * c[m], Iverson(i, m) * x[i]])
    inner, other = random_function(random, depth - 1), random_function(random, depth - 1)
    choices = (
        inner + other,
        inner * other,
        IndexSum(inner, random.choice([i, j, m])),
        IndexSum(inner * other, i, j),
        exp(inner / 9),
        log(2 + inner**2),
        (1 + inner**2) ** Rational(-1, 2),
        loggamma(1 + inner**2),
    )
    return random.choice(choices)


def difference_quotient(function: Expr, element: Element, point: Point) -> flint.arb:
    """The central quotient of step 1e-18, its error of the order of the step's square."""
    place = tuple(point.indices[s] - 1 for s in element.subscripts)
    step = flint.arb(10) ** -18
    ends = []
    for sign in (1, -1):
        values = point.arrays[element.array].copy()
        values[place] = values[place] + sign * step
        ends.append(evaluate(function, point.having({element.array: values}), BALLS))
    return (ends[0] - ends[1]) / (2 * step)


def test_derivatives_of_random_functions_equal_difference_quotients(
    rng: np.random.Generator,
) -> None:
    """Sixty random functions, at every place of the point's index and of the free ones."""
    random = Random(int(rng.integers(2**32)))  # noqa: S311 - nothing is kept secret
    compared = 0
    with flint.ctx.workdps(80):
        for _ in range(60):
            function = random_function(random, 3)
            derivative = differentiate(function, x[m])
            everything = [function, derivative, x[i], x[j], x[m]]
            drawn = draw_point(everything, rng, {N: (2, 3)})
            small = (
                {c: np.vectorize(lambda v: v / (1 + v), otypes=[object])(drawn.arrays[c])}
                if c in drawn.arrays
                else {}
            )
            drawn = drawn.having(small)
            faces = drawn.index_values(m)
            for values in itertools.product(faces, repeat=3):
                point = drawn.at(dict(zip((i, j, m), values, strict=True)))
                got = flint.arb(evaluate(derivative, point, BALLS))
                wanted = difference_quotient(function, x[m], point)
                if wanted.is_finite():
                    compared += 1
                    error = abs(got - wanted) / (1 + abs(wanted))
                    assert error < 1e-20, f"{function} by x[m] at {point.place()}"
    assert compared > 300

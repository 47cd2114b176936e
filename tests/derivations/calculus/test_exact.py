"""Floats in statements are refused, in one sentence that says how to write the number."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction

import flint
import numpy as np
import pytest
from sympy import Float, I, Integer, Rational, log

from derivations.calculus.evaluate import evaluate
from derivations.calculus.exact import RoundedNumberError, exact
from derivations.calculus.expressions import (
    BITS,
    COUNTS,
    DOMAINS,
    POSITIVE,
    REAL,
    Array,
    IndexProduct,
    IndexSum,
    Iverson,
)
from derivations.calculus.indices import Index, size
from derivations.calculus.normal_form import is_proved_equal, normal_form
from derivations.calculus.number_fields import BALLS
from derivations.calculus.point import Point
from derivations.claims.statements import (
    AnyFunction,
    AtLeast,
    Claim,
    Condition,
    Definition,
    Random,
    StatementError,
    at_most,
    define,
    equal,
    less,
    up_to_constant,
)
from derivations.families import Vector
from derivations.meaning.notation import (
    Applied,
    Expectation,
    FamilyAt,
    Joint,
    PartialDerivative,
    Variance,
    part,
)

N = size("N")
n = Index("n", 1, N)
x = Array("x", (), "x", POSITIVE)[()]
y = Array("y", (), "y", BITS)[()]
z = Array("z", (), "z")[()]
f = Array("f", (), "f")[()]
Made = Callable[[object], object]
ONE = Point({}, {x.array: np.array(flint.arb(1), dtype=object)})

TAKING: dict[str, Made] = {
    "left": lambda v: equal(v, x),
    "right": lambda v: equal(x, v),
    "factor": lambda v: equal(v * x, x),
    "power": lambda v: equal(x**v, x),
    "inside a function": lambda v: equal(log(x + v), x),
    "under a sum": lambda v: equal(IndexSum(v * x, n), x),
    "under a product": lambda v: equal(IndexProduct(v * x, n), x),
    "body of a sum": lambda v: IndexSum(v, n),
    "times i": lambda v: equal(I * v * x, x),
    "at most": lambda v: at_most(v, x),
    "less": lambda v: less(x, v),
    "up to a constant": lambda v: up_to_constant(log(x) + v, log(x), x),
    "claim": lambda v: Claim(x, v),
    "define": lambda v: define(z, v),
    "definition": lambda v: Definition(z, v),
    "definition, inside": lambda v: Definition(z, v * x),
    "condition": lambda v: Condition(less(x, v)),
    "any function": lambda v: AnyFunction(f, (v * x,)),
    "distribution": lambda v: Random(Joint("p", (part(y, FamilyAt("Bernoulli", v * x)),))),
    "family": lambda v: FamilyAt("Bernoulli", v),
    "parameter of a model": Vector,
    "mean": lambda v: Expectation(FamilyAt("Bernoulli", x), v),
    "mean, inside": lambda v: equal(Expectation(FamilyAt("Bernoulli", x), v * x), x),
    "variance": lambda v: Variance(FamilyAt("Bernoulli", x), v),
    "derivative": lambda v: PartialDerivative(v, x),
    "argument": lambda v: Applied(f, v),
    "indicator": lambda v: Iverson(v, 1),
    "normal form": lambda v: normal_form(x * v),
    "proof": lambda v: is_proved_equal(x * v, x),
    "evaluation in floats": lambda v: evaluate(x * v, Point({}, {x.array: np.array(1.0)})),
    "evaluation in balls": lambda v: evaluate(x + v, ONE, BALLS),
}
"""Whatever takes a number from outside."""


@pytest.mark.parametrize(
    "number",
    [0.1, np.float64(0.1), np.float32(0.5), Float("0.1")],
    ids=["Python's", "NumPy's", "NumPy's single", "SymPy's"],
)
@pytest.mark.parametrize("name", TAKING)
def test_a_float_is_refused_wherever_a_number_is_taken(name: str, number: float) -> None:
    """Python's, NumPy's and SymPy's: one sentence, which names the exact number to write."""
    wanted = Fraction(str(float(number)))
    said = f"write Rational({wanted.numerator}, {wanted.denominator})"
    with pytest.raises(RoundedNumberError, match=re.escape(said)) as caught:
        TAKING[name](number)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("number", [Rational(1, 10), Integer(1)])
@pytest.mark.parametrize("name", TAKING)
def test_what_the_message_says_to_write_is_taken(name: str, number: Rational) -> None:
    """The same statements with exact numbers."""
    TAKING[name](number)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (1 / 3, "Rational(1, 3)"),
        (-2.5, "Rational(-5, 2)"),
        (3.0, "write 3"),
        (1e-9, "Rational(1, 1000000000)"),
        (0.1 + 0.2, "Rational(7500000000000001, 25000000000000000)"),
    ],
)
def test_the_number_proposed_is_the_float_given(number: float, said: str) -> None:
    """Not another that is near: its value as a float is the same."""
    with pytest.raises(RoundedNumberError) as caught:
        exact(number)
    assert str(caught.value).endswith(said)
    parts = re.findall(r"-?\d+", said)
    assert int(parts[0]) / int(parts[-1] if len(parts) > 1 else 1) == number


@pytest.mark.parametrize(
    "made",
    [
        lambda: Array("q", (2.0,)),
        lambda: Array("q", (2,), states=2.0),
        lambda: Array("q", (2,))[1.0],
        lambda: Index("n", 1.0, N),
        lambda: AtLeast(N, 2.5),
    ],
    ids=["size", "states", "subscript", "range", "least"],
)
def test_a_float_that_counts_is_refused(made: Callable[[], object]) -> None:
    """Sizes, states, subscripts and ranges are integers, not floats that are equal to one."""
    with pytest.raises((RoundedNumberError, StatementError, ValueError), match="wanted"):
        made()


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_domain_in_place_of_the_letter_is_refused(domain: str) -> None:
    """Of every array, and the message is a call that works."""
    with pytest.raises(ValueError, match=f"domain='{domain}'"):
        Array("y", (), domain)
    assert Array("y", (), domain=domain) == Array("y", (), "y", domain)
    assert Array("y", (), domain=domain).domain == domain


def test_a_letter_that_is_called_as_a_domain_is_taken_where_a_domain_is_stated() -> None:
    """Four arguments leave no doubt; so SymPy may rebuild any array from its parts."""
    for name in ("counts", "unit"):
        for array in (Array(name, (N,)), Array(name, (), name, REAL), Array("c", (), name, COUNTS)):
            assert array.func(*array.args) == array
            assert array.notation == name
    assert Array("counts", (N,)).domain == REAL


@pytest.mark.parametrize("letter", [N, 3, 0.5, ("x",), POSITIVE.encode()])
def test_a_letter_that_is_no_text_is_refused(letter: object) -> None:
    """A size there was meant as the states, and became the letter."""
    with pytest.raises(TypeError, match="wanted the printed letter as text"):
        Array("y", (), letter)

"""Random expressions are read back from what is printed: they have their value and their form."""

from __future__ import annotations

import math

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from oracles.reader.canonical import canonical
from oracles.reader.read import read_formula
from oracles.reader.statements import tree_of
from oracles.reader.value import value
from sympy import Expr, Integer, Rational, Symbol, log, sqrt

from derivations.calculus.expressions import Array, IndexSum
from derivations.calculus.indices import Index
from derivations.printing.notation import (
    display_latex,
    display_text,
    display_typst,
    to_latex,
    to_text,
    to_typst,
)

a, b, c = (Symbol(name, positive=True) for name in "abc")
VALUES: dict[str, float | list[float]] = {"a": 0.7, "b": 1.3, "c": 2.9, "v": [0.4, 1.1, 1.9]}
v = Array("v", (3,), domain="positive")
LETTERS = ("i", "j", "k")


@st.composite
def expressions(  # noqa: C901 - one case a kind
    draw: st.DrawFn, depth: int = 3, indices: tuple[tuple[Index, int], ...] = ()
) -> list:
    """Draw an expression and its values, one for each assignment of the indices in scope.

    Computed beside the expression in floats, and so without the printer or SymPy's evaluation.
    """
    kinds = ["letter", "number"] + ["element"] * bool(indices)
    if depth > 0:
        kinds += ["add", "subtract", "multiply", "divide", "square", "log", "root", "negate"]
        kinds += ["sum"] * (len(indices) < len(LETTERS))
    kind = draw(st.sampled_from(kinds))
    cases = math.prod([3] * len(indices))

    def inner(scope: tuple[tuple[Index, int], ...] = indices) -> list:
        return draw(expressions(depth - 1, scope))

    if kind == "letter":
        name = draw(st.sampled_from("abc"))
        return [{"a": a, "b": b, "c": c}[name], [VALUES[name]] * cases]
    if kind == "number":
        number = draw(st.sampled_from([Integer(2), Integer(3), Rational(1, 2), Rational(-5, 3)]))
        return [number, [float(number)] * cases]
    if kind == "element":
        position = draw(st.integers(0, len(indices) - 1))
        stride = 3 ** (len(indices) - 1 - position)
        values = [VALUES["v"][(case // stride) % 3] for case in range(cases)]  # type: ignore[index]
        return [v[indices[position][0]], values]
    if kind == "sum":
        index = Index(LETTERS[len(indices)], 1, 3)
        body, values = inner((*indices, (index, 3)))
        return [IndexSum(body, index), [sum(values[3 * q : 3 * q + 3]) for q in range(cases)]]
    left, values = inner()
    if kind == "negate":
        return [-left, [-x for x in values]]
    if kind == "square":
        return [left**2, [x**2 for x in values]]
    if kind in {"log", "root"}:
        positive = left**2 + 1
        moved = [x**2 + 1 for x in values]
        if kind == "log":
            return [log(positive), [math.log(x) for x in moved]]
        return [sqrt(positive), [math.sqrt(x) for x in moved]]
    right, others = inner()
    pairs = list(zip(values, others, strict=True))
    if kind == "add":
        return [left + right, [x + y for x, y in pairs]]
    if kind == "subtract":
        return [left - right, [x - y for x, y in pairs]]
    if kind == "multiply":
        return [left * right, [x * y for x, y in pairs]]
    assume(all(abs(y) > 1e-3 for y in others))
    return [left / right, [x / y for x, y in pairs]]


PRINTED = (
    ("text", to_text),
    ("text", lambda x: display_text(x, 30)),
    ("latex", to_latex),
    ("latex", lambda x: display_latex(x, 9.0)),
    ("typst", to_typst),
    ("typst", lambda x: display_typst(x, 9.0)),
)
"""Each format within a line and, where nothing drawn fits, broken over lines."""


def check(expression: Expr, wanted: float) -> None:
    """Read an expression back from every format: 1e-9 is rounding, the form is exact."""
    form = canonical(tree_of(expression))
    for name, printer in PRINTED:
        source = printer(expression)
        found = read_formula(source, name)
        assert math.isclose(value(found, VALUES), wanted, rel_tol=1e-9, abs_tol=1e-9), source
        assert canonical(found) == form, source


@settings(deadline=None)
@given(expressions(4))
def test_what_is_read_back_has_the_value_of_the_expression(drawn: list) -> None:
    """Signs, parentheses, fractions and the reach of sums survive printing and breaking."""
    expression, (wanted,) = drawn
    assume(abs(wanted) < 1e9)
    check(expression, wanted)


def test_a_power_that_is_a_fraction_is_read_back() -> None:
    """Half powers of letters, sums and quotients; one seed in two hundred drew the second."""
    for expression, wanted in (
        (sqrt(a) ** 3, 0.7**1.5),
        (sqrt(a**2 + 1) ** 3, 1.49**1.5),
        (sqrt(a + 1) ** 5 / sqrt(b) ** 7, 1.7**2.5 / 1.3**3.5),
    ):
        check(expression, wanted)


def test_the_sign_of_a_sum_that_is_a_factor_stands_in_front() -> None:
    """A quotient of a negative sum is no difference: the sign is not left between the factors."""
    i = Index("i", 1, 3)
    for expression, wanted in (
        (IndexSum(Integer(-5) / 3, i) / a, -5 / 0.7),
        (a * IndexSum(-v[i], i) / b, -0.7 * 3.4 / 1.3),
        (IndexSum(-v[i], i) ** 2 / a, 3.4**2 / 0.7),
        (IndexSum(-v[i], i) * IndexSum(-a * v[i], i) / b, 0.7 * 3.4**2 / 1.3),
        ((-a - log(b)) / c, -(0.7 + math.log(1.3)) / 2.9),
        (c - b * (-a - log(b)), 2.9 + 1.3 * (0.7 + math.log(1.3))),
    ):
        check(expression, wanted)


def test_no_minus_follows_the_parenthesis_of_a_factor() -> None:
    """The sign that all terms of a factor have is the sign of the product."""
    assert to_text((-a - b) * c) == "-c · (a + b)"
    assert to_text(a - b * (-a - c)) == "a + b · (a + c)"
    assert to_text((-a - b) / c) == "-(a + b)/c"

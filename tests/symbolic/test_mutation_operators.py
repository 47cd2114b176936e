"""Each operator breaks a formula as it says, and leaves it well formed."""

import numpy as np
import pytest
from sympy import Expr, Integer, Pow, Rational, exp, log, loggamma, polygamma, zoo

from derivations.calculus.binding import free_indices
from derivations.calculus.expressions import (
    POSITIVE,
    Array,
    Density,
    IndexProduct,
    IndexSum,
    Iverson,
    Slice,
)
from derivations.calculus.indices import Index, size
from derivations.calculus.matrices import Determinant
from derivations.calculus.notation import Distribution, Divergence, Entropy
from derivations.evidence.mutation.letters import without_letters
from derivations.evidence.mutation.sites import OPERATORS, Mutants, mutants

N, M = size("N"), size("M")
n, m, j, t = Index("n", 1, N), Index("m", 1, N), Index("j", 1, M), Index("t", 1, M)
a, b = (Array(name, (N,), domain=POSITIVE) for name in "ab")
table = Array("table", (N, M))
x, y = (Array(name, (), domain=POSITIVE)[()] for name in "xy")
q, p = Density("q", Slice(a)), Density("p", Slice(a))

EVERY = 1000
ROWS: list[tuple[str, Expr, Expr]] = [
    ("wrong sign", x + log(y), x - log(y)),
    ("wrong sign", x * y, -x * y),
    ("dropped term", exp(x + y) * x, exp(x) * x),
    ("dropped factor", 1 + x * log(y), 1 + log(y)),
    ("dropped factor", x * log(y), x),
    ("doubled factor", y * log(x), y * log(x) ** 2),
    ("constant one off", x**2, x**3),
    ("constant one off", x**2, x**2 - 1),
    ("constant twice or half", x / 2 + y, x / 4 + y),
    ("constant twice or half", x + y, 2 * x + 2 * y),
    ("Gamma one off", loggamma(x) * y, loggamma(x + 1) * y),
    ("Gamma one off", polygamma(1, x), polygamma(1, x - 1)),
    ("index shifted", IndexSum(a[n], n), IndexSum(a[N + 1 - n], n)),
    ("index shifted", IndexSum(a[n], n), IndexSum(a[Index("n", 2, N)], Index("n", 2, N))),
    ("index shifted", IndexSum(a[n], n), IndexSum(a[Index("n", 1, N - 1)], Index("n", 1, N - 1))),
    ("index shifted", Iverson(n, m) * x, Iverson(n, m + 1) * x),
    ("symbol swapped", log(x) + y, log(y) + y),
    ("symbol swapped", IndexSum(a[n], n) + b[m], IndexSum(b[n], n) + b[m]),
    ("symbol swapped", IndexSum(a[n] * b[m], n), IndexSum(a[m] * b[m], n)),
    ("symbol swapped", x / N + M, x / M + M),
    ("log for digamma", polygamma(0, x) + y, log(x) + y),
    ("log for digamma", polygamma(1, x), 1 / x),
    ("log forgotten", y * log(x), y * x),
    ("mean for sum", IndexSum(table[n, j], n, j), IndexSum(table[n, j], n, j) / M),
    ("one index fewer", IndexSum(table[n, j], n, j), IndexSum(table[n, 1], n)),
    ("one index fewer", IndexSum(a[n], n), a[1]),
    ("parameters swapped", x / y, y / x),
    ("parameters swapped", Distribution("Beta", x, y), Distribution("Beta", y, x)),
    ("Jacobian missing", x + log(IndexProduct(a[n], n)), x),
    ("Jacobian missing", y * Determinant(Iverson(n, m) * a[n], n, m), y),
    ("entropy missing", x - IndexSum(a[n] * log(a[n]), n), x - IndexSum(Integer(0), n)),
    ("entropy missing", x + Entropy(q), x),
    ("variance confused", log(x) + y, log(Pow(x, 2)) + y),
    ("variance confused", log(x) + y, log(Pow(x, Rational(1, 2))) + y),
    ("variance confused", y * Pow(x, Rational(1, 2)), y * x),
    ("divergence reversed", x + Divergence(q, p), x + Divergence(p, q)),
    ("exponent negated", y * exp(x), y * exp(-x)),
]


def every_mutant(formula: Expr) -> Mutants:
    """All the mutants there are."""
    return mutants(formula, np.random.default_rng(0), EVERY)


@pytest.mark.parametrize(
    ("operator", "formula", "broken"),
    ROWS,
    ids=[f"{operator} {number}" for number, (operator, *_) in enumerate(ROWS)],
)
def test_an_operator_breaks_as_it_says(operator: str, formula: Expr, broken: Expr) -> None:
    """The mutant is drawn, under the name of the first operator that makes it."""
    drawn = {without_letters(m.formula): m.operator for m in every_mutant(formula).drawn}
    assert drawn[without_letters(broken)] == operator


def test_every_operator_is_tried_above() -> None:
    """No operator is left without an example."""
    assert {operator for operator, *_ in ROWS} == set(OPERATORS)


FORMULA = IndexSum(table[n, j] * log(a[n] + x), n, j) - y * polygamma(0, a[m]) / N


def test_no_mutant_is_the_formula_or_another_in_other_letters() -> None:
    """What differs by a bound letter alone is one formula."""
    forms = [without_letters(mutant.formula) for mutant in every_mutant(FORMULA).drawn]
    assert len(set(forms)) == len(forms)
    assert without_letters(FORMULA) not in forms


def test_no_mutant_has_a_free_index_of_its_own() -> None:
    """An index is swapped for one in force, and a dropped sum leaves none behind."""
    formula = IndexSum(a[n] * IndexSum(table[n, j] * table[m, t], j), n)
    for mutant in every_mutant(formula).drawn:
        assert free_indices(mutant.formula) <= {m, t}, mutant.change


def test_what_leaves_its_range_is_refused_and_counted() -> None:
    """A subscript one past the end cannot be built: no mutant, but on record."""
    found = every_mutant(IndexSum(a[n], n))
    assert found.refused["index shifted"] == 2
    assert sum(m.operator == "index shifted" for m in found.drawn) == 3


def test_what_sympy_finds_infinite_is_refused_and_counted() -> None:
    """The log of the log of one is no formula."""
    found = every_mutant(x + log(log(Integer(2))))
    assert found.refused["constant one off"] == 1
    assert all(not m.formula.has(zoo) for m in found.drawn)


def test_the_seed_draws_the_same_mutants_again() -> None:
    """Of many, the same are drawn, in the same order."""
    first, again = (mutants(FORMULA, np.random.default_rng(7), 2) for _ in range(2))
    other = mutants(FORMULA, np.random.default_rng(8), 2)
    assert first == again
    assert first != other


def test_no_more_are_drawn_of_an_operator_than_asked() -> None:
    """The limit is for each operator."""
    drawn = mutants(FORMULA, np.random.default_rng(0), 2).drawn
    counts = {name: sum(m.operator == name for m in drawn) for name in OPERATORS}
    assert max(counts.values()) == 2


def test_a_law_is_not_added_to() -> None:
    """A law is no number: it has neither sign nor factor, its parameters have."""
    for mutant in every_mutant(Distribution("Beta", x, 2 * x + y)).drawn:
        assert isinstance(mutant.formula, Distribution), mutant.change


def test_a_change_of_range_is_said() -> None:
    """Two sums that print alike are told apart where a survivor is listed."""
    changes = [m.change for m in every_mutant(IndexSum(a[n], n)).drawn]
    assert "sum_{n} (a[n]) over n = 1..N -> sum_{n} (a[n]) over n = 2..N" in changes

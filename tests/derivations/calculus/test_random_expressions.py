"""Random expressions: every rewriting of the calculus keeps the value, at sizes from one up."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import flint
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Add, Expr, Integer, Mul, Pow, Rational, exp, log, loggamma, preorder_traversal

from derivations.calculus.binding import legible, substitute
from derivations.calculus.evaluate import evaluate
from derivations.calculus.expressions import (
    POSITIVE,
    SIMPLEX,
    Array,
    IndexProduct,
    IndexSum,
    Iverson,
)
from derivations.calculus.indices import Index, is_never_negative, size
from derivations.calculus.normal_form import collect, normal_form
from derivations.calculus.number_fields import BALLS
from derivations.calculus.point import Point
from derivations.evidence.points import draw_array, sizes_and_arrays

EXAMPLES = 120
MOST_BOUND = 6
"""Expressions with more bound indices are left out: each order of alike ones is tried."""

A, B = size("A"), size("B")
SUM = A + B - 1
INDICES = (
    Index("i", 1, A),
    Index("m", 1, A),
    Index("l", 1, B),
    Index("k", 1, SUM),
    Index("i", 1, B),  # the letter of another range
    Index("i'", 1, A),  # the letter that renaming tries first
    Index("_0", 1, A),  # the letter that the normal form gives out
    Index("m", 2, A),  # empty where A is one
)
REALS = (Array("a", (A,)), Array("g", (A, B)))
POSITIVES = (
    Array("c", (B,), domain=POSITIVE),
    Array("r", (SUM,), domain=POSITIVE),
    Array("p", (A,), domain=SIMPLEX),
    Array("f", (B, A), domain=SIMPLEX),
)
STATE = Array("z", (B,), states=A)


def subscript(random: Random, upper: Expr) -> Expr:
    """An index, or a sum or shift of indices, that is proved to lie in ``1..upper``."""
    first, second = random.choice(INDICES), random.choice(INDICES)
    candidates = [first, second, first, first + second - 1, upper + 1 - first, STATE[1], Integer(1)]
    fitting = [s for s in candidates if is_never_negative(s - 1) and is_never_negative(upper - s)]
    return random.choice(fitting)


def element(random: Random, arrays: tuple[Array, ...]) -> Expr:
    """An element of one of the arrays."""
    array = random.choice(arrays)
    return array[tuple(subscript(random, s) for s in array.sizes)]


def indicator(random: Random) -> Expr:
    """An indicator between indices, of their sum, or of a state."""
    first, second, third = (random.choice(INDICES) for _ in range(3))
    sides = [(first, second), (first + second - 1, third), (first + 1, second)]
    return Iverson(*random.choice([*sides, (STATE[subscript(random, B)], first)]))


def positive(random: Random, depth: int) -> Expr:
    """A positive expression: an element, size or number, or a sum, power or exponential of such."""
    kind = random.randrange(8 if depth else 2)
    if kind == 0:
        return element(random, POSITIVES)
    if kind == 1:
        return random.choice([element(random, POSITIVES), A, SUM, Rational(1, 3)])
    inner = positive(random, depth - 1)
    if kind in {2, 3}:
        return IndexSum(inner, random.choice([i for i in INDICES if i.lower == 1]))
    if kind == 4:
        return Pow(inner, random.choice([-1, 2, Rational(1, 2)]))
    if kind == 5:
        return exp(-inner)
    if kind == 6:
        return Pow(random.choice([Integer(2), element(random, POSITIVES)]), element(random, REALS))
    return random.choice([Add, Mul])(inner, positive(random, depth - 1))


def real(random: Random, depth: int) -> Expr:
    """A real expression: a leaf, or sums of products with indicators, powers and functions."""
    kind = random.randrange(12) if depth else random.randrange(3)
    if kind == 0:
        return element(random, (*REALS, *POSITIVES))
    if kind == 1:
        return random.choice([indicator(random), A, Integer(-1), SUM])
    if kind == 2:
        return random.choice([log, loggamma])(positive(random, depth))
    inner = real(random, depth - 1)
    if kind == 3:
        return exp(inner / 50)
    if kind == 4:
        return IndexProduct(inner, random.choice(INDICES))
    if kind == 5:
        return random.choice([Add, Mul])(inner, real(random, depth - 1))
    if kind == 6:
        return inner ** random.choice([1, 2]) / positive(random, depth - 1)
    if kind == 8:
        first, second = positive(random, 0), positive(random, 1)
        divisor = random.choice([-1, 2]) * (first + random.choice([1, 3]) * second)
        return IndexSum(inner * first / divisor**2, *random.sample(INDICES, 2))
    if kind == 7:  # zero where the sum is empty or switched off, though the divisor is zero too
        index = random.choice(INDICES)
        divisor = positive(random, 1) * random.choice([Integer(1), indicator(random)])
        return IndexSum(divisor * inner / IndexSum(divisor, index), index)
    factors = [real(random, 0) if random.random() < 0.5 else positive(random, 1) for _ in range(2)]
    conditions = [indicator(random) for _ in range(random.randrange(3))]
    indices = random.sample(INDICES, random.randint(1, 3))
    return IndexSum(Mul(inner, *factors[: random.randrange(3)], *conditions), *indices)


def expression_of(seed: int) -> Expr:
    """A random expression of moderate size."""
    random = Random(seed)  # noqa: S311 - nothing is kept secret
    while True:
        expression = real(random, 3)
        nodes = list(preorder_traversal(expression))
        bound = sum(len(n.indices) for n in nodes if isinstance(n, IndexSum))
        if len(nodes) > 4 and bound <= MOST_BOUND:
            return expression


def point_at(expression: Expr, rng: np.random.Generator) -> Point:
    """Random sizes from one up and moderate values; every index that has a value is placed."""
    point = Point({A: int(rng.integers(1, 4)), B: int(rng.integers(1, 4))}, {})
    values = {}
    for array in sizes_and_arrays([expression, STATE[1]])[1]:
        values[array] = draw_array(array, point, rng, flint.arb)
        if array.domain == POSITIVE:
            quarters = rng.integers(1, 13, size=point.shape(array))
            values[array] = np.vectorize(lambda q: flint.arb(int(q)) / 4, otypes=[object])(quarters)
    places = {i: int(rng.choice(r)) for i in INDICES if (r := point.index_values(i))}
    return point.having(values).at(places)


def value_of(expression: Expr, point: Point) -> flint.arb:
    """The ball of an expression at a point; a free index over an empty range makes it NaN."""
    try:
        return flint.arb(evaluate(expression, point, BALLS))
    except KeyError:
        return flint.arb("nan")


def assert_same_value(expression: Expr, other: Expr, seed: int) -> None:
    """Assert that where the first has a value the second has one too, and the balls overlap."""
    with flint.ctx.workdps(40):
        point = point_at(expression, np.random.default_rng(seed))
        before = value_of(expression, point)
        if before.is_finite():
            after = value_of(other, point)
            assert after.is_finite(), f"{expression} became {other}"
            assert before.overlaps(after), f"{expression} became {other} at {point.place()}"


def renormalized(expression: Expr) -> Expr:
    """The normal form of the normal form of what is collected."""
    return normal_form(normal_form(collect(expression)))


def relettered(expression: Expr) -> Expr:
    """Every free index swapped for another of its range and back again."""
    there = dict(zip(INDICES, [i.renamed(i.name + "*") for i in INDICES], strict=True))
    back = {new: old for old, new in there.items()}
    swap = {INDICES[0]: INDICES[1], INDICES[1]: INDICES[0]}
    once = substitute(substitute(expression, swap), swap)
    return substitute(substitute(once, there), back)


@pytest.mark.parametrize(
    "rewriting",
    [normal_form, collect, legible, renormalized, relettered],
    ids=lambda function: function.__name__,
)
def test_a_rewriting_never_changes_a_value(rewriting: Callable[[Expr], Expr]) -> None:
    """Random sums, indicators, logs and powers have the same value before and after."""

    @settings(deadline=None, derandomize=True, database=None, max_examples=EXAMPLES)
    @given(st.integers(0, 2**32))
    def run(seed: int) -> None:
        expression = expression_of(seed)
        assert_same_value(expression, rewriting(expression), seed)

    run()

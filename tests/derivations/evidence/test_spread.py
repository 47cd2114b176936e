"""The points of a check are spread: large sizes, both signs, both sides of one, each time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pytest
from sympy import Abs, Expr, Integer, Rational, Symbol, log, loggamma

from derivations.calculus.expressions import POSITIVE, UNIT, Array, IndexSum, Iverson, StateSum
from derivations.calculus.indices import Index, size
from derivations.calculus.point import Point
from derivations.calculus.steps import Verdict
from derivations.claims.drawing import MODERATE as OF_MEANS
from derivations.claims.drawing import draw
from derivations.claims.judgements import verdict_of
from derivations.claims.judging import judge_claim
from derivations.claims.scope import Scope
from derivations.claims.statements import Claim, Domain, Random, at_most, equal
from derivations.evidence.cost import cost
from derivations.evidence.parts import drawn_in, ends, parts
from derivations.evidence.points import MODERATE, affordable, draw_model_point, draw_point
from derivations.meaning.notation import Expectation, FamilyAt, Joint, PartialDerivative
from derivations.meaning.notation import part as factor
from derivations.problems.dice.symbols import MODEL

REFUTED = Verdict.REFUTED
N, D, J, K = (size(letter) for letter in "NDJK")
n, m, d, j = Index("n", 1, N), Index("m", 1, N), Index("d", 1, D), Index("j", 1, J)
a, g = Array("a", (N,)), Array("g", (N, D, J))
x, y = (Array(letter, ())[()] for letter in "xy")
s = Array("s", (), domain=POSITIVE)[()]
u = Array("u", (), domain=UNIT)[()]
z = Array("z", (N,), states=K)
noise = Array("epsilon", (D,))
normal = Joint("r", [factor(noise[d], FamilyAt("Gaussian", Integer(0), Integer(1)), d)])
GIVEN = Scope.of([Domain(a, g, x, y, s, u, z)])
GIVEN.take(Random(normal))
MANY = 16
"""Runs, all of which must see what is wrong."""


def verdicts(claim: Claim, seed: int) -> list[Verdict]:
    """The verdicts on a claim under many seeds; each sees points of its own."""
    rngs = (np.random.default_rng([seed, number]) for number in range(MANY))
    return [verdict_of(judge_claim(claim, GIVEN, rng)) for rng in rngs]


def at(number: int, of: Expr) -> Expr:
    """One where a size is a number or more, up to what is drawn."""
    return sum((Iverson(of, value) for value in range(number, 14)), Integer(0))


AT_LARGE_SIZES: dict[str, Claim] = {
    "an equality": equal(IndexSum(a[n], n), IndexSum(a[m], m) + at(6, N)),
    "an equality in one size of three": equal(
        IndexSum(g[n, d, j], n, d, j), IndexSum(g[n, d, j], n, d, j) + at(6, D)
    ),
    "an inequality": at_most(at(6, N), IndexSum(a[n] ** 2 / 10**9, n)),
    "a slope": equal(PartialDerivative(x * IndexSum(a[n], n), x), IndexSum(a[n], n) + at(6, N)),
}


@pytest.mark.parametrize("name", AT_LARGE_SIZES)
def test_what_is_wrong_from_six_up_is_seen(name: str, seed: int) -> None:
    """Every open size is large at a point of every claim that draws it."""
    assert verdicts(AT_LARGE_SIZES[name], seed) == [REFUTED] * MANY


ON_ONE_SIDE: dict[str, Claim] = {
    "an equality, of negative values": equal(Abs(x), x),
    "an equality, of positive values": equal(Abs(x), -x),
    "an equality, below one": equal(Abs(log(s)), log(s)),
    "an equality, above one": equal(Abs(log(s)), -log(s)),
    "an equality, below a half": equal(Abs(2 * u - 1), 2 * u - 1),
    "an equality, in the last state": equal(Iverson(z[n], K) * x, Integer(0) * x),
    "an inequality, between one and two": at_most(Integer(0), loggamma(s)),
    "an inequality, of two negative values": at_most(Rational(1, 10**9), Abs(x) + x + Abs(y) + y),
    "a slope, of negative values": equal(PartialDerivative(x**2, x), 2 * Abs(x)),
    "a mean, of negative values": equal(Expectation(normal, Abs(x) + noise[1] ** 2), x + 1),
    "a mean, above one": equal(Expectation(normal, Abs(log(s)) + noise[1] ** 2), 1 - log(s)),
}


@pytest.mark.parametrize("name", ON_ONE_SIDE)
def test_what_is_wrong_on_one_side_is_seen(name: str, seed: int) -> None:
    """Over a claim's points a real number takes both signs, a positive one both sides of one."""
    assert verdicts(ON_ONE_SIDE[name], seed) == [REFUTED] * MANY


def test_degenerate_or_coinciding_sizes_never_stand_alone(seed: int) -> None:
    """A claim that holds where two sizes are equal, or where one is one, falls each time."""
    for claim in (
        equal(Iverson(N, D), Integer(1)),
        equal(IndexSum(a[n], n), N * a[1]),
        equal(IndexSum(g[n, d, 1], n, d), IndexSum(g[n, 1, 1], n) * D),
        equal(N * x, x),
    ):
        assert verdicts(claim, seed) == [REFUTED] * MANY


def test_two_points_divide_every_range_between_them(rng: np.random.Generator) -> None:
    """Each entry of an array by itself, whatever other sizes the two points have."""
    halves: set[tuple[bool, ...]] = set()
    for _ in range(MANY):
        signs = []
        for part in parts(2, rng):
            with drawn_in(part):
                point = draw_point([IndexSum(a[n], n) + x], rng, {N: (2, 3)}, kind=float)
            signs.append([*(point.arrays[a][:2] > 0), point.arrays[x.array] > 0])
        assert all(first != second for first, second in zip(*signs, strict=True))
        halves.add(tuple(bool(sign) for sign in signs[0]))
    assert len(halves) > 2


def test_a_part_is_the_same_at_every_precision(rng: np.random.Generator) -> None:
    """A point drawn again from one state of the generator is the same point."""
    state = rng.bit_generator.state
    (part, *_) = parts(4, rng)
    drawn = []
    for _ in range(2):
        rng.bit_generator.state = state
        with drawn_in(part):
            drawn.append(draw_point([IndexSum(a[n] * s, n)], rng, kind=float))
    assert drawn[0].sizes == drawn[1].sizes
    assert all((drawn[0].arrays[array] == drawn[1].arrays[array]).all() for array in (a, s.array))


def test_a_size_is_large_only_where_that_can_be_paid(rng: np.random.Generator) -> None:
    """A sum over all joint states stays small, a single sum does not, a given size is kept."""
    states = StateSum(IndexSum(a[n] * z[n], n), z)
    dear, cheap, given = [], [], []
    for _ in range(MANY):
        for part in parts(4, rng):
            with drawn_in(part):
                dear.append(draw_point([states], rng, kind=float).sizes)
                cheap.append(draw_point([IndexSum(a[n], n)], rng, kind=float).sizes[N])
                given.append(draw_point([IndexSum(a[n], n)], rng, {N: (9,)}, kind=float).sizes[N])
    assert max(cost([states], at_) for at_ in dear) < 20_000
    assert sum(at_ >= 8 for at_ in cheap) == MANY
    assert set(given) == {9}


def test_the_cost_of_a_sum_is_what_it_runs_through() -> None:
    """Sums one in the other multiply, sums side by side add, states stand to the power of cells."""
    single, double = IndexSum(a[n], n), IndexSum(g[n, d, 1], n, d)
    states = StateSum(z[1] * x, z)
    here = {N: 3, D: 40, J: 1, K: 2}
    assert cost([single, single], here) == 2 * cost([single], here)
    assert cost([double], here | {D: 80}) == pytest.approx(2 * cost([double], here), rel=0.1, abs=0)
    assert cost([double], here | {N: 6}) == pytest.approx(2 * cost([double], here), rel=0.1, abs=0)
    assert cost([IndexSum(single * a[m], m)], here) < 3 * cost([single], here)
    assert cost([states], here | {N: 23}) == pytest.approx(
        2**20 * cost([states], here), rel=0.3, abs=0
    )
    assert cost([states], here | {N: 10**4}) == math.inf


@pytest.mark.parametrize("indices", [2, 3])
def test_the_corners_of_two_or_four_points_agree_in_every_way(
    indices: int, rng: np.random.Generator
) -> None:
    """What is wrong where two indices are at one end alone, or at two, is tried each time."""
    for _ in range(MANY):
        corners = set()
        for part in parts(2 ** (indices - 1), rng):
            with drawn_in(part):
                corner = ends(indices, rng)
            corners |= {tuple(corner), tuple(1 - end for end in corner)}
        assert len(corners) == 2**indices


def test_a_large_size_may_cost_twice_what_an_ordinary_one_does() -> None:
    """No more, where that is much; and it goes down by ones, to what may be paid."""
    for dearer, kept in ((1.9, 9), (2.1, 8)):

        def dear(at: Mapping[Symbol, int], more: float = dearer) -> float:
            return 20_000 * (more if at[N] > 8 else 1)

        assert affordable({N: 9}, {}, dear) == {N: kept}


def numbers_of_a_model(rng: np.random.Generator) -> Iterator[float]:
    """Every positive number of the dice's model at 40 points."""
    for _ in range(40):
        for array, values in draw_model_point(MODEL, rng, {}).arrays.items():
            if array.domain == POSITIVE:
                yield from values.flat


@pytest.mark.parametrize(("draws", "bounds"), [(numbers_of_a_model, MODERATE)])
def test_positive_numbers_are_as_often_below_as_above_their_middle_in_logs(
    draws: Callable[[np.random.Generator], Iterator[float]],
    bounds: tuple[float, float],
    rng: np.random.Generator,
) -> None:
    """Half are below, not the fourth or fifth part that would be if all were as likely."""
    below = np.array(list(draws(rng))) < math.sqrt(math.prod(bounds))
    assert 0.4 < below.mean() < 0.6


def test_the_numbers_of_a_mean_divide_their_range(rng: np.random.Generator) -> None:
    """Where a rule serves; each of four points has a fourth of it."""
    low, high = OF_MEANS[POSITIVE]
    for _ in range(MANY):
        fourths = set()
        for part_ in parts(4, rng):
            with drawn_in(part_):
                point: Point = draw((s * x,), Scope(), rng, {}, moderate=True)
            value = float(point.arrays[s.array].item())
            fourths.add(int(4 * (value - low) / (high - low)))
        assert fourths == {0, 1, 2, 3}

"""Comparisons at points: what is nearly equal is told apart, what has no value is not passed."""

from __future__ import annotations

import numpy as np
import pytest
from harness.claimed import findings, verdict
from sympy import Abs, Expr, Integer, Max, Rational, exp, log, loggamma, polygamma

from derivations.calculus.expressions import POSITIVE, SIMPLEX, UNIT, Array, IndexSum, Iverson
from derivations.calculus.indices import Index, IndexOutOfRangeError, is_never_negative, size
from derivations.calculus.point import Point
from derivations.calculus.steps import Verdict
from derivations.claims.statements import Claim, Domain, at_most, equal, less, up_to_constant
from derivations.evidence.points import draw_point, draw_sizes, places
from derivations.meaning.notation import PartialDerivative

ESTABLISHED, REFUTED, UNKNOWN = Verdict.ESTABLISHED, Verdict.REFUTED, Verdict.UNKNOWN
N, D = size("N"), size("D")
n, m, d, tail = Index("n", 1, N), Index("m", 1, N), Index("d", 1, D), Index("t", 2, N)
a, c = Array("a", (N,)), Array("c", (N,), domain=POSITIVE)
g, p = Array("g", (N, D), domain=POSITIVE), Array("p", (N, D), domain=SIMPLEX)
y = Array("y", ())[()]
s, r = (Array(letter, (), domain=POSITIVE)[()] for letter in "sr")
u = Array("u", (), domain=UNIT)[()]
GIVEN = Domain(a, c, g, p, y, s, r, u)
NOTHING = IndexSum(c[n], n) - IndexSum(c[m], m)
"""Zero, which balls enclose but cannot show."""
R = Rational
FAR = 10**9

EQUALITIES: dict[str, tuple[Expr, Expr, Verdict]] = {
    "a recurrence": (loggamma(s + 1), loggamma(s) + log(s), ESTABLISHED),
    "probabilities": (IndexSum(p[n, d], d), Integer(1), ESTABLISHED),
    "a duplication": (
        polygamma(0, 2 * s),
        polygamma(0, s) / 2 + polygamma(0, s + R(1, 2)) / 2 + log(2),
        ESTABLISHED,
    ),
    "another recurrence": (loggamma(s + 1), loggamma(s) + log(s + 1), REFUTED),
    "probabilities along the wrong index": (
        IndexSum(p[n, d], n),
        IndexSum(p[n, d], n) ** 2,
        REFUTED,
    ),
    "by a part in 1e25": (s, s * (1 + R(1, 10**25)), REFUTED),
    "by a part in 1e33": (s, s * (1 + R(1, 10**33)), REFUTED),
    "by 1e-25": (y, y + R(1, 10**25), REFUTED),
    "by 1e-25 of something tiny": (exp(-1000 * s), exp(-1000 * s) * (1 + R(1, 10**25)), REFUTED),
    "a tiny value that is cancelled for": (
        NOTHING + s * R(1, 10**40),
        2 * s * R(1, 10**40),
        REFUTED,
    ),
    "the same tiny value": (NOTHING + s * R(1, 10**40), s * R(1, 10**40), ESTABLISHED),
    "nothing, and nothing": (NOTHING, -NOTHING * s, ESTABLISHED),
    "at the first place of two indices alone": (
        g[n, d],
        g[n, d] + Iverson(n, 1) * Iverson(d, 1),
        REFUTED,
    ),
    "at the last place of an index alone": (a[n], a[n] + Iverson(n, N), REFUTED),
    "where two indices agree alone": (a[n] * a[m], a[n] * a[m] + Iverson(n, m), REFUTED),
    "in the last of many terms": (IndexSum(c[n], n), IndexSum(c[tail], tail), REFUTED),
    "of one sign": (Abs(s), s, ESTABLISHED),
    "divided by nothing": (s / NOTHING, 2 * s / NOTHING, UNKNOWN),
    "nothing times its log": (NOTHING * log(NOTHING), Integer(0), UNKNOWN),
    "without a value": (log(y - 10**6), log(y - 10**6) + 1, UNKNOWN),
    "late in a size": (2**-N, 2**-N * (1 + exp(N - 100) / (1 + exp(N - 100))), REFUTED),
}


@pytest.mark.parametrize("name", EQUALITIES)
def test_what_is_nearly_equal_is_told_apart(name: str, seed: int) -> None:
    """Differences of 1e-33 refute; a value that is not zero is compared by its own size."""
    left, right, wanted = EQUALITIES[name]
    for sides in ((left, right), (right, left)):
        for run in range(3):
            assert verdict(equal(*sides), GIVEN, seed=seed + run) is wanted


INEQUALITIES: dict[str, tuple[Claim, Verdict]] = {
    "below by 1e-25": (less(y, y + R(1, 10**25)), ESTABLISHED),
    "above by 1e-25": (less(y + R(1, 10**25), y), REFUTED),
    "equal": (less(IndexSum(c[n], n), IndexSum(c[m], m)), UNKNOWN),
    "at most what it equals": (at_most(IndexSum(c[n], n), IndexSum(c[m], m)), ESTABLISHED),
    "below what has no value": (at_most(y, 1 / NOTHING), UNKNOWN),
    "above what has no value": (at_most(log(-s), y), UNKNOWN),
    "of a size": (at_most(N, Integer(13)), REFUTED),
    "of a size, far out": (at_most(N, Integer(200)), REFUTED),
    "false near one value alone": (less(R(1, 10), (s - 1) ** 2), REFUTED),
    "false between two values alone": (less(Integer(0), (y - R(1, 3)) ** 2 - R(1, 10)), REFUTED),
}


@pytest.mark.parametrize("name", INEQUALITIES)
def test_an_inequality_is_decided_where_it_is_nearest_to_fail(name: str, seed: int) -> None:
    """A search goes where the two sides come together."""
    claim, wanted = INEQUALITIES[name]
    assert verdict(claim, GIVEN, seed=seed) is wanted


SLOPES: dict[str, tuple[Expr, Expr, Verdict]] = {
    "a slope of 1e-25 called zero": (y * R(1, 10**25), Integer(0), REFUTED),
    "zero called a slope of 1e-25": (s, R(1, 10**25), REFUTED),
    "zero": (s + NOTHING, Integer(0), ESTABLISHED),
    "off by a part in 1e12": (y**2, 2 * y * (1 + R(1, 10**12)), REFUTED),
    "of another variable": (y * s, y, REFUTED),
    "with the wrong sign": (exp(y), -exp(y), REFUTED),
    "a second power for a first": (y**3, 3 * y, REFUTED),
    "a slope that has no value": (y, 1 / NOTHING, UNKNOWN),
    "a function that has no value": (y / NOTHING, Integer(0), UNKNOWN),
}


@pytest.mark.parametrize("name", SLOPES)
def test_a_slope_is_told_from_one_that_is_nearly_it(name: str, seed: int) -> None:
    """By the rules of differentiation, and by differences that share no rule with them."""
    function, slope, wanted = SLOPES[name]
    assert verdict(equal(PartialDerivative(function, y), slope), GIVEN, seed=seed) is wanted


def test_differences_stand_beside_the_rules_of_differentiation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A wrong rule is caught by them alone."""
    from derivations.meaning import mean_derivatives  # noqa: PLC0415

    claim = equal(PartialDerivative(y**3, y), 3 * y)
    monkeypatch.setattr(mean_derivatives, "differentiate", lambda *_: 3 * y)
    mean_derivatives.differentiate(y, y)
    found = {f.kind: f.verdict for f in findings(claim, GIVEN)}
    assert found["finite difference"] is REFUTED


def test_what_does_not_depend_on_a_variable_is_a_constant_in_it(seed: int) -> None:
    """A term that does is seen, and what has no value is no constant."""
    assert verdict(up_to_constant(a[n] + y**2, a[n], y), GIVEN, seed=seed) is REFUTED
    assert verdict(up_to_constant(y * s + a[n], y * s, y), GIVEN, seed=seed) is ESTABLISHED
    assert verdict(up_to_constant(y + 1 / NOTHING, y, y), GIVEN, seed=seed) is UNKNOWN
    assert verdict(up_to_constant(a[n] + y, y + a[n], n), GIVEN, seed=seed) is ESTABLISHED
    assert verdict(up_to_constant(a[n] + y, y, n), GIVEN, seed=seed) is REFUTED


def test_a_proof_establishes_or_says_nothing() -> None:
    """What divides by zero where indices are equal, or at an end, is not proved."""
    squares = c[n] ** 2 - c[m] ** 2
    for left, right, proved in (
        (IndexSum(a[n], n), IndexSum(a[m], m), True),
        (loggamma(s + 1), loggamma(s) + log(s), False),
        (1 / (y - y + NOTHING), 1 / NOTHING, False),
        (squares / (c[n] + c[m]), c[n] - c[m], True),
        (squares / (c[n] - c[m]), c[n] + c[m], False),
        (IndexSum(squares / (c[n] - c[m]), n, m), IndexSum(c[n] + c[m], n, m), False),
        (((c[n] - c[1]) * y).expand() / (c[n] - c[1]), y, False),
        (((c[N] - c[n]) * y).expand() / (c[N] - c[n]), y, False),
        (((c[tail] + c[1]) * y).expand() / (c[tail] + c[1]), y, True),
    ):
        found = {f.kind: f for f in findings(equal(left, right), GIVEN)}
        stands = "proof" in found and found["proof"].verdict is ESTABLISHED
        assert stands is proved, (left, right)
        if "proof" in found and not proved:
            assert found["proof"].verdict is UNKNOWN
            assert "no value where" in found["proof"].reason


UNSEEN: dict[str, tuple[Expr, Expr]] = {
    "far out": (Abs(y - FAR), FAR - y),
    "next to zero": (Abs(s - R(1, FAR)), s - R(1, FAR)),
    "next to one": (Abs(1 - R(1, FAR) - u), 1 - R(1, FAR) - u),
    "less than what is cancelled": (NOTHING + R(1, 10**60), Integer(0)),
}


@pytest.mark.parametrize("name", UNSEEN)
def test_what_points_do_not_claim_to_see(name: str) -> None:
    """A limit, not a promise: no point is drawn there. No proof stands beside it."""
    found = findings(equal(*UNSEEN[name]), GIVEN)
    assert {f.kind for f in found} <= {"enclosure", "none"}
    assert all(f.figures.get("points", 0) > 1 for f in found if f.verdict is ESTABLISHED)


@pytest.mark.parametrize(
    ("upper", "subscript"),
    [
        (N, tail - 2),
        (N, tail + 1),
        (N, n + d - 1),
        (N * D, n * d),
        (N + D, n + d + 1),
        (N + D - 1, n + d),
        (N, N + 1 - tail - 1),
        (N, 2 * N - 2 * n),
        (N, Max(n, 1)),
        (N * D, D * (n - 1) + d + 1),
    ],
    ids=str,
)
def test_a_place_that_is_out_at_one_size_alone_is_refused(upper: Expr, subscript: Expr) -> None:
    """At N = 1, where a tail is empty, at a corner of two ranges, or where nothing is proved."""
    with pytest.raises(IndexOutOfRangeError):
        Array("x", (upper,))[subscript]


def test_a_range_prover_proves_what_is_at_the_edge() -> None:
    """The last place that is still inside, at every size and corner."""
    assert Array("x", (N + D,))[n + d].subscripts == (n + d,)
    assert is_never_negative(N * D - 1)
    assert not is_never_negative(N * D - N - 1)
    assert not is_never_negative(N - D)
    assert not is_never_negative((N - 1) * (D - 2))


def test_a_domain_that_is_none_is_refused() -> None:
    """Else it would be drawn as one domain, and taken for another where logs are expanded."""
    with pytest.raises(ValueError, match=r"wanted a domain of real, positive.*; got 'Real'"):
        Array("x", (), domain="Real")


def test_sizes_are_drawn_different_and_above_one(rng: np.random.Generator) -> None:
    """A hundred draws: no size is one, no two are the same, where the caller allows it."""
    symbols = [size(letter) for letter in "ABCDE"]
    for _ in range(100):
        drawn = draw_sizes(symbols, rng, {symbols[0]: (1, 2, 3)})
        assert min(drawn.values()) > 1
        assert len(set(drawn.values())) == 5


@pytest.mark.parametrize(
    "allowed",
    [
        [(2,), (2,), (3, 4, 5)],
        [(2,), (3,), (4,), None],
        [(1,), (1,), (1,)],
        [(2,), (2, 3), (2, 3)],
    ],
    ids=str,
)
def test_drawing_sizes_ends_where_they_cannot_all_differ(
    allowed: list[tuple[int, ...] | None], rng: np.random.Generator
) -> None:
    """Whatever is allowed, a draw ends, keeps to it, and differs where it can."""
    symbols = [size(f"S{number}") for number in range(len(allowed))]
    sizes = {s: values for s, values in zip(symbols, allowed, strict=True) if values}
    drawn = draw_sizes(symbols, rng, sizes)
    assert all(drawn[s] in values for s, values in sizes.items())


def test_drawn_arrays_keep_to_their_domain(rng: np.random.Generator) -> None:
    """Probabilities sum to one exactly, positive numbers are, and reals take both signs."""
    point = draw_point([IndexSum(a[n] + c[n] + p[n, d], n, d)], rng, {N: (50,)}, kind=float)
    np.testing.assert_allclose(point.arrays[p].sum(-1), 1, rtol=1e-14)
    assert (point.arrays[c] > 0).all()
    assert np.ptp(np.sign(point.arrays[a])) == 2


def test_every_place_of_the_free_indices_is_tried_once(rng: np.random.Generator) -> None:
    """All places come, none twice, and no more than asked for."""
    point = Point({N: 2, D: 3}, {}, {n: 1, d: 1})
    every = [tuple(here.indices.values()) for here in places(point, rng, 99)]
    assert len(set(every)) == len(every) == 6
    assert len(list(places(point, rng, 4))) == 4

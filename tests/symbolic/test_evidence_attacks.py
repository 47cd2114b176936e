"""Comparisons at points attacked: what differs by next to nothing, and where no point is drawn."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import Abs, Expr, Integer, Max, Rational, Symbol, exp, log

from derivations.calculus.expressions import POSITIVE, UNIT, Array, IndexSum, Iverson
from derivations.calculus.indices import Index, IndexOutOfRangeError, is_never_negative, size
from derivations.calculus.steps import Verdict
from derivations.evidence.equality import at_most, constant_in, enclosure, proof
from derivations.evidence.finite_difference import finite_difference

ESTABLISHED, REFUTED, UNKNOWN = Verdict.ESTABLISHED, Verdict.REFUTED, Verdict.UNKNOWN
N, D = size("N"), size("D")
n, m, d, tail = Index("n", 1, N), Index("m", 1, N), Index("d", 1, D), Index("t", 2, N)
a = Array("a", (N,))
c = Array("c", (N,), domain=POSITIVE)
y = Array("y", ())[()]
s, r = (Array(letter, (), domain=POSITIVE)[()] for letter in "sr")
u = Array("u", (), domain=UNIT)[()]
NOTHING = IndexSum(c[n], n) - IndexSum(c[m], m)
"""Zero, which balls enclose but cannot show."""
FAR = 10**9

NEARLY_EQUAL: dict[str, tuple[Expr, Expr, Verdict]] = {
    "by a part in 1e25": (s, s * (1 + Rational(1, 10**25)), REFUTED),
    "by 1e-25": (y, y + Rational(1, 10**25), REFUTED),
    "by 1e-25 of something tiny": (
        exp(-1000 * s),
        exp(-1000 * s) * (1 + Rational(1, 10**25)),
        REFUTED,
    ),
    "a tiny value that is cancelled for": (
        NOTHING + s * Rational(1, 10**40),
        2 * s * Rational(1, 10**40),
        REFUTED,
    ),
    "a tiny value, against zero cancelled for": (
        NOTHING,
        s * Rational(1, 10**40),
        REFUTED,
    ),
    "the same tiny value": (
        NOTHING + s * Rational(1, 10**40),
        s * Rational(1, 10**40),
        ESTABLISHED,
    ),
    "nothing, and nothing": (NOTHING, -NOTHING * s, ESTABLISHED),
    "at the last place of an index alone": (a[n], a[n] + Iverson(n, N), REFUTED),
    "where two indices agree alone": (a[n] * a[m], a[n] * a[m] + Iverson(n, m), REFUTED),
    "in the last of many terms": (IndexSum(c[n], n), IndexSum(c[tail], tail), REFUTED),
    "an absolute value": (Abs(y), y, REFUTED),
    "of one sign": (Abs(s), s, ESTABLISHED),
    "divided by nothing": (s / NOTHING, s / NOTHING, UNKNOWN),
    "nothing times its log": (NOTHING * log(NOTHING), Integer(0), UNKNOWN),
}


@pytest.mark.parametrize("name", NEARLY_EQUAL)
def test_an_enclosure_tells_what_is_nearly_equal(name: str, rng: np.random.Generator) -> None:
    """Differences of 1e-25 refute; a value that is not zero is compared by its own size."""
    left, right, verdict = NEARLY_EQUAL[name]
    for sides in ((left, right), (right, left)):
        found = {enclosure("", *sides)(rng).verdict for _ in range(3)}
        assert REFUTED in found if verdict is REFUTED else found == {verdict}


def test_a_branch_that_is_cut_is_unknown(rng: np.random.Generator) -> None:
    """Half of the points have no value on one side; that none of forty does is one in 1e12."""
    found = enclosure("", log(y**2), 2 * log(y), points=40)(rng)
    assert found.verdict is UNKNOWN


UNSEEN: dict[str, tuple[Expr, Expr]] = {
    "far out": (Abs(y - FAR), FAR - y),
    "next to zero": (Abs(s - Rational(1, FAR)), s - Rational(1, FAR)),
    "next to one": (Abs(1 - Rational(1, FAR) - u), 1 - Rational(1, FAR) - u),
    "where one value is a whole number": (Abs(y - 1) / (y - 1), Abs(y - 1) / (y - 1)),
    "at more than six": (Iverson(N, 40), Integer(0)),
    "less than what is cancelled": (NOTHING + Rational(1, 10**60), Integer(0)),
}


@pytest.mark.parametrize("name", UNSEEN)
def test_what_an_enclosure_does_not_claim_to_see(name: str, rng: np.random.Generator) -> None:
    """A limit, not a promise: these differ or have no value somewhere, and no point is drawn there.

    What is established says so: by points, so many of them. No proof stands beside it, for which
    these would have to be equal everywhere.
    """
    left, right = UNSEEN[name]
    found = enclosure("", left, right)(rng)
    assert found.verdict is ESTABLISHED
    assert found.kind == "enclosure"
    assert found.figures["points"] == 4
    if left != right:
        assert proof("", left, right)(rng).verdict is UNKNOWN


def test_a_proof_is_of_equality_wherever_both_sides_have_a_value(rng: np.random.Generator) -> None:
    """What it claims, and no more: at s = r the left side of the first is 0 / 0."""
    quotient = (s - r) / (s - r + NOTHING * y)
    assert proof("", quotient, Integer(1))(rng).verdict is ESTABLISHED
    assert proof("", y / y, Integer(1))(rng).verdict is ESTABLISHED
    assert proof("", NOTHING / quotient, Integer(0))(rng).verdict is ESTABLISHED
    assert proof("", 1 / NOTHING, 1 / NOTHING)(rng).verdict is UNKNOWN


BOUNDS: dict[str, tuple[Expr, Expr, Verdict]] = {
    "below by 1e-25": (y, y + Rational(1, 10**25), ESTABLISHED),
    "above by 1e-25": (y + Rational(1, 10**25), y, REFUTED),
    "equal": (IndexSum(c[n], n), IndexSum(c[m], m), UNKNOWN),
    "the same": (y, y, UNKNOWN),
    "below what has no value": (y, 1 / NOTHING, UNKNOWN),
    "above what has no value": (log(-s), y, UNKNOWN),
}


@pytest.mark.parametrize("name", BOUNDS)
def test_a_bound_is_strict_and_between_numbers(name: str, rng: np.random.Generator) -> None:
    """Equality to every digit is not shown to be a bound, nor is anything about what is none."""
    left, right, verdict = BOUNDS[name]
    assert at_most("", left, right)(rng).verdict is verdict


SLOPES: dict[str, tuple[Expr, Expr, Verdict]] = {
    "a slope of 1e-25 called zero": (y * Rational(1, 10**25), Integer(0), REFUTED),
    "zero called a slope of 1e-25": (s, Rational(1, 10**25), REFUTED),
    "zero": (s + NOTHING, Integer(0), ESTABLISHED),
    "off by a part in 1e12": (y**2, 2 * y * (1 + Rational(1, 10**12)), REFUTED),
    "an affine function, off by a part in 1e30": (3 * y, 3 + Rational(1, 10**30), REFUTED),
    "a kink away from every point": (Abs(y), y / Abs(y), ESTABLISHED),
    "a kink, its sign forgotten": (Abs(y), Integer(1), REFUTED),
    "a kink at a size": (Max(y, -y), y / Abs(y), UNKNOWN),
    "a slope that has no value": (y, 1 / NOTHING, UNKNOWN),
    "a function that has no value": (y / NOTHING, Integer(0), UNKNOWN),
    "a power of a half at zero": ((y**2) ** Rational(3, 4), Integer(0), REFUTED),
}


@pytest.mark.parametrize("name", SLOPES)
def test_a_slope_is_told_from_one_that_is_nearly_it(name: str, rng: np.random.Generator) -> None:
    """A constant claimed where none is, a kink, a slope that is off by next to nothing."""
    function, derivative, verdict = SLOPES[name]
    check = finite_difference("", function, y, derivative)
    try:
        found = {check(rng).verdict for _ in range(3)}
    except NotImplementedError:  # as ``evidence.checking`` has it
        found = {UNKNOWN}
    assert REFUTED in found if verdict is REFUTED else found == {verdict}


def test_what_a_finite_difference_does_not_claim_to_see(rng: np.random.Generator) -> None:
    """A limit, not a promise: beside a curvature an error of 1e-25 is far below a step of 2e-15.

    The order of the remainder, which is what is reported, is 2 to six digits all the same.
    """
    found = finite_difference("", y**2, y, 2 * y + Rational(1, 10**25))(rng)
    assert found.verdict is ESTABLISHED
    assert found.figures["remainder_order"] == pytest.approx(2, abs=1e-6)


def test_a_function_without_curvature_is_called_affine(rng: np.random.Generator) -> None:
    """Its remainder is zero and has no order; infinity would be no figure of a record."""
    found = finite_difference("", 3 * y, y, Integer(3))(rng)
    assert found.verdict is ESTABLISHED
    assert found.figures["remainder_order"] == "affine"


def test_what_has_no_value_is_constant_in_nothing(rng: np.random.Generator) -> None:
    """1 / 0 mentions no index, and is no constant for that."""
    for expression in (1 / (y - y), 1 / NOTHING, log(NOTHING), a[n] / NOTHING):
        assert constant_in("", n, expression)(rng).verdict is UNKNOWN
        assert constant_in("", None, expression)(rng).verdict is UNKNOWN
    assert constant_in("", n, 1 / (1 + y**2))(rng).verdict is ESTABLISHED


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


def test_a_proof_sees_what_divides_by_zero_where_indices_are_equal(
    rng: np.random.Generator,
) -> None:
    """The normal form cancels c_n - c_m, and at n = m there is no value; c_n + c_m has one."""
    squares = c[n] ** 2 - c[m] ** 2
    for left, right in (
        (squares / (c[n] - c[m]), c[n] + c[m]),
        (IndexSum(squares / (c[n] - c[m]), n, m), IndexSum(c[n] + c[m], n, m)),
        (log((c[n] - c[m]) ** 2), log((c[m] - c[n]) ** 2)),
    ):
        finding = proof("", left, right)(rng)
        assert finding.verdict is UNKNOWN
        assert "no value where m = n" in finding.reason
    assert proof("", squares / (c[n] + c[m]), c[n] - c[m])(rng).verdict is ESTABLISHED


def test_a_proof_sees_what_divides_by_zero_at_an_end_or_where_three_indices_are_equal(
    rng: np.random.Generator,
) -> None:
    """c_n - c_1 is zero at n = 1, c_N - c_n at n = N, c_n + c_m - 2 c_k at n = m = k alone."""
    k = Index("k", 1, N)
    for divisor, place in (
        (c[n] - c[1], "n = 1"),
        (c[N] - c[n], "n = N"),
        (c[n] + c[m] - 2 * c[k], "k = m = n"),
    ):
        finding = proof("", (divisor * y).expand() / divisor, y)(rng)
        assert finding.verdict is UNKNOWN
        assert f"no value where {place}" in finding.reason
        assert proof("", (divisor * y).expand() / 2, divisor * y / 2)(rng).verdict is ESTABLISHED
    beyond = c[tail] + c[1]
    assert proof("", (beyond * y).expand() / beyond, y)(rng).verdict is ESTABLISHED


@pytest.mark.parametrize("assumed", [{}, {"real": True}, {"positive": True}, {"integer": True}])
def test_a_symbol_that_is_no_size_is_refused(
    assumed: dict[str, bool], rng: np.random.Generator
) -> None:
    """As a size it would be a whole number from two up, and 0 <= log(s) established."""
    s = Symbol("s", **assumed)
    for check in (at_most("", Integer(0), log(s)), enclosure("", Abs(s), s)):
        with pytest.raises(ValueError, match=r"got the symbols \[s\]: declare each an Array"):
            check(rng)


def test_a_domain_that_is_none_is_refused() -> None:
    """Else it would be drawn as one domain, and taken for another where logs are expanded."""
    with pytest.raises(ValueError, match=r"wanted a domain of real, positive.*; got 'Real'"):
        Array("x", (), domain="Real")


def test_a_size_that_is_a_number_alone_is_tried_far_out(rng: np.random.Generator) -> None:
    """A bound on a size, or a formula that is wrong from a hundred on, is refuted."""
    assert at_most("", N, Integer(13))(rng).verdict is REFUTED
    assert at_most("", N, Integer(200))(rng).verdict is REFUTED
    late = exp(N - 100) / (1 + exp(N - 100))
    assert enclosure("", 2**-N, 2**-N * (1 + late))(rng).verdict is REFUTED

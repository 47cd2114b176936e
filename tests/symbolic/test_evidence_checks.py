"""Each kind of evidence: the true is established, the wrong is not, nothing is by default."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from sympy import Expr, Integer, Rational, exp, log, loggamma, polygamma

from derivations.calculus.expressions import POSITIVE, SIMPLEX, Array, IndexSum, Iverson
from derivations.calculus.indices import Index, size
from derivations.calculus.point import Point
from derivations.calculus.steps import (
    Check,
    Derivation,
    Finding,
    Relation,
    Rule,
    Step,
    Verdict,
)
from derivations.evidence.checking import check
from derivations.evidence.enumeration import _positive
from derivations.evidence.equality import constant_in, enclosure, proof
from derivations.evidence.finite_difference import finite_difference
from derivations.evidence.points import draw_point, draw_sizes, places

ESTABLISHED, REFUTED, UNKNOWN = Verdict.ESTABLISHED, Verdict.REFUTED, Verdict.UNKNOWN
N, D = size("N"), size("D")
n, m, d = Index("n", 1, N), Index("m", 1, N), Index("d", 1, D)
a = Array("a", (N,))
c = Array("c", (N,), domain=POSITIVE)
g = Array("g", (N, D), domain=POSITIVE)
p = Array("p", (N, D), domain=SIMPLEX)
y = Array("y", ())[()]
s = Array("s", (), domain=POSITIVE)[()]
TOTAL, SAME = IndexSum(c[n], n), IndexSum(c[m], m)


def test_a_proof_establishes_or_knows_nothing(rng: np.random.Generator) -> None:
    """What the normal form cannot reduce is unknown, be it true or false: never refuted."""
    assert proof("", IndexSum(a[n], n), IndexSum(a[m], m))(rng).verdict is ESTABLISHED
    assert proof("", a[n], a[m])(rng).verdict is UNKNOWN
    assert proof("", loggamma(s + 1), loggamma(s) + log(s))(rng).verdict is UNKNOWN
    assert proof("", 1 / (y - y), 1 / (y - y))(rng).verdict is UNKNOWN


def test_constancy_in_an_index_is_proved_or_unknown(rng: np.random.Generator) -> None:
    """A constant in n may depend on anything else; without an index only zero will do."""
    assert constant_in("", n, a[m] + IndexSum(a[n], n))(rng).verdict is ESTABLISHED
    assert (
        constant_in("", n, Iverson(n, m) * a[n] - Iverson(n, m) * a[m])(rng).verdict is not REFUTED
    )
    assert constant_in("", n, a[n] + a[m])(rng).verdict is UNKNOWN
    assert constant_in("", None, a[m])(rng).verdict is UNKNOWN
    assert constant_in("", None, a[m] - a[m])(rng).verdict is ESTABLISHED


@pytest.mark.parametrize(
    ("left", "right", "verdict"),
    [
        (loggamma(s + 1), loggamma(s) + log(s), ESTABLISHED),
        (IndexSum(p[n, d], d), Integer(1), ESTABLISHED),
        (
            polygamma(0, 2 * s),
            polygamma(0, s) / 2 + polygamma(0, s + Rational(1, 2)) / 2 + log(2),
            ESTABLISHED,
        ),
        (loggamma(s + 1), loggamma(s) + log(s + 1), REFUTED),
        (exp(-y), exp(-y) * (1 + Rational(1, 10**18)), REFUTED),
        (IndexSum(p[n, d], n), Integer(1), REFUTED),
        (y**2, y * s, REFUTED),
        (log(y - 10**6), log(y - 10**6), UNKNOWN),
        (log(y - 10**6), log(y - 10**6) + 1, UNKNOWN),
        (1 / (TOTAL - SAME), Integer(1), UNKNOWN),
        (TOTAL - SAME, Integer(0), ESTABLISHED),
    ],
    ids=str,
)
def test_an_enclosure_decides_by_balls(
    left: Expr, right: Expr, verdict: Verdict, rng: np.random.Generator
) -> None:
    """Overlap to thirty digits establishes, disjoint balls refute, an infinite ball is unknown."""
    finding = enclosure("", left, right)(rng)
    assert finding.verdict is verdict
    assert bool(finding.reason) == (verdict is not ESTABLISHED)


def test_an_enclosure_sees_an_error_at_one_place_of_an_index(rng: np.random.Generator) -> None:
    """A term that is there at the first place alone is found, draw after draw."""
    wrong = g[n, d] + Iverson(n, 1) * Iverson(d, 1)
    verdicts = [enclosure("", g[n, d], wrong, points=12)(rng).verdict for _ in range(20)]
    assert verdicts == [REFUTED] * 20


@pytest.mark.parametrize(
    ("function", "derivative", "verdict"),
    [
        (TOTAL**2, 2 * TOTAL, ESTABLISHED),
        (a[m] * TOTAL, a[m] * IndexSum(Iverson(n, m), n), ESTABLISHED),
        (a[m] * TOTAL, a[m], ESTABLISHED),
        (log(TOTAL), 1 / TOTAL, ESTABLISHED),
        (IndexSum(c[n] ** 2, n), 2 * c[m], ESTABLISHED),
        (IndexSum(a[n], n), Integer(0), ESTABLISHED),
        (TOTAL**2, TOTAL, REFUTED),
        (TOTAL**2, 2 * TOTAL * (1 + Rational(1, 10**6)), REFUTED),
        (TOTAL**2, -2 * TOTAL, REFUTED),
        (IndexSum(c[n] ** 2, n), 2 * TOTAL, REFUTED),
        (log(TOTAL), Integer(0), REFUTED),
        (c[m] ** 3, 3 * c[m], REFUTED),
        (log(-TOTAL), 1 / TOTAL, UNKNOWN),
        (log(TOTAL), 1 / (TOTAL - SAME), UNKNOWN),
    ],
    ids=str,
)
def test_a_derivative_is_judged_by_the_order_of_the_remainder(
    function: Expr, derivative: Expr, verdict: Verdict, rng: np.random.Generator
) -> None:
    """A right derivative leaves a remainder of order two; a constant factor is enough to refute."""
    assert finite_difference("", function, c[m], derivative)(rng).verdict is verdict


NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("gaps", "verdict"),
    [
        ([1.0, 1e-3], ESTABLISHED),
        ([1.0, -1e-3], REFUTED),
        ([1.0, 0.0], UNKNOWN),
        ([1.0, 1e-15], UNKNOWN),
        ([1.0, -1e-15], UNKNOWN),
        ([1.0, NAN], UNKNOWN),
        ([1.0, INF], UNKNOWN),
        ([], UNKNOWN),
    ],
    ids=str,
)
def test_a_gap_must_be_more_than_rounding(gaps: list[float], verdict: Verdict) -> None:
    """A bound that touches what it bounds to rounding is not shown to lie below it."""
    assert _positive("", gaps).verdict is verdict


TRUE = proof("true", a[n], a[n])
UNDECIDED = proof("undecided", a[n], a[m])
FALSE = enclosure("false", Integer(0), Integer(1))


def raising(_: np.random.Generator) -> Finding:
    """A check that breaks."""
    message = "broken"
    raise RuntimeError(message)


def a_derivation(steps: list[tuple[Check, ...]], results: tuple[Check, ...]) -> Derivation:
    """A derivation with given checks and nothing else."""
    relation = Relation(a[n], a[n])
    return Derivation(
        key="a.key",
        title="",
        question="",
        assumptions=(),
        steps=tuple(Step(Rule("", ""), relation, checks) for checks in steps),
        results=(relation,),
        checks=results,
    )


@pytest.mark.parametrize(
    ("steps", "results", "verdict"),
    [
        ([(TRUE,), (TRUE, TRUE)], (TRUE,), ESTABLISHED),
        ([(TRUE,), ()], (TRUE,), UNKNOWN),
        ([(TRUE,)], (), UNKNOWN),
        ([()], (), UNKNOWN),
        ([(TRUE,), (UNDECIDED,)], (TRUE,), UNKNOWN),
        ([(TRUE,)], (UNDECIDED,), UNKNOWN),
        ([(TRUE,), (raising,)], (TRUE,), UNKNOWN),
        ([(UNDECIDED,), (FALSE,)], (TRUE,), REFUTED),
        ([(raising,)], (FALSE,), REFUTED),
    ],
)
def test_a_derivation_stands_only_if_every_check_does(
    steps: list[tuple[Check, ...]], results: tuple[Check, ...], verdict: Verdict
) -> None:
    """A missing, undecided or broken check leaves it unknown; one refutation refutes it."""
    report = check(a_derivation(steps, results), 0)
    assert report.verdict is verdict
    assert all(f.reason for f in report.findings if f.verdict is not ESTABLISHED)


def test_a_seed_gives_the_same_findings_and_each_check_its_own_points() -> None:
    """Findings repeat under one seed; two checks of one derivation do not share their draws."""
    drawn: list[float] = []

    def recording(rng: np.random.Generator) -> Finding:
        drawn.append(float(rng.random()))
        return TRUE(rng)

    derivation = a_derivation([(recording, recording)], (recording,))
    check(derivation, 3)
    check(derivation, 3)
    check(replace(derivation, key="another.key"), 3)
    assert drawn[:3] == drawn[3:6]
    assert len(set(drawn)) == 6


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
    assert sorted(every) == [(x, z) for x in (1, 2) for z in (1, 2, 3)] or len(set(every)) == 6
    assert len(list(places(point, rng, 4))) == 4

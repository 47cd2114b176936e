"""Assumptions attacked: a claim that they do not protect is refuted, one they protect is not."""

from dataclasses import replace

import numpy as np
import pytest
from flint import fmpq
from sympy import Integer, Pow, Rational, exp, log

from derivations.calculus.expressions import (
    ABOVE_ONE,
    POSITIVE,
    REAL,
    SIMPLEX,
    UNIT,
    Array,
    IndexSum,
    Iverson,
)
from derivations.calculus.indices import Index, size
from derivations.calculus.point import Point
from derivations.calculus.steps import (
    Check,
    Derivation,
    Prose,
    Relation,
    Rule,
    Step,
    Verdict,
)
from derivations.catalogue import ENTRIES, derive
from derivations.evidence.attack.corners import FAMILIES, Hostile
from derivations.evidence.attack.running import attack
from derivations.evidence.attack.values import is_zero
from derivations.evidence.drawing import drawn_by
from derivations.evidence.equality import at_most, enclosure, proof
from derivations.evidence.finite_difference import finite_difference
from derivations.evidence.normal_mean import equals_normal_mean
from derivations.evidence.points import draw_point
from derivations.families.quadrature import dirichlet_expected_log, dirichlet_rule

N, K = size("N"), size("K")
n, k = Index("n", 1, N), Index("k", 1, K)
a, b = Array("a", (N,)), Array("b", (K,), domain=POSITIVE)
y, centre = Array("y", ())[()], Array("centre", ())[()]
s, t = (Array(name, (), domain=POSITIVE)[()] for name in "st")
above = Array("above", (), domain=ABOVE_ONE)[()]
state = Array("z", (N,), states=K)
noise = Array("noise", ())
FAR = 10**5
"""Beyond what is drawn moderately, and far within what is not."""
ZEROS, EQUAL, LEAST = "zeros and ones", "equal values", "least sizes"


def claiming(*checks: Check, assumptions: tuple[Prose, ...] = ()) -> Derivation:
    """A derivation with given checks on its result."""
    relation = Relation(y, y)
    step = Step(Rule("a rule", ""), relation, checks[:1])
    return Derivation("a.key", "", "", assumptions, (step,), (relation,), checks)


FALSE: dict[str, tuple[str, Check]] = {
    "at size one": (LEAST, enclosure("", y + Iverson(N, 1), y)),
    "without a value at size one": (LEAST, enclosure("", (N**2 - 1) / (N - 1), N + 1)),
    "proved, without a value at size one": (LEAST, proof("", y / (N - 1), y / (N - 1))),
    "at equal sizes above one": (
        "equal sizes",
        enclosure("", y + Iverson(N, K) * (1 - Iverson(N, 1)), y),
    ),
    "at equal parameters": (EQUAL, at_most("", Rational(1, FAR**2), (s - t) ** 2)),
    "without a value at equal parameters": (
        EQUAL,
        enclosure("", (s**2 - t**2) / (s - t), s + t),
    ),
    "among large values": ("high ends", at_most("", s, Integer(FAR))),
    "among small values": ("low ends", at_most("", Rational(1, FAR), s)),
    "at a mean of zero": (ZEROS, at_most("", Rational(1, FAR**2), y**2)),
    "without a value at a mean of zero": (ZEROS, enclosure("", (y**2 + y) / y, y + 1)),
    "without a value at a variance of one": (ZEROS, enclosure("", (s**2 - 1) / (s - 1), s + 1)),
    "with a slope that has no value at zero": (
        ZEROS,
        finite_difference("", y**2, y, 2 * (y**2 + y) / y - 2),
    ),
    "with a mean in floats that has no value at zero": (
        ZEROS,
        equals_normal_mean(
            "", (noise,), (centre + noise[()]) ** 2, (centre**3 + centre) / centre, degree=2
        ),
    ),
}
"""A claim that is false there, or has no value, and the family of points that says so."""

TRUE: dict[str, Check] = {
    "at any size": enclosure("", IndexSum(a[n] + y, n), IndexSum(a[n], n) + N * y),
    "an inequality that is tight at zero": at_most("", Integer(0), y**2),
    "an inequality that is tight at equal values": at_most(
        "", log(s) / 2 + log(t) / 2, log((s + t) / 2)
    ),
    "of numbers above one": at_most("", Integer(0), log(above)),
    "a root with a sign": enclosure("", Pow(s**2, Rational(1, 2)), s),
    "a slope where a function moves by decades": finite_difference("", exp(y), y, exp(y)),
    "a mean": equals_normal_mean("", (noise,), (centre + noise[()]) ** 2, centre**2 + 1, degree=2),
}


@pytest.mark.parametrize("name", FALSE)
def test_a_claim_false_at_a_corner_alone_is_refuted_there(name: str) -> None:
    """One point is found, it is named, and it is of the family that is about such a claim."""
    family, check = FALSE[name]
    (case,) = attack(claiming(check), 0).failed
    assert family in case.family or case.family == FAMILIES[-1].name
    assert "=" in case.point
    assert case.reason


@pytest.mark.parametrize("end", [Integer(1), K], ids=["first", "last"])
def test_a_claim_false_where_all_states_are_at_an_end_is_refuted(end: Integer) -> None:
    """Not all of many observations are in one state, unless they are."""
    claim = at_most("", IndexSum(Iverson(state[n], end), n), N - Rational(1, 2))
    assert len(attack(claiming(claim), 0).failed) == 1


@pytest.mark.parametrize(("name", "at"), [("first states", 1), ("last states", 3)])
def test_states_at_an_end_are_all_there(name: str, at: int, rng: np.random.Generator) -> None:
    """Every observation of the point, whatever the seed."""
    (family,) = (f for f in FAMILIES if f.name == name)
    for _ in range(20):
        drawn = Hostile(family, {}).states(state, (4,), 3, rng)
        assert drawn.tolist() == [at] * 4


def test_a_gap_is_zero_only_where_that_is_proved() -> None:
    """Logs of equal numbers are, others are not, and far out nothing is said."""
    gap = log(s * t) - 2 * log(s)
    for second, proved in ((6, True), (7, False)):
        values = {s.array: np.array(fmpq(6)), t.array: np.array(fmpq(second))}
        assert is_zero(gap, Point({}, values)) is proved
    assert not is_zero(s - s * t, Point({}, {e.array: np.array(fmpq(1, 2**20)) for e in (s, t)}))


def test_the_ordinary_points_do_not_see_most_of_these(rng: np.random.Generator) -> None:
    """The attack is no second copy of the evidence: three in four stand without it."""
    stand = [check(rng).verdict is Verdict.ESTABLISHED for _, check in FALSE.values()]
    assert sum(stand) >= 3 * len(stand) / 4


@pytest.mark.parametrize("name", TRUE)
def test_a_true_claim_is_never_refuted(name: str) -> None:
    """Under any of five seeds nothing fails, and more is told than is unknown."""
    for seed in range(5):
        siege = attack(claiming(TRUE[name]), seed)
        assert siege.failed == ()
        assert siege.points.total() > 2 * len(siege.unknown)


def test_a_root_without_a_sign_is_refuted() -> None:
    """``sqrt(x^2) = x`` wants more than a real x."""
    for seed in range(5):
        siege = attack(claiming(enclosure("", Pow(y**2, Rational(1, 2)), y)), seed)
        assert len(siege.failed) == 1


SMALL = exp(-s)
LOST = -log((1 + SMALL) ** 2 - 2 * SMALL - 1) / 2
"""It is s, and takes a million digits where that is large."""


@pytest.mark.parametrize(
    "check",
    [enclosure("", LOST, s), at_most("", s, LOST + SMALL)],
    ids=["equality", "inequality"],
)
def test_what_cannot_be_told_is_counted_and_not_passed(check: Check) -> None:
    """Nothing is refuted; where the digits do not tell, the point is unknown, by name."""
    siege = attack(claiming(check), 0)
    assert siege.failed == ()
    assert siege.unknown
    assert {case.family for case in siege.unknown} <= {"high ends", "mixtures"}
    assert all("nan" in case.reason for case in siege.unknown)


def test_a_check_that_raises_is_unknown_at_every_point() -> None:
    """A check must not hide its claim."""
    missing = replace(enclosure("", y, y), run=lambda _: 1 / 0)
    siege = attack(claiming(missing), 0)
    assert siege.points.total() == len(siege.unknown)


def test_what_states_no_formula_is_named_as_not_tried() -> None:
    """A bare function, or one that has no numbers, is not counted among the claims."""
    siege = attack(claiming(lambda _: 1 / 0), 0)
    assert (siege.claims, siege.points.total()) == (0, 0)
    assert siege.not_tried


def test_the_time_that_is_up_is_said() -> None:
    """Points that are not tried are counted, and none is made up."""
    siege = attack(claiming(TRUE["at any size"]), 0, seconds=-1.0)
    assert siege.points.total() == 0
    assert siege.points_left >= len(FAMILIES)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_hostile_points_keep_to_what_is_assumed(family: object, rng: np.random.Generator) -> None:
    """Every size is at least the least, every value in its domain, exactly or as a float."""
    domains = {d: Array(d, (N, K), domain=d) for d in (REAL, POSITIVE, SIMPLEX, UNIT, ABOVE_ONE)}
    form = IndexSum(sum(array[n, k] for array in domains.values()) + state[n], n, k)
    for kind in (float, None):
        for _ in range(20):
            with drawn_by(Hostile(family, {N: 2})):
                given = {} if kind is None else {"kind": float}
                point = draw_point([form], rng, {K: (3,)}, **given)
            assert point.sizes[N] >= 2
            assert 1 <= point.sizes[K] <= 3
            for domain, array in domains.items():
                values = point.arrays[array]
                assert values.shape == (point.sizes[N], point.sizes[K])
                low = {REAL: -np.inf, ABOVE_ONE: 1}.get(domain, 0)
                assert all(v > low for v in values.ravel())
                assert domain != UNIT or all(v < 1 for v in values.ravel())
                if domain == SIMPLEX:
                    assert all(abs(float(row.sum()) - 1) < 1e-12 for row in values)
            assert {*point.arrays[state].ravel()} <= {*range(1, point.sizes[K] + 1)}


def test_a_sole_entry_of_a_dirichlet_is_certain() -> None:
    """The quadrature that a die of one face is tried by has no Beta law to integrate."""
    assert dirichlet_expected_log(np.array([[2.0], [0.5]])).tolist() == [[0.0], [0.0]]
    places, weights = dirichlet_rule(np.array([2.0]), nodes=2)
    assert (places.tolist(), weights.tolist()) == ([[1.0]], [1.0])
    siege = attack(derive("dice.predictive"), 0)
    assert (siege.failed, siege.unknown) == ((), ())


@pytest.mark.slow
@pytest.mark.parametrize("key", [e.key for e in ENTRIES])
def test_no_derivation_admits_a_point_at_which_it_fails(key: str) -> None:
    """All of them; more is told than is unknown."""
    siege = attack(derive(key), 0)
    assert siege.failed == ()
    assert siege.points.total() > 5 * len(siege.unknown)

"""Claims tried at edge cases: what their assumptions do not protect fails, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from flint import fmpq
from harness import claimed
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
    Slice,
)
from derivations.calculus.indices import Index, size
from derivations.calculus.point import Point
from derivations.calculus.steps import Verdict
from derivations.claims.judging import judge
from derivations.claims.statements import (
    Assumption,
    AtLeast,
    Claim,
    Condition,
    Derivation,
    Domain,
    Random,
    Rule,
    at_most,
    define,
    equal,
    follows,
    less,
    result,
    step,
    up_to_constant,
)
from derivations.evidence.attack import command as attacking
from derivations.evidence.attack.claims import attacked
from derivations.evidence.attack.corners import FAMILIES, Hostile
from derivations.evidence.attack.running import attack
from derivations.evidence.attack.values import is_zero
from derivations.evidence.drawing import drawn_by
from derivations.evidence.points import draw_point
from derivations.index import derive, entries
from derivations.meaning.notation import Expectation, FamilyAt, Joint, PartialDerivative, part
from varproof import command

N, K = size("N"), size("K")
n, k = Index("n", 1, N), Index("k", 1, K)
a, b = Array("a", (N,)), Array("b", (K,), domain=POSITIVE)
y, centre = Array("y", ())[()], Array("centre", ())[()]
s, t = (Array(name, (), domain=POSITIVE)[()] for name in "st")
above = Array("above", (), domain=ABOVE_ONE)[()]
state = Array("z", (N,), states=K)
noise = Array("noise", ())
joint = Joint("r", [part(noise[()], FamilyAt("Gaussian", centre, s))])
GIVEN: tuple[Assumption, ...] = (Domain(a, b, y, centre, s, t, above, state), Random(joint))
RULE = Rule("a rule", "")
FAR = 10**5
"""Beyond what is drawn moderately, and far within what is not."""
ZEROS, EQUAL, LEAST = "zeros and ones", "equal values", "least sizes"


def claiming(claim: Claim, *assumptions: Assumption) -> Derivation:
    """A derivation of one claim."""
    return claimed.derivation(*GIVEN, *assumptions, result(RULE, claim))


FALSE: dict[str, tuple[str, Claim]] = {
    "at size one": (LEAST, equal(y + Iverson(N, 1), y)),
    "without a value at size one": (LEAST, equal((N**2 - 1) / (N - 1), N + 1)),
    "proved, without a value at size one": (LEAST, equal(y / (N - 1), 2 * y / (2 * N - 2))),
    "at equal sizes above one": (
        "equal sizes",
        equal(y + Iverson(N, K) * (1 - Iverson(N, 1)), y),
    ),
    "at equal parameters": (EQUAL, at_most(Rational(1, FAR**2), (s - t) ** 2)),
    "without a value at equal parameters": (EQUAL, equal((s**2 - t**2) / (s - t), s + t)),
    "among large values": ("high ends", at_most(s, Integer(FAR))),
    "among small values": ("low ends", at_most(Rational(1, FAR), s)),
    "at a mean of zero": (ZEROS, at_most(Rational(1, FAR**2), y**2)),
    "without a value at a mean of zero": (ZEROS, equal((y**2 + y) / y, y + 1)),
    "without a value at a variance of one": (ZEROS, equal((s**2 - 1) / (s - 1), s + 1)),
    "with a slope that has no value at zero": (
        ZEROS,
        equal(PartialDerivative(y**2, y), 2 * (y**2 + y) / y - 2),
    ),
}
"""A claim that is false there, or has no value, and the family of points that says so."""

TRUE: dict[str, Claim] = {
    "at any size": equal(IndexSum(a[n] + y, n), IndexSum(a[n], n) + N * y),
    "an inequality that is tight at zero": at_most(Integer(0), y**2),
    "an inequality that is tight at equal values": at_most(
        log(s) / 2 + log(t) / 2, log((s + t) / 2)
    ),
    "of numbers above one": at_most(Integer(0), log(above)),
    "a root with a sign": equal(Pow(s**2, Rational(1, 2)), s),
    "a slope where a function moves by decades": equal(PartialDerivative(exp(y), y), exp(y)),
}


@pytest.mark.parametrize("name", FALSE)
def test_a_claim_false_at_a_corner_alone_is_refuted_there(name: str) -> None:
    """One point is found, it is named, and it is of the family that is about such a claim."""
    family, claim = FALSE[name]
    (case,) = attack(claiming(claim), 0).failed
    assert family in case.family or case.family == FAMILIES[-1].name
    assert "=" in case.point
    assert case.reason


def test_the_ordinary_points_do_not_see_most_of_these() -> None:
    """The attack is no second copy of the evidence: half stand without it."""
    stand = [claimed.verdict(c, *GIVEN) is Verdict.ESTABLISHED for _, c in FALSE.values()]
    assert sum(stand) >= len(stand) / 2


@pytest.mark.parametrize("name", TRUE)
def test_a_true_claim_is_never_refuted(name: str) -> None:
    """Under any of five seeds nothing fails, and more is told than is unknown."""
    for seed in range(5):
        siege = attack(claiming(TRUE[name]), seed)
        assert siege.failed == ()
        assert siege.points.total() > 2 * len(siege.unknown)


@pytest.mark.parametrize("end", [Integer(1), K], ids=["first", "last"])
def test_a_claim_false_where_all_states_are_at_an_end_is_refuted(end: Integer) -> None:
    """Not all of many observations are in one state, unless they are."""
    claim = at_most(IndexSum(Iverson(state[n], end), n), N - Rational(1, 2))
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


def test_a_root_without_a_sign_is_refuted() -> None:
    """``sqrt(x^2) = x`` wants more than a real x."""
    for seed in range(5):
        assert len(attack(claiming(equal(Pow(y**2, Rational(1, 2)), y)), seed).failed) == 1


SMALL = exp(-s)
LOST = -log((1 + SMALL) ** 2 - 2 * SMALL - 1) / 2
"""It is s, and takes a million digits where that is large."""


@pytest.mark.parametrize("claim", [equal(LOST, s), less(s, LOST + SMALL)], ids=["equal", "less"])
def test_what_cannot_be_told_is_counted_and_not_passed(claim: Claim) -> None:
    """Nothing is refuted; where the digits do not tell, the point is unknown, by name."""
    siege = attack(claiming(claim), 0)
    assert siege.failed == ()
    assert siege.unknown
    assert {case.family for case in siege.unknown} <= {"high ends", "mixtures"}


def test_means_distributions_and_constants_are_named_as_not_tried() -> None:
    """They are tried where a rule serves, which no edge case is; definitions are put in."""
    made = claimed.derivation(
        *GIVEN,
        step(RULE, define(Array("d", ())[()], y**2)),
        step(Rule("a mean", ""), equal(Expectation(joint, noise[()]), centre)),
        step(Rule("a distribution", ""), follows(noise[()], FamilyAt("Gaussian", centre, s))),
        step(Rule("a constant", ""), up_to_constant(y + s, y, s)),
        result(Rule("a square", ""), at_most(Integer(0), Array("d", ())[()])),
    )
    found, others = attacked(made)
    assert [one.name for one in found] == ["step 5: a square"]
    assert others == ["step 2: a mean", "step 3: a distribution", "step 4: a constant"]
    siege = attack(made, 0)
    assert (siege.claims, siege.failed) == (1, ())
    assert len(siege.not_tried) == 3


def test_an_assumption_is_kept_and_what_it_protects_does_not_fail() -> None:
    """A least size, and a condition on the numbers; without them the claims fail."""
    for claim, assumption in (
        (equal((N**2 - 1) / (N - 1), N + 1), AtLeast(N, 2)),
        (less(Integer(0), log(s)), Condition(less(Integer(1), s))),
    ):
        assert attack(claiming(claim, assumption), 0).failed == ()
        assert len(attack(claiming(claim), 0).failed) == 1


def test_with_a_weaker_domain_a_claim_fails() -> None:
    """Numbers above one are not those that are positive."""
    assert attack(claiming(less(Integer(0), log(above))), 0).failed == ()
    assert attack(claiming(less(Integer(0), log(s))), 0).failed


WEAKENED = ("mmd.u_statistic", "softmax_gaussian.back_to_concentration")


@pytest.mark.parametrize("key", WEAKENED)
def test_without_its_least_size_a_derivation_fails(key: str) -> None:
    """Each of these was found by the attack: the statement has no value at one."""
    made = derive(key)
    assert attack(made, 0).failed == ()
    bare = tuple(one for one in made.assumptions if not isinstance(one, AtLeast))
    assert len(bare) < len(made.assumptions)
    failed = attack(replace(made, assumptions=bare), 0).failed
    assert failed
    assert all("no value" in case.reason for case in failed)


@pytest.mark.parametrize("key", [entry.key for entry in entries()])
def test_every_number_is_declared_with_its_domain(key: str) -> None:
    """What bounds the points is an assumption, a random variable's support or a definition."""
    made = derive(key)
    stated = [one.claim for one in made.steps if isinstance(one.claim, Claim)]
    used = {x for claim in stated for side in claim.sides for x in side.atoms(Array)}
    bounded = {x for x in used if x.domain != REAL and x.states == 0}
    known: set[Array] = set()
    for one in (*made.assumptions, *(x.claim for x in made.steps)):
        known |= set(getattr(one, "arrays", ())) | {getattr(one, "array", None)}
        known |= set(one.joint.variables) if isinstance(one, Random) else set()
        for form in (getattr(one, "letter", None), getattr(one, "value", None)):
            if form is not None:
                known |= {x.array for x in form.atoms(Slice)} | form.atoms(Array)
    assert bounded <= known


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
        for _ in range(10):
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


def test_the_command_attacks_a_derivation(capsys: pytest.CaptureFixture[str]) -> None:
    """A line a key, the counts below; nothing fails."""
    assert command.main(["attack", "softmax_gaussian.back_to_concentration"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[1].startswith("softmax_gaussian.back_to_concentration")
    assert "0 claims failed" in said[-1]


def test_a_run_of_which_too_little_is_known_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing failed, and yet the exit status is 1."""
    key = "softmax_gaussian.back_to_concentration"
    siege = attack(derive(key), 0)
    number = siege.points.total() // 5
    for unknown, status in ((number, 0), (number + 1, 1)):
        some = replace(siege, unknown=(None,) * unknown)
        monkeypatch.setattr(attacking, "side_by_side", lambda *_, some=some: [some])
        assert command.main(["attack", key]) == status
    assert capsys.readouterr().out.splitlines()[-1].endswith(f"unknown: {key}")


def test_what_the_attack_refutes_judging_may_establish() -> None:
    """A claim at a corner: judged at ordinary points it stands, and the attack says where not."""
    made = claiming(FALSE["at size one"][1])
    assert judge(made).verdict is Verdict.ESTABLISHED
    assert attack(made, 0).failed

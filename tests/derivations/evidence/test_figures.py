"""What the evidence reports beside its verdict, and the points at which it looks."""

from __future__ import annotations

import numpy as np
import pytest
from harness import claimed
from oracles.dice_symbols import SIZES
from scipy.special import ndtr
from sympy import Integer, Rational, exp, log

from derivations.calculus.expressions import POSITIVE, UNIT, Array
from derivations.calculus.steps import Finding, Verdict
from derivations.claims.judging import judge
from derivations.claims.statements import Claim, Domain, Random, Rule, at_most, equal, less, result
from derivations.evidence.drawing import Moderate
from derivations.evidence.monte_carlo import SampledCheck
from derivations.evidence.monte_carlo.budget import Budget, Plan
from derivations.evidence.monte_carlo.calibration import Row, _scale, as_text
from derivations.evidence.points import draw_model_point
from derivations.meaning.notation import Expectation, FamilyAt, Joint, PartialDerivative, part
from derivations.problems.dice.symbols import MEAN_FIELD, MODEL, x

ESTABLISHED, REFUTED, UNKNOWN = Verdict.ESTABLISHED, Verdict.REFUTED, Verdict.UNKNOWN
y = Array("y", ())[()]
s = Array("s", (), domain=POSITIVE)[()]
u = Array("u", (), domain=UNIT)[()]
uniform = Joint("q", [part(u, FamilyAt("Uniform"))])
GIVEN = (Domain(y, s), Random(uniform))


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (less(Integer(1), exp(s)), ESTABLISHED),
        (at_most(log(1 + s), s), ESTABLISHED),
        (less(exp(s), Integer(1)), REFUTED),
        (at_most(s, log(1 + s)), REFUTED),
        (at_most(s, s), ESTABLISHED),
        (less(s, s), UNKNOWN),
        (at_most(log(y - 10**6), s), UNKNOWN),
        (at_most(Expectation(uniform, u), Rational(3, 5)), ESTABLISHED),
        (at_most(Expectation(uniform, u), Rational(2, 5)), REFUTED),
        (less(Expectation(uniform, u), Rational(1, 2)), UNKNOWN),
    ],
    ids=str,
)
def test_an_inequality_is_decided_by_the_sign_of_its_gap(
    claim: Claim, verdict: Verdict, seed: int
) -> None:
    """A gap above 0 establishes, one below refutes; what is equal is at most, and not less."""
    found = claimed.findings(claim, *GIVEN, seed=seed)
    assert found[-1].verdict is verdict
    assert bool(found[-1].reason) == (verdict is not ESTABLISHED)


def test_figures_say_how_many_places_were_tried_and_how_well_both_sides_were_known() -> None:
    """Points by places of the free indices; the widest ball relative to what it encloses."""
    (proof, points) = claimed.findings(equal(y * (y + 1), y**2 + y), *GIVEN)
    assert (proof.kind, points.kind) == ("proof", "enclosure")
    assert points.figures["points"] >= 1
    assert 0 <= points.figures["widest_ball"] < 1e-20
    (mean,) = (
        f
        for f in claimed.findings(equal(Expectation(uniform, log(u)), Integer(-1)), *GIVEN)
        if f.kind == "quadrature"
    )
    assert mean.figures["points"] >= 1
    assert 1e-18 < mean.figures["widest_ball"] < 1e-8
    kinds = {f.kind for f in claimed.findings(equal(PartialDerivative(y**2, y), 2 * y), *GIVEN)}
    assert kinds == {"proof", "enclosure", "finite difference"}


def test_large_negative_values_need_no_more_digits_than_positive_ones(seed: int) -> None:
    """A ball is judged by its width relative to its middle, of either sign."""
    large = 10**30 * exp(-s / 10**4) / 3
    for sign in (1, -1):
        assert claimed.verdict(equal(sign * large, sign * large), *GIVEN, seed=seed) is ESTABLISHED
    assert claimed.verdict(equal(large, -large), *GIVEN, seed=seed) is REFUTED


def test_judging_takes_time_and_says_what_raised() -> None:
    """Seconds are those that went by; a method that raises says so beside the line's findings."""

    def broken(*_: object) -> Finding:
        raise OverflowError

    found = judge(claimed.derivation(*GIVEN, result(Rule("a rule", ""), equal(y, y), broken)))
    assert 0 < found.seconds < 60
    *_, raised = found.findings
    assert raised.verdict is UNKNOWN
    assert "OverflowError" in raised.reason


def test_positive_values_span_seven_decades(rng: np.random.Generator) -> None:
    """From 1e-3 to 1e4, a half of them from 1e-1 to 1e1, evenly by their logarithms."""
    drawn = Moderate().fractions(Array("c", (), domain=POSITIVE), (2000,), rng)
    decades = np.log10([int(value.p) / int(value.q) for value in drawn])
    assert -3 <= decades.min() < -2.9
    assert 3.9 < decades.max() <= 4
    # Hoeffding: a fraction of 2000 is off by more than 0.08 with probability 5e-11.
    for decade, below in ((-2, 1 / 8), (-1, 1 / 4), (0, 1 / 2), (1, 3 / 4), (2.5, 7 / 8)):
        assert abs(np.mean(decades < decade) - below) < 0.08


@pytest.mark.parametrize("effect", [0.05, 0.2])
def test_a_scaled_normal_law_is_as_far_away_as_it_is_said_to_be(effect: float) -> None:
    """On a fine grid the largest distance of the two distribution functions is the effect."""
    x = np.linspace(0, 6, 200_001)
    assert np.abs(ndtr(x) - ndtr(x / _scale(effect))).max() == pytest.approx(effect, abs=1e-8)
    assert _scale(0.0) == 1.0


def test_a_calibrations_table_marks_the_broken_rows_alone() -> None:
    """A title, then a line for each row; a promise below the lower bound is broken."""
    rows = [
        Row("law", "miss", 10, promised, 5, 100, lower, 0.2)
        for promised, lower in ((0.1, 0.02), (0.1, 0.15))
    ]
    title, fine, broken = as_text(rows).split("\n")
    assert title.split()[:3] == ["kind", "error", "draws"]
    assert "BROKEN" not in fine
    assert broken.endswith("BROKEN")


def test_plans_are_compared_by_what_they_promise() -> None:
    """Whose budget pays makes no other plan."""
    assert Plan(alpha=0.1, budget=Budget()) == Plan(alpha=0.1)
    assert Plan(alpha=0.1) != Plan(alpha=0.2)


def test_a_models_point_has_all_its_arrays(rng: np.random.Generator) -> None:
    """Also a variable that nothing depends on, a hyperparameter, and what a factor is given by."""
    point = draw_model_point(MODEL, rng, SIZES, MEAN_FIELD.factors)
    given = {parameter for factor in MEAN_FIELD.factors for parameter in factor.parameters}
    assert {variable.array for variable in MODEL.variables} | given <= set(point.arrays)
    assert x in point.arrays
    assert {"alpha1", "alpha2", "beta"} <= {array.name for array in point.arrays}
    assert given.isdisjoint(draw_model_point(MODEL, rng, SIZES).arrays)


@pytest.mark.parametrize(("draws", "ran"), [(10_000_000, True), (10_000_001, False)])
def test_a_check_draws_ten_million_times_at_most(
    draws: int, rng: np.random.Generator, *, ran: bool
) -> None:
    """Unless it is told otherwise; one draw more and it refuses."""
    judged = []

    def judge(_: np.random.Generator) -> tuple[Verdict, dict[str, float | int | str], str]:
        judged.append(draws)
        return ESTABLISHED, {}, ""

    found = SampledCheck("", 0.1, draws, judge, Plan(budget=Budget()))(rng)
    assert bool(judged) == (found.verdict is ESTABLISHED) == ran

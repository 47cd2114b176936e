"""What the evidence reports beside its verdict, and the points at which it looks."""

from __future__ import annotations

import math

import flint
import numpy as np
import pytest
from oracles.dice_symbols import SIZES, TINY
from scipy.special import ndtr
from sympy import Expr, Integer, Rational, exp, log

from derivations.calculus.expressions import POSITIVE, UNIT, Array
from derivations.calculus.point import Point
from derivations.calculus.steps import Check, Derivation, Relation, Rule, Step, Verdict
from derivations.dice import D1, D2, MEAN_FIELD, MODEL, N, x, z1
from derivations.evidence import enumeration, equality
from derivations.evidence.agreement import SMALLEST, Case, agreement
from derivations.evidence.checking import check
from derivations.evidence.drawing import Moderate
from derivations.evidence.enumeration import no_better_parameters, update_is_optimal
from derivations.evidence.equality import MORE_POINTS, at_most, enclosure
from derivations.evidence.finite_difference import HALVINGS, _remainder_order
from derivations.evidence.integration import equal_with_means, equals_mean, mean_lies_between
from derivations.evidence.monte_carlo import SampledCheck
from derivations.evidence.monte_carlo.budget import Budget, Plan
from derivations.evidence.monte_carlo.calibration import Row, _scale, as_text
from derivations.evidence.points import draw_model_point
from derivations.evidence.precision import digits_at_most

ESTABLISHED, REFUTED, UNKNOWN = Verdict.ESTABLISHED, Verdict.REFUTED, Verdict.UNKNOWN
y = Array("y", ())[()]
s = Array("s", (), domain=POSITIVE)[()]
u = Array("u", (), domain=UNIT)[()]


@pytest.mark.parametrize(
    ("left", "right", "verdict"),
    [
        (Integer(1), exp(s), ESTABLISHED),
        (log(1 + s), s, ESTABLISHED),
        (exp(s), Integer(1), REFUTED),
        (s, log(1 + s), REFUTED),
        (s, s, UNKNOWN),
        (log(y - 10**6), s, UNKNOWN),
    ],
    ids=str,
)
def test_an_inequality_is_decided_by_the_sign_of_its_gap(
    left: Expr, right: Expr, verdict: Verdict, rng: np.random.Generator
) -> None:
    """A gap above 0 establishes, one below refutes; none and one without a value are unknown."""
    with digits_at_most(480):
        finding = at_most("", left, right)(rng)
    assert finding.verdict is verdict
    assert bool(finding.reason) == (verdict is not ESTABLISHED)


@pytest.mark.parametrize("least", [0, 2, MORE_POINTS - 1])
def test_an_inequality_reports_the_least_gap_of_its_points(
    least: int, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Be it the first, the last or another's, and how many points there were."""
    gaps = (flint.arb(1 if place == least else 3 + place) / 4 for place in range(MORE_POINTS))
    monkeypatch.setattr(equality, "_gap", lambda *_: next(gaps))
    figures = at_most("", Integer(0), s)(rng).figures
    assert figures == {"points": MORE_POINTS, "least_gap": 0.25}


def test_large_negative_values_need_no_more_digits_than_positive_ones(
    rng: np.random.Generator,
) -> None:
    """A ball is judged by its width relative to its middle, of either sign."""
    large = 10**30 * exp(-s / 10**4) / 3
    found = [
        enclosure("", sign * large, sign * large)(np.random.default_rng(3)).figures["digits"]
        for sign in (1, -1)
    ]
    assert found == [30, 30]
    assert enclosure("", large, -large)(rng).verdict is REFUTED


def test_every_case_near_zero_is_counted(rng: np.random.Generator) -> None:
    """Not the last one alone, nor those that are not."""
    cases = [(SMALLEST / 2,) * 2, (SMALLEST / 3,) * 2, (SMALLEST,) * 2, (1.0, 1.0)]
    found = agreement("enumeration", "", lambda _: iter(Case(*pair, "here") for pair in cases))(rng)
    assert found.figures["cases"] == 4
    assert found.figures["cases_below_0.001"] == 2


@pytest.mark.parametrize(
    ("function", "derivative", "order"),
    [(exp(y), exp(y), 2), (exp(y), Integer(2), 1), (y, Integer(1), math.inf), (y**2, 2 * y, 2)],
    ids=str,
)
def test_a_derivative_at_zero_is_judged_with_a_step_of_its_own(
    function: Expr, derivative: Expr, order: float
) -> None:
    """A value of exactly 0 has no size to take a step by; one is taken, not none."""
    point = Point({}, {y.array: np.array(flint.arb(0), dtype=object)})
    with flint.ctx.workdps(90):
        found = _remainder_order(function, y, derivative, point, HALVINGS)
    assert found == pytest.approx(order, abs=1e-2)


def test_positive_values_span_seven_decades(rng: np.random.Generator) -> None:
    """From 1e-3 to 1e4, a half of them from 1e-1 to 1e1, evenly by their logarithms."""
    drawn = Moderate().fractions(Array("c", (), domain=POSITIVE), (2000,), rng)
    decades = np.log10([int(value.p) / int(value.q) for value in drawn])
    assert -3 <= decades.min() < -2.9
    assert 3.9 < decades.max() <= 4
    # Hoeffding: a fraction of 2000 is off by more than 0.08 with probability 5e-11.
    for decade, below in ((-2, 1 / 8), (-1, 1 / 4), (0, 1 / 2), (1, 3 / 4), (2.5, 7 / 8)):
        assert abs(np.mean(decades < decade) - below) < 0.08


def established(claim: str) -> Check:
    """Compare nothing with nothing else."""
    return agreement("enumeration", claim, lambda _: iter([(1.0, 1.0, "here")]))


def test_checking_takes_time_and_names_what_raised() -> None:
    """Seconds are those that went by; a check that raises has a kind and the derivation's key."""

    def broken(_: np.random.Generator) -> None:
        raise OverflowError

    relation = Relation(y, y)
    step = Step(relation, Rule("", ""), (established("fine"), broken))
    report = check(Derivation("some.key", "", "", relation, (step,), (), checks=()), 0)
    assert 0 < report.seconds < 60
    _, raised = report.findings
    assert raised.verdict is UNKNOWN
    assert isinstance(raised.kind, str)
    assert "some.key" in raised.claim
    assert "OverflowError" in raised.reason


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


def test_every_set_of_other_parameters_is_a_case(rng: np.random.Generator) -> None:
    """The bound at an update is compared with as many others as are said, at every point."""
    found = no_better_parameters("", MEAN_FIELD, MEAN_FIELD.factors[0], TINY)(rng)
    assert found.verdict is ESTABLISHED
    assert found.figures["cases"] == enumeration.POINTS * enumeration.BOUNDS


def test_an_update_is_tried_at_two_cells_of_each_point(rng: np.random.Generator) -> None:
    """Each gives the sum of its probabilities, and a change for every state but the first."""
    sizes = {**SIZES, N: (2,), D1: (3,), D2: (4,)}
    found = update_is_optimal("", MEAN_FIELD, z1, MEAN_FIELD.update(z1), sizes)(rng)
    assert found.verdict is ESTABLISHED
    assert found.figures["cases"] == enumeration.POINTS * 2 * (1 + (3 - 1))


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


def test_a_mean_by_quadrature_carries_its_claim_and_its_figures(rng: np.random.Generator) -> None:
    """What was claimed, how many points were tried, and how far the mean was from its bounds."""
    half = Rational(1, 2)
    equal = (equal_with_means("both", u, u, u), equals_mean("one", u, u, half))
    assert [made(rng).claim for made in equal] == ["both", "one"]
    between = mean_lies_between("between", u, u, Rational(1, 10), Integer(1))(rng)
    assert (between.claim, between.verdict) == ("between", ESTABLISHED)
    assert between.figures["points"] == 3
    assert between.figures["least_margin"] == pytest.approx(0.4, rel=1e-9, abs=0)

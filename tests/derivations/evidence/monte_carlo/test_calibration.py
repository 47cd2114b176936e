"""The promised error probabilities, counted; and that counting finds a promise broken."""

import math

import numpy as np
import pytest

from derivations.calculus.steps import Verdict
from derivations.evidence.monte_carlo import Plan, SampledCheck
from derivations.evidence.monte_carlo.calibration import KINDS, Build, as_text, calibrate
from derivations.evidence.monte_carlo.laws import draws_for_law, radius
from derivations.evidence.monte_carlo.sampling import Outcome, collect

RUNS = 500


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_check_errs_no_more_often_than_promised(
    kind: str, rng: np.random.Generator
) -> None:
    """On right input and on input wrong by exactly ``detects``, errors are counted."""
    rows = calibrate(rng, RUNS, {kind: KINDS[kind]})
    assert not [row for row in rows if row.broken], as_text(rows)
    assert [row.error for row in rows] == ["false alarm", "miss", "unknown"]


def test_exact_kinds_are_not_wastefully_careful(rng: np.random.Generator) -> None:
    """Checks whose bounds are sharp use up at least a fifth of the false alarms they may raise."""
    rows = calibrate(rng, RUNS, {kind: KINDS[kind] for kind in ("law", "probability")})
    assert all(row.upper > row.promised / 5 for row in rows if row.error == "false alarm")


def gaussian(effect: float, plan: Plan) -> SampledCheck:
    """Build a check of a mean by peeking at a normal interval after every ten draws."""

    def judge(rng: np.random.Generator) -> Outcome:
        drawn = collect(lambda r, n: r.standard_normal(n) + effect, rng, 400, 1)[:, 0]
        for stop in range(10, 401, 10):
            if abs(drawn[:stop].mean()) * math.sqrt(stop) > 1.645:
                return Verdict.REFUTED, {}, "out"
        return Verdict.ESTABLISHED, {}, ""

    return SampledCheck("", 0.15, 400, judge, plan)


def half_powered(effect: float, plan: Plan) -> SampledCheck:
    """Build a check of a law with a quarter of the draws its effect takes."""
    draws = draws_for_law(0.2, plan) // 4

    def judge(rng: np.random.Generator) -> Outcome:
        drawn = collect(lambda r, n: r.random(n) < 0.5 + effect, rng, draws, 1)[:, 0]
        off = abs(drawn.mean() - 0.5)
        verdict = Verdict.REFUTED if off > radius(plan.alpha / 2, draws) else Verdict.ESTABLISHED
        return verdict, {}, ""

    return SampledCheck("", 0.2, draws, judge, plan)


def test_calibration_calls_peeking_at_a_normal_interval_broken(rng: np.random.Generator) -> None:
    """Stopping at the first disagreement raises far more false alarms than its level."""
    rows = calibrate(rng, RUNS, {"peeking": gaussian})
    assert {row.error for row in rows if row.broken} >= {"false alarm"}
    assert "BROKEN" in as_text(rows)


def test_calibration_calls_too_few_draws_broken(rng: np.random.Generator) -> None:
    """A quarter of the draws misses more often than promised."""
    rows = calibrate(rng, RUNS, {"hurried": half_powered})
    assert [row.error for row in rows if row.broken] == ["miss"]


def test_each_verdict_on_right_input_is_one_error_at_most(rng: np.random.Generator) -> None:
    """What is refuted is a false alarm, what is unknown is unknown, and neither is both."""

    def always(verdict: Verdict) -> Build:
        return lambda _, plan: SampledCheck("", 0.2, 1, lambda _: (verdict, {}, "so"), plan)

    rows = calibrate(rng, 9, {verdict.value: always(verdict) for verdict in Verdict})
    counted = {(row.kind, row.error): row.counted for row in rows if row.error != "miss"}
    assert {place for place, number in counted.items() if number} == {
        ("refuted", "false alarm"),
        ("unknown", "unknown"),
    }
    assert set(counted.values()) == {0, 9}


def test_calibration_counts_at_relaxed_levels_only() -> None:
    """The levels counted are not those of a run, which no counting reaches."""
    assert all(
        build(0.0, Plan()).draws_needed > build(0.0, Plan(alpha=0.1, miss=0.1)).draws_needed
        for build in KINDS.values()
    )

"""Whatever judges a claim ends by itself: neither precision nor sampler exceeds its limit."""

from __future__ import annotations

import inspect
import math
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from harness import claimed
from harness.endless import for_ever
from sympy import Integer, log, polygamma

from derivations.calculus.expressions import POSITIVE, Array
from derivations.calculus.steps import Verdict
from derivations.claims import comparing, judging, settling, transcription
from derivations.claims.scope import Scope
from derivations.claims.statements import Domain, Random, Rule, equal, result
from derivations.evidence.attack import running
from derivations.evidence.attack.claims import attacked
from derivations.evidence.attack.corners import FAMILIES, Hostile
from derivations.evidence.limits import OutOfTimeError, OvertimeError, limited, time_limit
from derivations.evidence.monte_carlo import Budget, Plan, mean_equals
from derivations.meaning.notation import FamilyAt, Joint, part
from varproof import api

x = Array("x", (), "x", POSITIVE)[()]
GIVEN = Domain(x)
CLIMBING = equal(
    1 / (polygamma(1, x + 1) + 1 / x**2 - polygamma(1, x) + log(x) - log(x)), Integer(1)
)
"""A division by zero, which no precision shows; one at 30,720 digits takes minutes, in C."""
RULE = Rule("a rule", "")
LIMIT = 1.0
Judged = Callable[[], Verdict]


def rng() -> np.random.Generator:
    """Return a new generator."""
    return np.random.default_rng(0)


def attack() -> Verdict:
    """Check the claim at one edge case, without the cap on the digits of an attack."""
    ((claim,), _) = attacked(claimed.derivation(GIVEN, result(RULE, CLIMBING)))
    fate, _ = running.tried_at(claim, Hostile(FAMILIES[0], {}), rng(), LIMIT)
    return {running.Fate.UNKNOWN: Verdict.UNKNOWN}.get(fate, Verdict.REFUTED)


ROUTES: dict[str, Judged] = {
    "varproof.check": lambda: (
        api.check(claimed.derivation(GIVEN, result(RULE, CLIMBING)), limit=LIMIT).verdict
    ),
    "judge": lambda: (
        judging.judge(claimed.derivation(GIVEN, result(RULE, CLIMBING)), limit=LIMIT).verdict
    ),
    "judge_step": lambda: (
        judging.judge_step(result(RULE, CLIMBING), Scope.of((GIVEN,)), rng(), limit=LIMIT)[
            -1
        ].verdict
    ),
    "judge_rule": lambda: (
        judging.judge_rule(Rule("r", (CLIMBING,), given=(GIVEN,)), rng(), limit=LIMIT)[-1].verdict
    ),
    "judge_claim": lambda: (
        judging.judge_claim(CLIMBING, Scope.of((GIVEN,)), rng(), limit=LIMIT)[-1].verdict
    ),
    "compared": lambda: (
        comparing.compared(CLIMBING, Scope.of((GIVEN,)), rng(), {}, limit=LIMIT).verdict
    ),
    "attack": attack,
}


@pytest.mark.parametrize("route", ROUTES)
def test_a_precision_that_does_not_end_is_unknown_by_every_route(route: str) -> None:
    """The limit holds, although no signal interrupts the computation of one number in C."""
    started = time.monotonic()
    assert ROUTES[route]() is Verdict.UNKNOWN
    assert time.monotonic() - started < 20 * LIMIT  # a machine under load; without it, minutes


def test_the_reason_names_the_digits_that_were_tried() -> None:
    """One line, which does not claim that the sides differ."""
    found = comparing.compared(CLIMBING, Scope.of((GIVEN,)), rng(), {}, limit=LIMIT)
    assert found.reason.endswith(
        "digits do not decide, and more may take longer than the time limit"
    )


def test_the_climb_ends_before_a_step_that_may_take_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By a clock that the attempts move: each takes 36 times as long as the one before."""
    now, taken = [0.0], [0.001]
    monkeypatch.setattr(settling.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(settling, "seconds_left", lambda: 100.0 - now[0])

    def attempt() -> tuple[object, object]:
        now[0] += taken[0]
        taken[0] *= 36
        return settling.arb("nan"), settling.arb("nan")

    with pytest.raises(OutOfTimeError, match="1920 digits do not decide"):
        settling.settled(attempt, averaged=False)
    assert now[0] < 100


def functions() -> Iterator[tuple[str, inspect.Parameter]]:
    """Yield the public functions that judge a claim, each with its parameter for the limit."""
    for module in (api, judging, comparing, transcription, running):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if name.startswith("_") or function.__module__ != module.__name__:
                continue
            parameters = inspect.signature(function).parameters
            for limit in ("limit", "seconds"):
                if limit in parameters:
                    yield f"{module.__name__}.{name}", parameters[limit]


def test_every_public_route_is_limited_by_default() -> None:
    """None asks the caller for a limit, and none is without one."""
    found = dict(functions())
    assert {name.rpartition(".")[2] for name in found} >= {
        *("check", "judge", "judge_rule", "judge_step", "judge_claim"),
        *("compared", "transcribed", "attack", "tried_at"),
    }
    for name, parameter in found.items():
        assert 0 < parameter.default < math.inf, name
    assert 0 < Plan().limit < math.inf


def test_a_transcription_that_does_not_end_is_unknown() -> None:
    """By itself, and not only where a derivation is judged."""
    joint = Joint("p", (part(x, FamilyAt("Gamma", Integer(1), Integer(1))),))
    found = transcription.transcribed(Random(joint, lambda **_: for_ever()), rng(), limit=0.2)
    assert found.verdict is Verdict.UNKNOWN
    assert "did not end within 0.2 s" in found.reason


@pytest.mark.parametrize("waits", [False, True])
def test_a_sampler_that_does_not_end_is_unknown(*, waits: bool) -> None:
    """Ten million draws are no limit to the time that they take."""

    def sampler(_: np.random.Generator, __: int) -> None:
        time.sleep(60) if waits else for_ever()

    plan = Plan(budget=Budget(1.0), limit=0.2)
    found = mean_equals("m", sampler, 0.0, detects=1, variance_bound=1, plan=plan)(rng())
    assert found.verdict is Verdict.UNKNOWN
    assert found.reason == "did not end within 0.2 s"
    assert found.figures["alpha"] == plan.alpha


@pytest.mark.parametrize("seconds", [0.0, -1.0, math.nan])
def test_a_plan_without_time_is_refused(seconds: float) -> None:
    """As its probabilities are."""
    with pytest.raises(ValueError, match="positive number of seconds"):
        Plan(limit=seconds)


def test_a_limit_within_another_ends_with_it() -> None:
    """The longer one inside does not delay the other, and does not speak for it."""
    started = time.monotonic()
    with pytest.raises(OutOfTimeError, match=r"within 0\.2 s"):
        limited(lambda: limited(for_ever, 60), 0.2)
    assert time.monotonic() - started < 10
    with pytest.raises(OutOfTimeError, match=r"within 0\.2 s"):
        limited(lambda: limited(for_ever, 0.2), 60)
    with pytest.raises(OvertimeError), time_limit(0.2):
        limited(for_ever, math.inf)


def test_no_limit_remains_after_one_was_kept() -> None:
    """What follows takes as long as it takes."""
    assert limited(lambda: 3, 0.05) == 3
    time.sleep(0.1)
    assert limited(lambda: limited(lambda: 4, 0.05), math.inf) == 4

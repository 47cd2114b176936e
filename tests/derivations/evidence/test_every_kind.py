"""No kind of evidence takes NaN or "unknown" for a pass: every method is tried."""

from __future__ import annotations

import math
from typing import Any

import flint
import numpy as np
import pytest
from harness import claimed
from harness import ledger as harness
from sympy import Integer

from derivations.calculus.expressions import POSITIVE, Array, IndexSum
from derivations.calculus.indices import Index, size
from derivations.calculus.steps import KINDS, Verdict
from derivations.claims import comparing, transcription
from derivations.claims.judgements import verdict_of
from derivations.claims.judging import judge, unsound
from derivations.claims.scope import Scope
from derivations.claims.statements import (
    Claim,
    Domain,
    Random,
    Rule,
    at_most,
    equal,
    follows,
    less,
    result,
    up_to_constant,
)
from derivations.evidence import monte_carlo
from derivations.meaning.notation import (
    Expectation,
    FamilyAt,
    Joint,
    PartialDerivative,
    part,
)

N = size("N")
n, m = Index("n", 1, N), Index("m", 1, N)
c = Array("c", (N,), domain=POSITIVE)
x, a = Array("x", ()), Array("a", ())
joint = Joint("p", [part(x[()], FamilyAt("Gaussian", a[()], Integer(1)))])
UNDEFINED = 1 / (IndexSum(c[n], n) - IndexSum(c[m], m))
PLAN = monte_carlo.Plan(budget=monte_carlo.Budget(1e3))
ARGUMENTS: dict[str, Any] = {"claim": "", "detects": 0.1, "plan": PLAN}


def sampled(columns: int = 1) -> monte_carlo.Sampler:
    """A sampler whose every hundredth draw is NaN."""

    def sampler(rng: np.random.Generator, draws: int) -> np.ndarray:
        drawn = rng.random((draws, columns))
        drawn[::100] = np.nan
        return drawn[:, 0] if columns == 1 else drawn

    return sampler


def moved(rng: np.random.Generator, draws: int) -> tuple[np.ndarray, np.ndarray]:
    """Draws with velocities some of which are NaN."""
    return rng.random((draws, 2)), sampled(2)(rng, draws)


ONE, TWO = sampled(), sampled(2)
SAMPLED: dict[str, dict[str, Any]] = {
    "probability_equals": {"events": ONE, "value": 0.5},
    "mean_equals": {"sampler": ONE, "value": 0.5, "bounds": (0, 1)},
    "means_equal": {"first": ONE, "second": ONE, "bounds": (0, 1)},
    "variance_equals": {"sampler": ONE, "value": 1 / 12, "bounds": (0, 1)},
    "kl_matches": {"sampler": ONE, "log_ratio": lambda t: t, "value": 0.5, "bounds": (0, 1)},
    "gradient_unbiased": {"gradient_sampler": ONE, "value": 0.5, "variance_bound": 1},
    "transport_equation": {
        "sampler": moved,
        "probes": (monte_carlo.Probe("x1 + x2", np.ones_like, 1.0, 1.0),),
        "dimension": 2,
    },
    "law_equals_cdf": {"sampler": ONE, "cdf": lambda t: np.clip(t, 0, 1)},
    "laws_equal": {"first": ONE, "second": ONE},
    "projections_law": {"sampler": TWO, "cdf_along": lambda _: np.tanh, "dimension": 2},
    "projections_equal": {"first": TWO, "second": TWO, "dimension": 2},
}

TRUE: dict[str, Claim] = {
    "an equality": equal(IndexSum(c[n], n), IndexSum(c[m], m)),
    "an inequality": at_most(Integer(0), IndexSum(c[n], n)),
    "a strict inequality": less(Integer(0), IndexSum(c[n], n)),
    "a mean": equal(Expectation(joint, x[()]), a[()]),
    "a derivative": equal(PartialDerivative(a[()] ** 2, a[()]), 2 * a[()]),
    "up to a constant": up_to_constant(c[n] + a[()], c[n], a[()]),
    "a distribution": follows(x[()] - a[()], FamilyAt("Gaussian", Integer(0), Integer(1))),
}
GIVEN = (Domain(c, a), Random(joint))


@pytest.mark.parametrize("name", TRUE)
def test_nan_from_an_expression_establishes_nothing(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where every value is NaN a true claim is unknown, even one that is proved, and says why."""
    claim = TRUE[name]
    if claim.up_to:
        claim = up_to_constant(claim.right, claim.left, a[()])
    else:
        assert claimed.verdict(claim, *GIVEN) is Verdict.ESTABLISHED
    nothing = flint.arb("nan")
    monkeypatch.setattr(comparing, "_both", lambda *_: (nothing, nothing))
    found = claimed.findings(claim, *GIVEN)
    assert verdict_of(found) is Verdict.UNKNOWN
    assert all(f.reason for f in found if f.verdict is Verdict.UNKNOWN)


def test_nan_from_a_source_refutes_its_transcription(rng: np.random.Generator) -> None:
    """A typed density that gives NaN is not that of the declaration."""
    good = Random(joint, lambda *, x, a: -((x - a) ** 2) / 2 - math.log(2 * math.pi) / 2)
    assert transcription.transcribed(good, rng).verdict is Verdict.ESTABLISHED
    bad = Random(joint, lambda *, x, a: math.nan * (x + a))
    assert transcription.transcribed(bad, rng).verdict is not Verdict.ESTABLISHED


def test_what_has_no_value_is_not_established() -> None:
    """1 / 0 equals nothing, itself included, is below nothing, and is no constant."""
    for claim in (
        equal(UNDEFINED, 2 * UNDEFINED),
        at_most(UNDEFINED, UNDEFINED + 1),
        up_to_constant(UNDEFINED, Integer(1), Array("d", ())[()]),
    ):
        found = claimed.verdict(claim, Domain(c, Array("d", ())))
        assert found is Verdict.UNKNOWN


@pytest.mark.parametrize("name", SAMPLED)
def test_nan_among_draws_establishes_nothing(name: str, rng: np.random.Generator) -> None:
    """A single NaN in a batch leaves the claim unknown: it is not dropped."""
    found = getattr(monte_carlo, name)(**ARGUMENTS | SAMPLED[name])(rng)
    assert found.verdict is Verdict.UNKNOWN
    assert "not finite" in found.reason


def test_evidence_by_draws_is_a_method_of_a_step() -> None:
    """Beside the default methods it counts as they do; unknown, it leaves the line unknown."""

    def method(claim: Claim, scope: Scope, rng: np.random.Generator) -> object:
        del claim, scope
        return monte_carlo.mean_equals(**ARGUMENTS | SAMPLED["mean_equals"])(rng)

    made = claimed.derivation(*GIVEN, result(Rule("a rule", ""), TRUE["an equality"], method))
    found = judge(made)
    assert found.verdict is Verdict.UNKNOWN
    assert found.steps[0][-1].kind == "monte carlo"


@pytest.mark.parametrize("kind", KINDS)
def test_the_ledger_takes_no_nan_and_keeps_what_is_unknown(kind: str) -> None:
    """A figure that is not finite is refused, a verdict written as it is, an unknown kind too."""
    assert set(harness.KINDS) == set(KINDS)
    assert {v.value for v in Verdict} == set(harness.VERDICTS)
    book = harness.Ledger("a test")
    entry = book.record(key="dice.graph", claim="", kind=kind, verdict="unknown")
    assert '"verdict": "unknown"' in harness.written(entry)
    for figure in (math.nan, math.inf, [1.0, math.nan], np.array([np.nan]), None):
        entry.figures["error"] = figure
        with pytest.raises(ValueError, match="finite"):
            harness.written(entry)
    with pytest.raises(ValueError, match="kind wants one of"):
        book.record(key="dice.graph", claim="", kind="none")


def test_every_default_method_returns_what_can_stand() -> None:
    """Of a known kind, with figures that are numbers or words."""
    for claim in TRUE.values():
        if not claim.up_to:
            assert not [f for f in claimed.findings(claim, *GIVEN) if unsound(f)]

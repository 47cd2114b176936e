"""No kind of evidence takes NaN or "unknown" for a pass: every public function is tried."""

from __future__ import annotations

import importlib
import inspect
import math
import pkgutil
from collections.abc import Callable
from functools import cache
from typing import Any

import flint
import numpy as np
import pytest
from harness import ledger as harness
from sympy import Expr, Integer

from derivations import __main__ as command
from derivations import evidence
from derivations.calculus import evaluate as evaluation
from derivations.calculus.expressions import POSITIVE, Array, IndexSum
from derivations.calculus.indices import Index, size
from derivations.calculus.number_fields import BALLS, FLOATS, Field
from derivations.calculus.point import Point
from derivations.calculus.steps import (
    KINDS,
    Check,
    Derivation,
    Finding,
    Relation,
    Rule,
    Step,
    Verdict,
)
from derivations.catalogue import derive
from derivations.dice import MEAN_FIELD, MODEL
from derivations.evidence import dependence, monte_carlo, report
from derivations.evidence.agreement import agreement
from derivations.evidence.checking import check
from derivations.evidence.dependence import edges_are_dependences
from derivations.evidence.enumeration import no_better_parameters
from derivations.evidence.equality import constant_in, proof
from derivations.evidence.trial import Trial

N = size("N")
n, m = Index("n", 1, N), Index("m", 1, N)
c = Array("c", (N,), domain=POSITIVE)
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


KEYS = (
    "dice.log_joint",
    "dice.q_z1",
    "dice.elbo",
    "dice.coordinate_ascent",
    "dice.log_evidence",
    "dice.predictive",
    "kumaraswamy.moments",
    "kumaraswamy.kl_beta",
    "softmax_gaussian.dirichlet_in_softmax_basis",
    "gaussian_vae.reparameterization",
)
"""Derivations whose checks are made by all the functions there are."""
ONE, TWO = sampled(), sampled(2)
SAMPLED: dict[str, dict[str, Any]] = {
    "probability_equals": {"events": ONE, "value": 0.5},
    "mean_equals": {"sampler": ONE, "value": 0.5, "bounds": (0, 1)},
    "means_equal": {"first": ONE, "second": ONE, "bounds": (0, 1)},
    "variance_equals": {"sampler": ONE, "value": 1 / 12, "bounds": (0, 1)},
    "kl_matches": {"sampler": ONE, "log_ratio": lambda x: x, "value": 0.5, "bounds": (0, 1)},
    "gradient_unbiased": {"gradient_sampler": ONE, "value": 0.5, "variance_bound": 1},
    "transport_equation": {
        "sampler": moved,
        "probes": (monte_carlo.Probe("x1 + x2", np.ones_like, 1.0, 1.0),),
        "dimension": 2,
    },
    "law_equals_cdf": {"sampler": ONE, "cdf": lambda x: np.clip(x, 0, 1)},
    "laws_equal": {"first": ONE, "second": ONE},
    "projections_law": {"sampler": TWO, "cdf_along": lambda _: np.tanh, "dimension": 2},
    "projections_equal": {"first": TWO, "second": TWO, "dimension": 2},
}
SYMBOLIC: dict[str, Callable[[], Check]] = {
    "proof": lambda: proof("", UNDEFINED, UNDEFINED),
    "constant_in": lambda: constant_in("", n, UNDEFINED),
}


@cache
def trials() -> dict[str, Check]:
    """One check of every function that the derivations use, by the function's name."""
    found: dict[str, Check] = {}
    for key in KEYS:
        derivation = derive(key)
        for check_ in (*(c for s in derivation.steps for c in s.checks), *derivation.checks):
            if isinstance(check_, Trial):
                found.setdefault(check_.make.__name__, check_)
    return found


def public() -> dict[str, str]:
    """Every public function that makes a check, and its module."""
    found = {}
    for module in pkgutil.walk_packages(evidence.__path__, f"{evidence.__name__}."):
        if ".mutation" in module.name:
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            if not inspect.isfunction(value) or name.startswith("_"):
                continue
            hints = str(inspect.signature(value).return_annotation)
            if value.__module__ == module.name and hints in {"Check", "Trial", "SampledCheck"}:
                found[name] = module.name
    return found


OTHERS: dict[str, Check] = {
    "agreement": agreement("enumeration", "", lambda _: iter([(math.nan, math.nan, "here")])),
    "edges_are_dependences": edges_are_dependences("", MODEL, {}),
    "no_better_parameters": no_better_parameters("", MEAN_FIELD, MEAN_FIELD.factors[0], {}),
}
EVALUATED = sorted(set(public()) - set(SAMPLED) - set(SYMBOLIC))


def nan_everywhere(expression: Expr, point: Point, numbers: Field = FLOATS) -> object:
    """Evaluate to NaN whatever is no place in an array."""
    if expression.is_integer:
        return evaluation.evaluate(expression, point, numbers)
    return flint.arb("nan") if numbers is BALLS else math.nan


def blinded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every evidence module see NaN where it evaluates an expression or a density."""
    for name in set(public().values()):
        module = importlib.import_module(name)
        if hasattr(module, "evaluate"):
            monkeypatch.setattr(module, "evaluate", nan_everywhere)
    monkeypatch.setattr(dependence, "log_conditional", lambda *_: math.nan)


def derivation_of(check_: Check) -> Derivation:
    """A derivation that stands or falls with one check."""
    relation = Relation(Integer(1), Integer(1))
    sound = proof("", Integer(1), Integer(1))
    steps = (Step(Rule("", ""), relation, (sound,)),)
    return Derivation("dice.graph", "", "", (), steps, (relation,), (sound, check_))


def test_every_public_evidence_function_is_tried() -> None:
    """A new kind of check is either used by a derivation, or stands in a table of this file."""
    untried = set(EVALUATED) - set(trials()) - set(OTHERS)
    assert not untried
    assert len(public()) >= 30


@pytest.mark.parametrize("name", EVALUATED)
def test_nan_from_an_expression_establishes_nothing(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where every value is NaN the check is unknown, says why, and never raises past its key."""
    tried = OTHERS[name] if name in OTHERS else trials()[name]
    blinded(monkeypatch)
    found = check(derivation_of(tried), 0)
    assert found.verdict is Verdict.UNKNOWN
    assert found.results[1].reason


@pytest.mark.parametrize("name", SYMBOLIC)
def test_what_has_no_value_is_not_proved(name: str) -> None:
    """1 / 0 equals nothing, itself included, and is no constant."""
    assert check(derivation_of(SYMBOLIC[name]()), 0).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("name", SAMPLED)
def test_nan_among_draws_establishes_nothing(name: str) -> None:
    """A single NaN in a batch leaves the claim unknown: it is not dropped."""
    made = getattr(monte_carlo, name)(**ARGUMENTS | SAMPLED[name])
    found = check(derivation_of(made), 0)
    assert found.verdict is Verdict.UNKNOWN
    assert "not finite" in found.results[1].reason


@pytest.mark.parametrize("verdict", [Verdict.UNKNOWN, Verdict.REFUTED])
@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_of_any_kind_fails_the_derivation_and_the_command(
    kind: str,
    verdict: Verdict,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One finding that is not established, whatever its kind: exit code 1, and the verdict said."""
    finding = Finding(kind, "it holds", verdict, reason="not seen")
    made = derivation_of(lambda _: finding)
    assert check(made, 0).verdict is verdict
    monkeypatch.setattr(report, "derive", lambda _: made)
    assert command.main(["check", "dice.graph"]) == 1
    written = capsys.readouterr().out
    assert written.startswith(verdict.value)
    assert f"it holds: {verdict.value} by {kind}: not seen" in written
    assert "0 of 1 established" in written


@pytest.mark.parametrize("kind", KINDS)
def test_the_ledger_takes_no_nan_and_keeps_what_is_unknown(kind: str) -> None:
    """A figure that is not finite is refused, a verdict written as it is, an unknown kind too."""
    assert harness.KINDS == KINDS
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

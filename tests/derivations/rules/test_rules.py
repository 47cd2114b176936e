"""The rules on other models than the dice: every claim they yield is established, by meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

import numpy as np
import pytest
from oracles.other_models import MODELS
from oracles.second_models import D, K, Mixture, N, Topics, V
from sympy import Symbol

from derivations.calculus.expressions import Array, IndexProduct, Slice
from derivations.calculus.mean_field import MeanField
from derivations.calculus.model import ModelError
from derivations.calculus.steps import Finding, Verdict
from derivations.claims.judging import judge, judge_claim
from derivations.claims.registry import Line
from derivations.claims.scope import Scope
from derivations.claims.statements import Claim, Derivation, Step, equal
from derivations.problems.dice.symbols import MEAN_FIELD as DICE
from derivations.problems.dice.symbols import x as rolls
from derivations.rules.ascent import coordinate_ascent
from derivations.rules.bound import evidence_lower_bound
from derivations.rules.evidence import log_evidence
from derivations.rules.joint import graph, log_joint
from derivations.rules.new_point import NewPoint
from derivations.rules.predictive import predictive
from derivations.rules.setting import setting
from derivations.rules.update import update

Rule = Callable[[], Iterable[Line]]
Sizes = dict[Symbol, tuple[int, ...]]
SLOW = ("bound", "ascent", "evidence")
JOINED = ("normal_gamma", "unknown_precision")
"""Models whose means and precisions do not come apart: they have no evidence, no predictive."""
FEW: Sizes = {N: (2, 3), K: (2, 3)}
FEWEST: Sizes = {D: (2,), N: (2, 3), K: (2, 3), V: (2, 3)}


def observed(mean_field: MeanField) -> Array:
    """The array of the one observed variable."""
    (found,) = (v.array for v in mean_field.model.variables if v.observed)
    return found


def rules(mean_field: MeanField) -> dict[str, Rule]:
    """Every rule, applied to a model."""
    return {
        "graph": partial(graph, mean_field.model),
        "log_joint": partial(log_joint, mean_field.model),
        **{
            f"update of {f.variable.name}": partial(update, mean_field, f.variable.array)
            for f in mean_field.factors
        },
        "bound": partial(evidence_lower_bound, mean_field),
        "ascent": partial(coordinate_ascent, mean_field),
        "evidence": partial(log_evidence, mean_field),
        "predictive": partial(predictive, mean_field, observed(mean_field)),
    }


def derived(mean_field: MeanField, lines: Iterable[Line], sizes: Sizes) -> Derivation:
    """A derivation of the lines, under the model's assumptions."""
    every = [*setting(mean_field), *lines]
    steps = tuple(line for line in every if isinstance(line, Step))
    assumptions = tuple(line for line in every if not isinstance(line, Step))
    return Derivation("rules", "", "", (), (), assumptions, steps, sizes=sizes)


def faults(made: Derivation, seed: int = 0) -> list[Finding]:
    """What was not established; nothing at all being tried is a fault too."""
    judgement = judge(made, seed)
    assert judgement.findings
    return [f for f in judgement.findings if f.verdict is not Verdict.ESTABLISHED]


def cases() -> Iterator[object]:
    """Every rule on models of few variables and on mixtures, and the quick ones on topics."""
    for name, mean_field in MODELS.items():
        is_mixture = len(mean_field.model.latent) > 2
        for rule, lines in rules(mean_field).items():
            if name in JOINED and rule in ("evidence", "predictive"):
                continue
            slow = [pytest.mark.slow] if is_mixture and rule in SLOW else []
            yield pytest.param(mean_field, lines, FEWEST, id=f"{name}, {rule}", marks=slow)
    for rule, lines in rules(Mixture.mean_field).items():
        slow = [pytest.mark.slow] if rule in SLOW else []
        yield pytest.param(Mixture.mean_field, lines, FEW, id=f"mixture, {rule}", marks=slow)
    for rule, lines in rules(Topics.mean_field).items():
        slow = [pytest.mark.slow] if rule in {*SLOW, "update of theta", "update of z"} else []
        yield pytest.param(Topics.mean_field, lines, FEWEST, id=f"topics, {rule}", marks=slow)


@pytest.mark.parametrize(("mean_field", "lines", "sizes"), list(cases()))
def test_every_line_of_a_rule_is_established(
    mean_field: MeanField, lines: Rule, sizes: Sizes
) -> None:
    """The statements that a rule yields for a declared model hold for that model."""
    assert faults(derived(mean_field, lines(), sizes)) == []


def new_point_claim(
    mean_field: MeanField, array: Array, claim: Callable[[NewPoint], Claim]
) -> Verdict:
    """The verdict on a claim about a new point."""
    point = NewPoint(mean_field, mean_field.model.variable(array))
    lines = predictive(mean_field, array)
    scope = Scope.of([*setting(mean_field), next(iter(lines))])
    (*_, last) = judge_claim(
        claim(point), scope, np.random.default_rng(0), dict.fromkeys(SIZES, (2, 3))
    )
    return last.verdict


SIZES = sorted({s for a in (rolls,) for e in (*a.sizes, a.states) for s in e.free_symbols}, key=str)


def test_rolls_that_share_a_state_are_not_independent() -> None:
    """The density of a point's rolls is not the product of those of the single rolls."""

    def apart(point: NewPoint) -> Claim:
        (inner,) = point.inner
        one = point.joint(Slice(point.values.array, inner))
        return equal(point.joint(point.values), IndexProduct(one, inner))

    assert new_point_claim(DICE, rolls, apart) is Verdict.REFUTED


def test_each_word_has_a_topic_of_its_own() -> None:
    """A new word stays in its document, whose proportions are those of q, and has one state."""
    point = NewPoint(Topics.mean_field, Topics.mean_field.model.variable(Topics.w))
    assert point.inner == ()
    assert [p.name for p in point.kept] == ["d"]
    assert point.counts is None


@pytest.mark.parametrize(
    "rule", [log_evidence, lambda m: predictive(m, observed(m))], ids=["evidence", "predictive"]
)
def test_continuous_variables_joined_by_a_term_are_refused(
    rule: Callable[[MeanField], Iterable[Line]],
) -> None:
    """A mean and a precision do not come apart; the refusal names them."""
    for name in JOINED:
        with pytest.raises(ModelError, match=r"mu.*tau"):
            list(rule(MODELS[name]))

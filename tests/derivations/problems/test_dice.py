"""The dice problem: its formulas against ones typed by hand, its declaration against the sheet."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from sympy import Expr, Integer, exp, log, polygamma

from derivations.calculus.binding import free_indices
from derivations.calculus.evaluate import evaluate
from derivations.calculus.expressions import Array, IndexSum, Iverson, Slice
from derivations.calculus.normal_form import is_proved_equal
from derivations.calculus.point import Point
from derivations.calculus.steps import Verdict
from derivations.claims.densities import normalised
from derivations.claims.judging import judge_claim
from derivations.claims.registry import built
from derivations.claims.scope import Scope
from derivations.claims.statements import (
    Definition,
    Random,
    StatementError,
    equal,
    up_to_constant,
)
from derivations.claims.transcription import transcribed
from derivations.evidence.points import draw_point
from derivations.meaning.notation import Entries, FamilyAt, FamilyDensity
from derivations.problems.dice import bound, evidence, model, updates  # noqa: F401 - register keys
from derivations.problems.dice.sheet import log_density
from derivations.problems.dice.symbols import (
    D1,
    D2,
    D3,
    MEAN_FIELD,
    MODEL,
    J,
    N,
    alpha1,
    alpha2,
    beta,
    d,
    i,
    j,
    k,
    l,
    n,
    x,
    z1,
)
from derivations.rules.setting import joint_of, setting
from derivations.rules.update import log_density_of_optimum, optimal

alpha1_hat, alpha2_hat, beta_hat, phi1, phi2 = (f.parameters[0] for f in MEAN_FIELD.factors)
UPDATES = ("dice.q_z1", "dice.q_z2", "dice.q_pi1", "dice.q_pi2", "dice.q_rho")
KEYS = (
    "dice.graph",
    "dice.log_joint",
    *UPDATES,
    "dice.elbo",
    "dice.coordinate_ascent",
    "dice.log_evidence",
    "dice.predictive",
)
ONE_ROLL = {N: 1, J: 1, D1: 2, D2: 3, D3: 4}


def expected_log(array: Array, *place: Expr) -> Expr:
    """E[log] of a Dirichlet entry, typed from a textbook."""
    last = {1: (i if array is alpha1_hat else l), 2: d}[len(place)]
    total = IndexSum(array[(*place[:-1], last)], last)
    return polygamma(0, array[place]) - polygamma(0, total)


def responsibility(own: Expr) -> Expr:
    """The log responsibility of one class variable, typed by hand."""
    hat, other, phi = (alpha1_hat, l, phi2) if own is i else (alpha2_hat, i, phi1)
    seen = Iverson(x[n, j], d) * phi[n, other]
    return expected_log(hat, own) + IndexSum(
        seen * expected_log(beta_hat, i + l - 1, d), j, d, other
    )


BY_HAND = {
    "dice.q_z1": responsibility(i),
    "dice.q_z2": responsibility(l),
    "dice.q_pi1": alpha1[i] + IndexSum(phi1[n, i], n),
    "dice.q_pi2": alpha2[l] + IndexSum(phi2[n, l], n),
    "dice.q_rho": beta[k, d]
    + IndexSum(Iverson(i + l - 1, k) * Iverson(x[n, j], d) * phi1[n, i] * phi2[n, l], n, j, i, l),
}


def last_definition(key: str) -> Definition:
    """The definition of an update's parameter."""
    return [s.claim for s in built(key).steps if isinstance(s.claim, Definition)][-1]


def closed_forms(key: str) -> list[Expr]:
    """What a derivation states on the right: of its parameter, and of its results."""
    return [last_definition(key).value, *(r.right for r in built(key).results)]


@pytest.mark.parametrize("key", UPDATES)
def test_an_update_typed_by_hand_is_the_derived_one(key: str) -> None:
    """The concentration, or the log responsibility before it is normalized."""
    typed = BY_HAND[key]
    stated = [f for f in closed_forms(key) if not f.has(FamilyDensity) and not f.has(exp)]
    assert any(is_proved_equal(typed, f) for f in stated)
    assert not any(is_proved_equal(typed + Integer(1), f) for f in stated[:1])


@pytest.mark.parametrize("key", KEYS)
def test_every_index_is_placed(key: str) -> None:
    """Each side is free only in indices of the model's plates and entries."""
    for line in built(key).steps:
        for side in (line.claim.left, line.claim.right) if hasattr(line.claim, "left") else ():
            assert free_indices(side) <= {n, j, k, i, l, d}


def point_at(sizes: dict[object, int], forms: list[Expr], seed: int) -> Point:
    """A point of moderate numbers."""
    rng = np.random.default_rng(seed)
    drawn = draw_point(forms, rng, {s: (v,) for s, v in sizes.items()}, kind=float)
    arrays = {
        a: rng.uniform(0.4, 2.5, v.shape) if a.domain == "positive" else v
        for a, v in drawn.arrays.items()
    }
    return drawn.having(arrays)


def log_evidence() -> Expr:
    """The log evidence as it is derived."""
    return built("dice.log_evidence").results[-1].right


def test_the_evidence_of_one_roll_is_the_mixture_of_the_mean_dice() -> None:
    """At one roll of one point it is a sum over both faces, typed here in plain loops."""
    at = point_at(ONE_ROLL, [log_evidence()], 1)
    a1, a2, b, rolls = (at.arrays[a] for a in (alpha1, alpha2, beta, x))
    face = int(rolls[0, 0]) - 1
    total = sum(
        a1[s] / a1.sum() * a2[t] / a2.sum() * b[s + t, face] / b[s + t].sum()
        for s, t in product(range(2), range(3))
    )
    assert math.isclose(float(evaluate(log_evidence(), at)), math.log(total), rel_tol=1e-12)


def test_the_evidence_of_all_possible_data_sums_to_one() -> None:
    """Every outcome of two points with one roll each is gone through."""
    at = point_at({**ONE_ROLL, N: 2}, [log_evidence()], 2)
    outcomes = (np.array(faces).reshape(2, 1) for faces in product(range(1, 5), repeat=2))
    total = sum(math.exp(evaluate(log_evidence(), at.having({x: data}))) for data in outcomes)
    assert math.isclose(total, 1, rel_tol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_the_bound_stays_below_the_evidence_and_an_update_raises_it(seed: int) -> None:
    """At random parameters of all factors."""
    (whole,) = built("dice.elbo").results
    at = point_at({N: 2, J: 2, D1: 2, D2: 3, D3: 3}, [whole.right, log_evidence()], seed)
    before = float(evaluate(whole.right, at))
    assert before < float(evaluate(log_evidence(), at))
    for factor in MEAN_FIELD.factors:
        after = MEAN_FIELD.with_update(whole.right, factor.variable.array)
        assert float(evaluate(after, at)) > before


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (log_density, Verdict.ESTABLISHED),
        (lambda **given: log_density(**given) + 1e-6, Verdict.REFUTED),
        (lambda **given: log_density(**{**given, "z1": given["z2"]}), Verdict.REFUTED),
        (lambda **given: log_density(**{**given, "x": given["x"][:-1]}), Verdict.REFUTED),
        (lambda **given: log_density(**given, gamma=1), Verdict.REFUTED),
    ],
    ids=["as it is", "a constant", "two classes that are one", "no rolls", "a variable too many"],
)
def test_the_declaration_is_held_against_the_sheet(
    change: Callable[..., float], wanted: Verdict
) -> None:
    """A constant, two classes that are one, a point without rolls, a variable too many: refuted."""
    found = transcribed(Random(joint_of(MODEL), change), np.random.default_rng(0))
    assert found.verdict is wanted


FACTOR = MEAN_FIELD.factor(z1)
LOG_OPTIMUM = log(optimal(FACTOR))
OWN = Slice(z1, n)


def scope_of_optimum() -> Scope:
    """What is known once the optimal factor is defined, up to a constant."""
    scope = Scope.of(setting(MEAN_FIELD))
    scope.define(log_density_of_optimum(MEAN_FIELD, FACTOR))
    return scope


@pytest.mark.parametrize(
    "claim",
    [
        equal(LOG_OPTIMUM, log_density_of_optimum(MEAN_FIELD, FACTOR).value),
        equal(2 * LOG_OPTIMUM, Integer(0)),
        up_to_constant(LOG_OPTIMUM, Integer(0), Slice(z1)),
        equal(LOG_OPTIMUM, FamilyDensity(z1[n], FamilyAt("Categorical", Entries(phi1[n, i], i)))),
    ],
    ids=["its definition", "twice it", "another constant", "the log of a density"],
)
def test_a_claim_that_needs_the_constant_of_a_density_is_refused(claim: object) -> None:
    """A density that is known up to a constant equals another density, and nothing else."""
    with pytest.raises(StatementError, match="wanted"):
        normalised(claim, scope_of_optimum())


def test_probabilities_that_do_not_sum_to_one_are_no_update() -> None:
    """They have the shape of the optimal factor, yet are no distribution."""
    weight = exp(responsibility(i))
    at = FamilyAt("Categorical", Entries(weight, i))
    claim = equal(optimal(FACTOR), FamilyDensity(z1[n], at))
    sizes = dict.fromkeys((N, J, D1, D2, D3), (2, 3))
    found = judge_claim(claim, scope_of_optimum(), np.random.default_rng(0), sizes, quick=True)
    assert found[0].verdict is Verdict.REFUTED
    assert "sum to one" in found[0].reason

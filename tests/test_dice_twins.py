"""The printed formula beside the independent code: each key's result, looked up number by number.

The formula is evaluated by literal loops over the expression that the report prints; the code is
NumPy that has never seen it. Sizes are random and all different.
"""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from harness.printed_twins import establish
from oracles.dice_problems import SIZES, Problem
from oracles.formulas import draw, point_of, relation, responsibilities, table_of, worst

from derivations import dice
from derivations.calculus.binding import replace_elements
from derivations.calculus.evaluate import evaluate
from derivations.calculus.point import Point
from derivations.calculus.steps import Relation
from derivations.catalogue import ENTRIES, derive
from impl.dice import bound, coordinate_ascent, exact, predictive, simulation, updates
from impl.dice.data import MISSING, Counts, count
from impl.dice.model import Posterior, Priors

KEYS = [entry.key for entry in ENTRIES if entry.key.startswith("dice.")]
TOLERANCE = 1e-12
FEW_STATES = [(2, 3, 5, 2, 4), (3, 2, 4, 1, 5), (4, 2, 3, 2, 5)]


def sweep_inputs(problem: Problem) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return rows, weights and roll scores as the code takes them."""
    rows, weights = problem.counts.weighted()
    return rows, weights, updates.roll_scores(rows, problem.posterior.roll_concentration)


def compare_q_z1(problem: Problem) -> float:
    """Compare the first responsibilities."""
    posterior = problem.posterior
    got = updates.first_responsibilities(
        sweep_inputs(problem)[2], posterior.second_responsibilities, posterior.first_concentration
    )
    return worst(got[problem.counts.index], responsibilities("dice.q_z1", "phi1", problem))


def compare_q_z2(problem: Problem) -> float:
    """Compare the second responsibilities."""
    posterior = problem.posterior
    got = updates.second_responsibilities(
        sweep_inputs(problem)[2], posterior.first_responsibilities, posterior.second_concentration
    )
    return worst(got[problem.counts.index], responsibilities("dice.q_z2", "phi2", problem))


def compare_q_pi1(problem: Problem) -> float:
    """Compare the first die's concentration."""
    got = updates.first_concentration(
        problem.priors.first_concentration,
        sweep_inputs(problem)[1],
        problem.posterior.first_responsibilities,
    )
    return worst(got, table_of(relation("dice.q_pi1", "alpha1_hat"), point_of(problem)))


def compare_q_pi2(problem: Problem) -> float:
    """Compare the second die's concentration."""
    got = updates.second_concentration(
        problem.priors.second_concentration,
        sweep_inputs(problem)[1],
        problem.posterior.second_responsibilities,
    )
    return worst(got, table_of(relation("dice.q_pi2", "alpha2_hat"), point_of(problem)))


def compare_q_rho(problem: Problem) -> float:
    """Compare the rolled dice's concentrations."""
    rows, weights, _ = sweep_inputs(problem)
    posterior = problem.posterior
    got = updates.roll_concentration(
        problem.priors.roll_concentration,
        rows,
        weights,
        posterior.first_responsibilities,
        posterior.second_responsibilities,
    )
    return worst(got, table_of(relation("dice.q_rho", "beta_hat"), point_of(problem)))


def compare_elbo(problem: Problem) -> float:
    """Compare the bound."""
    got = bound.evidence_lower_bound(problem.counts, problem.priors, problem.posterior)
    return worst(got, evaluate(derive("dice.elbo").results[0].right, point_of(problem)))


def compare_coordinate_ascent(problem: Problem) -> float:
    """Compare one sweep of the code with the five printed updates made in its order."""
    rows, weights, _ = sweep_inputs(problem)
    got = coordinate_ascent.sweep(rows, weights, problem.priors, problem.posterior)
    errors = []
    steps: list[tuple[str, str, Callable[[Problem], np.ndarray]]] = [
        ("first_responsibilities", "phi1", lambda p: responsibilities("dice.q_z1", "phi1", p)),
        ("second_responsibilities", "phi2", lambda p: responsibilities("dice.q_z2", "phi2", p)),
    ]
    steps += [
        (f, a, lambda p, k=k, a=a: table_of(relation(k, a), point_of(p)))
        for f, a, k in (
            ("first_concentration", "alpha1_hat", "dice.q_pi1"),
            ("second_concentration", "alpha2_hat", "dice.q_pi2"),
            ("roll_concentration", "beta_hat", "dice.q_rho"),
        )
    ]
    state = problem
    for field, _, compute in steps:
        value = compute(state)
        if "responsibilities" in field:
            errors.append(worst(getattr(got, field)[problem.counts.index], value))
            by_row = np.empty_like(getattr(got, field))
            by_row[problem.counts.index] = value
            value = by_row
        else:
            errors.append(worst(getattr(got, field), value))
        parts = {**vars(state.posterior), field: value}
        state = Problem(state.rolls, state.counts, state.priors, Posterior(**parts))
    return float(np.max(errors))


def compare_log_evidence(problem: Problem) -> float:
    """Compare the exact log evidence."""
    got = exact.log_evidence(problem.counts, problem.priors)
    return worst(got, evaluate(derive("dice.log_evidence").results[0].right, point_of(problem)))


def compare_predictive(problem: Problem) -> float:
    """Compare a new point of every row's counts, and a single new roll."""
    point = point_of(problem)
    many, one = derive("dice.predictive").results
    (counts,) = (a for a in many.right.atoms(type(dice.x)) if a.name == "c")
    errors = [worst(predictive.roll_probabilities(problem.posterior), table_of(one, point))]
    for row in problem.counts.rows:
        alone = Counts(row[None], np.ones(1, dtype=int), np.zeros(1, dtype=int))
        got = predictive.log_predictive(alone, problem.posterior)
        wanted = evaluate(many.right, point.having({counts: row.astype(float)}))
        errors.append(worst(got, math.log(wanted)))
    return float(np.max(errors))


def compare_log_joint(problem: Problem) -> float:
    """Compare the expanded log joint with the code's at values drawn from the factors."""
    rng = np.random.default_rng(problem.counts.rows.sum())
    posterior, points = problem.posterior, len(problem.rolls)
    first = rng.dirichlet(posterior.first_concentration)
    second = rng.dirichlet(posterior.second_concentration)
    roll = np.array([rng.dirichlet(row) for row in posterior.roll_concentration])
    z1, z2 = rng.integers(len(first), size=points), rng.integers(len(second), size=points)
    got = exact.log_joint(
        problem.counts, problem.priors,
        first=first, second=second, roll=roll, first_faces=z1, second_faces=z2,
    )  # fmt: skip
    values = {dice.pi1: first, dice.pi2: second, dice.rho: roll, dice.z1: z1 + 1, dice.z2: z2 + 1}
    wanted = evaluate(derive("dice.log_joint").results[1].right, point_of(problem).having(values))
    return worst(got, wanted)


def compare_graph(problem: Problem) -> float:
    """Compare the code's ancestral order with the graph's arrows into the rolls.

    Dice this lopsided show one face each, neighbours not the same: every roll is then determined
    by the die its parents pick, and the number of rolls that differ from that face is returned.
    """
    (selected,) = dice.MODEL.variable(dice.x).selections
    picking = Relation(dice.k, selected.subscripts[0])
    d1, d2, d3 = problem.priors.faces
    lopsided = np.full((d1 + d2 - 1, d3), 1e-9)
    lopsided[np.arange(d1 + d2 - 1), np.arange(d1 + d2 - 1) % d3] = 1e3
    priors = Priors(np.full(d1, 9.0), np.full(d2, 9.0), lopsided)
    drawn = simulation.simulate(priors, points=300, rolls=3, seed=len(problem.rolls))
    truth = drawn.truth
    sizes = {dice.N: 300, dice.J: 3, dice.D1: d1, dice.D2: d2, dice.D3: d3}
    faces = {dice.z1: truth.first_faces + 1, dice.z2: truth.second_faces + 1}
    point = Point(sizes, faces)
    picked = [round(evaluate(picking.right, point.at({dice.n: n}))) for n in range(1, 301)]
    shown = truth.roll.argmax(axis=1)[np.array(picked) - 1]
    assert len(set(shown)) > 1
    return float((drawn.rolls != shown[:, None]).sum())


COMPARISONS: dict[str, Callable[[Problem], float]] = {
    key: globals()[f"compare_{key.removeprefix('dice.')}"] for key in KEYS
}


@pytest.mark.parametrize("key", KEYS)
def test_code_agrees_with_the_printed_formula(key: str, rng: np.random.Generator, ledger) -> None:  # noqa: ANN001
    """What the report prints, evaluated by literal loops, is what the independent code computes."""
    problems = [draw(rng, sizes) for sizes in (FEW_STATES if key == "dice.log_evidence" else SIZES)]
    establish(ledger, key, lambda: [COMPARISONS[key](problem) for problem in problems], TOLERANCE)


def test_missing_rolls_drop_out_of_the_formula(rng: np.random.Generator) -> None:
    """Of rows with missing rolls the code computes what the formula says of the rolls alone."""
    problem = draw(rng, (2, 3, 4, 5, 4))
    table = np.pad(problem.rolls, ((0, 0), (1, 2)), constant_values=MISSING)
    with_gaps = replace(problem, counts=count(table, 4))
    assert with_gaps.counts.rolls == 5 * 4
    for compare in (compare_q_z1, compare_q_z2, compare_q_rho, compare_elbo):
        assert compare(with_gaps) <= TOLERANCE


def test_a_formula_with_swapped_parameters_disagrees_with_the_code(
    rng: np.random.Generator,
) -> None:
    """Negative control: with alpha1 and its approximation swapped the comparison goes red."""
    problem = draw(rng, SIZES[0])
    right = derive("dice.elbo").results[0].right
    hat = dice.MEAN_FIELD.factors[0].parameters[0]
    swapped = replace_elements(
        right, {dice.alpha1: lambda i: hat[i], hat: lambda i: dice.alpha1[i]}
    )
    got = bound.evidence_lower_bound(problem.counts, problem.priors, problem.posterior)
    # Both bounds are near -100, and they may lie close: a thousand times what a twin may be off.
    assert worst(got, evaluate(swapped, point_of(problem))) > 1e3 * TOLERANCE

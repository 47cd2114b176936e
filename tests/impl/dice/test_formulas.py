"""The printed formula beside the independent code: each key's results, looked up number by number.

The formula is evaluated by literal loops over the expression that the report prints; the code is
NumPy that has never seen it. Sizes are random and all different.
"""

from dataclasses import replace

import numpy as np
import pytest
from harness.against_formulas import CONTROL, establish, keys_of, named_code, scale
from harness.ledger import Ledger
from oracles.dice_problems import SIZES, Problem
from oracles.formulas import Printed, worst
from oracles.formulas_of_dice import COMPARISONS, draw, numbers

from impl.dice import bound
from impl.dice.data import MISSING, count

KEYS = keys_of("dice")
TOLERANCE = 1e-12
FEW_STATES = [(2, 3, 5, 2, 4), (3, 2, 4, 1, 5), (4, 2, 3, 2, 5)]
LETTERS = {
    f"dice.q_{variable}": f"{letter}_star"
    for variable, letter in (
        ("z1", "phi1"),
        ("z2", "phi2"),
        ("pi1", "alpha1_hat"),
        ("pi2", "alpha2_hat"),
        ("rho", "beta_hat"),
    )
}
"""The optimum that each update defines."""
NOT_SCALED = {
    "impl.dice.simulation.simulate": "it draws faces, which are counted",
    "impl.dice.coordinate_ascent.fit": "the sweep that it repeats is compared",
}
CODE = [(key, name) for key, name in named_code("dice") if name not in NOT_SCALED]


def problems(key: str, rng: np.random.Generator) -> list[Problem]:
    """Draw problems, small ones where all states are summed over."""
    return [draw(rng, sizes) for sizes in (FEW_STATES if key == "dice.log_evidence" else SIZES)]


@pytest.mark.parametrize("key", KEYS)
def test_code_agrees_with_the_printed_formula(
    key: str, rng: np.random.Generator, ledger: Ledger
) -> None:
    """What the report prints, evaluated by literal loops, is what the independent code computes."""
    printed, drawn = Printed(key), problems(key, rng)
    establish(
        ledger,
        key,
        lambda: [pair.error for one in drawn for pair in COMPARISONS[key](printed, one)],
        TOLERANCE,
    )


@pytest.mark.parametrize("key", KEYS)
def test_every_printed_result_counts(key: str, rng: np.random.Generator) -> None:
    """Negative control: with any one result a thousandth off the comparison goes red."""
    (problem, *_) = problems(key, rng)
    letters = (LETTERS[key],) if key in LETTERS else ()
    unseen = [
        name
        for name, wrong in Printed(key).false(*letters)
        if not worst(COMPARISONS[key](wrong, problem)) > CONTROL * TOLERANCE
    ]
    assert unseen == []


@pytest.mark.parametrize(("key", "name"), CODE, ids=[f"{key}, {name}" for key, name in CODE])
def test_every_named_function_counts(
    key: str, name: str, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: with any one of the named functions a millionth off it goes red."""
    printed, (problem, *_) = Printed(key), problems(key, rng)
    scale(monkeypatch, name)
    assert worst(COMPARISONS[key](printed, problem)) > CONTROL * TOLERANCE


def test_missing_rolls_drop_out_of_the_formula(rng: np.random.Generator) -> None:
    """Of rows with missing rolls the code computes what the formula says of the rolls alone."""
    problem = draw(rng, (2, 3, 4, 5, 4))
    table = np.pad(problem.rolls, ((0, 0), (1, 2)), constant_values=MISSING)
    with_gaps = replace(problem, counts=count(table, 4))
    assert with_gaps.counts.rolls == 5 * 4
    for key in ("dice.q_z1", "dice.q_z2", "dice.q_rho", "dice.elbo"):
        assert worst(COMPARISONS[key](Printed(key), with_gaps)) <= TOLERANCE


def test_a_formula_with_swapped_parameters_disagrees_with_the_code(
    rng: np.random.Generator,
) -> None:
    """Negative control: with alpha1 and its approximation swapped the comparison goes red."""
    problem = draw(rng, SIZES[0])
    at = numbers(problem)
    swapped = at | {"alpha1": at["alpha1_hat"], "alpha1_hat": at["alpha1"]}
    got = bound.evidence_lower_bound(problem.counts, problem.priors, problem.posterior)
    wanted = Printed("dice.elbo").right(0)(**swapped)
    # Both bounds are near -100, and they may lie close: a thousand times what may be off.
    assert abs(got - wanted) / abs(wanted) > CONTROL * TOLERANCE

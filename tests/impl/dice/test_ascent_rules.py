"""Where coordinate ascent starts, when it stops, and that one default holds everywhere."""

import inspect

import numpy as np
import pytest
from oracles.dice_problems import MANY_POINTS, draw_problem

from impl.dice import coordinate_ascent
from impl.dice.coordinate_ascent import AscentError, ascend, fit, start
from impl.dice.model import Floats, Posterior, Priors


def bounds(monkeypatch: pytest.MonkeyPatch, values: list[float], magnitude: float) -> None:
    """Let sweep after sweep have these bounds, whose terms' sizes add up to the magnitude."""
    left = iter(values)

    def told(_rows: Floats, _weights: Floats, _p: Priors, _q: Posterior) -> tuple[float, float]:
        return next(left), magnitude

    monkeypatch.setattr(coordinate_ascent, "bound_and_magnitude", told)


def test_a_fall_within_rounding_is_neither_convergence_nor_an_error(
    monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    """The change's size decides: at tolerance 0 a bound that still moves has not converged."""
    problem = draw_problem(rng, MANY_POINTS)
    values = [-10.0, -10.0 - 1e-12, -9.0, -9.0]
    bounds(monkeypatch, values, magnitude=1e3)
    run = ascend(problem.counts, problem.priors, problem.posterior, tolerance=0.0)
    assert run.trace.tolist() == values
    assert run.converged


@pytest.mark.parametrize(("units", "refused"), [(500, False), (999.9, False), (1000.1, True)])
def test_a_fall_is_judged_by_the_sizes_of_the_bounds_terms(
    monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator, units: float, *, refused: bool
) -> None:
    """A thousand units in the last place of all terms together are what rounding may do."""
    problem = draw_problem(rng, MANY_POINTS)
    fall = units * np.finfo(float).eps * 1e6
    bounds(monkeypatch, [-1.0, -1.0 - fall], magnitude=1e6)
    given = (problem.counts, problem.priors, problem.posterior)
    if refused:
        with pytest.raises(AscentError, match="sweep 2: ELBO fell by"):
            ascend(*given, max_sweeps=2)
    else:
        assert ascend(*given, max_sweeps=2, tolerance=0.0).trace.size == 2


def test_a_start_gives_every_point_the_same_law_with_no_face_left_out(
    rng: np.random.Generator,
) -> None:
    """Responsibilities are one draw from the inside of the simplex, for all points."""
    problem = draw_problem(rng, MANY_POINTS)
    found = start(problem.counts, problem.priors, rng)
    for distribution in (found.first_responsibilities, found.second_responsibilities):
        assert np.ptp(distribution, axis=0).max() == 0
        assert distribution.min() > 0
        assert distribution[0].sum() == pytest.approx(1, rel=1e-15, abs=0)
        assert np.ptp(distribution[0]) > 0


def test_a_start_spreads_every_roll_over_the_rolled_dice_alike(rng: np.random.Generator) -> None:
    """Beyond the prior each rolled die starts with its equal part of all rolls, and no more."""
    problem = draw_problem(rng, MANY_POINTS)
    found = start(problem.counts, problem.priors, rng)
    spread = found.roll_concentration - problem.priors.roll_concentration
    rolls = sum(map(len, problem.rolls))
    np.testing.assert_allclose(spread.sum(axis=1), rolls / len(spread), rtol=1e-12)
    assert spread.min() > 0


@pytest.mark.parametrize("name", ["tolerance", "max_sweeps"])
def test_a_fit_and_an_ascent_have_the_same_defaults(name: str) -> None:
    """What a fit leaves out is what one ascent leaves out."""
    fitted, one = (inspect.signature(f).parameters[name].default for f in (fit, ascend))
    assert fitted == one

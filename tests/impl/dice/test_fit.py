"""Coordinate ascent on the dice model: determinism, the convergence rule, and what is refused."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from harness.dice_comparisons import assert_same_bits
from oracles.dice_problems import MANY_POINTS, draw_problem

from impl.dice import coordinate_ascent
from impl.dice.bound import evidence_lower_bound
from impl.dice.coordinate_ascent import AscentError, ascend, fit, sweep
from impl.dice.model import Floats, Posterior, Priors
from impl.errors import InputError


def test_same_seed_gives_same_bits_and_another_seed_another_start(rng: np.random.Generator) -> None:
    """A fit repeats bit for bit under its seed, and the seed matters."""
    problem = draw_problem(rng, MANY_POINTS)
    one, two, other = (
        fit(problem.counts, problem.priors, restarts=3, seed=seed) for seed in (5, 5, 6)
    )
    assert_same_bits(one.posterior, two.posterior)
    for trace, same, different in zip(one.traces, two.traces, other.traces, strict=True):
        np.testing.assert_array_equal(trace, same)
        assert trace[0] != different[0]


def test_a_restart_does_not_depend_on_how_many_there_are(rng: np.random.Generator) -> None:
    """The second of two restarts is the second of four."""
    problem = draw_problem(rng, MANY_POINTS)
    two = fit(problem.counts, problem.priors, restarts=2, seed=1)
    four = fit(problem.counts, problem.priors, restarts=4, seed=1)
    np.testing.assert_array_equal(two.traces[1], four.traces[1])


def test_trace_ends_at_the_bound_of_the_posterior_that_is_returned(
    rng: np.random.Generator,
) -> None:
    """The last number of the trace is the ELBO of the posterior returned with it."""
    problem = draw_problem(rng, MANY_POINTS)
    result = fit(problem.counts, problem.priors, restarts=4, seed=2)
    bound = evidence_lower_bound(problem.counts, problem.priors, result.posterior)
    assert result.elbo == bound
    assert result.elbo == max(trace[-1] for trace in result.traces)
    assert result.sweeps == result.traces[result.best_restart].size


def test_ascent_ends_at_the_first_sweep_that_meets_the_convergence_rule(
    rng: np.random.Generator,
) -> None:
    """Every sweep but the last changes the bound by more than the tolerance, the last by less."""
    problem = draw_problem(rng, MANY_POINTS)
    run = ascend(problem.counts, problem.priors, problem.posterior, tolerance=1e-7)
    change = np.abs(np.diff(run.trace)) / np.abs(run.trace[1:])
    assert run.converged
    assert change[-1] <= 1e-7
    assert (change[:-1] > 1e-7).all()


def test_not_converging_is_a_field_of_the_result(rng: np.random.Generator) -> None:
    """Too few sweeps end the ascent with converged False, and no exception."""
    problem = draw_problem(rng, MANY_POINTS)
    result = fit(problem.counts, problem.priors, restarts=2, max_sweeps=3)
    assert not result.converged
    assert [trace.size for trace in result.traces] == [3, 3]


def test_progress_reports_every_sweep_of_every_restart(rng: np.random.Generator) -> None:
    """The callback sees restart, sweep and bound, in order."""
    problem = draw_problem(rng, MANY_POINTS)
    seen = []
    result = fit(
        problem.counts, problem.priors, restarts=2, progress=lambda *values: seen.append(values)
    )
    expected = [
        (restart, number, bound)
        for restart, trace in enumerate(result.traces)
        for number, bound in enumerate(trace, start=1)
    ]
    assert seen == expected


@pytest.mark.parametrize(
    ("factor", "message"), [(np.nan, "wanted a finite ELBO, got nan"), (1e4, "ELBO fell by")]
)
def test_a_sweep_that_breaks_the_bound_is_an_error(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch, factor: float, message: str
) -> None:
    """A NaN, or a bound that falls beyond rounding, ends the fit with an error that says so."""
    problem = draw_problem(rng, MANY_POINTS)
    calls = []

    def broken(rows: Floats, weights: Floats, priors: Priors, q: Posterior) -> Posterior:
        calls.append(None)
        q = sweep(rows, weights, priors, q)
        if len(calls) < 4:
            return q
        return replace(q, roll_concentration=factor * q.roll_concentration)

    monkeypatch.setattr(coordinate_ascent, "sweep", broken)
    with pytest.raises(AscentError, match=rf"^sweep 4: {message}"):
        fit(problem.counts, problem.priors, restarts=1, tolerance=0)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"restarts": 0}, "restarts: wanted at least 1, got 0"),
        ({"max_sweeps": 0}, "max_sweeps: wanted at least 1, got 0"),
        ({"tolerance": -1.0}, "tolerance: wanted a finite number from 0 up, got -1.0"),
        ({"tolerance": np.nan}, "tolerance: wanted a finite number from 0 up, got nan"),
    ],
)
def test_settings_out_of_range_are_refused(
    rng: np.random.Generator, setting: dict[str, Any], message: str
) -> None:
    """A setting no fit can have is an error that names it."""
    problem = draw_problem(rng, MANY_POINTS)
    with pytest.raises(InputError) as error:
        fit(problem.counts, problem.priors, **setting)
    assert str(error.value) == message


def test_counts_of_dice_with_other_faces_are_refused(rng: np.random.Generator) -> None:
    """Counts of five faces do not go with priors of six."""
    with pytest.raises(InputError, match="faces: wanted 6, as the prior has, got 5 faces"):
        fit(draw_problem(rng, MANY_POINTS).counts, Priors.symmetric((2, 3, 6)))

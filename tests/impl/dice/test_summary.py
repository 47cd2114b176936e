"""The summary of a fit says what was fitted to what, counted from the rolls themselves."""

from dataclasses import replace

import numpy as np
import pytest
from oracles.dice_problems import MANY_POINTS, draw_problem, padded

from impl.dice import summary
from impl.dice.coordinate_ascent import fit
from impl.dice.data import count
from impl.dice.predictive import log_predictive
from impl.dice.summary import _responsibilities


def test_data_are_described_point_by_point_and_restarts_from_one(
    rng: np.random.Generator,
) -> None:
    """The fewest and most rolls are those of the points' own lists; the best restart is named."""
    problem = draw_problem(rng, MANY_POINTS)
    lengths = [len(rolls) for rolls in problem.rolls]
    assert min(lengths) != max(lengths)
    found = fit(problem.counts, problem.priors, restarts=4, seed=3)
    content = summary.summarize(found, problem.counts, problem.priors, level=0.9, held_out=None)
    assert content["data"]["points"] == len(lengths)
    assert content["data"]["rolls"] == sum(lengths)
    assert content["data"]["fewest_rolls_of_a_point"] == min(lengths)
    assert content["data"]["most_rolls_of_a_point"] == max(lengths)
    elbos = [restart["elbo"] for restart in content["restarts"]]
    assert content["elbo"] == max(elbos) == elbos[content["best_restart"] - 1]
    assert content["held_out"] is None


def test_rolls_held_out_are_scored_in_all_and_by_the_point(rng: np.random.Generator) -> None:
    """Their log predictive probability stands whole, and divided by the number of points."""
    problem = draw_problem(rng, MANY_POINTS)
    found = fit(problem.counts, problem.priors, restarts=1)
    rolls = [[0, 1, 1], [4], [2, 3]]
    held_out = count(padded(rolls), 5)
    content = summary.summarize(found, problem.counts, problem.priors, level=0.9, held_out=held_out)
    score = content["held_out"]
    assert (score["points"], score["rolls"]) == (3, 6)
    alone = [log_predictive(count(padded([row]), 5), found.posterior) for row in rolls]
    assert score["log_predictive"] == pytest.approx(sum(alone), rel=1e-12, abs=0)
    assert score["log_predictive_per_point"] == pytest.approx(np.mean(alone), rel=1e-12, abs=0)


@pytest.mark.parametrize(("rows", "listed"), [(10_000, True), (10_001, False)])
def test_responsibilities_are_listed_up_to_ten_thousand_rows(
    rng: np.random.Generator, rows: int, *, listed: bool
) -> None:
    """One row more and a sentence says where they are."""
    problem = draw_problem(rng, MANY_POINTS)
    found = fit(problem.counts, problem.priors, restarts=1)
    distributions = (
        found.posterior.first_responsibilities[:1],
        found.posterior.second_responsibilities[:1],
    )
    first, second = (np.tile(distribution, (rows, 1)) for distribution in distributions)
    many = replace(found.posterior, first_responsibilities=first, second_responsibilities=second)
    counts = replace(
        problem.counts,
        rows=np.tile(problem.counts.rows[:1], (rows, 1)),
        weights=np.ones(rows, dtype=problem.counts.weights.dtype),
        index=np.arange(rows),
    )
    written = _responsibilities(many, counts)
    assert isinstance(written, list) == listed
    assert len(written) == rows if listed else "10,001 distinct rows" in written

"""The embedded example: dice simulated once, fitted anew for every report from several starts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, xlogy

from impl.dice.coordinate_ascent import Fit, ascend, fit
from impl.dice.data import Counts
from impl.dice.figures import draw_ascent, draw_dice, draw_ends
from impl.dice.files import read_truth
from impl.dice.model import Posterior, Priors
from impl.dice.predictive import credible_intervals, posterior_mean, sum_probabilities
from impl.dice.reading import read_counts
from impl.dice.relabelling import Relabelled, relabel
from impl.dice.simulation import Truth
from impl.dice.updates import sum_responsibilities
from impl.figure_style import save_vector
from report import starts

LEVEL = 0.95
FEW, MANY = 8, 40
"""Random starts: as many as a user has by default, and as many as a report has time for."""

SEED = 0
USED = 0.01
"""A rolled die that the fit gives fewer points than this share is called unused."""

FOUND = 0.1
"""A die is called recovered if its mean is within this total variation distance of a true one."""

CLOSE = 1.0
"""Nats below the highest bound of the same starts within which an ascent counts as that optimum."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Attempt:
    """The best of the ascents from one kind of starts, beside the truth.

    Attributes
    ----------
    name
        Of the starts.
    ends
        Bounds at which the ascents ended, in nats, in any order.
    posterior
        Of the highest.
    truth
        The true dice under the labels of this posterior.
    likelihood
        Log likelihood of all rolls at the posterior means of the dice, in nats.
    """

    name: str
    ends: Floats
    posterior: Posterior
    truth: Relabelled
    likelihood: float

    @property
    def bound(self) -> float:
        """The highest bound, in nats."""
        return float(self.ends.max())

    @property
    def close(self) -> int:
        """How many ascents ended within a nat of the best, that one included."""
        return int((self.ends > self.bound - CLOSE).sum())

    @property
    def shares(self) -> Floats:
        """The fitted share of points that roll each die."""
        return sum_probabilities(self.posterior)

    @property
    def used(self) -> NDArray[np.int64]:
        """The rolled dice in use, counted from zero."""
        return np.flatnonzero(self.shares >= USED)

    @property
    def unused(self) -> int:
        """How many rolled dice are not in use."""
        return self.shares.size - self.used.size

    def roll_errors(self) -> Floats:
        """Return the total variation distance of each rolled die's mean from the truth."""
        mean = posterior_mean(self.posterior.roll_concentration)
        return 0.5 * np.abs(mean - self.truth.roll).sum(axis=-1)

    def hidden_errors(self) -> tuple[float, float]:
        """Return the same distance for the two hidden dice."""
        first = posterior_mean(self.posterior.first_concentration)
        second = posterior_mean(self.posterior.second_concentration)
        distances = (np.abs(first - self.truth.first), np.abs(second - self.truth.second))
        return float(0.5 * distances[0].sum()), float(0.5 * distances[1].sum())

    def share_error(self) -> float:
        """Return the total variation distance of the shares of the rolled dice from the truth."""
        return float(0.5 * np.abs(self.shares - self.truth.sums).sum())

    def ways(self) -> NDArray[np.int64]:
        """Return how many pairs of hidden faces in use add up to each sum."""
        concentrations = (self.posterior.first_concentration, self.posterior.second_concentration)
        return pairs(*(posterior_mean(concentration) for concentration in concentrations))

    def coverage(self) -> tuple[int, int]:
        """Return how many faces of the dice in use lie in their interval, and of how many."""
        intervals = credible_intervals(self.posterior.roll_concentration, LEVEL)[self.used]
        true = self.truth.roll[self.used]
        inside = (intervals[..., 0] <= true) & (true <= intervals[..., 1])
        return int(inside.sum()), inside.size


@dataclass(frozen=True)
class Example:
    """The fit as a user would run it, other starts beside it, and what they are compared with.

    Attributes
    ----------
    fit
        The best of a few random starts.
    few, many, clustered
        This fit, that of more random starts, and that of starts at clusters of the points.
    from_truth
        The one ascent that starts at the true dice.
    true_likelihood
        Log likelihood of all rolls at the true dice, in nats.
    settings
        What the simulation was told.
    points, rows
        Numbers of points, and of distinct rows of counts.
    """

    fit: Fit
    few: Attempt
    many: Attempt
    clustered: Attempt
    from_truth: Attempt
    true_likelihood: float
    settings: dict[str, object]
    points: int
    rows: int

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """All kinds of starts, that at the truth last, since nobody has it in practice."""
        return self.few, self.many, self.clustered, self.from_truth

    @property
    def best(self) -> Attempt:
        """The attempt with the highest bound, of those that do not know the truth."""
        return max(self.attempts[:-1], key=lambda attempt: attempt.bound)

    @property
    def headline(self) -> str:
        """The fit in one line."""
        state = "converged" if self.fit.converged else "did not converge"
        return f"{state} after {self.fit.sweeps} sweeps, bound {self.fit.elbo:.3f} nats"


def run(source: Path, figures: Path) -> Example:
    """Fit the embedded data and draw the figures."""
    settings = json.loads((source / "truth.json").read_text(encoding="utf-8"))["settings"]
    faces = (settings["faces"][0], settings["faces"][1], settings["faces"][2])
    truth = read_truth(source / "truth.json", faces)
    counts = read_counts(source / "rolls.csv", faces[2])
    priors = Priors.symmetric(faces)
    found = _attempted(counts, priors, truth, settings)
    figures.mkdir(parents=True, exist_ok=True)
    save_vector(draw_ascent(found.fit), figures / "elbo")
    ends = {attempt.name: attempt.ends for attempt in found.attempts}
    save_vector(draw_ends(ends), figures / "starts")
    for name, attempt in (("dice", found.few), ("best", found.best)):
        drawn = draw_dice(attempt.posterior, level=LEVEL, truth=truth)
        save_vector(drawn, figures / name)
    return found


def _attempted(
    counts: Counts, priors: Priors, truth: Truth, settings: dict[str, object]
) -> Example:
    """Ascend from every kind of starts."""

    def attempt(name: str, traces: Sequence[Floats], posterior: Posterior) -> Attempt:
        ends = np.array([trace[-1] for trace in traces])
        means = (posterior.first_concentration, posterior.second_concentration)
        first, second = (posterior_mean(concentration) for concentration in means)
        roll = posterior_mean(posterior.roll_concentration)
        likelihood = log_likelihood(counts, first, second, roll)
        return Attempt(name, ends, posterior, relabel(truth, posterior), likelihood)

    few, many = (fit(counts, priors, restarts=number, seed=SEED) for number in (FEW, MANY))
    clustered = starts.from_clusters(counts, priors, SEED)
    at_truth = ascend(counts, priors, start_at(truth, counts, priors))
    return Example(
        fit=few,
        few=attempt(f"{FEW} random starts", few.traces, few.posterior),
        many=attempt(f"{MANY} random starts", many.traces, many.posterior),
        clustered=attempt(
            "clusters of the points", [run.trace for run in clustered], clustered[0].posterior
        ),
        from_truth=attempt("the true dice", [at_truth.trace], at_truth.posterior),
        true_likelihood=log_likelihood(counts, truth.first, truth.second, truth.roll),
        settings=settings,
        points=counts.points,
        rows=counts.weights.size,
    )


def pairs(first: Floats, second: Floats) -> NDArray[np.int64]:
    """Return how many pairs of hidden faces make each sum, of faces used at all."""
    return np.convolve((first >= USED).astype(np.int64), (second >= USED).astype(np.int64))


def log_likelihood(counts: Counts, first: Floats, second: Floats, roll: Floats) -> float:
    """Return the log probability of all rolls at known dice, hidden faces summed out, in nats."""
    rows, weights = counts.weighted()
    shares = sum_responsibilities(first[np.newaxis], second[np.newaxis])[0]
    sequences = xlogy(rows[:, np.newaxis], roll).sum(axis=-1)
    return float(weights @ logsumexp(sequences, b=shares, axis=1))


def start_at(truth: Truth, counts: Counts, priors: Priors) -> Posterior:
    """Return starting values at the true dice."""
    shares = sum_responsibilities(truth.first[np.newaxis], truth.second[np.newaxis])[0]
    rolls = shares[:, np.newaxis] * truth.roll
    return starts.near(counts, priors, truth.first, truth.second, rolls)

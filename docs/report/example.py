"""The embedded example: dice simulated once, fitted anew for every report, and its analysis."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from impl.dice.coordinate_ascent import Fit, Run, ascend, fit
from impl.dice.data import Counts
from impl.dice.figures import draw_ascent, draw_dice
from impl.dice.files import read_truth
from impl.dice.model import Posterior, Priors
from impl.dice.predictive import credible_intervals, posterior_mean, sum_probabilities
from impl.dice.reading import read_counts
from impl.dice.relabelling import Relabelled, relabel
from impl.dice.simulation import Truth
from impl.dice.updates import sum_responsibilities
from impl.figure_style import save

LEVEL = 0.95
RESTARTS = 8
FURTHER_RESTARTS = 32
SEED = 0
CERTAIN = 0.99
"""A pair of hidden faces that q gives more than this probability is called certain."""

USED = 0.01
"""A rolled die that the fit gives fewer points than this share is called unused."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Example:
    """The fit, and what it is compared with.

    Attributes
    ----------
    fit
        The best of a few restarts, as a user would run it.
    truth
        The true dice under the fit's labels.
    further
        Bounds at which further restarts ended, in nats.
    from_truth
        An ascent that starts at the true dice.
    settings
        What the simulation was told.
    points
        Number of points.
    weights
        Number of points of each distinct row of counts.
    """

    fit: Fit
    truth: Relabelled
    further: Floats
    from_truth: Run
    settings: dict[str, object]
    points: int
    weights: NDArray[np.integer]

    @property
    def rows(self) -> int:
        """Number of distinct rows of counts."""
        return self.weights.size

    @property
    def headline(self) -> str:
        """The fit in one line."""
        state = "converged" if self.fit.converged else "did not converge"
        return f"{state} after {self.fit.sweeps} sweeps, bound {self.fit.elbo:.3f} nats"

    @property
    def shares(self) -> Floats:
        """The fitted share of points that roll each die."""
        return sum_probabilities(self.fit.posterior)

    @property
    def used(self) -> NDArray[np.int64]:
        """The rolled dice in use, counted from zero."""
        return np.flatnonzero(self.shares >= USED)

    def roll_errors(self) -> Floats:
        """Return the total variation distance of each rolled die's mean from the truth."""
        mean = posterior_mean(self.fit.posterior.roll_concentration)
        return 0.5 * np.abs(mean - self.truth.roll).sum(axis=-1)

    def hidden_errors(self) -> tuple[float, float]:
        """Return the same distance for the two hidden dice."""
        first = posterior_mean(self.fit.posterior.first_concentration)
        second = posterior_mean(self.fit.posterior.second_concentration)
        distances = (np.abs(first - self.truth.first), np.abs(second - self.truth.second))
        return float(0.5 * distances[0].sum()), float(0.5 * distances[1].sum())

    def coverage(self) -> tuple[int, int]:
        """Return how many faces of the dice in use lie in their interval, and of how many."""
        intervals = credible_intervals(self.fit.posterior.roll_concentration, LEVEL)[self.used]
        true = self.truth.roll[self.used]
        inside = (intervals[..., 0] <= true) & (true <= intervals[..., 1])
        return int(inside.sum()), inside.size

    def certain(self) -> float:
        """Return the share of points for which q is nearly certain of both hidden faces."""
        q = self.fit.posterior
        pair = q.first_responsibilities.max(axis=1) * q.second_responsibilities.max(axis=1)
        return float((pair > CERTAIN) @ self.weights / self.points)

    def share_error(self) -> float:
        """Return the total variation distance of the shares of the rolled dice from the truth."""
        return float(0.5 * np.abs(self.shares - self.truth.sums).sum())

    def bounds(self) -> Floats:
        """Return the bound each restart ended at, best first."""
        return np.sort([trace[-1] for trace in self.fit.traces])[::-1]


def run(source: Path, figures: Path) -> Example:
    """Fit the embedded data and draw the figures."""
    settings = json.loads((source / "truth.json").read_text(encoding="utf-8"))["settings"]
    faces = (settings["faces"][0], settings["faces"][1], settings["faces"][2])
    truth = read_truth(source / "truth.json", faces)
    counts = read_counts(source / "rolls.csv", faces[2])
    priors = Priors.symmetric(faces)
    result = fit(counts, priors, restarts=RESTARTS, seed=SEED)
    further = fit(counts, priors, restarts=FURTHER_RESTARTS, seed=SEED + 1)
    figures.mkdir(parents=True, exist_ok=True)
    save(draw_ascent(result), figures / "elbo")
    save(draw_dice(result.posterior, level=LEVEL, truth=truth), figures / "dice")
    return Example(
        fit=result,
        truth=relabel(truth, result.posterior),
        further=np.array([trace[-1] for trace in further.traces]),
        from_truth=ascend(counts, priors, start_at(truth, counts, priors)),
        settings=settings,
        points=counts.points,
        weights=counts.weights,
    )


def start_at(truth: Truth, counts: Counts, priors: Priors) -> Posterior:
    """Return starting values whose dice are the true ones, with the weight of all points.

    Every point starts with the true probabilities of its hidden faces.
    """
    shares = sum_responsibilities(truth.first[np.newaxis], truth.second[np.newaxis])[0]
    rows = (counts.weights.size, 1)
    return Posterior(
        first_concentration=priors.first_concentration + counts.points * truth.first,
        second_concentration=priors.second_concentration + counts.points * truth.second,
        roll_concentration=priors.roll_concentration
        + counts.rolls * shares[:, np.newaxis] * truth.roll,
        first_responsibilities=np.tile(truth.first, rows),
        second_responsibilities=np.tile(truth.second, rows),
    )

"""The embedded example: dice simulated once, fitted anew for every report, and its analysis."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from impl.dice.coordinate_ascent import Fit, fit
from impl.dice.figures import draw_ascent, draw_dice
from impl.dice.files import read_truth
from impl.dice.model import Priors
from impl.dice.predictive import credible_intervals, posterior_mean, sum_probabilities
from impl.dice.reading import read_counts
from impl.dice.relabelling import Relabelled, relabel
from impl.figure_style import save

LEVEL = 0.95
RESTARTS = 8
SEED = 0
USED = 0.01
"""A rolled die that the fit gives fewer points than this share is said to be out of use."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Example:
    """The fit, the truth under the fit's labels, and what the simulation was told."""

    fit: Fit
    truth: Relabelled
    settings: dict[str, object]
    points: int
    rows: int

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

    def bounds(self) -> Floats:
        """Return the bound each restart ended at, best first."""
        return np.sort([trace[-1] for trace in self.fit.traces])[::-1]


def run(source: Path, figures: Path) -> Example:
    """Fit the embedded data and draw the figures."""
    settings = json.loads((source / "truth.json").read_text(encoding="utf-8"))["settings"]
    faces = (settings["faces"][0], settings["faces"][1], settings["faces"][2])
    truth = read_truth(source / "truth.json", faces)
    counts = read_counts(source / "rolls.csv", faces[2])
    result = fit(counts, Priors.symmetric(faces), restarts=RESTARTS, seed=SEED)
    figures.mkdir(parents=True, exist_ok=True)
    save(draw_ascent(result), figures / "elbo")
    save(draw_dice(result.posterior, level=LEVEL, truth=truth), figures / "dice")
    relabelled = relabel(truth, result.posterior)
    return Example(result, relabelled, settings, counts.points, int(counts.weights.size))

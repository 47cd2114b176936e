"""Coordinate ascent on the evidence lower bound, with restarts and an explicit convergence rule."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from impl.dice import updates
from impl.dice.bound import bound_and_magnitude
from impl.dice.data import Counts
from impl.dice.model import Floats, Posterior, Priors
from impl.errors import InputError

__all__ = ["CONVERGENCE_RULE", "AscentError", "Fit", "Run", "ascend", "fit", "start", "sweep"]

CONVERGENCE_RULE = "|ELBO of a sweep - ELBO of the sweep before| <= tolerance * |ELBO of the sweep|"

_ROUNDING = 1e3 * np.finfo(np.float64).eps


class AscentError(ArithmeticError):
    """The evidence lower bound fell, or it is not a finite number."""


@dataclass(frozen=True)
class Run:
    """One ascent: its last posterior, its bound after every sweep in nats, and if it converged."""

    posterior: Posterior
    trace: Floats
    converged: bool


@dataclass(frozen=True)
class Fit:
    """The best of several ascents.

    Attributes
    ----------
    posterior
        Parameters of every factor, of the restart with the highest bound.
    best_restart
        Number of that restart, from 0.
    traces
        Evidence lower bound after every sweep of each restart, in nats.
    restarts_converged
        Whether each restart met the convergence rule within `max_sweeps`.
    tolerance, max_sweeps, seed
        The settings of the call.
    """

    posterior: Posterior
    best_restart: int
    traces: tuple[Floats, ...]
    restarts_converged: tuple[bool, ...]
    tolerance: float
    max_sweeps: int
    seed: int

    @property
    def converged(self) -> bool:
        """Whether the best restart met the convergence rule."""
        return self.restarts_converged[self.best_restart]

    @property
    def sweeps(self) -> int:
        """Sweeps of the best restart."""
        return int(self.traces[self.best_restart].size)

    @property
    def elbo(self) -> float:
        """Evidence lower bound reached by the best restart, in nats."""
        return float(self.traces[self.best_restart][-1])


def start(counts: Counts, priors: Priors, rng: np.random.Generator) -> Posterior:
    """Draw starting values that do not depend on the point.

    q(Z2_n) starts at one distribution shared by all points. So does q(Z1_n), which the first
    update overwrites. Points of equal counts therefore keep equal responsibilities, and weighting
    distinct rows is exact. Each rolled die starts with an equal number of the rolls, spread over
    its faces by a draw from the flat Dirichlet.
    """
    first, second, faces = priors.faces
    dice = first + second - 1
    spread = rng.dirichlet(np.ones(faces), size=dice)
    shape = (counts.weights.size, 1)
    return Posterior(
        first_concentration=priors.first_concentration + rng.random(first),
        second_concentration=priors.second_concentration + rng.random(second),
        roll_concentration=priors.roll_concentration + (counts.rolls / dice) * spread,
        first_responsibilities=np.tile(rng.dirichlet(np.ones(first)), shape),
        second_responsibilities=np.tile(rng.dirichlet(np.ones(second)), shape),
    )


def sweep(rows: Floats, weights: Floats, priors: Priors, posterior: Posterior) -> Posterior:
    """Update every factor once, in the order q(Z1), q(Z2), q(pi1), q(pi2), q(rho).

    Shapes: rows (rows, D3), weights (rows,), as returned by `Counts.weighted`.
    """
    scores = updates.roll_scores(rows, posterior.roll_concentration)
    first = updates.first_responsibilities(
        scores, posterior.second_responsibilities, posterior.first_concentration
    )
    second = updates.second_responsibilities(scores, first, posterior.second_concentration)
    return Posterior(
        updates.first_concentration(priors.first_concentration, weights, first),
        updates.second_concentration(priors.second_concentration, weights, second),
        updates.roll_concentration(priors.roll_concentration, rows, weights, first, second),
        first,
        second,
    )


def ascend(
    counts: Counts,
    priors: Priors,
    posterior: Posterior,
    *,
    tolerance: float = 1e-10,
    max_sweeps: int = 10_000,
    progress: Callable[[int, float], None] | None = None,
) -> Run:
    """Sweep from a given posterior until the convergence rule holds or the sweeps run out.

    Raises
    ------
    AscentError
        If a sweep lowers the bound by more than rounding can, or the bound is not finite.
    """
    rows, weights = counts.weighted()
    trace: list[float] = []
    converged = False
    while len(trace) < max_sweeps and not converged:
        with np.errstate(over="ignore", invalid="ignore"):  # the bound shows it, just below
            posterior = sweep(rows, weights, priors, posterior)
            bound, magnitude = bound_and_magnitude(rows, weights, priors, posterior)
        if not np.isfinite(bound):
            message = f"sweep {len(trace) + 1}: wanted a finite ELBO, got {bound}"
            raise AscentError(message)
        if trace:
            change = bound - trace[-1]
            if change < -_ROUNDING * magnitude:
                message = f"sweep {len(trace) + 1}: ELBO fell by {-change} nats to {bound}"
                raise AscentError(message)
            converged = abs(change) <= tolerance * abs(bound)
        trace.append(bound)
        if progress is not None:
            progress(len(trace), bound)
    return Run(posterior, np.array(trace), converged)


def fit(
    counts: Counts,
    priors: Priors,
    *,
    restarts: int = 8,
    seed: int = 0,
    tolerance: float = 1e-10,
    max_sweeps: int = 10_000,
    progress: Callable[[int, int, float], None] | None = None,
) -> Fit:
    """Fit the mean-field posterior of the dice model by coordinate ascent on the ELBO, in nats.

    Each sweep sets every factor to its optimum, with the others fixed:

        q(Z1_n), q(Z2_n), q(pi1), q(pi2), q(rho_1), ..., q(rho_K)

    so the bound never falls. A restart ends when the bound changes over one sweep by at most
    `tolerance` times its absolute value, or after `max_sweeps`. The restart with the highest bound
    is kept. This is a local optimum.

    Derivation: dice.coordinate_ascent

    Parameters
    ----------
    counts
        Distinct rows of counts. The cost of a sweep depends on the rows, not on their weights.
    priors
        Concentrations. The rolled dice must have as many faces as the counts.
    restarts, seed
        Number of random starting values, and their seed. The same seed gives the same bits.
    tolerance, max_sweeps
        The convergence rule. If it is not met, the result says so, and nothing is raised.
    progress
        Called with the restart, the sweep (from 1) and its bound after every sweep.

    Raises
    ------
    InputError
        If the faces disagree or a setting is out of range.
    AscentError
        If a sweep lowers the bound by more than rounding can, or the bound is not finite.
    """
    _check(counts, priors, restarts, tolerance, max_sweeps)
    best: Run | None = None
    best_restart = 0
    traces: list[Floats] = []
    converged: list[bool] = []
    for restart, seeds in enumerate(np.random.SeedSequence(seed).spawn(restarts)):
        initial = start(counts, priors, np.random.default_rng(seeds))

        def report(swept: int, bound: float, restart: int = restart) -> None:
            if progress is not None:
                progress(restart, swept, bound)

        run = ascend(
            counts, priors, initial, tolerance=tolerance, max_sweeps=max_sweeps, progress=report
        )
        traces.append(run.trace)
        converged.append(run.converged)
        if best is None or run.trace[-1] > best.trace[-1]:
            best, best_restart = run, restart
    if best is None:  # _check asks for at least one restart
        raise AssertionError
    return Fit(
        best.posterior, best_restart, tuple(traces), tuple(converged), tolerance, max_sweeps, seed
    )


def _check(
    counts: Counts, priors: Priors, restarts: int, tolerance: float, max_sweeps: int
) -> None:
    if counts.faces != priors.faces[2]:
        got = f"{counts.faces} faces in the counts"
        raise InputError(source="faces", wanted=f"{priors.faces[2]}, as the prior has", got=got)
    for name, value in (("restarts", restarts), ("max_sweeps", max_sweeps)):
        if value < 1:
            raise InputError(source=name, wanted="at least 1", got=str(value))
    if not (np.isfinite(tolerance) and tolerance >= 0):
        raise InputError(source="tolerance", wanted="a finite number from 0 up", got=str(tolerance))

"""The results of a fit, as plain values for summary.json and arrays for posterior.npz."""

from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
import numpy.typing as npt

from impl.dice.coordinate_ascent import CONVERGENCE_RULE, Fit
from impl.dice.data import Counts
from impl.dice.model import Posterior, Priors
from impl.dice.predictive import (
    credible_intervals,
    log_predictive,
    posterior_mean,
    roll_probabilities,
    sum_probabilities,
)

__all__ = ["posterior_arrays", "summarize", "warnings"]

_FACTORS = ("first", "second", "roll")
_MOST_ROWS = 10_000


def _version() -> str:
    try:
        return version("varproof")
    except PackageNotFoundError:
        return "not installed"


def _concentrations(source: Priors | Posterior) -> dict[str, npt.NDArray[np.float64]]:
    return {name: getattr(source, f"{name}_concentration") for name in _FACTORS}


def warnings(fit: Fit) -> list[str]:
    """Say in one sentence if the fit did not converge."""
    if fit.converged:
        return []
    sweeps = "1 sweep" if fit.max_sweeps == 1 else f"{fit.max_sweeps:,} sweeps"
    return [
        f"the fit did not converge in {sweeps}, so its results may change with more of them "
        "(see --max-sweeps and --tolerance)"
    ]


def summarize(
    fit: Fit, counts: Counts, priors: Priors, *, level: float, held_out: Counts | None
) -> dict[str, Any]:
    """Gather the content of summary.json; restarts, faces and dice are numbered from 1.

    The parameters of every factor are under `posterior`: the concentrations of q(pi1), q(pi2) and
    every q(rho_k), and `responsibilities`. These have one entry for each distinct row of counts:
    its `counts` c_d, its `weight` (the number of points with these counts), and `first` and
    `second`, which are q(Z1_n) and q(Z2_n) of each such point n. If there are more than 10,000
    distinct rows, a sentence in their place points to posterior.npz, which always holds them.
    `warnings` lists the warnings of `varproof dice fit`.
    """
    posterior = fit.posterior
    lengths = counts.rows.sum(axis=1)
    return {
        "version": _version(),
        "seed": fit.seed,
        "faces": list(priors.faces),
        "converged": fit.converged,
        "warnings": warnings(fit),
        "sweeps": fit.sweeps,
        "elbo": fit.elbo,
        "best_restart": fit.best_restart + 1,
        "convergence": {
            "rule": CONVERGENCE_RULE,
            "tolerance": fit.tolerance,
            "max_sweeps": fit.max_sweeps,
        },
        "restarts": [
            {
                "converged": converged,
                "sweeps": int(trace.size),
                "elbo": float(trace[-1]),
                "elbo_trace": trace.tolist(),
            }
            for trace, converged in zip(fit.traces, fit.restarts_converged, strict=True)
        ],
        "data": {
            "points": counts.points,
            "rolls": counts.rolls,
            "fewest_rolls_of_a_point": int(lengths.min()),
            "most_rolls_of_a_point": int(lengths.max()),
            "distinct_rows": int(counts.weights.size),
        },
        "priors": {
            f"{name}_concentration": value.tolist()
            for name, value in _concentrations(priors).items()
        },
        "posterior": {
            **{
                f"{name}_concentration": value.tolist()
                for name, value in _concentrations(posterior).items()
            },
            "responsibilities": _responsibilities(posterior, counts),
        },
        "posterior_means": {
            name: posterior_mean(value).tolist()
            for name, value in _concentrations(posterior).items()
        },
        "credible_intervals": {
            "level": level,
            **{
                name: credible_intervals(value, level).tolist()
                for name, value in _concentrations(posterior).items()
            },
        },
        "predictive": {
            "rolled_die": sum_probabilities(posterior).tolist(),
            "face": roll_probabilities(posterior).tolist(),
        },
        "held_out": None if held_out is None else _score(held_out, posterior),
    }


def _responsibilities(posterior: Posterior, counts: Counts) -> list[dict[str, Any]] | str:
    """List q(Z1_n) and q(Z2_n) by distinct row of counts, or say where they are."""
    if counts.weights.size > _MOST_ROWS:
        return (
            f"of {counts.weights.size:,} distinct rows, in posterior.npz: row index[n] of "
            "first_responsibilities and second_responsibilities is q(Z1_n) and q(Z2_n)"
        )
    columns = (
        counts.rows.tolist(),
        counts.weights.tolist(),
        posterior.first_responsibilities.tolist(),
        posterior.second_responsibilities.tolist(),
    )
    return [
        dict(zip(("counts", "weight", "first", "second"), row, strict=True))
        for row in zip(*columns, strict=True)
    ]


def _score(held_out: Counts, posterior: Posterior) -> dict[str, Any]:
    total = log_predictive(held_out, posterior)
    return {
        "points": held_out.points,
        "rolls": held_out.rolls,
        "log_predictive": total,
        "log_predictive_per_point": total / held_out.points,
    }


def posterior_arrays(posterior: Posterior, counts: Counts) -> dict[str, npt.NDArray[Any]]:
    """Gather the content of posterior.npz: the parameters of every factor, and the rows."""
    return {
        "first_concentration": posterior.first_concentration,
        "second_concentration": posterior.second_concentration,
        "roll_concentration": posterior.roll_concentration,
        "first_responsibilities": posterior.first_responsibilities,
        "second_responsibilities": posterior.second_responsibilities,
        "rows": counts.rows,
        "weights": counts.weights,
        "index": counts.index,
    }

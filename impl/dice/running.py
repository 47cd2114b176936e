"""The commands `dice simulate` and `dice fit`: files in, files out, a short table."""

import argparse
import sys
from contextlib import ExitStack

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from impl.dice.coordinate_ascent import AscentError, Fit, fit
from impl.dice.data import Counts
from impl.dice.files import read_truth, write_rolls, write_truth
from impl.dice.model import Floats, Priors
from impl.dice.predictive import posterior_mean, sum_probabilities
from impl.dice.reading import read_counts
from impl.dice.simulation import simulate
from impl.dice.summary import posterior_arrays, summarize
from impl.errors import InputError
from impl.files import staged_file, staged_folder, write_arrays, write_json

__all__ = ["run_fit", "run_simulate"]

_FACES_IN_TABLE = 8


def _priors(arguments: argparse.Namespace) -> Priors:
    faces = tuple(arguments.faces)
    if arguments.seed < 0:
        raise InputError(
            source="--seed", wanted="a whole number from 0 up", got=str(arguments.seed)
        )
    roll = np.array(arguments.roll_concentration)
    dice = faces[0] + faces[1] - 1
    if dice > 1 and roll.size == dice * faces[2]:
        roll = roll.reshape(dice, faces[2])
    return Priors.symmetric(
        faces,
        first=_one_or_all(arguments.first_concentration),
        second=_one_or_all(arguments.second_concentration),
        roll=roll[0] if roll.size == 1 else roll,
    )


def _one_or_all(values: list[float]) -> float | list[float]:
    return values[0] if len(values) == 1 else values


def run_simulate(arguments: argparse.Namespace) -> int:
    """Draw from the model and write the rolls, and the truth if asked."""
    priors = _priors(arguments)
    if arguments.truth and arguments.truth.resolve() == arguments.output.resolve():
        wanted = "another file than --output"
        raise InputError(source="--truth", wanted=wanted, got=str(arguments.truth))
    with ExitStack() as outputs:
        rolls_file = outputs.enter_context(staged_file(arguments.output))
        truth_file = (
            outputs.enter_context(staged_file(arguments.truth)) if arguments.truth else None
        )
        drawn = simulate(
            priors, points=arguments.points, rolls=arguments.rolls, seed=arguments.seed
        )
        write_rolls(rolls_file, drawn.rolls)
        if truth_file is not None:
            settings = {
                "faces": arguments.faces,
                "points": arguments.points,
                "rolls": arguments.rolls,
                "seed": arguments.seed,
                "first_concentration": priors.first_concentration.tolist(),
                "second_concentration": priors.second_concentration.tolist(),
                "roll_concentration": priors.roll_concentration.tolist(),
            }
            write_truth(truth_file, drawn.truth, settings)
    return 0


def run_fit(arguments: argparse.Namespace) -> int:
    """Fit a file of rolls and write summary.json, posterior.npz and the figures."""
    priors = _priors(arguments)
    if not 0 < arguments.level < 1:
        got = str(arguments.level)
        raise InputError(source="--level", wanted="a number between 0 and 1", got=got)
    faces = priors.faces
    counts = read_counts(arguments.rolls, faces[2])
    held_out = read_counts(arguments.held_out, faces[2]) if arguments.held_out else None
    truth = read_truth(arguments.truth, faces) if arguments.truth else None
    try:
        with staged_folder(arguments.output) as folder:
            result = _fit_with_progress(counts, priors, arguments)
            level = arguments.level
            summary = summarize(result, counts, priors, level=level, held_out=held_out)
            # Matplotlib is slow to import.
            from impl import figure_style  # noqa: PLC0415
            from impl.dice import figures  # noqa: PLC0415

            write_json(folder / "summary.json", summary)
            write_arrays(folder / "posterior.npz", posterior_arrays(result.posterior, counts))
            figure_style.save(figures.draw_ascent(result), folder / "elbo")
            drawn = figures.draw_dice(result.posterior, level=level, truth=truth)
            figure_style.save(drawn, folder / "dice")
    except AscentError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    _print(result, counts, summary["held_out"])
    return 0


def _fit_with_progress(counts: Counts, priors: Priors, arguments: argparse.Namespace) -> Fit:
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("restart {task.fields[restart]} of {task.total:.0f}"),
        BarColumn(),
        TextColumn("{task.fields[state]}"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task("", total=arguments.restarts, restart=1, state="starting")

        def report(restart: int, sweep: int, bound: float) -> None:
            state = f"sweep {sweep}, ELBO {bound:.6g} nats"
            bar.update(task, completed=restart, restart=restart + 1, state=state)

        return fit(
            counts,
            priors,
            restarts=arguments.restarts,
            seed=arguments.seed,
            tolerance=arguments.tolerance,
            max_sweeps=arguments.max_sweeps,
            progress=report if console.is_terminal else None,
        )


def _print(result: Fit, counts: Counts, held_out: dict[str, float] | None) -> None:
    console = Console(highlight=False)
    state = "converged" if result.converged else "NOT converged"
    missing = f"{counts.missing:,} missing, " if counts.missing else ""
    console.print(
        f"{counts.points:,} points, {counts.rolls:,} rolls, {missing}"
        f"{counts.weights.size:,} distinct rows of counts"
    )
    console.print(
        f"ELBO {result.elbo:,.6f} nats: {state} after {result.sweeps:,} sweeps, "
        f"best of {len(result.traces)} restarts"
    )
    if held_out is not None:
        console.print(
            f"held out: {held_out['points']:,} points, {held_out['log_predictive']:,.4f} nats "
            f"({held_out['log_predictive_per_point']:.4f} a point)"
        )
    posterior = result.posterior
    widest = max(
        posterior.first_concentration.size,
        posterior.second_concentration.size,
        posterior.roll_concentration.shape[1],
    )
    shown = min(widest, _FACES_IN_TABLE)
    table = Table(title="posterior means by face")
    table.add_column("die")
    table.add_column("points", justify="right")
    for face in range(1, shown + 1):
        table.add_column(str(face), justify="right")
    if widest > shown:
        table.add_column("...")
    table.add_row("pi1", "", *_cells(posterior.first_concentration, shown))
    table.add_row("pi2", "", *_cells(posterior.second_concentration, shown), end_section=True)
    shares = sum_probabilities(posterior)
    for k, concentration in enumerate(posterior.roll_concentration):
        table.add_row(f"rho{k + 1}", f"{shares[k]:.1%}", *_cells(concentration, shown))
    console.print(table)


def _cells(concentration: Floats, shown: int) -> list[str]:
    return [f"{value:.3f}" for value in posterior_mean(concentration)[:shown]]

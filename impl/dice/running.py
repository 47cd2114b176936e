"""The commands `dice simulate` and `dice fit`."""

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from impl.dice.coordinate_ascent import AscentError, Fit, fit
from impl.dice.data import Counts
from impl.dice.files import read_dice, read_truth, write_rolls, write_truth
from impl.dice.model import Priors
from impl.dice.printing import AscentProgress, print_fit, print_note
from impl.dice.reading import Rolls, read_rolls
from impl.dice.simulation import Dice, Simulation, simulate, simulate_further
from impl.dice.summary import posterior_arrays, summarize
from impl.errors import InputError
from impl.files import staged_file, staged_folder, write_arrays, write_json

__all__ = ["run_fit", "run_simulate"]

NOT_CONVERGED = 3
"""Exit status of a fit that is written but has not converged."""

_WRITTEN = {".csv", ".npy"}
_CONCENTRATIONS = ("first_concentration", "second_concentration", "roll_concentration")


def _priors(arguments: argparse.Namespace) -> Priors:
    if arguments.faces is None:
        wanted = "the faces of the dice, or --from-truth"
        raise InputError(source="--faces", wanted=wanted, got="neither")
    faces = tuple(arguments.faces)
    first, second, roll = (
        np.array([1.0] if given is None else given)
        for given in (getattr(arguments, name) for name in _CONCENTRATIONS)
    )
    dice = faces[0] + faces[1] - 1
    if dice > 1 and roll.size == dice * faces[2]:
        roll = roll.reshape(dice, faces[2])
    if min(faces) > 0:
        numbers = ((1, faces[0]), (1, faces[1]), (1, faces[2], dice * faces[2]))
        for name, value, sizes in zip(_CONCENTRATIONS, (first, second, roll), numbers, strict=True):
            if value.size not in sizes:
                raise InputError(source=name, wanted=_number_of(sizes), got=str(value.size))
    return Priors.symmetric(faces, first=first, second=second, roll=roll)


def _number_of(sizes: tuple[int, ...]) -> str:
    """Say how many numbers were wanted, as in ``1, 6 or 24 numbers``."""
    *others, last = (f"{size:,}" for size in dict.fromkeys(sizes))
    text = f"{', '.join(others)} or {last}" if others else last
    return f"{text} numbers" if text != "1" else "1 number"


def _check_seed(seed: int) -> None:
    if seed < 0:
        raise InputError(source="--seed", wanted="a whole number from 0 up", got=str(seed))


def run_simulate(arguments: argparse.Namespace) -> int:
    """Draw from the model and write the rolls, and the truth if asked."""
    _check_seed(arguments.seed)
    _check_simulated_paths(arguments)
    from_truth = arguments.from_truth
    source = _priors(arguments) if from_truth is None else _known_dice(arguments)
    with ExitStack() as outputs:
        rolls_file = outputs.enter_context(staged_file(arguments.output))
        truth_file = (
            outputs.enter_context(staged_file(arguments.truth)) if arguments.truth else None
        )
        drawn, faces = _draw(source, arguments)
        write_rolls(rolls_file, drawn.rolls)
        if truth_file is not None:
            settings = {
                "faces": list(faces),
                "points": arguments.points,
                "rolls": arguments.rolls,
                "seed": arguments.seed,
            }
            if isinstance(source, Priors):
                settings |= {name: getattr(source, name).tolist() for name in _CONCENTRATIONS}
            else:
                settings["from_truth"] = str(from_truth)
            write_truth(truth_file, drawn.truth, settings)
    return 0


def _check_simulated_paths(arguments: argparse.Namespace) -> None:
    """Refuse a file of another kind, and two options that name one file.

    A name without an ending is taken, as that of a device or a pipe: it gets CSV.
    """
    if arguments.output.suffix.lower() not in _WRITTEN | {""}:
        wanted = "a name that ends in .csv or .npy"
        raise InputError(source="--output", wanted=wanted, got=str(arguments.output))
    options = ("output", "from-truth", "truth")
    taken: dict[Path, str] = {}
    for option in options:
        path = getattr(arguments, option.replace("-", "_"))
        if path is None:
            continue
        other = taken.setdefault(path.resolve(), option)
        if other != option:
            wanted = f"another file than --{other}"
            raise InputError(source=f"--{option}", wanted=wanted, got=str(path))


def _known_dice(arguments: argparse.Namespace) -> Dice:
    """Read the dice of `--from-truth`, and refuse options that would describe others."""
    for name in _CONCENTRATIONS:
        if getattr(arguments, name) is not None:
            option = f"--{name.replace('_', '-')}"
            wanted = "no prior beside --from-truth, whose dice are known"
            raise InputError(source=option, wanted=wanted, got="one")
    dice = read_dice(arguments.from_truth)
    faces = _faces(dice)
    if arguments.faces is not None and tuple(arguments.faces) != faces:
        wanted = f"{' '.join(map(str, faces))}, as in {arguments.from_truth}"
        got = " ".join(map(str, arguments.faces))
        raise InputError(source="--faces", wanted=wanted, got=got)
    return dice


def _faces(dice: Dice) -> tuple[int, int, int]:
    return dice.first.size, dice.second.size, int(dice.roll.shape[1])


def _draw(
    source: Priors | Dice, arguments: argparse.Namespace
) -> tuple[Simulation, tuple[int, int, int]]:
    """Draw points, and dice too if only their priors are known."""
    points, rolls, seed = arguments.points, arguments.rolls, arguments.seed
    if isinstance(source, Priors):
        return simulate(source, points=points, rolls=rolls, seed=seed), source.faces
    return simulate_further(source, points=points, rolls=rolls, seed=seed), _faces(source)


def _read(path: Path, faces: int, arguments: argparse.Namespace) -> Rolls:
    """Read rolls, and say on stderr what might have been meant otherwise."""
    rolls = read_rolls(path, faces, header=arguments.header, row_names=arguments.row_names)
    for note in rolls.layout.notes:
        print_note(f"note: {path}: {note}")
    return rolls


def run_fit(arguments: argparse.Namespace) -> int:
    """Fit a file of rolls and write summary.json, posterior.npz and the figures."""
    _check_seed(arguments.seed)
    priors = _priors(arguments)
    if not 0 < arguments.level < 1:
        got = str(arguments.level)
        raise InputError(source="--level", wanted="a number between 0 and 1", got=got)
    faces = priors.faces
    rolls = _read(arguments.rolls, faces[2], arguments)
    held_out = _read(arguments.held_out, faces[2], arguments) if arguments.held_out else None
    truth = read_truth(arguments.truth, faces) if arguments.truth else None
    counts = rolls.counts
    try:
        with staged_folder(arguments.output) as folder:
            result = _fit_with_progress(counts, priors, arguments)
            level = arguments.level
            scored = None if held_out is None else held_out.counts
            summary = summarize(result, counts, priors, level=level, held_out=scored)
            summary["files"] = {
                name: read.layout.record()
                for name, read in (("rolls", rolls), ("held_out", held_out))
                if read is not None
            }
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
    try:
        print_fit(result, counts, f"{arguments.rolls}: {rolls.layout.sentence}", summary)
    finally:  # also if nobody reads the table any more
        for warning in summary["warnings"]:
            print_note(f"warning: {warning}")
    return 0 if result.converged else NOT_CONVERGED


def _fit_with_progress(counts: Counts, priors: Priors, arguments: argparse.Namespace) -> Fit:
    with AscentProgress(arguments.restarts) as progress:
        return fit(
            counts,
            priors,
            restarts=arguments.restarts,
            seed=arguments.seed,
            tolerance=arguments.tolerance,
            max_sweeps=arguments.max_sweeps,
            progress=progress.show if progress.shown else None,
        )

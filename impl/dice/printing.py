"""What `dice fit` prints: its progress, how the data were read, and a table of means."""

import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from rich.measure import Measurement
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from impl.console import console as opened
from impl.dice.coordinate_ascent import Fit
from impl.dice.data import Counts
from impl.dice.model import Floats, Posterior
from impl.dice.predictive import posterior_mean, sum_probabilities

__all__ = ["AscentProgress", "means_table", "print_fit", "print_note", "progress_text"]

_FACES_IN_TABLE = 8
_ANY_WIDTH = 10_000
_BAR = 80  # width of a terminal that has room for a bar and a clock beside the text
_BESIDE_TEXT = 14  # least width of both


class AscentProgress:
    """The progress of a fit on stderr, if that is a terminal; it is removed at the end."""

    def __init__(self, restarts: int) -> None:
        console = opened(stderr=True)
        self.shown = console.is_terminal
        self._restarts = restarts
        self._room = console.width - (_BESIDE_TEXT if console.width >= _BAR else 1)
        columns = (BarColumn(), TimeElapsedColumn()) if console.width >= _BAR else ()
        self._bar = Progress(
            TextColumn("{task.description}"),
            *columns,
            console=console,
            transient=True,
            disable=not self.shown,
        )
        self._task = self._bar.add_task("", total=restarts)

    def __enter__(self) -> Self:
        """Start to show it."""
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Remove it."""
        self._bar.stop()

    def show(self, restart: int, sweep: int, bound: float) -> None:
        """Show the restart, counted from 0, the sweep, and the bound after it."""
        text = progress_text(restart + 1, self._restarts, sweep, bound, self._room)
        self._bar.update(self._task, completed=restart, description=text)


def progress_text(restart: int, restarts: int, sweep: int, bound: float, room: int) -> str:
    """Say how far a fit is, in full or in fewer words; a number is never shortened."""
    words = [
        f"restart {restart} of {restarts}",
        f", sweep {sweep}",
        f", ELBO {bound:.6g} nats",
    ]
    while words and len("".join(words)) > room:
        words.pop()
    return "".join(words)


def print_note(text: str) -> None:
    """Write one line to stderr."""
    sys.stderr.write(f"{text}\n")


def print_fit(result: Fit, counts: Counts, read_as: str, summary: Mapping[str, Any]) -> None:
    """Print the data, the end of the ascent, the held-out score if any, and the posterior means."""
    console = opened()
    state = "converged" if result.converged else "NOT converged"
    missing = f"{counts.missing:,} missing, " if counts.missing else ""
    lines = [
        read_as,
        f"{counts.points:,} points, {counts.rolls:,} rolls, {missing}"
        f"{counts.weights.size:,} distinct rows of counts",
        f"ELBO {result.elbo:,.6f} nats: {state} after {_counted(result.sweeps, 'sweep')}, "
        f"{_restarts(result.restarts_converged)}",
    ]
    held_out = summary["held_out"]
    if held_out is not None:
        lines.append(
            f"held out: {held_out['points']:,} points, {held_out['log_predictive']:,.4f} nats "
            f"({held_out['log_predictive_per_point']:.4f} a point)"
        )
    for line in lines:  # never broken: what reads the output by line finds each number whole
        console.print(line)
    # Off a terminal there is no width to keep within.
    width = console.width if console.is_terminal else _ANY_WIDTH
    table = means_table(result.posterior, width)
    opened(width=_width(table)).print(table)


def _counted(number: int, noun: str) -> str:
    return f"1 {noun}" if number == 1 else f"{number:,} {noun}s"


def _restarts(converged: tuple[bool, ...]) -> str:
    """Say how many restarts there were, and how many of them did not converge."""
    total, failed = len(converged), converged.count(False)
    said = f"best of {_counted(total, 'restart')}"
    return said + (f", {failed} of them not converged" if failed and total > 1 else "")


def means_table(posterior: Posterior, width: int) -> Table:
    """Build the table of posterior means by face, with as many faces as fit into a width.

    At most eight faces are shown. Numbers are never shortened: a face is shown in full for every
    die, or left out.
    """
    faces = max(
        posterior.first_concentration.size,
        posterior.second_concentration.size,
        posterior.roll_concentration.shape[1],
    )
    dice = range(len(posterior.roll_concentration))
    shown = min(faces, _FACES_IN_TABLE)
    # The last die has the longest name, and all other cells of a column are equally wide.
    while shown and _width(_build(posterior, dice[-1:], shown, faces)) > width:
        shown -= 1
    return _build(posterior, dice, shown, faces)


def _build(posterior: Posterior, dice: range, shown: int, faces: int) -> Table:
    """Build a table of some rolled dice and of the first faces."""
    table = Table(title="posterior means by face", caption=_left_out(shown, faces))
    table.add_column("die")
    table.add_column("points", justify="right")
    for face in range(1, shown + 1):
        table.add_column(str(face), justify="right")
    table.add_row("pi1", "", *_means(posterior.first_concentration, shown))
    table.add_row("pi2", "", *_means(posterior.second_concentration, shown), end_section=True)
    shares = sum_probabilities(posterior)
    for k in dice:
        means = _means(posterior.roll_concentration[k], shown)
        table.add_row(f"rho{k + 1}", f"{shares[k]:.1%}", *means)
    return table


def _left_out(shown: int, faces: int) -> str | None:
    """Say where the faces are that a table does not show."""
    if shown == faces:
        return None
    if shown + 1 == faces:
        return f"face {faces} is in summary.json"
    return f"faces {shown + 1} to {faces} are in summary.json"


def _width(table: Table) -> int:
    """Return the width at which no column of a table is shortened."""
    console = opened(width=_ANY_WIDTH)
    return Measurement.get(console, console.options, table).maximum


def _means(concentration: Floats, shown: int) -> list[str]:
    return [f"{value:.3f}" for value in posterior_mean(concentration)[:shown]]

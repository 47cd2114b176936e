"""What a fit prints: numbers whole at any width, on a terminal and off it."""

import re

import numpy as np
import pytest
from oracles.dice_problems import MANY_POINTS, draw_problem
from rich.console import Console

from impl.dice.coordinate_ascent import fit
from impl.dice.model import Posterior
from impl.dice.predictive import posterior_mean
from impl.dice.printing import AscentProgress, means_table, print_fit, progress_text
from impl.dice.summary import summarize

NUMBER = re.compile(r"\d+\.\d+%?")


def posterior(faces: tuple[int, int, int]) -> Posterior:
    """Make a posterior whose means differ from face to face."""
    first, second, third = faces
    dice = first + second - 1
    return Posterior(
        first_concentration=np.arange(1.0, first + 1),
        second_concentration=np.arange(1.0, second + 1),
        roll_concentration=np.arange(1.0, dice * third + 1).reshape(dice, third),
        first_responsibilities=np.full((1, first), 1 / first),
        second_responsibilities=np.full((1, second), 1 / second),
    )


def shown(table: object, width: int) -> str:
    """Print a table on a console of some width."""
    console = Console(width=width, height=50, highlight=False, file=None)
    with console.capture() as capture:
        console.print(table)
    return capture.get()


@pytest.mark.parametrize("faces", [(2, 3, 12), (6, 6, 6), (1, 1, 1), (2, 2, 100), (40, 70, 3)])
@pytest.mark.parametrize("width", [20, 21, 28, 29, 40, 79, 80, 81, 82, 200])
def test_a_number_is_printed_whole_or_not_at_all_at_any_width(
    faces: tuple[int, int, int], width: int
) -> None:
    """Each rolled die's row holds its share and its first means, and no part of another number."""
    q = posterior(faces)
    printed = shown(means_table(q, width), width)
    lines = printed.splitlines()
    assert max(map(len, lines)) <= width
    means = [[f"{mean:.3f}" for mean in row] for row in posterior_mean(q.roll_concentration)]
    rows = {line.split()[1]: line for line in lines if "rho" in line}
    assert list(rows) == [f"rho{k + 1}" for k in range(len(means))]
    for k, row in enumerate(rows.values()):
        numbers = NUMBER.findall(row)
        assert numbers[0].endswith("%")
        assert numbers[1:] == means[k][: len(numbers) - 1]
    assert "…" not in printed


@pytest.mark.parametrize(("width", "faces_shown"), [(200, 8), (81, 8), (80, 7), (25, 1), (24, 0)])
@pytest.mark.parametrize("terminal", ["", "dumb"])
def test_as_many_faces_are_shown_as_fit_and_the_others_are_said_to_be_elsewhere(
    monkeypatch: pytest.MonkeyPatch, width: int, faces_shown: int, terminal: str
) -> None:
    """Of twelve faces, no more than eight are shown; a caption says where the others are.

    A dumb terminal, for which rich assumes 80 columns, changes nothing.
    """
    if terminal:
        monkeypatch.setenv("TERM", terminal)
        monkeypatch.setenv("FORCE_COLOR", "1")
    table = means_table(posterior((2, 3, 12)), width)
    assert len(table.columns) == 2 + faces_shown
    assert table.caption == f"faces {faces_shown + 1} to 12 are in summary.json"
    assert means_table(posterior((2, 3, 8)), 200).caption is None
    assert means_table(posterior((2, 3, 9)), 200).caption == "face 9 is in summary.json"


@pytest.mark.parametrize(
    ("room", "text"),
    [
        (99, "restart 2 of 8, sweep 10, ELBO -4537.9 nats"),
        (43, "restart 2 of 8, sweep 10, ELBO -4537.9 nats"),
        (42, "restart 2 of 8, sweep 10"),
        (23, "restart 2 of 8"),
        (13, ""),
    ],
)
def test_progress_leaves_out_what_has_no_room(room: int, text: str) -> None:
    """The bound goes first, then the sweep, then the restart."""
    assert progress_text(2, 8, 10, -4537.8986, room) == text


@pytest.mark.parametrize("width", [10, 20, 34, 60, 79, 80, 120])
def test_progress_shows_no_part_of_a_number_at_any_width(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    """What the terminal gets holds no sign of shortening."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(width))
    with AscentProgress(1000) as progress:
        assert progress.shown
        progress.show(999, 10_000, -123456.789)
    printed = capsys.readouterr().err
    assert ("restart 1000 of 1000" in printed) == (width > 20)
    assert "…" not in printed


@pytest.mark.parametrize("terminal", ["dumb", "xterm"])
@pytest.mark.parametrize("columns", ["", "10", "40", "300"])
def test_off_a_terminal_no_line_is_broken_whatever_the_environment_says(
    rng: np.random.Generator,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    columns: str,
    terminal: str,
) -> None:
    """The sentences stand on a line each, and all eight faces are in the table."""
    monkeypatch.setenv("TERM", terminal)
    monkeypatch.setenv("COLUMNS", columns)
    problem = draw_problem(rng, MANY_POINTS)
    result = fit(problem.counts, problem.priors, restarts=1, max_sweeps=3)
    summary = summarize(result, problem.counts, problem.priors, level=0.9, held_out=problem.counts)
    read_as = f"[red]rolls[/red].csv: {'cells ' * 40}end"
    print_fit(result, problem.counts, read_as, summary)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == read_as
    assert lines[1].startswith(f"{problem.counts.points:,} points, ")
    assert f"ELBO {result.elbo:,.6f} nats: " in lines[2]
    assert f"{summary['held_out']['log_predictive']:,.4f} nats" in lines[3]
    shares = [line for line in lines if "rho" in line]
    faces = min(8, problem.counts.faces)
    assert all(len(NUMBER.findall(line)) == 1 + faces for line in shares)
    assert len(shares) == len(result.posterior.roll_concentration)

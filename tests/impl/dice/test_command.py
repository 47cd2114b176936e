"""The dice commands at work: what they write, what they say, and that it repeats."""

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Never

import numpy as np
import pytest
from harness.dice_commands import (
    FACES,
    call,
    draw_nothing,
    fit_arguments,
    parsed,
    run,
    write_rolls,
)
from matplotlib.axes import Axes
from matplotlib.text import Text

import varproof.command
from impl.dice import figures, running, summary
from impl.dice.bound import evidence_lower_bound
from impl.dice.coordinate_ascent import fit
from impl.dice.data import count
from impl.dice.model import Floats, Posterior, Priors
from impl.dice.predictive import log_predictive
from impl.dice.reading import read_counts
from impl.dice.running import run_fit
from impl.dice.simulation import simulate


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Fit a small file once for the tests that only look; give its path and the output's."""
    folder = tmp_path_factory.mktemp("fitted")
    path = write_rolls(folder / "rolls.csv")
    assert call(*fit_arguments(path, folder / "fit", "--held-out", path)) == 0
    return path, folder / "fit"


@pytest.mark.slow
def test_simulate_then_fit_works_from_the_command_line(tmp_path: Path) -> None:
    """A user's two commands give rolls, truth, summary, posterior and figures, and no progress."""
    drawn = run(
        "dice", "simulate", "--points", 300, "--rolls", 5, *FACES, "--seed", 4,
        "--output", "rolls.csv", "--truth", "truth.json", folder=tmp_path,
    )  # fmt: skip
    assert (drawn.returncode, drawn.stderr) == (0, "")
    fitted = run(
        "dice", "fit", "rolls.csv", *FACES, "--restarts", 3, "--output", "deep/fit/",
        "--held-out", "rolls.csv", "--truth", "truth.json", folder=tmp_path,
    )  # fmt: skip
    assert (fitted.returncode, fitted.stderr) == (0, "")
    assert "300 points, 1,500 rolls" in fitted.stdout
    assert "converged after" in fitted.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep", "rolls.csv", "truth.json"]
    assert sorted(path.name for path in (tmp_path / "deep" / "fit").iterdir()) == [
        "dice.png",
        "dice.svg",
        "elbo.png",
        "elbo.svg",
        "posterior.npz",
        "summary.json",
    ]


def test_help_is_quick_because_it_imports_no_numerics() -> None:
    """The parser alone is built without NumPy, SciPy, matplotlib or rich."""
    code = (
        "import sys, varproof.command as m\n"
        "try: m.main(['dice', 'fit', '--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'numpy', 'scipy', 'matplotlib', 'rich'} & set(sys.modules)))"
    )
    root = str(Path(varproof.command.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_summary_and_arrays_say_the_same_and_are_the_fit(fitted: tuple[Path, Path]) -> None:
    """Every number of summary.json and posterior.npz follows from the factors written there."""
    rolls_file, output = fitted
    said = json.loads((output / "summary.json").read_text())
    with np.load(output / "posterior.npz") as arrays:
        posterior = Posterior(**{name: arrays[name] for name in Posterior.__dataclass_fields__})
        by_point = arrays["rows"][arrays["index"]]
    counts = read_counts(rolls_file, 4)
    np.testing.assert_array_equal(by_point, counts.by_point)
    priors = Priors.symmetric((2, 3, 4), first=1.5, second=[0.5, 1, 2], roll=[0.9, 1.1, 1.2, 0.7])
    rows = said["posterior"]["responsibilities"]
    assert [row["counts"] for row in rows] == counts.rows.tolist()
    assert [row["weight"] for row in rows] == counts.weights.tolist()
    assert [row["first"] for row in rows] == posterior.first_responsibilities.tolist()
    assert [row["second"] for row in rows] == posterior.second_responsibilities.tolist()
    for name in ("first_concentration", "second_concentration", "roll_concentration"):
        assert said["priors"][name] == getattr(priors, name).tolist()
        assert said["posterior"][name] == getattr(posterior, name).tolist()
    assert said["elbo"] == evidence_lower_bound(counts, priors, posterior)
    best = said["restarts"][said["best_restart"] - 1]
    assert best["elbo_trace"][-1] == best["elbo"] == said["elbo"]
    assert said["converged"] is best["converged"] is True
    assert said["sweeps"] == best["sweeps"] == len(best["elbo_trace"])
    assert said["held_out"]["log_predictive"] == log_predictive(counts, posterior)
    assert said["data"]["points"] == 100
    assert said["data"]["rolls"] == 299
    assert said["data"]["fewest_rolls_of_a_point"] == 2
    for name, intervals in said["credible_intervals"].items():
        if name != "level":
            mean = np.array(said["posterior_means"][name])
            ends = np.array(intervals)
            assert (ends[..., 0] < ends[..., 1]).all()
            assert mean.shape == ends.shape[:-1]


@pytest.mark.parametrize("limit", [-1, 0])
def test_summary_points_to_the_arrays_where_rows_are_too_many(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    """At the limit all responsibilities are listed; one row more, and a sentence says where."""
    counts, priors = count(rng.integers(4, size=(30, 5)), 4), Priors.symmetric((2, 3, 4))
    rows = counts.weights.size
    monkeypatch.setattr(summary, "_MOST_ROWS", rows + limit)
    result = fit(counts, priors, restarts=1, max_sweeps=2)
    content = summary.summarize(result, counts, priors, level=0.9, held_out=None)
    listed = content["posterior"]["responsibilities"]
    if limit == 0:
        assert len(listed) == rows
    else:
        assert listed.startswith(f"of {rows:,} distinct rows, in posterior.npz: ")


def test_the_same_seed_writes_the_same_bytes(fitted: tuple[Path, Path], tmp_path: Path) -> None:
    """Every file of a fit, figures too, repeats byte for byte."""
    rolls_file, output = fitted
    assert call(*fit_arguments(rolls_file, tmp_path / "fit", "--held-out", rolls_file)) == 0
    for path in output.iterdir():
        assert path.read_bytes() == (tmp_path / "fit" / path.name).read_bytes(), path.name


def test_array_and_text_files_of_a_simulation_hold_the_same_rolls(tmp_path: Path) -> None:
    """The ending of the name picks the format, and both give the rolls back."""
    for name in ("rolls.csv", "rolls.npy"):
        arguments = ("--points", 50, "--rolls", 4, *FACES, "--output", tmp_path / name)
        assert call("dice", "simulate", *arguments) == 0
    one, two = (read_counts(tmp_path / name, 4) for name in ("rolls.csv", "rolls.npy"))
    np.testing.assert_array_equal(one.by_point, two.by_point)


def test_fitting_into_a_folder_that_exists_replaces_its_own_files_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second fit renews its files and leaves a stranger's where they are."""
    draw_nothing(monkeypatch)
    output = tmp_path / "fit"
    output.mkdir()
    (output / "notes.txt").write_text("mine")
    (output / "summary.json").write_text("old")
    assert call(*fit_arguments(write_rolls(tmp_path / "rolls.csv"), output)) == 0
    assert (output / "notes.txt").read_text() == "mine"
    assert json.loads((output / "summary.json").read_text())["converged"]
    assert len(list(output.iterdir())) == 7


@pytest.mark.parametrize(("sweeps", "said"), [(1, "in 1 sweep,"), (2, "in 2 sweeps,")])
def test_a_fit_that_has_not_converged_warns_and_ends_with_status_3(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    sweeps: int,
    said: str,
) -> None:
    """It writes what it has. Status, stderr, table and summary all say that it has not."""
    draw_nothing(monkeypatch)
    rolls_file = write_rolls(tmp_path / "rolls.csv")
    assert call(*fit_arguments(rolls_file, tmp_path / "fit", "--max-sweeps", sweeps)) == 3
    printed = capsys.readouterr()
    assert "NOT converged" in printed.out
    assert "best of 2 restarts, 2 of them not converged" in printed.out
    assert printed.err.startswith(f"warning: the fit did not converge {said}")
    assert printed.err.count("\n") == 1
    summary = json.loads((tmp_path / "fit" / "summary.json").read_text())
    assert summary["converged"] is False
    assert printed.err == f"warning: {summary['warnings'][0]}\n"
    assert summary["convergence"]["max_sweeps"] == sweeps


def test_a_fit_that_has_converged_warns_of_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is on stderr, and the record holds no warning."""
    draw_nothing(monkeypatch)
    assert call(*fit_arguments(write_rolls(tmp_path / "rolls.csv"), tmp_path / "fit")) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert "not converged" not in printed.out
    assert json.loads((tmp_path / "fit" / "summary.json").read_text())["warnings"] == []


def test_a_warning_is_given_also_where_nobody_reads_the_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipe that was closed loses the table alone."""

    def close(*_arguments: object) -> Never:
        raise BrokenPipeError

    draw_nothing(monkeypatch)
    monkeypatch.setattr(running, "print_fit", close)
    arguments = fit_arguments(write_rolls(tmp_path / "rolls.csv"), tmp_path / "fit")
    with pytest.raises(BrokenPipeError):
        run_fit(parsed(*arguments, "--max-sweeps", 1))
    assert capsys.readouterr().err.startswith("warning: ")
    assert (tmp_path / "fit" / "summary.json").exists()


def test_figures_are_drawings_of_some_size(fitted: tuple[Path, Path]) -> None:
    """PNG files are images that are not blank, SVG files are well-formed."""
    _, output = fitted
    for name in ("elbo", "dice"):
        image = figures_image(output / f"{name}.png")
        assert min(image.shape[:2]) > 500
        assert 0.02 < np.mean(image[..., :3].min(axis=-1) < 0.9) < 0.6
        root = ET.fromstring((output / f"{name}.svg").read_text())  # noqa: S314 - our own file
        assert root.tag.endswith("svg")


def test_figures_show_the_dice_of_most_points_where_dice_are_many() -> None:
    """Of five hundred dice those are drawn that most points rolled, on a page that can be."""
    posterior = Posterior(
        first_concentration=np.r_[np.ones(400), 1e5],
        second_concentration=np.r_[np.ones(99), 1e5],
        roll_concentration=np.ones((500, 3)),
        first_responsibilities=np.ones((1, 401)) / 401,
        second_responsibilities=np.ones((1, 100)) / 100,
    )
    figure = figures.draw_dice(posterior)
    titles = [axes.get_title("left") for axes in figure.findobj(Axes)]
    drawn = [title for title in titles if "rho" in title]
    assert len(drawn) == 24
    assert drawn[-1] == "$\\rho_{500}$"
    assert "24 of 500 dice" in " ".join(text.get_text() for text in figure.findobj(Text))
    assert max(figure.get_size_inches()) < 15


def figures_image(path: Path) -> Floats:
    """Read a PNG into an array."""
    from matplotlib.image import imread  # noqa: PLC0415 - slow to import

    return imread(path)


def test_two_outputs_may_share_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    """Rolls and truth both arrive in a new folder, and nothing else does."""
    new = tmp_path / "new" / "folder"
    arguments = (
        "--points", 5, "--rolls", 2, *FACES,
        "--output", new / "rolls.csv", "--truth", new / "truth.json",
    )  # fmt: skip
    assert call("dice", "simulate", *arguments) == 0
    assert sorted(path.name for path in new.iterdir()) == ["rolls.csv", "truth.json"]
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_simulated_rolls_are_those_the_library_draws(tmp_path: Path) -> None:
    """Faces in the file count from 1, those in memory from 0."""
    path = tmp_path / "rolls.csv"
    arguments = ("--points", 40, "--rolls", 3, *FACES, "--seed", 8, "--output", path)
    assert call("dice", "simulate", *arguments) == 0

    drawn = simulate(Priors.symmetric((2, 3, 4)), points=40, rolls=3, seed=8)
    np.testing.assert_array_equal(read_counts(path, 4).by_point, count(drawn.rolls, 4).by_point)
    written = np.loadtxt(path, delimiter=",", skiprows=1, dtype=int)
    np.testing.assert_array_equal(written, drawn.rolls + 1)

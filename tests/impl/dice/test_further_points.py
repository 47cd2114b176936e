"""Further points from known dice: the same dice, other points, and nothing else."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from harness.dice_commands import FACES, assert_refused, call, listing

from derivations.evidence.monte_carlo import RUN
from derivations.evidence.monte_carlo.budget import FALSE_ALARM
from impl.dice.files import read_dice, read_truth, write_truth
from impl.dice.model import Priors
from impl.dice.reading import read_counts
from impl.dice.simulation import Dice, simulate, simulate_further


@pytest.fixture
def truth_file(tmp_path: Path) -> Path:
    """Simulate once and keep the truth."""
    path = tmp_path / "truth.json"
    size = ("--points", 60, "--rolls", 5)
    arguments = (*size, *FACES, "--output", tmp_path / "rolls.csv", "--truth", path)
    assert call("dice", "simulate", *arguments) == 0
    return path


def further(folder: Path, *more: object) -> tuple[object, ...]:
    """Arguments of a simulation from the truth of the first."""
    return (
        "dice", "simulate", "--points", 40, "--rolls", 3, "--from-truth", folder / "truth.json",
        "--output", folder / "more.csv", *more,
    )  # fmt: skip


def test_further_points_are_of_the_dice_in_the_file(truth_file: Path, tmp_path: Path) -> None:
    """The truth written beside them holds the same dice to the last bit, and other faces."""
    second = tmp_path / "second.json"
    assert call(*further(tmp_path, "--truth", second)) == 0
    old, new = read_truth(truth_file, (2, 3, 4)), read_truth(second, (2, 3, 4))
    for name in ("first", "second", "roll"):
        np.testing.assert_array_equal(getattr(new, name), getattr(old, name))
    assert new.first_faces.size == 40
    counts = read_counts(tmp_path / "more.csv", 4)
    assert (counts.points, counts.rolls) == (40, 120)
    drawn = simulate_further(old, points=40, rolls=3, seed=0)
    np.testing.assert_array_equal(new.first_faces, drawn.truth.first_faces)
    settings = json.loads(second.read_text())["settings"]
    assert settings["from_truth"] == str(truth_file)
    assert settings["faces"] == [2, 3, 4]
    assert "first_concentration" not in settings


def test_a_seed_repeats_further_points_and_another_draws_others(
    truth_file: Path, tmp_path: Path
) -> None:
    """The points of a seed are the same bytes each time."""
    written = []
    for seed in (0, 0, 1):
        assert call(*further(truth_file.parent, "--seed", seed)) == 0
        written.append((tmp_path / "more.csv").read_bytes())
    assert written[0] == written[1]
    assert written[0] != written[2]


def test_further_points_share_no_random_number_with_the_first(rng: np.random.Generator) -> None:
    """Under one seed, the uniform numbers behind the dice are not those behind the points."""
    seed = int(rng.integers(2**32))
    first = np.random.default_rng(seed).random(1000)
    faces = 1000
    even = Dice(np.full(faces, 1 / faces), np.ones(1), np.ones((faces, 1)))
    drawn = simulate_further(even, points=1000, rolls=1, seed=seed).truth.first_faces
    assert (drawn == (first * faces).astype(int)).mean() < 0.1


def test_further_points_follow_the_dice(rng: np.random.Generator) -> None:
    """Faces occur as often as the dice say (Hoeffding's inequality, one share a frequency)."""
    RUN.spend("further points follow their dice", FALSE_ALARM)
    dice = Dice(rng.dirichlet(np.ones(3)), rng.dirichlet(np.ones(2)), rng.dirichlet([2] * 5, 4))
    points = 20_000
    drawn = simulate_further(dice, points=points, rolls=1, seed=int(rng.integers(2**32)))
    rolled = np.convolve(dice.first, dice.second) @ dice.roll
    expected = np.concatenate([dice.first, dice.second, rolled])
    counted = [drawn.truth.first_faces, drawn.truth.second_faces, drawn.rolls[:, 0]]
    sizes = 3, 2, 5
    found = [np.bincount(x, minlength=n) / points for x, n in zip(counted, sizes, strict=True)]
    bound = np.sqrt(np.log(2 * expected.size / FALSE_ALARM) / (2 * points))
    assert (np.abs(np.concatenate(found) - expected) < bound).all()


@pytest.mark.parametrize("faces", [(1, 1, 1), (2, 3, 4), (5, 1, 2)])
def test_dice_are_read_back_with_their_numbers_of_faces(
    tmp_path: Path, faces: tuple[int, int, int]
) -> None:
    """Nobody has to say how many faces the dice of a file have."""
    truth = simulate(Priors.symmetric(faces), points=3, rolls=2, seed=1).truth
    write_truth(tmp_path / "truth.json", truth, {})
    dice = read_dice(tmp_path / "truth.json")
    for name in ("first", "second", "roll"):
        np.testing.assert_array_equal(getattr(dice, name), getattr(truth, name))


DICE = {
    "first_probabilities": [0.5, 0.5],
    "second_probabilities": [1.0],
    "roll_probabilities": [[0.5, 0.5], [1.0, 0.0]],
}


def test_dice_may_be_written_by_hand(tmp_path: Path) -> None:
    """A file of probabilities alone is enough to draw from."""
    (tmp_path / "truth.json").write_text(json.dumps(DICE))
    assert call(*further(tmp_path)) == 0
    assert read_counts(tmp_path / "more.csv", 2).points == 40


@pytest.mark.parametrize(
    ("change", "more", "message"),
    [
        ({}, ("--faces", 2, 1, 3), "--faces: wanted 2 1 2, as in "),
        ({}, ("--first-concentration", 1), "--first-concentration: wanted no prior beside"),
        ({"first_probabilities": []}, (), "wanted first_probabilities of shape (1,)"),
        ({"first_probabilities": [0.5, 0.6]}, (), "from 0 up that sum to 1"),
        ({"first_probabilities": 1}, (), "wanted lists first_probabilities, second_probabilities"),
        ({"roll_probabilities": []}, (), "wanted lists first_probabilities, second_probabilities"),
        ({"roll_probabilities": [[0.5, 0.5]]}, (), "wanted roll_probabilities of shape (2, 2)"),
        ({"roll_probabilities": [[], []]}, (), "wanted roll_probabilities of shape (2, 1)"),
    ],
)
def test_dice_that_cannot_be_drawn_from_are_refused(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: dict[str, Any],
    more: tuple[object, ...],
    message: str,
) -> None:
    """A bad file, or an option that describes other dice, is one line and no output."""
    (tmp_path / "truth.json").write_text(json.dumps(DICE | change))
    assert_refused(capsys, tmp_path, listing(tmp_path), further(tmp_path, *more), message)


def test_a_simulation_needs_faces_or_dice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without either, both options are named."""
    output = tmp_path / "rolls.csv"
    arguments = ("dice", "simulate", "--points", 5, "--rolls", 2, "--output", output)
    message = "--faces: wanted the faces of the dice, or --from-truth, got neither"
    assert_refused(capsys, tmp_path, listing(tmp_path), arguments, message)

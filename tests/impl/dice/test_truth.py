"""The truth of a simulation, written and read back: whole, or refused by name."""

import json
from pathlib import Path

import numpy as np
import pytest
from harness.dice_commands import assert_refused, fit_arguments, listing, write_rolls

from impl.dice.files import read_truth, write_truth
from impl.dice.model import Priors
from impl.dice.simulation import simulate


def test_the_truth_of_a_simulation_is_read_back_to_the_last_bit(
    rng: np.random.Generator, tmp_path: Path
) -> None:
    """Faces count from 1 in the file and from 0 in memory, and no probability is rounded."""
    priors = Priors.symmetric((2, 3, 4), first=0.4, roll=2.5)
    truth = simulate(priors, points=9, rolls=2, seed=int(rng.integers(2**32))).truth
    write_truth(tmp_path / "truth.json", truth, {})
    for name, value in vars(read_truth(tmp_path / "truth.json", (2, 3, 4))).items():
        np.testing.assert_array_equal(value, getattr(truth, name), err_msg=name)


TRUTH = {
    "first_probabilities": [0.5, 0.5],
    "second_probabilities": [0.2, 0.3, 0.5],
    "roll_probabilities": [[0.1, 0.2, 0.3, 0.4]] * 4,
    "first_faces": [1, 2],
    "second_faces": [3, 1],
}
PROBABILITIES = "wanted first_probabilities from 0 up that sum to 1"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "wanted a JSON file, got text that is not JSON, line 1 column 1"),
        (b'{\n"a" 1}', "wanted a JSON file, got text that is not JSON, line 2 column 5"),
        (b"\xff{}", "wanted a JSON file"),
        (b"[" * 100_000, "wanted a JSON file"),
        (b"[]", "wanted numbers under 'first_probabilities'"),
        ({"first_probabilities": [0.5, 0.2, 0.3]}, "wanted first_probabilities of shape (2,)"),
        ({"first_probabilities": [0.5, float("nan")]}, PROBABILITIES),
        ({"first_probabilities": [1.5, -0.5]}, PROBABILITIES),
        ({"first_probabilities": [10**400, 0]}, "wanted numbers under 'first_probabilities'"),
        ({"first_faces": [10**400, 1]}, "wanted whole numbers under 'first_faces'"),
        ({"first_probabilities": [0.5, 0.6]}, PROBABILITIES),
        ({"second_faces": [3, 4]}, "wanted second_faces from 1 to 3, got 4"),
        ({"second_faces": [3, 1.5]}, "wanted whole numbers under 'second_faces'"),
        ({"second_faces": [3]}, "wanted as many second_faces as first_faces, got 1 and 2"),
        ({"first_faces": None}, "wanted whole numbers under 'first_faces'"),
    ],
)
def test_a_bad_truth_file_is_refused(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: bytes | dict[str, object],
    message: str,
) -> None:
    """A truth that is of other dice, or none at all, is named."""
    written = content if isinstance(content, bytes) else json.dumps(TRUTH | content).encode()
    (tmp_path / "truth.json").write_bytes(written)
    rolls_file = write_rolls(tmp_path / "rolls.csv")
    arguments = fit_arguments(rolls_file, tmp_path / "fit", "--truth", tmp_path / "truth.json")
    assert_refused(capsys, tmp_path, listing(tmp_path), arguments, message)

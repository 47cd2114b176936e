"""Files of the dice problem: simulated rolls, and the truth of a simulation."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from impl.dice.model import Floats, Integers
from impl.dice.simulation import Dice, Truth
from impl.errors import InputError, cause
from impl.files import write_json

__all__ = ["read_dice", "read_truth", "write_rolls", "write_truth"]

_TOLERANCE = 1e-9  # of a sum of probabilities


def write_rolls(path: Path, rolls: Integers) -> None:
    """Write rolls as CSV with a header, or as .npy if the name ends so.

    Faces are numbered from 0 here and from 1 in the file.
    """
    if path.suffix.lower() == ".npy":
        with path.open("wb") as stream:
            np.save(stream, rolls + 1)
        return
    with path.open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([f"roll_{number}" for number in range(1, rolls.shape[1] + 1)])
        writer.writerows((rolls + 1).tolist())


def write_truth(path: Path, truth: Truth, settings: Mapping[str, Any]) -> None:
    """Write the truth behind a simulation, faces numbered from 1."""
    content = {
        "settings": dict(settings),
        "first_probabilities": truth.first.tolist(),
        "second_probabilities": truth.second.tolist(),
        "roll_probabilities": truth.roll.tolist(),
        "first_faces": (truth.first_faces + 1).tolist(),
        "second_faces": (truth.second_faces + 1).tolist(),
    }
    write_json(path, content)


def read_truth(path: Path, faces: tuple[int, int, int]) -> Truth:
    """Read what `write_truth` wrote.

    Raises
    ------
    InputError
        If the file cannot be read or lacks an entry. If it is of dice with other faces, its
        probabilities do not sum to 1, or a hidden face does not exist.
    """
    content = _read_json(path)
    dice = _dice(path, content, faces)
    hidden = [
        _read_faces(path, content, "first_faces", faces[0]),
        _read_faces(path, content, "second_faces", faces[1]),
    ]
    if hidden[0].size != hidden[1].size:
        wanted = "as many second_faces as first_faces"
        got = f"{hidden[1].size} and {hidden[0].size}"
        raise InputError(source=path, wanted=wanted, got=got)
    return Truth(dice.first, dice.second, dice.roll, hidden[0], hidden[1])


def read_dice(path: Path) -> Dice:
    """Read the dice that `write_truth` wrote, whatever their numbers of faces.

    Raises
    ------
    InputError
        If the file cannot be read or lacks a die, or if its probabilities do not sum to 1.
    """
    content = _read_json(path)
    try:
        sizes = [len(content[f"{name}_probabilities"]) for name in ("first", "second")]
        faces = len(content["roll_probabilities"][0])
    except (IndexError, KeyError, TypeError):
        wanted = "lists first_probabilities, second_probabilities and roll_probabilities"
        raise InputError(source=path, wanted=wanted, got="none, or something else") from None
    return _dice(path, content, (max(1, sizes[0]), max(1, sizes[1]), max(1, faces)))


def _read_json(path: Path) -> Any:  # noqa: ANN401 - whatever the JSON holds
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(source=path, wanted="a readable file", got=cause(error)) from None
    except json.JSONDecodeError as error:
        got = f"text that is not JSON, line {error.lineno} column {error.colno}"
        raise InputError(source=path, wanted="a JSON file", got=got) from None
    except (ValueError, RecursionError) as error:
        raise InputError(source=path, wanted="a JSON file", got=str(error)) from None


def _dice(path: Path, content: Any, faces: tuple[int, int, int]) -> Dice:  # noqa: ANN401 - as above
    first, second, third = faces
    return Dice(
        _read_probabilities(path, content, "first_probabilities", (first,)),
        _read_probabilities(path, content, "second_probabilities", (second,)),
        _read_probabilities(path, content, "roll_probabilities", (first + second - 1, third)),
    )


def _read_probabilities(path: Path, content: Any, name: str, shape: tuple[int, ...]) -> Floats:  # noqa: ANN401 - as above
    """Read the probabilities of one die or more, each row of which sums to 1."""
    try:
        array = np.array(content[name], dtype=np.float64)
    except (KeyError, TypeError, ValueError, OverflowError):
        wanted = f"numbers under {name!r}"
        raise InputError(source=path, wanted=wanted, got="none, or something else") from None
    if array.shape != shape:
        wanted = f"{name} of shape {shape}"
        raise InputError(source=path, wanted=wanted, got=f"shape {array.shape}")
    error = np.abs(array.sum(axis=-1) - 1).max()
    if not ((array >= 0).all() and error < _TOLERANCE):  # NaN compares false, and so is refused
        wanted = f"{name} from 0 up that sum to 1"
        raise InputError(source=path, wanted=wanted, got=str(content[name])[:80])
    return array


def _read_faces(path: Path, content: Any, name: str, faces: int) -> Integers:  # noqa: ANN401 - as above
    """Read hidden faces, numbered from 1 in the file and from 0 here."""
    try:
        array = np.array(content[name])
    except (KeyError, TypeError, ValueError):
        array = np.array(None)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        wanted = f"whole numbers under {name!r}"
        raise InputError(source=path, wanted=wanted, got="none, or something else")
    bad = array[(array < 1) | (array > faces)]
    if bad.size:
        wanted = f"{name} from 1 to {faces}"
        raise InputError(source=path, wanted=wanted, got=str(bad[0]))
    return array.astype(np.int64) - 1

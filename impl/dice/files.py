"""Results written whole or not at all, and the truth of a simulation read back."""

import csv
import json
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from impl.dice.errors import InputError
from impl.dice.model import Floats, Integers
from impl.dice.simulation import Truth

__all__ = [
    "read_truth",
    "staged_file",
    "staged_folder",
    "write_arrays",
    "write_json",
    "write_rolls",
    "write_truth",
]

_TOLERANCE = 1e-9  # of a sum of probabilities


def _first_missing(target: Path) -> Path:
    """Topmost part of a path that does not exist yet, or the path itself."""
    missing = target
    while not missing.parent.exists():
        missing = missing.parent
    return missing


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _settle(path: Path) -> None:
    """Have the system put a file, or a folder's entries, on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def staged_file(target: Path) -> Iterator[Path]:
    """Yield a path to write to; it is renamed to the target at the end, or removed on failure.

    Raises
    ------
    OSError
        If the target is a folder, or its place cannot be written.
    """
    target = target.absolute()
    if target.is_dir():
        raise IsADirectoryError(21, "is a folder", str(target))
    with staged_folder(target.parent) as folder:
        yield folder / target.name


@contextmanager
def staged_folder(target: Path) -> Iterator[Path]:
    """Yield a folder to write to; its files appear in the target together, at the end.

    A target that does not exist appears by one rename, missing parents included. In a folder
    that exists each file replaces the one of its name, and no other file is touched. On any
    failure nothing is left behind.

    Raises
    ------
    OSError
        If the target is a file, or its place cannot be written, before anything is yielded; or
        if a folder stands where a file is to go, before any file is replaced.
    """
    target = target.absolute()
    if target.exists() and not target.is_dir():
        raise NotADirectoryError(20, "is a file, not a folder", str(target))
    exists = target.exists()
    root = target if exists else _first_missing(target)
    if not root.parent.is_dir():
        raise NotADirectoryError(20, "is a file, not a folder", str(root.parent))
    staging = root / f".{uuid.uuid4().hex[:8]}.part" if exists else _beside(root)
    folder = staging if exists else staging / target.relative_to(root)
    try:
        try:
            folder.mkdir(parents=True)
        except OSError as error:  # about the draft, whose name means nothing to a user
            raise type(error)(error.errno, error.strerror, str(target)) from None
        yield folder
        written = sorted(folder.iterdir())
        for path in (*written, folder):
            _settle(path)
        if root.exists():  # from the start, or made meanwhile by an output beside this one
            target.mkdir(parents=True, exist_ok=True)
            for path in written:
                if (target / path.name).is_dir():
                    raise IsADirectoryError(21, "is a folder", str(target / path.name))
            for path in written:
                path.replace(target / path.name)
        else:
            staging.rename(root)
        _settle(target)
    finally:
        _remove(staging)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write strict JSON: a number that is not finite is an error, never `NaN`."""
    path.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def write_arrays(path: Path, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write arrays to a compressed .npz file."""
    with path.open("wb") as stream:
        np.savez_compressed(stream, allow_pickle=False, **arrays)


def write_rolls(path: Path, rolls: Integers) -> None:
    """Write rolls (faces from 0 here, from 1 in the file) as CSV with a header, or as .npy.

    Which of the two is said by the ending of the name.
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
        If the file cannot be read, lacks an entry, is of dice with other faces, or holds
        probabilities that do not sum to 1 or hidden faces that are none.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        got = (error.strerror or str(error)).lower()
        raise InputError(source=path, wanted="a readable file", got=got) from None
    except (ValueError, RecursionError) as error:
        raise InputError(source=path, wanted="a JSON file", got=str(error)) from None
    first, second, third = faces
    probabilities = [
        _read_probabilities(path, content, "first_probabilities", (first,)),
        _read_probabilities(path, content, "second_probabilities", (second,)),
        _read_probabilities(path, content, "roll_probabilities", (first + second - 1, third)),
    ]
    hidden = [
        _read_faces(path, content, "first_faces", first),
        _read_faces(path, content, "second_faces", second),
    ]
    if hidden[0].size != hidden[1].size:
        wanted = "as many second_faces as first_faces"
        got = f"{hidden[1].size} and {hidden[0].size}"
        raise InputError(source=path, wanted=wanted, got=got)
    return Truth(probabilities[0], probabilities[1], probabilities[2], hidden[0], hidden[1])


def _read_probabilities(path: Path, content: Any, name: str, shape: tuple[int, ...]) -> Floats:  # noqa: ANN401 - whatever the JSON holds
    """Read the probabilities of one die or more, each row of which sums to 1."""
    try:
        array = np.array(content[name], dtype=np.float64)
    except (KeyError, TypeError, ValueError):
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

"""Rolls read from .npy files: every kind reads the same, what is no table of faces is refused."""

import os
import pickle
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pytest
from harness.dice_commands import assert_refused, listing
from harness.dice_comparisons import assert_counts

from impl.dice import data
from impl.dice.reading import read_counts
from impl.errors import InputError


@pytest.mark.parametrize("kind", [np.int8, np.uint64, ">i4", np.float32])
@pytest.mark.parametrize("order", ["C", "F"])
def test_every_kind_of_array_file_reads_the_same(
    rng: np.random.Generator, tmp_path: Path, kind: npt.DTypeLike, order: Literal["C", "F"]
) -> None:
    """Any integers, whole floats, and either order of storage are read alike."""
    rolls = rng.integers(5, size=(30, 4))
    np.save(tmp_path / "rolls.npy", np.asarray(rolls + 1, dtype=kind, order=order))
    assert_counts(read_counts(tmp_path / "rolls.npy", 5), rolls.tolist(), 5)


@pytest.mark.parametrize(
    ("value", "got"),
    [(0, "0.0"), (7, "7.0"), (-3, "-3.0"), (2.5, "2.5"), (np.nan, "nan"), (np.inf, "inf")],
)
def test_bad_value_of_an_array_file_is_named_with_row_and_column(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: float, got: str
) -> None:
    """A value that is no face is found in any chunk, and counted from 1."""
    monkeypatch.setattr(data, "_ROLLS_AT_ONCE", 8)
    rolls = np.ones((20, 3))
    rolls[12, 1] = value
    np.save(tmp_path / "rolls.npy", rolls)
    with pytest.raises(InputError, match="row 13, column 2: wanted a whole number from 1") as error:
        read_counts(tmp_path / "rolls.npy", 6)
    assert error.value.got.partition(" (faces are numbered from 1")[0] == got


class Trap:
    """An object whose unpickling would be seen."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        """Make a folder when unpickled."""
        return (os.mkdir, ("sprung",))


def array_file(path: Path, kind: str) -> None:
    """Write a .npy file with the fault named."""
    good = np.ones((50, 4), dtype=np.int64)
    np.save(path, good)
    if kind == "truncated":
        path.write_bytes(path.read_bytes()[:-5])
    elif kind == "header cut":
        path.write_bytes(path.read_bytes()[:20])
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "text":
        path.write_text("1,2,3\n" * 9)
    elif kind == "zip":
        with path.open("wb") as stream:
            np.savez(stream, good)
    elif kind == "pickle":
        path.write_bytes(pickle.dumps(Trap()))
    else:
        values = {
            "objects": np.array([[Trap()], [Trap()]]),
            "one axis": good[0],
            "three axes": good[np.newaxis],
            "no points": good[:0],
            "no rolls": good[:, :0],
            "text values": good.astype(str),
            "complex": good.astype(complex),
            "booleans": good.astype(bool),
            "records": np.ones((3, 2), dtype=[("roll", int)]),
        }
        np.save(path, values[kind], allow_pickle=True)


@pytest.mark.parametrize(
    "kind",
    [
        "truncated",
        "header cut",
        "empty",
        "text",
        "zip",
        "pickle",
        "objects",
        "one axis",
        "three axes",
        "no points",
        "no rolls",
        "text values",
        "complex",
        "booleans",
        "records",
    ],
)
def test_a_file_that_is_no_table_of_whole_numbers_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Every broken or foreign .npy file is one InputError, and nothing is ever unpickled."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "rolls.npy"
    array_file(path, kind)
    with pytest.raises(InputError, match=r"wanted a complete \.npy file of whole numbers") as error:
        read_counts(path, 6)
    assert str(error.value).startswith(f"{path}: ")
    assert kind != "truncated" or error.value.got == "a truncated file"
    assert "\n" not in str(error.value)
    assert not (tmp_path / "sprung").exists()


HEADER = "{'descr': '<i8', 'fortran_order': False, 'shape': (4, 3), }"
DAMAGED = {
    "cut short": HEADER.replace("), }", ""),
    "a key that cannot be one": HEADER.replace("{", "{[]: 1, "),
    "keys that have no order": HEADER.replace("{", "{1: 2, "),
    "more signs than Python nests": "-" * 3000 + "1",
    "a size beyond C's": HEADER.replace("4", str(10**30)),
    "a size beyond any file": HEADER.replace("4", str(2**63 - 1)),
    "a size that is a truth": HEADER.replace("4, 3", "4, True"),
    "no type at all": HEADER.replace("'<i8'", "()"),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_header_is_one_line_that_names_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    """Whatever NumPy raises of a header, the command says which file, and ends as bad input does.

    The whole one is read, so that it is the damage that is refused.
    """
    path = tmp_path / "rolls.npy"
    arguments = ("dice", "fit", path, "--faces", 2, 3, 4, "--output", tmp_path / "fit")
    for header in (HEADER, DAMAGED[kind]):
        length = len(header).to_bytes(2, "little")
        path.write_bytes(b"\x93NUMPY\x01\x00" + length + header.encode() + b"\1" + bytes(95))
        before = listing(tmp_path)
        place = "row 1, column 2: wanted a whole number" if header == HEADER else "wanted a comp"
        assert_refused(capsys, tmp_path, before, arguments, f"error: {path}: {place}")

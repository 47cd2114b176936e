"""Rolls read from files: every dialect reads the same, and every fault is named where it is."""

from pathlib import Path
from typing import Never

import numpy as np
import numpy.typing as npt
import pytest
from harness.dice_comparisons import assert_counts
from oracles.dice_problems import draw_problem, padded

from impl.dice import data, reading
from impl.dice.model import Integers
from impl.dice.reading import read_counts
from impl.errors import InputError


def write(path: Path, rolls: list[list[int]]) -> None:
    """Write ragged rolls as CSV, faces from 1, missing ones left empty."""
    table = padded(rolls)
    lines = [",".join(str(face + 1) if face >= 0 else "" for face in row) for row in table]
    path.write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize("at_once", [1 << 20, 7])
def test_counts_of_a_csv_equal_a_loop_whatever_the_chunks(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, at_once: int
) -> None:
    """Points of different numbers of rolls, some without any, are counted as they stand."""
    monkeypatch.setattr(reading, "_CELLS_AT_ONCE", at_once)
    rolls = draw_problem(rng, (2, 3, 4, 61, 5)).rolls
    write(tmp_path / "rolls.csv", rolls)
    assert_counts(read_counts(tmp_path / "rolls.csv", 4), rolls, 4)


def test_reading_hands_on_pieces_of_bounded_size(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """However long the file, no more than the limit and one row is held at once."""
    limit, width = 50, 6
    monkeypatch.setattr(reading, "_CELLS_AT_ONCE", limit)
    monkeypatch.setattr(data, "_ROLLS_AT_ONCE", limit)
    held = []

    class Watched(data.Tally):
        def add(self, point: Integers, face: Integers, points: int) -> None:
            held.append(face.size)
            super().add(point, face, points)

    monkeypatch.setattr(reading, "Tally", Watched)
    rolls = rng.integers(4, size=(300, width))
    write(tmp_path / "rolls.csv", rolls.tolist())
    np.save(tmp_path / "rolls.npy", rolls + 1)
    for name in ("rolls.csv", "rolls.npy"):
        held.clear()
        read_counts(tmp_path / name, 4)
        assert sum(held) == rolls.size
        assert max(held) < limit + width


def test_reading_tabulates_few_points_at_once_where_faces_are_many(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Short rows of many-faced dice make no table of counts beyond the limit."""
    limit, faces = 500, 100
    monkeypatch.setattr(reading, "_CELLS_AT_ONCE", limit)
    monkeypatch.setattr(data, "_ROLLS_AT_ONCE", limit)
    tables = []

    def watched(table: Integers) -> tuple[npt.NDArray[np.int64], Integers]:
        tables.append(table.size)
        return distinct_rows(table)

    distinct_rows = data._distinct_rows  # noqa: SLF001 - what is limited is inside
    monkeypatch.setattr(data, "_distinct_rows", watched)
    rolls = rng.integers(faces, size=(40, 1))
    write(tmp_path / "rolls.csv", rolls.tolist())
    np.save(tmp_path / "rolls.npy", rolls + 1)
    for name in ("rolls.csv", "rolls.npy"):
        tables.clear()
        assert_counts(read_counts(tmp_path / name, faces), rolls.tolist(), faces)
        assert sum(tables) == rolls.size * faces
        assert max(tables) <= limit


@pytest.mark.parametrize(
    "text",
    [
        b"1,2,3\n3,3,\n",
        b"roll_1,roll_2,roll_3\n1,2,3\n3,3,\n",
        b"\xef\xbb\xbf1,2,3\n3,3,\n",
        b"\xef\xbb\xbffirst,second,third\r\n1,2,3\r\n3,3,\r\n",
        b"1,2,3\r\n3,,3\r\n\r\n",
        b'\n"1"," 2 ",3.0\n,3,3',
        b'"1","2","3"\n"3","3",""\n',
        b"a,b,c,,\n1,2,3,,\n3,3,,,\n",
        b"1,2,3\r3,3,\r",
    ],
    ids=[
        "plain",
        "header",
        "BOM",
        "BOM, header, CRLF",
        "CRLF, blank line",
        "quotes, no last end",
        "all quoted",
        "trailing commas",
        "CR",
    ],
)
def test_every_dialect_of_csv_reads_the_same(tmp_path: Path, text: bytes) -> None:
    """Header, byte order mark, line ends, quotes and blanks change nothing."""
    (tmp_path / "rolls.csv").write_bytes(text)
    assert read_counts(tmp_path / "rolls.csv", 3).by_point.tolist() == [[1, 1, 1], [0, 0, 2]]


@pytest.mark.parametrize(
    "cell",
    ["3", " 3 ", "+3", "03", "3.0", "3.", "3e0", "3.000000000000000000e+00", "\u00a03", "３", "٣"],
)
def test_every_spelling_of_a_whole_number_is_that_number(tmp_path: Path, cell: str) -> None:
    """Blanks, a plus sign, zeros, an exponent and the digits of any script change no face."""
    (tmp_path / "rolls.csv").write_text(f"1,{cell}\n", encoding="utf-8")
    assert read_counts(tmp_path / "rolls.csv", 3).by_point.tolist() == [[1, 0, 1]]


def test_a_line_of_commas_alone_is_a_point_without_rolls(tmp_path: Path) -> None:
    """Empty cells are missing rolls even where no roll is left; only a blank line is no point."""
    (tmp_path / "rolls.csv").write_text("1,2\n,\n\n2,2\n")
    counts = read_counts(tmp_path / "rolls.csv", 2)
    assert counts.by_point.tolist() == [[1, 1], [0, 0], [0, 2]]


WANTED = "wanted a whole number from 1 to 6, or an empty cell or NA if missing"


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        (b"1,2\n3,7\n", (2, 2), f"row 2, column 2: {WANTED}, got '7'"),
        (b"1,2\n0,3\n", (2, 1), f"row 2, column 1: {WANTED}, got '0'"),
        (b"1,2\n3,-1\n", (2, 2), f"row 2, column 2: {WANTED}, got '-1'"),
        (b"1,2\n3,2.5\n", (2, 2), f"row 2, column 2: {WANTED}, got '2.5'"),
        (b"1,2\n3,four\n", (2, 2), f"row 2, column 2: {WANTED}, got 'four'"),
        (b"1,nan\n", (1, 2), f"row 1, column 2: {WANTED}, got 'nan'"),
        (b"nan,nan\n1,2\n", (1, 1), f"row 1, column 1: {WANTED}, got 'nan'"),
        (b"1,2\ninf,2\n", (2, 1), f"row 2, column 1: {WANTED}, got 'inf'"),
        (b"1,x\n", (1, 2), f"row 1, column 2: {WANTED}, got 'x'"),
        (b"a,1\n1,2\n", (1, 1), f"row 1, column 1: {WANTED}, got 'a'"),
        (b"a,,-1\n1,2\n", (1, 1), f"row 1, column 1: {WANTED}, got 'a'"),
        (b"1,1e400\n", (1, 2), f"row 1, column 2: {WANTED}, got '1e400'"),
        (b"1,1e9999999999999999999\n", (1, 2), f"row 1, column 2: {WANTED}, got '1e999"),
        (b"1," + b"9" * 5000 + b"\n", (1, 2), f"row 1, column 2: {WANTED}, got '999"),
        (b"1,2.99999999999999999999\n", (1, 2), f"{WANTED}, got '2.99999999999999999999'"),
        (b"1,0_3\n", (1, 2), f"row 1, column 2: {WANTED}, got '0_3'"),
        (b"1,0x3\n", (1, 2), f"row 1, column 2: {WANTED}, got '0x3'"),
        (b"1,snan\n", (1, 2), f"row 1, column 2: {WANTED}, got 'snan'"),
        (b"1,\x00\n", (1, 2), f"row 1, column 2: {WANTED}, got '\\x00'"),
        (b"a,b\n\n1,2\n3,9\n", (4, 2), f"row 4, column 2: {WANTED}, got '9'"),
        (b"a,b\nc,d\n", (2, 1), f"row 2, column 1: {WANTED}, got 'c'"),
        (b"", None, "wanted at least one row of rolls, got a file without any"),
        (b"\n\r\n", None, "wanted at least one row of rolls, got a file without any"),
        (b"a,b\n", None, "wanted at least one row of rolls, got a file without any"),
        (b"a,b\n1,2\n3,4,5\n", (3, None), "row 3: wanted 2 cells, as the header has, got 3 cells"),
        (b"a,b\n1,2,\n", (2, None), "row 2: wanted 2 cells, as the header has, got 3 cells"),
        (b"a,b,c\n1,2,3\n\n1,2\n", (4, None), "wanted 3 cells, as the header has, got 2 cells"),
        (b"1,2,3\n4,5\n", (2, None), "row 2: wanted 3 cells, as the first row has, got 2 cells"),
        (b"\n1,2\n3\n", (3, None), "row 3: wanted 2 cells, as the first row has, got 1 cell"),
        (b"1,1,1,1\n1,1,1\n", (2, None), "wanted 4 cells, as the first row has, got 3 cells"),
        (b"1,1,1\n1,1,1,\n", (2, None), "wanted 3 cells, as the first row has, got 4 cells"),
        (b"a,b\n,\n", None, "wanted at least one roll, got missing rolls alone"),
        (b"1,2\n3,\xff\xfe\n", (2, 2), "got byte 0xff, which is not UTF-8"),
        (b"ann\xe9e,b\n1,2\n", (1, 1), "got byte 0xe9, which is not UTF-8"),
        (
            b'1,2\n"1"2,3\n',
            (2, None),
            "row 2: wanted UTF-8 text with cells separated by commas, got",
        ),
        (b"1,2\n" + b"1" * 200_000 + b"\n", (2, None), "row 2: wanted UTF-8 text with cells"),
    ],
)
def test_bad_text_is_one_error_that_names_row_and_column(
    tmp_path: Path, text: bytes, place: tuple[int, int | None] | None, message: str
) -> None:
    """Each fault of a CSV file is an InputError with its line, its cell, wanted and got."""
    path = tmp_path / "rolls.csv"
    path.write_bytes(text)
    with pytest.raises(InputError) as error:
        read_counts(path, 6)
    assert str(error.value).startswith(f"{path}: ")
    assert message in str(error.value)
    assert (error.value.row, error.value.column) == (place or (None, None))


@pytest.mark.parametrize("name", ["missing.csv", "missing.npy", "folder.csv", "folder.npy"])
def test_a_path_that_cannot_be_read_is_refused(tmp_path: Path, name: str) -> None:
    """A missing file and a folder are errors that say which."""
    if name.startswith("folder"):
        (tmp_path / name).mkdir()
    with pytest.raises(InputError) as error:
        read_counts(tmp_path / name, 6)
    cause = "got no such file" if name.startswith("missing") else "got a folder"
    assert cause in str(error.value)


def test_a_file_without_permission_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's refusal is passed on as an InputError (feigned: root may read anything)."""

    def refuse(path: Path, *_arguments: object, **_options: object) -> Never:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(type(tmp_path), "open", refuse)
    for name in ("rolls.csv", "rolls.npy"):
        with pytest.raises(InputError, match="wanted a readable file, got permission denied"):
            read_counts(tmp_path / name, 6)

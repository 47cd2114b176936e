"""Rolls read from a text file or a .npy file, in bounded memory."""

from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NoReturn

import numpy as np

from impl.dice.cells import BadCellError, FaceTable, whole_number
from impl.dice.data import MISSING, Counts, Tally, chunks
from impl.dice.foreign import NUMPY_ARRAY, foreign_format
from impl.dice.header import Choice
from impl.dice.model import Integers
from impl.dice.text import Layout, TextTable, open_text
from impl.errors import InputError, cause

__all__ = ["Rolls", "read_counts", "read_rolls"]

FROM_1 = " (faces are numbered from 1: add 1 if yours are numbered from 0)"
_CELLS_AT_ONCE = 1 << 20
_TABLE = 2  # dimensions
_START = 16  # bytes by which a format is recognized
_READABLE = "a text file (CSV) or a .npy file"


@dataclass(frozen=True)
class Rolls:
    """The counts of a file of rolls, and how the file was read."""

    counts: Counts
    layout: Layout


def read_counts(
    path: Path, faces: int, *, header: Choice = "auto", row_names: Choice = "auto"
) -> Counts:
    """Return the counts of `read_rolls` alone."""
    return read_rolls(path, faces, header=header, row_names=row_names).counts


def read_rolls(
    path: Path, faces: int, *, header: Choice = "auto", row_names: Choice = "auto"
) -> Rolls:
    """Count the rolls in a file of N rows by J faces, numbered from 1.

    Parameters
    ----------
    path
        A .npy file of whole numbers, shape (points, rolls), read through a memory map; or a text
        file, one point a row.
    faces
        Number of faces D3. Every roll must be in 1..D3.
    header
        Whether the first row of a text file is a header. In `auto`, it is one if its filled
        cells are all words, or if they number the columns from 0, as pandas does.
    row_names
        Whether the first column of a text file holds row names, which are not read. In `auto`,
        it does if a header leaves this column without a name, as pandas and R do.

    Notes
    -----
    Text is in UTF-8, or in UTF-16 or UTF-32 with a byte order mark. Its cells are separated by
    commas, semicolons, tabs or spaces, whichever the first rows hold. All rows have as many cells
    as the first. Blank lines are skipped.

    A face is a whole decimal number: `3`, ` 3 `, `+3`, `03`, `3.0`, `3,0`, `3e0`, in the digits
    of any script, with or without quotes. An empty cell is a missing roll, and so is `NA`, `N/A`,
    `#N/A` or `<NA>`.

    Raises
    ------
    InputError
        Names file, row and column, what was wanted and what was got. Rows and columns count from
        1; in text the row is the line, header included. A file without any roll is an error. So
        is a first column of rolls that counts the rows, unless `row_names` says what it is.
    """
    try:
        if path.suffix.lower() == ".npy":
            return _read_array(path, faces)
        with path.open("rb") as stream:
            start = stream.peek(_START)
            if start.startswith(NUMPY_ARRAY):
                if not stream.seekable():
                    wanted, got = "text, or a .npy file on disk", "an array through a pipe"
                    raise InputError(source=path, wanted=wanted, got=got)
                return _read_array(path, faces)
            foreign = foreign_format(path, start)
            if foreign:
                raise InputError(source=path, wanted=_READABLE, got=foreign)
            text, encoding = open_text(stream)
            with text:
                table = TextTable(text, encoding, path, header=header, row_names=row_names)
                return _read_text(table, path, faces)
    except OSError as error:
        raise InputError(source=path, wanted="a readable file", got=cause(error)) from None


def _read_text(table: TextTable, path: Path, faces: int) -> Rolls:
    """Count the rolls of a text file."""
    tally, face_of = Tally(faces), FaceTable(faces)
    lengths: list[int] = []
    cells: list[int] = []
    points = rolls = 0

    def flush() -> None:
        nonlocal rolls
        point, face = np.repeat(np.arange(len(lengths)), lengths), np.array(cells, dtype=np.int64)
        tally.add(point, face, len(lengths))
        rolls += int((face != MISSING).sum())
        lengths.clear()
        cells.clear()

    rows = iter(table)
    for line, row in rows:
        try:
            cells.extend(map(face_of.__getitem__, row))
        except BadCellError:
            with suppress(InputError):
                for _ in islice(rows, 2):  # the first column may number the rows
                    pass
            _name_bad_cell(path, line, row, face_of, table)
        lengths.append(len(row))
        points += 1
        # What is held is the cells, and after that a table of `faces` counts a point.
        if len(cells) >= _CELLS_AT_ONCE or (len(lengths) + 1) * faces > _CELLS_AT_ONCE:
            flush()
    if points == 0:
        wanted = "at least one row of rolls"
        raise InputError(source=path, wanted=wanted, got="a file without any")
    if table.numbers_its_rows:
        raise _numbered(path, table)
    if lengths:
        flush()
    if rolls == 0:
        raise InputError(source=path, wanted="at least one roll", got="missing rolls alone")
    return Rolls(tally.finish(), table.layout)


def _numbered(path: Path, table: TextTable) -> InputError:
    got = (
        f"{table.numbers_its_rows}: use --row-names yes if they are row names, "
        "--row-names no if they are rolls"
    )
    return InputError(source=path, wanted="rolls", got=got, column=1)


def _name_bad_cell(
    path: Path, line: int, row: list[str], face_of: FaceTable, table: TextTable
) -> NoReturn:
    """Raise the error of the first bad cell of a row."""
    layout = table.layout
    for column, cell in enumerate(row):
        try:
            face_of[cell]
        except BadCellError as error:
            if column == 0 and table.numbers_its_rows:
                raise _numbered(path, table) from None
            got = error.got
            if line == 1 and any(character.isalpha() for character in cell):
                got += " (see --header and --row-names)"
            elif whole_number(cell.strip()) == 0:
                got += FROM_1
            got += "".join(f". Note: {note}" for note in layout.notes if "as a header" in note)
            place = layout.row_names + column + 1
            raise InputError(
                source=path, wanted=error.wanted, got=got, row=line, column=place
            ) from None
    raise AssertionError  # only called with a row that has a bad cell


def _read_array(path: Path, faces: int) -> Rolls:
    """Count the rolls of a .npy file."""
    array = _open_array(path)
    tally = Tally(faces)
    for part in chunks(array.shape[0], max(array.shape[1], faces)):
        block = np.asarray(array[part])
        # NaN compares false, and so is bad like every other value that is no face.
        good = (block >= 1) & (block <= faces) & (np.floor(block) == block)
        if not good.all():
            row, column = (int(place) for place in np.argwhere(~good)[0])
            got = str(block[row, column])
            if block[row, column] == 0:
                got += FROM_1
            raise InputError(
                source=path,
                wanted=f"a whole number from 1 to {faces}",
                got=got,
                row=part.start + row + 1,
                column=column + 1,
            )
        point = np.repeat(np.arange(block.shape[0]), block.shape[1])
        tally.add(point, block.astype(np.int64).ravel() - 1, block.shape[0])
    return Rolls(tally.finish(), Layout("array of NumPy"))


def _open_array(path: Path) -> Integers:
    """Map a .npy file of a table of numbers; object arrays are refused, never unpickled."""
    wanted = "a complete .npy file of whole numbers, shape (points, rolls)"
    with path.open("rb"):  # the operating system's own error, if it may not be read
        pass
    try:
        with np.errstate(over="ignore"):  # of a size beyond any file, refused just below
            array: Integers = np.lib.format.open_memmap(path, mode="r")
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001 - NumPy lets whatever a damaged header raises out
        got = (str(error) or type(error).__name__).splitlines()[0]
        if got.startswith("mmap length"):
            got = "a truncated file"
        elif not isinstance(error, ValueError | EOFError):  # words that do not say of what
            got = f"a damaged header: {got}"
        raise InputError(source=path, wanted=wanted, got=got) from None
    if array.ndim != _TABLE or array.size == 0:
        raise InputError(source=path, wanted=wanted, got=f"shape {array.shape}")
    if array.dtype.kind not in "iuf":
        raise InputError(source=path, wanted=wanted, got=f"values of type {array.dtype}")
    return array

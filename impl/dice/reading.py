"""Rolls read from a CSV or .npy file in bounded memory, every fault named with row and column."""

import csv
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NoReturn

import numpy as np

from impl.dice.data import MISSING, Counts, Tally, chunks
from impl.dice.model import Integers
from impl.errors import InputError, cause

__all__ = ["read_counts"]

_CELLS_AT_ONCE = 1 << 20
_TABLE = 2  # dimensions
_FACES_SPELLED_OUT = 1000
_TEXT = "comma-separated text in UTF-8"


def read_counts(path: Path, faces: int) -> Counts:
    """Count the rolls in a file of N rows by J faces, numbered from 1.

    Parameters
    ----------
    path
        A .npy file: integers, or floats that are whole, shape (points, rolls), read through a
        memory map. Any other name: comma-separated text in UTF-8, one point a line; a first line
        of words alone is a header; all rows have as many cells as the first line that is not
        blank; an empty cell, as a trailing comma makes one, is a missing roll, and a line of
        commas a point without rolls; blank lines are skipped. A face may be spelled as any whole
        decimal number: `3`, ` 3 `, `+3`, `03`, `3.0`, `3e0`, in the digits of any script, with or
        without quotes.
    faces
        Number of faces D3; every roll must be in 1..D3.

    Raises
    ------
    InputError
        Naming file, row and column (from 1; in text the row is the line, header included),
        what was wanted and what was got. A file without any roll is an error too.
    """
    try:
        if path.suffix.lower() == ".npy":
            return _read_array(path, faces)
        return _read_text(path, faces)
    except OSError as error:
        raise InputError(source=path, wanted="a readable file", got=cause(error)) from None


class _BadCellError(ValueError):
    """A cell of text that is no roll: wanted and got; the reader adds where it is."""

    def __init__(self, wanted: str, got: str) -> None:
        self.wanted, self.got = wanted, got
        super().__init__(wanted, got)


class _Faces(dict[str, int]):
    """Face (from 0) of each spelling of a cell; the usual ones are looked up, others parsed."""

    def __init__(self, faces: int) -> None:
        spelled_out = min(faces, _FACES_SPELLED_OUT)
        super().__init__({str(face + 1): face for face in range(spelled_out)})
        self[""] = MISSING
        self._faces = faces

    def __missing__(self, cell: str) -> int:
        text = cell.strip()
        if text == "":
            return MISSING
        undecoded = _undecoded(text)
        if undecoded:
            raise _BadCellError(_TEXT, undecoded)
        number = _decimal(text)
        # A float would take 2.99999999999999999999 for 3.
        if number is None or not 1 <= number <= self._faces or number % 1 != 0:
            wanted = f"{_wanted(self._faces)}, or nothing for a missing roll"
            raise _BadCellError(wanted, repr(text[:40]))
        return int(number) - 1


def _decimal(text: str) -> Decimal | None:
    """Return the finite number that a cell spells, exactly, or None; `1_0` is Python, not data."""
    if "_" in text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _undecoded(text: str) -> str:
    """Say which byte of a cell is not UTF-8, or nothing; `surrogateescape` has kept it."""
    kept = [character for character in text if "\udc80" <= character <= "\udcff"]
    return f"byte 0x{ord(kept[0]) - 0xDC00:02x}, which is not UTF-8" if kept else ""


def _wanted(faces: int) -> str:
    return f"a whole number from 1 to {faces}"


def _read_text(path: Path, faces: int) -> Counts:
    """Count the rolls of comma-separated text."""
    tally, table = Tally(faces), _Faces(faces)
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

    for line, row in _rows(path):
        try:
            cells.extend(map(table.__getitem__, row))
        except _BadCellError:
            _name_bad_cell(path, line, row, table)
        lengths.append(len(row))
        points += 1
        # What is held is the cells, and after that a table of `faces` counts a point.
        if len(cells) >= _CELLS_AT_ONCE or (len(lengths) + 1) * faces > _CELLS_AT_ONCE:
            flush()
    if points == 0:
        wanted = "at least one row of rolls"
        raise InputError(source=path, wanted=wanted, got="a file without any")
    if lengths:
        flush()
    if rolls == 0:
        raise InputError(source=path, wanted="at least one roll", got="empty cells alone")
    return tally.finish()


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Rows of cells with their line numbers, without blank lines and header."""
    # Bytes that are not UTF-8 are kept as surrogates, so that the cell they are in can be named.
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as stream:
        reader = csv.reader(stream, strict=True)
        width, of = 0, ""
        try:
            for row in filter(None, reader):
                is_header = not width and _is_header(row)
                if not width:
                    width, of = len(row), "header" if is_header else "first row"
                if len(row) != width:
                    # A row cut short, or rolls in a column too many: neither is a missing roll.
                    wanted, got = f"{_cells(width)}, as the {of} has", _cells(len(row))
                    line = reader.line_num
                    raise InputError(source=path, wanted=wanted, got=got, row=line)
                if not is_header:
                    yield reader.line_num, row
        except csv.Error as error:
            raise InputError(
                source=path, wanted=_TEXT, got=str(error), row=reader.line_num
            ) from None


def _cells(number: int) -> str:
    return "1 cell" if number == 1 else f"{number} cells"


def _is_header(row: list[str]) -> bool:
    """Whether a first row holds names: some cell is filled, and each filled one is a word."""
    filled = [cell for cell in row if cell.strip()]
    return bool(filled) and all(_is_word(cell) for cell in filled)


def _is_word(cell: str) -> bool:
    """Whether a cell of UTF-8 has a letter and is no number (as nan and 1e3 are)."""
    try:
        float(cell)
    except ValueError:
        return not _undecoded(cell) and any(character.isalpha() for character in cell)
    return False


def _name_bad_cell(path: Path, line: int, row: list[str], table: _Faces) -> NoReturn:
    for column, cell in enumerate(row, start=1):
        try:
            table[cell]
        except _BadCellError as error:
            raise InputError(
                source=path, wanted=error.wanted, got=error.got, row=line, column=column
            ) from None
    raise AssertionError  # only called with a row that has a bad cell


def _read_array(path: Path, faces: int) -> Counts:
    """Count the rolls of a .npy file."""
    array = _open_array(path)
    tally = Tally(faces)
    for part in chunks(array.shape[0], max(array.shape[1], faces)):
        block = np.asarray(array[part])
        # NaN compares false, and so is bad like every other value that is no face.
        good = (block >= 1) & (block <= faces) & (np.floor(block) == block)
        if not good.all():
            row, column = (int(place) for place in np.argwhere(~good)[0])
            raise InputError(
                source=path,
                wanted=_wanted(faces),
                got=str(block[row, column]),
                row=part.start + row + 1,
                column=column + 1,
            )
        point = np.repeat(np.arange(block.shape[0]), block.shape[1])
        tally.add(point, block.astype(np.int64).ravel() - 1, block.shape[0])
    return tally.finish()


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

"""Tables in text files: their encoding, their separator, and their rows."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, TextIO

from impl.dice.cells import MISSING_WORDS
from impl.dice.header import Choice, FirstRow, RowNumbers, is_word, read_first_row
from impl.errors import InputError

__all__ = ["Layout", "TextTable", "open_text"]

_MARKS = (  # the mark of UTF-32 starts with that of UTF-16
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", " ": "spaces"}
_LINES_TRIED = 20
_QUOTED = re.compile(r'"[^"]*"')
_NUMBER = re.compile(r"[+-]?\d+([.,]\d*)?")
_DIRECTIVE = re.compile(r"sep=(.)\s*", re.IGNORECASE)  # Excel's own first line
_NAMES_SHOWN = 6


@dataclass(frozen=True)
class Layout:
    """How a file of rolls was read.

    Attributes
    ----------
    cells
        How the cells of a text file are separated, or the kind of the file.
    encoding
        Of a text file; None for an array.
    header
        Names of the columns of rolls; None if there is no header.
    row_names
        How many columns at the left are not read, since they hold row names.
    notes
        Sentences on what might have been meant otherwise.
    """

    cells: str
    encoding: str | None = None
    header: tuple[str, ...] | None = None
    row_names: int = 0
    notes: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """What a user should know of it, in one line."""
        if self.encoding is None:
            return self.cells
        encoding = "" if self.encoding == "UTF-8" else f" in {self.encoding}"
        header = "no header" if self.header is None else f"header: {_shortened(self.header)}"
        return f"{self.cells}{encoding}; {header}"

    def record(self) -> dict[str, Any]:
        """Return all of it as plain values for JSON."""
        return asdict(self)


def _shortened(names: tuple[str, ...]) -> str:
    shown = [name[:40] for name in names]
    if len(shown) > _NAMES_SHOWN:
        shown[_NAMES_SHOWN - 2 : -1] = ["..."]
    return ", ".join(shown)


def open_text(stream: io.BufferedReader) -> tuple[io.TextIOWrapper, str]:
    """Decode a file by its byte order mark, or else as UTF-8; return its encoding too."""
    start = stream.peek(len(codecs.BOM_UTF32_LE))
    marks = ((codec, name) for mark, codec, name in _MARKS if start.startswith(mark))
    codec, name = next(marks, ("utf-8", "UTF-8"))
    # Bytes that are not UTF-8 are kept as surrogates, so that their cell can be named.
    errors = "surrogateescape" if name == "UTF-8" else "strict"
    return io.TextIOWrapper(stream, encoding=codec, errors=errors, newline=""), name


class TextTable:
    """A text file of rows, read once from start to end.

    Parameters
    ----------
    text
        The file, open at its start. It need not be seekable.
    encoding
        The name of its encoding.
    path
        Its name in errors.
    header, row_names
        Whether the first row is a header, and whether the first column holds row names.

    Raises
    ------
    InputError
        If the separator is ambiguous or the text is not in its encoding. Iterating raises it
        also for a row that has not as many cells as the first.
    """

    def __init__(
        self, text: TextIO, encoding: str, path: Path, *, header: Choice, row_names: Choice
    ) -> None:
        self._encoding, self._path = encoding, path
        self._header, self._row_names = header, row_names
        self._first = FirstRow(None, 0, ())
        self._numbers = RowNumbers()
        self._header_is_short = self._may_have_names = False
        try:
            lines = list(islice(text, _LINES_TRIED))
        except UnicodeDecodeError:
            raise self._not_decoded() from None
        directive = _DIRECTIVE.fullmatch(lines[0]) if lines else None
        self._skipped = 1 if directive else 0
        lines = lines[self._skipped :]
        given = directive[1] if directive else ""
        self._separator = given if given in _SEPARATORS else self._find_separator(lines)
        self._lines = chain(lines, text)

    @property
    def layout(self) -> Layout:
        """How the rows iterated so far were read."""
        names = self._first.header
        unread = self._first.row_names
        if names is not None and not self._header_is_short:
            names = names[unread:]
        cells = f"cells separated by {_SEPARATORS[self._separator]}"
        return Layout(cells, self._encoding, names, unread, self._first.notes)

    @property
    def numbers_its_rows(self) -> str:
        """Say which numbers the first column of rolls counts its rows with; empty if none.

        One that the user has said to hold rolls, or a column by itself, is not looked at.
        """
        numbers = self._numbers
        if self._row_names != "auto" or not self._may_have_names or not numbers.found:
            return ""
        first = numbers.start or 0
        return f"the numbers of the rows, {first} to {first + numbers.rows - 1}"

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Yield each row of rolls behind the number of its last line, counted from 1."""
        blanks = self._separator == " "
        lines = (line.strip() for line in self._lines) if blanks else self._lines
        reader = csv.reader(lines, delimiter=self._separator, skipinitialspace=blanks, strict=True)
        width = 0
        try:
            for row in filter(None, reader):
                line = reader.line_num + self._skipped
                if not width:
                    width = len(row)
                    self._first = read_first_row(
                        row, header=self._header, row_names=self._row_names
                    )
                    self._may_have_names = width > 1 and self._first.row_names == 0
                    if self._first.row_names == width and self._first.header is None:
                        raise self._no_rolls(line)
                    if self._first.header is not None:
                        continue
                elif len(row) != width:
                    width = self._other_width(len(row), width, line)
                self._numbers.add(row[0])
                yield line, row[self._first.row_names :]
        except csv.Error as error:
            wanted = f"{self._encoding} text with cells separated by "
            wanted += _SEPARATORS[self._separator]
            line = reader.line_num + self._skipped
            raise InputError(source=self._path, wanted=wanted, got=str(error), row=line) from None
        except UnicodeDecodeError:
            raise self._not_decoded() from None

    def _other_width(self, got: int, width: int, line: int) -> int:
        """Return the width of R's rows under a header without a name for the row names.

        Any other width is refused. A row cut short, or a roll in a column too many, is no
        missing roll.
        """
        has_header = self._first.header is not None
        is_r = has_header and got == width + 1 and self._numbers.rows == 0
        if is_r and self._row_names == "yes":
            self._header_is_short = True
            return got
        wanted = f"{_cells(width)}, as the {'header' if has_header else 'first row'} has"
        said = _cells(got)
        if is_r:
            said += " (use --row-names yes if the first is a row name)"
        raise InputError(source=self._path, wanted=wanted, got=said, row=line)

    def _no_rolls(self, line: int) -> InputError:
        wanted, got = "a column of rolls beside the row names", "1 column"
        return InputError(source=self._path, wanted=wanted, got=got, row=line)

    def _not_decoded(self) -> InputError:
        wanted, got = f"text in {self._encoding}", f"bytes that are not {self._encoding}"
        return InputError(source=self._path, wanted=wanted, got=got)

    def _find_separator(self, lines: list[str]) -> str:
        """Return the separator of the first lines that hold any."""
        filled = [line for line in lines if line.strip()]
        if not filled:
            return ","
        found: list[str] = []
        for line in filled[:2]:  # a header of one name holds none
            bare = _QUOTED.sub("", line)
            found = found or [mark for mark in (",", ";", "\t") if mark in bare]
        if not found:
            bare = _QUOTED.sub('""', filled[1 if len(filled) > 1 else 0])
            return " " if " " in bare.strip() else ","
        if len(found) == 1:
            return found[0]
        fitting = [mark for mark in found if _is_table(filled, mark)]
        if len(fitting) != 1:
            got = " and ".join(_SEPARATORS[mark] for mark in fitting or found)
            wanted = "cells separated by commas, by semicolons or by tabs"
            raise InputError(source=self._path, wanted=wanted, got=got, row=1 + self._skipped)
        return fitting[0]


def _is_table(lines: list[str], separator: str) -> bool:
    """Whether lines split into rows of equal width, of numbers and of words at the edges.

    The first row and the first column may hold words. This decides only which of several
    separators is meant, so a number of any spelling will do.
    """
    try:
        rows = list(csv.reader(lines, delimiter=separator, strict=True))
    except csv.Error:
        return False
    if len({len(row) for row in rows}) > 1:
        return False
    return all(
        cell.strip() in MISSING_WORDS
        or _NUMBER.fullmatch(cell.strip())
        or (is_word(cell) and (number == 0 or column == 0))
        for number, row in enumerate(rows)
        for column, cell in enumerate(row)
    )


def _cells(number: int) -> str:
    return "1 cell" if number == 1 else f"{number} cells"

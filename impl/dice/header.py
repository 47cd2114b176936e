"""The first row and the first column of a table: names, or rolls."""

import re
from dataclasses import dataclass
from typing import Literal

from impl.dice.cells import MISSING_WORDS, undecoded

__all__ = ["Choice", "FirstRow", "RowNumbers", "is_word", "read_first_row"]

Choice = Literal["auto", "yes", "no"]
"""Whether a file has a header, or row names: `auto` decides by the first row."""

_UNNAMED = re.compile(r"Unnamed: \d+(\.\d+)?")  # pandas' name of a column without one
_FEWEST_NUMBERED = 3  # two rows of rolls start with 1 and 2 by chance too often


@dataclass(frozen=True)
class FirstRow:
    """What the first row of a table is.

    Attributes
    ----------
    header
        Its names, those of row names included; None if it is a row of rolls.
    row_names
        How many columns at the left hold row names.
    notes
        Sentences on what might have been meant otherwise.
    """

    header: tuple[str, ...] | None
    row_names: int
    notes: tuple[str, ...]


def read_first_row(row: list[str], *, header: Choice, row_names: Choice) -> FirstRow:
    """Decide whether a first row is a header, and which columns hold row names.

    In `auto`, a row is a header if all its filled cells are words, or if it numbers the columns
    from 0. The second is what pandas writes for an array, and 0 is no face. A first column holds
    row names if a header leaves it without a name.
    """
    unnamed = _unnamed_columns(row)
    notes = []
    is_header = header == "yes"
    if header == "auto":
        rest = [cell.strip() for cell in row[unnamed:]]
        from_0, from_1 = (_numbers(rest, start) for start in (0, 1))
        is_header = _is_words(row) or from_0
        if from_0:
            notes.append(
                f"The first row is read as a header: it numbers the columns from 0 to {rest[-1]}, "
                "and 0 is no face. Use --header yes or --header no to decide this yourself."
            )
        elif from_1:
            notes.append(
                f"The first row is read as rolls: 1 to {rest[-1]}. "
                "Use --header yes if these are column numbers, --header no if they are rolls."
            )
    dropped = 1 if row_names == "yes" else 0
    if row_names == "auto" and is_header and unnamed < len(row):
        dropped = unnamed
        if dropped:
            which = "Column 1 has" if dropped == 1 else f"Columns 1 to {dropped} have"
            notes.append(
                f"{which} no name in the header and so is read as row names, not as rolls. "
                "Use --row-names yes or --row-names no to decide this yourself."
            )
    return FirstRow(tuple(row) if is_header else None, dropped, tuple(notes))


def _unnamed_columns(row: list[str]) -> int:
    """Count the columns at the left that have no name, or the one pandas gives to such columns."""
    count = 0
    for cell in map(str.strip, row):
        if not (_UNNAMED.fullmatch(cell) or (cell == "" and count == 0)):
            break
        count += 1
    return count


def _numbers(cells: list[str], start: int) -> bool:
    """Whether two cells or more count up from a number."""
    return len(cells) > 1 and cells == [str(start + place) for place in range(len(cells))]


def _is_words(row: list[str]) -> bool:
    """Whether some cells are filled with more than a missing roll, and all these with words."""
    filled = [cell for cell in row if cell.strip() not in MISSING_WORDS]
    return bool(filled) and all(is_word(cell) for cell in filled)


def is_word(cell: str) -> bool:
    """Whether a cell of UTF-8 has a letter and is no number (as nan and 1e3 are)."""
    try:
        float(cell)
    except ValueError:
        return not undecoded(cell) and any(character.isalpha() for character in cell)
    return False


class RowNumbers:
    """Whether the cells of a column count its rows, from 0 or from 1."""

    def __init__(self) -> None:
        self.rows = 0
        self.start: int | None = None

    def add(self, cell: str) -> None:
        """Take the cell of the next row."""
        text = cell.strip()
        if self.rows == 0:
            self.start = int(text) if text in {"0", "1"} else None
        elif self.start is not None and text != str(self.start + self.rows):
            self.start = None
        self.rows += 1

    @property
    def found(self) -> bool:
        """Whether all of three rows or more are counted."""
        return self.start is not None and self.rows >= _FEWEST_NUMBERED

"""Cells of a text file of rolls: the face that each spelling stands for."""

import re
from decimal import Decimal, InvalidOperation

from impl.dice.data import MISSING

__all__ = ["MISSING_WORDS", "BadCellError", "FaceTable", "undecoded", "whole_number"]

MISSING_WORDS = frozenset({"", "NA", "N/A", "#N/A", "<NA>"})
"""Spellings of a missing roll: an empty cell, and the words that R, Excel and pandas write.

NaN is none of them. It is the result of a computation that failed.
"""

_FACES_SPELLED_OUT = 1000
_COMMA = re.compile(r"[+-]?\d+,(\d+)")
_THOUSANDS = 3  # digits behind the separator
_LARGEST_POWER = 18  # of ten: no die has more faces, and a remainder needs all digits


class BadCellError(ValueError):
    """A cell that is no roll: what was wanted, and what was got.

    The caller knows where the cell is.
    """

    def __init__(self, wanted: str, got: str) -> None:
        self.wanted, self.got = wanted, got
        super().__init__(wanted, got)


class FaceTable(dict[str, int]):
    """Face of each spelling of a cell, counted from 0.

    The usual spellings are looked up. Other cells are parsed.
    """

    def __init__(self, faces: int) -> None:
        spelled_out = min(faces, _FACES_SPELLED_OUT)
        super().__init__({str(face + 1): face for face in range(spelled_out)})
        self.update(dict.fromkeys(MISSING_WORDS, MISSING))
        self._faces = faces

    def __missing__(self, cell: str) -> int:
        """Parse a cell that is not in the table."""
        text = cell.strip()
        if text in MISSING_WORDS:
            return MISSING
        bad_byte = undecoded(text)
        if bad_byte:
            wanted = "text in UTF-8, or in UTF-16 with a byte order mark"
            raise BadCellError(wanted, bad_byte)
        number = whole_number(text)
        if number is None or not 1 <= number <= self._faces:
            wanted = f"a whole number from 1 to {self._faces}, or an empty cell or NA if missing"
            raise BadCellError(wanted, _described(text))
        return number - 1


def whole_number(text: str) -> int | None:
    """Return the whole number that a cell spells, or None if it spells no such number.

    A fraction of zeros is allowed behind a decimal point or a decimal comma: `3.0`, `3,0`. Three
    digits behind a comma may also be thousands, as in `1,000`. Such a cell spells no number.
    """
    comma = _COMMA.fullmatch(text)
    if comma and len(comma.group(1)) != _THOUSANDS:
        text = text.replace(",", ".")
    if "_" in text:  # Python would read 1_0 as 10
        return None
    try:
        number = Decimal(text)  # a float would take 2.99999999999999999999 for 3
    except InvalidOperation:
        return None
    if not number.is_finite() or number.adjusted() > _LARGEST_POWER or number % 1 != 0:
        return None
    return int(number)


def _described(text: str) -> str:
    """Quote a cell, and name a comma that may separate thousands or decimals."""
    comma = _COMMA.fullmatch(text)
    if comma and len(comma.group(1)) == _THOUSANDS:
        return f"{text[:40]!r}, whose comma may separate thousands or decimals"
    return repr(text[:40])


def undecoded(text: str) -> str:
    """Name the first byte of a text that is not UTF-8; return an empty text if there is none.

    Such bytes are kept by the error handler `surrogateescape`.
    """
    kept = [character for character in text if "\udc80" <= character <= "\udcff"]
    return f"byte 0x{ord(kept[0]) - 0xDC00:02x}, which is not UTF-8" if kept else ""

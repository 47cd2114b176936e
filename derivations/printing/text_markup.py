"""Marks as one line of Unicode text, for a terminal."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from derivations.printing.layout import (
    Fence,
    Fraction,
    Letter,
    Mark,
    Number,
    Phrase,
    Row,
    Sign,
    Word,
    is_single,
)
from derivations.printing.letters import GREEK

if TYPE_CHECKING:
    from collections.abc import Sequence

_ACCENTS = {"hat": "\u0302", "tilde": "\u0303", "bar": "\u0304"}
_ALPHABETS = {"bold": "MATHEMATICAL BOLD", "cal": "SCRIPT", "bb": "DOUBLE-STRUCK"}
_SIGNS = {
    "plus": "+", "minus": "-", "negative": "-", "star": "*", "equals": "=", "proportional": "∝",
    "distributed": "~", "at most": "≤", "less": "<", "defined": ":=", "given": "|",
    "divides": "‖", "in": "∈", "comma": ",", "comma space": ",", "colon": ":", "prime": "′",
    "partial": "∂", "times": "·", "slash": "/", "thin": "·",
}  # fmt: skip
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


class TextMarkup:
    """The spelling of each mark in plain Unicode, with parentheses where LaTeX has a line."""

    always_blank = False

    def letter(self, mark: Letter) -> str:
        """Spell a letter."""
        spelled = GREEK.get(mark.name, mark.name)
        for decoration in mark.decorations:
            if decoration in _ACCENTS:
                spelled += _ACCENTS[decoration]
            elif decoration in _ALPHABETS:
                spelled = _styled(spelled, _ALPHABETS[decoration])
        return spelled

    def number(self, mark: Number) -> str:
        """Spell digits."""
        return mark.digits

    def word(self, mark: Word) -> str:
        """Spell an operator name."""
        return mark.text

    def phrase(self, mark: Phrase) -> str:
        """Spell words."""
        return mark.text

    def sign(self, mark: Sign) -> str:
        """Spell a sign."""
        return _SIGNS[mark.name]

    def fence(self, mark: Fence, *, display: bool) -> str:  # noqa: ARG002 - one interface
        """Spell a delimiter; text has one size."""
        return mark.symbol

    def script(self, base: str, below: str | None, above: str | None) -> str:
        """Attach scripts: raised and lowered digits, else a caret and an underscore."""
        if above is not None:
            base += above.translate(_RAISED) if above.isdigit() else _marked("^", above)
        if below is not None:
            base += below.translate(_LOWERED) if below.isdigit() else _marked("_", below)
        return base

    def fraction(self, above: str, below: str, mark: Fraction) -> str:
        """Write a quotient, in parentheses where it would be ambiguous beside its neighbours."""
        above, below = above.replace("∂ ", "∂"), below.replace("∂ ", "∂")
        tops = (_side(above, mark.above), _side(below, mark.below))
        return f"({tops[0]}/{tops[1]})" if mark.crowded else f"{tops[0]}/{tops[1]}"

    def root(self, body: str) -> str:
        """Write a root."""
        return f"√({body})"

    def big(self, symbol: str, below: str, above: str | None) -> str:
        """Write a sum or product sign with its range."""
        span = _tight(below) + ("" if above is None else f"..{_tight(above)}")
        return f"{'∑' if symbol == 'sum' else '∏'}_{{{span}}}"

    def indented(self, right: str, indent: int) -> str:
        """Indent the part of a line after the alignment point."""
        return "  " * indent + right

    def lines(self, lines: Sequence[tuple[str, str, int]]) -> str:
        """Set lines under one another."""
        if len(lines) == 1:
            return f"{lines[0][0]} {lines[0][1]}".strip()
        margin = max((len(left) + 1 for left, _, _ in lines if left), default=0)
        return "\n".join(
            f"{left} {right}" if left else " " * margin + self.indented(right, indent)
            for left, right, indent in lines
        )


def _styled(letter: str, alphabet: str) -> str:
    """Return the letter from one of Unicode's mathematical alphabets."""
    kind, _, name = unicodedata.name(letter).removeprefix("LATIN ").partition(" LETTER ")
    kind = kind.removeprefix("GREEK ")
    for prefix in (alphabet, f"MATHEMATICAL {alphabet}"):
        try:
            return unicodedata.lookup(f"{prefix} {kind} {name}")
        except KeyError:
            continue
    message = f"no {alphabet.lower()} form of {letter}"
    raise ValueError(message)


def _marked(mark: str, text: str) -> str:
    tight = _tight(text)
    if set(tight) == {"′"}:
        return tight
    return f"{mark}{tight}" if len(tight) == 1 else f"{mark}{{{tight}}}"


def _tight(text: str) -> str:
    """Remove space at signs and commas of a script, but keep it between factors."""
    return re.sub(r" ?([-+=:,]) |(?<=′) (?=′)", r"\1", text)


def _side(text: str, mark: Mark) -> str:
    """Return numerator or denominator, in parentheses unless it is a unit."""
    differential = isinstance(mark, Row) and mark.items[0] == Sign("partial")
    alone = is_single(mark) or differential or mark == Sign("partial")
    return text if alone else f"({text})"

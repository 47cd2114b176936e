"""Marks as Typst mathematics."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from derivations.printing.letters import GREEK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from derivations.printing.layout import Fence, Fraction, Letter, Number, Phrase, Sign, Word

_STYLES = {
    "hat": "hat", "tilde": "tilde", "bar": "macron", "bold": "bold", "cal": "cal", "bb": "bb",
    "roman": "upright",
}  # fmt: skip
_SIGNS = {
    "plus": "+", "minus": "-", "negative": "-", "star": "ast", "equals": "=",
    "proportional": "prop", "distributed": "tilde.op", "at most": "<=", "less": "<",
    "defined": "colon.eq",
    "given": 'class("relation", bar.v)',
    "divides": 'class("relation", bar.v.double)', "in": "in", "comma": "\\,",
    "comma space": "\\, thin", "colon": "thin \\: thin", "prime": "prime", "partial": "partial",
    "times": "dot.op", "slash": "lr(size: #1.8em, \\/)", "thin": "thin",
}  # fmt: skip
_SIZES = ("", "1.25em", "1.8em", "2.4em")
_KNOWN_WORDS = {"exp", "log", "sin", "cos", "tanh", "min", "max", "det"}
_SPACED_FIRST = re.compile(r"^[+-](?= )")  # Typst treats a leading sign as unary
_SPACED = r"\g<0> med"


class TypstMarkup:
    """The Typst spelling of each mark; names are always separated by blanks."""

    always_blank = True

    def letter(self, mark: Letter) -> str:
        """Spell a letter: a Greek name is its own symbol."""
        spelled = mark.name if mark.name in GREEK or mark.name.isascii() else f'"{mark.name}"'
        for decoration in mark.decorations:
            spelled = f"{_STYLES[decoration]}({spelled})"
        return spelled

    def number(self, mark: Number) -> str:
        """Spell digits."""
        return mark.digits

    def word(self, mark: Word) -> str:
        """Spell an operator name."""
        return mark.text if mark.text in _KNOWN_WORDS else f"op({_quoted(mark.text)})"

    def phrase(self, mark: Phrase) -> str:
        """Spell upright words."""
        return _quoted(mark.text)

    def sign(self, mark: Sign) -> str:
        """Spell a sign."""
        return _SIGNS[mark.name]

    def fence(self, mark: Fence, *, display: bool) -> str:
        """Spell a delimiter of a fixed size, because its partner may be on another line."""
        size = mark.size if display else max(mark.size - 1, 0)
        if size == 0:
            return f"\\{mark.symbol}"
        side = "opening" if mark.opens else "closing"
        return f'class("{side}", lr(size: #{_SIZES[size]}, \\{mark.symbol}))'

    def script(self, base: str, below: str | None, above: str | None) -> str:
        """Attach scripts."""
        lowered = "" if below is None else f"_({below})"
        return base + lowered + ("" if above is None else f"^({above})")

    def fraction(self, above: str, below: str, mark: Fraction) -> str:  # noqa: ARG002 - one interface
        """Write a fraction."""
        return f"frac({above}, {below})"

    def root(self, body: str) -> str:
        """Write a root."""
        return f"sqrt({body})"

    def big(self, symbol: str, below: str, above: str | None) -> str:
        """Spell a sum or product sign."""
        return self.script(symbol, below, above)

    def indented(self, right: str, indent: int) -> str:
        """Indent the part of a line after the alignment point."""
        return f"{'quad ' * indent}{_SPACED_FIRST.sub(_SPACED, right)}"

    def lines(self, lines: Sequence[tuple[str, str, int]]) -> str:
        """Set lines under one another, aligned at the relation."""
        if len(lines) == 1:
            return f"{lines[0][0]} {lines[0][1]}".strip()
        spelled = [f"{left} & {self.indented(right, n)}".strip() for left, right, n in lines]
        return " \\\n".join(spelled)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

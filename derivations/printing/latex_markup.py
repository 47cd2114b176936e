"""Marks as LaTeX: only commands that amsmath, amssymb, MathJax and KaTeX share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from derivations.printing.letters import GREEK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from derivations.printing.layout import Fence, Fraction, Letter, Number, Phrase, Sign, Word

_STYLES = {
    "hat": r"\hat", "tilde": r"\tilde", "bar": r"\bar", "bold": r"\boldsymbol", "cal": r"\mathcal",
    "bb": r"\mathbb", "roman": r"\mathrm",
}  # fmt: skip
_SIGNS = {
    "plus": "+", "minus": "-", "negative": "-", "star": "*", "equals": "=",
    "proportional": r"\propto", "distributed": r"\sim", "at most": r"\le", "less": "<",
    "defined": r"\mathrel{:=}", "given": r"\mid",
    "divides": r"\,\Vert\,",
    "in": r"\in", "comma": ",", "comma space": r",\,", "colon": r"\,:\,", "prime": r"\prime",
    "partial": r"\partial", "times": r"\cdot", "slash": r"\Big/", "thin": r"\,",
}  # fmt: skip
_SIZES = ("", "big", "Big", "bigg")
_KNOWN_WORDS = {"exp", "log", "sin", "cos", "tanh", "min", "max", "det"}


class LatexMarkup:
    """The LaTeX spelling of each mark."""

    always_blank = False

    def letter(self, mark: Letter) -> str:
        """Spell a letter: a Greek name is its command."""
        spelled = f"\\{mark.name}" if mark.name in GREEK else mark.name
        if mark.name == "epsilon":
            spelled = r"\varepsilon"
        for decoration in mark.decorations:
            spelled = f"{_STYLES[decoration]}{{{spelled}}}"
        return spelled

    def number(self, mark: Number) -> str:
        """Spell digits."""
        return mark.digits

    def word(self, mark: Word) -> str:
        """Spell an operator name."""
        name = _escaped(mark.text)
        return f"\\{name}" if name in _KNOWN_WORDS else rf"\operatorname{{{name}}}"

    def phrase(self, mark: Phrase) -> str:
        """Spell upright words."""
        return rf"\text{{{_escaped(mark.text)}}}"

    def sign(self, mark: Sign) -> str:
        """Spell a sign."""
        return _SIGNS[mark.name]

    def fence(self, mark: Fence, *, display: bool) -> str:
        """Spell a delimiter, a size smaller within a line of text."""
        size = mark.size if display else max(mark.size - 1, 0)
        symbol = f"\\{mark.symbol}" if mark.symbol in "{}" else mark.symbol
        if size == 0:
            return symbol
        return f"\\{_SIZES[size]}{'l' if mark.opens else 'r'}{symbol}"

    def script(self, base: str, below: str | None, above: str | None) -> str:
        """Attach scripts."""
        if above is None:
            raised = ""
        else:
            primes = above.replace(" ", "").replace(r"\prime", "'")
            raised = primes if set(primes) == {"'"} else f"^{_argument(above)}"
        return base + raised + ("" if below is None else f"_{_argument(below)}")

    def fraction(self, above: str, below: str, mark: Fraction) -> str:  # noqa: ARG002 - one interface
        """Write a fraction."""
        return rf"\frac{{{above}}}{{{below}}}"

    def root(self, body: str) -> str:
        """Write a root."""
        return rf"\sqrt{{{body}}}"

    def big(self, symbol: str, below: str, above: str | None) -> str:
        """Spell a sum or product sign."""
        sign = r"\sum" if symbol == "sum" else r"\prod"
        return f"{sign}_{_argument(below)}" + ("" if above is None else f"^{_argument(above)}")

    def indented(self, right: str, indent: int) -> str:
        """Indent the part of a line after the alignment point."""
        return r"\quad " * indent + _after_nothing(right) + right

    def lines(self, lines: Sequence[tuple[str, str, int]]) -> str:
        """Set lines under one another, aligned at the relation."""
        if len(lines) == 1:
            return f"{lines[0][0]} {lines[0][1]}".strip()
        spelled = [
            f"{left} &".lstrip() + self.indented(right, indent) for left, right, indent in lines
        ]
        return "\\begin{aligned}\n" + " \\\\\n".join(spelled) + "\n\\end{aligned}"


def _argument(script: str) -> str:
    """Return a script in braces, unless it is one character; without space around its signs."""
    script = re.sub(r" ([=+-]) ", r"\1", script)
    return script if len(script) == 1 else f"{{{script}}}"


def _after_nothing(right: str) -> str:
    """Return an empty group before a leading sign, which would otherwise be unary."""
    return "{}" if right.startswith(("+", "-")) else ""


def _escaped(text: str) -> str:
    return re.sub(r"([_%#&$])", r"\\\1", text)

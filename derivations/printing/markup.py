"""The interface that the LaTeX, Typst and text markups implement: the spelling of each mark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from derivations.printing.layout import (
    Big,
    Fence,
    Fraction,
    Letter,
    Mark,
    Number,
    Phrase,
    Root,
    Row,
    Script,
    Sign,
    Word,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_TIGHT = {"negative", "comma"}
_TIGHT_BEFORE = {"comma", "comma space"}


@dataclass(frozen=True)
class Line:
    """One line of a displayed formula: the parts left and right of the alignment point."""

    left: tuple[Mark, ...]
    right: tuple[Mark, ...]
    indent: int = 0


class Markup(Protocol):
    """The spelling of each kind of mark.

    ``always_blank`` is for a markup in which only a blank separates neighbours.
    """

    always_blank: bool

    def letter(self, mark: Letter) -> str:
        """Spell a letter."""
        ...

    def number(self, mark: Number) -> str:
        """Spell digits."""
        ...

    def word(self, mark: Word) -> str:
        """Spell an operator name."""
        ...

    def phrase(self, mark: Phrase) -> str:
        """Spell upright words."""
        ...

    def sign(self, mark: Sign) -> str:
        """Spell a sign."""
        ...

    def fence(self, mark: Fence, *, display: bool) -> str:
        """Spell a delimiter."""
        ...

    def script(self, base: str, below: str | None, above: str | None) -> str:
        """Attach scripts."""
        ...

    def fraction(self, above: str, below: str, mark: Fraction) -> str:
        """Write a fraction."""
        ...

    def root(self, body: str) -> str:
        """Write a root."""
        ...

    def big(self, symbol: str, below: str, above: str | None) -> str:
        """Spell a sum or product sign."""
        ...

    def indented(self, right: str, indent: int) -> str:
        """Indent the part of a line after the alignment point."""
        ...

    def lines(self, lines: Sequence[tuple[str, str, int]]) -> str:
        """Set lines under one another, aligned."""
        ...


def spell(mark: Mark, markup: Markup, *, display: bool = False) -> str:  # noqa: C901, PLR0911
    """Return a mark in a markup; one line for each kind of mark."""

    def inner(part: Mark) -> str:
        return spell(part, markup, display=display)

    match mark:
        case Letter():
            return markup.letter(mark)
        case Number():
            return markup.number(mark)
        case Word():
            return markup.word(mark)
        case Phrase():
            return markup.phrase(mark)
        case Sign():
            return markup.sign(mark)
        case Fence():
            return markup.fence(mark, display=display)
        case Script(base, below, above):
            scripts = [None if s is None else inner(s) for s in (below, above)]
            return markup.script(inner(base), *scripts)
        case Fraction(above, below):
            return markup.fraction(inner(above), inner(below), mark)
        case Root(body):
            return markup.root(inner(body))
        case Big(symbol, below, above):
            return markup.big(symbol, inner(below), None if above is None else inner(above))
        case Row(items):
            return _side_by_side(items, markup, display=display)


def _side_by_side(items: Sequence[Mark], markup: Markup, *, display: bool) -> str:
    text = ""
    for position, item in enumerate(items):
        apart = position > 0 and (markup.always_blank or not _touch(items[position - 1], item))
        text += (" " if apart else "") + spell(item, markup, display=display)
    return text


def _touch(left: Mark, right: Mark) -> bool:
    """Whether no blank belongs between two neighbours."""
    last, first = leaf(left, -1), leaf(right, 0)
    if isinstance(last, Sign):
        return last.name in _TIGHT
    if isinstance(last, Fence) and last.opens:
        return True
    if isinstance(first, Fence):
        return not isinstance(last, Big) or not first.opens
    return isinstance(first, Sign) and first.name in _TIGHT_BEFORE


def leaf(mark: Mark, end: int) -> Mark:
    """Return the first or the last mark of a row."""
    while isinstance(mark, Row) and mark.items:
        mark = mark.items[end]
    return mark


def spell_lines(lines: Sequence[Line], markup: Markup) -> str:
    """Return a displayed formula in a markup."""
    return markup.lines([(*_spelled(line, markup), line.indent) for line in lines])


def spell_apart(lines: Sequence[Line], markup: Markup) -> list[tuple[str, str]]:
    """Return lines in a markup, the parts before and after the alignment point apart."""
    return [
        (left, markup.indented(right, line.indent))
        for line in lines
        for left, right in [_spelled(line, markup)]
    ]


def _spelled(line: Line, markup: Markup) -> tuple[str, str]:
    left, right = (_side_by_side(s, markup, display=True) for s in (line.left, line.right))
    return left, right

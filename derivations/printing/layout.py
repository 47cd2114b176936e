"""Marks: the parts of a printed formula, independent of any markup, and their widths.

An expression is turned into marks first, so that all formats have the same notation. The LaTeX,
Typst and text markups only spell the marks. Widths are estimates in em of the formula's font. They
are used to break lines, for which an error of a tenth does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch


@dataclass(frozen=True)
class Letter:
    """A letter by its name (``x``, ``alpha``), with accents and styles, innermost first."""

    name: str
    decorations: tuple[str, ...] = ()


@dataclass(frozen=True)
class Number:
    """Digits."""

    digits: str


@dataclass(frozen=True)
class Word:
    """An upright operator name, as in ``log``, with the usual thin space around it."""

    text: str


@dataclass(frozen=True)
class Phrase:
    """Upright words within a formula."""

    text: str


@dataclass(frozen=True)
class Sign:
    """A sign between or before formulas, by a name all markups know."""

    name: str


@dataclass(frozen=True)
class Fence:
    """An opening or closing delimiter of a fixed size, 0 to 3, so that lines may break inside."""

    symbol: str
    size: int = 0

    @property
    def opens(self) -> bool:
        """Whether it is an opening one."""
        return self.symbol in "([{"


@dataclass(frozen=True)
class Script:
    """A base with a subscript, a superscript or both."""

    base: Mark
    below: Mark | None = None
    above: Mark | None = None


@dataclass(frozen=True)
class Fraction:
    """A fraction; ``crowded`` if text must put it in parentheses."""

    above: Mark
    below: Mark
    crowded: bool = False


@dataclass(frozen=True)
class Root:
    """A square root."""

    body: Mark


@dataclass(frozen=True)
class Big:
    """A sum or product sign with its limits."""

    symbol: str
    below: Mark
    above: Mark | None = None


@dataclass(frozen=True)
class Row:
    """Marks side by side; a line may break before the marks at the positions in ``breaks``.

    ``reluctant`` breaks, those between factors, are used only if there is no other.
    """

    items: tuple[Mark, ...]
    breaks: frozenset[int] = frozenset()
    reluctant: bool = False


Mark = Letter | Number | Word | Phrase | Sign | Fence | Script | Fraction | Root | Big | Row

BINARY = {"plus", "minus"}
RELATIONS = {
    "equals", "proportional", "distributed", "at most", "less", "defined", "given", "divides", "in"
}  # fmt: skip

_SCRIPT_SCALE = 0.64  # of a script's own width; its signs have no space around them
_FENCE_WIDTHS = (0.39, 0.46, 0.6, 0.74)
_SIGN_WIDTHS = {
    "comma": 0.45, "comma space": 0.6, "prime": 0.3, "partial": 0.6, "colon": 0.8, "times": 0.7,
    "slash": 0.6, "thin": 0.17, "negative": 0.78, "star": 0.5,
}  # fmt: skip

_WIDE_LETTERS = frozenset("mwABCDEFGHKLMNOPQRSTUVWXYZ")


def row(*items: Mark) -> Row:
    """Put marks side by side, unbreakable."""
    return Row(items)


@singledispatch
def width(mark: Mark) -> float:
    """Return the estimated width of a mark in em, as displayed."""
    message = f"no width for {type(mark).__name__}"
    raise TypeError(message)


@width.register
def _(mark: Letter) -> float:
    return 0.8 if mark.name in _WIDE_LETTERS else 0.57


@width.register
def _(mark: Number) -> float:
    return 0.5 * len(mark.digits)


@width.register(Word)
@width.register(Phrase)
def _(mark: Word | Phrase) -> float:
    return 0.5 * len(mark.text) + 0.17


@width.register
def _(mark: Sign) -> float:
    if mark.name in BINARY:
        return 1.22
    return 1.33 if mark.name in RELATIONS else _SIGN_WIDTHS[mark.name]


@width.register
def _(mark: Fence) -> float:
    return _FENCE_WIDTHS[mark.size]


@width.register
def _(mark: Script) -> float:
    scripts = (width(s) for s in (mark.below, mark.above) if s is not None)
    return width(mark.base) + _SCRIPT_SCALE * max(scripts, default=0.0) + 0.05


@width.register
def _(mark: Fraction) -> float:
    return max(width(mark.above), width(mark.below)) + 0.24


@width.register
def _(mark: Root) -> float:
    return width(mark.body) + 0.85


@width.register
def _(mark: Big) -> float:
    limits = (width(m) for m in (mark.below, mark.above) if m is not None)
    return max(1.44, *(_SCRIPT_SCALE * w for w in limits)) + 0.17


@width.register
def _(mark: Row) -> float:
    return sum(width(item) for item in mark.items)


def children(mark: Mark) -> tuple[Mark, ...]:
    """Return the marks inside a mark that are on the line (not scripts and limits)."""
    if isinstance(mark, Row):
        return mark.items
    if isinstance(mark, Script):
        return (mark.base,)
    return (mark.body,) if isinstance(mark, Root) else ()


def opens_with_fence(mark: Mark) -> bool:
    """Whether a parenthesis or a bracket comes first, which could be read as a function call."""
    while isinstance(mark, (Row, Script)):
        mark = mark.items[0] if isinstance(mark, Row) else mark.base
    return isinstance(mark, Fence)


def is_single(mark: Mark) -> bool:
    """Whether a mark is a unit, such as a letter, a root or a function with its arguments."""
    if isinstance(mark, Row) and len(mark.items) == len(("function", "arguments")):
        head, arguments = mark.items
        named = isinstance(head, (Letter, Word)) or (
            isinstance(head, Script) and not opens_with_fence(head)
        )
        return named and isinstance(arguments, Row) and opens_with_fence(arguments)
    return isinstance(mark, (Letter, Number, Phrase, Root, Script))


def fence_size_for(mark: Mark) -> int:
    """Return the size of the fences that go around a mark: 0 unless it is taller than a line."""
    if isinstance(mark, (Big, Fraction)):
        return 2
    if isinstance(mark, Fence):
        return min(mark.size + 1, 3) if mark.size else 0
    return max((fence_size_for(c) for c in children(mark)), default=0)


def fenced(body: Mark, symbols: str = "()") -> Row:
    """Put a formula between fences as tall as it needs."""
    size = fence_size_for(body)
    return row(Fence(symbols[0], size), body, Fence(symbols[1], size))

"""Expressions and relations as LaTeX, Typst or Unicode text.

``to_*`` is for use within a line; ``display_*`` is for a line of its own and breaks what is too
wide for an A4 page or a screen of 800 pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TypeAlias

from sympy import Basic, Tuple, log

from derivations.calculus.binding import free_indices, legible
from derivations.calculus.expressions import OverIndices
from derivations.calculus.steps import (
    AT_MOST,
    CONSTANT,
    DISTRIBUTED,
    EQUAL,
    PROPORTIONAL,
    Relation,
)
from derivations.claims.statements import LESS, Claim, Definition
from derivations.meaning.notation import Joint
from derivations.printing import (
    nodes_of_calculus,  # noqa: F401 - registers the nodes' notation
    nodes_of_meaning,  # noqa: F401 - the same
)
from derivations.printing.algebra import marks, terms_row
from derivations.printing.breaking import Measure, broken, chained
from derivations.printing.latex_markup import LatexMarkup
from derivations.printing.layout import Fence, Mark, Row, Sign, row, width
from derivations.printing.markup import Markup, spell, spell_apart, spell_lines
from derivations.printing.text_markup import TextMarkup
from derivations.printing.typst_markup import TypstMarkup

Printable: TypeAlias = Basic | Relation | Claim | Definition
Statement: TypeAlias = Claim | Definition

LATEX, TYPST, TEXT = LatexMarkup(), TypstMarkup(), TextMarkup()
PHONE_WIDTH = 20.5  # em in 360 pixels, where the equation number stands above
SCREEN_WIDTH = 37.0  # em in 736 pixels of MathJax beside an equation number, as in an article
PAGE_WIDTH = 41.0  # em of A4 at 10 points beside an equation number
LATEX_CHAIN_WIDTH = 32.0  # em beside the reasons, of A4 at 11 points
TYPST_CHAIN_WIDTH = 34.0  # the same, at 10 points
TERMINAL_WIDTH = 96.0

DEFINED = ":="
_SIGNS = {
    EQUAL: "equals",
    CONSTANT: "equals",
    PROPORTIONAL: "proportional",
    DISTRIBUTED: "distributed",
    AT_MOST: "at most",
    LESS: "less",
    DEFINED: "defined",
}


def to_latex(x: Printable) -> str:
    """Return LaTeX for use between dollar signs."""
    return _within_a_line(x, LATEX)


def to_typst(x: Printable) -> str:
    """Return Typst mathematics for use between dollar signs."""
    return _within_a_line(x, TYPST)


def to_text(x: Printable) -> str:
    """Return one line of Unicode text."""
    return _within_a_line(x, TEXT)


def display_latex(x: Printable, page_width: float = SCREEN_WIDTH) -> str:
    """Return LaTeX for a display, in an ``aligned`` environment where it takes several lines."""
    return _displayed(x, LATEX, width, page_width)


def narrow_latex(x: Printable) -> str:
    """Return LaTeX for a display on a phone, where a line may end between factors as well."""
    return spell_lines(broken(*laid_out(x), width, PHONE_WIDTH, tight=True), LATEX)


def display_typst(x: Printable, page_width: float = PAGE_WIDTH) -> str:
    """Return Typst mathematics for a display, broken and aligned."""
    return _displayed(x, TYPST, width, page_width)


def display_text(x: Printable, columns: float = TERMINAL_WIDTH) -> str:
    """Return lines of Unicode text."""
    return _displayed(x, TEXT, _columns, columns)


def chain_latex(statements: Sequence[Statement]) -> list[list[tuple[str, str]]]:
    """Return the lines of each relation of a chain as LaTeX: before and after the alignment."""
    return _chained(statements, LATEX, LATEX_CHAIN_WIDTH)


def chain_typst(statements: Sequence[Statement]) -> list[list[tuple[str, str]]]:
    """Return the lines of each relation of a chain as Typst, in the same way."""
    return _chained(statements, TYPST, TYPST_CHAIN_WIDTH)


def _chained(
    statements: Sequence[Statement], markup: Markup, budget: float
) -> list[list[tuple[str, str]]]:
    sides = [laid_out(s) for s in statements]
    every = chained(sides[0][0], [(sign, right) for _, sign, right in sides], width, budget)
    return [spell_apart(lines, markup) for lines in every]


def as_relation(x: Claim | Definition) -> Relation:
    """Return a statement as its left side, a sign and its right side."""
    if isinstance(x, Claim):
        return Relation(x.left, x.right, x.relation)
    if x.up_to:
        return Relation(log(x.letter), x.value, CONSTANT)
    return Relation(x.letter, x.value, DEFINED)


def unambiguous(x: Printable) -> Printable:
    """Return the same with bound indices renamed, if a letter would have two meanings."""
    if isinstance(x, (Claim, Definition)):
        x = as_relation(x)
    if isinstance(x, Relation):
        left, right = _told_apart(Tuple(x.left, x.right)).args
        return Relation(left, right, x.symbol)
    return _told_apart(x)


def _told_apart(x: Basic) -> Basic:
    names = frozenset(i.name for i in free_indices(x))
    return legible(x) if _reuses_letter(x, names) else x


def _reuses_letter(node: Basic, names: frozenset[str]) -> bool:
    if isinstance(node, Joint):
        return False  # its factors are not printed
    if isinstance(node, OverIndices):
        own = [i.name for i in node.indices]
        if names & set(own) or len(set(own)) < len(own):
            return True
        names |= frozenset(own)
    return any(_reuses_letter(a, names) for a in node.args)


@lru_cache(maxsize=1024)
def laid_out(x: Printable) -> tuple[Mark, Mark, Mark]:
    """Return the left side, the sign and the right side; an expression has only the last."""
    x = unambiguous(x)
    if not isinstance(x, Relation):
        return Row(()), Row(()), marks(x)
    if x.symbol not in _SIGNS:
        message = f"wanted a relation symbol among {list(_SIGNS)}, got {x.symbol!r}"
        raise ValueError(message)
    constant = x.symbol == CONSTANT
    right = terms_row(x.right, before="const") if constant else marks(x.right)
    return marks(x.left), Sign(_SIGNS[x.symbol]), right


def _within_a_line(x: Printable, markup: Markup) -> str:
    return spell(laid_out(x)[2] if isinstance(x, Basic) else row(*laid_out(x)), markup)


def _displayed(x: Printable, markup: Markup, measure: Measure, budget: float) -> str:
    return spell_lines(broken(*laid_out(x), measure, budget), markup)


@cache
def _columns(mark: Mark) -> float:
    """Return the width of a mark in terminal columns, with the blank beside it."""
    return float(len(spell(mark, TEXT)) + (not isinstance(mark, Fence)))

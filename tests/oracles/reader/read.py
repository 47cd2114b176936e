"""Reading one formula in a format."""

from __future__ import annotations

from functools import cache

from oracles.reader import latex, markdown, text, typst
from oracles.reader.cursor import Tree
from oracles.reader.grammar import read

TOKENS = {
    "text": text.tokens,
    "latex": latex.tokens,
    "typst": typst.tokens,
    "markdown": markdown.tokens,
}
"""How each format is cut into tokens."""


@cache
def read_formula(source: str, form: str) -> Tree:
    """Return the tree of a formula in a format: ``text``, ``latex``, ``typst`` or ``markdown``."""
    return read(TOKENS[form](source))

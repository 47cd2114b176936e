"""The formulas of a Markdown page: LaTeX between dollar signs."""

from __future__ import annotations

import re

from oracles.reader import latex
from oracles.reader.tokens import Token

_CODE = re.compile(r"(?ms)^(`{3,})[^`\n]*\n.*?^\1\s*$|(?<!`)(`+)(?!`)[^\n]*?(?<!`)\2(?!`)")
_MATH = re.compile(r"(?s)(?<!\\)\$\$\n(.*?)\n\$\$|(?<!\\)\$([^$\n]+)\$")


def formulas(page: str) -> list[str]:
    """Return the LaTeX of every formula of a page, code left out, in the order of the page."""
    return [display or inline for display, inline in _MATH.findall(_CODE.sub("", page))]


def tokens(source: str) -> list[Token]:
    """Return the tokens of one formula, which may stand between its dollar signs."""
    return latex.tokens(source.strip().strip("$"))

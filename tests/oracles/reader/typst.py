"""The tokens of formulas in Typst."""

from __future__ import annotations

import re
from collections.abc import Iterable

from oracles.reader.greek import GREEK
from oracles.reader.tokens import (
    GROUP,
    PRIME,
    SUB,
    SUP,
    UNGROUP,
    ReadingError,
    Table,
    Token,
    Tokenizer,
    always,
    signs,
    skip,
)

SIGNS = {
    "+": "+", "-": "-", "=": "=", ":=": ":=", "colon.eq": ":=", "<=": "<=", ">=": ">=",
    "lt": "<", "<": "<", ">": ">",
    "gt": ">", "tilde.op": "~", "prop": "∝", 'class("relation", bar.v)': "|",
    'class("relation", bar.v.double)': "‖", r"\,": ",", r"\, thin": ",",
    r"thin \: thin": ":", r"\:": ":", "thin": "·", "dot.op": "·",
    r"lr(size: #1.8em, \/)": "/", r"\/": "/", "partial": "∂", "in": "∈", "ast": "*", '"*"': "*",
}  # fmt: skip
ACCENTS = {
    "hat": "hat", "tilde": "tilde", "macron": "bar", "bold": "bold", "cal": "cal", "bb": "bb",
    "upright": "roman",
}  # fmt: skip
WORDS = ("exp", "log", "sin", "cos", "tanh", "min", "max", "det")


def quoted(found: re.Match[str]) -> Iterable[Token]:
    """Return the words between quotation marks."""
    yield Token("name", found[0].partition('"')[2].rpartition('"')[0])


def named(found: re.Match[str]) -> Iterable[Token]:
    """Return a Greek letter or the name of a function."""
    yield Token("name", found[0] if found[0] in WORDS else GREEK[found[0]])


def fence(found: re.Match[str]) -> Iterable[Token]:
    """Return a fence of a stated size or of none."""
    symbol = found[0][found[0].index("\\") + 1]
    yield Token("open" if symbol in "([{" else "close", symbol)


_NAMES = "|".join(sorted({*GREEK, *WORDS}, key=len, reverse=True))
TABLE: Table = [
    (r"\s+|\\(?=\n|$)|&|quad(?![A-Za-z])|med(?![A-Za-z])", skip),
    (r'class\("(?:opening|closing)", lr\(size: #[\d.]+em, \\[()\[\]{}]\)\)', fence),
    (r"\\[()\[\]{}]", fence),
    *signs(SIGNS),
    (r'op\("(?:[^"\\]|\\.)*"\)|"(?:[^"\\]|\\.)*"', quoted),
    (rf"(?:{'|'.join(ACCENTS)})(?=\()", lambda m: (Token("accent", ACCENTS[m[0]]),)),
    (r"frac(?=\()", always("fraction")),
    (r"sqrt(?=\()", always("root")),
    (r"sum(?![A-Za-z])", always("big", "sum")),
    (r"product(?![A-Za-z])", always("big", "product")),
    (r"prime(?![A-Za-z])", lambda _: (PRIME,)),
    (r"(?<=[_^a-z])\(", lambda _: (GROUP,)),
    (r"\)", lambda _: (UNGROUP,)),
    (",", always("next argument")),
    ("_", lambda _: (SUB,)),
    (r"\^", lambda _: (SUP,)),
    ("[0-9]+", lambda m: (Token("number", m[0]),)),
    (rf"(?:{_NAMES})(?![A-Za-z.])", named),
    (r"[^\W\d_](?![A-Za-z.])", lambda m: (Token("name", m[0]),)),
]
_cut = Tokenizer(TABLE)


def tokens(source: str) -> list[Token]:
    """Return the tokens of a formula in Typst; a bare comma parts the arguments of a fraction."""
    found: list[Token] = []
    for token in _cut(source):
        if token.kind == "next argument":
            found += [UNGROUP, GROUP]
        else:
            found.append(token)
    if sum((t == GROUP) - (t == UNGROUP) for t in found):
        message = f"unbalanced parentheses in {source!r}"
        raise ReadingError(message)
    return found

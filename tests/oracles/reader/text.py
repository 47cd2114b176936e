"""The tokens of formulas in Unicode text, as a terminal shows them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from oracles.reader.tokens import (
    GROUP,
    PRIME,
    SUB,
    SUP,
    UNGROUP,
    Table,
    Token,
    Tokenizer,
    always,
    signs,
    skip,
)

SIGNS = {
    "+": "+", "-": "-", "=": "=", ":=": ":=", "≔": ":=", "≤": "<=", "≥": ">=", "<": "<", ">": ">",
    "~": "~", "∝": "∝", "|": "|", "‖": "‖", ",": ",", ":": ":", "·": "·", "/": "/", "∂": "∂",
    "∈": "∈", "*": "*", "..": "..",
}  # fmt: skip
_ACCENTS = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar"}
_STYLES = {"SCRIPT": "cal", "DOUBLE-STRUCK": "bb", "BOLD": "bold"}
_RAISED, _LOWERED = "⁰¹²³⁴⁵⁶⁷⁸⁹", "₀₁₂₃₄₅₆₇₈₉"


def letter(found: re.Match[str]) -> Iterable[Token]:
    """Return a letter of any of Unicode's alphabets, with the accents that stand on it."""
    shown, *marks = found[0]
    words = unicodedata.name(shown).split()
    styles = [_STYLES[w] for w in words if w in _STYLES]
    plain = unicodedata.normalize("NFKC", shown)
    yield Token("name", plain, (*styles, *(_ACCENTS[m] for m in marks)))


def word(found: re.Match[str]) -> Iterable[Token]:
    """Return several Latin letters that touch: one word."""
    yield Token("name", found[0])


def _digits(sign: Token, alphabet: str) -> tuple[str, object]:
    digits = str.maketrans(alphabet, "0123456789")

    def spelling(found: re.Match[str]) -> Iterable[Token]:
        return (sign, GROUP, Token("number", found[0].translate(digits)), UNGROUP)

    return f"[{alphabet}]+", spelling


def _primes(found: re.Match[str]) -> Iterable[Token]:
    return (SUP, GROUP, *(PRIME,) * len(found[0]), UNGROUP)


def _scripted(sign: Token) -> object:
    return lambda _: (sign, GROUP)


TABLE: Table = [
    (r"\s+", skip),
    (r"(?<=[_^{,])′+", lambda m: (PRIME,) * len(m[0])),
    ("′+", _primes),
    _digits(SUP, _RAISED),
    _digits(SUB, _LOWERED),
    ("_", lambda _: (SUB,)),
    (r"\^", lambda _: (SUP,)),
    (r"(?<=[_^])\{", lambda _: (GROUP,)),
    ("∑", always("big", "sum")),
    ("∏", always("big", "product")),
    ("√", always("root")),
    ("[0-9]+", lambda m: (Token("number", m[0]),)),
    (r"[\[({]", lambda m: (Token("open", m[0]),)),
    (r"[\])}]", lambda m: (Token("close", m[0]),)),
    *signs(SIGNS),
    ("[A-Za-z]{2,}(?![\u0302-\u0304])", word),
    ("[^\\W\\d_][\u0302-\u0304]*", letter),
]
_cut = Tokenizer(TABLE)


def tokens(source: str) -> list[Token]:
    """Return the tokens of a formula in text."""
    return _closed(_cut(source))


def _closed(found: list[Token]) -> list[Token]:
    """Tell the braces that end a script from those that are seen."""
    open_braces: list[bool] = []
    told: list[Token] = []
    for token in found:
        if token == GROUP or token == Token("open", "{"):
            open_braces.append(token == GROUP)
        elif token == UNGROUP:
            open_braces.pop()
        elif token == Token("close", "}") and open_braces and open_braces.pop():
            token = UNGROUP  # noqa: PLW2901 - it was a brace that is not seen
        told.append(token)
    return told

"""What the formats have in common: the kinds of tokens, and how a table cuts a source into them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple


class ReadingError(ValueError):
    """A formula that the grammar does not read, or that could be read in two ways."""


class Token(NamedTuple):
    """One token.

    The kinds: ``name`` (a letter or a word, with its accents from the inside out), ``number``,
    ``sign``, ``open`` and ``close`` (fences that are seen), ``group`` and ``ungroup`` (braces that
    are not), ``sub``, ``sup``, ``prime``, ``accent``, ``fraction``, ``root`` and ``big``.
    """

    kind: str
    text: str = ""
    accents: tuple[str, ...] = ()


GROUP, UNGROUP = Token("group"), Token("ungroup")
SUB, SUP, PRIME = Token("sub"), Token("sup"), Token("prime")

Spelling = Callable[[re.Match[str]], Iterable[Token]]
Table = list[tuple[str, Spelling]]


def skip(_: re.Match[str]) -> Iterable[Token]:
    """Return no tokens: what is matched is space."""
    return ()


def always(kind: str, text: str = "") -> Spelling:
    """Return the rule that gives one and the same token."""
    token = Token(kind, text)
    return lambda _: (token,)


def signs(spellings: dict[str, str]) -> Table:
    """Return the rows of a table that spell signs; the longest spellings come first."""
    ordered = sorted(spellings, key=len, reverse=True)
    return [(re.escape(s) + _end_of_word(s), always("sign", spellings[s])) for s in ordered]


def _end_of_word(spelling: str) -> str:
    return r"(?![A-Za-z.])" if spelling[-1:].isalpha() else ""


class Tokenizer:
    """A table of regular expressions, tried in order, and what each one stands for."""

    def __init__(self, table: Table) -> None:
        self.spellings = [spelling for _, spelling in table]
        alternatives = "|".join(f"(?P<r{n}>{p})" for n, (p, _) in enumerate(table))
        self.pattern = re.compile(alternatives)

    def __call__(self, source: str) -> list[Token]:
        """Return the tokens of a source; what no row of the table matches is an error."""
        tokens: list[Token] = []
        at = 0
        while at < len(source):
            found = self.pattern.match(source, at)
            if found is None or found.end() == at:
                message = f"no token at {source[at : at + 20]!r} of {source!r}"
                raise ReadingError(message)
            tokens += self.spellings[int(str(found.lastgroup)[1:])](found)
            at = found.end()
        return grouped_scripts(tokens)


def grouped_scripts(tokens: list[Token]) -> list[Token]:
    """Put the one token after a subscript or superscript sign into a group, unless it is one."""
    grouped: list[Token] = []
    for position, token in enumerate(tokens):
        after_sign = position > 0 and tokens[position - 1].kind in {"sub", "sup"}
        grouped += [GROUP, token, UNGROUP] if after_sign and token != GROUP else [token]
    return grouped

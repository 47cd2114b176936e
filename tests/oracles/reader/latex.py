"""The tokens of formulas in LaTeX."""

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
    Table,
    Token,
    Tokenizer,
    always,
    signs,
    skip,
)

SIGNS = {
    "+": "+", "-": "-", "=": "=", r"\coloneqq": ":=", r"\mathrel{:=}": ":=",
    ":=": ":=", r"\le": "<=", r"\ge": ">=",
    "<": "<", ">": ">", r"\sim": "~", r"\propto": "∝", r"\mid": "|", r"\,\Vert\,": "‖",
    ",": ",", r",\,": ",", r"\,:\,": ":", ":": ":", r"\,": "·", r"\cdot": "·",
    r"\Big/": "/", r"\big/": "/", r"\bigg/": "/", r"\partial": "∂", r"\in": "∈", "*": "*",
    r"\text{*}": "*",
}  # fmt: skip
ACCENTS = {
    "hat": "hat", "tilde": "tilde", "bar": "bar", "boldsymbol": "bold", "mathcal": "cal",
    "mathbb": "bb", "mathrm": "roman",
}  # fmt: skip
WORDS = ("exp", "log", "sin", "cos", "tanh", "min", "max", "det")


def named(found: re.Match[str]) -> Iterable[Token]:
    """Return the words inside ``operatorname`` or ``text``."""
    yield Token("name", found[0].partition("{")[2][:-1].replace("\\", ""))


def command(found: re.Match[str]) -> Iterable[Token]:
    """Return a Greek letter or the name of a function."""
    name = found[0][1:]
    yield Token("name", name if name in WORDS else GREEK[name])


_COMMANDS = "|".join(sorted({*GREEK, *WORDS}, key=len, reverse=True))
TABLE: Table = [
    (r"\\begin\{aligned\}|\\end\{aligned\}|\\\\|&|\\quad(?![A-Za-z])|\{\}|\s+", skip),
    (r"\\(?:big|Big|bigg|Bigg)[lr](?![A-Za-z])", skip),
    *signs(SIGNS),
    (r"\\[{]|[(\[]", lambda m: (Token("open", m[0][-1]),)),
    (r"\\[}]|[)\]]", lambda m: (Token("close", m[0][-1]),)),
    (r"\{", lambda _: (GROUP,)),
    (r"\}", lambda _: (UNGROUP,)),
    (r"\\(?:operatorname|text)\{(?:[^{}\\]|\\.)*\}", named),
    (rf"\\(?:{'|'.join(ACCENTS)})(?=\{{)", lambda m: (Token("accent", ACCENTS[m[0][1:]]),)),
    (r"\\frac(?=\{)", always("fraction")),
    (r"\\sqrt(?=\{)", always("root")),
    (r"\\sum(?![A-Za-z])", always("big", "sum")),
    (r"\\prod(?![A-Za-z])", always("big", "product")),
    (rf"\\(?:{_COMMANDS})(?![A-Za-z])", command),
    ("'+", lambda m: (SUP, GROUP, *(PRIME,) * len(m[0]), UNGROUP)),
    (r"\\prime", lambda _: (PRIME,)),
    ("_", lambda _: (SUB,)),
    (r"\^", lambda _: (SUP,)),
    ("[0-9]", lambda m: (Token("digit", m[0]),)),
    (r"[^\W\d_]", lambda m: (Token("name", m[0]),)),
]
_cut = Tokenizer(TABLE)


def tokens(source: str) -> list[Token]:
    """Return the tokens of a formula in LaTeX, where digits that touch are one number."""
    joined: list[Token] = []
    for token in _cut(source):
        if token.kind != "digit":
            joined.append(token)
        elif joined and joined[-1].kind == "number":
            joined[-1] = Token("number", joined[-1].text + token.text)
        else:
            joined.append(Token("number", token.text))
    return joined

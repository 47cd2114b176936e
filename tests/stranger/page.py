"""The parts of a printed derivation: assumptions, claims with their notes, sentences, results."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_STEP = re.compile(r"(\d+)\. ")
_NOTE = "The constant does not depend on "
_SIGN = re.compile(r" (=|≤|<|~|:=|∝) ")


@dataclass(frozen=True)
class Line:
    """A formula of the page, where it stands, and what its constant does not depend on."""

    where: str
    text: str
    note: str = ""


@dataclass
class Page:
    """A derivation as text, cut into its parts."""

    title: str = ""
    assumptions: list[str] = field(default_factory=list)
    statements: list[Line] = field(default_factory=list)
    results: list[Line] = field(default_factory=list)
    sentences: list[Line] = field(default_factory=list)


def read_page(text: str) -> Page:
    """Cut the text of a derivation, as ``show`` prints it, into its parts."""
    page = Page()
    part, where = "head", ""
    for block in re.split(r"\n\s*\n", text):
        lines = [line.rstrip() for line in block.splitlines() if line.strip()]
        if not lines:
            continue
        page.title = page.title or lines[0]
        if lines[0] in {"Assumptions", "Result", "Remarks", "Graph"}:
            part = lines.pop(0)
        elif not lines[0].startswith(" ") and (found := _STEP.match(lines[0])):
            part, where = "step", f"step {found[1]}"
            page.sentences.append(Line(where, _joined(lines[1:])))
            continue
        if part == "Assumptions":
            page.assumptions += [line.removeprefix("  - ") for line in lines]
        elif part == "Remarks":
            page.sentences += [Line("remark", line.removeprefix("  - ")) for line in lines]
        elif part == "Result" and lines:
            page.results.append(Line(f"result {len(page.results) + 1}", _joined(lines)))
        elif part == "step" and lines[0].startswith("     "):
            page.statements.append(Line(where, _joined(lines)))
        elif part == "step":
            last = page.statements.pop()
            page.statements.append(Line(last.where, last.text, noted(_joined(lines))))
    return page


def _joined(lines: list[str]) -> str:
    return " ".join(line.strip() for line in lines)


def noted(sentence: str) -> str:
    """Return the letters in ``The constant does not depend on A and B.``."""
    return sentence.removeprefix(_NOTE).removesuffix(".") if sentence.startswith(_NOTE) else ""


def claim_and_note(text: str) -> Line:
    """Return a claim that is given alone, with the sentence on its constant if one follows."""
    claim, _, rest = text.strip().partition(_NOTE)
    return Line("claim", " ".join(claim.split()), rest.strip().removesuffix("."))


_WORDS = "log exp det KL Var Any Beta Gamma Dirichlet Categorical Bernoulli Poisson Uniform MMD"
_MATHEMATICAL = frozenset((*_WORDS.split(), "Kumaraswamy", "Binomial", "Exponential", "diag"))


def formulas(sentence: str) -> list[str]:
    """Return the relations that stand in a sentence between its words."""
    pieces = _pieces(sentence)
    told = [p for p in pieces if not p.startswith(("=", "≤", "<", "~"))]
    return [p for p in told if len(_SIGN.findall(f" {p} ")) == 1]


def _pieces(sentence: str) -> list[str]:
    """Cut a sentence at its words and at the commas, stops and colons outside parentheses."""
    pieces: list[list[str]] = [[]]
    depth = 0
    chunks = sentence.split()
    for chunk, after in zip(chunks, [*chunks[1:], "end"], strict=True):
        bare = chunk.rstrip(".,:;") or chunk
        if depth == 0 and (_is_word(bare) or (bare in {"a", "A"} and _is_word(after))):
            pieces.append([])
            continue
        depth += sum(bare.count(c) for c in "([{") - sum(bare.count(c) for c in ")]}")
        ends = depth == 0 and bare != chunk
        pieces[-1].append(bare if ends else chunk)
        if ends:
            pieces.append([])
    return [" ".join(p) for p in pieces if p]


def _is_word(chunk: str) -> bool:
    """Whether a chunk is a word of the language: it has several letters and is no function."""
    words = re.findall(r"[A-Za-z]{2,}", re.sub(r"[_^]\{[^}]*\}?", "", chunk))
    return any(w not in _MATHEMATICAL for w in words)

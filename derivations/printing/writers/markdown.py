"""Report nodes as Markdown: MyST for Sphinx, or the plain dialect that code hosts show."""

from __future__ import annotations

import re
from dataclasses import dataclass

from derivations.printing.evidence_rows import step_parts
from derivations.printing.nodes import (
    Admonition,
    Block,
    Bullets,
    Code,
    Document,
    Figure,
    Formula,
    Heading,
    Link,
    Literal,
    Paragraph,
    Prose,
    StepBlock,
    Strong,
    Table,
)
from derivations.printing.notation import display_latex, to_latex

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#$|~&^@\"'=])")
_AT_START = re.compile(r"^(?:([-+:%(!])|(\d+)([.)]))")


def write_markdown(document: Document, *, myst: bool = True) -> str:
    """Return a document as one Markdown page; ``myst`` adds labels, numbered formulas and boxes."""
    return _Writer(myst).document(document)


def escaped(text: str) -> str:
    """Return text with Markdown's special characters escaped and white space collapsed."""
    text = _SPECIAL.sub(r"\\\1", " ".join(text.split()))
    return _AT_START.sub(lambda m: f"\\{m[1]}" if m[1] else f"{m[2]}\\{m[3]}", text)


@dataclass(frozen=True)
class _Writer:
    myst: bool

    def document(self, document: Document) -> str:
        parts = [f"# {escaped(document.title)}"]
        parts += [f"*{escaped(document.subtitle)}*"] if document.subtitle else []
        parts += [escaped(", ".join(document.authors))] if document.authors else []
        return "\n\n".join([*parts, *(self.block(b) for b in document.blocks)]) + "\n"

    def block(self, block: Block) -> str:  # noqa: PLR0911 - one line for each kind
        match block:
            case Heading(level, prose, label):
                return self._label(label) + "#" * (level + 1) + f" {self.prose(prose)}"
            case Paragraph(prose):
                return self.prose(prose)
            case Formula(relation, label):
                return self._formula(display_latex(relation), label)
            case Bullets(items):
                return "\n".join(f"- {self.prose(i)}" for i in items)
            case Table():
                return self._table(block)
            case Figure():
                return self._figure(block)
            case Code():
                return _code(block)
            case Admonition():
                return self._admonition(block)
            case StepBlock():
                return "\n\n".join(self.block(p) for p in step_parts(block))

    def prose(self, prose: Prose) -> str:
        """Return prose; only the first part is at the start of a line."""
        text = "".join(self._inline(p) for p in prose)
        first = prose[0] if prose else ""
        return text if isinstance(first, str) else text.strip()

    def _inline(self, part: object) -> str:
        match part:
            case str():
                lead = " " if part[:1].isspace() else ""
                tail = " " if part[-1:].isspace() and part.strip() else ""
                return lead + escaped(part) + tail
            case Strong(text):
                return f"**{escaped(text)}**"
            case Literal(text):
                return _code_span(text)
            case Link(text, target, strong):
                marks = "**" * strong
                return f"[{marks}{escaped(text)}{marks}]({target})"
            case _:
                return f"${to_latex(part)}$"

    def _label(self, label: str) -> str:
        return f"({label})=\n" if label and self.myst else ""

    def _formula(self, latex: str, label: str) -> str:
        return f"$$\n{latex}\n$$" + (f" ({label})" if label and self.myst else "")

    def _table(self, table: Table) -> str:
        rows = [[self.prose(_celled(c)) for c in row] for row in (table.header, *table.rows)]
        rows.insert(1, ["---"] * len(table.header))
        lines = ["| " + " | ".join(row) + " |" for row in rows]
        caption = f"{self.prose(table.caption)}\n\n" if table.caption else ""
        return caption + "\n".join(lines)

    def _figure(self, figure: Figure) -> str:
        caption = self.prose(figure.caption)
        if not self.myst:
            return f"![{escaped(figure.alt)}]({figure.path})\n\n{caption}"
        options = f":alt: {' '.join(figure.alt.split())}\n:width: {100 * figure.width:.0f}%"
        return f":::{{figure}} {figure.path}\n{options}\n\n{caption}\n:::"

    def _admonition(self, block: Admonition) -> str:
        prose = self.prose(block.prose)
        if not self.myst:
            return f"> **{escaped(block.title)}.** {prose}"
        return f":::{{admonition}} {escaped(block.title)}\n:class: {block.kind}\n\n{prose}\n:::"


def _code(block: Code) -> str:
    """Fence code with more backticks than it contains; collapse it if a title is given."""
    ticks = "`" * max(3, 1 + max(map(len, re.findall("`+", block.text)), default=0))
    fenced = f"{ticks}{block.language}\n{block.text.rstrip()}\n{ticks}"
    if not block.folded:
        return fenced
    summary = block.folded.replace("&", "&amp;").replace("<", "&lt;")
    return f"<details>\n<summary>{summary}</summary>\n\n{fenced}\n\n</details>"


def _celled(prose: Prose) -> Prose:
    """Return prose for a table, in which a bar ends a cell even in code."""
    return tuple(
        Literal(p.text.replace("|", "\\|")) if isinstance(p, Literal) else p for p in prose
    )


def _code_span(text: str) -> str:
    """Return a code span, with more backticks around it than it contains."""
    text = " ".join(text.split())
    ticks = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"

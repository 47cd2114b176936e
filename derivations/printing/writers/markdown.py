"""Report nodes as Markdown: MyST for Sphinx, or the plain dialect that code hosts show."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from derivations.printing.evidence_rows import step_parts
from derivations.printing.nodes import (
    Admonition,
    Block,
    Bullets,
    Chain,
    Code,
    Document,
    Figure,
    FinePrint,
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
from derivations.printing.notation import chain_latex, display_latex, narrow_latex, to_latex

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

    def block(self, block: Block) -> str:  # noqa: C901, PLR0911 - one line for each kind
        match block:
            case Heading(level, prose, label):
                return self._label(label) + "#" * (level + 1) + f" {self.prose(prose)}"
            case Paragraph(prose, label):
                return self._label(label) + self.prose(prose)
            case Formula(relation, label):
                return self._formula(display_latex(relation), label, narrow_latex(relation))
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
            case Chain():
                return self._chain(block)
            case FinePrint(prose):
                return self.prose(prose)
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
            case Literal(text, label):
                span = _code_span(text)
                return f"[{span}](#{label})" if label and self.myst else span
            case Link(text, target, strong):
                marks = "**" * strong
                shown = f"{marks}{escaped(text)}{marks}"
                inside = target.startswith("#") and not self.myst
                return shown if inside else f"[{shown}]({target})"
            case _:
                return f"${to_latex(part)}$"

    def _label(self, label: str) -> str:
        return f"({label})=\n" if label and self.myst else ""

    def _formula(self, latex: str, label: str, narrow: str = "") -> str:
        """Return a display, and beside it the source that a script sets on a narrow screen."""
        display = f"$$\n{latex}\n$$" + (f" ({label})" if label and self.myst else "")
        if narrow in ("", latex) or not self.myst:
            return display
        return f'{display}\n\n<script type="text/x-tex" class="narrow">\n{narrow}\n</script>'

    def _chain(self, chain: Chain) -> str:
        """Return the relations as one display, and their reasons in a list."""
        parts = chain_latex([line.statement for line in chain.lines])
        rows = [f"{left} & {right}".strip() for lines in parts for left, right in lines]
        aligned = "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"
        reasons = [(f"{line.number} " * bool(line.number), *line.reason) for line in chain.lines]
        return self._formula(aligned, "") + "\n\n" + self.block(Bullets(tuple(reasons)))

    def _table(self, table: Table) -> str:
        rows = [[self.prose(_celled(c)) for c in row] for row in (table.header, *table.rows)]
        rows.insert(1, ["---"] * len(table.header))
        lines = ["| " + " | ".join(row) + " |" for row in rows]
        caption = f"{self.prose(table.caption)}\n\n" if table.caption else ""
        return _behind(table.folded, caption + "\n".join(lines))

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
    return _behind(block.folded, fenced)


def _behind(line: str, text: str) -> str:
    """Return text collapsed behind a line, if there is one."""
    if not line:
        return text
    summary = line.replace("&", "&amp;").replace("<", "&lt;")
    return f"<details>\n<summary>{summary}</summary>\n\n{text}\n\n</details>"


def _celled(prose: Prose) -> Prose:
    """Return prose for a table, in which a bar ends a cell even in code."""
    return tuple(
        replace(p, text=p.text.replace("|", "\\|")) if isinstance(p, Literal) else p for p in prose
    )


def _code_span(text: str) -> str:
    """Return a code span, with more backticks around it than it contains."""
    text = " ".join(text.split())
    ticks = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"

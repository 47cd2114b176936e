"""Report nodes as a Typst document, and as a reproducible PDF."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from itertools import zip_longest
from pathlib import Path

import typst

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
from derivations.printing.notation import chain_typst, display_typst, to_typst

_TEMPLATE = Path(__file__).with_name("template.typ")
_SPECIAL = re.compile(r"([\\*_#$@`<>\[\]~'\"/=+\-^{}|&:])")
_ENUMERATION = re.compile(r"^(\d+)\.")
_LINES_KEPT_TOGETHER = 6
_ROWS_KEPT_TOGETHER = 6
_COLUMNS = 90  # of code in its usual size
_WORDS = (Literal, Strong, Link)
_WORD, _SHORT_CELL, _SHORT_CELLS, _LONG_CELL = 20, 40, 60, 90  # characters


class TypesettingError(RuntimeError):
    """Typst rejected a document or warned about it."""


def write_typst(document: Document) -> str:
    """Return a document as Typst source."""
    authors = "".join(f"{_string(a)}, " for a in document.authors)
    front = (
        f"#show: report.with(title: {_string(document.title)}, "
        f"subtitle: {_string(document.subtitle)}, authors: ({authors}))"
    )
    template = _TEMPLATE.read_text(encoding="utf-8").strip()
    contents = "#outline(depth: 2)\n#pagebreak(weak: true)\n\n" if document.contents else ""
    return f"{template}\n\n{front}\n\n{contents}{typst_blocks(document.blocks)}\n"


def typst_blocks(blocks: Iterable[Block]) -> str:
    """Return blocks as the body of a document; a paragraph stays on one page with its box."""
    every = list(blocks)
    written = []
    for block, after in zip_longest(every, every[1:]):
        text = _block(block)
        leads = isinstance(block, Paragraph) and isinstance(after, Admonition)
        written.append(f"#block(sticky: true)[{text}]" if leads else text)
    return "\n\n".join(filter(None, written))


def compile_pdf(source: str, root: Path) -> bytes:
    """Return the PDF of a source whose figures are under ``root``; a warning is an error."""
    try:
        compiler = typst.Compiler(root=root, ignore_system_fonts=True)
        pdf, warnings = compiler.compile_with_warnings(source.encode(), format="pdf")
    except typst.TypstError as error:
        raise TypesettingError(_told(error)) from error
    if warnings:
        raise TypesettingError("; ".join(_told(w) for w in warnings))
    if not isinstance(pdf, bytes):
        message = f"wanted the bytes of one PDF, got {type(pdf).__name__}"
        raise TypesettingError(message)
    return pdf


def pages_in(source: str, root: Path) -> int:
    """Return on how many pages a source comes out."""
    counted = f"{source}\n#context [#metadata(counter(page).final().first()) <pages>]\n"
    found: str = typst.query(  # type: ignore[type-var]  # its stub wants a source and a root of one type
        counted.encode(), "<pages>", field="value", one=True, root=root, ignore_system_fonts=True
    )
    return int(json.loads(found))


def _told(trouble: typst.TypstError | typst.TypstWarning) -> str:
    return f"{trouble.message} {trouble.diagnostic}".strip()


def escaped(text: str) -> str:
    """Return text with Typst's special characters escaped."""
    text = "".join(c for c in text if c.isprintable() or c.isspace())
    text = _SPECIAL.sub(r"\\\1", re.sub(r"\s+", " ", text)).replace("...", ".\\..")
    return _ENUMERATION.sub(r"\1\\.", text)


def _block(block: Block) -> str:  # noqa: C901, PLR0911 - one line for each kind
    match block:
        case Heading(level, prose, label):
            return "=" * level + f" {_prose(prose)}{_label(label)}"
        case Paragraph(prose):
            return _prose(prose)
        case Formula(relation, label):
            return _formula(display_typst(relation), label)
        case Bullets(items):
            return "#list(" + ", ".join(f"[{_prose(i)}]" for i in items) + ")"
        case Table():
            return _table(block)
        case Figure():
            return _figure(block)
        case Code():
            return "" if block.folded else _code(block)
        case Admonition(kind, title, prose):
            return f"#admonition({_string(kind)}, {_string(title)})[{_prose(prose)}]"
        case Chain():
            return _chain(block)
        case FinePrint(prose):
            return f"#fine-print[{_prose(prose)}]"
        case StepBlock():
            head, *rest = step_parts(block)
            return "\n\n".join([f"#lead-in[{_block(head)}]", *(_block(p) for p in rest)])


def _formula(typst_math: str, label: str) -> str:
    """Return a display, numbered if labelled; a very long one may run over a page's end."""
    numbering = '"(1)"' if label else "none"
    breakable = "true" if typst_math.count("\n") > _LINES_KEPT_TOGETHER else "false"
    equation = f"#math.equation(block: true, numbering: {numbering}, $ {typst_math} $)"
    return f"#[#show math.equation: set block(breakable: {breakable})\n{equation}{_label(label)}]"


def _chain(chain: Chain) -> str:
    """Return relations under one another, each with its reason at the side."""
    parts = chain_typst([line.statement for line in chain.lines])
    rows = ""
    for line, lines in zip(chain.lines, parts, strict=True):
        spelled = "".join(f"it => $ {left or '#it'} {right} $, " for left, right in lines)
        number = f"#strong[{escaped(line.number)}] " if line.number else ""
        result = "true" if line.number else "false"
        rows += f"(({spelled}), [{number}{_prose(line.reason)}], {result}),\n"
    left = parts[0][0][0]
    return f"#chain({f'$display({left})$' if left else 'none'}, (\n{rows}))"


def _code(code: Code) -> str:
    """Return code, in a smaller type if a line of it is longer than the page is wide."""
    lang = f", lang: {_string(code.language)}" if code.language else ""
    raw = f"#raw(block: true{lang}, {_string(code.text.rstrip())})"
    longest = max(map(len, code.text.splitlines()), default=0)
    return f"#small-code[{raw}]" if code.small or longest > _COLUMNS else raw


def _label(label: str) -> str:
    return f" #label({_string(label)})" if label else ""


def _prose(prose: Prose) -> str:
    return "".join(_inline(p) for p in prose)


def _inline(part: object) -> str:
    match part:
        case str():
            return escaped(part)
        case Strong(text):
            return f"#strong[{escaped(text)}]"
        case Literal(text):
            return f"#raw({_string(text)});"
        case Link(text, target, strong):
            shown = f"#strong[{escaped(text)}]" if strong else escaped(text)
            return f"#link({_string(target)})[{shown}]" if "://" in target else shown
        case _:
            return f"${to_typst(part)}$"


def _string(text: str) -> str:
    """Return a Typst string literal."""
    text = "".join(c for c in text if c.isprintable() or c == "\n")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _table(table: Table) -> str:
    longest = [max(map(_seen, column), default=0) for column in zip(*table.rows, strict=True)]
    columns = ", ".join(_widths(longest or [0] * len(table.header)))
    header = ", ".join(f"[*{_prose(c)}*]" for c in table.header)
    rows = "".join(", ".join(f"[{_prose(c)}]" for c in row) + ",\n" for row in table.rows)
    caption = f"#caption[{_prose(table.caption)}]\n\n" if table.caption else ""
    breakable = "true" if len(table.rows) > _ROWS_KEPT_TOGETHER else "false"
    columns = f"{columns},), breakable: {breakable}"
    return f"{caption}#report-table(columns: ({columns}, table.header({header}),\n{rows})"


def _seen(prose: Prose) -> int:
    """Return the number of visible characters, with an estimate for formulas."""
    return sum(
        len(p if isinstance(p, str) else p.text if isinstance(p, _WORDS) else to_typst(p))
        for p in prose
    )


def _widths(longest: list[int]) -> list[str]:
    """Return column widths: automatic if all cells are short, otherwise shares by the longest.

    Typst reserves automatic widths first, so that many such columns would leave no room for prose.
    """
    short = [n for n in longest if n <= _SHORT_CELL]
    most = _SHORT_CELL
    if len(short) < len(longest) and sum(short) > _SHORT_CELLS:
        most = _WORD
    return ["auto" if n <= most else f"{min(n, _LONG_CELL)}fr" for n in longest]


def _figure(figure: Figure) -> str:
    width = f"{100 * figure.width:.0f}%"
    image = f"image({_string(str(figure.path))}, width: {width}, alt: {_string(figure.alt)})"
    return f"#figure({image}, caption: [{_prose(figure.caption)}])"

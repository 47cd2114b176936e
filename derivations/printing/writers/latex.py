"""Report nodes as a complete LaTeX article, with common packages only."""

from __future__ import annotations

import re
from collections.abc import Iterable

from derivations.printing.evidence_rows import step_parts
from derivations.printing.letters import GREEK
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
from derivations.printing.notation import chain_latex, display_latex, to_latex

_PREAMBLE = r"""\documentclass[11pt,a4paper]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
\usepackage[margin=24mm]{geometry}
\usepackage{amsmath,amssymb,booktabs,graphicx,longtable}
\setlength{\parindent}{0pt}
\setlength{\parskip}{6pt}
\setcounter{secnumdepth}{0}
\allowdisplaybreaks
\expandafter\def\expandafter\normalsize\expandafter{\normalsize
  \setlength\abovedisplayskip{5pt}\setlength\belowdisplayskip{5pt}}
\newcommand{\reason}[1]{\parbox[t]{29mm}{\raggedright\footnotesize\itshape #1}}
"""
_ESCAPES = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
    "_": r"\_", "%": r"\%", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}", "'": "'", "-": "-{}", "–": "--", "—": "---", "…": r"\ldots{}",
    "≤": r"$\le$", "≥": r"$\ge$", "∝": r"$\propto$", "−": "$-$", "×": r"$\times$", "·": r"$\cdot$",
    "∈": r"$\in$", "∞": r"$\infty$", "√": r"$\surd$", "′": "$'$", "→": r"$\to$", "≠": r"$\ne$",
}  # fmt: skip
_ESCAPES |= {sign: f"$\\{name}$" for name, sign in GREEK.items() if name != "epsilon"}
_ESCAPES |= {"ε": r"$\varepsilon$"}
_SECTIONS = {1: "section", 2: "subsection", 3: "subsubsection"}
_GAP = 0.027  # between two columns of a table, as a share of the width
_COLUMNS = 82  # of code in its usual size
_VERBATIM_END = r"\end{verbatim}"


def write_latex(document: Document) -> str:
    """Return a document that compiles on its own."""
    authors = r" \and ".join(escaped(a) for a in document.authors)
    title = escaped(document.title)
    if document.subtitle:
        title += rf"\\[4pt] \large {escaped(document.subtitle)}"
    body = latex_blocks(document.blocks)
    front = f"\\title{{{title}}}\n\\author{{{authors}}}\n\\date{{}}\n"
    body = f"\\tableofcontents\n\n{body}" if document.contents else body
    return f"{_PREAMBLE}{front}\\begin{{document}}\n\\maketitle\n\n{body}\n\n\\end{{document}}\n"


def latex_blocks(blocks: Iterable[Block]) -> str:
    """Return blocks as the body of an article; math needs amsmath and amssymb."""
    return "\n\n".join(map(_block, blocks))


def escaped(text: str) -> str:
    """Return text with LaTeX's special characters escaped."""
    text = "".join(c for c in text if c.isprintable() or c.isspace())
    return "".join(_ESCAPES.get(c, c) for c in re.sub(r"\s+", " ", text))


def _block(block: Block) -> str:  # noqa: C901, PLR0911 - one line for each kind
    match block:
        case Heading(level, prose, label):
            command = _SECTIONS.get(level, "paragraph")
            return rf"\{command}{{{_prose(prose)}}}" + _label(label)
        case Paragraph(prose):
            return _prose(prose)
        case Formula(relation, label):
            name = "equation" if label else "equation*"
            return f"\\begin{{{name}}}{_label(label)}\n{display_latex(relation)}\n\\end{{{name}}}"
        case Bullets(items):
            lines = "\n".join(rf"\item {{}}{_prose(i)}" for i in items)
            return f"\\begin{{itemize}}\n{lines}\n\\end{{itemize}}"
        case Table():
            return _table(block)
        case Figure(path, caption, _, width):
            image = rf"\includegraphics[width={width:.2f}\linewidth]{{{path}}}"
            return f"\\begin{{center}}\n{image}\n\n{_prose(caption)}\n\\end{{center}}"
        case Code():
            return "" if block.folded else _code(block)
        case Admonition(_, title, prose):
            inside = rf"\parbox{{0.95\linewidth}}{{\textbf{{{escaped(title)}.}} {_prose(prose)}}}"
            return rf"\fbox{{{inside}}}"
        case Chain():
            return _chain(block)
        case FinePrint(prose):
            return f"{{\\footnotesize {_prose(prose)}\\par}}"
        case StepBlock():
            return "\n\n".join(_block(p) for p in step_parts(block))


def _chain(chain: Chain) -> str:
    """Return relations under one another, each with its reason at the side."""
    rows = []
    parts = chain_latex([line.statement for line in chain.lines])
    for line, lines in zip(chain.lines, parts, strict=True):
        number = rf"\textbf{{{escaped(line.number)}}} " if line.number else ""
        reasons = [rf" && \reason{{{number}{_prose(line.reason)}}}", *[""] * (len(lines) - 1)]
        for (left, right), why in zip(lines, reasons, strict=True):
            rows.append(f"{left} & {right}{why}".lstrip())
    joined = " \\\\\n".join(rows)
    return f"\\begin{{flalign*}}\n{joined}\n\\end{{flalign*}}"


def _label(label: str) -> str:
    return rf"\label{{{label}}}" if label else ""


def _prose(prose: Prose) -> str:
    return "".join(_inline(p) for p in prose)


def _inline(part: object) -> str:
    match part:
        case str():
            return escaped(part)
        case Strong(text):
            return rf"\textbf{{{escaped(text)}}}"
        case Literal(text):
            breakable = (
                escaped(text).replace(r"\_", r"\_\allowbreak{}").replace(".", r".\allowbreak{}")
            )
            return rf"\texttt{{{breakable}}}"
        case Link(text, _, strong):
            return rf"\textbf{{{escaped(text)}}}" if strong else escaped(text)
        case _:
            return f"${to_latex(part)}$"


def _table(table: Table) -> str:
    """Return a table that breaks over pages, its header repeated."""
    count = len(table.header)
    share = (0.99 - _GAP * (count - 1)) / count
    columns = f"p{{{share:.3f}\\linewidth}}" * count
    header = " & ".join(rf"\textbf{{{_prose(c)}}}" for c in table.header)
    rows = "\n".join(" & ".join(_prose(c) for c in row) + r" \\" for row in table.rows)
    caption = f"{_prose(table.caption)}\n\n" if table.caption else ""
    top = f"\\toprule\n{header} \\\\\n\\midrule\n\\endhead\n"
    return (
        f"{caption}{{\\small\\raggedright\n\\begin{{longtable}}{{@{{}}{columns}@{{}}}}\n"
        f"{top}{rows}\n\\bottomrule\n\\end{{longtable}}}}"
    )


def _code(code: Code) -> str:
    """Return code, in a smaller type if a line of it is longer than the page is wide."""
    text = code.text
    if _VERBATIM_END in text:
        return r"\par ".join(rf"\texttt{{{escaped(line)}}}" for line in text.splitlines())
    longest = max(map(len, text.splitlines()), default=0)
    size = "scriptsize" if code.small or longest > _COLUMNS else "small"
    return f"{{\\{size}\n\\begin{{verbatim}}\n{text.rstrip()}\n\\end{{verbatim}}}}"

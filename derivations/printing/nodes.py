"""The parts of a document, independent of the output format.

Mathematics in prose consists of expressions and relations, never of marked-up text, so that every
formula in every format is printed by ``notation``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sympy import Expr

from derivations.calculus.steps import Finding, Relation
from derivations.claims.statements import Claim, Definition

if TYPE_CHECKING:
    from pathlib import PurePosixPath


@dataclass(frozen=True)
class Literal:
    """Words in the typeface of code, such as a dotted name; on the site they lead to a label."""

    text: str
    label: str = ""


@dataclass(frozen=True)
class Strong:
    """Emphasized words."""

    text: str


@dataclass(frozen=True)
class Link:
    """A link to an address, to a page, or to a label of the same site, which follows a ``#``."""

    text: str
    target: str
    strong: bool = False


Prose = tuple[str | Expr | Relation | Claim | Definition | Literal | Strong | Link, ...]


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 (below the title) or deeper, with a label to refer to."""

    level: int
    prose: Prose
    label: str = ""


@dataclass(frozen=True)
class Paragraph:
    """Prose, with a label to refer to."""

    prose: Prose
    label: str = ""


@dataclass(frozen=True)
class Formula:
    """A displayed formula; one with a label is numbered."""

    relation: Relation | Claim | Definition | Expr
    label: str = ""


@dataclass(frozen=True)
class Bullets:
    """A list without order."""

    items: tuple[Prose, ...]


@dataclass(frozen=True)
class Table:
    """Rows of prose under a header. With ``folded`` the site collapses it behind that line."""

    header: tuple[Prose, ...]
    rows: tuple[tuple[Prose, ...], ...]
    caption: Prose = ()
    folded: str = ""

    def __post_init__(self) -> None:
        """Check that all rows are as long as the header."""
        for row in self.rows:
            if len(row) != len(self.header):
                message = f"table: wanted rows of {len(self.header)} cells, got {len(row)}: {row}"
                raise ValueError(message)


@dataclass(frozen=True)
class Figure:
    """An image file by its path from the document; the width is a share of the text's width."""

    path: PurePosixPath
    caption: Prose
    alt: str
    width: float = 0.8


@dataclass(frozen=True)
class Code:
    """Verbatim text. With ``folded`` it is collapsed under that title, and left out on paper.

    ``small`` asks for a smaller type on paper.
    """

    text: str
    language: str = ""
    folded: str = ""
    small: bool = False


@dataclass(frozen=True)
class Admonition:
    """A boxed remark; the kind is ``note``, ``warning`` or ``danger``."""

    kind: str
    title: str
    prose: Prose


@dataclass(frozen=True)
class StepBlock:
    """One line of a derivation: the rule, the statement, and the evidence for it.

    If ``evidence`` is empty, nothing was checked. Every format reports this, unless the line is a
    definition.
    """

    number: int
    rule: str
    statement: Prose
    source: str
    relation: Relation | Claim | Definition
    note: Prose
    evidence: tuple[Finding, ...]
    label: str = ""
    defines: bool = False


@dataclass(frozen=True)
class ChainLine:
    """One relation of a chain and the reason for it; a result of the derivation has a number."""

    statement: Claim | Definition
    reason: Prose = ()
    number: str = ""


@dataclass(frozen=True)
class Chain:
    """Relations under one another with one left side, which is printed once: A = B = C.

    Every line stands for the whole statement it is made of.
    """

    lines: tuple[ChainLine, ...]


@dataclass(frozen=True)
class FinePrint:
    """A remark in small type."""

    prose: Prose


Block = (
    Heading
    | Paragraph
    | Formula
    | Bullets
    | Table
    | Figure
    | Code
    | Admonition
    | StepBlock
    | Chain
    | FinePrint
)


@dataclass(frozen=True)
class Document:
    """A title and blocks; on paper, a table of contents before these where it is asked for."""

    title: str
    blocks: tuple[Block, ...]
    subtitle: str = ""
    authors: tuple[str, ...] = ()
    contents: bool = False

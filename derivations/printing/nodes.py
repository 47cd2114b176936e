"""What a document is made of, whatever it is written as.

Mathematics stands in prose as expressions and relations, never as marked-up text, so that every
formula of every format is printed by ``notation``.
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
    """Words in the typeface of code, as in a dotted name."""

    text: str


@dataclass(frozen=True)
class Strong:
    """Words that must not be overlooked."""

    text: str


@dataclass(frozen=True)
class Link:
    """Words that lead somewhere: to an address, or to a label of the same site."""

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
    """Prose."""

    prose: Prose


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
    """Rows of prose under a header."""

    header: tuple[Prose, ...]
    rows: tuple[tuple[Prose, ...], ...]
    caption: Prose = ()

    def __post_init__(self) -> None:
        """Check that all rows are as long as the header."""
        for row in self.rows:
            if len(row) != len(self.header):
                message = f"table: wanted rows of {len(self.header)} cells, got {len(row)}: {row}"
                raise ValueError(message)


@dataclass(frozen=True)
class Figure:
    """An image file by its path from the document, as wide as a share of the text."""

    path: PurePosixPath
    caption: Prose
    alt: str
    width: float = 0.8


@dataclass(frozen=True)
class Code:
    """Text as it stands. With ``folded`` it is an aside under that title, left out on paper."""

    text: str
    language: str = ""
    folded: str = ""


@dataclass(frozen=True)
class Admonition:
    """A boxed remark; the kind is ``note``, ``warning`` or ``danger``."""

    kind: str
    title: str
    prose: Prose


@dataclass(frozen=True)
class StepBlock:
    """One line of a derivation: the rule, what it states, and what is known about it.

    ``evidence`` is empty when nothing has been checked, which every writer says aloud, unless the
    line is a definition.
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


Block = Heading | Paragraph | Formula | Bullets | Table | Figure | Code | Admonition | StepBlock


@dataclass(frozen=True)
class Document:
    """A title and blocks; on paper, a table of contents before these where it is asked for."""

    title: str
    blocks: tuple[Block, ...]
    subtitle: str = ""
    authors: tuple[str, ...] = ()
    contents: bool = False

"""A page about a recorded run: its path, its title, its figures, its text."""

from __future__ import annotations

import posixpath
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from derivations.printing.nodes import Block, Document, Figure, Heading


@dataclass(frozen=True)
class Chapter:
    """The report on a run, as a page of the site or a section of the paper.

    ``page`` is the page's path on the site, its first part the problem it belongs to; ``figures``
    the folder of its figures; ``blocks`` writes it for figures at a path, under a heading level.
    """

    page: str
    title: str
    figures: str
    blocks: Callable[[PurePosixPath, int], list[Block]]

    @property
    def problem(self) -> str:
        """The problem it belongs to."""
        return self.page.split("/", 1)[0]

    def on_site(self) -> Document:
        """Return its page, with paths as they are seen from there."""
        seen = posixpath.relpath(self.figures, posixpath.dirname(self.page))
        return Document(self.title, tuple(self.blocks(PurePosixPath(seen), 1)))

    def on_paper(self, level: int) -> list[Block]:
        """Return its section under a heading of that level, with paths from the root."""
        figures = PurePosixPath(self.figures)
        return [Heading(level, (self.title,)), *self.blocks(figures, level + 1)]


def copied(kept: Path, figures: Path) -> None:
    """Copy the figures of a kept run beside the pages."""
    figures.mkdir(parents=True, exist_ok=True)
    for figure in kept.glob("*.svg"):
        shutil.copy(figure, figures)


def figure_block(figures: PurePosixPath, name: str, caption: str, width: float = 1.0) -> Figure:
    """Return a figure of a folder, whose caption also describes it.

    Figures are drawn as wide as a page's text, so that at full width their letters have the size
    they were given.
    """
    return Figure(figures / f"{name}.svg", (caption,), caption, width)

"""Every derivation prints: no formula runs off the page, none is refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import typst

from derivations.index import derive, entries
from derivations.printing.nodes import Document
from derivations.printing.notation import PAGE_WIDTH, display_latex, display_text, display_typst
from derivations.printing.page import derivation_blocks
from derivations.printing.writers.latex import write_latex
from derivations.printing.writers.markdown import write_markdown
from derivations.printing.writers.typst import compile_pdf, write_typst

if TYPE_CHECKING:
    from pathlib import Path

    from derivations.claims.statements import Claim, Definition

KEYS = tuple(e.key for e in entries())
FONT_POINTS = 10.0
MEASURED = re.compile(rb'width="([\d.]+)pt"')


def statements(key: str) -> list[Claim | Definition]:
    """Return every displayed statement of a derivation, its results once more."""
    made = derive(key)
    return [*(s.claim for s in made.steps), *made.results]


@pytest.mark.parametrize("key", KEYS)
def test_no_formula_runs_off_the_page(key: str) -> None:
    """Typeset together without a page width, the widest display is narrower than the text."""
    page = f"#set page(width: auto, height: auto, margin: 0pt)\n#set text({FONT_POINTS}pt)\n"
    displays = "\n\n".join(f"$ {display_typst(r)} $" for r in statements(key))
    svg, warnings = typst.compile_with_warnings(f"{page}{displays}".encode(), format="svg")
    assert not warnings
    found = MEASURED.search(svg)
    assert found is not None
    assert float(found[1]) <= PAGE_WIDTH * FONT_POINTS * 1.02


@pytest.mark.parametrize("key", KEYS)
def test_every_derivation_is_a_pdf_an_article_and_a_page(key: str, tmp_path: Path) -> None:
    """All three writers take it whole, its title and key on each."""
    made = derive(key)
    document = Document(made.title, tuple(derivation_blocks(made)))
    assert compile_pdf(write_typst(document), tmp_path).startswith(b"%PDF")
    for text in (write_latex(document), write_markdown(document)):
        assert key.partition(".")[0] in text
        assert "Not established" in text


@pytest.mark.parametrize("key", KEYS)
def test_different_lines_of_a_derivation_look_different(key: str) -> None:
    """Two statements of a derivation that are not equal never print the same."""
    for printer in (display_latex, display_typst, display_text):
        printed: dict[str, tuple[object, ...]] = {}
        for found in statements(key):
            said = getattr(found, "sides", (found,))
            assert printed.setdefault(printer(found), said) == said

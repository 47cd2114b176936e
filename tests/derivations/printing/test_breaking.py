"""Displays fit the page, and what breaking does to a formula is no more than breaking it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import typst
from sympy import Add, Symbol, exp, log

from derivations.calculus.expressions import Array, IndexSum
from derivations.calculus.indices import Index, size
from derivations.claims.statements import Claim, equal, up_to_constant
from derivations.index import derive
from derivations.printing.notation import (
    PAGE_WIDTH,
    TERMINAL_WIDTH,
    display_latex,
    display_text,
    display_typst,
    narrow_latex,
    to_latex,
    to_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable

D, N = size("D1"), size("N")
i, n = Index("i", 1, D), Index("n", 1, N)
left = Symbol("L")
A4_TEXT_POINTS = 459.0
FONT_POINTS = 10.0


def array(name: str) -> Array:
    """Return an array over n and i."""
    return Array(name, (N, D), domain="positive")


terms = Add(*(IndexSum(array(c)[n, i] * log(array(c)[n, i]), n, i) for c in "abcdefgh"))
other = Add(*(IndexSum(array(c)[n, i] ** 2, n, i) for c in "stuvwxyz"))
LONG = {
    "terms": equal(left, terms - other),
    "constant": up_to_constant(left, -terms, array("a")[n, i]),
    "exponent": equal(left, exp(terms - other)),
    "quotient": equal(left, exp(terms) / IndexSum(exp(array("a")[n, i] - other), n, i)),
    "long left side": equal(IndexSum(log(terms), n), other),
}
SHORT = equal(left, IndexSum(array("a")[n, i], n, i))


def typeset_width(source: str) -> float:
    """Return the width, in points, that Typst gives a display."""
    page = f"#set page(width: auto, height: auto, margin: 0pt)\n#set text({FONT_POINTS}pt)\n"
    svg, warnings = typst.compile_with_warnings(f"{page}$ {source} $".encode(), format="svg")
    assert not warnings
    found = re.search(rb'width="([\d.]+)pt"', svg)
    assert found is not None
    return float(found[1])


@pytest.mark.parametrize("relation", [*LONG.values(), SHORT], ids=[*LONG, "short"])
def test_displays_fit_an_a4_page(relation: Claim) -> None:
    """The typeset width leaves room for a number beside it: the estimate of widths is honest."""
    assert typeset_width(display_typst(relation)) <= PAGE_WIDTH * FONT_POINTS * 1.02
    assert PAGE_WIDTH * FONT_POINTS * 1.02 < A4_TEXT_POINTS - 3 * FONT_POINTS


def test_an_unbroken_display_would_not_fit() -> None:
    """The formulas above are long enough for the claim to mean something."""
    assert all(
        typeset_width(display_typst(r, page_width=1e6)) > 1.5 * A4_TEXT_POINTS
        for r in LONG.values()
    )


@pytest.mark.parametrize("relation", LONG.values(), ids=LONG)
def test_text_fits_a_terminal(relation: Claim) -> None:
    """No line of text is longer than the width asked for."""
    lines = display_text(relation).splitlines()
    assert len(lines) > 1
    assert max(map(len, lines)) <= TERMINAL_WIDTH


@pytest.mark.parametrize("name", ["terms", "constant", "exponent", "long left side"])
def test_breaking_changes_nothing_but_white_space(name: str) -> None:
    """Lines joined again are the formula in one line (a quotient is rewritten with a slash)."""
    relation = LONG[name]
    assert "".join(display_text(relation).split()) == "".join(to_text(relation).split())


def test_a_list_of_arguments_is_broken_on_a_phone_alone() -> None:
    """Where there is room it stands in one line."""
    claim = derive("dice.q_z1").steps[0].claim
    assert "aligned" not in display_latex(claim)
    assert narrow_latex(claim).count(r"\\") == 1
    assert "aligned" not in narrow_latex(SHORT)


def test_a_short_display_is_one_line() -> None:
    """What fits is not broken."""
    assert "\n" not in display_text(SHORT)
    assert "aligned" not in display_latex(SHORT)


@pytest.mark.parametrize("relation", [*LONG.values(), SHORT], ids=[*LONG, "short"])
@pytest.mark.parametrize("printer", [display_latex, to_latex])
def test_latex_is_balanced_and_portable(printer: Callable[[Claim], str], relation: Claim) -> None:
    """Braces, fences and environments close; every command is one MathJax and KaTeX know."""
    latex = printer(relation)
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", latex):
        depth += 1 if brace == "{" else -1
        assert depth >= 0
    assert depth == 0
    for size_name in ("big", "Big", "bigg", "Bigg"):
        opened = len(re.findall(rf"\\{size_name}l(?![a-z])", latex))
        assert opened == len(re.findall(rf"\\{size_name}r(?![a-z])", latex))
    assert latex.count(r"\begin{") == latex.count(r"\end{")
    known = {"sum", "log", "exp", "quad", "text", "frac", "begin", "end", "Big", "bigl",
             "bigr", "Bigl", "Bigr", "biggl", "biggr"}  # fmt: skip
    assert set(re.findall(r"\\([A-Za-z]+)", latex)) <= known

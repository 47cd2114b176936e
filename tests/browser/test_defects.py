"""The questions asked of a page are not idle: each made-up page has one defect, and is caught."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from browser import findings

if TYPE_CHECKING:
    from browser.visiting import Visit, Visitor

pytestmark = pytest.mark.browser

PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>A page</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>@media (prefers-color-scheme: dark) {{ html, a {{ color: white; background: black }} }}
</style>
</head>
<body><h1 id="top">A page</h1>
<p>A formula <code>\\frac{{a}}{{b}}</code>, a <a href="#top">link</a>, a → b.</p>
<img src="dot.png" alt="A dot">
{defect}
</body>
</html>
"""
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
Question = Callable[["Visit"], list[str]]


def in_light(visit: Visit) -> list[str]:
    """Ask axe about the light scheme."""
    return findings.of_access(visit, "light")


def in_dark(visit: Visit) -> list[str]:
    """Ask axe about the dark scheme."""
    return findings.of_access(visit, "dark")


QUESTIONS: tuple[Question, ...] = (
    findings.of_mathematics,
    findings.of_copying,
    findings.of_loading,
    findings.off_the_site,
    findings.of_width,
    findings.of_images,
    findings.of_links,
    in_light,
    in_dark,
)
# What is wrong, who has to notice, and what it says.
DEFECTS: dict[str, tuple[str, Question, str]] = {
    "a fraction as TeX": (r"<p>\frac{a}{b}</p>", findings.of_mathematics, "raw TeX"),
    "dollars": ("<p>for $n$ points</p>", findings.of_mathematics, "raw TeX"),
    "an index as TeX": ("<p>Z_{n}</p>", findings.of_mathematics, "raw TeX"),
    "delimiters": (r"<p>for \(n\) points</p>", findings.of_mathematics, "raw TeX"),
    "folded TeX": (
        r"<details><summary>More</summary>\alpha</details>",
        findings.of_mathematics,
        "raw TeX",
    ),
    "a formula that was left out": (
        '<p><span class="math">n</span></p>',
        findings.of_mathematics,
        "not typeset",
    ),
    "a formula that MathJax refused": (
        "<mjx-container><mjx-merror>Undefined control sequence</mjx-merror></mjx-container>",
        findings.of_mathematics,
        "refused",
    ),
    "a letter that no style draws": (
        '<mjx-container><mjx-c class="mjx-c1D465"></mjx-c></mjx-container>',
        findings.of_mathematics,
        "no glyph: mathematics",
    ),
    "a character that no font has": ("<p>\u0379</p>", findings.of_mathematics, "U+379"),
    "a font that is missing": (
        '<style>@font-face { font-family: none; src: url("none.woff") }</style>'
        '<p style="font-family: none">a</p>',
        findings.of_mathematics,
        "font: none",
    ),
    "a formula without a button": (
        '<div class="math"><mjx-container></mjx-container></div>',
        findings.of_copying,
        "1 formulas, 0 buttons",
    ),
    "an error on the console": (
        "<script>console.error('wrong')</script>",
        findings.of_loading,
        "console error: wrong",
    ),
    "an uncaught error": (
        "<script>throw new Error('wrong')</script>",
        findings.of_loading,
        "uncaught error: wrong",
    ),
    "a rejected promise": (
        "<script>Promise.reject(new Error('wrong'))</script>",
        findings.of_loading,
        "uncaught error: wrong",
    ),
    "a script that is missing": (
        '<script src="none.js"></script>',
        findings.of_loading,
        "not loaded",
    ),
    "a script from elsewhere": (
        '<script src="https://example.org/a.js"></script>',
        findings.off_the_site,
        "https://example.org/a.js",
    ),
    "a style from elsewhere": (
        "<style>@import url('https://example.org/a.css')</style>",
        findings.off_the_site,
        "https://example.org/a.css",
    ),
    "a question to elsewhere": (
        "<script>fetch('http://example.org/').catch(() => null)</script>",
        findings.off_the_site,
        "http://example.org/",
    ),
    "a block that is too wide": (
        '<div class="wide" style="width: 2000px">wide</div>',
        findings.of_width,
        'class="wide"',
    ),
    "a word that does not break": (f"<p>{'word' * 500}</p>", findings.of_width, "px too wide"),
    "no alternative text": ('<img src="dot.png">', findings.of_images, "no alternative text"),
    "an empty alternative text": (
        '<img src="dot.png" alt="">',
        findings.of_images,
        "no alternative text",
    ),
    "a file name for a text": (
        '<img src="dot.png" alt="a/dot.png">',
        findings.of_images,
        "no alternative text",
    ),
    "an image that is missing": (
        '<img src="none.png" alt="A dot">',
        findings.of_images,
        "does not load",
    ),
    "a link to no file": ('<a href="none.html">there</a>', findings.of_links, "no file"),
    "a link to no anchor": ('<a href="#none">there</a>', findings.of_links, "no anchor"),
    "a link to no anchor elsewhere": (
        '<a href="other.html#none">there</a>',
        findings.of_links,
        "no anchor",
    ),
    "grey on white": ('<p style="color: #aaa">pale</p>', in_light, "color-contrast"),
    "grey on black": ('<p style="color: #444">dim</p>', in_dark, "color-contrast"),
    "a level left out": ("<h4>Details</h4>", in_light, "heading-order"),
    "a link without a name": ('<a href="#top"><i></i></a>', in_light, "link-name"),
    "a field without a name": ("<input type=text>", in_light, "label"),
    "a button without a name": ("<button></button>", in_light, "button-name"),
}


def visit_of(defect: str, folder: Path, visitor: Visitor, width: int = 390) -> Visit:
    """Write a site of two pages, and open the one with the defect."""
    (folder / "dot.png").write_bytes(DOT)
    (folder / "other.html").write_text(PAGE.format(defect=""), encoding="utf-8")
    path = folder / "index.html"
    path.write_text(PAGE.format(defect=defect), encoding="utf-8")
    return visitor.open(path, width)


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("width", [390, 1280])
def test_page_without_a_defect_is_faultless(
    question: Question, width: int, tmp_path: Path, visitor: Visitor
) -> None:
    """The same questions have nothing to say about it."""
    assert question(visit_of("", tmp_path, visitor, width)) == []


@pytest.mark.parametrize("name", DEFECTS)
def test_defect_is_found(name: str, tmp_path: Path, visitor: Visitor) -> None:
    """The question that it concerns names it."""
    defect, question, said = DEFECTS[name]
    found = question(visit_of(defect, tmp_path, visitor))
    assert any(said in line for line in found), found


@pytest.mark.parametrize(
    ("removed", "rule"),
    [(' lang="en"', "html-has-lang"), ("<title>A page</title>", "document-title")],
)
def test_page_without_language_or_title_is_found(
    removed: str, rule: str, tmp_path: Path, visitor: Visitor
) -> None:
    """These two stand outside the body."""
    text = PAGE.format(defect="").replace(removed, "")
    path = tmp_path / "index.html"
    path.write_text(text, encoding="utf-8")
    (tmp_path / "dot.png").write_bytes(DOT)
    assert any(line.startswith(rule) for line in in_light(visitor.open(path, 1280)))


def test_what_scrolls_by_itself_is_not_too_wide(tmp_path: Path, visitor: Visitor) -> None:
    """A wide table in a box of its own leaves the page as it is."""
    defect = '<div style="overflow-x: auto"><div style="width: 2000px">wide</div></div>'
    assert findings.of_width(visit_of(defect, tmp_path, visitor)) == []

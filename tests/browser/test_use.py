"""What a reader does with the site: search it, and copy a formula."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from browser import findings
from derivations.index import derive

if TYPE_CHECKING:
    from browser.visiting import Visitor

pytestmark = pytest.mark.browser
KEYS = ("kumaraswamy.density", "dice.q_rho")
# What a button says next; it returns to its own name after a moment.
LISTEN = """button => {
  window.said = new Promise(resolve =>
    new MutationObserver(() => resolve(button.textContent)).observe(button, { childList: true }));
}"""


def squeezed(text: str) -> str:
    """Return text without its white space, which TeX does not heed."""
    return "".join(text.split())


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("key", KEYS)
def test_search_finds_the_page_where_a_rule_is_used(
    key: str, width: int, site: Path, visitor: Visitor
) -> None:
    """A rule's name, typed into the search field, leads among others to that page."""
    rule = derive(key).steps[-1].rule.name
    visit = visitor.open(site / "index.html", width)
    page = visit.page
    if width < 1000:
        page.locator("label[for=__navigation]:visible").first.click()
    page.locator("input[name=q]:visible").first.fill(rule)
    page.keyboard.press("Enter")
    page.locator("#search-results li a").first.wait_for()
    page.wait_for_load_state("networkidle")
    assert findings.of_loading(visit) == []
    path = key.replace(".", "/") + ".html"
    page.locator(f"#search-results a[href*='{path}']").first.click()
    page.wait_for_url(f"**/{path}*")
    assert rule in " ".join(page.locator("article").inner_text().lower().split())


@pytest.mark.parametrize("permitted", [True, False])
@pytest.mark.parametrize("key", KEYS)
def test_copy_button_gives_the_latex_of_its_formula(
    *, key: str, permitted: bool, site: Path, visitor: Visitor
) -> None:
    """Each button of a page, with the browser's clipboard and in the old way, without it."""
    path = site / (key.replace(".", "/") + ".html")
    visit = visitor.open(path, 1280)
    page = visit.page
    if not permitted:
        page.evaluate(
            "() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')) }"
        )
    written = sources(path.read_text(encoding="utf-8"))
    formulas = page.locator("div.math")
    assert formulas.count() == len(written) > 0
    for number, latex in enumerate(written):
        button = formulas.nth(number).locator("button.copy-latex")
        button.evaluate(LISTEN)
        button.click()
        assert page.evaluate("window.said") == "Copied"
        copied = str(page.evaluate("navigator.clipboard.readText()"))
        assert squeezed(copied) == squeezed(latex)
        assert "\\[" not in copied
    assert visit.complaints == []


def sources(text: str) -> list[str]:
    """Return the LaTeX of a page's displayed formulas, as Sphinx wrote it for MathJax."""
    found = re.findall(r'<div class="math[ "][^>]*>(.*?)</div>', text, re.DOTALL)
    bodies = [
        re.search(r"\\\[(.*)\\\]", formula, re.DOTALL) for formula in found if "\\[" in formula
    ]
    plain = [html.unescape(body.group(1)).strip() for body in bodies if body]
    return [
        re.sub(r"^\\begin\{split\}(.*)\\end\{split\}$", r"\1", latex, flags=re.DOTALL)
        for latex in plain
    ]

"""The report's site stands alone: strict to build, and silent towards the network."""

import re
from pathlib import Path

import pytest
from harness.project import ROOT

pytest.importorskip("sphinx", reason="needs the extra 'docs'")

from sphinx.cmd.build import build_main

PAGE = r"""
# A page

Inline $z_{1,n}$, a chip [established]{.verdict .established}.

```{math}
:label: one
a &= b \\ c &= d
```

See {eq}`one`.
"""
# Sphinx and its extensions are not ours to keep free of deprecations.
pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::PendingDeprecationWarning"
)
# What a browser fetches by itself, as opposed to links a reader may follow.
FETCHED = re.compile(
    r"<(?:script|img|iframe|source)\b[^>]*\bsrc=\"(?:https?:)?//"
    r"|<link\b(?=[^>]*rel=\"(?:stylesheet|preload|preconnect|icon)[^>]*)[^>]*href=\"(?:https?:)?//"
    r"|url\(['\"]?(?:https?:)?//|@import\s+['\"](?:https?:)?//"
)


def build(pages: Path, text: str) -> int:
    """Build a site of one page as the report is built."""
    pages.mkdir()
    (pages / "index.md").write_text(text, encoding="utf-8")
    site = pages.with_name("site")
    return build_main(["-c", str(ROOT / "docs"), "-W", "-q", str(pages), str(site)])


def test_built_pages_fetch_nothing_from_the_network(tmp_path: Path) -> None:
    """Scripts, styles, fonts and MathJax all come from the site's own files."""
    assert build(tmp_path / "pages", PAGE) == 0
    site = tmp_path / "site"
    texts = [*site.rglob("*.html"), *(site / "_static").glob("**/*.css")]
    assert not [path.name for path in texts if FETCHED.search(path.read_text(encoding="utf-8"))]
    page = (site / "index.html").read_text(encoding="utf-8")
    scripts = re.findall(r"<script[^>]*src=\"([^\"?]+)", page)
    assert all((site / script).is_file() for script in scripts)
    # Deferred scripts run in order, and ours must read a formula before MathJax does.
    deferred = re.findall(r"<script defer=\"defer\" src=\"([^\"?]+)", page)
    own = ["_static/copy_latex.js", "_static/narrow.js", "_static/filter.js"]
    assert deferred == [*own, "_static/mathjax/tex-chtml.js"]


@pytest.mark.parametrize(
    "broken", ["{eq}`nowhere`", "[](#reference-nobody1900)", "[there](nowhere.md)"]
)
def test_unresolved_reference_breaks_the_build(
    broken: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A formula, a source or a page that does not exist is never printed as a question mark."""
    assert build(tmp_path / "pages", f"# A page\n\n{broken}\n") != 0
    assert re.search(r"nowhere|nobody1900", capsys.readouterr().err)

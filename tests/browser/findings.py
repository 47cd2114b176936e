"""What is asked of every page: each function returns a line for every defect of a visit."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from browser.visiting import Visit

# Rules of axe (dequeuniversity.com/rules/axe) that are applied beside that of contrast.
ACCESS = (
    "button-name",
    "document-title",
    "empty-heading",
    "heading-order",
    "html-has-lang",
    "html-lang-valid",
    "image-alt",
    "label",
    "link-name",
    "role-img-alt",
    "svg-img-alt",
)
FILE_NAME = re.compile(r"\.(?:png|svg|jpe?g|gif|webp)$", re.IGNORECASE)


def of_mathematics(visit: Visit) -> list[str]:
    """Find formulas that are not typeset, TeX in the text, and characters without a glyph."""
    facts = visit.facts
    return [
        *(f"not typeset: {text}" for text in facts["untypeset"]),
        *(f"raw TeX: {text}" for text in facts["raw"]),
        *(f"refused by MathJax: {text}" for text in facts["refused"]),
        *(f"no glyph: {text}" for text in facts["missing"]),
    ]


def of_copying(visit: Visit) -> list[str]:
    """Find displayed formulas without a button that copies them."""
    formulas, buttons = visit.facts["formulas"], visit.facts["buttons"]
    return [] if formulas == buttons else [f"{formulas} formulas, {buttons} buttons"]


def of_loading(visit: Visit) -> list[str]:
    """Find errors and warnings of the console, uncaught errors, and files that are missing."""
    return list(visit.complaints)


def off_the_site(visit: Visit) -> list[str]:
    """Find requests for anything that is not a file of the site."""
    return list(visit.strangers)


def of_width(visit: Visit) -> list[str]:
    """Find whether the page scrolls sideways, and because of what."""
    overflow = visit.facts["overflow"]
    return [f"{overflow} px too wide", *visit.facts["wide"]] if overflow > 0 else []


def of_images(visit: Visit) -> list[str]:
    """Find images that did not load, or that say nothing to who cannot see them."""
    found = []
    for image in visit.facts["images"]:
        if not image["loaded"]:
            found.append(f"does not load: {image['name']}")
        said = image["text"].strip()
        if not image["decoration"] and (not said or FILE_NAME.search(said)):
            found.append(f"no alternative text: {image['name']}")
    return found


def of_links(visit: Visit) -> list[str]:
    """Find links inside the site that lead to no file, or to no anchor of it."""
    found = []
    for link in visit.facts["links"]:
        parts = urlsplit(link)
        if parts.scheme != "file":
            continue
        target = Path(unquote(parts.path))
        anchor = unquote(parts.fragment)
        if not target.is_file():
            found.append(f"no file: {link}")
        elif anchor and target.suffix == ".html" and anchor not in anchors(target):
            found.append(f"no anchor: {link}")
    return found


def of_access(visit: Visit, scheme: str) -> list[str]:
    """Find what axe calls a violation under a colour scheme; in the dark, what is hard to see."""
    return visit.audit(ACCESS if scheme == "light" else (), scheme)


@cache
def anchors(path: Path) -> frozenset[str]:
    """List the anchors of a page's source."""
    reader = _Anchors()
    reader.feed(path.read_text(encoding="utf-8"))
    return frozenset(reader.found)


class _Anchors(HTMLParser):
    """Collects what a link can lead to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take an element's ``id``, and an anchor's ``name``."""
        named = {"id"} | ({"name"} if tag == "a" else set())
        self.found |= {value for name, value in attrs if name in named and value}

"""One browser that opens pages from disk, and what each visit brought to light.

The browser is offline: a request off the site fails, and is recorded.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import ConsoleMessage, Error, Page, Request, sync_playwright

FACTS = Path(__file__).with_name("facts.js").read_text(encoding="utf-8")
AXE = Path(str(axe_playwright_python.__file__)).with_name("axe.min.js").read_text(encoding="utf-8")
ACCESS = Path(__file__).with_name("access.js").read_text(encoding="utf-8")
HEIGHT = 900
LONGEST = 400
LOCAL = ("file:", "data:", "blob:", "about:")


@dataclass(repr=False)
class Visit:
    """A page that is open at one width, in pixels, with what it shows and what it complained of."""

    page: Page
    path: Path
    width: int
    facts: dict[str, Any] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def __repr__(self) -> str:
        """Name the page, and not all that was found on it."""
        return f"{self.path} at {self.width} px"

    def audit(self, rules: tuple[str, ...], scheme: str) -> list[str]:
        """Apply rules of axe under a colour scheme, and return a line for each violation."""
        self.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE)
        found = self.page.evaluate(ACCESS, list(rules))
        return [" ".join(line.split())[:LONGEST] for line in found]


class Visitor:
    """Opens one page after the other in one tab, and listens."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.visit = Visit(page, Path(), 0)
        page.on("console", self._console)
        page.on("pageerror", self._pageerror)
        page.on("request", self._request)
        page.on("requestfailed", self._requestfailed)

    def open(self, path: Path, width: int, query: str = "") -> Visit:
        """Open a page, wait until it is complete, and gather what it shows."""
        self.page.goto("about:blank")
        self.visit = Visit(self.page, path, width)
        self.page.emulate_media(color_scheme="light")
        self.page.set_viewport_size({"width": width, "height": HEIGHT})
        self.page.goto(path.resolve().as_uri() + query)
        self.visit.facts = self.page.evaluate(FACTS)
        return self.visit

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.visit.complaints.append(f"console {message.type}: {message.text}")

    def _pageerror(self, error: Error) -> None:
        self.visit.complaints.append(f"uncaught error: {error.message}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith(LOCAL):
            self.visit.strangers.append(request.url)

    def _requestfailed(self, request: Request) -> None:
        if request.url.startswith(LOCAL):
            self.visit.complaints.append(f"not loaded: {request.url}")


@contextmanager
def visitor(chromium: str) -> Iterator[Visitor]:
    """Start the browser, and end it with the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        context = browser.new_context(offline=True)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        yield Visitor(context.new_page())
        browser.close()

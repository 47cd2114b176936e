"""The site under test: ``--site FOLDER`` runs the tests marked ``browser`` on what is built there.

Without the option they are deselected, so that the suite needs neither a site nor a browser. With
it, a missing site, package or browser is a usage error, and not a skip.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from harness import chromium

PACKAGES = ("axe_playwright_python", "playwright")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--site``."""
    parser.addoption(
        "--site",
        type=Path,
        help="test the site built in this folder in a browser, as in --site build/html",
    )


def obstacle(site: Path) -> str | None:
    """Return why the site cannot be tested, or None."""
    if not (site / "index.html").is_file():
        return f"no site in {site}; `tox run -e report` builds one in build/html"
    if not all(importlib.util.find_spec(name) for name in PACKAGES):
        return "playwright or axe cannot be imported; install the extra 'browser'"
    return None if chromium.found() else chromium.WANTED


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a run that could not open the site."""
    site = config.getoption("--site")
    if site is not None and (reason := obstacle(site)):
        msg = f"--site {site}: {reason}"
        raise pytest.UsageError(msg)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests that need a site when none is named."""
    if config.getoption("--site") is not None:
        return
    dropped = [item for item in items if item.get_closest_marker("browser")]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = [item for item in items if not item.get_closest_marker("browser")]

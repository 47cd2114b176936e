"""The pages of the site, each at two widths, in one browser for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from harness import chromium

if TYPE_CHECKING:
    from browser.visiting import Visit, Visitor

WIDTHS = {"desktop": 1280, "phone": 390}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each test that asks for a visit one for every page and width, ordered by page."""
    if "visit" not in metafunc.fixturenames:
        return
    site = metafunc.config.getoption("--site")
    names = [path.relative_to(site).as_posix() for path in site.rglob("*.html")] if site else [""]
    visits = [
        # Side by side, the tests of one page stay with one browser.
        pytest.param((name, width), id=f"{name}-{width}", marks=pytest.mark.xdist_group(name))
        for name in sorted(names)
        for width in WIDTHS
    ]
    metafunc.parametrize("visit", visits, indirect=True, scope="session")


@pytest.fixture(scope="session")
def site(request: pytest.FixtureRequest) -> Path:
    """Give the folder of the built site."""
    return Path(request.config.getoption("--site")).resolve()


@pytest.fixture(scope="session")
def visitor() -> Iterator[Visitor]:
    """Start the browser once."""
    from browser import visiting  # noqa: PLC0415 - only a run with --site has playwright

    with visiting.visitor(str(chromium.found())) as opened:
        yield opened


@pytest.fixture(scope="session")
def visit(request: pytest.FixtureRequest, site: Path, visitor: Visitor) -> Visit:
    """Open one page at one width; all tests of it look at the same visit."""
    name, width = request.param
    return visitor.open(site / name, WIDTHS[width])

"""Every page of the site, at the width of a desk and of a phone, opened from disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from browser import findings

if TYPE_CHECKING:
    from browser.visiting import Visit

pytestmark = pytest.mark.browser
TABLET = 800
"""Pixels: a phone is narrower, a desk wider."""


def none(found: list[str]) -> None:
    """Fail with a line for each defect."""
    assert not found, "\n".join(found)


def test_mathematics_is_typeset(visit: Visit) -> None:
    """No TeX is left in the text, MathJax refused no formula, and every character has a glyph."""
    none(findings.of_mathematics(visit))


def test_every_displayed_formula_has_its_copy_button(visit: Visit) -> None:
    """Its LaTeX can be taken along."""
    none(findings.of_copying(visit))


def test_page_loads_without_a_complaint(visit: Visit) -> None:
    """No error or warning on the console, no uncaught error, no missing file."""
    none(findings.of_loading(visit))


def test_page_asks_for_nothing_off_the_site(visit: Visit) -> None:
    """The site needs no network."""
    none(findings.off_the_site(visit))


def test_page_does_not_scroll_sideways(visit: Visit) -> None:
    """What is wider than the window scrolls by itself."""
    none(findings.of_width(visit))


def test_images_load_and_say_what_they_show(visit: Visit) -> None:
    """Each has an alternative text that is not its file name."""
    none(findings.of_images(visit))


def test_links_inside_the_site_lead_somewhere(visit: Visit) -> None:
    """Each names a file that is there, and an anchor of it."""
    none(findings.of_links(visit))


def test_page_is_accessible(visit: Visit) -> None:
    """Axe finds no fault: with the light scheme at a desk, with the dark one on a phone."""
    none(findings.of_access(visit, "dark" if visit.width < TABLET else "light"))

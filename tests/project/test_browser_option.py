"""The tests of the site run when they are asked for, and then they never pass by not running."""

from pathlib import Path

import pytest
from harness import chromium, site

PLUGIN = ("-p", "harness.site", "-p", "no:cacheprovider")
TEST = """
import pytest

@pytest.mark.browser
def test_site(): pass

def test_other(): pass
"""


@pytest.fixture
def without_browsers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Leave the PATH with one empty folder, and return it."""
    monkeypatch.delenv(chromium.VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def program(path: Path) -> Path:
    """Write a program that does nothing."""
    path.write_text("#!/bin/sh\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_browser_is_looked_for_by_its_usual_names(without_browsers: Path) -> None:
    """Debian's name is one of them; without a browser there is none."""
    assert chromium.found() is None
    written = program(without_browsers / "chromium")
    assert chromium.found() == str(written)
    assert not chromium.required()


def test_variable_names_the_only_browser(
    without_browsers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another browser of the machine does not stand in for the one that is named."""
    program(without_browsers / "chromium")
    named = without_browsers / "of-mine"
    monkeypatch.setenv(chromium.VARIABLE, str(named))
    assert chromium.required()
    assert chromium.found() is None
    program(named)
    assert chromium.found() == str(named)


def test_missing_site_is_told_with_the_way_to_build_it(tmp_path: Path) -> None:
    """A folder without a page is no site."""
    assert "tox run -e report" in str(site.obstacle(tmp_path))


@pytest.mark.usefixtures("without_browsers")
def test_missing_browser_is_told_with_the_way_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The packages that drive the browser are not enough."""
    (tmp_path / "index.html").touch()
    monkeypatch.setattr(site, "PACKAGES", ())
    assert site.obstacle(tmp_path) == chromium.WANTED
    monkeypatch.setattr(site, "PACKAGES", ("no_such_package",))
    assert "extra 'browser'" in str(site.obstacle(tmp_path))


def test_tests_of_the_site_are_deselected_without_it(pytester: pytest.Pytester) -> None:
    """The rest of the suite runs."""
    pytester.makeini("[pytest]\nmarkers = browser")
    pytester.makepyfile(TEST)
    pytester.runpytest(*PLUGIN).assert_outcomes(passed=1, deselected=1)


def test_site_that_is_not_there_is_a_usage_error(pytester: pytest.Pytester) -> None:
    """Nothing is skipped in silence."""
    pytester.makeini("[pytest]\nmarkers = browser")
    pytester.makepyfile(TEST)
    done = pytester.runpytest(*PLUGIN, "--site=nowhere")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines(["*no site in nowhere*"])

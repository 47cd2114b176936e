"""The wheel holds the three packages whole, and nothing else."""

import importlib.metadata
import os
from pathlib import PurePosixPath

import pytest
from harness import project

PACKAGES = ("derivations", "impl", "varproof")

pytestmark = pytest.mark.skipif(
    "VARPROOF_INSTALLED" not in os.environ, reason="only tox installs the wheel"
)


@pytest.fixture(scope="module")
def installed() -> set[PurePosixPath]:
    """List the files the wheel brought, compiled files aside."""
    files = importlib.metadata.files("varproof") or []
    paths = {PurePosixPath(file.as_posix()) for file in files}
    brought = {
        path for path in paths if path.suffix != ".pyc" and ".dist-info" not in path.parts[0]
    }
    return {path for path in brought if path.parts[0] != ".."}  # the command, beside the packages


def test_wheel_holds_the_packages_and_nothing_else(installed: set[PurePosixPath]) -> None:
    """No tests, no documentation, no stray module lands in a user's site-packages."""
    assert {path.parts[0] for path in installed} == set(PACKAGES)


@pytest.mark.parametrize("package", PACKAGES)
def test_wheel_holds_every_file_of_the_package(package: str, installed: set[PurePosixPath]) -> None:
    """Modules, data files and the mark for type checkers are all there."""
    paths = {PurePosixPath(path.relative_to(project.ROOT).as_posix()) for path in project.files()}
    source = {path for path in paths if path.parts[0] == package}
    assert PurePosixPath(package, "py.typed") in source
    assert {path for path in installed if path.parts[0] == package} == source


def test_one_command_is_installed() -> None:
    """The wheel puts one program on a user's path, under the project's own name."""
    entry_points = importlib.metadata.distribution("varproof").entry_points
    assert [point.name for point in entry_points if point.group.endswith("scripts")] == ["varproof"]

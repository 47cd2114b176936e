"""Agreement means something only between parts that do not know each other."""

import ast
import importlib.metadata
import re
import sys
import tomllib

import pytest
from harness import project
from harness.project import ROOT

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MODULES_OF = {"python-flint": "flint", "scikit-learn": "sklearn"}


def imported(package: str) -> set[str]:
    """List the top-level modules a package imports anywhere, functions included."""
    names: set[str] = set()
    for path in project.files(".py"):
        if path.relative_to(ROOT).parts[0] != package:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names.add(str(node.module).partition(".")[0])
    return names - sys.stdlib_module_names - {package}


def declared(requirements: list[str]) -> set[str]:
    """List the modules that a list of requirements provides."""
    names = {re.match(r"[\w-]+", requirement).group() for requirement in requirements}
    return {MODULES_OF.get(name, name) for name in names}


@pytest.mark.parametrize(
    ("package", "stranger"),
    [
        ("derivations", "impl"),
        ("derivations", "torch"),
        ("derivations", "varproof"),
        ("impl", "derivations"),
        ("impl", "varproof"),
    ],
)
def test_packages_do_not_know_each_other(package: str, stranger: str) -> None:
    """The formulas never see the code they are tested against, nor the code the formulas."""
    assert stranger not in imported(package)


def test_packages_import_only_what_the_project_declares() -> None:
    """Every import is the standard library's, a declared dependency's, or the extra torch's."""
    allowed = declared(PYPROJECT["project"]["dependencies"])
    extras = PYPROJECT["project"]["optional-dependencies"]
    assert imported("derivations") <= allowed
    assert imported("impl") <= allowed | declared(extras["torch"])
    assert imported("varproof") <= allowed | {"derivations", "impl", "torch"}


def test_every_dependency_is_used() -> None:
    """A user installs nothing in vain."""
    needed = imported("derivations") | imported("impl") | imported("varproof")
    assert declared(PYPROJECT["project"]["dependencies"]) <= needed


def test_requirements_of_the_installed_package_are_the_declared_ones() -> None:
    """What is tested was installed from this very declaration."""
    installed = importlib.metadata.requires("varproof") or []
    base = {re.match(r"[\w-]+", line).group() for line in installed if "extra ==" not in line}
    lines = PYPROJECT["project"]["dependencies"]
    assert base == {re.match(r"[\w-]+", line).group() for line in lines}

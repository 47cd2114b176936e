"""Derivations and code name each other, in both directions, for every key."""

import ast
import importlib
import re
from collections.abc import Iterator
from types import ModuleType

import pytest
from harness import project
from harness.project import ROOT

from derivations.index import Entry, entries

KEYS = {entry.key for entry in entries()}
NEEDS_TORCH = ("impl.mmd.", "impl.samplers.", "impl.vae.")
WITHOUT_CODE = {
    "softmax_gaussian.dirichlet_in_softmax_basis": "a density that PyTorch's Dirichlet stands for",
}
NAMED = re.compile(r"Derivations?:\s*([\w.]+(?:,\s+[\w.]+)*)")
"""One key, or several behind commas."""


def named(docstring: str | None) -> set[str]:
    """List the keys that a docstring names."""
    return {key for found in NAMED.findall(docstring or "") for key in re.split(r",\s+", found)}


def importable(name: str) -> tuple[ModuleType, list[str]]:
    """Import the longest module of a dotted name; return it with the attributes that are left."""
    parts = name.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        dotted = ".".join(parts[:cut])
        try:
            return importlib.import_module(dotted), parts[cut:]
        except ModuleNotFoundError as missing:
            if missing.name != dotted:
                raise
    raise ModuleNotFoundError(name)


def docstrings() -> Iterator[tuple[str, str]]:
    """List the places of docstrings in the code under test that name a derivation."""
    for path in project.files(".py"):
        where = path.relative_to(ROOT)
        if where.parts[0] != "impl":
            continue
        tree = ast.parse(path.read_text("utf-8"))
        kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        for node in (n for n in ast.walk(tree) if isinstance(n, kinds)):
            text = ast.get_docstring(node) or ""
            if "Derivation" in text:
                yield f"{where.as_posix()}::{getattr(node, 'name', '')}", text


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.key)
def test_code_of_a_derivation_exists_and_names_its_key(entry: Entry) -> None:
    """Each derivation names code that exists, and that code's docstring names the derivation."""
    assert bool(entry.code) == (entry.key not in WITHOUT_CODE)
    for name in entry.code:
        if name.startswith(NEEDS_TORCH):
            pytest.importorskip("torch", reason=f"{name} needs torch")
        found, attributes = importable(name)
        for attribute in attributes:
            found = getattr(found, attribute)
        assert entry.key in named(found.__doc__), name


def test_code_names_only_derivations_that_exist() -> None:
    """Each key that a docstring of the code names is that of a derivation."""
    found = {place: named(text) for place, text in docstrings()}
    assert [place for place, keys in found.items() if not keys] == []
    unknown = {place: keys - KEYS for place, keys in found.items() if keys - KEYS}
    assert unknown == {}
    assert set().union(*found.values()) == KEYS - WITHOUT_CODE.keys()


@pytest.mark.parametrize(
    ("docstring", "keys"),
    [
        ("Draw.\n\n    Derivation: a.b\n    Derivation: a.c_d\n", {"a.b", "a.c_d"}),
        ("Derivation: a.b, c.d\n\nNotes", {"a.b", "c.d"}),
        ("A derivation of a.b.", set()),
        (None, set()),
    ],
)
def test_keys_are_read_from_docstrings(docstring: str | None, keys: set[str]) -> None:
    """One key a line or several, and nothing from a docstring's other words."""
    assert named(docstring) == keys

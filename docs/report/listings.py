"""The source of functions for the appendix of the paper, read from their files and not imported."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from textwrap import dedent

_REMARK = re.compile(r"  # (?:noqa|type: ignore).*$", re.MULTILINE)  # to a linter, not to a reader


class ListingError(ValueError):
    """A dotted name that names no function of the project."""


def listing(name: str, root: Path) -> str:
    """Return the source of a function or method by its dotted name, its docstring cut short.

    Of the docstring the first sentence remains. Methods are moved to the margin.
    """
    path, inside = _place(name, root)
    text = path.read_text(encoding="utf-8")
    body: list[ast.stmt] = ast.parse(text).body
    node: ast.stmt | None = None
    for part in inside:
        node = next((n for n in body if getattr(n, "name", None) == part), None)
        body = getattr(node, "body", [])
    if not isinstance(node, ast.FunctionDef):
        message = f"{name}: wanted a function of {path.relative_to(root)}"
        raise ListingError(message)
    lines = text.splitlines()
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    shown = [*lines[first - 1 : node.body[0].lineno - 1], *_body(node, lines)]
    return _REMARK.sub("", dedent("\n".join(shown)))


def _place(name: str, root: Path) -> tuple[Path, list[str]]:
    """Return the file of a dotted name, and the names within it."""
    parts = name.split(".")
    for count in range(len(parts) - 1, 0, -1):
        path = root.joinpath(*parts[:count]).with_suffix(".py")
        if path.is_file():
            return path, parts[count:]
    message = f"{name}: wanted a function in a file of {root.name}"
    raise ListingError(message)


def _body(node: ast.FunctionDef, lines: list[str]) -> list[str]:
    """Return the lines of a function's body; of a docstring the first sentence alone."""
    documented = ast.get_docstring(node)
    start, end = node.body[0].lineno, node.end_lineno
    if documented is None:
        return lines[start - 1 : end]
    after = node.body[0].end_lineno or start
    told = documented.split("\n\n", 1)[0].split("\n")
    quoted = [f'"""{told[0]}', *told[1:]]
    margin = " " * node.body[0].col_offset
    return [
        *(f"{margin}{line}" for line in quoted[:-1]),
        f'{margin}{quoted[-1]}"""',
        *lines[after:end],
    ]

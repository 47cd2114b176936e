"""Records of tests of the checks: those there are, and what is said where there is none."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

from derivations.printing.nodes import Admonition, Literal, Prose, Strong
from report.ledger import read

Row = tuple[Prose, ...]


def kept(path: Path, schema: int) -> dict[str, Any] | None:
    """Return a record that is kept with the project; None where there is none."""
    return read(path, schema) if path.is_file() else None


def not_measured(*, earlier: bool) -> Prose:
    """Return the line in place of a result, where there is at most a run of earlier code."""
    first = Strong("not measured")
    return (first, "; a run of earlier code is at hand") if earlier else (first,)


def missing(command: str, *, earlier: bool) -> Admonition:
    """Return the box that stands in place of a record, with the command that makes one."""
    at_hand = "A run of this is at hand, but of earlier code" if earlier else "No run is at hand"
    text = (f"{at_hand}; ", Literal(command), " makes one of this code.")
    return Admonition("warning", "Not measured", text)


def alarming(number: int, text: str) -> str | Strong:
    """Return what is said of a number that should be zero; it stands out where it is not."""
    return Strong(text) if number else text


def grouped(rows: Iterable[tuple[str, Row]], shared: int = 1) -> tuple[Row, ...]:
    """Return a table's rows by dotted names, their first parts said once in a row of its own."""
    lines: list[Row] = []
    for first, group in groupby(rows, key=lambda row: row[0].split(".")[:shared]):
        for number, (name, cells) in enumerate(group):
            if number == 0:
                lines.append(((Strong(".".join(first)),), *(() for _ in cells)))
            lines.append(((Literal(".".join(name.split(".")[shared:])),), *cells))
    return tuple(lines)

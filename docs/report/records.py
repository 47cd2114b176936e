"""Records of tests of the checks: those there are, and what is said where there is none."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

from derivations.printing.nodes import Admonition, Literal, Paragraph, Prose, Strong
from report.ledger import age, read

SCHEMA = 1
"""Of the record beside the results of a run."""

Row = tuple[Prose, ...]


def kept(path: Path, schema: int) -> dict[str, Any] | None:
    """Return a record that is kept with the project; None where there is none."""
    return read(path, schema) if path.is_file() else None


def of(folder: Path) -> dict[str, Any]:
    """Return what is known of a run whose results are kept in a folder."""
    return read(folder / "record.json", SCHEMA)


def made(record: dict[str, Any], name: str) -> Paragraph:
    """Return the line that says when a kept run was made, of what code, and how to make it anew."""
    made = f"This run is kept with the project: {age(record)} It was made on {record['machine']}. "
    return Paragraph((made, Literal(f"tox run -e records -- {name}"), " makes it anew."))


def missing(command: str) -> Admonition:
    """Return the box that stands in place of a record, with the command that makes one."""
    return Admonition(
        "warning", "Not measured", ("No run is at hand; ", Literal(command), " makes one.")
    )


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

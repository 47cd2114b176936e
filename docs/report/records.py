"""Records of tests of the checks: those there are, and what is said where there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

from derivations.printing.nodes import Admonition, Literal, Paragraph, Prose, Strong
from report.ledger import changed, read

SCHEMA = 1
"""Of the record beside the results of a run."""

Row = tuple[Prose, ...]


NO_DATE, NO_CODE = "on an unknown date", "the record does not say of which code"


def kept(path: Path, schema: int) -> dict[str, Any] | None:
    """Return a record that is kept with the project; None where there is none."""
    return read(path, schema) if path.is_file() else None


def of(folder: Path) -> dict[str, Any]:
    """Return what is known of a run whose results are kept in a folder."""
    return read(folder / "record.json", SCHEMA)


def recorded(record: dict[str, Any], command: str) -> Paragraph:
    """Return the line that opens every page of a record.

    It says when the record was made, whether the code has changed since, and which command makes
    it anew. A record may hold ``date``, ``machine`` and ``sources``, the digests of the code.
    """
    when = f"Recorded {record.get('date', NO_DATE)}"
    where = f" on {record['machine']}" if isinstance(record.get("machine"), str) else ""
    return Paragraph((f"{when}{where}; {_code(record)}; made anew by: ", Literal(command), "."))


def stamp(record: dict[str, Any]) -> str:
    """Return the date of a record for a table, and whether it is about earlier code."""
    if "sources" not in record:
        state = " (code not recorded)"
    else:
        state = " (earlier code)" if changed(record) else ""
    return f"{record.get('date', 'no date')}{state}"


def _code(record: dict[str, Any]) -> str:
    """Say whether a record is about the code at hand."""
    if "sources" not in record:
        return NO_CODE
    since = changed(record)
    return f"changed since: {', '.join(since)}" if since else "the code has not changed since"


def made(record: dict[str, Any], name: str) -> Paragraph:
    """Return that line for a run that ``docs/renew.py`` makes."""
    return recorded(record, f"tox run -e records -- {name}")


def missing(command: str) -> Admonition:
    """Return the box that stands in place of a record, with the command that makes one."""
    return Admonition(
        "warning", "Not measured", ("No run is at hand; ", Literal(command), " makes one.")
    )


def alarming(number: int, text: str) -> str | Strong:
    """Return what is said of a number that should be zero; it stands out where it is not."""
    return Strong(text) if number else text


def grouped(
    rows: Iterable[tuple[str, Row]], shared: int = 1, remark: Callable[[str], str] = lambda _: ""
) -> tuple[Row, ...]:
    """Return a table's rows by dotted names, their first parts said once in a row of its own.

    A remark on a name, if there is one, follows it in parentheses.
    """
    lines: list[Row] = []
    for first, group in groupby(rows, key=lambda row: row[0].split(".")[:shared]):
        for number, (name, cells) in enumerate(group):
            if number == 0:
                lines.append(((Strong(".".join(first)),), *(() for _ in cells)))
            said = (f" ({remark(name)})",) if remark(name) else ()
            lines.append(((Literal(".".join(name.split(".")[shared:])), *said), *cells))
    return tuple(lines)

"""The tests' ledger as the report reads it: of this very code, or kept with its date."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.digest import digest
from harness.ledger import SCHEMA

RECORD, COMMAND = "tests.json", "tox run -e full"


class LedgerError(RuntimeError):
    """Tests that failed, or a ledger that cannot be read."""


@dataclass(frozen=True)
class Ledger:
    """What the tests established, how many of them passed, and each run's ledger as it is."""

    entries: tuple[dict[str, Any], ...]
    passed: int
    seed: int
    device: str
    runs: tuple[dict[str, Any], ...]

    def of(self, key: str) -> tuple[dict[str, Any], ...]:
        """Return the entries about one derivation."""
        return tuple(e for e in self.entries if e["key"] == key)


def found(build: Path, kept: Path) -> Ledger:
    """Return the ledger of a run on this very code, else the one that is kept with the project.

    Raises
    ------
    LedgerError
        If there is neither.
    """
    whole = next(
        (dated(run, path) for path in (build / RECORD, kept / RECORD) if (run := passed(path))),
        None,
    )
    if whole is None:
        message = f"no tests were recorded: {COMMAND} does"
        raise LedgerError(message)
    peers = passed(build / "peers.json")
    runs = (whole, *([peers] if peers is not None and not changed(peers) else []))
    entries = tuple(entry for run in runs for entry in run["entries"])
    return Ledger(entries, whole["counts"]["passed"], whole["seed"], whole["device"], runs)


def passed(path: Path) -> dict[str, Any] | None:
    """Return a ledger of a run that passed: of this very code, or kept; None where there is none.

    In the build folder a ledger of earlier code is one that was left there: it is not read.
    """
    if not path.is_file() or json.loads(path.read_text(encoding="utf-8")).get("schema") != SCHEMA:
        return None
    content = read(path)
    whole = content["exit_status"] == 0 and ("date" in content or not changed(content))
    return content if whole else None


def dated(record: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return a record with the date of its file, unless it holds its own."""
    written = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
    return {"date": written.date().isoformat(), **record}


def changed(content: dict[str, Any]) -> list[str]:
    """Return the folders of code that are no longer what a record is about."""
    return [name for name, found in content["sources"].items() if digest(name) != found]


def age(content: dict[str, Any]) -> str:
    """Say when a record was made, and whether it is about the code at hand."""
    since = changed(content)
    when = f" on {content['date']}" if "date" in content else ""
    if not since:
        return f"recorded{when} of this very code."
    return f"recorded{when} of earlier code: what is in {', '.join(since)} has changed since."


def read(path: Path, schema: int = SCHEMA) -> dict[str, Any]:
    """Return what a ledger, or another record, holds; refuse a schema that is not the one known."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if content.get("schema") != schema:
        message = f"{path.name}: wanted schema {schema}, got {content.get('schema')!r}"
        raise LedgerError(message)
    return content

"""The tests' ledger as the report reads it; where it is stale, the tests are run."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.digest import digest
from harness.ledger import SCHEMA


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


def fresh(folder: Path, root: Path) -> Ledger:
    """Return the ledger of the code at hand, running the fast tests if need be."""
    path = folder / "tests.json"
    if not _is_fresh(path):
        command = [sys.executable, "-m", "pytest", "-q", "-m", "not slow and not peers"]
        run = subprocess.run(  # noqa: S603 - our own tests
            [*command, "-n", "auto", f"--ledger={path}"], cwd=root, check=False
        )
        if run.returncode != 0 or not _is_fresh(path):
            message = f"the tests must pass before the report can quote them: {' '.join(command)}"
            raise LedgerError(message)
    peers = folder / "peers.json"
    runs = (read(path), *([read(peers)] if _is_fresh(peers) else []))
    entries = tuple(entry for run in runs for entry in run["entries"])
    whole = runs[0]
    return Ledger(entries, whole["counts"]["passed"], whole["seed"], whole["device"], runs)


def _is_fresh(path: Path) -> bool:
    """Whether a ledger exists, passed, and is about this very code."""
    if not path.is_file() or json.loads(path.read_text(encoding="utf-8")).get("schema") != SCHEMA:
        return False
    content = read(path)
    return content["exit_status"] == 0 and not changed(content)


def changed(content: dict[str, Any]) -> list[str]:
    """Return the folders of code that are no longer what a record is about."""
    return [name for name, found in content["sources"].items() if digest(name) != found]


def age(content: dict[str, Any]) -> str:
    """Say whether a record that is kept is about the code at hand."""
    since = changed(content)
    if not since:
        return "recorded of this very code."
    return f"recorded of earlier code: what is in {', '.join(since)} has changed since."


def read(path: Path, schema: int = SCHEMA) -> dict[str, Any]:
    """Return what a ledger, or another record, holds; refuse a schema that is not the one known."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if content.get("schema") != schema:
        message = f"{path.name}: wanted schema {schema}, got {content.get('schema')!r}"
        raise LedgerError(message)
    return content

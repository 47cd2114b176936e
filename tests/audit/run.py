"""Audit public libraries: the same claims on each, and on ours as a control; write the record.

    python tests/audit/run.py [--json build/audit.json] [--library NAME]

Prints a line for each claim in each library and type. The exit status is 0 if the control holds
everything that is claimed of it and no row is left unknown; what other libraries fail is a
finding, not a failure of the run.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
if str(TESTS) not in sys.path:
    sys.path.insert(0, str(TESTS))  # under a safe path Python does not look beside the script

from audit import COMMAND, SCHEMA  # noqa: E402 - the same
from audit.catalogue import LIBRARIES  # noqa: E402
from audit.claims import all_claims  # noqa: E402
from audit.rows import Row, rows  # noqa: E402
from derivations.evidence.runs import Failure, side_by_side, write  # noqa: E402

BY_NAME = {library.name: library for library in LIBRARIES}


def main() -> int:
    """Run the audit; return 0 if the control holds and nothing is unknown."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--json", type=Path, default=TESTS.parent / "build" / "audit.json")
    parser.add_argument("--library", action="append", choices=BY_NAME, help="only this one")
    options = parser.parse_args()
    chosen = [lib for lib in LIBRARIES if lib.name in (options.library or BY_NAME)]
    tasks = [f"{library.name} {dtype}" for library in chosen for dtype in library.types]
    found: list[Row] = []
    for made in side_by_side(_audited, tasks):
        if isinstance(made, Failure):
            sys.exit(made.reason)
        found += made
        print(*map(_line, made), sep="\n", flush=True)
    python = ".".join(platform.python_version_tuple()[:2])
    content = {
        "schema": SCHEMA,
        "command": COMMAND,
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {python}",
        "versions": {library.name: library.version for library in LIBRARIES},
        "rows": found,
    }
    write(options.json, content)
    failed = [
        row
        for row in found
        if row["verdict"] == "unknown" or (row["control"] and row["verdict"] == "refuted")
    ]
    for row in failed:
        print(f"not as it should be: {_line(row)}", file=sys.stderr)
    return 1 if failed else 0


def _audited(task: str) -> list[Row]:
    name, _, dtype = task.rpartition(" ")
    return list(rows(BY_NAME[name], all_claims(), dtype))


def _line(row: dict[str, Any]) -> str:
    said = ", ".join(f"{count} {answer}" for answer, count in row["answers"].items())
    place = f"{row['library']}, {row['type']}: {row['distribution']}, {row['claim']}"
    return f"{row['verdict']:<12} {place} ({said})"


if __name__ == "__main__":
    sys.exit(main())

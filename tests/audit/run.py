"""Audit public libraries: the same claims on each, and on ours as a control; write the record.

    python tests/audit/run.py [--json build/audit.json] [--library NAME] [--workers 2]

Prints a line for each claim in each library and type. The exit status is 0 if the control holds
everything that is claimed of it and no row is left unknown; what other libraries fail is a
finding, not a failure of the run.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
if str(TESTS) not in sys.path:
    sys.path.insert(0, str(TESTS))  # under a safe path Python does not look beside the script

from audit import COMMAND, SCHEMA  # noqa: E402 - the same
from audit.catalogue import LIBRARIES, all_claims  # noqa: E402 - the same
from audit.running import rows, settled  # noqa: E402 - the same
from derivations.evidence.runs import write  # noqa: E402 - after the path is set

SLOWEST = ("NumPyro",)
"""Started first, because it compiles for every size."""


def main(arguments: list[str] | None = None) -> int:
    """Run the audit; return 0 if the control holds and nothing is unknown."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--json", type=Path, default=ROOT / "build" / "audit.json")
    parser.add_argument("--library", action="append", help="only this one; may be repeated")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(arguments)
    names = {library.name for library in LIBRARIES}
    if unknown := set(options.library or []) - names:
        parser.error(f"wanted one of {', '.join(sorted(names))}, got {', '.join(unknown)}")
    found = []
    for row in _rows(options.library or names, options.workers):
        found.append(row)
        print(_line(row), flush=True)
    content = record(sorted(found, key=_place))
    write(options.json, content)
    failed = [row for row in found if fails(row)]
    for row in failed:
        print(f"not as it should be: {_line(row)}", file=sys.stderr)
    return 1 if failed else 0


def fails(row: dict[str, Any]) -> bool:
    """Tell whether a row speaks against the audit itself."""
    return row["verdict"] == "unknown" or (row["control"] and row["verdict"] == "refuted")


def record(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a run as plain data, with the machine in words and all versions."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {
        "schema": SCHEMA,
        "command": COMMAND,
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {python}",
        "versions": {library.name: library.version for library in LIBRARIES},
        "rows": found,
    }


def _rows(names: set[str] | list[str], workers: int) -> Iterator[dict[str, Any]]:
    """Yield rows as they are found, a library and type at a time, some side by side."""
    tasks = [(i, t) for i, lib in enumerate(LIBRARIES) if lib.name in names for t in lib.types]
    tasks.sort(key=lambda task: LIBRARIES[task[0]].name not in SLOWEST)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        for done in as_completed([pool.submit(_audited, *task) for task in tasks]):
            yield from done.result()


def _place(row: dict[str, Any]) -> tuple[int, str]:
    """Order rows as the libraries stand, float64 first."""
    order = [library.name for library in LIBRARIES]
    return order.index(row["library"]), "" if row["type"] == "float64" else row["type"]


def _audited(place: int, dtype: str) -> list[dict[str, Any]]:
    return settled(rows([LIBRARIES[place]], all_claims(), dtype))


def _line(row: dict[str, Any]) -> str:
    said = ", ".join(f"{count} {answer}" for answer, count in row["answers"].items())
    place = f"{row['library']}, {row['type']}: {row['distribution']}, {row['claim']}"
    return f"{row['verdict']:<12} {place} ({said})"


if __name__ == "__main__":
    sys.exit(main())

"""Keep the figures of a benchmark run: one small file for each group of benchmarks.

    python docs/benchmarks/record.py build/benchmarks.json --command "..."

Reads what ``pytest --benchmark-json`` wrote and writes ``docs/benchmarks/GROUP.json`` with the
command, the machine, the date, the digest of the code, and for each benchmark the median and least
time of a unit of work and the ratio to the reference that was run in turn with it. A benchmark that
does not give these is named and left out. The figures are only as good as the machine was quiet.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests"))

from harness.digest import digest  # noqa: E402 - after the path is set

# What a benchmark says of itself as pytest-benchmark's ``extra_info``.
GIVEN = ("name", "unit", "count", "ratio", "threads", "device", "versions")


class RecordError(ValueError):
    """A run's figures cannot be kept."""


def main(arguments: list[str] | None = None) -> int:
    """Write the files; return 0."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("run", type=Path, help="what --benchmark-json wrote")
    parser.add_argument("--command", required=True, help="the command that was run")
    parser.add_argument("--folder", type=Path, default=HERE, help="where the files go")
    options = parser.parse_args(arguments)
    run = json.loads(options.run.read_text(encoding="utf-8"))
    kept_files, left_out = record(run, options.command)
    for name in left_out:
        print(f"not kept, it does not say what it counts: {name}", file=sys.stderr)
    for name, kept in kept_files.items():
        path = options.folder / f"{name}.json"
        path.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
        print(path)
    return 0


def record(run: dict[str, Any], command: str) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Return what is kept of a run, by the name of its file, and the benchmarks left out.

    Left out is what has no group or does not give all of `GIVEN`.

    Raises
    ------
    RecordError
        If none is left, or two of one group say different things of the machine.
    """
    left_out: list[str] = []
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for benchmark in run["benchmarks"]:
        if benchmark["group"] and all(key in benchmark["extra_info"] for key in GIVEN):
            groups[benchmark["group"]].append(benchmark)
        else:
            left_out.append(benchmark["name"])
    if not groups:
        message = f"wanted a benchmark that gives {', '.join(GIVEN)}, got {left_out or 'none'}"
        raise RecordError(message)
    kept = {
        file_name(group): {
            "group": group,
            "command": command,
            "recorded": run["datetime"][:10],
            "sources": {"impl": digest("impl")},
            "machine": _machine(run["machine_info"], members),
            "benchmarks": [_figures(member) for member in members],
        }
        for group, members in groups.items()
    }
    return kept, left_out


def file_name(group: str) -> str:
    """Return the name of a group's file."""
    return re.sub(r"[^a-z0-9.]+", "-", group.lower())


def _machine(info: dict[str, Any], members: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the machine without its name."""
    said = [
        {key: m["extra_info"][key] for key in ("threads", "device", "versions")} for m in members
    ]
    if any(other != said[0] for other in said):
        message = f"{members[0]['group']}: wanted one number of threads, device and versions"
        raise RecordError(message)
    return {
        "processor": info["cpu"].get("brand_raw", info["cpu"].get("arch", "unknown")),
        "cores": info["cpu"].get("count", "unknown"),
        **said[0],
        "versions": {"python": info["python_version"], **said[0]["versions"]},
    }


def _figures(benchmark: dict[str, Any]) -> dict[str, Any]:
    """Return a benchmark's median and least time of a unit, in nanoseconds."""
    given, stats = benchmark["extra_info"], benchmark["stats"]
    each = 1e9 / given["count"]
    return {
        "name": given["name"],
        "unit": given["unit"],
        "count": given["count"],
        "rounds": stats["rounds"],
        "median_nanoseconds": _rounded(stats["median"] * each),
        "least_nanoseconds": _rounded(stats["min"] * each),
        "ratio": _rounded(given["ratio"]),
    }


def _rounded(value: float) -> float:
    """Keep four digits: the rest is noise."""
    return float(f"{value:.4g}")


if __name__ == "__main__":
    sys.exit(main())

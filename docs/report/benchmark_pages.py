"""The page of recorded times: a table for each file in ``docs/benchmarks``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from derivations.printing.nodes import (
    Block,
    Document,
    Heading,
    Paragraph,
    Prose,
    Strong,
    Table,
)
from report import records

REFERENCES = (
    "varproof Kumaraswamy, float32",
    "varproof Kumaraswamy, float64",
    "varproof SoftmaxGaussian, K = 3, float32",
    "varproof SoftmaxGaussian, K = 3, float64",
    "varproof, float32",
)
"""The references of the ratios, as in ``tests/benchmarks``."""


def document(folder: Path) -> Document:
    """Return the page of all files of a folder."""
    blocks: list[Block] = [
        Paragraph(
            (
                "These times are not measured by this build. A ratio "
                "compares a time with that of the reference of its kind and type, measured "
                "alternately in the same run. Quote the ratios: the times depend on the machine "
                "and its load. The ratio of a reference is of two measurements of itself, so that "
                "its distance from one is noise.",
            )
        )
    ]
    for path in sorted(folder.glob("*.json")):
        blocks += _group(json.loads(path.read_text(encoding="utf-8")))
    return Document("Benchmarks", tuple(blocks))


def _about(kept: dict[str, Any]) -> dict[str, Any]:
    """Return what a file says of itself, as a record does."""
    machine = kept["machine"]
    where = (
        f"{machine['processor']}, {machine['cores']} cores, {machine['threads']} threads, "
        f"device {machine['device']}"
    )
    code = {"sources": kept["sources"]} if "sources" in kept else {}
    return {"date": kept["recorded"], "machine": where, **code}


def _group(kept: dict[str, Any]) -> list[Block]:
    machine = kept["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    (unit,) = {b["unit"] for b in kept["benchmarks"]}
    rows: tuple[tuple[Prose, ...], ...] = tuple(
        (
            (b["name"], *([" (", Strong("reference"), ")"] if b["name"] in REFERENCES else [])),
            (f"{b['median_nanoseconds']:.1f}",),
            (f"{b['least_nanoseconds']:.1f}",),
            (f"{b['ratio']:.2f}",),
        )
        for b in kept["benchmarks"]
    )
    header: tuple[Prose, ...] = (
        ("What",),
        (f"Median, ns per {unit}",),
        (f"Least, ns per {unit}",),
        ("Ratio",),
    )
    return [
        Heading(1, (kept["group"],)),
        records.recorded(_about(kept), kept["command"]),
        Table(header, rows),
        Paragraph((f"Measured with {versions}.",)),
    ]

"""The report's section on the measured error rates of Monte Carlo checks."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from harness.digest import digest

from derivations.evidence.monte_carlo.calibration import Row, calibrate
from derivations.printing.nodes import Block, Heading, Paragraph, Prose, Table
from report.records import alarming

TITLE = "Monte Carlo checks, measured"
RECORD, SCHEMA, COMMAND = "calibration.json", 1, "tox run -e records -- calibration"
RUNS = 1200


def measured(seed: int) -> dict[str, Any]:
    """Run every kind of Monte Carlo check on true and false claims, and count its errors."""
    rows = calibrate(np.random.default_rng(seed), RUNS)
    sources = {"derivations": digest("derivations")}
    return {"schema": SCHEMA, "sources": sources, "seed": seed, "rows": [asdict(r) for r in rows]}


def _rows(run: dict[str, Any]) -> tuple[Row, ...]:
    return tuple(Row(**row) for row in run["rows"])


def headline(run: dict[str, Any]) -> Prose:
    """Return the outcome as one line, with exceeded error rates emphasized."""
    rows = _rows(run)
    kept, broken = sum(r.kept for r in rows), sum(r.broken for r in rows)
    return (
        f"{len(rows)} stated error rates: {kept} certainly respected, "
        f"{len(rows) - kept - broken} undecided, ",
        alarming(broken, f"{broken} certainly exceeded"),
    )


def blocks(run: dict[str, Any], level: int = 1) -> list[Block]:
    """Return the section on the counted errors, under a heading of that level."""
    rows = _rows(run)
    broken = [r for r in rows if r.broken]
    kept = sum(r.kept for r in rows)
    undecided = len(rows) - kept - len(broken)
    return [
        Heading(level, (TITLE,)),
        Paragraph(
            (
                f"Each kind of check was run {RUNS} times on input for which its claim is true, "
                f"and {RUNS} times on input that is off by exactly the smallest effect that the "
                "check must detect. The error probabilities were set so high that errors occur. "
                f"Of {len(rows)} stated error rates {kept} are certainly respected and "
                f"{len(broken)} certainly exceeded. For the other {undecided}, the count does not "
                "decide. "
                "A false alarm is a true claim that is refuted. A miss is a false claim that is "
                "not refuted. Unknown is a true claim that is neither established nor refuted. "
                "The bounds are those of Clopper and Pearson, with an error probability of one in "
                "a million on each side.",
            )
        ),
        *_calibration(rows),
    ]


def _calibration(rows: tuple[Row, ...]) -> list[Block]:
    """Return a line for each kind of check, with the counted rate of each error and its bounds.

    An error with the same rate for all kinds is stated once, below the table.
    """
    promised = {r.error: r.promised for r in rows}
    shown = {error: {_rate(r) for r in rows if r.error == error} for error in promised}
    alike = {error: rates.pop() for error, rates in shown.items() if len(rates) == 1}
    apart = {error: rate for error, rate in promised.items() if error not in alike}
    by_kind: dict[str, dict[str, Row]] = {}
    for r in rows:
        by_kind.setdefault(r.kind, {})[r.error] = r
    header: tuple[Prose, ...] = (
        ("Check",),
        ("Draws",),
        *((f"{error.capitalize()}, at most {rate:g}",) for error, rate in apart.items()),
    )
    table = Table(
        header,
        tuple(
            (
                (kind,),
                (str(next(iter(errors.values())).draws_needed),),
                *((_rate(errors[error]),) for error in apart),
            )
            for kind, errors in by_kind.items()
        ),
    )
    said = (
        f"{error.capitalize()}, at most {promised[error]:g}: {rate} for every check."
        for error, rate in alike.items()
    )
    return [table, *(Paragraph((text,)) for text in said)]


def _rate(row: Row) -> str:
    return f"{row.counted / row.runs:.4f} ({row.lower:.4f} to {row.upper:.4f})"

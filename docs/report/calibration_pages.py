"""What the report shows of the Monte Carlo checks' error rates, counted."""

from __future__ import annotations

import numpy as np

from derivations.evidence.monte_carlo.calibration import Row, calibrate
from derivations.printing.nodes import Block, Heading, Paragraph, Prose, Table
from report.records import alarming

TITLE = "Monte Carlo checks, measured"
RUNS = 1200


def measured(seed: int) -> tuple[Row, ...]:
    """Run every kind of Monte Carlo check on right and wrong input, and count its errors."""
    return calibrate(np.random.default_rng(seed), RUNS)


def headline(rows: tuple[Row, ...]) -> Prose:
    """Return what came of the counting in a line; broken promises stand out."""
    kept, broken = sum(r.kept for r in rows), sum(r.broken for r in rows)
    return (
        f"{len(rows)} promised error rates: {kept} certainly kept, ",
        alarming(broken, f"{broken} certainly broken"),
    )


def blocks(rows: tuple[Row, ...], level: int = 1) -> list[Block]:
    """Return the section on the counted errors, under a heading of that level."""
    broken = [r for r in rows if r.broken]
    kept = sum(r.kept for r in rows)
    return [
        Heading(level, (TITLE,)),
        Paragraph(
            (
                f"Each kind of check was run {RUNS} times on right input and {RUNS} times on input "
                "wrong by exactly what it says it detects, at relaxed levels so that errors can be "
                f"counted. Of {len(rows)} promised rates {kept} are certainly kept, {len(broken)} "
                "certainly broken; the others are so close to their promise that the count cannot "
                "tell. A false alarm refutes what is right, a miss does not refute what is wrong, "
                "and unknown is what is right and neither established nor refuted. Bounds are "
                "Clopper-Pearson's, at one in a million a side.",
            )
        ),
        *_calibration(rows),
    ]


def _calibration(rows: tuple[Row, ...]) -> list[Block]:
    """Return a line for each kind of check, with the counted rate of each error and its bounds.

    An error whose rate is the same for all is said once, below.
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

"""What the report shows of the samplers: the notebook's comparison, the checks' error rates."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from derivations.evidence.monte_carlo.calibration import Row, calibrate
from derivations.printing.nodes import Block, Code, Heading, Paragraph, Prose, Table
from impl.__main__ import main as impl_command
from report.chapters import Chapter, figure_block

ARGUMENTS = ("--a", "1", "--b", "0.7", "--alpha", "1", "10", "1")
RUNS = 1200


FIGURES = "kumaraswamy/figures"


def run(pages: Path) -> Chapter:
    """Run the notebook's comparison and leave its figures beside the pages."""
    figures = pages / FIGURES
    code = impl_command(["samplers", "compare", *ARGUMENTS, "--output", str(figures)])
    if code != 0:
        message = f"samplers compare ended with exit code {code}"
        raise RuntimeError(message)
    summary = json.loads((figures / "summary.json").read_text(encoding="utf-8"))
    title = "The stand-ins beside what they stand for"
    return Chapter("softmax_gaussian/comparison", title, FIGURES, partial(_blocks, summary))


def _blocks(summary: dict[str, Any], figures: PurePosixPath, level: int) -> list[Block]:
    """Return the comparison of both stand-ins with what they stand for."""
    stand_in, fits = summary["kumaraswamy"], summary["softmax_gaussian"]
    divergence = stand_in["kl_to_beta"]
    truth = ", ".join(f"{m:.3f}" for m in summary["dirichlet"]["mean"])
    laplace = ", ".join(f"{m:.3f}" for m in fits[0]["mean"])
    best = min(fits, key=lambda fit: float(fit["kl_from_dirichlet"]))
    return [
        Paragraph(("The notebook's settings, by the command",)),
        Code(f"python -m impl samplers compare {' '.join(ARGUMENTS)} --output figures", "sh"),
        Heading(level, ("Beta and Kumaraswamy",)),
        figure_block(figures, "beta_histograms", "Draws from Beta, and from Kumaraswamy.", 0.85),
        Paragraph(
            (
                f"At these settings one parameter is one and the two laws are one: their "
                f"divergence is {divergence:.3g} nats. The example cannot show the error; the "
                "plane below does.",
            )
        ),
        figure_block(figures, "kumaraswamy_error", "Divergence and Wasserstein distance.", 0.85),
        Heading(level, ("Dirichlet and the softmax-Gaussian",)),
        figure_block(figures, "dirichlet_bars", "Single draws, as the notebook shows them.", 0.9),
        figure_block(figures, "dirichlet_simplex", "Densities and draws on the simplex.", 1.0),
        _fits(fits),
        Paragraph(
            (
                f"The Dirichlet's mean is ({truth}); the diagonal Laplace choice, which the sheet "
                f"refers to, has ({laplace}). Bars of single draws hide that. The choice "
                f"({best['fit']}) is the nearest of the three, "
                f"{best['kl_from_dirichlet']:.3f} nats away.",
            )
        ),
        figure_block(
            figures, "dirichlet_moments", "Bias of the moments as the concentration grows.", 0.85
        ),
    ]


def _fits(fits: list[dict[str, Any]]) -> Table:
    rows: tuple[tuple[Prose, ...], ...] = tuple(
        (
            (fit["fit"],),
            (", ".join(f"{m:.4f}" for m in fit["mean"]),),
            (f"{fit['kl_from_dirichlet']:.3f}",),
        )
        for fit in fits
    )
    return Table((("Choice",), ("Mean",), ("Divergence from the Dirichlet (nats)",)), rows)


def calibration_blocks(seed: int, level: int = 1) -> list[Block]:
    """Run every kind of Monte Carlo check on right and wrong input, and count its errors."""
    rows = calibrate(np.random.default_rng(seed), RUNS)
    broken = [r for r in rows if r.broken]
    kept = sum(r.kept for r in rows)
    return [
        Heading(level, ("Monte Carlo checks, measured",)),
        Paragraph(
            (
                f"Each kind of check was run {RUNS} times on right input and {RUNS} times on input "
                "wrong by exactly what it says it detects, at relaxed levels so that errors can be "
                f"counted. Of {len(rows)} promised rates {kept} are certainly kept, {len(broken)} "
                "certainly broken; the others are so close to their promise that the count cannot "
                "tell. Bounds are Clopper-Pearson's, at one in a million a side.",
            )
        ),
        _calibration_table(rows),
    ]


def _calibration_table(rows: tuple[Row, ...]) -> Table:
    """Return a line for each kind of check, with the counted rate of each error and its bounds."""
    promised = {r.error: r.promised for r in rows}
    by_kind: dict[str, dict[str, Row]] = {}
    for r in rows:
        by_kind.setdefault(r.kind, {})[r.error] = r
    header: tuple[Prose, ...] = (
        ("Check",),
        ("Draws",),
        *((f"{error.capitalize()}, at most {rate:g}",) for error, rate in promised.items()),
    )
    return Table(
        header,
        tuple(
            (
                (kind,),
                (str(next(iter(errors.values())).draws_needed),),
                *((_rate(errors[error]),) for error in promised),
            )
            for kind, errors in by_kind.items()
        ),
    )


def _rate(row: Row) -> str:
    return f"{row.counted / row.runs:.4f} ({row.lower:.4f} to {row.upper:.4f})"

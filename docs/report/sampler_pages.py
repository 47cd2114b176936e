"""What the report shows of the samplers: the notebook's comparison, the checks' error rates."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from derivations.evidence.monte_carlo.calibration import Row, calibrate
from derivations.printing.nodes import Block, Code, Figure, Heading, Paragraph, Prose, Table
from impl.__main__ import main as impl_command

ARGUMENTS = ("--a", "1", "--b", "0.7", "--alpha", "1", "10", "1")
RUNS = 1200


@dataclass(frozen=True)
class Comparison:
    """The summary that ``samplers compare`` wrote beside its figures."""

    summary: dict[str, Any]


def run(figures: Path) -> Comparison:
    """Run the notebook's comparison and leave its figures in a folder."""
    code = impl_command(["samplers", "compare", *ARGUMENTS, "--output", str(figures)])
    if code != 0:
        message = f"samplers compare ended with exit code {code}"
        raise RuntimeError(message)
    return Comparison(json.loads((figures / "summary.json").read_text(encoding="utf-8")))


def comparison_blocks(run: Comparison, figures: PurePosixPath, level: int = 1) -> list[Block]:
    """Return the comparison of both stand-ins with what they stand for."""
    stand_in, fits = run.summary["kumaraswamy"], run.summary["softmax_gaussian"]
    divergence = stand_in["kl_to_beta"]
    truth = ", ".join(f"{m:.3f}" for m in run.summary["dirichlet"]["mean"])
    laplace = ", ".join(f"{m:.3f}" for m in fits[0]["mean"])
    best = min(fits, key=lambda fit: float(fit["kl_from_dirichlet"]))
    return [
        Paragraph(("The notebook's settings, by the command",)),
        Code(f"python -m impl samplers compare {' '.join(ARGUMENTS)} --output figures", "sh"),
        Heading(level, ("Beta and Kumaraswamy",)),
        _figure(figures, "beta_histograms", "Draws from Beta, and from Kumaraswamy."),
        Paragraph(
            (
                f"At these settings one parameter is one and the two laws are one: their "
                f"divergence is {divergence:.3g} nats. The example cannot show the error; the "
                "plane below does.",
            )
        ),
        _figure(figures, "kumaraswamy_error", "Divergence and Wasserstein distance."),
        Heading(level, ("Dirichlet and the softmax-Gaussian",)),
        _figure(figures, "dirichlet_bars", "Single draws, as the notebook shows them.", 0.9),
        _figure(figures, "dirichlet_simplex", "Densities and draws on the simplex.", 1.0),
        _fits(fits),
        Paragraph(
            (
                f"The Dirichlet's mean is ({truth}); the diagonal Laplace choice, which the sheet "
                f"refers to, has ({laplace}). Bars of single draws hide that. The choice "
                f"({best['fit']}) is the nearest of the three, "
                f"{best['kl_from_dirichlet']:.3f} nats away.",
            )
        ),
        _figure(figures, "dirichlet_moments", "Bias of the moments as the concentration grows."),
    ]


def _figure(figures: PurePosixPath, name: str, caption: str, width: float = 0.85) -> Figure:
    return Figure(figures / f"{name}.png", (caption,), caption, width)


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
        Table(
            (("Check",), ("Error",), ("Draws",), ("Promised",), ("Counted",), ("Bounds",)),
            tuple(_row(r) for r in rows),
        ),
    ]


def _row(row: Row) -> tuple[Prose, ...]:
    return (
        (row.kind,),
        (row.error,),
        (str(row.draws_needed),),
        (f"{row.promised:.2g}",),
        (f"{row.counted / row.runs:.4f}",),
        (f"{row.lower:.4f} to {row.upper:.4f}",),
    )

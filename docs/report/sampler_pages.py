"""What the report shows of the samplers: the notebook's comparison, the checks' error rates."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from derivations.printing.nodes import Block, Code, Heading, Paragraph, Prose, Table
from report import records
from report.chapters import Chapter, copied, figure_block

FIGURES = "kumaraswamy/figures"


def read(kept: Path, pages: Path) -> Chapter:
    """Read the kept comparison and put its figures beside the pages."""
    summary = json.loads((kept / "summary.json").read_text(encoding="utf-8"))
    record = records.of(kept)
    copied(kept, pages / FIGURES)
    title = "Kumaraswamy and softmax-Gaussian beside Beta and Dirichlet"
    blocks = partial(_blocks, summary, record)
    return Chapter("softmax_gaussian/comparison", title, FIGURES, blocks)


def _blocks(
    summary: dict[str, Any], record: dict[str, Any], figures: PurePosixPath, level: int
) -> list[Block]:
    """Return the comparison of both stand-ins with what they stand for."""
    stand_in, fits = summary["kumaraswamy"], summary["softmax_gaussian"]
    divergence = stand_in["kl_to_beta"]
    truth = ", ".join(f"{m:.3f}" for m in summary["dirichlet"]["mean"])
    laplace = ", ".join(f"{m:.3f}" for m in fits[0]["mean"])
    best = min(fits, key=lambda fit: float(fit["kl_from_dirichlet"]))
    return [
        Paragraph(("The notebook's settings, by the command",)),
        Code(record["command"], "sh"),
        records.made(record, "samplers"),
        Heading(level, ("Beta and Kumaraswamy",)),
        figure_block(figures, "beta_histograms", "Draws from Beta, and from Kumaraswamy.", 0.85),
        Paragraph(
            (
                "At these settings one parameter is one and the two distributions are equal: their "
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

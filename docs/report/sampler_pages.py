"""What the report shows of the samplers: the notebook's comparison, the checks' error rates."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from derivations.printing.nodes import Block, Code, Heading, Paragraph, Prose, Table
from report import records
from report.chapters import Chapter, copied, figure_block

FIGURES = "kumaraswamy/figures"
EQUAL = 1e-9
"""Nats of a divergence below which two distributions are called equal."""


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
    divergence, settings = stand_in["kl_to_beta"], summary["settings"]
    same = divergence < EQUAL
    largest = int(np.argmax(summary["dirichlet"]["mean"]))
    truth = ", ".join(f"{m:.3f}" for m in summary["dirichlet"]["mean"])
    laplace = ", ".join(f"{m:.3f}" for m in fits[0]["mean"])
    best = min(fits, key=lambda fit: float(fit["kl_from_dirichlet"]))
    return [
        Paragraph(("The notebook's settings, by the command",)),
        Code(record["command"], "sh"),
        records.made(record, "samplers"),
        Heading(level, ("Beta and Kumaraswamy",)),
        figure_block(
            figures,
            "beta_histograms",
            f"{settings['draws']:,} draws from Beta({settings['a']:g}, {settings['b']:g}), and as "
            "many reparameterized, with both densities, whose divergence is "
            f"{divergence:.3g} nats{', so that the histograms differ by chance alone' * same}.",
        ),
        Paragraph(
            (
                "At these settings one parameter is one and the two distributions are equal: their "
                f"divergence is {divergence:.3g} nats. The example cannot show the error; the "
                "plane below does.",
            )
        ),
        figure_block(
            figures,
            "kumaraswamy_error",
            "How far Kumaraswamy(a, b) is from Beta(a, b): divergence in nats (left), Wasserstein "
            "distance in units of x (right). Dark is near: both vanish on the lines a = 1 and "
            "b = 1, on one of which the notebook's example (the dot) lies."
            if 1 in (settings["a"], settings["b"])
            else "How far Kumaraswamy(a, b) is from Beta(a, b): divergence in nats (left), "
            "Wasserstein distance in units of x (right). The dot is the example.",
        ),
        Heading(level, ("Dirichlet and the softmax-Gaussian",)),
        figure_block(
            figures,
            "dirichlet_bars",
            "Single draws, as the notebook shows them: bars side by side are independent draws, "
            f"and hide that the means of coordinate {largest + 1} are "
            f"{summary['dirichlet']['mean'][largest]:.3f} and {fits[0]['mean'][largest]:.3f}.",
        ),
        figure_block(
            figures,
            "dirichlet_simplex",
            "Densities and draws on the simplex: the Dirichlet, and three softmax-Gaussians with "
            "their divergence from it. The cross is the Dirichlet's mean, the diamond that of what "
            f"is shown; the choice ({best['fit']}) is the nearest.",
        ),
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
            figures,
            "dirichlet_moments",
            "Errors of the mean and of the standard deviation as all concentrations grow by s; "
            "the dotted line is the notebook's example.",
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

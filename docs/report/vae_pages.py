"""What the report shows of the networks: two trainings that are kept, and what they look like."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from derivations.index import entries
from derivations.printing.nodes import Block, Code, Heading, Link, Paragraph, Prose, Table
from impl.figure_style import save_vector
from impl.vae.conclusions import BATCHES_PRINTED, PUBLISHED
from impl.vae.figures import draw_bound
from report import answer_pages, records
from report.chapters import Chapter, copied, figure_block

FIRST, SECOND = "gaussian_vae/figures", "mmd/figures"
REDRAWN = ("bound", "mmd_by_dimension")
"""Figures of a run that are drawn from numbers which are kept, and so are not kept themselves."""

QUESTIONS = (
    ("3.1", "The reparameterization", "gaussian_vae.reparameterization"),
    ("5.1", "The bound, rewritten", "gaussian_vae.elbo"),
    ("5.2", "The divergence in K dimensions", "gaussian_vae.gaussian_kl"),
    ("5.3", "The loss, from logits", "gaussian_vae.bernoulli_logits"),
    ("6", "The training loop", "The loss by epoch, on this page"),
    ("7.1", "Images beside their reconstructions", "Under that name, on this page"),
    ("8.1", "Images from noise", "Under that name, on this page"),
    ("9", "t-SNE of the latents", "The latents, on this page"),
    ("9.1", "What the latents are like", "mmd.answers"),
    ("10.1", "The squared MMD", "mmd.v_statistic"),
    ("10.2", "Its kernel", "mmd.gaussian_kernel_expectation"),
    ("10.2", "The second loss", "mmd.second_model"),
    ("10.3", "The second model's latents", "mmd.second_model"),
    ("10.4", "MMD against the divergence", "mmd.answers"),
)
"""What the notebook asks, and where it is answered: a page by its key, or words."""
PRINTED = (
    "The notebook prints an epoch's sum over 600 batches of 100 images, divided by 599 times 100; "
    "the loss an image is less by a factor of 599/600. "
)
SECOND_TITLE = "The second model"


@dataclass(frozen=True)
class Training:
    """A run of ``vae train`` and ``vae figures``: what they wrote about it."""

    metrics: list[dict[str, Any]]
    summary: dict[str, Any]
    measures: dict[str, Any]

    record: dict[str, Any]
    """The commands that repeat it, the code, the machine and the date."""


def read(kept: Path, pages: Path) -> tuple[Chapter, ...]:
    """Read the kept trainings of the notebook's models; put their figures beside the pages."""
    first, second = (_training(kept / o, pages / f) for o, f in (("kl", FIRST), ("mmd", SECOND)))
    title = "Trained on handwritten digits"
    return (
        Chapter("gaussian_vae/training", title, FIRST, partial(_first_blocks, first)),
        Chapter("mmd/second_model", SECOND_TITLE, SECOND, partial(_second_blocks, first, second)),
    )


def _training(kept: Path, figures: Path) -> Training:
    copied(kept, figures)
    metrics = (kept / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    summary, measures = (
        json.loads((kept / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("summary", "measures")
    )
    run = Training([json.loads(line) for line in metrics], summary, measures, records.of(kept))
    save_vector(draw_bound(run.metrics, run.summary["objective"]), figures / "bound")
    return run


def _first_blocks(run: Training, figures: PurePosixPath, level: int) -> list[Block]:
    found = run.summary["test_log_likelihood"]
    return [
        *_opening(run),
        *([_questions()] if level == 1 else []),  # the paper has no pages to lead to
        Heading(level, ("The loss by epoch",)),
        _losses(run),
        Paragraph(
            (
                *((PRINTED,) if run.measures["is_mnist"] else ()),
                "The training loss is the mean over an epoch, with pixels rounded to 0 or 1. The "
                "test loss is of the weights after the epoch: of rounded pixels, to be compared "
                "with the training loss, and of grey levels, as in the notebook's test loop.",
            )
        ),
        figure_block(figures, "bound", _bound_caption(run)),
        Paragraph(
            (
                f"After {run.summary['epochs']} epochs the bound is "
                f"{run.summary['train_bound']:.2f} nats a training image and "
                f"{run.summary['test_bound']:.2f} a test image, of rounded pixels. The log "
                f"likelihood of {found['images']} test images, by importance sampling with "
                f"{found['samples']} draws each, is {found['estimate']:.2f} nats (standard error "
                f"{found['standard_error']:.2f}); its expectation is a lower bound, too, and rises "
                "towards the log evidence with the number of draws.",
            )
        ),
        Heading(level, ("Images beside their reconstructions",)),
        figure_block(figures, "reconstruction", "Test image 21 and its reconstruction.", 0.5),
        figure_block(
            figures,
            "reconstructions",
            "Test images, each above its reconstruction from one draw of its latents. Given such a "
            f"draw, an image costs {_cost(run):.0f} nats on average (pixels rounded to 0 or 1).",
        ),
        Heading(level, ("Images from noise",)),
        figure_block(
            figures,
            "generated",
            "Images from noise: the probability of each pixel, for latents drawn from the prior. "
            "Most look like digits; some are between two.",
        ),
        figure_block(
            figures,
            "interpolations",
            "From one test image to another: decoded points of the straight line between their "
            "posterior means. The ends are the two images themselves.",
        ),
        Heading(level, ("The latents",)),
        figure_block(
            figures,
            "tsne",
            "t-SNE of the latents of the first 200 test images, each point its digit or its image; "
            "the axes have no unit. Ten neighbours name "
            f"{run.measures['knn_accuracy_z']:.0%} of all test images by draws (left) and "
            f"{run.measures['knn_accuracy_mean']:.0%} by means (right).",
        ),
        figure_block(
            figures,
            "units",
            f"Above, the KL of each unit from the prior, sorted: {run.measures['divergence']:.1f} "
            f"nats in all, {run.measures['active_units']} of {run.measures['latent_size']} units "
            "active. Below, how far posterior means are from zero: the units at the top differ "
            "from digit to digit, the rest stay at the prior's mean.",
        ),
        Paragraph((_latents(run),)),
    ]


def _second_blocks(
    first: Training, second: Training, figures: PurePosixPath, level: int
) -> list[Block]:
    term = second.metrics[-1]["train_divergence"]
    return [
        *_opening(second),
        Paragraph(
            (
                "In the second model the squared MMD between a batch's latents and as many draws "
                "of the prior stands in place of the divergence: the loss of an image is minus "
                "its log likelihood at a draw, plus the squared MMD of its batch. With the "
                f"notebook's kernel it averages {term:.5f} over the last epoch; the diagonal of "
                "the V-statistic alone is 2/100. Nothing holds the latents near the prior.",
            )
        ),
        figure_block(figures, "bound", _bound_caption(second)),
        _beside(first, second),
        Heading(level, ("Images beside their reconstructions, and from noise",)),
        figure_block(
            figures,
            "reconstructions",
            "Test images, each above its reconstruction from one draw of its latents. Given such a "
            f"draw, an image costs {_cost(second):.0f} nats on average, against {_cost(first):.0f} "
            "in the first model (pixels rounded to 0 or 1).",
        ),
        figure_block(
            figures,
            "generated",
            "Images from noise are no digits: the latents are "
            f"{second.measures['divergence']:,.0f} nats from the prior on average.",
        ),
        Heading(level, ("The latents",)),
        figure_block(
            figures,
            "tsne",
            "t-SNE of the latents of the first 200 test images; the axes have no unit. Draws and "
            f"means look alike: ten neighbours name {second.measures['knn_accuracy_z']:.0%} and "
            f"{second.measures['knn_accuracy_mean']:.0%} of all test images.",
        ),
        Paragraph((_latents(second),)),
    ]


def _bound_caption(run: Training) -> str:
    """Say what the losses of training and test images come to: both are of rounded pixels."""
    last = run.metrics[-1]
    parts = f"{last['train_loss']:.1f} nats a training image and {last['test_loss']:.1f} a test"
    return (
        "The loss by epoch and its two parts, of training and of test images, all with pixels "
        f"rounded to 0 or 1. After {last['epoch']} epochs it is {parts} image. A training value "
        "is the mean over an epoch in which the weights change, a test value that of the weights "
        "after it."
    )


def _cost(run: Training) -> float:
    """Return minus the log likelihood of test images at a draw, of rounded pixels, in nats."""
    return float(run.metrics[-1]["test_reconstruction"])


def _opening(run: Training) -> list[Block]:
    count = run.measures["test_images"]
    text = f"Trained on: {run.measures['data']} ({count:,} test images)."
    return [
        Paragraph((text,)),
        Code(run.record["command"], "sh"),
        records.made(run.record, "vae"),
    ]


def _questions() -> Table:
    """Return the notebook's questions with the pages that answer them."""
    rows: list[tuple[Prose, ...]] = []
    titles = {entry.key: entry.title for entry in entries()}
    titles |= {"mmd.second_model": SECOND_TITLE, "mmd.answers": answer_pages.TITLE}
    for number, what, place in QUESTIONS:
        page = f"../{place.replace('.', '/')}.md"
        answer = Link(titles[place], page) if place in titles else place
        rows.append(((number,), (what,), (answer,)))
    return Table((("Question",), ("What it asks",), ("Where it is answered",)), tuple(rows))


def _losses(run: Training) -> Table:
    columns: tuple[tuple[str, Callable[[dict[str, Any]], str]], ...] = (
        ("Epoch", lambda line: str(line["epoch"])),
        ("Training loss (nats an image)", lambda line: f"{line['train_loss']:.2f}"),
    )
    if run.measures["is_mnist"]:  # the notebook's batches, and what is published, are of MNIST
        columns += (
            (
                "As the notebook prints it (nats an image)",
                lambda line: f"{line['train_loss'] / BATCHES_PRINTED:.1f}",
            ),
            ("Published (nats an image)", lambda line: f"{PUBLISHED.get(line['epoch'], '')}"),
        )
    columns += (
        ("Test loss (nats an image)", lambda line: f"{line['test_loss']:.2f}"),
        ("Test loss, grey levels (nats an image)", lambda line: f"{line['test_grey_loss']:.2f}"),
    )
    return Table(
        tuple((title,) for title, _ in columns),
        tuple(tuple((cell(line),) for _, cell in columns) for line in run.metrics),
    )


def _latents(run: Training) -> str:
    m = run.measures
    return (
        f"{m['active_units']} of {m['latent_size']} units are active. The 10-nearest-neighbour "
        f"accuracy of the digits is {m['knn_accuracy_z']:.1%} for drawn latents and "
        f"{m['knn_accuracy_mean']:.1%} for their means. The silhouettes of the digits are "
        f"{m['silhouette_z']:.3f} and {m['silhouette_mean']:.3f}."
    )


def _beside(first: Training, second: Training) -> Table:
    rows: list[tuple[Prose, ...]] = []
    for name, pick in (
        ("Reconstruction term, last epoch (nats an image)", "train_reconstruction"),
        ("Divergence, or squared MMD, last epoch", "train_divergence"),
    ):
        cells = (f"{t.metrics[-1][pick]:.4g}" for t in (first, second))
        rows.append(((name,), *((cell,) for cell in cells)))
    for name, key, form in (
        ("Divergence from the prior (nats an image)", "divergence", ".4g"),
        ("Active units", "active_units", "d"),
        ("10-nearest-neighbour accuracy, drawn latents", "knn_accuracy_z", ".1%"),
        ("10-nearest-neighbour accuracy, means", "knn_accuracy_mean", ".1%"),
    ):
        cells = (format(t.measures[key], form) for t in (first, second))
        rows.append(((name,), *((cell,) for cell in cells)))
    return Table((("What",), ("With the divergence",), ("With the MMD",)), tuple(rows))

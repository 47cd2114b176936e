"""The answers to 9.1 and 10.4, from experiments made once and kept with the project."""

from __future__ import annotations

import json
import re
import shutil
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from derivations.printing.nodes import Block, Code, Heading, Paragraph, Prose, Table
from impl.figure_style import save
from impl.vae.answer_figures import draw_numbers
from impl.vae.conclusions import Runs
from report.answer_words import named, noisy, worded, written
from report.chapters import Chapter, figure_block

TITLE = "What the latents are like, and when MMD is the better choice"
FIGURES = "mmd/answers"
AGAINST = re.compile(r"(?P<claim>.+) than KL's(?:: (?P<run>mmd .+)| at (?P<size>D \d+))")
"""A claim of a run with MMD beside that with the divergence, and of which."""
KEPT = ("samples", "latents", "noisy_pixels")
"""Pictures that need the trained networks: kept beside the numbers."""


def read(results: Path, pages: Path) -> Chapter:
    """Read the kept answers, draw their figures beside the pages, return them as a chapter."""
    answers = json.loads((results / "answers.json").read_text(encoding="utf-8"))
    figures = pages / FIGURES
    figures.mkdir(parents=True, exist_ok=True)
    for name, figure in draw_numbers(answers).items():
        save(figure, figures / name)
    for name in KEPT:
        shutil.copy(results / f"{name}.png", figures)
    return Chapter("mmd/answers", TITLE, FIGURES, partial(_blocks, answers))


def _blocks(answers: dict[str, Any], figures: PurePosixPath, level: int) -> list[Block]:
    machine, versions = answers["machine"], answers["versions"]
    words = written(answers)
    whole = f"{answers['data']['training_images']:,} training images"
    used = ", ".join(f"{name} {number}" for name, number in versions.items())
    return [
        Paragraph(
            (
                f"{len(answers['runs'])} trainings ({whole}) stand behind these answers, "
                "made once by",
            )
        ),
        Code(answers["command"].replace("python -m impl", "varproof"), "sh"),
        Paragraph(
            (
                f"on {machine['cores']} cores ({machine['instructions']}, {machine['threads']} "
                f"threads, {used}). Every verdict below is computed from the numbers beside it. ",
                answers["rule"].replace("`", ""),
            )
        ),
        Heading(level, ("9.1: the latents of the first model",)),
        *(Paragraph((text,)) for text in words["9.1"]),
        _conclusions(answers, "9.1"),
        figure_block(
            figures, "losses", "Training loss by epoch for several seeds, and as published."
        ),
        figure_block(
            figures, "separation", "How well digits are told apart, by draws and by means."
        ),
        Heading(level, ("10.4: MMD against the divergence",)),
        *(Paragraph((text,)) for text in words["10.4"]),
        _conclusions(answers, "10.4"),
        Paragraph(
            (
                "Against the divergence, each with the same number of latents D: the verdict, "
                "and the numbers with the MMD and with the divergence.",
            )
        ),
        _against(answers),
        figure_block(figures, "weights", "What the weight of an MMD with a bandwidth of D does."),
        figure_block(figures, "dimensions", "What the number of latent variables does."),
        figure_block(figures, "mmd_by_dimension", "Squared MMD: closed form, and of batches."),
        Heading(level, ("Where MMD is the better choice, shown",)),
        figure_block(figures, "samples", "Images from noise, by model.", 1.0),
        figure_block(figures, "latents", "t-SNE of the latents, by model.", 1.0),
        figure_block(figures, "noisy_pixels", "Where noise can explain the pixels.", 1.0),
        Paragraph((noisy(answers),)),
        Heading(level, ("All trainings",)),
        Paragraph(
            (
                "The bound and the reconstruction term in nats a test image; active units; the "
                "10-nearest-neighbour accuracy of draws z and of means; the squared "
                "MMD of the latents from the prior, and of images from noise from test images.",
            )
        ),
        _runs(answers["runs"]),
    ]


def _conclusions(answers: dict[str, Any], question: str) -> Table:
    rows = tuple(
        ((worded(entry["claim"]),), (entry["verdict"],), (_numbers(entry["numbers"]),))
        for entry in answers["conclusions"]
        if entry["question"] == question and not AGAINST.fullmatch(entry["claim"])
    )
    return Table((("Claim",), ("Borne out",), ("Numbers",)), rows)


def _numbers(numbers: dict[str, float]) -> str:
    return "; ".join(f"{worded(name)} = {value:.4g}" for name, value in numbers.items())


def _against(answers: dict[str, Any]) -> Table:
    """Return the claims that are made of several runs, a column for each."""
    runs = Runs(answers["runs"])
    claims: dict[str, dict[tuple[int, float], str]] = {}
    for entry in answers["conclusions"]:
        found = AGAINST.fullmatch(entry["claim"])
        if found:
            name = found["run"] or f"mmd bandwidth D {found['size']}"
            settings = runs.group(name)[0]["settings"]
            place = (settings["latent_size"], settings["mmd_weight"])
            pair = sorted(entry["numbers"].items(), key=lambda item: item[0].startswith("kl"))
            figures = " and ".join(f"{value:.{3 + (abs(value) >= 1000)}g}" for _, value in pair)  # noqa: PLR2004
            claims.setdefault(found["claim"], {})[place] = f"{entry['verdict']}: {figures}"
    places = sorted({place for cells in claims.values() for place in cells})
    header: tuple[Prose, ...] = (
        ("Claim, against the divergence",),
        *((f"D = {size}, weight {weight:g}",) for size, weight in places),
    )
    rows = tuple(
        ((claim,), *((cells.get(place, ""),) for place in places))
        for claim, cells in claims.items()
    )
    return Table(header, rows)


def _runs(runs: list[dict[str, Any]]) -> Table:
    fields = (
        ("Bound", "elbo", ".1f"),
        ("Reconstruction", "log_likelihood_at_z", ".1f"),
        ("Active", "active_units", ".0f"),
        ("k-NN, z", "knn_accuracy_z", ".3f"),
        ("k-NN, means", "knn_accuracy_mean", ".3f"),
        ("MMD", "mmd_to_prior_bandwidth_D", ".2g"),
        ("Noise", "image_mmd_noise", ".2g"),
    )
    header: tuple[Prose, ...] = (("Training",), *((title,) for title, _, _ in fields))
    rows = tuple(
        ((named(run["name"]),), *((format(run[key], form),) for _, key, form in fields))
        for run in runs
    )
    return Table(header, rows)

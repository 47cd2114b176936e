"""The answers to 9.1 and 10.4, from experiments made once and kept with the project."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from derivations.printing.nodes import Block, Code, Heading, Paragraph, Prose, Strong, Table
from impl.figure_style import save_vector
from impl.vae.answer_figures import draw_numbers
from impl.vae.conclusions import Runs
from report.answer_choice import CHOICE
from report.answer_facts import Claim, named, worded
from report.answer_words import claims
from report.chapters import Chapter, figure_block

TITLE = "What the latents are like, and when MMD is the better choice"
FIGURES = "mmd/answers"
AGAINST = re.compile(r"(?P<claim>.+) than KL's(?:: (?P<run>mmd .+)| at (?P<size>D \d+))")
"""A claim of a run with MMD beside that with the divergence, and of which."""
KEPT = ("samples.svg", "latents.svg", "noisy_pixels.svg", "kl/tsne.svg", "kl/units.svg")
"""Figures that need the trained networks: kept beside the numbers."""

VERDICTS = {"yes": "yes", "no": "no", "unclear": "cannot tell"}
"""In plain words: a difference that is not clear is neither."""


def read(results: Path, pages: Path) -> Chapter:
    """Read the kept answers, draw their figures beside the pages, return them as a chapter."""
    answers = json.loads((results / "answers.json").read_text(encoding="utf-8"))
    figures = pages / FIGURES
    figures.mkdir(parents=True, exist_ok=True)
    for name, figure in draw_numbers(answers).items():
        save_vector(figure, figures / name)
    for name in KEPT:
        shutil.copy(results / name, figures)
    return Chapter("mmd/answers", TITLE, FIGURES, partial(_blocks, answers))


def _blocks(answers: dict[str, Any], figures: PurePosixPath, level: int) -> list[Block]:
    """Return the answers, claim by claim, and on the site all numbers behind them."""
    found = claims(answers)
    return [
        Paragraph(
            (
                f"Each claim below is followed by its numbers, the reason and its figures. They "
                f"rest on {len(answers['runs'])} trainings on "
                f"{answers['data']['training_images']:,} images. A claim is written only where the "
                "numbers bear it out; a comparison of trainings counts where their difference is "
                "clear, at 99%.",
            )
        ),
        Heading(level, ("9.1: what the latents of the first model are like",)),
        *_claimed(found["9.1"], figures),
        Heading(level, ("10.4: the MMD against the KL",)),
        *_claimed(found["10.4"], figures),
        Paragraph((CHOICE,)),
        *(_details(answers, level) if level == 1 else ()),  # the paper has no room for these
    ]


def _claimed(found: tuple[Claim, ...], figures: PurePosixPath) -> Iterator[Block]:
    for number, one in enumerate(found, 1):
        yield Paragraph((Strong(f"{number}. {one.claim}"),))
        yield Paragraph((one.numbers,))
        yield Paragraph(("Reason: ", one.reason))
        yield from (figure_block(figures, name, caption) for name, caption in one.figures)


def _details(answers: dict[str, Any], level: int) -> Iterator[Block]:
    """Yield every conclusion with its verdict, every training, and how they were made."""
    machine = answers["machine"]
    used = ", ".join(f"{name} {number}" for name, number in answers["versions"].items())
    yield Heading(level, ("All numbers",))
    yield Paragraph(
        (
            "Every verdict is computed from the numbers beside it. ",
            answers["rule"].replace("`", "").replace("unclear", VERDICTS["unclear"]),
        )
    )
    for question in ("9.1", "10.4"):
        yield _conclusions(answers, question)
    yield Paragraph(
        (
            "The MMD with a bandwidth of D against the KL, with the same number of latents D: "
            "whether the claim holds, the number with the MMD, and the number with the KL.",
        )
    )
    yield _against(answers)
    yield Paragraph(
        (
            "All trainings: the bound and the reconstruction term in nats a test image; active "
            "units; the share of digits named by ten nearest neighbours, from draws z and from "
            "means; the squared MMD of the latents from the prior, and of images from noise from "
            "test images.",
        )
    )
    yield _runs(answers["runs"])
    yield Paragraph(
        (
            f"Made once on {machine['cores']} cores ({machine['instructions']}, "
            f"{machine['threads']} threads, {used}) by",
        )
    )
    yield Code(answers["command"].replace("python -m impl", "varproof"), "sh")


def _conclusions(answers: dict[str, Any], question: str) -> Table:
    rows = tuple(
        ((worded(entry["claim"]),), (VERDICTS[entry["verdict"]],), (_numbers(entry["numbers"]),))
        for entry in answers["conclusions"]
        if entry["question"] == question and not AGAINST.fullmatch(entry["claim"])
    )
    return Table(((f"Claim ({question})",), ("Holds",), ("Numbers",)), rows)


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
            claims.setdefault(found["claim"], {})[place] = (
                f"{VERDICTS[entry['verdict']]}: {figures}"
            )
    places = sorted({place for cells in claims.values() for place in cells})
    header: tuple[Prose, ...] = (
        ("Claim",),
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

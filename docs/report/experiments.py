"""What the paper shows of the runs: figures, and what is to be seen in them, with its number."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from derivations.printing.nodes import Block, Figure, Paragraph, Strong, Table
from impl.vae.conclusions import BATCHES_PRINTED, PUBLISHED
from report import fit_pages
from report.answer_choice import CHOICE
from report.answer_words import claims
from report.chapters import Chapter
from report.example import Example

EPOCHS_SHOWN = (1, 2, 5, 10, 15, 20)


class Experiments:
    """The recorded runs and the fit made for this report, as blocks by the name of each."""

    def __init__(self, fitted: Example, chapters: Iterable[Chapter], results: Path) -> None:
        self.fitted = fitted
        self._figures = {
            (chapter.page, block.path.stem): block
            for chapter in chapters
            for block in chapter.on_paper(1)
            if isinstance(block, Figure)
        }
        self._samplers = _read(results / "samplers" / "summary.json")
        self._answers = _read(results / "vae" / "answers.json")
        self._runs = {name: _Run(results / "vae" / name) for name in ("kl", "mmd")}

    def blocks(self, name: str) -> list[Block]:
        """Return what is shown of one experiment."""
        found: list[Block] = getattr(self, f"_{name}")()
        return found

    def _figure(self, page: str, stem: str, width: float) -> Figure:
        return replace(self._figures[page, stem], width=width)

    def _dice(self) -> list[Block]:
        page = "dice/example"
        first, *_ = fit_pages.reasons(self.fitted)
        settings = self.fitted.settings
        return [
            _said(
                f"The updates were run on {self.fitted.points:,} simulated points of "
                f"{settings['rolls']} rolls each, with dice of {_faces(settings['faces'])} faces. "
                + fit_pages.in_short(self.fitted)
            ),
            self._figure(page, "starts", 0.7),
            self._figure(page, "dice", 0.64),
            _said(first),
        ]

    def _beta(self) -> list[Block]:
        settings = self._samplers["settings"]
        return [
            self._figure("softmax_gaussian/comparison", "beta_histograms", 0.52),
            _said(
                f"With a = {settings['a']:g} and b = {settings['b']:g}, as given, the two "
                "distributions are one, and the example cannot show what the approximation costs. "
                "The plane of a and b can: the error vanishes where a or b is one, and is "
                "positive elsewhere."
            ),
            self._figure("softmax_gaussian/comparison", "kumaraswamy_error", 0.64),
        ]

    def _dirichlet(self) -> list[Block]:
        fits = self._samplers["softmax_gaussian"]
        best = min(fits, key=lambda fit: float(fit["kl_from_dirichlet"]))
        return [
            self._figure("softmax_gaussian/comparison", "dirichlet_bars", 0.55),
            _said(
                "Single draws look alike, and hide a bias. The Dirichlet has the mean "
                f"{_vector(self._samplers['dirichlet']['mean'])}, and the diagonal Laplace "
                f"fit {_vector(fits[0]['mean'])}; KL(Dirichlet ‖ fit) is "
                f"{fits[0]['kl_from_dirichlet']:.2f} nats. With the full covariance it is "
                f"{fits[1]['kl_from_dirichlet']:.2f} nats, with the mean "
                f"{_vector(fits[1]['mean'])}; with mean and covariance matched to the Dirichlet's "
                f"log moments {best['kl_from_dirichlet']:.2f} nats and {_vector(best['mean'])}. "
                "The densities show where each misses:"
            ),
            self._figure("softmax_gaussian/comparison", "dirichlet_simplex", 0.62),
        ]

    def _training(self) -> list[Block]:
        run = self._runs["kl"]
        last, told = run.metrics[-1], run.summary["test_log_likelihood"]
        shown = [line for line in run.metrics if line["epoch"] in EPOCHS_SHOWN]
        return [
            _said(
                "Encoder and decoder have two hidden layers of 400 units, with "
                f"{run.measures['latent_size']} latent variables; Adam takes steps of 0.001 with "
                f"batches of {self._answers['batch_size']} images, for {last['epoch']} epochs on "
                "MNIST. Pixels are rounded to 0 or 1 for training, as the notebook does. The "
                "notebook divides the sum over 600 batches by 599, 0.17% too much:"
            ),
            Table(
                (("Epoch",), ("Loss (nats an image)",), ("As printed",), ("Published runs",),
                 ("Test loss, rounded pixels",)),
                tuple(
                    (
                        (str(line["epoch"]),),
                        (f"{line['train_loss']:.2f}",),
                        (f"{line['train_loss'] / BATCHES_PRINTED:.1f}",),
                        (str(PUBLISHED.get(line["epoch"], "")),),
                        (f"{line['test_loss']:.2f}",),
                    )
                    for line in shown
                ),
            ),
            self._figure("gaussian_vae/training", "bound", 0.74),
            _said(
                "The loss falls fast for five epochs and slowly after. The divergence grows from "
                f"{run.metrics[0]['train_divergence']:.1f} to {last['train_divergence']:.1f} nats "
                "while the reconstruction term falls: the encoder spends nats where they buy more "
                "than they cost. On rounded test pixels the loss is as low as in training "
                f"({last['test_loss']:.1f} and {last['train_loss']:.1f}), without a sign "
                "of overfitting. By importance sampling the log likelihood of test images is "
                f"{told['estimate']:.1f} nats (standard error {told['standard_error']:.1f}), above "
                "the bound, as it must be."
            ),
        ]  # fmt: skip

    def _reconstructions(self) -> list[Block]:
        last = self._runs["kl"].metrics[-1]
        return [
            self._figure("gaussian_vae/training", "reconstructions", 0.56),
            _said(
                "Each reconstruction has the digit of its image and its slant, that of index 21 "
                "as the others. Strokes are "
                "smoother and edges softer: a pixel's value is its probability, and what the "
                f"{last['test_divergence']:.0f} nats of the divergence cannot carry is averaged."
            ),
        ]

    def _noise(self) -> list[Block]:
        return [
            self._figure("gaussian_vae/training", "generated", 0.48),
            _said(
                "The images between two digits are no surprise: the prior also has mass between "
                "the regions that the encoder uses, where the decoder was not trained."
            ),
        ]

    def _latents(self) -> list[Block]:
        return self._claims("9.1", {"tsne": 0.72, "units": 0.52})

    def _claims(self, question: str, shown: Mapping[str, float]) -> list[Block]:
        """Return claims, each with its numbers, its reason and those figures that are shown."""
        blocks: list[Block] = []
        for one in claims(self._answers)[question]:
            blocks.append(Paragraph((Strong(one.claim), f" {one.numbers} {one.reason}")))
            names = [name for name, _ in one.figures if name in shown]
            blocks += [self._figure("mmd/answers", name, shown[name]) for name in names]
        return blocks

    def _second(self) -> list[Block]:
        run, page = self._runs["mmd"], "mmd/second_model"
        term = run.metrics[-1]["train_divergence"]
        return [
            _said(
                "The second model is trained as the first. Its MMD term stays at "
                f"{term:.4f} from the first epoch to the last, so the loss falls by the "
                f"reconstruction term alone, to {run.metrics[-1]['train_reconstruction']:.1f} nats "
                f"({self._runs['kl'].metrics[-1]['train_reconstruction']:.1f} in the first model)."
            ),
            self._figure(page, "tsne", 0.68),
            _said(
                f"The digits lie in groups, in draws as in means: ten neighbours name "
                f"{run.measures['knn_accuracy_z']:.0%} of the digits by either. All "
                f"{run.measures['active_units']} units are active. Each image's distribution is "
                f"far from the prior, {run.measures['divergence']:,.0f} nats by the divergence "
                f"({self._runs['kl'].measures['divergence']:.0f} in the first model), since "
                "nothing holds it there. Images decoded from the prior are in 10.4."
            ),
        ]

    def _choice(self) -> list[Block]:
        shown = {"samples": 0.68, "noisy_pixels": 0.68}
        return [*self._claims("10.4", shown), _said(CHOICE)]


class _Run:
    """A training that is kept: its losses by epoch, its summary, its measures."""

    def __init__(self, folder: Path) -> None:
        lines = (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
        self.metrics: list[dict[str, Any]] = [json.loads(line) for line in lines]
        self.summary = _read(folder / "summary.json")
        self.measures = _read(folder / "measures.json")


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def _said(text: str) -> Paragraph:
    return Paragraph((text,))


def _faces(faces: object) -> str:
    *most, last = map(str, faces)  # type: ignore[call-overload]
    return f"{', '.join(most)} and {last}"


def _vector(numbers: Iterable[float]) -> str:
    return f"({', '.join(f'{n:.3f}' for n in numbers)})"

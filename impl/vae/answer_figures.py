"""Figures of the answers, drawn from the numbers of answers.json alone."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from impl.figure_style import (
    BLUE,
    GREY,
    HATCH,
    INK,
    ORANGE,
    SERIES,
    STYLE,
    WIDTH,
    new_figure,
)
from impl.vae.conclusions import BATCHES_PRINTED, PUBLISHED, Runs
from impl.vae.discrepancy_figures import draw_by_dimension
from impl.vae.discrepancy_points import Point

__all__ = [
    "compared",
    "draw_dimensions",
    "draw_losses",
    "draw_separation",
    "draw_weights",
    "label",
    "main_runs",
]

_WEIGHTS = "mmd bandwidth D weight "
_PANELS = (
    ("log_likelihood_at_z", "reconstruction", "nats a test image"),
    ("importance_sampled_log_likelihood", "log likelihood", "nats a test image"),
    ("mmd_to_prior_bandwidth_D", "latents", "squared MMD from the prior"),
    ("image_mmd_noise", "images from noise", "squared MMD from test"),
    ("knn_accuracy_z", "digits named by draws", "share of test images"),
    ("active_units", "units in use", "active units"),
)
_DRAWS: dict[str, Any] = {"facecolor": BLUE, "edgecolor": INK, "alpha": 0.75, "linewidth": 0.5}
_MEANS: dict[str, Any] = _DRAWS | {"facecolor": "#F6C9A5", "hatch": HATCH}
_MMD: dict[str, Any] = SERIES[1] | {"linestyle": "-", "linewidth": 1.3}
_SMALLEST = 1e-4  # squared MMD to the prior: below, the scale is linear


def draw_numbers(answers: Mapping[str, Any]) -> dict[str, Figure]:
    """Draw the figures that need no more than the numbers of the answers."""
    points = [Point(**point) for point in answers["mmd_by_dimension"]]
    main = main_runs(answers)
    return {
        "losses": draw_losses(answers),
        "separation": draw_separation(answers),
        "weights": draw_weights(answers),
        "dimensions": draw_dimensions(answers, main),
        "mmd_by_dimension": draw_by_dimension(points, answers["batch_size"]),
    }


def draw_losses(answers: Mapping[str, Any]) -> Figure:
    """Draw the losses by epoch of all KL seeds as the notebook prints them, and the published."""
    losses = [run["train_loss"] for run in Runs(answers["runs"]).group("kl")]
    with rc_context(STYLE):
        figure = new_figure(WIDTH, 3.4)
        axes = figure.add_subplot()
        for loss in losses:
            epochs = np.arange(1, len(loss) + 1)
            axes.plot(epochs, np.array(loss) / BATCHES_PRINTED, color=BLUE, linewidth=0.9)
        handles: list[Any] = [Line2D([], [], color=BLUE, label=f"this code, {len(losses)} seeds")]
        if answers["is_notebook"]:
            shown = [epoch for epoch in PUBLISHED if epoch <= max(map(len, losses))]
            values = [PUBLISHED[epoch] for epoch in shown]
            handles += axes.plot(
                shown, values, "D", color=ORANGE, markerfacecolor="none", label="published runs"
            )
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_ylabel("loss (nats a training image)")
        axes.set_title("Training loss of an epoch, as the notebook prints it")
        axes.legend(handles=handles, loc="upper right")
    return figure


def draw_separation(answers: Mapping[str, Any]) -> Figure:
    """Draw neighbours' accuracy and silhouette of draws and of means, for KL and MMD."""
    runs = Runs(answers["runs"])
    names = compared(answers)
    with rc_context(STYLE):
        figure = new_figure(WIDTH, 3.2)
        panels = figure.subplots(1, 2)
        titles = {
            "knn_accuracy": ("digits named by 10 neighbours", "share of test images"),
            "silhouette": ("silhouette of the digits", "from \u22121 to 1"),
        }
        for panel, (field, (title, unit)) in zip(panels, titles.items(), strict=True):
            for offset, part, look in ((-0.2, "z", _DRAWS), (0.2, "mean", _MEANS)):
                for place, name in enumerate(names):
                    values = runs.values(name, f"{field}_{part}")
                    x = place + offset
                    panel.bar(x, np.mean(values), width=0.38, **look)
                    panel.plot([x] * len(values), values, "o", color=INK, markersize=2.5)
            panel.axhline(0, color=INK, linewidth=0.7)
            panel.set_title(title)
            panel.set_ylabel(unit)
            texts = [_wrapped(name) for name in names.values()]
            panel.set_xticks(range(len(names)), texts, fontsize=7)
        panels[0].set_ylim(0, 1)
        handles = [
            Patch(**_DRAWS, label="draws z"),
            Patch(**_MEANS, label="posterior means"),
            Line2D([], [], color=INK, marker="o", markersize=3, linestyle="none", label="one run"),
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


def compared(answers: Mapping[str, Any]) -> dict[str, str]:
    """Name the runs that are held side by side, each with its text in a legend."""
    found = {"kl": "KL", "mmd notebook": "MMD, notebook's"}
    return found | {name: label(name) for name in sorted({answers["chosen"], answers["telling"]})}


def label(name: str) -> str:
    """Write the name of MMD runs as a legend has it."""
    return name.replace("mmd ", "MMD, ").replace(" weight", ", weight")


def _wrapped(name: str) -> str:
    return name.replace(", ", ",\n")


def draw_weights(answers: Mapping[str, Any]) -> Figure:
    """Draw what the weight of an MMD of bandwidth D does at the largest D, KL's runs beside it."""
    runs = Runs(answers["runs"])
    names = [run["name"] for run in answers["runs"] if run["name"].startswith(_WEIGHTS)]
    groups = list(dict.fromkeys(name.partition(" seed ")[0] for name in names))
    weights = [runs.group(name)[0]["settings"]["mmd_weight"] for name in groups]
    size = runs.group("kl")[0]["settings"]["latent_size"]
    references: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("kl", "KL", {"color": BLUE, "linestyle": "-"}),
        ("mmd notebook", "MMD, the notebook's", {"color": GREY, "linestyle": "--"}),
    )
    with rc_context(STYLE):
        figure, panels = _six_panels(f"D = {size}: squared MMD of bandwidth D, by its weight")
        for panel, (field, title, unit) in zip(panels, _PANELS, strict=True):
            values = [runs.mean(name, field) for name in groups]
            panel.plot(weights, values, **_MMD)
            for name, _, look in references:
                panel.axhline(runs.mean(name, field), linewidth=1.3, **look)
            panel.set_xscale("log")
            _finish(panel, field, title, unit)
        for panel in panels[3:]:
            panel.set_xlabel("weight of the squared MMD")
        handles = [Line2D([], [], **_MMD, label="MMD, bandwidth D")]
        handles += [Line2D([], [], label=text, **look) for _, text, look in references]
        figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


def main_runs(answers: Mapping[str, Any]) -> str:
    """Name the runs at the largest D that have the weight of the runs at smaller D."""
    (weight, *_) = (
        run["settings"]["mmd_weight"]
        for run in answers["runs"]
        if run["name"].startswith("mmd bandwidth D D ")
    )
    return f"{_WEIGHTS}{weight:g}"


def draw_dimensions(answers: Mapping[str, Any], main: str) -> Figure:
    """Draw KL, the notebook's MMD and the MMD of bandwidth D against the latent dimension."""
    runs = Runs(answers["runs"])
    largest = runs.group("kl")[0]["settings"]["latent_size"]
    others = [run["name"].rpartition(" ")[2] for run in answers["runs"]
              if run["name"].startswith("kl D ")]  # fmt: skip
    sizes = [*map(int, others), largest]
    lines = (
        ("KL", [*(f"kl D {size}" for size in others), "kl"]),
        (label(main), [*(f"mmd bandwidth D D {n}" for n in others), main]),
        ("MMD, the notebook's", [*(f"mmd notebook D {n}" for n in others), "mmd notebook"]),
    )
    with rc_context(STYLE):
        figure, panels = _six_panels("By the latent dimension D")
        for panel, (field, title, unit) in zip(panels, _PANELS, strict=True):
            for look, (_, names) in zip(SERIES, lines, strict=False):
                values = [runs.mean(name, field) for name in names]
                panel.plot(sizes, values, linewidth=1.3, **look)
            panel.set_xscale("log")
            panel.set_xticks(sizes, [str(size) for size in sizes])
            panel.minorticks_off()
            _finish(panel, field, title, unit)
        for panel in panels[3:]:
            panel.set_xlabel("latent dimension D")
        handles = [
            Line2D([], [], linewidth=1.3, label=text, **look)
            for look, (text, _) in zip(SERIES, lines, strict=False)
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


def _six_panels(title: str) -> tuple[Figure, list[Axes]]:
    figure = new_figure(WIDTH, 4.9)
    panels = list(figure.subplots(2, 3).ravel())
    figure.suptitle(title, x=0.01, ha="left", fontsize=9)
    return figure, panels


def _finish(axes: Axes, field: str, title: str, unit: str) -> None:
    """Title a panel and choose its scale; an unbiased squared MMD may be below zero."""
    axes.set_title(title)
    axes.set_ylabel(unit)
    if field == "mmd_to_prior_bandwidth_D":
        axes.set_yscale("symlog", linthresh=_SMALLEST)
        axes.set_ylim(min(-_SMALLEST, axes.dataLim.y0 * 2), 1)
    elif field in {"active_units", "image_mmd_noise", "knn_accuracy_z"}:
        axes.set_ylim(min(0, axes.dataLim.y0), 1.08 * axes.dataLim.y1)

"""Figures of one run: reconstructions, images from noise, interpolations, the bound by epoch."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from impl.figure_style import SERIES, STYLE, WIDTH, new_figure
from impl.vae.tiles import GAP, Floats, label_rows, mosaic, show

__all__ = [
    "draw_bound",
    "draw_generated",
    "draw_interpolations",
    "draw_pair",
    "draw_reconstructions",
]

_COLUMNS = 10


def draw_pair(
    image: Floats, reconstruction: Floats, index: int, shape: tuple[int, int] = (28, 28)
) -> Figure:
    """Draw one test image beside its reconstruction."""
    with rc_context(STYLE):
        figure = new_figure(4.4, 2.5)
        panels = figure.subplots(1, 2)
        pair = ((f"test image {index}", image), ("reconstruction", reconstruction))
        for panel, (title, pixels) in zip(panels, pair, strict=True):
            show(panel, pixels.reshape(shape), framed=True)
            panel.set_title(title)
    return figure


def draw_reconstructions(
    images: Floats,
    reconstructions: Floats,
    indices: Sequence[int],
    shape: tuple[int, int] = (28, 28),
) -> Figure:
    """Draw test images in rows of ten, each row above that of its reconstructions."""
    blocks = [
        range(start, min(start + _COLUMNS, len(indices)))
        for start in range(0, len(indices), _COLUMNS)
    ]
    with rc_context(STYLE):
        figure = new_figure(7.0, 0.3 + 1.36 * len(blocks))
        panels = figure.subplots(len(blocks), 1, squeeze=False)[:, 0]
        for panel, block in zip(panels, blocks, strict=True):
            pairs = np.full((2 * _COLUMNS, images.shape[1]), np.nan)
            pairs[: len(block)] = images[block]
            pairs[_COLUMNS : _COLUMNS + len(block)] = reconstructions[block]
            show(panel, mosaic(pairs, _COLUMNS, shape))
            label_rows(panel, ("original", "reconstruction"), shape)
            _number_columns(panel, [str(indices[place]) for place in block], shape)
        panels[0].set_title("Test images, by their index, above their reconstructions")
    return figure


def _number_columns(axes: Axes, names: Sequence[str], shape: tuple[int, int]) -> None:
    step = shape[1] + GAP
    axes.set_xticks([column * step + (shape[1] - 1) / 2 for column in range(len(names))], names)
    axes.tick_params(bottom=False, pad=1)


def draw_generated(images: Floats, shape: tuple[int, int] = (28, 28)) -> Figure:
    """Draw the mean images of latents drawn from the prior."""
    rows = -(-len(images) // _COLUMNS)
    with rc_context(STYLE):
        figure = new_figure(6.0, 0.3 + 0.58 * rows)
        axes = figure.add_subplot()
        show(axes, mosaic(images, _COLUMNS, shape))
        axes.set_title("Images from noise: theta of z drawn from the prior")
    return figure


def draw_interpolations(
    steps: Sequence[Floats],
    ends: Sequence[tuple[Floats, Floats]],
    names: Sequence[str],
    shape: tuple[int, int] = (28, 28),
) -> Figure:
    """Draw rows of decoded latents between the posterior means of two test images.

    Parameters
    ----------
    steps
        For each row the decoded images, shape (steps, pixels), ends included.
    ends
        For each row the two test images themselves, drawn beside the decoded ones.
    names
        Of each row.
    """
    rows = np.concatenate(
        [
            np.vstack((first, decoded, last))
            for decoded, (first, last) in zip(steps, ends, strict=True)
        ]
    )
    columns = len(steps[0]) + 2
    with rc_context(STYLE):
        figure = new_figure(0.9 + 0.56 * columns, 0.6 + 0.56 * len(steps))
        axes = figure.add_subplot()
        show(axes, mosaic(rows, columns, shape))
        label_rows(axes, names, shape)
        between = ("image", *(f"{x:.2g}" for x in np.linspace(0, 1, columns - 2)), "image")
        _number_columns(axes, between, shape)
        axes.set_title("Decoded points of the straight line between two posterior means")
    return figure


def draw_bound(epochs: Sequence[Mapping[str, Any]], objective: str = "kl") -> Figure:
    """Draw the loss by epoch and its two parts, for training and test images, in nats an image.

    Parameters
    ----------
    epochs
        Records of `metrics.jsonl`, one for each epoch. The test losses drawn are those of pixels
        as in training.
    objective
        Of the run: it names what the loss is made of.
    """
    number = [record["epoch"] for record in epochs]
    loss, divergence = {
        "kl": ("Loss: minus the bound", "KL from the prior"),
        "mmd": ("Loss", "MMD from the prior"),
        "iwae": ("Loss: minus the bound", "KL from the prior"),
    }[objective]
    titles = {"loss": loss, "reconstruction": "Minus log likelihood", "divergence": divergence}
    with rc_context(STYLE):
        figure = new_figure(WIDTH, 2.6)
        panels = figure.subplots(1, 3)
        looks = [look | {"markersize": 3, "linewidth": 1.3} for look in SERIES[:2]]
        for panel, (name, title) in zip(panels, titles.items(), strict=True):
            for part, look in zip(("train", "test"), looks, strict=True):
                values = [record[f"{part}_{name}"] for record in epochs]
                panel.plot(number, values, **look)
            panel.set_title(title)
            panel.set_xlabel("epoch")
            panel.xaxis.set_major_locator(MaxNLocator(5, integer=True, min_n_ticks=1))
        if objective == "mmd":  # from zero, so that what is constant looks so
            low, high = panels[2].get_ylim()
            panels[2].set_ylim(min(low, 0), max(high, 1.2 * panels[2].dataLim.y1))
        for panel in panels[:2]:
            panel.set_ylabel("nats an image")
        unit = "weighted squared MMD" if objective == "mmd" else "nats an image"
        panels[2].set_ylabel(unit)
        handles = [
            Line2D([], [], label=label, **look)
            for label, look in zip(
                ("training images, mean over the epoch", "test images, after the epoch"),
                looks,
                strict=True,
            )
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure

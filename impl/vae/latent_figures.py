"""Figures of the latents: t-SNE with thumbnails, and what each unit carries."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from matplotlib.patches import Patch
from sklearn.manifold import TSNE

from impl.figure_style import BLUE, GREY, INK, STYLE, WIDTH, new_figure
from impl.vae.evaluation import Floats, active_units, divergence_per_unit

__all__ = ["Embedding", "draw_embeddings", "draw_units", "embed"]

_DIGITS = 10
_COLOURS = (
    "#222222", "#0072B2", "#D55E00", "#009E73", "#CC79A7",
    "#56B4E9", "#8C6D00", "#6A3D9A", "#7A7A7A", "#A6341B",
)  # fmt: skip
"""By digit. They only help: every point is drawn as its digit, or as its image."""
_ROOM = 0.055  # least distance between thumbnails, in widths of the panel
_MOST_UNITS = 60  # rows of the heat map
_LEAST_SPREAD = 1e-6  # of latents, relative to 1 or to the largest: some units in the last place


class Embedding(NamedTuple):
    """Points of the plane that stand for latents: a title, and shape (points, 2)."""

    title: str
    points: Floats


def embed(title: str, z: Floats, seed: int) -> Embedding:
    """Embed latents, shape (points, latents), by scikit-learn's t-SNE with its default settings.

    More than 30 points are needed, the default perplexity. The same seed gives the same points
    on the same machine. The search starts from two principal components, or at random where there
    are none: of a single latent, or of points that are all alike. t-SNE divides the components by
    their spread, and ends the whole process if that is 0.
    """
    rounded = z.astype(np.float32)
    spread = np.ptp(rounded, axis=0)
    apart = spread.max() > _LEAST_SPREAD * max(1.0, float(np.abs(rounded).max()))
    start = "pca" if z.shape[1] > 1 and apart else "random"
    points = TSNE(init=start, random_state=seed).fit_transform(rounded)
    return Embedding(title, np.asarray(points, dtype=np.float64))


def draw_embeddings(
    embeddings: Sequence[Embedding],
    labels: npt.NDArray[np.integer[Any]],
    images: npt.NDArray[np.floating[Any]],
    shape: tuple[int, int] = (28, 28),
) -> Figure:
    """Draw embeddings side by side, coloured by digit, with thumbnails where there is room.

    Parameters
    ----------
    labels
        Digit of each point.
    images
        Image of each point, shape (points, pixels), from 0 to 1.
    """
    with rc_context({**STYLE, "axes.grid": False}):
        columns = min(2, len(embeddings))
        rows = -(-len(embeddings) // columns)
        figure = new_figure(0.5 * WIDTH * columns, 3.55 * rows)
        panels = figure.subplots(rows, columns, squeeze=False).ravel()
        for panel, embedding in zip(panels, embeddings, strict=False):
            _draw_embedding(panel, embedding, labels, images.reshape(-1, *shape))
        for panel in panels[len(embeddings) :]:
            panel.set_visible(False)
    return figure


def _draw_embedding(
    axes: Axes,
    embedding: Embedding,
    labels: npt.NDArray[np.integer[Any]],
    images: npt.NDArray[np.floating[Any]],
) -> None:
    points = embedding.points
    for digit in range(_DIGITS):
        mine = points[labels == digit]
        glyph, colour = f"$\\mathbf{{{digit}}}$", _COLOURS[digit]
        axes.plot(mine[:, 0], mine[:, 1], linestyle="none", marker=glyph, color=colour,
                  markersize=4.5, markeredgewidth=0)  # fmt: skip
    lowest, highest = points.min(axis=0), points.max(axis=0)
    size = np.where(highest > lowest, highest - lowest, 1.0)
    margin = 0.05 * size
    axes.set_xlim(lowest[0] - margin[0], highest[0] + margin[0])
    axes.set_ylim(lowest[1] - margin[1], highest[1] + margin[1])
    places = (points - lowest) / size
    taken: list[int] = []
    for place in range(len(points)):
        gaps = np.abs(places[taken] - places[place]).max(axis=1)
        if taken and gaps.min() < _ROOM:
            continue
        taken.append(place)
        thumbnail = OffsetImage(images[place], zoom=0.34, cmap="gray_r", clim=(0, 1))
        box = AnnotationBbox(
            thumbnail,
            (float(points[place, 0]), float(points[place, 1])),
            pad=0.08,
            bboxprops={"edgecolor": _COLOURS[labels[place]], "linewidth": 1.0},
        )
        axes.add_artist(box)
    axes.set_title(embedding.title)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(True)


def draw_units(
    mean: Floats, log_variance: Floats, labels: npt.NDArray[np.integer[Any]], shown: int = 200
) -> Figure:
    """Draw the divergence of each unit, sorted, and the size of the first images' posterior means.

    Parameters
    ----------
    mean, log_variance
        Of the posteriors of all test images, shape (images, latents).
    labels
        Digit of each image.
    shown
        Images of the heat map, the first, sorted by digit.
    """
    divergence, active = divergence_per_unit(mean, log_variance), active_units(mean)
    order = np.argsort(-divergence, kind="stable")
    with rc_context(STYLE):
        figure = new_figure(WIDTH, 5.2)
        top, bottom = figure.subplots(2, 1, height_ratios=[1, 1.7])
        _draw_bars(top, divergence[order], active[order])
        total, units = divergence.sum(), divergence.size
        top.set_title(
            f"Divergence of each unit: {active.sum()} of {units} active, "
            f"{total:.1f} nats an image in all"
        )
        rows = order[:_MOST_UNITS]
        first = np.argsort(labels[:shown], kind="stable")
        _draw_means(bottom, mean[first][:, rows], labels[:shown][first], figure)
        some = f"the first {rows.size} of these units" if rows.size < units else "these units"
        bottom.set_title(f"Size of posterior means: {some}, {first.size} test images by digit")
    return figure


def _draw_bars(axes: Axes, divergence: Floats, active: npt.NDArray[np.bool_]) -> None:
    place = np.arange(1, divergence.size + 1)
    for chosen, colour in ((active, BLUE), (~active, GREY)):
        axes.bar(place[chosen], divergence[chosen], width=0.8, color=colour, linewidth=0)
    axes.set_xlim(0, divergence.size + 1)
    axes.set_xlabel("unit, sorted by its divergence")
    axes.set_ylabel("KL from the prior (nats)")
    handles = [
        Patch(color=BLUE, label="active: variance of the posterior mean above 0.01"),
        Patch(color=GREY, label="inactive"),
    ]
    axes.legend(handles=handles, loc="upper right")


def _draw_means(
    axes: Axes, mean: Floats, labels: npt.NDArray[np.integer[Any]], figure: Figure
) -> None:
    size = np.abs(mean)
    limit = float(np.quantile(size, 0.995))
    shown = axes.imshow(
        size.T, aspect="auto", cmap="Blues", vmin=0, vmax=limit, interpolation="nearest"
    )
    axes.grid(visible=False)
    edges = np.flatnonzero(np.diff(labels)) + 0.5
    axes.vlines(edges, -0.5, mean.shape[1] - 0.5, color=INK, linewidth=0.5)
    axes.set_ylim(mean.shape[1] - 0.5, -0.5)
    starts = np.concatenate(([-0.5], edges, [labels.size - 0.5]))
    axes.set_xticks((starts[:-1] + starts[1:]) / 2, [str(label) for label in np.unique(labels)])
    axes.tick_params(bottom=False)
    axes.set_xlabel("digit")
    axes.set_yticks([0, mean.shape[1] - 1], ["1", str(mean.shape[1])])
    axes.set_ylabel("unit")
    figure.colorbar(shown, ax=axes, label="size of the posterior mean", extend="max")

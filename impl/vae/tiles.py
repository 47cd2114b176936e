"""Many small images as one array, and how such an array is shown."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.image import AxesImage

__all__ = ["GAP", "Floats", "label_rows", "mosaic", "show"]

Floats = npt.NDArray[np.floating[Any]]

GAP = 2
"""Pixels of nothing between images."""


def mosaic(images: Floats, columns: int, shape: tuple[int, int]) -> Floats:
    """Lay images out in rows of `columns`, with NaN between them and where images run out.

    Shape (images, pixels) with pixels of `shape` row after row.
    """
    height, width = shape
    rows = -(-len(images) // columns)
    size = (rows * (height + GAP) - GAP, columns * (width + GAP) - GAP)
    canvas = np.full(size, np.nan)
    for place, image in enumerate(images):
        row, column = divmod(place, columns)
        top, left = row * (height + GAP), column * (width + GAP)
        canvas[top : top + height, left : left + width] = image.reshape(shape)
    return canvas


def show(axes: Axes, image: Floats, *, framed: bool = False) -> AxesImage:
    """Show an image or a mosaic in ink on paper, 0 white and 1 black, without ticks.

    What is between images is white, not transparent: PDF readers draw edges of transparency grey.
    """
    ink = colormaps["gray_r"].with_extremes(bad="white")
    shown = axes.imshow(image, cmap=ink, vmin=0, vmax=1, interpolation="nearest")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(framed)
    return shown


def label_rows(axes: Axes, names: Sequence[str], shape: tuple[int, int]) -> None:
    """Write a name at the left of every row of a mosaic."""
    step = shape[0] + GAP
    middles = [row * step + (shape[0] - 1) / 2 for row in range(len(names))]
    axes.set_yticks(middles, names)
    axes.tick_params(left=False)

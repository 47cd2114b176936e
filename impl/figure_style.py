"""One style for every figure, whatever the user's own is, and how a figure is written."""

from pathlib import Path
from typing import Any

from matplotlib import rc_context, rcParamsDefault
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

__all__ = [
    "BLUE",
    "GREEN",
    "GREY",
    "HATCH",
    "INK",
    "ORANGE",
    "PURPLE",
    "SERIES",
    "STYLE",
    "WIDTH",
    "new_figure",
    "save",
    "save_vector",
]

# Colours of Okabe and Ito, told apart by every kind of colour vision and in print.
BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
GREY, INK = "#9A9A9A", "#222222"

SERIES: tuple[dict[str, Any], ...] = (
    {"color": BLUE, "linestyle": "-", "marker": "o"},
    {"color": ORANGE, "linestyle": "--", "marker": "s"},
    {"color": GREEN, "linestyle": "-.", "marker": "^"},
    {"color": PURPLE, "linestyle": ":", "marker": "D"},
)
"""Looks of the lines of a panel: told apart in greyscale by their dashes and markers."""

HATCH = "////"
"""On the second of two bars side by side, for the same reason."""

WIDTH = 7.2
"""Inches of the text on a page, nearly: a wider figure is set smaller, and its letters with it."""

_DOTS = 160  # an inch, of PNG and of what is rasterized within SVG

_NO_STYLE = (
    "backend", "date.epoch", "docstring.", "figure.max_open_warning", "figure.raise_window",
    "interactive", "savefig.directory", "timezone", "tk.", "toolbar", "webagg.",
)  # fmt: skip
"""Beginnings of the names of parameters that do not change how a figure looks."""

_DEFAULTS = {
    name: value for name, value in rcParamsDefault.items() if not name.startswith(_NO_STYLE)
}

# Every parameter is set, so that none of a user's matplotlibrc counts.
STYLE: Any = _DEFAULTS | {  # of type Any: matplotlib's stubs list every key by name
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 9,
    "axes.edgecolor": INK,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "axes.formatter.useoffset": False,
    "grid.color": "#E4E4E4",
    "grid.linewidth": 0.6,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.hashsalt": "varproof",
    "svg.fonttype": "path",
    "hatch.linewidth": 0.5,
    "lines.markersize": 4,
}


def save(figure: Figure, stem: Path) -> None:
    """Write a figure as PNG (160 dots an inch) and SVG; the same figure gives the same bytes."""
    with rc_context(STYLE):
        figure.draw_without_rendering()  # lays out once for both files
        figure.set_layout_engine("none")
        figure.savefig(stem.with_suffix(".png"), dpi=_DOTS, metadata={"Software": None})
        _write_svg(figure, stem)


def save_vector(figure: Figure, stem: Path) -> None:
    """Write a figure as SVG alone; the same figure gives the same bytes."""
    with rc_context(STYLE):
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
        _write_svg(figure, stem)


def _write_svg(figure: Figure, stem: Path) -> None:
    path = stem.with_suffix(".svg")
    figure.savefig(path, dpi=_DOTS, metadata={"Date": None, "Creator": None})


def new_figure(width: float, height: float) -> Figure:
    """Make an empty figure, in inches, whose parts lay themselves out."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure

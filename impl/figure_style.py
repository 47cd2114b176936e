"""One style for every figure, whatever the user's own is, and how a figure is written."""

from pathlib import Path
from typing import Any

from matplotlib import rc_context, rcParamsDefault
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

__all__ = ["BLUE", "GREY", "INK", "ORANGE", "STYLE", "new_figure", "save"]

# Colours of Okabe and Ito, told apart by every kind of colour vision and in print.
BLUE, ORANGE, GREY, INK = "#0072B2", "#D55E00", "#9A9A9A", "#222222"

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
}


def save(figure: Figure, stem: Path) -> None:
    """Write a figure as PNG (160 dots an inch) and SVG; the same figure gives the same bytes."""
    with rc_context(STYLE):
        figure.draw_without_rendering()  # lays out once for both files
        figure.set_layout_engine("none")
        figure.savefig(stem.with_suffix(".png"), dpi=160, metadata={"Software": None})
        figure.savefig(stem.with_suffix(".svg"), metadata={"Date": None, "Creator": None})


def new_figure(width: float, height: float) -> Figure:
    """Make an empty figure, in inches, whose parts lay themselves out."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure

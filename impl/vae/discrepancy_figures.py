"""Figure of the squared MMD against the dimension: closed form, V- and U-statistic."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from impl.figure_style import BLUE, GREEN, INK, ORANGE, STYLE, WIDTH, new_figure
from impl.vae.discrepancy_points import BANDWIDTHS, SHIFT, VARIANCE, Point

__all__ = ["draw_by_dimension"]

_LOWEST = 1e-11  # where the axis of squared MMD ends

_Floats = npt.NDArray[np.float64]


def draw_by_dimension(points: Sequence[Point], batch: int) -> Figure:
    """Draw squared MMD of two Gaussians against D, a panel for each bandwidth, logarithmic."""
    with rc_context(STYLE):
        figure = new_figure(WIDTH, 4.0)
        panels = figure.subplots(1, len(BANDWIDTHS), sharey=True)
        for panel, name in zip(panels, BANDWIDTHS, strict=True):
            _draw_panel(panel, [point for point in points if point.bandwidth == name], name)
        panels[0].set_ylabel("squared MMD")
        panels[0].set_ylim(_LOWEST, 3)
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=2)
        figure.suptitle(
            f"N(0, I) against N({SHIFT:g}, {VARIANCE:g} I), batches of {batch}",
            x=0.01, ha="left", fontsize=9,
        )  # fmt: skip
    return figure


def _draw_panel(axes: Axes, points: Sequence[Point], name: str) -> None:
    column = {field: np.array([getattr(point, field) for point in points]) for field in
              Point._fields[1:]}  # fmt: skip
    size = column["dimension"]
    lines: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("closed_form", "closed form", {"color": INK}),
        ("expected_v", "closed form of the V-statistic", {"color": BLUE, "linestyle": "--"}),
        (
            "expected_kernel",
            "expected kernel of two prior draws",
            {"color": GREEN, "linestyle": ":"},
        ),
    )
    for field, label, options in lines:
        axes.plot(size, column[field], label=label, linewidth=1.3, **options)
    marks: tuple[tuple[str, dict[str, Any], str], ...] = (
        ("v", {"color": BLUE, "fmt": "o"}, "V-statistic"),
        ("u", {"color": ORANGE, "fmt": "^", "markerfacecolor": "white"}, "U-statistic"),
    )
    for kind, look, label in marks:
        mean, error = column[kind], 2 * column[f"{kind}_error"]
        axes.errorbar(
            size, mean, _bars(mean, error), markersize=4, elinewidth=1,
            label=f"{label}, mean ± 2 standard errors", **look,
        )  # fmt: skip
    axes.set_xscale("log")
    axes.set_yscale("log", nonpositive="mask")
    axes.set_xticks(size, [f"{d}" for d in size])
    axes.minorticks_off()
    axes.set_xlabel("dimension D")
    axes.set_title(f"bandwidth {name}" + (" (the notebook's)" if name == "2" else ""))


def _bars(mean: _Floats, error: _Floats) -> _Floats:
    """Cut error bars at the end of a logarithmic axis."""
    return np.vstack((np.minimum(error, np.maximum(mean - _LOWEST / 10, 0)), error))

"""Figures of the comparison: histograms, the error plane, bars, the simplex, biases of moments."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Polygon
from matplotlib.tri import Triangulation
from scipy.stats import beta as beta_law
from scipy.stats import dirichlet as dirichlet_law
from torch import as_tensor

from impl.figure_style import (
    BLUE,
    GREEN,
    HATCH,
    INK,
    ORANGE,
    SERIES,
    STYLE,
    WIDTH,
    new_figure,
)
from impl.samplers.comparison import DirichletFit, Floats, PlaneError

__all__ = [
    "draw_bars",
    "draw_histograms",
    "draw_moments",
    "draw_plane",
    "draw_simplex",
]

_DIRECT: dict[str, Any] = {"facecolor": BLUE, "edgecolor": INK, "alpha": 0.75, "linewidth": 0.5}
_SOFTMAX: dict[str, Any] = _DIRECT | {"facecolor": "#F6C9A5", "hatch": HATCH}
_HEIGHT = np.sqrt(0.75)
_CORNERS = np.array([[0.0, 0.0], [0.5, _HEIGHT], [1.0, 0.0]])
_SMALLEST = 1e-4  # nats, and units of x: below, the colour scales end


def draw_histograms(
    direct: Floats,
    stand_in: Floats,
    *,
    bins: int = 100,
    limits: tuple[float, float] | None = None,
    parameters: tuple[float, float] | None = None,
) -> Figure:
    """Draw two histograms with shared bins; with (a, b), also Beta's and Kumaraswamy's density."""
    with rc_context(STYLE):
        figure = new_figure(WIDTH, 3.6)
        axes = figure.add_subplot()
        edges = np.histogram_bin_edges(np.concatenate((direct, stand_in)), bins, limits)
        shared: dict[str, Any] = {"bins": edges, "density": True}
        axes.hist(direct, color=BLUE, alpha=0.45, label="drawn directly from Beta", **shared)
        axes.hist(
            stand_in,
            histtype="step",
            color=ORANGE,
            linewidth=1.3,
            label="reparameterized: Kumaraswamy",
            **shared,
        )
        if parameters is not None:
            a, b = parameters
            x = np.linspace(edges[0], edges[-1], 402)[1:-1]
            axes.plot(x, beta_law.pdf(x, a, b), color=INK, label=f"Beta({a:g}, {b:g}) density")
            density = a * b * x ** (a - 1) * (1 - x**a) ** (b - 1)
            axes.plot(x, density, color=GREEN, linestyle="--", label="Kumaraswamy density")
            axes.set_title(f"Draws of Beta({a:g}, {b:g}) and of its stand-in, {direct.size:,} each")
        axes.set_xlabel("x")
        axes.set_ylabel("density")
        figure.legend(loc="outside lower center", ncols=2)
    return figure


def draw_bars(direct: Floats, stand_in: Floats, indices: Sequence[int]) -> Figure:
    """Draw single samples as bars, both sets side by side, one panel for each index."""
    with rc_context(STYLE):
        figure = new_figure(2.3 * len(indices) + 0.3, 2.7)
        panels = figure.subplots(1, len(indices), sharey=True, squeeze=False)[0]
        place = np.arange(1, direct.shape[1] + 1)
        for panel, index, first, second in zip(panels, indices, direct, stand_in, strict=True):
            panel.bar(place - 0.2, first, width=0.38, **_DIRECT)
            panel.bar(place + 0.2, second, width=0.38, **_SOFTMAX)
            panel.set_title(f"sample {index}")
            panel.set_xticks(place)
            panel.set_xlabel("coordinate")
        panels[0].set_ylabel("value of the coordinate")
        panels[0].set_ylim(0, 1)
        handles = [
            Patch(**_DIRECT, label="drawn directly"),
            Patch(**_SOFTMAX, label="reparameterized: softmax-Gaussian"),
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure


def draw_plane(error: PlaneError, marked: tuple[float, float]) -> Figure:
    """Draw KL and Wasserstein-1 of Kumaraswamy against Beta over the (a, b) plane."""
    with rc_context({**STYLE, "axes.grid": False}):
        figure = new_figure(WIDTH, 3.6)
        panels = figure.subplots(1, 2, sharey=True)
        for panel, values, title in (
            (panels[0], error.divergence, "KL(Kumaraswamy, Beta) in nats"),
            (panels[1], error.distance, "Wasserstein-1 distance in units of x"),
        ):
            norm = LogNorm(_SMALLEST, max(float(values.max()), 10 * _SMALLEST))
            shown = np.maximum(values.T, _SMALLEST)
            mesh = panel.pcolormesh(
                error.a, error.b, shown, norm=norm, cmap="cividis", shading="nearest",
                rasterized=True,
            )  # fmt: skip
            panel.set_xscale("log")
            panel.set_yscale("log")
            panel.axvline(1, color="white", linewidth=0.8, linestyle=":")
            panel.axhline(1, color="white", linewidth=0.8, linestyle=":")
            if all(error.a[0] <= x <= error.a[-1] for x in marked):
                panel.plot(*marked, "o", color=ORANGE, markeredgecolor="white", markersize=7)
            panel.set_title(title)
            panel.set_xlabel("a")
            for axis in (panel.xaxis, panel.yaxis):
                axis.set_major_formatter(lambda value, _: f"{value:g}")
            figure.colorbar(mesh, ax=panel, extend="min")
        panels[0].set_ylabel("b")
        figure.supxlabel(
            "dotted: a = 1 and b = 1, where the distributions are equal; "
            f"dot: a = {marked[0]:g}, b = {marked[1]:g}",
            fontsize=8,
        )
    return figure


def _lattice(count: int = 90) -> Floats:
    """Interior points of the simplex, rows that sum to 1."""
    rows = [
        ((i + 1 / 3) / count, (j + 1 / 3) / count, 1 - (i + j + 2 / 3) / count)
        for i in range(count)
        for j in range(count - i)
    ]
    return np.array(rows)


def draw_simplex(
    alpha: Floats, draws: Floats, fits: Sequence[DirichletFit], others: Sequence[Floats]
) -> Figure:
    """Draw densities and draws on the simplex: the Dirichlet first, then each stand-in."""
    points = _lattice()
    exact = points / points.sum(axis=1, keepdims=True)
    densities = [dirichlet_law.logpdf(exact.T, alpha)]
    densities += [fit.law.log_prob(as_tensor(exact)).numpy() for fit in fits]
    peak = max(float(log.max()) for log in densities)
    levels = np.linspace(peak - 9, peak, 10)
    name = ", ".join(f"{x:g}" for x in alpha)
    titles = [f"Dirichlet({name})"]
    titles += [f"{fit.name}: KL {fit.divergence:.2f} nats" for fit in fits]
    with rc_context({**STYLE, "axes.grid": False}):
        figure = new_figure(WIDTH, 6.2)
        panels = figure.subplots(2, 2).ravel()
        mesh: Any = None
        means = [alpha / alpha.sum(), *(fit.mean for fit in fits)]
        for panel, title, log, sample, mean in zip(
            panels, titles, densities, [draws, *others], means, strict=True
        ):
            mesh = _draw_ternary(panel, exact, np.maximum(log, levels[0]), levels)
            panel.plot(
                *(sample @ _CORNERS).T,
                "o",
                color=INK,
                markersize=3,
                markeredgecolor="white",
                markeredgewidth=0.3,
            )
            panel.plot(*(mean @ _CORNERS), "D", color=ORANGE, markeredgecolor="white", markersize=7)
            truth = means[0] @ _CORNERS
            panel.plot(*truth, "+", color="white", markersize=11, markeredgewidth=3.4)
            panel.plot(*truth, "+", color=BLUE, markersize=10, markeredgewidth=1.8)
            panel.set_title(title)
        bar = figure.colorbar(mesh, ax=list(panels), shrink=0.6)
        bar.ax.yaxis.set_major_formatter(lambda value, _: f"{value:.0f}".replace("-", "\u2212"))
        bar.set_label("log density (nats)")
        marker: dict[str, Any] = {"linestyle": "none"}
        handles = [
            Line2D([], [], color=INK, marker=".", label=f"{len(draws):,} draws", **marker),
            Line2D(
                [], [], color=BLUE, marker="+", markersize=9, label="Dirichlet's mean", **marker
            ),
            Line2D([], [], color=ORANGE, marker="D", label="mean of what is shown", **marker),
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


def _draw_ternary(axes: Axes, points: Floats, log: Floats, levels: Floats) -> Any:  # noqa: ANN401 - matplotlib's own type has no stub
    x, y = (points @ _CORNERS).T
    mesh = axes.tricontourf(Triangulation(x, y), log, levels=levels, cmap="cividis", extend="min")
    mesh.set_rasterized(True)  # each of its areas is thousands of corners
    axes.add_patch(Polygon(_CORNERS, fill=False, edgecolor=INK, linewidth=0.9))
    for corner, name, shift in zip(
        _CORNERS,
        ("$x_1$", "$x_2$", "$x_3$"),
        ((-0.05, -0.03), (0, 0.04), (0.05, -0.03)),
        strict=True,
    ):
        axes.annotate(name, corner + shift, ha="center", va="center", fontsize=10)
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.set_xlim(-0.1, 1.1)
    axes.set_ylim(-0.08, _HEIGHT + 0.08)
    return mesh


def draw_moments(
    alpha: Floats, scales: Floats, moments: dict[str, tuple[Floats, Floats]]
) -> Figure:
    """Draw the bias of the mean and the ratio of standard deviations against the scale of alpha."""
    largest = int(alpha.argmax())
    with rc_context(STYLE):
        figure = new_figure(WIDTH, 3.3)
        left, right = figure.subplots(1, 2)
        for line, (name, (bias, ratio)) in zip(SERIES, moments.items(), strict=False):
            look = line | {"linewidth": 1.4, "markevery": 4}
            left.plot(scales, bias[:, largest], label=name, **look)
            right.plot(scales, ratio[:, largest], **look)
        for axes, level in ((left, 0.0), (right, 1.0)):
            axes.axhline(level, color=INK, linewidth=0.9)
            axes.axvline(1, color=INK, linewidth=0.8, linestyle=":")
            axes.set_xscale("log")
            axes.set_xlabel("scale s of the concentrations")
            axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        name = ", ".join(f"{x:g}" for x in alpha)
        left.yaxis.set_major_formatter(lambda value, _: f"{value:.2f}".replace("-", "\u2212"))
        left.set_title(f"bias of the mean of $x_{{{largest + 1}}}$")
        left.set_ylabel("stand-in minus Dirichlet")
        right.set_ylabel("stand-in over Dirichlet")
        right.set_title(f"standard deviation of $x_{{{largest + 1}}}$, as a ratio")
        figure.suptitle(f"Stand-ins of Dirichlet(s ({name}))", fontsize=10)
        figure.legend(loc="outside lower center", ncols=len(moments))
    return figure

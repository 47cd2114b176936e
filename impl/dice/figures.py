"""Figures of a fit: the bound by sweep, and the dice with their credible intervals."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from impl.dice.coordinate_ascent import Fit
from impl.dice.model import Floats, Integers, Posterior
from impl.dice.predictive import credible_intervals, posterior_mean, sum_probabilities
from impl.dice.relabelling import relabel
from impl.dice.simulation import Truth
from impl.figure_style import BLUE, GREY, INK, ORANGE, STYLE, WIDTH, new_figure

__all__ = ["draw_ascent", "draw_dice", "draw_ends"]

_COLUMNS = 4
_LINEAR_NATS = 10.0  # of the axis of ends: logarithmic from there on
_MOST_DICE = 24  # a taller figure does not fit on a page


def _number(value: float, form: str = ".2f") -> str:
    return f"{value:,{form}}".replace("-", "\u2212")


def draw_ascent(fit: Fit) -> Figure:
    """Draw the evidence lower bound after every sweep of every restart, in nats."""
    with rc_context(STYLE):
        figure = new_figure(WIDTH, 3.6)
        axes = figure.add_subplot()
        order = [number for number in range(len(fit.traces)) if number != fit.best_restart]
        for number in (*order, fit.best_restart):
            trace, best = fit.traces[number], number == fit.best_restart
            colour = BLUE if best else GREY
            sweeps = np.arange(1, trace.size + 1)
            axes.plot(sweeps, trace, color=colour, linewidth=2.0 if best else 1.0, zorder=2 + best)
            converged = fit.restarts_converged[number]
            face = colour if converged else "white"
            axes.plot(
                sweeps[-1:],
                trace[-1:],
                "o",
                color=colour,
                markerfacecolor=face,
                markersize=5,
                zorder=4 + best,
            )
        axes.set_xscale("log")
        axes.set_xlabel("sweep")
        axes.set_ylabel("evidence lower bound (nats)")
        axes.set_title("Evidence lower bound by sweep")
        axes.yaxis.set_major_formatter(lambda value, _: _number(value, ".10g"))
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
        marker: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 5}
        handles = [
            Line2D(
                [], [], color=BLUE, linewidth=2, label=f"best restart: {_number(fit.elbo)} nats"
            ),
            Line2D([], [], color=GREY, label="other restarts"),
            Line2D([], [], color=INK, label="converged", **marker),
            Line2D([], [], color=INK, markerfacecolor="white", label="out of sweeps", **marker),
        ]
        shown = [
            True,
            len(fit.traces) > 1,
            any(fit.restarts_converged),
            not all(fit.restarts_converged),
        ]
        legend = [handle for handle, show in zip(handles, shown, strict=True) if show]
        figure.legend(handles=legend, loc="outside lower center", ncols=len(legend))
    return figure


def draw_ends(ends: Mapping[str, Floats]) -> Figure:
    """Draw how far below the highest bound each ascent ended, in nats, a row for each kind."""
    highest = max(float(values.max()) for values in ends.values())
    with rc_context({**STYLE, "axes.grid.axis": "x"}):
        figure = new_figure(WIDTH, 0.9 + 0.38 * len(ends))
        axes = figure.add_subplot()
        for row, values in enumerate(ends.values()):
            below = np.sort(highest - values)
            axes.plot(
                below, np.full(below.size, row), "o", color=BLUE, markerfacecolor="none",
                markersize=5,
            )  # fmt: skip
            axes.plot(below[:1], [row], "D", color=ORANGE, markersize=6)
        axes.set_yticks(range(len(ends)), list(ends))
        axes.set_ylim(len(ends) - 0.5, -0.5)
        axes.set_xscale("symlog", linthresh=_LINEAR_NATS)
        lowest = min(float(values.min()) for values in ends.values())
        axes.set_xlim(-0.4 * _LINEAR_NATS, max(2 * _LINEAR_NATS, 1.5 * (highest - lowest)))
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
        axes.set_xlabel("nats below the highest bound of all (logarithmic from 10 on)")
        axes.set_title("Where ascents end, by what they start from")
        handles = [
            Line2D([], [], color=BLUE, marker="o", markerfacecolor="none", linestyle="none",
                   label="one ascent"),
            Line2D([], [], color=ORANGE, marker="D", linestyle="none", label="the best of its row"),
        ]  # fmt: skip
        figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure


def draw_dice(posterior: Posterior, *, level: float = 0.95, truth: Truth | None = None) -> Figure:
    """Draw posterior means of dice with credible intervals, and the truth if it is known.

    At most 24 rolled dice are drawn: those with the largest shares of points.
    """
    shares = sum_probabilities(posterior)
    shown = np.sort(np.argsort(-shares, kind="stable")[:_MOST_DICE])
    dice = shown.size
    rows = -(-dice // _COLUMNS)
    known = None if truth is None else relabel(truth, posterior)
    with rc_context(STYLE):
        figure = new_figure(WIDTH, 2.2 + 1.6 * rows)
        parts: Any = figure.subfigures(2, 1, height_ratios=[2.2, 1.6 * rows])
        hidden: SubFigure = parts[0]
        rolled: SubFigure = parts[1]
        axes = hidden.subplots(1, 3)
        _draw_die(axes[0], posterior.first_concentration, level, known.first if known else None)
        axes[0].set_title("first hidden die, $\\pi^1$")
        _draw_die(axes[1], posterior.second_concentration, level, known.second if known else None)
        axes[1].set_title("second hidden die, $\\pi^2$")
        _draw_shares(axes[2], shares, known.sums if known else None)
        axes[0].set_ylabel("probability")
        _draw_legend(figure, level, known=known is not None)
        panels = rolled.subplots(rows, min(_COLUMNS, dice), sharey=True, squeeze=False)
        top = 0.0
        for place, panel in enumerate(panels.flat):
            if place >= dice:
                panel.set_visible(False)
                continue
            k = int(shown[place])
            _draw_die(
                panel, posterior.roll_concentration[k], level, known.roll[k] if known else None
            )
            top = max(top, panel.dataLim.y1)
            panel.set_title(f"$\\rho_{{{k + 1}}}$", fontsize=10)
            share = f"{shares[k]:.1%} of points"
            if known is not None and known.die[k] != k:
                share += f", true $\\rho_{{{known.die[k] + 1}}}$"
            panel.set_title(share, loc="right", fontsize=7.5, fontweight="normal", color="#555555")
            if place + _COLUMNS < dice:
                panel.set_xlabel("")
            if place % _COLUMNS == 0:
                panel.set_ylabel("probability")
        if dice < shares.size:
            text = f"the {dice} of {shares.size:,} dice with the largest shares of points"
            rolled.suptitle(text, fontsize=9)
        panels[0, 0].set_ylim(0, 1.05 * top)
    return figure


def _draw_die(axes: Axes, concentration: Floats, level: float, truth: Floats | None) -> None:
    """Draw a die's mean as bars, its intervals as lines, and the truth as open diamonds."""
    mean = posterior_mean(concentration)
    interval = credible_intervals(concentration, level)
    face = np.arange(1, mean.size + 1)
    _draw_bars(axes, face, mean, truth)
    axes.vlines(face, interval[:, 0], interval[:, 1], color=INK, linewidth=1.4, zorder=3)
    axes.set_xlabel("face")
    axes.set_ylim(0, 1.05 * axes.dataLim.y1)


def _draw_shares(axes: Axes, shares: Floats, truth: Floats | None) -> None:
    _draw_bars(axes, np.arange(1, shares.size + 1), shares, truth)
    axes.set_xlabel("rolled die $k = Z^1 + Z^2 - 1$")
    axes.set_title("share of points by rolled die")
    axes.set_ylim(0, 1.05 * axes.dataLim.y1)


def _draw_bars(axes: Axes, place: Integers, height: Floats, truth: Floats | None) -> None:
    axes.bar(place, height, width=0.72, color=BLUE, alpha=0.45, linewidth=0)
    if truth is not None:
        axes.plot(
            place,
            truth,
            "D",
            color=ORANGE,
            markerfacecolor="white",
            markersize=5,
            markeredgewidth=1.2,
            zorder=4,
        )
    axes.set_xlim(0.4, len(height) + 0.6)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=12, min_n_ticks=1))


def _draw_legend(figure: Figure, level: float, *, known: bool) -> None:
    handles: list[Any] = [
        Patch(color=BLUE, alpha=0.45, linewidth=0, label="posterior mean"),
        Line2D([], [], color=INK, linewidth=1.4, label=f"{100 * level:.6g}% credible interval"),
    ]
    if known:
        handles.append(
            Line2D(
                [],
                [],
                color=ORANGE,
                marker="D",
                markerfacecolor="white",
                markersize=5,
                linestyle="none",
                label="truth, matched to the fit's labels",
            )
        )
    figure.legend(handles=handles, loc="outside upper right", ncols=len(handles))

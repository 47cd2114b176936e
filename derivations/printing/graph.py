"""Drawings and text descriptions of a model's graph with plates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch

from derivations.calculus.expressions import Slice
from derivations.printing import nodes
from derivations.printing.algebra import marks
from derivations.printing.graph_layout import Graph, Node, Plate, graph_of, laid_out
from derivations.printing.layout import width
from derivations.printing.notation import to_latex, to_text

if TYPE_CHECKING:
    from pathlib import Path, PurePosixPath

    from matplotlib.axes import Axes

    from derivations.calculus.model import Model

_COLUMN, _LEVEL = 1.2, 1.25
_RADIUS, _DOT = 0.36, 0.07
_PADDING, _NESTING, _LABEL = 0.54, 0.2, 0.3
_LABEL_EM, _LABEL_START = 0.156, 6.2  # an em of a label in drawing units; "k = 1, ..., " and room
_INK, _SHADE, _RULE = "#1f2933", "#d5dbe1", "#52606d"
_STYLE: dict[Any, Any] = {
    "mathtext.fontset": "cm",
    "font.size": 13,
    "svg.hashsalt": "varproof",
    "svg.fonttype": "path",
    "text.usetex": False,
}
_METADATA: dict[str, dict[str, Any]] = {
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
    "png": {},
}


def draw_graph(model: Model, path: Path) -> None:
    """Draw the graph into an SVG, PDF or PNG file, by the ending of its name."""
    kind = path.suffix.removeprefix(".").lower()
    if kind not in _METADATA:
        message = f"{path.name}: wanted a name ending in {sorted(_METADATA)}, got {path.suffix!r}"
        raise ValueError(message)
    with mpl.rc_context(_STYLE):
        figure = graph_figure(model)
        figure.savefig(path, format=kind, dpi=200, metadata=_METADATA[kind])


def drawn_graph(model: Model | None, folder: Path, path: PurePosixPath) -> nodes.Figure | None:
    """Draw a model, if there is one, into a folder; return the block that shows the drawing."""
    if model is None:
        return None
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    draw_graph(model, folder / path)
    return graph_block(path)


def graph_block(path: PurePosixPath) -> nodes.Figure:
    """Return the block that shows a drawn graph in a document."""
    return nodes.Figure(
        path,
        ("The directed graph, drawn from the declared model. Shaded: observed. Boxes: plates.",),
        "The model as a directed graph with plates",
        0.6,
    )


def graph_figure(model: Model) -> Figure:
    """Return the graph as a figure: observed nodes shaded, fixed numbers as dots, plates boxed."""
    graph = laid_out(model)
    figure = Figure()
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    for plate in graph.plates:
        _draw_plate(axes, plate)
    patches = {node: _draw_node(axes, node, *_spot(graph, node)) for node in graph.nodes}
    for parent, child in graph.edges:
        _draw_arrow(axes, patches[parent], patches[child])
    left, right, bottom, top = _extent(graph)
    axes.set(xlim=(left, right), ylim=(bottom, top), aspect="equal")
    axes.set_axis_off()
    figure.set_size_inches(0.8 * (right - left), 0.8 * (top - bottom))
    return figure


def graph_text(model: Model) -> str:
    """Return the arrows and the plates, for a terminal."""
    nodes, edges = graph_of(model)
    lines = [f"{to_text(parent.label)} → {to_text(child.label)}" for parent, child in edges]
    plates = dict.fromkeys(p for node in nodes for p in node.plates)
    for plate in plates:
        inside = ", ".join(to_text(Slice(n.array)) for n in nodes if plate in n.plates)
        span = f"{to_text(plate)} = {to_text(plate.lower)}..{to_text(plate.upper)}"
        lines.append(f"plate {span}: {inside}")
    for word, chosen in (("observed", "observed"), ("fixed", "fixed")):
        names = ", ".join(to_text(Slice(n.array)) for n in nodes if getattr(n, chosen))
        lines += [f"{word}: {names}"] if names else []
    return "\n".join(lines)


def _spot(graph: Graph, node: Node) -> tuple[float, float]:
    column, level = graph.places[node]
    return _COLUMN * column, _LEVEL * level


def _box(plate: Plate) -> tuple[float, float, float, float]:
    """Return left, right, bottom and top of a plate, wider the more plates are inside."""
    around = _PADDING + _NESTING * plate.inside
    below = around + _LABEL * (1 + plate.inside) - _NESTING * plate.inside / 2
    wanted = _LABEL_EM * (width(marks(plate.index.upper)) + _LABEL_START) / 2
    middle = _COLUMN * (plate.left + plate.right) / 2
    half = max(_COLUMN * (plate.right - plate.left) / 2 + around, wanted)
    return (
        middle - half,
        middle + half,
        _LEVEL * plate.bottom - below,
        _LEVEL * plate.top + around,
    )


def _extent(graph: Graph) -> tuple[float, float, float, float]:
    spots = [_spot(graph, n) for n in graph.nodes]
    boxes = [_box(p) for p in graph.plates]
    margin = _RADIUS + 0.12
    return (
        min([x - margin for x, _ in spots] + [b[0] - 0.1 for b in boxes]),
        max([x + margin for x, _ in spots] + [b[1] + 0.1 for b in boxes]),
        min([y - margin for _, y in spots] + [b[2] - 0.1 for b in boxes]),
        max([y + margin for _, y in spots] + [b[3] + 0.1 for b in boxes]),
    )


def _draw_plate(axes: Axes, plate: Plate) -> None:
    left, right, bottom, top = _box(plate)
    box = FancyBboxPatch(
        (left, bottom), right - left, top - bottom, boxstyle="round,pad=0,rounding_size=0.12",
        fill=False, edgecolor=_RULE, linewidth=1.0,
    )  # fmt: skip
    axes.add_patch(box)
    span = (to_latex(e) for e in (plate.index, plate.index.lower, plate.index.upper))
    label = "${}={},\\ldots,{}$".format(*span)
    axes.text(right - 0.1, bottom + 0.09, label, ha="right", va="bottom", color=_RULE, fontsize=9)


def _draw_node(axes: Axes, node: Node, x: float, y: float) -> Circle:
    colour = _INK if node.fixed else _SHADE if node.observed else "white"
    radius = _DOT if node.fixed else _RADIUS
    circle = Circle((x, y), radius, facecolor=colour, edgecolor=_INK, linewidth=1.2, zorder=3)
    axes.add_patch(circle)
    label = f"${to_latex(node.label)}$"
    if node.fixed:
        axes.text(x + 0.16, y + 0.02, label, ha="left", va="center", color=_INK, fontsize=13)
    else:
        axes.text(x, y, label, ha="center", va="center", color=_INK, zorder=4)
    return circle


def _draw_arrow(axes: Axes, start: Circle, end: Circle) -> None:
    arrow = FancyArrowPatch(
        start.center, end.center, patchA=start, patchB=end, arrowstyle="-|>", mutation_scale=13,
        shrinkA=0, shrinkB=0, color=_INK, linewidth=1.2, zorder=2,
    )  # fmt: skip
    axes.add_patch(arrow)

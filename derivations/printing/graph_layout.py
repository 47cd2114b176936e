"""The layout of a model's graph: positions of nodes and plates, computed from the model.

Children are placed below their parents. The members of a plate have columns of their own, also for
nested plates, so that the box of a plate contains no other node. Among the orders of neighbouring
plates, the one with the shortest arrows is chosen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain, permutations
from typing import TYPE_CHECKING

from derivations.calculus.expressions import Array, Element, Slice

if TYPE_CHECKING:
    from sympy import Expr

    from derivations.calculus.indices import Index
    from derivations.calculus.model import Model, Variable

_GAP = 0.75
_MARGIN = 0.1


@dataclass(frozen=True)
class Node:
    """A variable or a hyperparameter, its plates outermost first."""

    array: Array
    plates: tuple[Index, ...]
    observed: bool = False
    fixed: bool = False

    @property
    def label(self) -> Expr:
        """The label of the node."""
        return Slice(self.array, *self.plates)


@dataclass(frozen=True)
class Plate:
    """The box of one index: the columns and levels of its members, and the boxes inside it."""

    index: Index
    left: float
    right: float
    bottom: int
    top: int
    inside: int


@dataclass(frozen=True)
class Graph:
    """Nodes, arrows and positions: columns to the right, levels up from the leaves."""

    nodes: tuple[Node, ...]
    edges: tuple[tuple[Node, Node], ...]
    places: dict[Node, tuple[float, int]]
    plates: tuple[Plate, ...]


def graph_of(model: Model) -> tuple[tuple[Node, ...], tuple[tuple[Node, Node], ...]]:
    """Return the nodes of a model, hyperparameters before their children, and the arrows."""
    nodes: dict[Array, Node] = {}
    edges = []
    for variable in model.variables:
        for array in model.hyperparameters(variable):
            if array not in nodes:
                nodes[array] = Node(array, _plates_of(array, variable), fixed=True)
        nodes[variable.array] = Node(variable.array, variable.plates, variable.observed)
        parents = (*model.hyperparameters(variable), *model.parents(variable))
        edges += [(nodes[p], nodes[variable.array]) for p in parents]
    return tuple(nodes.values()), tuple(edges)


def _plates_of(array: Array, variable: Variable) -> tuple[Index, ...]:
    """Return the plates that a hyperparameter is repeated over: those among its subscripts."""
    elements = {e for p in variable.parameters for e in p.entry.atoms(Element) if e.array == array}
    used = {s for e in elements for s in e.subscripts}
    return tuple(p for p in variable.plates if p in used)


def laid_out(model: Model) -> Graph:
    """Return the graph of a model with positions."""
    nodes, edges = graph_of(model)
    levels = _levels(nodes, edges)
    tree = _tree(nodes)
    best = min(
        _arrangements(tree), key=lambda t: _length(_columns(t, levels, edges), levels, edges)
    )
    columns = _columns(best, levels, edges)
    places = {n: (columns[n], levels[n]) for n in nodes}
    return Graph(nodes, edges, places, tuple(_boxes(best, places)))


def _levels(nodes: tuple[Node, ...], edges: tuple[tuple[Node, Node], ...]) -> dict[Node, int]:
    """Return the level of each node: the length of its longest path to a leaf."""
    levels: dict[Node, int] = {}
    for node in reversed(nodes):
        below = [levels[child] for parent, child in edges if parent == node]
        levels[node] = 1 + max(below, default=-1)
    return levels


@dataclass(frozen=True)
class _Cluster:
    """The nodes of a plate outside its inner plates, and those plates; None: the whole graph."""

    index: Index | None
    own: tuple[Node, ...]
    inner: tuple[_Cluster, ...]

    def members(self) -> tuple[Node, ...]:
        return (*self.own, *chain.from_iterable(c.members() for c in self.inner))


def _tree(nodes: tuple[Node, ...]) -> _Cluster:
    """Nest the plates, the one with most members outermost."""
    counts: dict[Index, int] = {}
    for node in nodes:
        for plate in node.plates:
            counts[plate] = counts.get(plate, 0) + 1

    def nested(index: Index | None, members: list[tuple[Node, tuple[Index, ...]]]) -> _Cluster:
        own = tuple(n for n, path in members if not path)
        heads = dict.fromkeys(path[0] for _, path in members if path)
        inner = (nested(h, [(n, p[1:]) for n, p in members if p and p[0] == h]) for h in heads)
        return _Cluster(index, own, tuple(inner))

    by_size = [(n, tuple(sorted(n.plates, key=lambda p: (-counts[p], p.name)))) for n in nodes]
    return nested(None, by_size)


def _arrangements(cluster: _Cluster) -> list[_Cluster]:
    """Return the tree with its outermost plates in every order."""
    return [_Cluster(cluster.index, cluster.own, order) for order in permutations(cluster.inner)]


def _length(
    columns: dict[Node, float], levels: dict[Node, int], edges: tuple[tuple[Node, Node], ...]
) -> float:
    """Return the cost of an arrangement: sideways arrows, and arrows that cross."""
    sideways = sum(abs(columns[a] - columns[b]) for a, b in edges)
    crossings = sum(
        (columns[a] - columns[c]) * (columns[b] - columns[d]) < 0
        for a, b in edges
        for c, d in edges
        if levels[a] == levels[c] and levels[b] == levels[d]
    )
    return sideways + crossings


def _columns(
    cluster: _Cluster, levels: dict[Node, int], edges: tuple[tuple[Node, Node], ...]
) -> dict[Node, float]:
    """Return a column for every member: inner plates side by side, the rest near its children."""
    columns: dict[Node, float] = {}
    closed: list[tuple[float, float, int, int]] = []
    edge = 0.0
    for inner in cluster.inner:
        found = _columns(inner, levels, edges)
        shift = edge - min(found.values())
        columns |= {n: x + shift for n, x in found.items()}
        left, right = edge, max(found.values()) + shift
        rows = [levels[n] for n in found]
        closed.append((left - 1 - _MARGIN, right + 1 + _MARGIN, min(rows), max(rows)))
        edge = right + 1 + _GAP
    for level in sorted({levels[n] for n in cluster.own}):
        row = [n for n in cluster.own if levels[n] == level]
        shut = [(left, right) for left, right, low, high in closed if low <= level <= high]
        columns |= _spread({n: _wish(n, columns, edges) for n in row}, shut)
    return columns


def _wish(node: Node, columns: dict[Node, float], edges: tuple[tuple[Node, Node], ...]) -> float:
    """Return the mean column of the node's children, or the middle of the nodes placed so far."""
    near = [columns[child] for parent, child in edges if parent == node and child in columns]
    near = near or list(columns.values()) or [0.0]
    return sum(near) / len(near)


def _spread(wishes: dict[Node, float], shut: list[tuple[float, float]]) -> dict[Node, float]:
    """Place the nodes of a level near their wanted columns, one apart, outside closed columns."""
    moved = {n: _outside(x, shut) for n, x in wishes.items()}
    blocks: list[_Run] = []
    for node, x in sorted(moved.items(), key=lambda pair: pair[1]):
        blocks.append(_Run([node], x))
        while len(blocks) > 1 and blocks[-1].left - blocks[-2].right < 1:
            last = blocks.pop()
            blocks[-1] = blocks[-1].joined(last)
    return {n: b.left + place for b in blocks for place, n in enumerate(b.nodes)}


def _outside(x: float, shut: list[tuple[float, float]]) -> float:
    """Return the nearest column that lies in none of the intervals."""
    merged: list[tuple[float, float]] = []
    for left, right in sorted(shut):
        joins = bool(merged) and left < merged[-1][1]
        before = merged.pop() if joins else (left, right)
        merged.append((before[0], max(before[1], right)))
    for left, right in merged:
        if left < x < right:
            return left if x - left < right - x else right
    return x


@dataclass
class _Run:
    """Nodes one column apart, around the mean of their wanted columns."""

    nodes: list[Node]
    middle: float
    left: float = field(init=False)
    right: float = field(init=False)

    def __post_init__(self) -> None:
        half = (len(self.nodes) - 1) / 2
        self.left, self.right = self.middle - half, self.middle + half

    def joined(self, other: _Run) -> _Run:
        here, there = len(self.nodes), len(other.nodes)
        middle = (here * self.middle + there * other.middle) / (here + there)
        return _Run(self.nodes + other.nodes, middle)


def _boxes(cluster: _Cluster, places: dict[Node, tuple[float, int]]) -> list[Plate]:
    boxes = [b for inner in cluster.inner for b in _boxes(inner, places)]
    if cluster.index is None:
        return boxes
    columns, levels = zip(*(places[n] for n in cluster.members()), strict=True)
    span = (min(columns), max(columns), min(levels), max(levels))
    return [Plate(cluster.index, *span, 1 + max((b.inside for b in boxes), default=-1)), *boxes]

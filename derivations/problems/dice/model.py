"""The graph of the dice model and its log joint."""

from __future__ import annotations

from collections.abc import Iterator

from derivations.claims.registry import Line, derivation
from derivations.problems.dice import setting
from derivations.problems.dice.symbols import MODEL, SIZES
from derivations.rules import joint


@derivation(
    "dice.graph",
    question="1.1.1",
    title="The directed graph with plates",
    code=("impl.dice.simulation.simulate",),
    sources=("bishop2006",),
    sizes=SIZES,
    model=MODEL,
)
def graph() -> Iterator[Line]:
    """Derive the factorization that the graph stands for."""
    yield from setting.sheet()
    yield from joint.graph(MODEL)


@derivation(
    "dice.log_joint",
    question="1.1.2",
    title="The log joint",
    code=("impl.dice.exact.log_joint",),
    sources=("bishop2006",),
    sizes=SIZES,
)
def log_joint() -> Iterator[Line]:
    """Derive the log joint in named densities, then written out."""
    yield from setting.sheet()
    yield from joint.log_joint(MODEL)

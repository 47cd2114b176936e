"""The exact log evidence of the dice model, and the distribution of a new point."""

from __future__ import annotations

from collections.abc import Iterator

from derivations.claims.registry import Line, derivation
from derivations.problems.dice.setting import sheet_and_mean_field
from derivations.problems.dice.symbols import D1, D2, D3, MEAN_FIELD, J, N
from derivations.rules import evidence

SMALL = {N: (2, 3), J: (2, 3), D1: (2, 3), D2: (2, 3), D3: (2, 3)}
"""Sizes at which all dice can be integrated out and all states summed over."""


@derivation(
    "dice.log_evidence",
    question="beyond the sheet",
    title="The exact log evidence of small data",
    code=("impl.dice.exact.log_evidence",),
    sources=("bishop2006",),
    sizes=SMALL,
)
def log_evidence() -> Iterator[Line]:
    """Derive the evidence: the dice integrated out, the class variables summed over."""
    yield from sheet_and_mean_field()
    yield from evidence.log_evidence(MEAN_FIELD)

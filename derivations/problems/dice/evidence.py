"""The exact log evidence of the dice model, and the distribution of a new point."""

from __future__ import annotations

from collections.abc import Iterator

from derivations.claims.registry import Line, derivation
from derivations.problems.dice.setting import sheet_and_mean_field
from derivations.problems.dice.symbols import MEAN_FIELD, SMALL, x
from derivations.rules import evidence
from derivations.rules.predictive import predictive as predictive_density


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


@derivation(
    "dice.predictive",
    question="beyond the sheet",
    title="The predictive distribution of a new point",
    code=("impl.dice.predictive.log_predictive", "impl.dice.predictive.roll_probabilities"),
    sources=("bishop2006",),
    sizes=SMALL,
)
def predictive() -> Iterator[Line]:
    """Derive the density of the rolls of a new point, then of one of them."""
    yield from sheet_and_mean_field()
    yield from predictive_density(MEAN_FIELD, x)

"""The evidence lower bound of the dice model, and that every update maximises it."""

from __future__ import annotations

from collections.abc import Iterator

from derivations.claims.registry import Line, derivation
from derivations.problems.dice.setting import sheet_and_mean_field
from derivations.problems.dice.symbols import MEAN_FIELD, SIZES
from derivations.rules import ascent, bound


@derivation(
    "dice.elbo",
    question="beyond the sheet",
    title="The evidence lower bound in closed form",
    code=("impl.dice.bound.evidence_lower_bound",),
    sources=("blei2017",),
    sizes=SIZES,
)
def elbo() -> Iterator[Line]:
    """Derive the bound with every constant and entropy."""
    yield from sheet_and_mean_field()
    yield from bound.evidence_lower_bound(MEAN_FIELD)


@derivation(
    "dice.coordinate_ascent",
    question="beyond the sheet",
    title="Every update maximises the bound",
    code=("impl.dice.coordinate_ascent.fit",),
    sources=("blei2017",),
    sizes=SIZES,
)
def coordinate_ascent() -> Iterator[Line]:
    """Derive gradient, stationarity and gap of each coordinate."""
    yield from sheet_and_mean_field()
    yield from ascent.coordinate_ascent(MEAN_FIELD)

"""Where a formula stands: in which check, in which of its places, by which reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sympy import Expr

from derivations.calculus.steps import Check, Reading
from derivations.evidence.mutation.letters import without_letters
from derivations.evidence.trial import Trial

UNREADABLE = (AttributeError, LookupError, NotImplementedError, TypeError, ValueError)
"""What a reading raises of a formula it has no meaning for."""


@dataclass(frozen=True)
class Evidence:
    """One check of a statement, and the reading by which the statement stands in it."""

    trial: Trial
    place: str
    reading: Reading

    @property
    def bound(self) -> str | None:
        """What the check claims of the place, where that is not equality with the rest."""
        return self.trial.bounds.get(self.place)

    def on(self, formula: Expr) -> Check:
        """Return the check with another formula in the statement's place."""
        return self.trial.having(self.place, self.reading(formula))


def as_it_is(formula: Expr) -> Expr:
    """Return the formula."""
    return formula


def standing(
    formula: Expr, checks: Iterable[Check], readings: tuple[Reading, ...]
) -> Iterator[Evidence]:
    """Yield the checks in which a formula stands, and in one place: in two it is its own judge.

    Where both sides are the formula but for letters, its place is the one in its own letters.
    """
    read = [(reading, form) for reading in readings for form in forms(reading, formula)]
    plain = [(reading, without_letters(form)) for reading, form in read]
    for check in checks:
        if isinstance(check, Trial):
            bare = {place: without_letters(form) for place, form in check.formulas.items()}
            found = _places(check.formulas, read) or _places(bare, plain)
            if len(found) == 1:
                yield Evidence(check, *found.popitem())


def _places(there: dict[str, Expr], read: list[tuple[Reading, Expr]]) -> dict[str, Reading]:
    """Return the places in which one of the read forms stands."""
    return {
        place: reading
        for place, formula in there.items()
        for reading, form in reversed(read)
        if form == formula
    }


def forms(reading: Reading, formula: Expr) -> Iterator[Expr]:
    """Yield a reading of a formula, if it has one."""
    try:
        yield reading(formula)
    except UNREADABLE:
        return

"""Mutants counted by derivation and operator, and the survivors by name."""

from __future__ import annotations

import time
import zlib
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from derivations.calculus.expressions import StateSum
from derivations.calculus.steps import Derivation
from derivations.evidence.mutation.judging import Fate, Judgement, bench
from derivations.evidence.mutation.sites import MOST, Mutant, mutants
from derivations.evidence.mutation.statements import statements

FEW = 1
"""Mutants by one operator of what is summed over all states, where each takes seconds, and of a
left side, which is mostly a name."""

WRONG = (Fate.REFUTED, Fate.LEFT_OPEN)
"""Fates of mutants that are told from the formula; one that survived may be equal to it."""


@dataclass(frozen=True)
class Row:
    """One mutant of one statement, and what became of it."""

    statement: str
    mutant: Mutant
    judgement: Judgement


@dataclass(frozen=True)
class Outcome:
    """What became of a derivation's mutants, and which of its statements no check tries.

    ``refused`` counts by operator what could not be built, which is no mutant.
    """

    key: str
    rows: tuple[Row, ...]
    refused: Counter[str]
    statements: int
    untried: tuple[str, ...]
    seconds: float

    def count(self, *fates: Fate) -> int:
        """Return how many mutants met one of these fates."""
        return sum(r.judgement.fate in fates for r in self.rows)

    @property
    def survivors(self) -> tuple[Row, ...]:
        """The mutants that nothing noticed."""
        return tuple(r for r in self.rows if r.judgement.fate is Fate.SURVIVED)

    def answers(self) -> dict[str, Counter[str]]:
        """Return how checks of each kind answered to what is certainly no true formula."""
        kinds: dict[str, Counter[str]] = {}
        for row in self.rows:
            if row.judgement.fate in WRONG:
                for kind, verdict in row.judgement.answers:
                    kinds.setdefault(kind, Counter())[verdict.value] += 1
        return kinds

    def record(self) -> dict[str, Any]:
        """Return the outcome as plain data."""
        operators: dict[str, Counter[str]] = {}
        for row in self.rows:
            operators.setdefault(row.mutant.operator, Counter())[row.judgement.fate.value] += 1
        return {
            "key": self.key,
            "statements": self.statements,
            "untried": list(self.untried),
            "seconds": round(self.seconds, 2),
            "operators": {name: dict(sorted(c.items())) for name, c in operators.items()},
            "kinds": {kind: dict(sorted(c.items())) for kind, c in sorted(self.answers().items())},
            "refused": {name: number for name, number in self.refused.items() if number},
            "survivors": [
                {
                    "statement": r.statement,
                    "operator": r.mutant.operator,
                    "change": r.mutant.change,
                    "reason": r.judgement.reason,
                }
                for r in self.survivors
            ],
        }


def mutate(derivation: Derivation, seed: int, most: int = MOST) -> Outcome:
    """Judge the mutants of every statement of a derivation; the same seed gives the same ones."""
    started = time.perf_counter()
    rows: list[Row] = []
    refused: Counter[str] = Counter()
    untried = []
    every = statements(derivation)
    for number, statement in enumerate(every):
        place = (seed, zlib.crc32(derivation.key.encode()), number)
        formula = statement.formula
        few = statement.side == "left" or formula.has(StateSum)
        limit = min(most, FEW) if few else most
        found = mutants(formula, np.random.default_rng(place), limit)
        refused += found.refused
        if found.drawn and not statement.evidence:
            untried.append(statement.name)
        asked = bench(statement, place)
        for mutant in found.drawn:
            judgement = asked.judge(mutant.formula)
            if judgement.fate is Fate.REFUSED:
                refused[mutant.operator] += 1
            else:
                rows.append(Row(statement.name, mutant, judgement))
    seconds = time.perf_counter() - started
    return Outcome(derivation.key, tuple(rows), refused, len(every), tuple(untried), seconds)

"""What a derivation is: relations, the named rules that produced them, and checks on each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
from sympy import Expr

from derivations.calculus.model import Model

EQUAL, PROPORTIONAL, CONSTANT, DISTRIBUTED, AT_MOST = "=", "∝", "= const +", "~", "<="

KINDS = (
    "proof",
    "enclosure",
    "quadrature",
    "finite difference",
    "transcription",
    "enumeration",
    "monte carlo",
)
"""The kinds of evidence there are; the last two are those of tests of the code."""


class Verdict(Enum):
    """What a check concluded. Only ESTABLISHED passes."""

    ESTABLISHED = "established"
    REFUTED = "refuted"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """The outcome of one check: its kind of evidence, what was claimed, the verdict, the figures.

    ``reason`` says why when the verdict is not ESTABLISHED.
    """

    kind: str
    claim: str
    verdict: Verdict
    figures: dict[str, float | int | str] = field(default_factory=dict)
    reason: str = ""


Check = Callable[[np.random.Generator], Finding]

Reading = Callable[[Expr], Expr]
"""What a formula becomes before a check tries it, as where notation is given its meaning."""


@dataclass(frozen=True)
class Relation:
    """``left symbol right``; the symbol is one of the constants of this module."""

    left: Expr
    right: Expr
    symbol: str = EQUAL


Prose = tuple[str | Expr | Relation, ...]


@dataclass(frozen=True)
class Rule:
    """A named rule: what it does, in words a reader can check, and where it is from.

    A statement with mathematics in it is prose, so that its formulas are printed as all others.
    """

    name: str
    statement: str | Prose
    source: str = ""

    @property
    def prose(self) -> Prose:
        """The statement as prose."""
        return (self.statement,) if isinstance(self.statement, str) else self.statement


@dataclass(frozen=True)
class Step:
    """One line: the rule that produced it, the relation it states, and the checks on it."""

    rule: Rule
    relation: Relation
    checks: tuple[Check, ...]
    note: Prose = ()


@dataclass(frozen=True)
class Derivation:
    """A claim with a permanent key, from its assumptions to its result.

    ``twins`` are dotted names in ``impl`` that compute the same thing by other code; ``model``
    is given where the result is the model's graph. ``readings`` are the functions by which the
    checks were given the formulas stated, where they were not given them as they are: by them a
    formula broken on purpose reaches the same checks (``evidence.mutation``). ``meaning`` is the
    reading that says what the notation stands for, and loses nothing: formulas that it makes equal
    say the same. ``names`` say what a name on the left of a statement stands for in the checks.
    """

    key: str
    title: str
    question: str
    assumptions: tuple[Prose, ...]
    steps: tuple[Step, ...]
    results: tuple[Relation, ...]
    checks: tuple[Check, ...]
    twins: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    remarks: tuple[Prose, ...] = ()
    model: Model | None = None
    readings: tuple[Reading, ...] = ()
    meaning: Reading | None = None
    names: tuple[Relation, ...] = ()

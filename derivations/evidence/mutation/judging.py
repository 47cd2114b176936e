"""What a claim's evidence makes of a mutant."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
from sympy import Expr, Integer, Rational

from derivations.calculus.binding import free_indices, substitute
from derivations.calculus.expressions import Density
from derivations.calculus.notation import (
    Applied,
    Divergence,
    Entropy,
    Expectation,
    Mean,
    PartialDerivative,
    Variance,
)
from derivations.calculus.steps import AT_MOST, CONSTANT, EQUAL, Check, Finding, Verdict
from derivations.evidence.equality import at_most
from derivations.evidence.limits import LIMIT, OvertimeError, time_limit
from derivations.evidence.mutation.difference import told_apart
from derivations.evidence.mutation.equivalence import is_equivalent
from derivations.evidence.mutation.standing import UNREADABLE, Evidence, as_it_is, forms
from derivations.evidence.mutation.statements import Statement
from derivations.evidence.precision import digits_at_most

DIGITS = (480, 1920, 7680, 30720, 122880, 491520)
"""The first that do for the formula are given to its mutants, and no more.

One without a value, as the log of what is negative, has none at any precision.
"""
WEAKER_DIGITS = DIGITS[3]
DOMAIN_ERRORS = ("math domain error", "expected a positive input")
"""What Python says of the log of what is not positive."""
ORDER = ("enclosure", "finite difference", "enumeration", "monte carlo", "none", "proof")
"""Kinds of check in the order in which they are asked: quick ones first, proofs refute none."""
NO_VALUE = "no value at a point where the formula has one"
PRINTED = (Applied, Density, Divergence, Entropy, Expectation, Mean, PartialDerivative, Variance)
"""Notation that has no number of its own."""


class Fate(Enum):
    """What became of a mutant.

    REFUSED: it cannot be put into any check, so that the derivation could not have been built.
    REFUTED: a check says it is wrong. LEFT_OPEN: a check no longer establishes it, none refutes
    it, and an enclosure tells it from the formula, or it stands on the left and says what no name
    gives a meaning. EQUIVALENT: proved equal to the formula or said another way, as it is or by
    what its notation means, so it is no mutant. WEAKER: of an inequality, less than what is claimed
    and, at the points tried, true. SURVIVED: none of these.
    """

    REFUSED = "refused"
    REFUTED = "refuted"
    LEFT_OPEN = "left open"
    EQUIVALENT = "equivalent"
    WEAKER = "weaker"
    SURVIVED = "survived"


@dataclass(frozen=True)
class Judgement:
    """A mutant's fate, what said so, and what each check that was asked made of it, by kind."""

    fate: Fate
    reason: str
    answers: tuple[tuple[str, Verdict], ...] = ()


class NotEstablishedError(ValueError):
    """A formula whose own evidence does not establish it, so that its mutants tell nothing."""


@dataclass(frozen=True)
class Asked:
    """A check that is asked: its kind, the seed of its points, the digits that do for the formula.

    The kind is that of what it finds on the formula; on a mutant it may break off and find nothing.
    """

    evidence: Evidence
    seed: tuple[int, ...]
    digits: int
    kind: str


@dataclass(frozen=True)
class Bench:
    """A statement, and its evidence in the order in which it is asked."""

    statement: Statement
    evidence: tuple[Asked, ...]
    seed: tuple[int, ...]

    def judge(self, mutant: Expr) -> Judgement:
        """Ask the evidence until a check refutes; if none does, whether it is a mutant at all."""
        unknown = ""
        answers: list[tuple[str, Verdict]] = []
        asked = self._rebuilt(mutant)
        if self.evidence and not asked:
            return Judgement(Fate.REFUSED, "no check can be made of it")
        for check, one in asked:
            finding = _run(check, one.seed, one.digits)
            answers.append((one.kind, finding.verdict))
            if finding.verdict is Verdict.REFUTED:
                reason = f"{finding.kind}: {finding.reason}"
                return Judgement(Fate.REFUTED, reason, tuple(answers))
            if finding.verdict is Verdict.UNKNOWN:
                unknown = unknown or f"{finding.kind}: {finding.reason}"
        return replace(self._unrefuted(mutant, unknown), answers=tuple(answers))

    def _rebuilt(self, mutant: Expr) -> list[tuple[Check, Asked]]:
        """Put a mutant into every check that takes it."""
        checks = []
        for one in self.evidence:
            try:
                checks.append((one.evidence.on(mutant), one))
            except UNREADABLE:
                continue
        return checks

    def _unrefuted(self, mutant: Expr, unknown: str) -> Judgement:
        """Judge a mutant that no check refutes; ``unknown`` is what one of them could not tell."""
        symbol = self.statement.relation.symbol
        if self._says_the_same(mutant):
            return Judgement(Fate.EQUIVALENT, "proof")
        if not self.evidence:
            return Judgement(Fate.SURVIVED, "no check tries this formula")
        if symbol == AT_MOST and self._is_weaker(mutant):
            return Judgement(Fate.WEAKER, "enclosure: above the formula at every point tried")
        if not unknown:
            return Judgement(Fate.SURVIVED, "established by every check that tries it")
        without = NO_VALUE if NO_VALUE in unknown else self._without_meaning(mutant)
        differs = without or self._difference(mutant)
        if differs is None:
            return Judgement(Fate.SURVIVED, f"not told from the formula; {unknown}")
        return Judgement(Fate.LEFT_OPEN, f"{unknown}; enclosure: {differs}")

    def _without_meaning(self, mutant: Expr) -> str | None:
        """Say that a left side keeps notation to which no name gives a meaning, if it does."""
        read = (form for e in self.evidence for form in forms(e.evidence.reading, mutant))
        met = self.statement.side == "left" and all(form.has(*PRINTED) for form in read)
        return "no name gives it a meaning" if met else None

    def _says_the_same(self, mutant: Expr) -> bool:
        """Prove a mutant equal to the formula, as it is, by its meaning, or said another way."""
        formula, symbol = self.statement.formula, self.statement.relation.symbol
        for reading in dict.fromkeys((as_it_is, self.statement.meaning)):
            with suppress(*UNREADABLE):
                pair = reading(formula), reading(mutant)
                if is_equivalent(*pair, up_to_constant=symbol == CONSTANT):
                    return True
        return any(is_equivalent(other, mutant) for other in self._restated())

    def _restated(self) -> Iterator[Expr]:
        """Yield what says the same: an index that is not on the other side run through backwards.

        Where the other side is zero, so does a multiple.
        """
        relation = self.statement.relation
        other = relation.left if self.statement.side == "right" else relation.right
        formula = self.statement.formula
        for index in sorted(free_indices(formula) - free_indices(other), key=str):
            yield substitute(formula, {index: index.lower + index.upper - index})
        if other == 0 and relation.symbol == EQUAL:
            yield from (formula * factor for factor in (-1, 2, Rational(1, 2)))

    def _is_weaker(self, mutant: Expr) -> bool:
        sign = 1 if self.statement.side == "right" else -1
        for reading in dict.fromkeys((as_it_is, *(e.evidence.reading for e in self.evidence))):
            with suppress(*UNREADABLE):
                more = sign * (reading(mutant) - reading(self.statement.formula))
                below = at_most("weaker", Integer(0), more)
                if _run(below, self.seed, WEAKER_DIGITS).verdict is Verdict.ESTABLISHED:
                    return True
        return False

    def _difference(self, mutant: Expr) -> str | None:
        """Say where a mutant differs from the formula, by any reading that gives both numbers."""
        formula = self.statement.formula
        given = (e.evidence.trial.arguments.get("sizes") for e in self.evidence)
        sizes = next((s for s in given if s is not None), None)
        read = (e.evidence.reading for e in self.evidence)
        for reading in dict.fromkeys((*self.statement.readings, *read)):
            try:
                pair = (reading(formula), reading(mutant))
            except UNREADABLE:
                continue
            differs = told_apart(*pair, sizes, np.random.default_rng(self.seed))
            if differs is not None:
                return differs
        return None


def bench(statement: Statement, seed: tuple[int, ...]) -> Bench:
    """Try the evidence on the formula itself, each check at points of its own.

    Raises NotEstablishedError where a check does not establish the formula.
    """
    found = []
    for number, evidence in enumerate(statement.evidence):
        place = (*seed, number)
        digits, kind = _needed(statement, evidence, place)
        found.append(Asked(evidence, place, digits, kind))
    ordered = sorted(found, key=lambda asked: ORDER.index(asked.kind))
    return Bench(statement, tuple(ordered), seed)


def _needed(statement: Statement, evidence: Evidence, seed: tuple[int, ...]) -> tuple[int, str]:
    """Return the digits with which a check establishes the formula, and its kind."""
    finding = None
    for digits in DIGITS:
        finding = _run(evidence.on(statement.formula), seed, digits)
        if finding.verdict is Verdict.ESTABLISHED:
            return digits, finding.kind
    message = f"{statement.name}: wanted it established, got {finding}"
    raise NotEstablishedError(message)


def _run(check: Check, seed: tuple[int, ...], digits: int) -> Finding:
    """Run one check at the points of the seed; what it cannot do leaves its claim unknown.

    So does what does not end: a mutant has as long as a check of a derivation, and is not refuted.
    """
    with warnings.catch_warnings(), np.errstate(all="ignore"), digits_at_most(digits):
        warnings.simplefilter("ignore")  # a mutant may overflow, and quadrature complain of it
        try:
            with time_limit(LIMIT):
                return check(np.random.default_rng(seed))
        except OvertimeError:
            reason = f"the check did not end within {LIMIT:g} s"
            return Finding("none", "", Verdict.UNKNOWN, reason=reason)
        except ZeroDivisionError as error:
            return Finding("none", "", Verdict.UNKNOWN, reason=f"{NO_VALUE}: {error}")
        except Exception as error:  # noqa: BLE001 - as in evidence.checking
            if str(error) in DOMAIN_ERRORS:
                return Finding("none", "", Verdict.UNKNOWN, reason=f"{NO_VALUE}: {error}")
            reason = f"the check raised {type(error).__name__}: {error}"
            return Finding("none", "", Verdict.UNKNOWN, reason=reason)

"""Steps of a derivation joined as a person would write them: A = B = C, each with its reason.

A chain prints the left side of its statements once. Every line is a step as it was checked: the
first left side, or the line above it, related to what the line prints. Relations are joined only
where the chain then says no more than its steps do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from derivations.calculus.binding import arrays_in
from derivations.calculus.expressions import Array, Element
from derivations.calculus.steps import Finding, Verdict
from derivations.claims.judgements import Judgement, verdict_of
from derivations.claims.statements import (
    AT_MOST,
    CONSTANT,
    EQUAL,
    LESS,
    Claim,
    Definition,
    Derivation,
    Rule,
    Step,
)
from derivations.printing.evidence_rows import NOT_ESTABLISHED
from derivations.printing.layout import Big, Fraction, Mark, Root, Row, Script, row, width
from derivations.printing.nodes import Block, Chain, ChainLine, Paragraph, Prose, Strong
from derivations.printing.notation import laid_out

SHORT = 24.0  # em: a definition so wide stands in the line that begins with "where"


@dataclass(frozen=True)
class Judged:
    """A step and the findings on it, those on the claims of its rule included."""

    step: Step
    findings: tuple[Finding, ...]

    @property
    def is_established(self) -> bool:
        """Whether every finding is established; a claim without a finding is not."""
        claims = isinstance(self.step.claim, Claim) or bool(self.step.rule.claims)
        return verdict_of(self.findings) is Verdict.ESTABLISHED and bool(
            self.findings or not claims
        )


def judged_steps(derivation: Derivation, judgement: Judgement | None) -> tuple[Judged, ...]:
    """Return the steps of a derivation with the findings on each; none without a judgement."""
    if judgement is None or len(judgement.steps) != len(derivation.steps):
        return tuple(Judged(step, ()) for step in derivation.steps)
    rules: dict[Rule, tuple[Finding, ...]] = {}  # a rule is judged where it is used first
    for step, found in zip(derivation.steps, judgement.rules, strict=True):
        rules.setdefault(step.rule, found)
    every = zip(derivation.steps, judgement.steps, strict=True)
    return tuple(Judged(step, (*rules[step.rule], *found)) for step, found in every)


def results_alone(steps: Sequence[Judged]) -> tuple[Judged, ...]:
    """Return the results, and the definitions of the letters in them.

    A letter that a result gives needs no definition.
    """
    kept: list[Judged] = []
    wanted: set[Array] = set()
    given = {
        claim.left.array
        for claim in (one.step.claim for one in steps if one.step.is_result)
        if isinstance(claim, Claim) and isinstance(claim.left, Element)
    }
    for one in reversed(steps):
        claim = one.step.claim
        own = claim.array if isinstance(claim, Definition) and not claim.up_to else None
        if one.step.is_result or (own in wanted and own not in given):
            kept.append(one)
            sides = claim.sides if isinstance(claim, Claim) else (claim.value,)
            wanted |= {array for side in sides for array in arrays_in(side)}
    return tuple(reversed(kept))


def chain_blocks(steps: Sequence[Judged], numbers: Iterator[int]) -> list[Block]:
    """Return steps as chains, results numbered, short definitions below in a line with "where"."""
    blocks: list[Block] = []
    waiting: list[Definition] = []
    groups = _joined(steps)
    for position, group in enumerate(groups):
        statement = group[0].step.claim
        last = position == len(groups) - 1
        alone = len(group) == 1 and group[0].is_established and not last
        if alone and isinstance(statement, Definition) and _is_short(statement):
            waiting.append(statement)
            continue
        blocks.append(Chain(tuple(_line(one, numbers) for one in group)))
        if waiting:
            blocks.append(Paragraph(_where(waiting)))
            waiting = []
    return blocks


def _joined(steps: Sequence[Judged]) -> list[list[Judged]]:
    """Return neighbouring steps in groups, one for each chain."""
    groups: list[list[Judged]] = []
    for one in steps:
        if groups and _continues(groups[-1], one):
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def _continues(group: Sequence[Judged], one: Judged) -> bool:
    """Whether a step may be the next line of a chain, which only established steps may.

    It may if it has the left side of the chain and all lines above are equations, or if its left
    side is the right side of the line above.
    """
    claim = one.step.claim
    if not isinstance(claim, Claim) or claim.relation not in (EQUAL, AT_MOST, LESS):
        return False
    if not all(j.is_established for j in (*group, one)):
        return False
    above = [j.step.claim for j in group]
    if any(isinstance(c, Definition) and c.up_to for c in above):
        return False
    if any(isinstance(c, Claim) and c.relation == CONSTANT for c in above):
        return False
    first, last = above[0], above[-1]
    right = last.right if isinstance(last, Claim) else last.value
    if claim.left == right:
        return True
    equations = all(isinstance(c, Definition) or c.relation == EQUAL for c in above)
    return equations and claim.left == (first.left if isinstance(first, Claim) else first.letter)


def _is_short(definition: Definition) -> bool:
    printed = row(*laid_out(definition))
    return not definition.up_to and width(printed) <= SHORT and not _is_tall(printed)


def _is_tall(mark: Mark) -> bool:
    """Whether a formula has fractions or sums, which a line of text would make small."""
    match mark:
        case Fraction() | Big():
            return True
        case Row(items):
            return any(map(_is_tall, items))
        case Script(base, _, _) | Root(base):
            return _is_tall(base)
    return False


def _line(one: Judged, numbers: Iterator[int]) -> ChainLine:
    claim = one.step.claim
    reason: Prose = (one.step.rule.name,)
    if claim.up_to:
        reason += ("; the constant is free of ",)
        for place, variable in enumerate(claim.up_to):
            reason += (" and ",) * (place > 0) + (variable,)
    if not one.is_established:
        return ChainLine(claim, (Strong(NOT_ESTABLISHED), ": ", *reason))
    number = f"({next(numbers)})" if one.step.is_result else ""
    return ChainLine(claim, reason, number)


def _where(definitions: Sequence[Definition]) -> Prose:
    words: Prose = ("where ",)
    for number, definition in enumerate(definitions):
        if number:
            words += (" and " if number == len(definitions) - 1 else ", ",)
        words += (definition,)
    return (*words, ".")

"""Formulas in the words of a derivation, and whether anything that is checked holds them.

A formula in a rule, an assumption, a note or a remark is held where it is part of what is stated
or of what a check was given, or where it stands in a check by a reading. A value that is said to be
put in for a letter has to be put in by a reading. One that nothing holds could be changed and every
tick would stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from sympy import Expr, preorder_traversal

from derivations.calculus.expressions import Array, Density, Element, Slice
from derivations.calculus.indices import Index
from derivations.calculus.steps import AT_MOST, Derivation, Prose, Relation
from derivations.evidence.mutation.letters import without_letters
from derivations.evidence.mutation.standing import forms, standing
from derivations.evidence.mutation.statements import readings_of
from derivations.evidence.trial import Trial

Piece: TypeAlias = Expr | Relation
NAMES = (Array, Density, Element, Index, Slice)
"""What says nothing by itself."""


def spoken(derivation: Derivation) -> tuple[tuple[str, Piece], ...]:
    """Return the formulas in the words of a derivation, each with where it is."""
    words: list[tuple[str, Prose]] = [("assumption", p) for p in derivation.assumptions]
    words += [("remark", p) for p in derivation.remarks]
    for step in derivation.steps:
        words += [(step.rule.name, step.rule.prose), (step.rule.name, step.note)]
    return tuple(
        dict.fromkeys(
            (where, piece)
            for where, prose in words
            for piece in prose
            if not isinstance(piece, str) and _says_something(piece)
        )
    )


def _says_something(piece: Piece) -> bool:
    if isinstance(piece, Relation):
        return piece.symbol != AT_MOST  # a condition: the attack stays within it
    return bool(piece.args) and not isinstance(piece, NAMES)


def unheld(derivation: Derivation) -> tuple[tuple[str, Piece], ...]:
    """Return the formulas in the words that nothing holds."""
    stated = {step.relation for step in derivation.steps} | {*derivation.results}
    known = stated | {*derivation.names}
    parts = {part for formula in _held(derivation) for part in _parts(formula)}

    def holds(piece: Piece) -> bool:
        if piece in known:
            return True
        formula = piece
        if isinstance(piece, Relation):
            formula = piece.right
            if _is_put_in(derivation, piece):
                return True
            if formula.is_number:
                return False
            if isinstance(piece.left, Element):
                return _stands(derivation, formula)
        return without_letters(formula) in parts or _stands(derivation, formula)

    return tuple((where, piece) for where, piece in spoken(derivation) if not holds(piece))


def _is_put_in(derivation: Derivation, said: Relation) -> bool:
    """Whether a reading puts the right side in the place of the left one."""
    read = (form for reading in derivation.readings for form in forms(reading, said.left))
    return said.left != said.right and said.right in read


def _stands(derivation: Derivation, formula: Expr) -> bool:
    checks = [c for step in derivation.steps for c in step.checks]
    found = standing(formula, (*checks, *derivation.checks), readings_of(derivation))
    return any(not evidence.reading(formula).is_number for evidence in found)


def _held(derivation: Derivation) -> Iterator[Expr]:
    """Yield every formula that is stated or that a check was given."""
    for relation in (*(s.relation for s in derivation.steps), *derivation.results):
        yield from (relation.left, relation.right)
    for name in derivation.names:
        yield from (name.left, name.right)
    for check in (*(c for s in derivation.steps for c in s.checks), *derivation.checks):
        if isinstance(check, Trial):
            yield from (v for v in check.arguments.values() if isinstance(v, Expr))


def _parts(formula: Expr) -> Iterator[Expr]:
    return (without_letters(part) for part in preorder_traversal(formula) if isinstance(part, Expr))

"""The changes to make of a statement or of a distribution: all of them, or a random sample."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from derivations.calculus.binding import all_indices, free_indices
from derivations.calculus.expressions import (
    Array,
    OverIndices,
)
from derivations.claims.changes import Letters, changes
from derivations.claims.scope import Scope
from derivations.claims.statements import (
    AT_MOST,
    LESS,
    Claim,
    Definition,
    Derivation,
)
from derivations.meaning.notation import (
    Joint,
    Part,
)


def _letters(derivation: Derivation, statement: Claim | Definition) -> Letters:
    scope = Scope.of(derivation.assumptions)
    sides = (
        (statement.left, statement.right)
        if isinstance(statement, Claim)
        else (statement.letter, statement.value)
    )
    used = {a for s in sides for a in s.atoms(Array)}
    free = {i for s in sides for i in free_indices(s)} | {
        i for s in sides for n in s.atoms(OverIndices) if not isinstance(n, Part) for i in n.indices
    }
    return Letters(
        tuple(sorted(used, key=str)),
        tuple(dict.fromkeys(scope.joints.values())),
        tuple(sorted({s for a in used for e in a.sizes for s in e.free_symbols}, key=str)),
        tuple(sorted(free, key=str)),
    )


def drawn(
    statement: Claim | Definition,
    derivation: Derivation,
    rng: np.random.Generator,
    most: int | None,
) -> Iterator[tuple[str, Any]]:
    """Yield changes of a statement, whose sides are not built yet."""
    letters = _letters(derivation, statement)
    found: list[tuple[str, Any]] = []
    if isinstance(statement, Claim):
        for place, side in enumerate(statement.sides):
            for kind, new in changes(side, letters):
                found.append((kind, (place, new)))
        if statement.relation in (AT_MOST, LESS):
            found.append(("relation", None))
    else:
        found += [(kind, (1, new)) for kind, new in changes(statement.value, letters)]
    yield from _some(found, rng, most)


def _some(
    found: list[tuple[str, Any]], rng: np.random.Generator, most: int | None
) -> list[tuple[str, Any]]:
    """Return all changes, or some of each kind."""
    if most is None or len(found) <= most:
        return found
    kinds: dict[str, list[tuple[str, Any]]] = {}
    for number in rng.permutation(len(found)):
        kinds.setdefault(found[number][0], []).append(found[number])
    chosen: list[tuple[str, Any]] = []
    while len(chosen) < most:
        for members in kinds.values():
            if members and len(chosen) < most:
                chosen.append(members.pop())
    return chosen


def drawn_of_joint(
    derivation: Derivation, joint: Joint, rng: np.random.Generator, most: int | None
) -> Iterator[tuple[str, Any]]:
    """Yield changes of the factors of a joint distribution."""
    scope = Scope.of(derivation.assumptions)
    arrays = tuple(sorted(joint.atoms(Array), key=str))
    letters = Letters(
        arrays,
        tuple(dict.fromkeys(scope.joints.values())),
        tuple(sorted({s for a in arrays for e in a.sizes for s in e.free_symbols}, key=str)),
        tuple(sorted(all_indices(joint), key=str)),
    )
    found: list[tuple[str, Any]] = []
    for place, one in enumerate(joint.parts):
        for kind, new in changes(one.stated.family, letters):
            found.append((kind, (place, new)))
    yield from _some(found, rng, most)

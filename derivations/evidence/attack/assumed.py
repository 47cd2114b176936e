"""What a derivation's assumptions say of sizes, read from the words that state it."""

from __future__ import annotations

from sympy import Integer, Symbol

from derivations.calculus.steps import AT_MOST, Derivation, Relation


def least_sizes(derivation: Derivation) -> dict[Symbol, int]:
    """Return the smallest value of each size of which an assumption says ``number <= size``.

    The printed assumption is the declaration, so that the two cannot disagree; any other size may
    be one.
    """
    found: dict[Symbol, int] = {}
    for part in (part for prose in derivation.assumptions for part in prose):
        if not (isinstance(part, Relation) and part.symbol == AT_MOST):
            continue
        if isinstance(part.left, Integer) and isinstance(part.right, Symbol):
            found[part.right] = max(found.get(part.right, 1), int(part.left))
    return found

"""The claims of a derivation that are checked at edge cases: those without means."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sympy import Expr, Symbol

from derivations.calculus.steps import Finding
from derivations.claims.comparing import compared
from derivations.claims.scope import Scope
from derivations.claims.statements import (
    AT_MOST,
    CONSTANT,
    DISTRIBUTED,
    LESS,
    Claim,
    Definition,
    Derivation,
)
from derivations.evidence.limits import LIMIT
from derivations.meaning.notation import MeanOver


@dataclass(frozen=True)
class Attacked:
    """A claim with its name, its scope, and its sides with all notation written out."""

    name: str
    claim: Claim
    scope: Scope
    sizes: dict[Symbol, tuple[int, ...]]
    expressions: tuple[Expr, ...]

    def tried(self, rng: np.random.Generator, limit: float = LIMIT) -> Finding:
        """Compare both sides at a drawn point, within a time limit."""
        return compared(
            self.claim, self.scope, rng, self.sizes, quick=True, search=False, limit=limit
        )

    @property
    def gap(self) -> Expr | None:
        """The right side less the left side of an inequality; None for another claim."""
        left, right = self.expressions
        return right - left if self.claim.relation in (AT_MOST, LESS) else None


def attacked(derivation: Derivation) -> tuple[list[Attacked], list[str]]:
    """Return the claims to be checked at edge cases, and the names of those that cannot be.

    Claims with means cannot: quadrature rules are not accurate at edge cases.
    """
    scope = Scope.of(derivation.assumptions)
    found: dict[Claim, Attacked] = {}
    others: list[str] = []
    for number, line in enumerate(derivation.steps, 1):
        name = f"step {number}: {line.rule.name}"
        if isinstance(line.claim, Definition):
            scope.define(line.claim)
            continue
        if line.claim.relation in (DISTRIBUTED, CONSTANT):
            others.append(name)
            continue
        here = scope.having(list(scope.definitions))
        sides = tuple(here.meaning(s) for s in line.claim.sides)
        if any(s.has(MeanOver) for s in sides):
            others.append(name)
            continue
        sizes = {**derivation.sizes, **line.sizes}
        found.setdefault(line.claim, Attacked(name, line.claim, here, sizes, sides))
    return list(found.values()), list(dict.fromkeys(others))

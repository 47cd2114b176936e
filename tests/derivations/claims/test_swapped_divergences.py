"""The arguments of every divergence in the catalogue swapped: what is then false never passes."""

import numpy as np
import pytest

from derivations.calculus.steps import Verdict
from derivations.claims.changes import make, swapped_divergences
from derivations.claims.judgements import verdict_of
from derivations.claims.judging import judge_claim
from derivations.claims.scope import Scope
from derivations.claims.statements import EQUAL, Claim, Definition
from derivations.index import derive, entries


@pytest.mark.parametrize("key", [entry.key for entry in entries()])
def test_an_equation_with_a_swapped_divergence_is_not_established(key: str, seed: int) -> None:
    """Each divergence of each equation in turn, on either side."""
    derivation = derive(key)
    scope = Scope.of(derivation.assumptions)
    for line in derivation.steps:
        if isinstance(line.claim, Definition):
            scope.define(line.claim)
            continue
        for changed in swapped(line.claim):
            rng = np.random.default_rng(seed)
            found = verdict_of(judge_claim(changed, scope, rng, derivation.sizes))
            assert found is not Verdict.ESTABLISHED, f"{changed}"


def swapped(claim: Claim) -> list[Claim]:
    """Return an equation with each of its divergences swapped; an inequality may stay true."""
    if claim.relation != EQUAL:
        return []
    left = [Claim(make(side), claim.right) for side in swapped_divergences(claim.left)]
    return left + [Claim(claim.left, make(side)) for side in swapped_divergences(claim.right)]


def test_there_are_divergences_to_swap() -> None:
    """The test above has something to say: most problems state a divergence."""
    with_some = {
        entry.problem
        for entry in entries()
        for line in derive(entry.key).steps
        if isinstance(line.claim, Claim) and swapped(line.claim)
    }
    assert with_some >= {"gaussian_vae"}

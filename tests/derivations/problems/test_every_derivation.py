"""Every derivation of the catalogue: each claim is tried, and stands."""

import pytest

from derivations.calculus.steps import Verdict
from derivations.claims.judging import judge
from derivations.index import derive, entries


@pytest.mark.parametrize("key", [entry.key for entry in entries()])
def test_every_claim_is_established(key: str, seed: int) -> None:
    """None is refuted or unknown, at points drawn from the seed of the run."""
    judgement = judge(derive(key), seed)
    assert [f for f in judgement.findings if f.verdict is not Verdict.ESTABLISHED] == []
    assert judgement.verdict is Verdict.ESTABLISHED

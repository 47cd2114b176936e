"""Every derivation of the catalogue: each step and each result has its evidence, and stands."""

import pytest

from derivations import catalogue
from derivations.calculus.steps import Verdict
from derivations.evidence.checking import check


@pytest.mark.parametrize("key", [entry.key for entry in catalogue.ENTRIES])
def test_every_check_is_established(key: str, seed: int) -> None:
    """None is refuted or unknown, at points drawn from the seed of the run."""
    report = check(catalogue.derive(key), seed)
    assert [f for f in report.findings if f.verdict is not Verdict.ESTABLISHED] == []
    assert report.verdict is Verdict.ESTABLISHED

"""Single edits of the sources as a tired author makes them: each is refuted or refused."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from harness import broken
from harness.ledger import EDITED

CASES = [case for name in broken.PROBLEMS for case in broken.cases(name)]
# The fast tests take one edit of each derivation.
FIRST = {case.key: number for number, case in reversed(list(enumerate(CASES)))}


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            case,
            id=f"{case.key}-{number}",
            marks=[] if FIRST[case.key] == number else [pytest.mark.slow],
        )
        for number, case in enumerate(CASES)
    ],
)
def test_a_broken_statement_is_not_established(
    case: broken.Case, record_property: Callable[[str, object], None]
) -> None:
    """The edited source is refused when it is built, or its derivation is not established."""
    found = broken.verdict(case)
    record_property(EDITED, broken.record(case, found))
    assert found != "established", f"{case.old!r} -> {case.new!r}"


@pytest.mark.parametrize("name", broken.PROBLEMS)
def test_every_edit_applies_to_the_source_as_it_is(name: str) -> None:
    """The old text occurs exactly once, and the new one is another."""
    for case in broken.cases(name):
        source = Path(broken.ROOT, case.path).read_text(encoding="utf-8")
        assert source.count(case.old) == 1, case
        assert case.old != case.new, case


def test_there_are_edits_of_every_kind_and_for_every_problem() -> None:
    """A hundred at least, and some of each kind."""
    kinds = Counter(case.kind for case in CASES)
    assert set(kinds) == set(broken.KINDS)
    assert len(CASES) >= 100

"""A run of code mutation is continued where it was stopped."""

import pytest

pytest.importorskip("mutmut", reason="needs the extra 'mutation'")

from code_mutation import command
from code_mutation.generation import Mutant
from code_mutation.judging import Baseline, Fate, Verdict


def test_a_row_is_continued_by_a_run_of_the_same_code_and_tests_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What such a run judged is not judged again; any other begins anew, or tries survivors."""
    asked = []

    def survived(_module: str, chosen: list[Mutant], _base: Baseline) -> list[Verdict]:
        asked.append(len(chosen))
        return [Verdict(mutant, Fate.SURVIVED) for mutant in chosen]

    monkeypatch.setattr(command, "_judged", survived)
    name = "impl.vae.estimators"
    base = Baseline({}, [], {name: {}}, [], [])
    few, many, again = (
        command.arguments(words) for words in (["--most=3"], ["--most=5"], ["--most=5", "--again"])
    )
    row = command.one(name, "a run", base, few, None)
    for run_, options in (("a run", many), ("another", many), ("another", again)):
        command.one(name, run_, base, options, row)
    assert asked == [3, 2, 5, 5]

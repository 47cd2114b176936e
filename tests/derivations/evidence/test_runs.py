"""Derivations judged side by side: a process that dies takes no other key's outcome with it."""

from __future__ import annotations

import json
import os

import pytest
from harness import dying

from derivations.claims import report
from varproof import command

KEYS = ["dice.graph", dying.FATAL, "softmax_gaussian.back_to_concentration"]
DIED = f"the process that judged {dying.FATAL} died"
pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let there be processes beside this one, on any machine."""
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


@pytest.mark.parametrize("keys", [[*KEYS, "dice.q_z1"], KEYS[:2]], ids=["amid", "last"])
def test_a_key_whose_process_dies_is_unknown_and_the_others_are_checked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], keys: list[str]
) -> None:
    """Every key has its record, in order; the lost one says why, last or not, and the code is 1."""
    monkeypatch.setattr(report, "_judged", dying.judged)
    assert command.main(["check", *keys, "--format", "json"]) == 1
    said = json.loads(capsys.readouterr().out)["derivations"]
    assert [one["key"] for one in said] == keys
    verdicts = {one["key"]: one["verdict"] for one in said}
    assert verdicts.pop(dying.FATAL) == "unknown"
    assert set(verdicts.values()) == {"established"}
    (finding,) = said[1]["rest"]
    assert finding["reason"].startswith(DIED)


def test_the_text_of_a_check_names_the_key_whose_process_died(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line a key and the count, as ever, and below the lost one why."""
    monkeypatch.setattr(report, "_judged", dying.judged)
    assert command.main(["check", *KEYS]) == 1
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert [text.split()[:2] for text in lines if not text.startswith(" ")][:3] == [
        ["established", KEYS[0]],
        ["unknown", KEYS[1]],
        ["established", KEYS[2]],
    ]
    assert f"    derivation: unknown: {DIED}" in said.out
    assert lines[-1].startswith("2 of 3 established in ")
    assert said.err == ""


@pytest.mark.parametrize(
    ("verb", "work", "judge", "answer"),
    [
        ("mutate", "claims.mutation_report._row", dying.mutated, "unknown"),
        ("attack", "evidence.attack.command._siege", dying.besieged, "unknown"),
    ],
)
def test_mutation_and_attack_name_the_key_whose_process_died(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    verb: str,
    work: str,
    judge: object,
    answer: str,
) -> None:
    """Nothing else failed, and still the code is 1: of that key nothing is known."""
    monkeypatch.setattr(f"derivations.{work}", judge)
    assert command.main([verb, *KEYS]) == 1
    lines = capsys.readouterr().out.splitlines()[1:-1]
    assert [line.split()[0] for line in lines] == KEYS
    assert f"{answer}: {DIED}" in lines[1]
    assert command.main([verb, KEYS[0], KEYS[2]]) == 0

"""Checks that break, lie or never end: a verdict with a reason, the key never hidden."""

from __future__ import annotations

import itertools
import json
import math
import os
import time
from dataclasses import replace

import numpy as np
import pytest
from harness.endless import for_ever
from sympy import Integer

from derivations import __main__ as command
from derivations.calculus.expressions import POSITIVE, Array
from derivations.calculus.steps import (
    AT_MOST,
    Check,
    Derivation,
    Finding,
    Relation,
    Rule,
    Step,
    Verdict,
)
from derivations.evidence import report
from derivations.evidence.checking import check
from derivations.evidence.equality import proof
from derivations.evidence.limits import LIMIT

Generator = np.random.Generator
p = Array("p", (), domain=POSITIVE)[()]
SQUARE = Relation(p * (p + 1), p**2 + p)
SOUND = proof("a sound claim", SQUARE.left, SQUARE.right)


class UnspeakableError(Exception):
    """An error whose message cannot be made."""

    def __str__(self) -> str:
        """Raise."""
        raise ValueError


def raising(error: BaseException) -> Check:
    """A check that raises."""

    def run(_: Generator) -> Finding:
        raise error

    return run


def returning(found: object) -> Check:
    """A check that returns what is given."""
    return lambda _: found


def established(**changes: object) -> Finding:
    """A finding that would stand, but for the changes."""
    return Finding(
        **{"kind": "enclosure", "claim": "it holds", "verdict": Verdict.ESTABLISHED} | changes
    )


def deeper(rng: Generator) -> Finding:
    """Recurse without end."""
    return deeper(rng)


def unsteady() -> Check:
    """A check that draws from no generator of its own, and finds otherwise each time."""
    counted = itertools.count()
    return lambda _: established(figures={"points": next(counted)})


BAD: dict[str, tuple[Check, str]] = {
    "raises": (raising(ValueError("broken")), "ValueError: broken"),
    "leaves the program": (raising(SystemExit(0)), "SystemExit: 0"),
    "ends a generator": (raising(GeneratorExit()), "GeneratorExit"),
    "has no memory": (raising(MemoryError()), "MemoryError"),
    "recurses": (deeper, "RecursionError"),
    "raises what cannot be printed": (raising(UnspeakableError()), "UnspeakableError"),
    "takes other arguments": (lambda: SOUND, "TypeError"),
    "is no function": (3, "TypeError"),  # type: ignore[dict-item]
    "returns nothing": (returning(None), "no finding but None"),
    "returns True": (returning(True), "no finding but True"),  # noqa: FBT003 - what is returned
    "returns a verdict alone": (returning(Verdict.ESTABLISHED), "no finding"),
    "invents a kind": (returning(established(kind="belief")), "unknown kind, 'belief'"),
    "has no kind": (returning(established(kind="none")), "unknown kind, 'none'"),
    "writes its verdict": (returning(established(verdict="established")), "no verdict"),
    "answers True": (returning(established(verdict=True)), "no verdict but True"),
    "measures NaN": (returning(established(figures={"error": math.nan})), "'error' is nan"),
    "measures infinity": (returning(established(figures={"gap": math.inf})), "'gap' is inf"),
    "measures nothing": (returning(established(figures={"gap": None})), "'gap' is None"),
    "measures an array": (returning(established(figures={"e": np.ones(2)})), "'e' is array"),
    "has no figures": (returning(established(figures=None)), "AttributeError"),
}
ENDLESS: dict[str, tuple[Check, str]] = {
    "does not end": (for_ever, "did not end within 0.5 s"),
    "waits": (lambda _: time.sleep(60), "did not end within 0.5 s"),
}


def limit_of(name: str) -> float:
    """The time limit to check under: short only where waiting for it is the point."""
    return 0.5 if name in ENDLESS else LIMIT


def derivation_with(bad: Check, key: str = "dice.graph") -> Derivation:
    """A derivation all of whose checks but one are sound."""
    steps = (Step(Rule("", ""), SQUARE, (SOUND, bad)),)
    return Derivation(key, "", "", (), steps, (SQUARE,), (SOUND,))


@pytest.mark.parametrize("name", BAD | ENDLESS)
def test_a_bad_check_leaves_its_claim_unknown_and_says_why(name: str) -> None:
    """One bad check among sound ones: the derivation is unknown, within the limit, by its key."""
    bad, said = (BAD | ENDLESS)[name]
    started = time.monotonic()
    found = check(derivation_with(bad), 0, limit=limit_of(name))
    assert time.monotonic() - started < 30
    assert found.verdict is Verdict.UNKNOWN
    (finding,) = [f for f in found.findings if f.verdict is not Verdict.ESTABLISHED]
    assert said in finding.reason
    assert "check (0, 1) of dice.graph" in finding.claim
    json.dumps(report.record(derivation_with(bad), found), allow_nan=False)


def test_a_check_that_raises_still_says_what_it_claims() -> None:
    """The claim in words stands beside the place."""
    (_, finding), *_ = check(derivation_with(proof("one is two", None, Integer(2))), 0).steps
    assert "dice.graph: one is two" in finding.claim


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("name", ["raises", "leaves the program", "measures NaN", "does not end"])
def test_the_command_says_which_key_failed_and_exits_with_one(
    name: str,
    form: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whatever a check does, every key has its verdict, and the exit code is 1."""
    bad, said = (BAD | ENDLESS)[name]
    made = {"dice.graph": derivation_with(bad), "dice.elbo": derivation_with(SOUND, "dice.elbo")}
    monkeypatch.setattr(report, "derive", made.__getitem__)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)  # no process beside this one
    arguments = ["check", *made, "--limit", str(limit_of(name)), "--format", form]
    assert command.main(arguments) == 1
    written = capsys.readouterr().out
    assert said in written.replace('\\"', '"')
    assert all(key in written for key in made)
    if form == "json":
        verdicts = [d["verdict"] for d in json.loads(written)["derivations"]]
        assert verdicts == ["unknown", "established"]


def test_what_no_check_is_given_leaves_the_derivation_unknown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All checks pass, yet another left side or another sign is stated: exit code 1, and where."""
    made = derivation_with(SOUND)
    monkeypatch.setattr(report, "derive", lambda _: made)
    assert command.main(["check", "dice.graph"]) == 0
    for other in (replace(SQUARE, left=SQUARE.left + 1), replace(SQUARE, symbol=AT_MOST)):
        made = replace(made, results=(other,))
        assert command.main(["check", "dice.graph"]) == 1
        said = capsys.readouterr().out
        assert "unknown      dice.graph" in said
        assert "result 1, left side: unknown: no check is given what is stated there" in said


@pytest.mark.parametrize("failure", [ValueError("no model"), SystemExit(0), None])
def test_a_derivation_that_cannot_be_built_is_unknown_by_its_key(
    failure: BaseException | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Building raises, leaves the program or does not end: the key, its verdict, exit code 1."""

    def build(_: str) -> Derivation:
        if failure is None:
            for_ever()
        raise failure

    monkeypatch.setattr(report, "derive", build)
    assert command.main(["check", "dice.graph", "--limit", "60" if failure else "0.2"]) == 1
    written = capsys.readouterr().out
    assert written.startswith("unknown      dice.graph")
    assert ("did not end" if failure is None else type(failure).__name__) in written


def test_an_interrupt_from_the_keyboard_is_obeyed() -> None:
    """A reader who has had enough is not told that a claim is unknown."""
    with pytest.raises(KeyboardInterrupt):
        check(derivation_with(raising(KeyboardInterrupt())), 0)


def test_a_check_that_finds_otherwise_the_second_time_is_unknown() -> None:
    """Run twice, it must find the same; run once, its first word is taken."""
    assert check(derivation_with(unsteady()), 0).verdict is Verdict.ESTABLISHED
    found = check(derivation_with(unsteady()), 0, twice=True)
    assert found.verdict is Verdict.UNKNOWN
    assert "{'points': 0} against established {'points': 1}" in found.steps[0][1].reason
    assert check(derivation_with(SOUND), 0, twice=True).verdict is Verdict.ESTABLISHED


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "soon"])
def test_a_limit_is_a_number_of_seconds(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing else is taken for one."""
    with pytest.raises(SystemExit) as left:
        command.main(["check", "dice.graph", f"--limit={text}"])
    assert left.value.code == 2
    assert "wanted a number of seconds above zero" in capsys.readouterr().err

"""The driver of code mutation: a weak test lets mutants live, a strong one kills them, by name."""

import itertools
import json
import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from harness.project import ROOT

pytest.importorskip("mutmut", reason="needs the extra 'mutation'")

from code_mutation import record
from code_mutation.children import ChildError, forked
from code_mutation.generation import Mutant, drawn, mutants
from code_mutation.judging import dependents
from code_mutation.targets import GROUPS

TINY = '''"""Two small functions."""

import math

HALF = 0.5


def spread(values, axis=-1):
    """Half the root of the sum of squares."""
    return HALF * math.sqrt(sum(v**2 for v in values))


def countdown(number):
    """Go down to 0."""
    while number > 0:
        number -= 1
    return number
'''
WEAK = """from tiny.sums import spread


def test_spread_is_positive():
    assert spread([3.0, 4.0]) > 0
"""
STRONG = """import pytest
from tiny.sums import countdown, spread


@pytest.fixture(scope="module")
def found():
    return spread([3.0, 4.0]), spread([0.6, 0.8])


def test_a_number_is_found(found):
    assert isinstance(found[0], float)


def test_spread_is_half_the_length(found):
    assert found == (2.5, 0.5)


def test_countdown_ends_at_zero():
    assert countdown(3) == 0
"""
PROGRAM = """
import json, sys
from code_mutation import judging
from code_mutation.command import arguments, one
judging.GRACE = 1.0
base = judging.baseline(sys.argv[1:], ["tiny.sums"], ["tiny"])
few = one("tiny.sums", "a run", base, arguments(["--most", "9"]), None)
row = one("tiny.sums", "a run", base, arguments(["--most", "999"]), few)
assert row["fates"][:9] == few["fates"]
once_more = one("tiny.sums", "a run", base, arguments(["--most", "999"]), row)
again = one("tiny.sums", "another run", base, arguments(["--most", "999", "--again"]), row)
print(json.dumps([row, again, once_more]))
"""


def run(folder: Path, test: str) -> subprocess.CompletedProcess[str]:
    """Mutate the tiny module against one text of tests, in a process of its own."""
    (folder / "tiny").mkdir(exist_ok=True)
    (folder / "tiny" / "__init__.py").touch()
    (folder / "tiny" / "sums.py").write_text(TINY, encoding="utf-8")
    (folder / "test_tiny.py").write_text(test, encoding="utf-8")
    paths = [str(folder), str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")]
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, "test_tiny.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
    )


def rows(folder: Path, test: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The row of a run, and that of a second one over its survivors; a third has nothing to do."""
    done = run(folder, test)
    assert done.returncode == 0, done.stderr
    row, again, once_more = json.loads(done.stdout)
    assert once_more | {"seconds": 0} == row | {"seconds": 0}
    assert once_more["seconds"] - row["seconds"] < 0.5
    return row, again


def changes(row: dict[str, Any]) -> set[str]:
    """What the survivors' lines became."""
    return {survivor["after"] for survivor in row["survived"]}


@pytest.mark.slow
def test_a_weak_test_lets_mutants_live_and_a_strong_one_kills_them(tmp_path: Path) -> None:
    """Survivors are listed with line and change; tests are all that differs between the runs."""
    weak, again = rows(tmp_path, WEAK)
    changed = "return HALF * (sum(v**2 for v in values))"
    assert changed in changes(weak)
    assert again["fates"] == weak["fates"]
    (survivor,) = (s for s in weak["survived"] if s["after"] == changed)
    line = TINY.splitlines()[survivor["line"] - 1].strip()
    assert survivor["before"] == line == "return HALF * math.sqrt(sum(v**2 for v in values))"
    assert survivor["within"] == "spread"
    unreached = [s for s in weak["survived"] if s["within"] == "countdown"]
    assert {s["reason"] for s in unreached} == {"no test reaches it"}
    strong, _ = rows(tmp_path, STRONG)
    assert weak["mutants"] == weak["drawn"] == strong["drawn"]
    assert changes(strong) == {
        "def spread(values, axis=-2):",  # an argument that nothing uses
        "def spread(values, axis=+1):",
    }
    assert strong["timed_out"] >= 1  # counting up never ends
    assert strong["killed"] + strong["timed_out"] + len(strong["survived"]) == strong["drawn"]
    assert sum(sum(c.values()) for c in strong["operators"].values()) == strong["drawn"]


@pytest.mark.slow
def test_tests_that_fail_without_a_mutant_judge_none(tmp_path: Path) -> None:
    """A red test would kill everything; so it is refused."""
    done = run(tmp_path, WEAK.replace("> 0", "< 0"))
    assert done.returncode != 0
    assert "the tests want to pass without a mutant; got test_tiny.py::test_spread" in done.stderr


@pytest.mark.slow
def test_a_test_that_needs_another_kills_nothing(tmp_path: Path) -> None:
    """What fails alone would kill whatever it is given; so it is refused."""
    order = """from tiny.sums import countdown, spread

seen = []


def test_a_first():
    seen.append(spread([3.0, 4.0]))


def test_b_second():
    assert spread([3.0, 4.0]) == 2.5
    assert seen
"""
    done = run(tmp_path, order)
    assert done.returncode != 0
    assert "test_b_second wants to pass alone without a mutant; got killed" in done.stderr


SOURCE = '''import torch

def loss(mean, variance, x):
    """Not touched."""
    check(x)
    centre = x.detach() - mean
    kept = kl(mean, variance).sum(-1)
    if x.requires_grad:
        kept = kept * 0.5
    return torch.sqrt(variance).var((0, 1), keepdim=True)
'''


@pytest.mark.parametrize(
    ("operator", "after"),
    [
        ("swap_function", "kept = kl(mean, variance).mean(-1)"),
        ("swap_function", "return torch.sqrt(variance).std((0, 1), keepdim=True)"),
        ("drop_function", "return (variance).var((0, 1), keepdim=True)"),
        ("change_axis", "kept = kl(mean, variance).sum(0)"),
        ("change_axis", "return torch.sqrt(variance).var(1, keepdim=True)"),
        ("drop_detach", "centre = x - mean"),
        ("add_detach", "centre = (x.detach() - mean).detach()"),
        ("swap_arguments", "kept = kl(variance, mean).sum(-1)"),
        ("swap_sides", "centre = (mean) - (x.detach())"),
        ("halve", "kept = kept * 1.0"),
        ("drop_statement", "pass"),
        ("negate_condition", "if not x.requires_grad:"),
        ("operator_swap_op", "centre = x.detach() + mean"),
    ],
)
def test_each_operator_makes_its_change(operator: str, after: str) -> None:
    """The domain's own errors are among the mutants, beside mutmut's."""
    assert (operator, after) in {(m.operator, m.after) for m in mutants(SOURCE)}


def test_every_mutant_is_one_other_program() -> None:
    """No text comes twice, none is the original, each differs in the lines it names."""
    every = list(mutants(SOURCE))
    assert len({m.source for m in every} | {SOURCE}) == len(every) + 1
    for mutant in every:
        compile(mutant.source, "mutant", "exec")
        text = " ".join(line.strip() for line in mutant.source.splitlines())
        assert mutant.after in text
        assert mutant.before in SOURCE


def test_a_draw_takes_operators_in_turn_and_repeats() -> None:
    """One seed, one draw; a short draw leaves out no operator that a longer one has room for."""
    every = list(mutants(SOURCE))
    operators = {m.operator for m in every}
    chosen = drawn(every, len(operators), "seed")
    assert {m.operator for m in chosen} == operators
    assert chosen == drawn(every, len(operators), "seed")
    assert chosen != drawn(every, len(operators), "another")
    assert len(drawn(every, 10**6, "seed")) == len(every)


def judged(folder: Path, mutant: Mutant, reason: str = "a reason") -> Path:
    """A file with one judgement."""
    path = folder / "judged.toml"
    fields = {
        "module": "some.module",
        "within": mutant.within,
        "before": mutant.before,
        "after": mutant.after,
        "reason": reason,
    }
    lines = (f"{name} = {json.dumps(value)}" for name, value in fields.items())
    path.write_text("[[equivalent]]\n" + "\n".join(lines), encoding="utf-8")
    return path


def test_a_judgement_holds_for_its_line_only(tmp_path: Path) -> None:
    """Once the line has changed, or without a reason, the judgement is refused."""
    every = list(mutants(SOURCE))
    (mutant,) = (m for m in every if m.after == "kept = kept * 1.0")
    path = judged(tmp_path, mutant)
    assert record.judgements(path, "some.module", every) == {mutant.key: "a reason"}
    assert record.judgements(path, "some.other", every) == {}
    changed = list(mutants(SOURCE.replace("kept * 0.5", "kept * 0.5 + 1")))
    with pytest.raises(record.StaleJudgementError, match=r"a mutant of some\.module as it is"):
        record.judgements(path, "some.module", changed)
    with pytest.raises(record.StaleJudgementError, match="wants a reason"):
        record.judgements(judged(tmp_path, mutant, " "), "some.module", every)


def test_work_in_a_child_returns_raises_or_is_ended() -> None:
    """What a child finds out comes back; an error is no answer, and a loop has an end."""
    assert forked(lambda: [1, "two"], 5).value == [1, "two"]
    with pytest.raises(ChildError, match="ZeroDivisionError"):
        forked(lambda: 1 // 0, 5)
    with pytest.raises(ChildError, match="no answer"):
        forked(lambda: os._exit(3), 5)
    assert forked(lambda: sum(itertools.count()), 1).late
    assert forked(lambda: os.kill(os.getpid(), signal.SIGKILL), 5).signal == signal.SIGKILL


def test_what_may_hold_a_mutant_is_imported_anew() -> None:
    """Whatever imports a module, through any other, is among its dependents; it is, too."""
    found = dependents("impl.dice.updates", ROOT / "impl", "impl")
    assert {"impl.dice.updates", "impl.dice.coordinate_ascent", "impl.dice.running"} <= found
    assert not {"impl.dice.model", "impl.errors"} & found


def test_every_target_exists() -> None:
    """Targets are modules of ours, each named once, with tests; judgements are about targets."""
    modules = [module for group in GROUPS for module in group.modules]
    assert len(set(modules)) == len(modules)
    for group in GROUPS:
        assert all(list(ROOT.glob(pattern)) for pattern in group.tests)
    for module in modules:
        assert ROOT.joinpath(*module.split(".")).with_suffix(".py").is_file()
    assert judged_modules() <= set(modules)


def judged_modules() -> set[str]:
    """Modules about which there is a judgement."""
    entries = tomllib.loads(record.JUDGED.read_text(encoding="utf-8"))["equivalent"]
    return {entry["module"] for entry in entries}


@pytest.mark.slow
@pytest.mark.parametrize("module", sorted(judged_modules()))
def test_every_judgement_is_about_a_line_as_it_is(module: str) -> None:
    """A line that changed has taken its judgement with it."""
    path = ROOT.joinpath(*module.split(".")).with_suffix(".py")
    every = list(mutants(path.read_text(encoding="utf-8")))
    assert record.judgements(record.JUDGED, module, every)

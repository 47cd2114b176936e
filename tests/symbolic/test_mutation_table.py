"""Whole derivations broken: nothing of the quick ones goes unnoticed, and the counts are kept.

``python -m derivations mutate`` breaks all of them, and fails if a break goes unnoticed.
"""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from harness.digest import digest
from sympy import Integer, exp

from derivations import catalogue
from derivations.__main__ import main
from derivations.calculus.expressions import IndexSum, Iverson
from derivations.calculus.point import Point
from derivations.calculus.steps import Verdict
from derivations.evidence.finite_difference import finite_difference
from derivations.evidence.jacobian import determinant_is
from derivations.evidence.mutation import command
from derivations.evidence.mutation.judging import Fate, bench
from derivations.evidence.mutation.statements import statements
from derivations.evidence.mutation.table import WRONG, mutate
from derivations.evidence.points import draw_point, places
from derivations.kumaraswamy.symbols import b, x
from derivations.softmax_gaussian.basis import covariance, jacobian
from derivations.softmax_gaussian.symbols import K, alpha, h, i, k, l, softmax

QUICK = (
    "dice.graph",
    "gaussian_vae.elbo",
    "gaussian_vae.pathwise_gradient",
    "kumaraswamy.equals_beta",
    "kumaraswamy.inverse_cdf",
    "kumaraswamy.law",
    "kumaraswamy.log_density",
    "kumaraswamy.mode",
    "kumaraswamy.pathwise_gradient",
    "mmd.kernel_form",
    "softmax_gaussian.back_to_concentration",
    "softmax_gaussian.laplace",
    "softmax_gaussian.moment_matching",
)
FEW = 2


@pytest.mark.parametrize("key", QUICK)
def test_no_break_goes_unnoticed(key: str, seed: int) -> None:
    """Every statement is tried by a check, and every mutant refuted, left open, or proved equal."""
    outcome = mutate(catalogue.derive(key), seed, FEW)
    assert outcome.rows
    assert outcome.untried == ()
    assert [(r.statement, r.mutant.change) for r in outcome.survivors] == []


def test_fates_are_counted_by_operator() -> None:
    """The record adds up to the rows, and holds no more than JSON can."""
    outcome = mutate(catalogue.derive("kumaraswamy.density"), 0)
    record = json.loads(json.dumps(outcome.record(), allow_nan=False))
    counted = sum(n for fates in record["operators"].values() for n in fates.values())
    assert counted == len(outcome.rows) == outcome.count(*Fate)


def test_answers_of_checks_are_counted_by_kind() -> None:
    """What is certainly wrong was refuted once each, or left unknown by every check asked."""
    outcome = mutate(catalogue.derive("gaussian_vae.elbo"), 0, FEW)
    kinds = outcome.record()["kinds"]
    refuted = sum(counts.get("refuted", 0) for counts in kinds.values())
    assert refuted == outcome.count(Fate.REFUTED) > 0
    asked = sum(len(r.judgement.answers) for r in outcome.rows if r.judgement.fate in WRONG)
    assert sum(sum(counts.values()) for counts in kinds.values()) == asked
    equal = [r for r in outcome.rows if r.judgement.fate is Fate.EQUIVALENT]
    assert not any(v is Verdict.REFUTED for r in equal for _, v in r.judgement.answers)


def test_the_command_writes_what_it_prints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One derivation: a line, a sum, a file with the digest that the tests' ledger uses."""
    path = tmp_path / "deep" / "mutation.json"
    key = "softmax_gaussian.back_to_concentration"
    assert main(["mutate", key, "--seed", "3", "--json", str(path)]) == 0
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["sources"] == {"derivations": digest("derivations")}
    assert (content["schema"], content["seed"]) == (command.SCHEMA, 3)
    (row,) = content["derivations"]
    number = sum(n for fates in row["operators"].values() for n in fates.values())
    printed = capsys.readouterr().out
    assert f"{number} mutants, 0 survived, seed 3" in printed
    assert [p.name for p in path.parent.iterdir()] == ["mutation.json"]


def test_a_survivor_is_printed_by_name_and_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What nothing notices stands below its derivation, and the exit code says so."""
    whole = mutate(catalogue.derive("kumaraswamy.density"), 0, FEW)
    judgement = type(whole.rows[0].judgement)(Fate.SURVIVED, "nothing looked")
    survivor = type(whole.rows[0])("step 9: rule", whole.rows[0].mutant, judgement)
    outcome = type(whole)("key", (survivor,), whole.refused, 1, (), 0.5)
    monkeypatch.setattr(command, "_outcome", lambda *_, **__: outcome)
    assert command.mutate_and_print(["key"], 0, None) == 1
    printed = capsys.readouterr().out
    assert "step 9: rule" in printed
    assert survivor.mutant.change in printed
    assert "1 mutants, 1 survived" in printed


def test_a_statement_that_no_check_tries_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where none of its mutants survives, each being proved equal to it."""
    whole = mutate(catalogue.derive("kumaraswamy.density"), 0, FEW)
    for untried, code in ((("step 9: rule",), 1), ((), 0)):
        outcome = replace(whole, untried=untried)
        monkeypatch.setattr(command, "_outcome", lambda *_, given=outcome, **__: given)
        assert command.mutate_and_print(["key"], 0, None) == code
        printed = capsys.readouterr().out
        assert ("no check tries step 9: rule" in printed) is bool(untried)
        assert "mutants, 0 survived" in printed


def test_a_derivation_that_does_not_stand_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its mutants are not judged, and it is not passed over."""
    failure = command.Failure("key", "step 1: refuted")
    monkeypatch.setattr(command, "_outcome", lambda *_, **__: failure)
    assert command.mutate_and_print(["key"], 0, None) == 1
    assert "not established: step 1: refuted" in capsys.readouterr().out


def test_the_seed_gives_the_same_run_in_another_process() -> None:
    """Nothing depends on the order of a set."""
    code = (
        "from derivations.catalogue import derive;"
        "from derivations.evidence.mutation.table import mutate;"
        "rows = mutate(derive('softmax_gaussian.laplace'), 0, 2).rows;"
        "print([(r.mutant.change, r.judgement.reason) for r in rows])"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


@pytest.mark.parametrize(
    ("factor", "verdict"),
    [(2, Verdict.ESTABLISHED), (4, Verdict.REFUTED), (0, Verdict.REFUTED)],
)
def test_a_slope_is_judged_where_the_function_hardly_moves(
    factor: int, verdict: Verdict, rng: np.random.Generator
) -> None:
    """A wrong slope is not taken for nothing because the right one is tiny too."""
    tiny = exp(-300)  # beside one it is lost in the first precision tried
    check = finite_difference("", 1 + tiny * x**2, x, factor * tiny * x)
    assert check(rng).verdict is verdict


def test_a_derivative_wrong_where_indices_agree_or_at_an_end_is_refuted(
    rng: np.random.Generator,
) -> None:
    """Whatever the sizes drawn, a cell on the diagonal is tried, one off it, and both ends."""
    function = alpha[k] ** 2
    for wrong in (3, 2 - 2 * Iverson(k, 1), 2 + Iverson(k, K)):
        for _ in range(8):
            check = finite_difference("", function, alpha[l], wrong * alpha[k] * Iverson(k, l))
            assert check(rng).verdict is Verdict.REFUTED


def test_no_slope_is_known_only_where_the_function_does_not_look(rng: np.random.Generator) -> None:
    """What no precision tells from zero may be a slope all the same, however small."""
    unseen = finite_difference("", alpha[k] ** 2, alpha[l], 2 * alpha[k] * Iverson(k, l))
    seen = finite_difference("", (x + b) ** 2 - x**2 - 2 * x * b, x, Integer(0))
    assert unseen(rng).verdict is Verdict.ESTABLISHED
    assert seen(rng).verdict is Verdict.UNKNOWN


def cells(point: Point, rng: np.random.Generator, most: int) -> list[tuple[int, ...]]:
    """The values of the free indices at the cells that are tried."""
    return [tuple(p.indices[index] for index in (k, l)) for p in places(point, rng, most)]


def test_cells_begin_at_opposite_corners_and_come_once(rng: np.random.Generator) -> None:
    """Both ends of every index are among the first two; all cells come where all are asked for."""
    point = draw_point((alpha[k] * h[l],), rng, {K: (4,)})
    for _ in range(8):
        found = cells(point, rng, 100)
        assert sorted(found) == [(one, other) for one in range(1, 5) for other in range(1, 5)]
        first = cells(point, rng, 3)
        assert {first[0][0], first[1][0]} == {first[0][1], first[1][1]} == {1, 4}
        assert {one == other for one, other in first} == {True, False}


def test_a_covariance_that_is_no_longer_symmetric_is_refuted() -> None:
    """The Hessian times it, and its row sums, are as before; its column sums are not."""
    (stated,) = (
        s
        for s in statements(catalogue.derive("softmax_gaussian.laplace"))
        if s.name.startswith("step 5") and s.side == "right"
    )
    moved = covariance(k, l) + 1 / (K * alpha[l]) - IndexSum(1 / alpha[i], i) / K**2
    assert bench(stated, (0,)).judge(moved).fate is Fate.REFUTED


def test_a_jacobian_is_tried_off_the_plane_on_which_a_factor_would_be_one(
    rng: np.random.Generator,
) -> None:
    """A factor that is one only where the coordinates sum to zero is noticed."""
    assert determinant_is("", softmax(k), h, jacobian, K)(rng).verdict is Verdict.ESTABLISHED
    squared = jacobian.replace(exp, lambda at: exp(2 * at) if at == h[k] else exp(at))
    assert squared != jacobian
    assert determinant_is("", softmax(k), h, squared, K)(rng).verdict is Verdict.REFUTED

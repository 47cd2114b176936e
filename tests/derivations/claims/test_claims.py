"""Statements: what is malformed is refused in a sentence; Python and command give one verdict."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable

import numpy as np
import pytest
from harness import claimed
from harness.endless import for_ever
from sympy import Integer, Symbol, log

from derivations.calculus.expressions import POSITIVE, SIMPLEX, Array, IndexSum, Iverson, Slice
from derivations.calculus.indices import Index, size
from derivations.calculus.steps import KINDS, Finding, Verdict
from derivations.claims import report
from derivations.claims.judgements import verdict_of
from derivations.claims.judging import judge
from derivations.claims.registry import Remark
from derivations.claims.registry import derivation as registered
from derivations.claims.scope import Scope
from derivations.claims.statements import (
    CONSTANT,
    DISTRIBUTED,
    AnyFunction,
    AtLeast,
    Claim,
    Condition,
    Derivation,
    Domain,
    Random,
    Rule,
    StatementError,
    Text,
    at_most,
    define,
    equal,
    follows,
    less,
    result,
    step,
    up_to_constant,
)
from derivations.evidence.limits import LIMIT
from derivations.meaning.notation import (
    Applied,
    Density,
    Divergence,
    Entries,
    Expectation,
    FamilyAt,
    Joint,
    NotationError,
    PartialDerivative,
    part,
)
from varproof import command

ESTABLISHED, REFUTED, UNKNOWN = Verdict.ESTABLISHED, Verdict.REFUTED, Verdict.UNKNOWN
K, N = size("K"), size("N")
k, l, n = Index("k", 1, K), Index("l", 1, K), Index("n", 1, N)  # noqa: E741 - as printed
m, w = Array("m", (K,)), Array("w", (K,), domain=SIMPLEX)
v, a = Array("v", (), domain=POSITIVE), Array("a", ())
z, x, y = Array("z", (), states=K), Array("x", ()), Array("y", ())
centre = part(z[()], FamilyAt("Categorical", Entries(w[k], k)))
p = Joint("p", [centre, part(x[()], FamilyAt("Gaussian", m[z[()]], v[()]))])
q = Joint("q", [part(x[()], FamilyAt("Gaussian", a[()], v[()]))])
KNOWN = Scope.of([Domain(m, w, v), Random(p)])
ALIKE = "every index on the left or under a sum"
RULE = Rule("A rule", "As it is.")


def refused(*claims: Claim) -> None:
    """Ask the scope of all these tests whether it knows what is stated."""
    for claim in claims:
        KNOWN.refuse(claim)


def kl(left: Density, right: Density) -> None:
    """Ask what a divergence means."""
    KNOWN.meaning(Divergence(left, right))


MALFORMED: dict[str, tuple[Callable[[], object], str]] = {
    "a letter that nobody declared": (
        lambda: refused(equal(m[k], a[()] + m[k])),
        "wanted letters that are declared or defined, got a",
    ),
    "a distribution that nobody stated": (
        lambda: refused(equal(Expectation(q, x[()]), v[()])),
        "wanted distributions that are stated, got q of x",
    ),
    "a free index on the right": (lambda: refused(equal(m[k], m[l])), f"{ALIKE}, got l"),
    "a free index on the right of a sum": (
        lambda: refused(equal(IndexSum(m[k], k), m[l])),
        f"{ALIKE}, got l",
    ),
    "a derivative by one entry, called that of another": (
        lambda: refused(equal(PartialDerivative(m[l] ** 2, m[l]), 2 * m[k])),
        f"{ALIKE}, got k",
    ),
    "a letter defined that was declared": (
        lambda: Scope.of([Domain(m, w), define(m[k], w[k])]),
        "wanted a fresh letter, got m, which has a meaning already",
    ),
    "a letter defined twice": (
        lambda: Scope.of([Domain(m), define(a[()], m[1]), define(a[()], m[K])]),
        "wanted a fresh letter, got a",
    ),
    "a random variable defined": (
        lambda: Scope.of([Domain(m, w, v), Random(p), define(x[()], v[()])]),
        "wanted a fresh letter, got x",
    ),
    "a definition that uses itself": (
        lambda: define(a[()], a[()] + 1),
        "wanted a definition in other letters",
    ),
    "a definition with a loose index": (
        lambda: Scope.of([Domain(m), define(a[()], m[k])]),
        f"{ALIKE}, got k",
    ),
    "a definition of a formula": (lambda: define(2 * a[()], v[()]), "wanted a letter on the left"),
    "a definition at one index twice": (
        lambda: define(Array("b", (K, K))[k, k], m[k]),
        "wanted a letter at distinct indices",
    ),
    "a function that is a letter already": (
        lambda: Scope.of([Domain(a, x), AnyFunction(a[()], (Slice(x),))]),
        "wanted a fresh letter, got a",
    ),
    "a claim in words": (
        lambda: claimed.derivation(
            Domain(a), Text(("as ", equal(a[()], a[()]))), result(RULE, equal(a[()], a[()]))
        ),
        "wanted a Condition for a claim that is assumed, got it in words",
    ),
    "no family to follow": (
        lambda: Claim(x[()], a[()], DISTRIBUTED),
        "wanted a named family on the right of '~', and there alone",
    ),
    "a family that is equal": (
        lambda: equal(x[()], FamilyAt("Gaussian", a[()], v[()])),
        "wanted a named family on the right of '~', and there alone",
    ),
    "a family that there is not": (
        lambda: part(x[()], FamilyAt("Laplace", a[()], v[()])),
        "Laplace",
    ),
    "a constant of nothing": (
        lambda: Claim(a[()], v[()], CONSTANT),
        "wanted the variables of the constant named",
    ),
    "a relation that there is not": (lambda: Claim(a[()], v[()], "≠"), "wanted a relation of"),
    "a divergence of different variables": (
        lambda: kl(p(Slice(z)), p(Slice(x))),
        "wanted two distributions of the same variables",
    ),
    "a divergence of a density and a family": (
        lambda: kl(p(Slice(x)), FamilyAt("Gaussian", Integer(0), Integer(1))),
        "wanted two densities or two named families",
    ),
    "a bar that names one of two": (
        lambda: KNOWN.meaning(p(Slice(x), given=(Slice(z), Slice(m)))),
        "wanted after the bar all the fixed arrays it depends on",
    ),
    "a density of no variable of its own": (
        lambda: p(Slice(a)),
        "wanted a density of its variables, got a",
    ),
    "a child before its parent": (
        lambda: Joint("p", reversed(p.parts)),
        "wanted the parents of x declared before it, got z after it",
    ),
    "two factors of one variable": (
        lambda: Joint("p", [*q.parts, *q.parts]),
        "wanted one factor for each variable",
    ),
    "a parameter at an index that is no plate": (
        lambda: part(x[()], FamilyAt("Gaussian", m[k], v[()])),
        "wanted parameters at its plates",
    ),
    "a plate that leaves one out": (
        lambda: part(
            Array("t", (K,))[i := Index("i", 1, K - 1)], FamilyAt("Gaussian", m[i], v[()]), i
        ),
        "wanted the plate i to run from 1 to K",
    ),
    "an assumption after a step": (
        lambda: claimed.derivation(Domain(a), result(RULE, equal(a[()], a[()])), Domain(v)),
        "wanted assumptions before the steps",
    ),
    "no result": (
        lambda: claimed.derivation(Domain(a), step(RULE, equal(a[()], a[()]))),
        "wanted a result, got only steps",
    ),
    "a line that is none": (
        lambda: claimed.derivation(Domain(a), equal(a[()], a[()])),
        "wanted an assumption, a step or a remark",
    ),
    "a remark that claims of an unknown letter": (
        lambda: claimed.derivation(
            Domain(a), result(RULE, equal(a[()], a[()])), Remark((equal(v[()], a[()]),))
        ),
        "wanted letters that are declared or defined, got v",
    ),
    "words that are none": (
        lambda: claimed.derivation(Domain(a), Text((3,)), result(RULE, equal(a[()], a[()]))),
        "wanted words, formulas and claims in a sentence",
    ),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_malformed_is_refused_in_one_sentence(name: str) -> None:
    """Where it is stated, before any point is drawn; what was wanted and what was got."""
    make, said = MALFORMED[name]
    with pytest.raises((ValueError, KeyError)) as refusal:
        make()
    message = str(refusal.value)
    assert said in message
    assert "\n" not in message


WELL_FORMED: tuple[Claim, ...] = (
    equal(m[k] * w[l], w[l] * m[k]),
    equal(IndexSum(w[k], k), Integer(1)),
    follows(x[()], FamilyAt("Gaussian", v[()], v[()])),
    up_to_constant(log(p(Slice(x), given=Slice(z))), m[z[()]] * x[()] / v[()], Slice(z)),
    equal(p(Slice(x), given=(Slice(m), Slice(v), Slice(z))), p(Slice(x), given=Slice(z))),
)


@pytest.mark.parametrize("claim", WELL_FORMED, ids=str)
def test_what_is_well_formed_is_not_refused(claim: Claim) -> None:
    """Be it true or false: that is another question."""
    refused(claim)
    assert all(KNOWN.meaning(side) is not None for side in claim.sides if side.args[:1] != ("x",))


def test_one_key_has_one_derivation() -> None:
    """A second function under a key is refused where it is decorated."""

    def lines() -> list[object]:
        return [Domain(a), result(RULE, equal(a[()], a[()]))]

    from derivations.claims import registry  # noqa: PLC0415

    known = dict(registry._BUILDERS)  # noqa: SLF001 - what is registered here is taken out again
    try:
        registered("a.key", question="", title="")(lines)
        with pytest.raises(StatementError, match=r"wanted a new key, got a\.key"):
            registered("a.key", question="", title="")(lines)
    finally:
        registry._BUILDERS.clear()  # noqa: SLF001
        registry._BUILDERS.update(known)  # noqa: SLF001


TRUE = equal(a[()] * (a[()] + 1), a[()] ** 2 + a[()])
FALSE = equal(a[()] * (a[()] + 1), a[()] ** 2)
OPEN = equal(log(a[()] - 10**6), log(a[()] - 10**6) + 1)
VERDICTS: dict[str, tuple[Derivation, Verdict]] = {
    "true": (claimed.derivation(Domain(a), result(RULE, TRUE), key="dice.graph"), ESTABLISHED),
    "false": (
        claimed.derivation(Domain(a), step(RULE, FALSE), result(RULE, TRUE), key="dice.graph"),
        REFUTED,
    ),
    "no value": (
        claimed.derivation(Domain(a), step(RULE, OPEN), result(RULE, TRUE), key="dice.graph"),
        UNKNOWN,
    ),
    "false, and no value": (
        claimed.derivation(Domain(a), step(RULE, OPEN), result(RULE, FALSE), key="dice.graph"),
        REFUTED,
    ),
    "a rule that claims what is false": (
        claimed.derivation(
            Domain(a),
            result(Rule("A rule", ("As ", FALSE), given=(Domain(a),)), TRUE),
            key="dice.graph",
        ),
        REFUTED,
    ),
    "a remark that claims what is false": (
        claimed.derivation(Domain(a), result(RULE, TRUE), Remark(("As ", FALSE)), key="dice.graph"),
        REFUTED,
    ),
    "a transcription of another model": (
        claimed.derivation(
            Domain(a, v),
            Random(q, lambda *, a, v, x: -((x - a) ** 2) / v),
            result(RULE, TRUE),
            key="dice.graph",
        ),
        REFUTED,
    ),
    "an assumed definition outside its domain": (
        claimed.derivation(
            Domain(a),
            define(Array("b", (), domain=POSITIVE)[()], a[()]),
            result(RULE, TRUE),
            key="dice.graph",
        ),
        REFUTED,
    ),
    "a definition outside its domain": (
        claimed.derivation(
            Domain(a),
            step(RULE, define(Array("c", (), domain=POSITIVE)[()], a[()])),
            result(RULE, TRUE),
            key="dice.graph",
        ),
        REFUTED,
    ),
}


@pytest.mark.parametrize("name", VERDICTS)
def test_python_command_and_json_give_one_verdict(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that falls refutes, one that is unknown leaves all unknown; the exit code is 0 or 1."""
    made, verdict = VERDICTS[name]
    found = judge(made)
    assert found.verdict is verdict
    assert verdict_of(found.findings) is verdict
    assert all(f.reason for f in found.findings if f.verdict is not ESTABLISHED)
    monkeypatch.setattr(report, "derive", lambda _: made)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    code = 0 if verdict is ESTABLISHED else 1
    assert command.main(["check", "dice.graph"]) == code
    said = capsys.readouterr().out
    assert said.startswith(verdict.value)
    assert command.main(["check", "dice.graph", "--format", "json"]) == code
    (written,) = json.loads(capsys.readouterr().out)["derivations"]
    assert written["verdict"] == verdict.value
    lists = (written["assumptions"], written["rest"], *(s["evidence"] for s in written["steps"]))
    every = [f["verdict"] for found in lists for f in found]
    assert every == [f.verdict.value for f in (*judge(made).assumptions, *rest_first(made))]
    reasons = [line for line in said.splitlines() if line.startswith("    ")]
    assert len(reasons) == sum(v != "established" for v in every)


def rest_first(made: Derivation) -> list[Finding]:
    """The findings in the order of the JSON, but for the assumptions: remarks, then lines."""
    found = judge(made)
    count = len(made.steps)
    lines = found.lines()
    return [f for line in (*lines[count:], *lines[:count]) for f in line]


def test_a_derivation_without_findings_is_unknown() -> None:
    """Nothing tried is nothing established."""
    made = claimed.derivation(Domain(a), result(RULE, TRUE))
    nothing = type(judge(made))(made.key, ((),), ((),), (), 0.0)
    assert nothing.verdict is UNKNOWN


def test_a_seed_gives_the_same_findings_and_each_line_its_own_points() -> None:
    """Findings repeat under one seed; lines and keys do not share their draws."""
    drawn: list[float] = []

    def recording(_: Claim, __: Scope, rng: np.random.Generator) -> Finding:
        drawn.append(float(rng.random()))
        return Finding("enclosure", "", ESTABLISHED)

    lines = Domain(a), step(RULE, TRUE, recording), result(RULE, TRUE, recording)
    for key, seed in (("a.key", 3), ("a.key", 3), ("a.key", 4), ("another.key", 3)):
        judge(claimed.derivation(*lines, key=key), seed)
    assert drawn[:2] == drawn[2:4]
    assert len(set(drawn)) == 6


class UnspeakableError(Exception):
    """An error whose message cannot be made."""

    def __str__(self) -> str:
        """Raise."""
        raise ValueError


Method = Callable[..., object]


def raising(error: BaseException) -> Method:
    """A method that raises."""

    def run(*_: object) -> Finding:
        raise error

    return run


def returning(found: object) -> Method:
    """A method that returns what is given."""
    return lambda *_: found


def finding(**changes: object) -> Finding:
    """A finding that would stand, but for the changes."""
    return Finding(**{"kind": "enclosure", "claim": "", "verdict": ESTABLISHED} | changes)


def deeper(*arguments: object) -> Finding:
    """Recurse without end."""
    return deeper(*arguments)


BAD: dict[str, tuple[Method, str]] = {
    "raises": (raising(ValueError("broken")), "ValueError: broken"),
    "leaves the program": (raising(SystemExit(0)), "SystemExit: 0"),
    "ends a generator": (raising(GeneratorExit()), "GeneratorExit"),
    "has no memory": (raising(MemoryError()), "MemoryError"),
    "recurses": (deeper, "RecursionError"),
    "raises what cannot be printed": (raising(UnspeakableError()), "UnspeakableError"),
    "takes other arguments": (lambda: None, "TypeError"),
    "is no function": (3, "TypeError"),
    "returns nothing": (returning(None), "no finding but None"),
    "returns True": (returning(True), "no finding but True"),  # noqa: FBT003 - what is returned
    "returns a verdict alone": (returning(ESTABLISHED), "no finding"),
    "invents a kind": (returning(finding(kind="belief")), "unknown kind, 'belief'"),
    "has no kind": (returning(finding(kind="none")), "unknown kind, 'none'"),
    "writes its verdict": (returning(finding(verdict="established")), "no verdict"),
    "answers True": (returning(finding(verdict=True)), "no verdict but True"),
    "measures NaN": (returning(finding(figures={"error": math.nan})), "'error' is nan"),
    "measures infinity": (returning(finding(figures={"gap": math.inf})), "'gap' is inf"),
    "measures nothing": (returning(finding(figures={"gap": None})), "'gap' is None"),
    "measures an array": (returning(finding(figures={"e": np.ones(2)})), "'e' is array"),
    "has no figures": (returning(finding(figures=None)), "AttributeError"),
    "does not end": (for_ever, "did not end within 0.5 s"),
    "waits": (lambda *_: time.sleep(60), "did not end within 0.5 s"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_method_that_breaks_or_lies_leaves_its_claim_unknown(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Within the limit, with a reason, though the claim is proved; the key is never hidden."""
    method, said = BAD[name]
    limit = 0.5 if said.startswith("did not end") else LIMIT
    made = claimed.derivation(Domain(a), result(RULE, TRUE, method), key="dice.graph")
    found = judge(made, limit=limit)
    assert found.verdict is UNKNOWN
    (bad,) = [f for f in found.findings if f.verdict is not ESTABLISHED]
    assert said in bad.reason
    monkeypatch.setattr(report, "derive", lambda _: made)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert command.main(["check", "dice.graph", "--limit", str(limit), "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out)["derivations"][0]["verdict"] == "unknown"


def test_an_interrupt_from_the_keyboard_is_obeyed() -> None:
    """A reader who has had enough is not told that a claim is unknown."""
    made = claimed.derivation(Domain(a), result(RULE, TRUE, raising(KeyboardInterrupt())))
    with pytest.raises(KeyboardInterrupt):
        judge(made)


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


@pytest.mark.parametrize("verdict", [UNKNOWN, REFUTED])
@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_of_any_kind_fails_the_derivation(kind: str, verdict: Verdict) -> None:
    """One finding that is not established, whatever its kind, beside a proof."""
    method = returning(Finding(kind, "", verdict, reason="not seen"))
    assert judge(claimed.derivation(Domain(a), result(RULE, TRUE, method))).verdict is verdict


def test_a_claim_takes_no_longer_than_its_limit() -> None:
    """The default methods are interrupted as any other."""
    i = [Index(f"i{number}", 1, N) for number in range(6)]
    g = Array("g", (N,) * 6)
    slow = equal(IndexSum(log(2 + g[tuple(i)] ** 2), *i), Integer(1))
    started = time.monotonic()
    found = claimed.findings(slow, Domain(g), sizes={N: (12,)}, limit=0.3)
    assert time.monotonic() - started < 20
    assert verdict_of(found) is UNKNOWN
    assert any("did not end within 0.3 s" in f.reason for f in found)


def test_a_symbol_that_is_no_size_has_no_verdict() -> None:
    """As a size it would be a whole number from two up, and 0 <= log(s) established."""
    for assumed in ({}, {"real": True}, {"positive": True}, {"integer": True}):
        s = Symbol("s", **assumed)
        for claim in (at_most(Integer(0), log(s)), less(-s, s)):
            try:
                assert claimed.verdict(claim) is not ESTABLISHED
            except ValueError as error:
                assert "declare each an Array" in str(error)  # noqa: PT017


def test_conditions_are_kept_where_points_are_drawn() -> None:
    """Without its condition a claim falls; one that no point satisfies establishes nothing."""
    claim = less(Integer(0), log(v[()]))
    assert claimed.verdict(claim, Domain(v)) is REFUTED
    assert claimed.verdict(claim, Domain(v), Condition(less(Integer(1), v[()]))) is ESTABLISHED
    never = Condition(less(v[()], -v[()]))
    assert claimed.verdict(claim, Domain(v), never) is UNKNOWN
    pole = equal((N**2 - 1) / (N - 1), N + 1)
    assert claimed.verdict(pole, AtLeast(N, 2)) is ESTABLISHED


def test_any_function_is_no_function_in_particular() -> None:
    """What holds for some functions alone falls: linear ones, and symmetric ones."""
    f = Array("f", ())
    of = AnyFunction(f[()], (Slice(x), Slice(y)))
    assumed = (Domain(x, y), of)
    swapped = Applied(f[()], Slice(y), Slice(x))
    value = Applied(f[()], Slice(x), Slice(y))
    assert claimed.verdict(equal(value + swapped, swapped + value), *assumed) is ESTABLISHED
    assert claimed.verdict(equal(value, swapped), *assumed) is REFUTED
    slope = PartialDerivative(value, x[()])
    assert claimed.verdict(equal(slope, PartialDerivative(value, y[()])), *assumed) is REFUTED
    assert claimed.verdict(equal(PartialDerivative(slope, x[()]), Integer(0)), *assumed) is REFUTED


def test_the_error_of_an_unknown_family_or_notation_is_a_refusal() -> None:
    """All errors by which a statement is refused are of one kind for who catches them."""
    assert issubclass(StatementError, ValueError)
    assert issubclass(NotationError, ValueError)
    assert claimed.verdict(equal(Iverson(n, n), Integer(1))) is ESTABLISHED

"""Changes made on purpose: of every kind, each refuted or refused where it makes a claim false."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest
from harness import claimed
from sympy import Expr, Integer, exp, log, loggamma, polygamma

from derivations.calculus.expressions import (
    POSITIVE,
    SIMPLEX,
    Array,
    IndexProduct,
    IndexSum,
    Iverson,
    Slice,
)
from derivations.calculus.indices import Index, size
from derivations.claims import mutation_report
from derivations.claims.changes import Letters, changes, make, swapped_divergences
from derivations.claims.mutation import Fate, Mutant, mutants
from derivations.claims.statements import (
    Derivation,
    Domain,
    Random,
    Rule,
    at_most,
    define,
    equal,
    result,
    step,
)
from derivations.meaning.notation import (
    Divergence,
    Entries,
    Expectation,
    FamilyAt,
    FamilyDensity,
    Independent,
    Joint,
    PartialDerivative,
    Variance,
    part,
)
from varproof import command

K, N = size("K"), size("N")
k, l, n = Index("k", 1, K), Index("l", 1, K), Index("n", 1, N)  # noqa: E741 - as printed
w, o = (Array(letter, (K,), domain=SIMPLEX) for letter in "wo")
m, c = Array("m", (K,)), Array("c", (K,))
s, t = (Array(letter, (K,), domain=POSITIVE) for letter in "st")
v, b = Array("v", (), domain=POSITIVE), Array("b", (), domain=POSITIVE)
z, x = Array("z", (), states=K), Array("x", ())
parts = (
    part(z[()], FamilyAt("Categorical", Entries(w[k], k))),
    part(x[()], FamilyAt("Gaussian", m[z[()]], v[()])),
)
p = Joint("p", parts)
r = Joint("r", [part(z[()], FamilyAt("Categorical", Entries(o[k], k))), parts[1]])
Z, X = Slice(z), Slice(x)
GIVEN = (Domain(w, o, m, c, s, t, v), Random(p), Random(r))
RULE = Rule("A rule", "As it is.")
left = Independent(FamilyAt("Gaussian", m[k], s[k]), k)
right = Independent(FamilyAt("Gaussian", c[k], t[k]), k)

LINES: dict[str, tuple[object, tuple[str, ...]]] = {
    "a divergence": (
        equal(
            Divergence(left, right),
            IndexSum(log(t[k] / s[k]) + (s[k] + (m[k] - c[k]) ** 2) / t[k] - 1, k) / 2,
        ),
        ("notation", "family", "letters", "index", "sign", "term", "factor", "power", "number"),
    ),
    "a bound": (
        at_most(
            Expectation(r(Z), log(p(X, Z)) - log(r(Z))),
            log(p(X)),
        ),
        ("relation", "notation", "function", "sign", "term"),
    ),
    "a posterior": (equal(p(Z, given=X), p(X, Z) / p(X)), ("notation", "power")),
    "a mean with one held": (
        equal(Expectation(p, x[()] * Iverson(z[()], 1), held=(X,)), x[()] * w[1]),
        ("notation", "factor"),
    ),
    "a variance": (equal(Variance(p(X, given=Z), x[()]), v[()]), ("notation",)),
    "a derivative": (
        equal(
            PartialDerivative(IndexSum(m[k] ** 2 * c[k], k), m[l]),
            2 * m[l] * c[l],
        ),
        ("notation", "letters", "index"),
    ),
    "a normalizer": (
        equal(
            log(FamilyDensity(Entries(w[k], k), FamilyAt("Dirichlet", Entries(s[k], k)))),
            loggamma(IndexSum(s[k], k))
            + IndexSum((s[k] - 1) * log(w[k]) - loggamma(s[k]), k),
        ),
        ("function", "notation", "index"),
    ),
    "a digamma": (
        equal(PartialDerivative(loggamma(v[()]), v[()]), polygamma(0, v[()])),
        ("function",),
    ),
    "a product": (
        equal(IndexProduct(exp(m[k]), k), exp(IndexSum(m[k], k))),
        ("notation", "function"),
    ),
    "an indicator": (
        equal(IndexSum(Iverson(z[()], k) * m[k], k), m[z[()]]),
        ("algebra", "index"),
    ),
    "a size": (equal(IndexSum(m[k] + K, k), IndexSum(m[k], k) + K**2), ("size",)),
}  # fmt: skip


@cache
def judged(name: str) -> tuple[Mutant, ...]:
    """All changes of a line."""
    return tuple(mutants(claimed.derivation(*GIVEN, result(RULE, LINES[name][0])), most=40))


def of_claim(name: str) -> list[Mutant]:
    """The changes of the claim itself, not of the distributions."""
    return [one for one in judged(name) if one.place.startswith("step")]


@pytest.mark.parametrize("name", LINES)
def test_every_kind_of_change_is_made_and_none_survives(name: str) -> None:
    """Each kind that the line can have is made; a change either falls or is still true."""
    found = of_claim(name)
    assert {one.kind for one in found} >= set(LINES[name][1])
    assert not [one for one in found if one.fate is Fate.SURVIVED]
    fallen = [one for one in found if one.fate in {Fate.REFUTED, Fate.REFUSED}]
    assert len(fallen) > len(found) / 2


def test_every_kind_there_is_stands_in_the_lines_above() -> None:
    """A new kind of change needs a line here."""
    kinds = Counter(one.kind for name in LINES for one in of_claim(name))
    asked = {kind for _, wanted in LINES.values() for kind in wanted}
    assert set(kinds) == asked


STILL_TRUE = {
    "a bound": "relation",
    "a divergence": "notation",
}


@pytest.mark.parametrize("name", STILL_TRUE)
def test_swapped_sides_and_arguments_are_refuted(name: str) -> None:
    """A bound the other way round and a divergence with its arguments swapped."""
    kind = STILL_TRUE[name]
    found = [one for one in of_claim(name) if one.kind == kind and "KL" not in str(one.reason)]
    assert found
    first = next(iter(found))
    assert first.fate is Fate.REFUTED


def test_a_change_that_says_something_true_is_no_survivor() -> None:
    """Under every seed it stands: it is counted apart."""
    claim = equal(m[k] * Iverson(k, k), m[k])
    found = list(mutants(claimed.derivation(Domain(m), result(RULE, claim))))
    assert Fate.TRUE in {one.fate for one in found} or not found
    twice = at_most(Integer(0), m[k] ** 2)
    found = [
        one
        for one in mutants(claimed.derivation(Domain(m), result(RULE, twice)))
        if one.kind == "number"
    ]
    assert {one.fate for one in found} <= {Fate.TRUE, Fate.REFUTED, Fate.UNKNOWN}


def test_a_definition_is_judged_by_the_claims_that_follow() -> None:
    """A changed definition makes a later claim false; one that nothing uses stands."""
    lines = (step(RULE, define(b[()], v[()] ** 2)), result(RULE, equal(log(b[()]), 2 * log(v[()]))))
    found = [
        one for one in mutants(claimed.derivation(Domain(v), *lines)) if one.before == "b := v**2"
    ]
    assert found
    assert {one.fate for one in found} <= {Fate.REFUTED, Fate.REFUSED}
    unused = (step(RULE, define(b[()], v[()] ** 2)), result(RULE, equal(v[()], v[()])))
    found = [
        one for one in mutants(claimed.derivation(Domain(v), *unused)) if one.before == "b := v**2"
    ]
    assert Fate.TRUE in {one.fate for one in found}


def test_a_distribution_is_judged_by_the_claims_about_it() -> None:
    """Another family, another parameter: a claim about its mean or variance falls."""
    lines = (
        step(RULE, equal(Expectation(p(X, given=Z), x[()]), m[z[()]])),
        result(RULE, equal(Variance(p(X, given=Z), x[()]), v[()])),
    )
    found = mutants(claimed.derivation(Domain(w, m, v), Random(p), *lines))
    ours = [one for one in found if isinstance(one.after, Joint) and one.kind == "family"]
    assert not [one for one in ours if one.fate is Fate.SURVIVED]
    assert Fate.REFUTED in {one.fate for one in ours}
    assert Fate.TRUE not in {one.fate for one in ours}


def test_claims_of_rules_are_changed_too() -> None:
    """Under the rule's own assumptions."""
    rule = Rule("A rule", ("As ", equal(log(v[()] ** 2), 2 * log(v[()])), "."), given=(Domain(v),))
    found = list(mutants(claimed.derivation(Domain(m), result(rule, equal(m[k], m[k])))))
    assert {one.place for one in found} == {"rule of step 1", "step 1"} or {
        one.place for one in found
    } == {"rule of step 1"}


def test_few_changes_are_some_of_each_kind() -> None:
    """Drawn by kind in turn, as many as asked for."""
    claim, _ = LINES["a divergence"]
    made = claimed.derivation(Domain(m, c, s, t), result(RULE, claim))
    found = list(mutants(made, most=6))
    assert len(found) == 6
    assert len({one.kind for one in found}) == 6


def test_swapping_a_divergence_is_offered_once_for_each() -> None:
    """Both of a sum, each alone."""
    one, other = Divergence(left, right), Divergence(p(Z, given=X), r(Z))
    sides = [make(side) for side in swapped_divergences(one + other)]
    assert sides == [
        side
        for side in (one + Divergence(r(Z), p(Z, given=X)), Divergence(right, left) + other)
        if side in sides
    ] or set(sides) == {one + Divergence(r(Z), p(Z, given=X)), Divergence(right, left) + other}


def test_what_cannot_be_made_is_refused_where_it_is_made() -> None:
    """A changed index out of range raises, and is counted as refused."""
    form: Expr = IndexSum(m[k] * c[K + 1 - k], k)
    letters = Letters((m, c), (), (K,), (k,))
    outcomes = Counter()
    for _, new in changes(form, letters):
        try:
            make(new)
        except ValueError:
            outcomes["refused"] += 1
        else:
            outcomes["made"] += 1
    assert outcomes["refused"]
    assert outcomes["made"]


SURVIVOR = Mutant("a.key", "step 1", "sign", "a", equal(m[k], m[k]), Fate.SURVIVED, "at a point")


@pytest.mark.parametrize(("survives", "code"), [(True, 1), (False, 0)])
def test_a_survivor_fails_the_command(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    survives: bool,
    code: int,
) -> None:
    """Its line says what became of what; without one the exit code is zero."""

    def found(made: Derivation, seed: int, most: int | None) -> list[Mutant]:
        del made, seed, most
        refuted = Mutant("a.key", "step 1", "sign", "a", equal(m[k], m[k]), Fate.REFUTED, "")
        return [refuted, *([SURVIVOR] if survives else [])]

    monkeypatch.setattr(mutation_report, "mutants", found)
    assert command.main(["mutate", "dice.graph", "--most", "2"]) == code
    said = capsys.readouterr().out
    assert ("survived: step 1, sign: a became" in said) is survives
    assert f"{1 + survives} changes, {int(survives)} survived" in said


def test_the_command_changes_a_derivation_and_nothing_survives(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One short key, all of its way."""
    assert command.main(["mutate", "softmax_gaussian.back_to_concentration", "--most", "3"]) == 0
    assert " 0 survived, seed 0" in capsys.readouterr().out

"""A mutant reaches the checks of its own claim, and each fate is given for its reason alone."""

import time

import numpy as np
import pytest
from sympy import Expr, Integer, Pow, exp, log, loggamma

from derivations.calculus.binding import replace_elements
from derivations.calculus.expressions import POSITIVE, Array, Element, IndexSum, Iverson
from derivations.calculus.indices import Index, size
from derivations.calculus.notation import Expectation
from derivations.calculus.steps import (
    AT_MOST,
    CONSTANT,
    EQUAL,
    Check,
    Derivation,
    Finding,
    Reading,
    Relation,
    Rule,
    Step,
    Verdict,
)
from derivations.evidence.equality import at_most, constant_in, enclosure, proof
from derivations.evidence.finite_difference import finite_difference
from derivations.evidence.mutation import judging, sides
from derivations.evidence.mutation.judging import Fate, NotEstablishedError, bench
from derivations.evidence.mutation.statements import Statement, statements
from derivations.evidence.mutation.table import mutate
from derivations.evidence.trial import about

K = size("K")
k, l, i = (Index(letter, 1, K) for letter in "kli")  # noqa: E741 - as in the derivations
a = Array("a", (K,), domain=POSITIVE)
x: Element = Array("x", (), domain=POSITIVE)[()]
y: Element = Array("y", (), domain=POSITIVE)[()]
letter: Element = Array("L", ())[()]
RULE = Rule("rule", "A rule.")
SEED = (0, 1, 2)


def derivation(
    formula: Expr,
    *checks: Check,
    symbol: str = EQUAL,
    readings: tuple[Reading, ...] = (),
    meaning: Reading | None = None,
    names: tuple[Relation, ...] = (),
) -> Derivation:
    """One step with one formula, and the same as a result without a check of its own."""
    relation = Relation(letter, formula, symbol)
    return Derivation(
        key="test.one",
        title="",
        question="",
        assumptions=(),
        steps=(Step(RULE, relation, checks),),
        results=(relation,),
        checks=(),
        readings=readings,
        meaning=meaning,
        names=names,
    )


def only(of: Derivation) -> Statement:
    """The right side of the one statement."""
    (statement,) = (s for s in statements(of) if s.side == "right")
    return statement


def fate(of: Derivation, mutant: Expr) -> Fate:
    """What becomes of a mutant of the one statement."""
    return bench(only(of), SEED).judge(mutant).fate


def test_a_formula_stated_twice_is_one_statement_with_both_evidences() -> None:
    """Step and result with the same relation are broken once, and all their checks asked."""
    relation = Relation(letter, x**2)
    first, second = (enclosure(name, (x + y) ** 2 - y * (2 * x + y), x**2) for name in "12")
    both = Derivation("k", "", "", (), (Step(RULE, relation, (first,)),), (relation,), (second,))
    assert [e.trial for e in only(both).evidence] == [first, second]


def test_a_check_of_a_formula_against_itself_is_no_evidence() -> None:
    """In two places a formula is its own judge: such a check is not asked."""
    assert only(derivation(x * y, enclosure("", x * y, y * x))).evidence == ()


def test_a_check_without_the_formula_is_no_evidence() -> None:
    """What a check does not try it cannot refute, and the statement is listed by name."""
    outcome = mutate(derivation(x * y, enclosure("", x + x, 2 * x)), seed=0)
    assert outcome.untried == ("step 1: rule", "step 1: rule, left side")
    assert len(outcome.survivors) == len(outcome.rows) > 0


def test_what_a_derivative_is_taken_of_is_no_place_for_a_statement() -> None:
    """The derivative came from the function: broken there alone, it would always be refuted."""
    check = finite_difference("", x**3, x, 3 * x**2)
    assert only(derivation(x**3, check)).evidence == ()
    assert len(only(derivation(3 * x**2, check)).evidence) == 1


def test_bound_letters_do_not_hide_a_formula() -> None:
    """The statement is printed in other letters than the check has."""
    check = enclosure("", IndexSum(a[i] + 1, i) - K, IndexSum(a[k], k))
    assert len(only(derivation(IndexSum(a[l], l), check)).evidence) == 1
    itself = enclosure("", IndexSum(a[i], i), IndexSum(a[k], k))
    assert only(derivation(IndexSum(a[l], l), itself)).evidence == ()


def test_a_reading_carries_a_mutant_to_the_check() -> None:
    """A check of what the formula becomes is asked about what the mutant becomes."""

    def at_square(form: Expr) -> Expr:
        return replace_elements(form, {x.array: lambda: y**2})

    check = enclosure("", 2 * log(y), at_square(log(x)))
    silent = derivation(log(x), check)
    assert only(silent).evidence == ()
    told = derivation(log(x), check, readings=(at_square,))
    assert fate(told, 2 * log(x)) is Fate.REFUTED
    assert fate(told, log(2 * x) - log(2)) is not Fate.REFUTED


def test_only_what_gives_notation_its_meaning_proves_two_formulas_one() -> None:
    """Any other reading may lose what sets them apart, and they survive if it does."""

    def of_one_law(form: Expr) -> Expr:
        total = IndexSum(a[k], k)
        return form.xreplace({Expectation(x): total, Expectation(y): total})

    formula, check = Expectation(x), enclosure("", IndexSum(a[i] + 1, i) - K, IndexSum(a[k], k))
    meant = derivation(formula, check, meaning=of_one_law)
    assert fate(meant, Expectation(y)) is Fate.EQUIVALENT
    assert fate(meant, 2 * Expectation(y)) is Fate.REFUTED
    assert fate(derivation(formula, check, readings=(of_one_law,)), Expectation(y)) is Fate.SURVIVED


@pytest.mark.parametrize(
    ("mutant", "wanted"),
    [
        (x * y + 1, Fate.REFUTED),
        (x * y * (1 + Integer(1) / 10**9), Fate.REFUTED),
        (x**2 * y / x, Fate.EQUIVALENT),
        (log(-x * y), Fate.LEFT_OPEN),
        (log(x - x + Pow(y, 0) - 1), Fate.LEFT_OPEN),
    ],
    ids=str,
)
def test_an_enclosure_refutes_what_differs(mutant: Expr, wanted: Fate) -> None:
    """It refutes numbers; what has none, or none that is real, is not established and differs."""
    assert (
        fate(
            derivation(x * y, enclosure("", (x + y) ** 2 / 2 - x**2 / 2 - y**2 / 2, x * y)), mutant
        )
        is wanted
    )


def test_a_proof_alone_leaves_a_mutant_open_and_an_enclosure_tells_it() -> None:
    """A failing proof refutes nothing; that the mutant is another formula is shown besides."""
    claim = derivation(IndexSum(a[k], k), proof("", IndexSum(a[i] + 1, i) - K, IndexSum(a[k], k)))
    assert fate(claim, 2 * IndexSum(a[k], k)) is Fate.LEFT_OPEN
    assert fate(claim, IndexSum(a[K + 1 - k], k)) is Fate.EQUIVALENT


def test_a_check_that_everything_passes_lets_mutants_survive() -> None:
    """Evidence that does not pin the formula down is found out."""
    claim = derivation(IndexSum(a[i], i), constant_in("", k, IndexSum(a[i], i)))
    assert fate(claim, 2 * IndexSum(a[i], i)) is Fate.SURVIVED


def test_an_upper_bound_above_the_bound_is_weaker_not_wrong() -> None:
    """A true inequality is no survivor; one that is false where it is tried is refuted."""
    names = (Relation(letter, x),)
    claim = derivation(x + 1, at_most("", x, x + 1), symbol=AT_MOST, names=names)
    assert fate(claim, x + 2) is Fate.WEAKER
    assert fate(claim, x - 1) is Fate.REFUTED
    assert fate(claim, x + 1 - exp(-x)) is Fate.SURVIVED
    huge = exp(x * 10**6)  # one more is beyond the digits that are tried
    large = derivation(huge, at_most("", x, huge), symbol=AT_MOST)
    assert fate(large, huge + 1) is Fate.WEAKER


def test_a_constant_is_nothing_where_a_claim_is_up_to_one() -> None:
    """In ``= const +`` a number more or less is the same claim."""
    check = enclosure("", log(x * y), log(x) + log(y))
    claim = derivation(log(x) + log(y), check, symbol=CONSTANT)
    judged = bench(only(claim), SEED)
    assert judged._unrefuted(log(x) + log(y) + 1, "").fate is Fate.EQUIVALENT  # noqa: SLF001
    assert judged._unrefuted(log(x) + log(y) + x, "").fate is Fate.SURVIVED  # noqa: SLF001


def test_what_no_check_can_be_made_of_is_refused() -> None:
    """A reading that has no meaning for a formula would have stopped the derivation."""

    def mean(form: Expr) -> Expr:
        found = form.xreplace({Expectation(log(x)): y})
        if found.has(Expectation):
            raise ValueError
        return found

    claim = derivation(
        Expectation(log(x)) ** 2, enclosure("", (y + 1) ** 2 - 2 * y - 1, y**2), readings=(mean,)
    )
    assert fate(claim, Expectation(x) ** 2) is Fate.REFUSED
    assert fate(claim, Expectation(log(x))) is Fate.REFUTED


def test_mutants_of_what_does_not_stand_are_not_judged() -> None:
    """A formula that its own check refutes has no mutants worth the name."""
    claim = derivation(x * y, enclosure("", x + y, x * y))
    with pytest.raises(NotEstablishedError, match="step 1: rule: wanted it established"):
        bench(only(claim), SEED)


def test_a_check_that_raises_on_a_mutant_does_not_refute_it() -> None:
    """An error is unknown, and what has no number here is not told from the formula."""
    claim = derivation(x * y, enclosure("", (x + y) ** 2 / 2 - x**2 / 2 - y**2 / 2, x * y))
    unreadable = x * y + Expectation(x)
    assert fate(claim, unreadable) is Fate.SURVIVED


@pytest.mark.parametrize(
    ("formula", "mutant", "equal"),
    [
        (IndexSum(a[k] * log(a[k]), k), IndexSum(a[K + 1 - k] * log(a[K + 1 - k]), k), True),
        (IndexSum(a[k] * log(a[k]), k), IndexSum(a[K + 1 - k] * log(a[k]), k), False),
        (IndexSum(a[k] + log(a[k]), k), IndexSum(a[K + 1 - k] + log(a[k]), k), True),
        (Iverson(k, l) * loggamma(a[k]), Iverson(k, l) * loggamma(a[l]), True),
        (Iverson(k, l) * loggamma(a[k]) + a[k], Iverson(k, l) * loggamma(a[l]) + a[l], False),
    ],
    ids=str,
)
def test_equivalence_is_proved_or_not_claimed(formula: Expr, mutant: Expr, *, equal: bool) -> None:
    """A sum may be reversed, an index written for its equal; nothing else is taken for the same."""
    claim = derivation(formula, proof("", Pow(formula + 1, 2) - Pow(formula, 2) - 1, 2 * formula))
    judged = bench(only(claim), SEED)._unrefuted(mutant, "")  # noqa: SLF001
    assert (judged.fate is Fate.EQUIVALENT) == equal


def test_a_trial_says_what_its_check_said(rng: np.random.Generator) -> None:
    """A check that remembers its formulas is the check it was."""
    trial = enclosure("claim", x * y, y * x)
    assert trial(rng).verdict is Verdict.ESTABLISHED
    assert trial.having("right", x + y)(rng).verdict is Verdict.REFUTED
    assert trial(rng).claim == trial.having("right", x + y)(rng).claim == "claim"


def test_a_mutant_whose_check_does_not_end_is_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is stopped as a derivation's check is, and time that is up refutes nothing."""

    @about("expression")
    def patient(claim: str, expression: Expr) -> Check:
        def run(_: np.random.Generator) -> Finding:
            while expression != x * y:
                time.sleep(0.01)
            return Finding("enumeration", claim, Verdict.ESTABLISHED)

        return run

    for module in (judging, sides):
        monkeypatch.setattr(module, "LIMIT", 0.2)
    judged = bench(only(derivation(x * y, patient("", x * y))), SEED).judge(x * y + 1)
    assert judged.fate is Fate.LEFT_OPEN
    assert "did not end within 0.2 s" in judged.reason

"""Both sides of every statement, its sign, and the formulas in words: none can be changed alone."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sympy import Expr, log

from derivations import catalogue
from derivations.calculus.expressions import POSITIVE, Array, Density, Element
from derivations.calculus.notation import Divergence, Entropy, Expectation, PartialDerivative
from derivations.calculus.steps import (
    AT_MOST,
    CONSTANT,
    EQUAL,
    Check,
    Derivation,
    Prose,
    Relation,
    Rule,
    Step,
)
from derivations.evidence.equality import at_most, enclosure
from derivations.evidence.finite_difference import finite_difference
from derivations.evidence.mutation.prose import spoken, unheld
from derivations.evidence.mutation.statements import untied
from derivations.evidence.mutation.table import mutate

KEYS = [e.key for e in catalogue.ENTRIES]
x: Element = Array("x", (), domain=POSITIVE)[()]
y: Element = Array("y", (), domain=POSITIVE)[()]
f: Element = Array("f", ())[()]
RULE = Rule("rule", "A rule.")


def stating(relation: Relation, *checks: Check, names: tuple[Relation, ...] = ()) -> Derivation:
    """A derivation of one step."""
    return Derivation("test.one", "", "", (), (Step(RULE, relation, checks),), (), (), names=names)


def silent(derivation: Derivation) -> list[str]:
    """The sides that go into no check."""
    return list(untied(derivation))


@pytest.mark.parametrize("key", KEYS)
def test_both_sides_of_every_statement_go_into_a_check_of_its_sign(key: str) -> None:
    """A side that no check tries could be anything, and so could a sign that none claims."""
    assert silent(catalogue.derive(key)) == []


def test_a_left_side_goes_into_a_check_by_what_its_name_stands_for() -> None:
    """It is broken there as a right side is."""
    check = enclosure("", (x + y) ** 2, x**2 + 2 * x * y + y**2)
    named = stating(Relation(f, x**2 + 2 * x * y + y**2), check, names=(Relation(f, (x + y) ** 2),))
    outcome = mutate(named, 0)
    assert silent(named) == []
    assert outcome.survivors == ()
    assert {r.statement for r in outcome.rows} == {"step 1: rule", "step 1: rule, left side"}


def test_a_name_that_stands_for_something_else_goes_nowhere() -> None:
    """So a wrong definition is noticed as a wrong formula is."""
    check = enclosure("", x * (x + y), x**2 + x * y)
    wrong = (Relation(f, x * (x - y)),)
    assert silent(stating(Relation(f, x**2 + x * y), check, names=wrong)) == [
        "step 1: rule, left side"
    ]


def test_a_derivative_on_the_left_is_taken_of_what_the_name_stands_for() -> None:
    """By another variable it is another derivative, and goes nowhere."""
    check = finite_difference("", x**3 * y, x, 3 * x**2 * y)
    names = (Relation(f, x**3 * y),)
    right = 3 * x**2 * y
    assert silent(stating(Relation(PartialDerivative(f, x), right), check, names=names)) == []
    for other in (PartialDerivative(f, y), f, PartialDerivative(2 * f, x)):
        assert silent(stating(Relation(other, right), check, names=names)) != []


@pytest.mark.parametrize(
    ("symbol", "goes"), [(AT_MOST, True), (EQUAL, False), (CONSTANT, False)], ids=str
)
def test_an_inequality_is_claimed_by_an_inequality_alone(symbol: str, *, goes: bool) -> None:
    """One put for an equality, or the other way round, goes into no check."""
    check = at_most("", x, x + y)
    assert (silent(stating(Relation(x, x + y, symbol), check)) == []) is goes


def test_an_inequality_the_wrong_way_round_goes_nowhere() -> None:
    """The larger side is the one that the check puts above."""
    assert silent(stating(Relation(x + y, x, AT_MOST), at_most("", x, x + y))) != []
    assert silent(stating(Relation(x, x + y, AT_MOST), enclosure("", x + y, y + x))) != []


def changed(key: str, number: int, change: Callable[[Relation], Relation]) -> Derivation:
    """A derivation of the catalogue with one relation changed wherever it is stated."""
    derivation = catalogue.derive(key)
    there = derivation.steps[number - 1].relation
    new = change(there)
    return replace(
        derivation,
        steps=tuple(
            replace(s, relation=new) if s.relation == there else s for s in derivation.steps
        ),
        results=tuple(new if r == there else r for r in derivation.results),
    )


def reversed_divergence(relation: Relation) -> Relation:
    """KL the other way round."""
    return replace(
        relation,
        left=relation.left.xreplace(
            {e: Divergence(e.right, e.left) for e in relation.left.atoms(Divergence)}
        ),
    )


BROKEN: dict[str, tuple[str, int, Callable[[Relation], Relation]]] = {
    "a sum for a difference": (
        "dice.coordinate_ascent",
        3,
        lambda r: replace(r, left=r.left.func(*(abs_sign(a) for a in r.left.args))),
    ),
    "twice the bound": ("linear_vae.elbo", 4, lambda r: replace(r, left=2 * r.left)),
    "the log left out": (
        "linear_vae.evidence",
        5,
        lambda r: replace(r, left=r.left.args[0]),
    ),
    "a divergence reversed": ("linear_vae.elbo", 5, reversed_divergence),
    "another moment": (
        "kumaraswamy.moments",
        1,
        lambda r: replace(r, left=Expectation(r.left.body**2)),
    ),
    "equal, and not at most": ("gaussian_vae.elbo", 8, lambda r: replace(r, symbol=EQUAL)),
    "at most, and not equal": ("gaussian_vae.gaussian_kl", 5, lambda r: replace(r, symbol=AT_MOST)),
    "the wrong way round": (
        "gaussian_vae.importance_weighted_bound",
        8,
        lambda r: replace(r, left=r.right, right=r.left),
    ),
}


def abs_sign(term: Expr) -> Expr:
    """A term without its minus."""
    return -term if term.could_extract_minus_sign() else term


@pytest.mark.parametrize("name", BROKEN)
def test_a_left_side_or_a_sign_broken_by_hand_is_noticed(name: str) -> None:
    """What a reader may change in the source of a derivation, and nothing else with it."""
    key, number, change = BROKEN[name]
    assert any(s.startswith(f"step {number}:") for s in silent(changed(key, number, change))), (
        f"{key}, step {number}"
    )


BOUNDED = [
    (key, relation)
    for key in KEYS
    for relation in dict.fromkeys(
        (*(s.relation for s in catalogue.derive(key).steps), *catalogue.derive(key).results)
    )
    if relation.symbol == AT_MOST
]


@pytest.mark.parametrize(
    ("key", "bounded"), BOUNDED, ids=[f"{k}-{n}" for n, (k, _) in enumerate(BOUNDED)]
)
@pytest.mark.parametrize("sign", [EQUAL, CONSTANT, "reversed"])
def test_no_sign_of_an_inequality_can_be_changed(key: str, bounded: Relation, sign: str) -> None:
    """Said to be equal, also where that is checked at one point, or reversed: nothing holds it."""
    if sign == "reversed":
        other = Relation(bounded.right, bounded.left, AT_MOST)
    else:
        other = replace(bounded, symbol=sign)
    derivation = catalogue.derive(key)
    steps = tuple(replace(s, relation=other) for s in derivation.steps if s.relation == bounded)
    results = tuple(other for r in derivation.results if r == bounded)
    assert silent(replace(derivation, steps=steps, results=results)) != []


@pytest.mark.parametrize("key", KEYS)
def test_every_name_is_used(key: str) -> None:
    """A name that nothing states could stand for anything."""
    derivation = catalogue.derive(key)
    lefts = [r.left for r in (*(s.relation for s in derivation.steps), *derivation.results)]
    lefts += [name.right for name in derivation.names]
    unused = [n for n in derivation.names if not any(map(has(n.left), lefts))]
    assert unused == []


def has(name: Expr) -> Callable[[Expr], bool]:
    """Whether a formula has a name, whatever its subscripts."""
    return lambda form: form.has(name.array if isinstance(name, Element) else name)


HELD_ELSEWHERE: dict[Expr, str] = {
    catalogue.derive("dice.graph").assumptions[-1][1].left: "the next test",
}
"""Left sides of assumptions that no check is given, and what holds them."""


def test_every_formula_in_words_is_held_by_what_is_checked() -> None:
    """A formula in a rule or an assumption is part of a statement or of a check somewhere."""
    held, said = set(), {}
    for key in KEYS:
        derivation = catalogue.derive(key)
        everything, missing = spoken(derivation), set(unheld(derivation))
        held |= {place for place in everything if place not in missing}
        said |= dict.fromkeys(everything, key)
    loose = {
        place: key
        for place, key in said.items()
        if place not in held and getattr(place[1], "left", None) not in HELD_ELSEWHERE
    }
    assert loose == {}


def test_the_assumed_factors_are_those_whose_entropies_make_the_bound() -> None:
    """The product that the approximation is assumed to be has one density for each entropy."""
    (assumed,) = (
        p for p in catalogue.derive("dice.graph").assumptions[-1] if not isinstance(p, str)
    )
    definition = catalogue.derive("dice.elbo").steps[0].relation.right
    entropies = {e.density for e in definition.atoms(Entropy)}
    assert assumed.right.atoms(Density) == entropies
    assert len(assumed.right.args) == len(entropies)


@pytest.mark.parametrize(
    ("key", "piece", "other"),
    [
        ("gaussian_vae.gaussian_kl", "t - 1 - log(t)", lambda t: t - 1 + log(t)),
        ("kumaraswamy.moments", "s = n / a", None),
        ("mmd.gaussian_kernel_expectation", "s = 2 b / D", None),
    ],
    ids=["a term", "an order", "a scale"],
)
def test_a_formula_in_words_broken_by_hand_is_noticed(
    key: str, piece: str, other: Callable[[Expr], Expr] | None
) -> None:
    """Nothing is read but what is checked: doubled or with another sign it is held by nothing."""
    derivation = catalogue.derive(key)
    words: Prose = ()
    for step in derivation.steps:
        for said in step.rule.prose:
            if isinstance(said, Relation) and other is None:
                words = (replace(said, right=said.right * 3),)
            elif isinstance(said, Expr) and other is not None and said.has(log):
                (letter,) = said.atoms(Element)
                words = (other(letter),)
    assert words, piece
    broken = replace(derivation, remarks=(words,))
    assert [p for where, p in unheld(broken) if where == "remark"] == [words[0]]

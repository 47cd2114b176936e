"""Every printed formula is read back by a grammar of its own, as the formula that was checked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache

import pytest
from oracles.reader.canonical import canonical
from oracles.reader.letters import twice_meant
from oracles.reader.markdown import formulas
from oracles.reader.read import read_formula
from oracles.reader.statements import Statement, tree_of
from oracles.reader.tokens import ReadingError
from sympy import Basic, Expr, Pow, Symbol, preorder_traversal

from derivations.calculus.expressions import Element, Slice, StateSum
from derivations.calculus.indices import Index
from derivations.calculus.notation import Divergence
from derivations.calculus.steps import Derivation, Relation
from derivations.catalogue import ENTRIES, derive
from derivations.claims.statements import Claim, Definition
from derivations.claims.statements import Derivation as StatedDerivation
from derivations.printing import algebra, breaking, notation, ordering, page
from derivations.printing.algebra import marks
from derivations.printing.derivation import derivation_blocks
from derivations.printing.layout import Letter, Mark
from derivations.printing.nodes import (
    Block,
    Bullets,
    Document,
    Formula,
    Link,
    Literal,
    Paragraph,
    StepBlock,
    Strong,
)
from derivations.printing.notation import (
    display_latex,
    display_text,
    display_typst,
    laid_out,
    to_latex,
    to_text,
    to_typst,
)
from derivations.printing.writers.markdown import write_markdown

KEYS = tuple(e.key for e in ENTRIES)
FORMS: dict[str, tuple[Callable, Callable, tuple[float, ...]]] = {
    "text": (to_text, display_text, tuple(range(40, 121))),
    "latex": (to_latex, display_latex, tuple(n / 2 for n in range(24, 101))),
    "typst": (to_typst, display_typst, tuple(n / 2 for n in range(24, 101))),
}
"""How each format prints within a line and displayed, and the widths that displays are given."""

ALIKE = {
    "dice.coordinate_ascent": {"ℒ^*"},
    "kumaraswamy.mode": {"a", "b"},
}
"""Letters that a derivation uses for several things: the bound after each update; parameters of
one name on two domains."""


@cache
def derivation(key: str) -> Derivation:
    """Return the derivation of a key, derived once."""
    return derive(key)


def blocks_of(claim: Derivation | StatedDerivation) -> list[Block]:
    """Return a derivation as the blocks of a document."""
    if isinstance(claim, StatedDerivation):
        return page.derivation_blocks(claim)
    return derivation_blocks(claim)


def in_document_order(blocks: Iterable[Block]) -> Iterator[Statement]:
    """Return the formulas of a document's blocks, as they follow one another."""
    for block in blocks:
        match block:
            case Paragraph(prose):
                yield from formulas_in(prose)
            case Bullets(items):
                yield from formulas_in(part for item in items for part in item)
            case Formula(relation):
                yield relation
            case StepBlock():
                yield from formulas_in((*block.statement, block.relation, *block.note))


def formulas_in(prose: Iterable[object]) -> Iterator[Statement]:
    """Return the formulas of prose."""
    return (p for p in prose if not isinstance(p, (str, Literal, Strong, Link)))


@cache
def printed_formulas(key: str) -> tuple[Statement, ...]:
    """Return every formula of a derivation, those in its prose too, each once."""
    return tuple(dict.fromkeys(in_document_order(blocks_of(derivation(key)))))


def sources(formula: Statement, form: str, every: int) -> Iterator[str]:
    """Return what a format makes of a formula; what fits in a line stays so when wider."""
    within_a_line, displayed, widths = FORMS[form]
    yield within_a_line(formula)
    for width in widths[::every]:
        source = displayed(formula, width)
        yield source
        if "\n" not in source:
            break


def misread(printed: Iterable[Statement], form: str, every: int = 4) -> list[str]:
    """Return what is not read back as the formula it was printed from, at every so many widths."""
    wrong = []
    for formula in printed:
        form_of_it = canonical(tree_of(formula))
        for source in dict.fromkeys(sources(formula, form, every)):
            try:
                found = canonical(read_formula(source, form))
            except ReadingError as error:
                found = (str(error),)
            if found != form_of_it:
                wrong.append(source)
    return wrong


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("key", KEYS)
def test_every_formula_is_read_back(key: str, form: str) -> None:
    """Within a line and displayed, however it is broken: no other formula, and no two readings."""
    assert misread(printed_formulas(key), form) == []


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_every_formula_is_read_back_at_every_width(form: str) -> None:
    """The same at every column of a terminal and every half em of a page."""
    assert misread(formulas_of(*KEYS), form, every=1) == []


@pytest.mark.parametrize("myst", [True, False], ids=["myst", "plain"])
@pytest.mark.parametrize("key", KEYS)
def test_every_formula_of_a_markdown_page_is_read_back(key: str, *, myst: bool) -> None:
    """The formulas between the dollar signs of a page are those of the derivation, in its order."""
    claim = derivation(key)
    blocks = blocks_of(claim)
    source = write_markdown(Document(claim.title, tuple(blocks)), myst=myst)
    wanted = [canonical(tree_of(f)) for f in in_document_order(blocks)]
    assert [canonical(read_formula(s, "markdown")) for s in formulas(source)] == wanted


@pytest.mark.parametrize("key", KEYS)
def test_no_letter_means_two_things_in_one_formula(key: str) -> None:
    """A bound index is not bound again beneath its sum, nor does its letter stand outside it."""
    for formula in printed_formulas(key):
        source = to_text(formula)
        assert not twice_meant(read_formula(source, "text")), source


def leaves(formula: Statement) -> Iterator[Basic]:
    """Return the letters of a formula with their subscripts, and the powers."""
    match formula:
        case Definition():
            sides = (formula.letter, formula.value)
        case Relation() | Claim():
            sides = (formula.left, formula.right)
        case _:
            sides = (formula,)
    for side in sides:
        for node in preorder_traversal(side):
            if isinstance(node, (Element, Slice, Symbol, Index, Pow)):
                yield node
            elif isinstance(node, StateSum):
                yield from map(Slice, node.arrays)


def meant(leaf: Basic) -> object:
    """Return what a letter stands for: an index stands for itself, whatever range it has."""
    if isinstance(leaf, Index):
        return (Index, leaf.name)
    if isinstance(leaf, (Element, Slice)):
        return (leaf.array, *map(meant, leaf.subscripts))
    return leaf


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("key", KEYS)
def test_different_letters_of_a_derivation_look_different(key: str, form: str) -> None:
    """No two arrays, symbols or indices, nor the power of one and another, are printed alike."""
    meanings: dict[str, set[object]] = defaultdict(set)
    shown = {}
    for leaf in {leaf for formula in printed_formulas(key) for leaf in leaves(formula)}:
        source = FORMS[form][0](leaf)
        meanings[source].add(meant(leaf))
        shown[source] = to_text(leaf)
    alike = {shown[source] for source, found in meanings.items() if len(found) > 1}
    assert alike == ALIKE.get(key, set())


def formulas_of(*keys: str) -> list[Statement]:
    """Return the formulas of several derivations."""
    return [f for key in keys for f in printed_formulas(key)]


@contextmanager
def printed_otherwise(kind: type, spelling: Callable[[Expr], Mark]) -> Iterator[None]:
    """Let nodes of a kind be printed otherwise for a while."""
    usual = marks.dispatch(kind)
    marks.register(kind, spelling)
    laid_out.cache_clear()
    try:
        yield
    finally:
        marks.register(kind, usual)
        laid_out.cache_clear()


@pytest.mark.parametrize("form", FORMS)
def test_a_quotient_that_loses_its_parentheses_is_seen(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken over lines without them, ``a / (b c)`` is another formula or none."""
    monkeypatch.setattr(breaking, "is_single", lambda _: True)
    assert misread(formulas_of("dice.predictive"), form)
    assert misread(formulas_of("mmd.inert_in_high_dimension"), form)


@pytest.mark.parametrize("form", FORMS)
def test_swapped_arguments_are_seen(form: str) -> None:
    """A divergence the other way round is another one."""
    usual = marks.dispatch(Divergence)
    with printed_otherwise(Divergence, lambda x: usual(Divergence(x.right, x.left))):
        assert misread(formulas_of("gaussian_vae.elbo"), form)


@pytest.mark.parametrize("form", FORMS)
def test_a_dropped_index_is_seen(form: str) -> None:
    """An element without its last subscript is another one."""
    with printed_otherwise(Element, lambda x: marks(Slice(x.array, *x.subscripts[:-1]))):
        assert misread(formulas_of("linear_vae.posterior"), form)


@pytest.mark.parametrize("form", FORMS)
def test_a_dropped_prime_is_seen(form: str) -> None:
    """Without its prime, one index stands for two."""
    with printed_otherwise(Index, lambda x: Letter(x.name.rstrip("'"))):
        assert misread(formulas_of("dice.q_z1"), form)


@pytest.mark.parametrize("form", FORMS)
def test_a_lost_sign_is_seen(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A minus printed as a plus changes what is read."""
    monkeypatch.setattr(algebra, "signed", lambda term: (False, ordering.signed(term)[1]))
    laid_out.cache_clear()
    try:
        assert misread(formulas_of("dice.elbo"), form)
    finally:
        laid_out.cache_clear()


@pytest.mark.parametrize("form", FORMS)
def test_a_lost_line_is_seen(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines that are joined again have all their terms."""
    whole = breaking.broken
    monkeypatch.setattr(notation, "broken", lambda *given: whole(*given)[:1])
    assert misread(formulas_of("dice.elbo"), form)


@pytest.mark.parametrize(
    ("source", "form"),
    [
        ("a/b c", "text"),
        ("a/b/c", "text"),
        ("a / (b) · (c) ∑_{i=1..n} x_i", "text"),
        ("log a b", "text"),
        ("a - -b", "text"),
        ("x^2^3", "text"),
        (r"\log a b", "latex"),
        (r"f(x)^2", "latex"),
        (r"a \Big/ b \, (c)", "latex"),
        ("log a b", "typst"),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(source: str, form: str) -> None:
    """The grammar takes no side where readers would."""
    with pytest.raises(ReadingError):
        read_formula(source, form)

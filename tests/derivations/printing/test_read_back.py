"""Every printed formula is read back by a grammar of its own, as the formula that was checked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import pytest
from harness.read_back import (
    FORMS,
    KEYS,
    formulas_of,
    in_document_order,
    misread,
    printed_formulas,
)
from oracles.reader.canonical import canonical
from oracles.reader.letters import twice_meant
from oracles.reader.markdown import formulas
from oracles.reader.read import read_formula
from oracles.reader.statements import Statement, tree_of
from sympy import Basic, Pow, Symbol, preorder_traversal

from derivations.calculus.expressions import Element, Slice, StateSum
from derivations.calculus.indices import Index
from derivations.claims.statements import Claim, Definition
from derivations.index import derive
from derivations.printing.nodes import Document
from derivations.printing.notation import narrow_latex, to_text
from derivations.printing.page import derivation_blocks
from derivations.printing.writers.markdown import write_markdown

ALIKE = {
    "dice.coordinate_ascent": {"ℒ^*"},
    "kumaraswamy.mode": {"a", "b"},
}
"""Letters that a derivation uses for several things: the bound after each update; parameters of
one name on two domains."""


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


@pytest.mark.parametrize("key", KEYS)
def test_every_formula_of_a_phone_is_read_back(key: str) -> None:
    """Broken between factors and arguments too, it is the same formula, and no call of a factor."""
    for formula in printed_formulas(key):
        source = narrow_latex(formula)
        assert canonical(read_formula(source, "latex")) == canonical(tree_of(formula)), source


@pytest.mark.parametrize("myst", [True, False], ids=["myst", "plain"])
@pytest.mark.parametrize("key", KEYS)
def test_every_formula_of_a_markdown_page_is_read_back(key: str, *, myst: bool) -> None:
    """The formulas between the dollar signs of a page are those of the derivation, in its order."""
    blocks = derivation_blocks(derive(key))
    source = write_markdown(Document(derive(key).title, tuple(blocks)), myst=myst)
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
        case Claim():
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
    assert alike <= ALIKE.get(key, set())

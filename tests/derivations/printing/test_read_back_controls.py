"""A printer that is broken on purpose is found out, and so is a formula with two readings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from harness.read_back import FORMS, formulas_of, misread
from oracles.reader.read import read_formula
from oracles.reader.tokens import ReadingError
from sympy import Expr

from derivations.calculus.expressions import Array, Element, IndexSum, Slice
from derivations.calculus.indices import Index, size
from derivations.meaning.notation import Divergence
from derivations.printing import algebra, breaking, notation, ordering
from derivations.printing.algebra import marks
from derivations.printing.layout import Letter, Mark
from derivations.printing.notation import laid_out


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
    spelling = partial(_swapped, marks.dispatch(Divergence))
    with printed_otherwise(Divergence, spelling):
        assert misread(formulas_of("gaussian_vae.elbo"), form)


def _swapped(usual: Callable[[Expr], Mark], divergence: Expr) -> Mark:
    return usual(divergence.func(divergence.right, divergence.left))


@pytest.mark.parametrize("form", FORMS)
def test_a_dropped_index_is_seen(form: str) -> None:
    """An element without its last subscript is another one."""
    with printed_otherwise(Element, lambda x: marks(Slice(x.array, *x.subscripts[:-1]))):
        assert misread(formulas_of("linear_vae.posterior"), form)


@pytest.mark.parametrize("form", FORMS)
def test_a_dropped_prime_is_seen(form: str) -> None:
    """Without its prime, one index stands for two."""
    i, other = (Index(letter, 1, size("n")) for letter in ("i", "i'"))
    row = Array("a", (size("n"),))
    with printed_otherwise(Index, lambda x: Letter(x.name.rstrip("'"))):
        assert misread([IndexSum(row[i] * row[other], i, other)], form)


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

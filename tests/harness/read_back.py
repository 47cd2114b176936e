"""All printed formulas of a derivation, and those that are not read back as the original."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache

from oracles.reader.canonical import canonical
from oracles.reader.read import read_formula
from oracles.reader.statements import Statement, tree_of
from oracles.reader.tokens import ReadingError

from derivations.index import derive, entries
from derivations.printing.nodes import (
    Block,
    Bullets,
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
    to_latex,
    to_text,
    to_typst,
)
from derivations.printing.page import derivation_blocks

KEYS = tuple(e.key for e in entries())
EM_WIDTHS = tuple(n / 2 for n in range(24, 101))
FORMS: dict[str, tuple[Callable, Callable, tuple[float, ...]]] = {
    "text": (to_text, display_text, tuple(range(40, 121))),
    "latex": (to_latex, display_latex, EM_WIDTHS),
    "typst": (to_typst, display_typst, EM_WIDTHS),
}
"""For each format: how it prints within a line and displayed, and the widths of displays."""


def in_document_order(blocks: Iterable[Block]) -> Iterator[Statement]:
    """Return the formulas of a document's blocks, in order."""
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
    return tuple(dict.fromkeys(in_document_order(derivation_blocks(derive(key)))))


def sources(formula: Statement, form: str, every: int) -> Iterator[str]:
    """Return a formula in a format; once it fits in a line, larger widths change nothing."""
    within_a_line, displayed, widths = FORMS[form]
    yield within_a_line(formula)
    for width in widths[::every]:
        source = displayed(formula, width)
        yield source
        if "\n" not in source:
            break


def misread(printed: Iterable[Statement], form: str, every: int = 6) -> list[str]:
    """Return what is not read back as the formula it was printed from, at every n-th width."""
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


def formulas_of(*keys: str) -> list[Statement]:
    """Return the formulas of several derivations."""
    return [f for key in keys for f in printed_formulas(key)]

"""Letters of formulas, and which occurrence means which: ``σ²_k`` is a letter, or a power."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from oracles.reader.cursor import Tree

MINUS_ONE: Tree = ("neg", ("num", Fraction(1)))
_MARKS = {"hat": "\u0302", "tilde": "\u0303", "bar": "\u0304"}


class Letter(NamedTuple):
    """A letter with the scripts that belong to its name."""

    base: Tree
    above: tuple[Tree, ...] = ()
    below: tuple[Tree, ...] = ()
    plated: bool = False

    def __str__(self) -> str:
        """Return it as text."""
        above = "".join(map(spelled, self.above))
        below = "".join(map(spelled, self.below))
        return spelled(self.base) + (above and f"^{above}") + (below and f"_{below}")


class Reference(NamedTuple):
    """A letter in use: its subscripts, the power it is raised to, whether its inverse is meant."""

    letter: Letter
    subscripts: tuple[Tree, ...] = ()
    power: Tree | None = None
    inverse: bool = False


def spelled(tree: Tree) -> str:
    """Return a short text for a name or a script."""
    match tree:
        case ("name", text, accents):
            return text + "".join(_MARKS.get(a, "") for a in accents)
        case ("num", number):
            return str(number)
        case ("primes", count):
            return "′" * count
        case ("star",):
            return "*"
        case ("script", base, below, above):
            return str(Letter(base, above, below))
    return "…"


def is_letter(tree: Tree) -> bool:
    """Whether a tree is a letter, with or without scripts."""
    return tree[0] == "name" or (tree[0] == "script" and tree[1][0] == "name")


def scripts(tree: Tree) -> tuple[Tree, tuple[Tree, ...], tuple[Tree, ...]]:
    """Return the base of a letter, what stands below it and what above."""
    return tree[1:] if tree[0] == "script" else (tree, (), ())


def whole(tree: Tree) -> Letter:
    """Return the letter whose name has all the scripts."""
    base, below, above = scripts(tree)
    return Letter(base, above, below)


def defined(tree: Tree) -> tuple[Letter, tuple[Tree, ...]]:
    """Return the letter that a definition introduces, and the indices below it."""
    base, below, above = scripts(tree)
    return Letter(base, above), below


def refer(tree: Tree, known: frozenset[Letter] | set[Letter]) -> Reference:
    """Return which of the known letters is meant: the one that takes most of the scripts."""
    base, below, above = scripts(tree)
    for letter, subscripts in (
        (Letter(base, above, below), ()),
        (Letter(base, above, (), plated=True), below),
        (Letter(base, above), below),
    ):
        if letter in known and not (letter.plated and not below):
            return Reference(letter, subscripts)
    for letter, subscripts in ((Letter(base, (), below), ()), (Letter(base), below)):
        if letter in known:
            if above == (MINUS_ONE,) and len(subscripts) != 1:
                return Reference(letter, subscripts, inverse=True)
            return Reference(letter, subscripts, above[0] if above else None)
    if above and above[0][0] in {"primes", "star"}:
        return Reference(Letter(base, above), below)
    return Reference(Letter(base), below, above[0] if above else None)


def parts(tree: Tree) -> Iterator[Tree]:
    """Return the trees directly inside a tree, whatever lists they stand in."""
    for part in tree:
        if isinstance(part, tuple) and part:
            if isinstance(part[0], str):
                yield part
            else:
                yield from parts(part)


def walk(tree: Tree) -> Iterator[Tree]:
    """Return a tree and all trees inside it, not looking into the scripts of names."""
    yield tree
    for part in parts(tree):
        if isinstance(part[0], str):
            yield from walk(part)


def letters_in(tree: Tree) -> Iterator[Tree]:
    """Return the letters of a formula, those below others as well; not the heads of functions."""
    if is_letter(tree):
        yield tree
        _, below, above = scripts(tree)
        for script in (*below, *above):
            yield from letters_in(script)
        return
    inside = tree[2:] if tree[0] == "apply" and is_letter(tree[1]) else tree
    for part in parts(inside):
        yield from letters_in(part)
    if tree[0] == "apply" and tree[1][0] == "script":
        for script in tree[1][2]:
            yield from letters_in(script)

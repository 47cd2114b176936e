"""Which letters of a formula are bound, and whether one of them means something else too."""

from __future__ import annotations

from collections.abc import Iterator

from oracles.reader.cursor import Tree


def twice_meant(tree: Tree) -> set[Tree]:
    """Return the bound letters that are bound again where they are in use, or stand free too."""
    free = set(_free(tree, frozenset()))
    return {letter for letter, again in _bound(tree, frozenset()) if again or letter in free}


def binders(tree: Tree) -> tuple[Tree, ...]:
    """Return the letters that a sum, a product or ``(entry)_i`` binds.

    A vector or a matrix is given by its entries where the letters below it are used in it.
    """
    if tree[0] == "big":
        return tuple(e[1] for e in tree[2])
    if tree[0] != "script" or tree[1][0] in {"name", "script"}:
        return ()
    used = set(_free(tree[1], frozenset()))
    return tuple(t for t in tree[2] if t in used)


def places(equation: Tree) -> tuple[Tree, ...]:
    """Return the letters that stand for any entry in ``[body]_{x_i = value}``."""
    left = equation[2]
    below = left[2] if left[0] == "script" else ()
    return tuple(t for t in below if t[0] in {"name", "script"})


def _parts(tree: Tree) -> Iterator[Tree]:
    """Return the trees directly inside a tree, whatever lists they stand in."""
    for part in tree:
        if isinstance(part, tuple) and part:
            if isinstance(part[0], str):
                yield part
            else:
                yield from _parts(part)


def _free(tree: Tree, bound: frozenset[Tree]) -> Iterator[Tree]:
    if tree in bound:
        return
    if tree[0] in {"name", "script"}:
        yield tree
    for part in _parts(tree[2:] if tree[0] in {"name", "apply"} else tree):
        put_in = part[0] == "relation" and tree[0] == "script"
        yield from _free(part, bound | set(places(part) if put_in else binders(tree)))


def _bound(tree: Tree, bound: frozenset[Tree]) -> Iterator[tuple[Tree, bool]]:
    own = binders(tree)
    for letter in own:
        yield letter, letter in bound
    for part in _parts(tree):
        yield from _bound(part, bound | set(own))

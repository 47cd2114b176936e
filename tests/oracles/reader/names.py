"""The trees of names: a letter or a word, its accents, and the scripts that its notation states."""

from __future__ import annotations

import re
from fractions import Fraction

from oracles.reader.cursor import Tree
from oracles.reader.greek import GREEK

_NOTATION = re.compile(r"([^_^']+)('*)((?:[_^][^_^]+)*)")
_ACCENTED = re.compile(r"(hat|tilde|bar|bold|cal|bb)\((.+)\)")


def word(text: str, *accents: str) -> Tree:
    """Return a name that has no scripts."""
    found = _ACCENTED.fullmatch(text)
    return word(found[2], found[1], *accents) if found else ("name", GREEK.get(text, text), accents)


def named(notation: str, subscripts: tuple[Tree, ...] = (), *, digits: str = "_") -> Tree:
    """Return the tree of a notation as in ``hat(alpha)^1``, taken at subscripts of its own or not.

    ``digits`` says where digits at its end belong.
    """
    found = _NOTATION.fullmatch(notation)
    if found is None:
        message = f"no tree for the notation {notation!r}"
        raise ValueError(message)
    base, primes, written = found.groups()
    parts: dict[str, list[Tree]] = {"_": [], "^": [("primes", len(primes))] if primes else []}
    counted = re.fullmatch(r"([A-Za-z]+)([0-9]+)", base)
    if counted:
        base = counted[1]
        parts[digits].append(("num", Fraction(counted[2])))
    for sign, text in re.findall(r"([_^])([^_^]+)", written):
        parts[sign] += _of_script(text)
    below, above = (*parts["_"], *subscripts), tuple(parts["^"])
    return ("script", word(base), below, above) if below or above else word(base)


def _of_script(text: str) -> list[Tree]:
    bare = text.removesuffix("*")
    star: list[Tree] = [("star",)] if bare != text else []
    if not bare:
        return star
    return [("num", Fraction(bare)) if bare.isdigit() else word(bare), *star]

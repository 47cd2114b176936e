"""The sentences that are printed for assumptions, which are data."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from itertools import groupby

from sympy import Expr

from derivations.calculus.expressions import (
    ABOVE_ONE,
    BITS,
    COUNTS,
    POSITIVE,
    REAL,
    SIMPLEX,
    UNIT,
    Array,
    Slice,
)
from derivations.claims.statements import (
    AnyFunction,
    Assumption,
    AtLeast,
    Condition,
    Definition,
    Domain,
    Random,
    Rule,
    Text,
)
from derivations.meaning.notation import AnyPart, Applied, Density
from derivations.printing.nodes import Prose, Strong

UNVERIFIED = "Not checked:"
_ONE = {
    REAL: "a real number",
    POSITIVE: "a positive number",
    UNIT: "a number strictly between 0 and 1",
    ABOVE_ONE: "a number above 1",
    COUNTS: "a whole number, zero or more",
    BITS: "0 or 1",
}
_MANY = {
    REAL: "real numbers",
    POSITIVE: "positive numbers",
    UNIT: "numbers strictly between 0 and 1",
    ABOVE_ONE: "numbers above 1",
    COUNTS: "whole numbers, zero or more",
    BITS: "numbers that are 0 or 1",
}
_DIMENSIONS = {1: "a vector of ", 2: "a matrix of "}


@singledispatch
def sentence(assumption: Assumption) -> Prose:
    """Return an assumption as a sentence."""
    message = f"no sentence for {assumption!r}"
    raise TypeError(message)


def sentences(assumptions: Sequence[Assumption]) -> tuple[Prose, ...]:
    """Return assumptions as sentences, in their order."""
    return tuple(sentence(a) for a in assumptions)


@sentence.register
def _(assumption: Domain) -> Prose:
    words: list[str | Expr] = []
    for _, group in groupby(assumption.arrays, key=lambda a: (a.sizes, a.domain, a.states)):
        alike = list(group)
        words += ["; "] * bool(words)
        words += _listed([Slice(a) for a in alike])
        words += _kind(alike[0], several=len(alike) > 1)
    return (*words, ".")


def explained(rule: Rule, assumptions: Sequence[Assumption]) -> Prose:
    """Return a rule's statement, with the domains of letters that only the rule uses."""
    declared = {a for x in assumptions if isinstance(x, Domain) for a in x.arrays}
    words: list[str | Expr] = []
    for given in rule.given:
        if isinstance(given, Domain):
            own = tuple(a for a in given.arrays if a not in declared)
            words += [" Here ", *sentence(Domain(*own))] if own else []
    return (*rule.prose, *words)


def _listed(items: Sequence[Expr]) -> list[str | Expr]:
    """Return items with commas, and an *and* before the last."""
    words: list[str | Expr] = []
    for number, item in enumerate(items):
        if number:
            words.append(" and " if number == len(items) - 1 else ", ")
        words.append(item)
    return words


def _kind(array: Array, *, several: bool) -> list[str | Expr]:
    """Return the kind of numbers an array holds, as words after its letter."""
    verb = " are each " if several else " is "
    if array.domain == SIMPLEX:
        *rows, length = array.sizes
        if not rows:
            return [verb + "a vector of ", length, " positive probabilities that sum to one"]
        return [verb + "an array of ", *_by(rows), " rows of ", length, _SUM]
    if array.states != 0:
        if not array.sizes:
            return [verb + "one of the states 1 to ", array.states]
        return [verb + "an array of ", *_by(array.sizes), " states 1 to ", array.states]
    if not array.sizes:
        return [verb + _ONE[array.domain]]
    shape = _DIMENSIONS.get(len(array.sizes), "an array of ")
    return [verb + shape, *_by(array.sizes), " " + _MANY[array.domain]]


_SUM = " positive probabilities, each row summing to one"


def _by(sizes: Sequence[Expr]) -> list[str | Expr]:
    words: list[str | Expr] = []
    for size in sizes:
        words += [" by ", size] if words else [size]
    return words


@sentence.register
def _(assumption: Random) -> Prose:
    joint = assumption.joint
    words: list[str | Expr] = ["Under "]
    every = tuple(Slice(a) for a in joint.variables)
    words.append(Density(joint, every, joint.given))
    words.append(": ")
    for number, one in enumerate(joint.parts):
        words += ["; "] * (number > 0) + _part(one)
    return (*words, ".")


def _part(one: AnyPart) -> list[str | Expr]:
    if one.stated.family.name == "Any":
        words: list[str | Expr] = [Slice(one.array, *one.plates), " has any distribution "]
        words.append(one.stated.family)
    else:
        words = [one.stated]
    if one.plates:
        words.append(", independently for ")
        for number, plate in enumerate(one.plates):
            words += [" and "] * (number > 0) + [plate, " from ", plate.lower, " to ", plate.upper]
    return words


@sentence.register
def _(assumption: AtLeast) -> Prose:
    return (assumption.size, f" is at least {assumption.least}.")


@sentence.register
def _(assumption: Condition) -> Prose:
    return (assumption.claim, ".")


@sentence.register
def _(assumption: AnyFunction) -> Prose:
    applied = Applied(assumption.head, *assumption.arguments)
    return (applied, " is any smooth function of ", *_listed(assumption.arguments), ".")


@sentence.register
def _(assumption: Definition) -> Prose:
    return ("Let ", assumption, ".")


@sentence.register
def _(assumption: Text) -> Prose:
    return (Strong(UNVERIFIED), " ", *assumption.words)

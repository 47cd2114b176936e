"""A decorator that registers the lines a function yields as the derivation of a key."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial

from sympy import Expr, Symbol

from derivations.calculus.model import Model
from derivations.claims.densities import normalised
from derivations.claims.scope import Scope
from derivations.claims.statements import (
    AnyFunction,
    Assumption,
    AtLeast,
    Claim,
    Condition,
    Definition,
    Derivation,
    Domain,
    Prose,
    Random,
    StatementError,
    Step,
    Text,
)


@dataclass(frozen=True)
class Remark:
    """Text after the results; claims in it are checked like all others."""

    words: Prose


Line = Assumption | Step | Remark
Sizes = Mapping[Symbol, tuple[int, ...]]
_BUILDERS: dict[str, Callable[[], Derivation]] = {}


def derivation(
    key: str,
    *,
    question: str,
    title: str,
    code: tuple[str, ...] = (),
    sources: tuple[str, ...] = (),
    sizes: Sizes | None = None,
    model: Model | None = None,
) -> Callable[[Callable[[], Iterable[Line]]], Callable[[], Derivation]]:
    """Make a function that yields assumptions, steps and remarks the derivation of a key.

    ``code`` are dotted names of functions that compute the result, ``sources`` bibliography keys,
    ``sizes`` the values that some sizes may take when a claim is checked, ``model`` a declaration
    of which the graph is drawn.
    """

    def decorate(lines: Callable[[], Iterable[Line]]) -> Callable[[], Derivation]:
        @cache
        def build() -> Derivation:
            made = partial(Derivation, key, title, question, code, sources)
            return written(made, key, lines(), model, sizes)

        if key in _BUILDERS:
            message = f"wanted a new key, got {key}, which another derivation has"
            raise StatementError(message)
        _BUILDERS[key] = build
        return build

    return decorate


def written(
    made: Callable[..., Derivation],
    key: str,
    lines: Iterable[Line],
    model: Model | None = None,
    sizes: Sizes | None = None,
) -> Derivation:
    """Sort lines into a derivation whose head is made, and refuse what nobody declared."""
    return _checked(made(*_sorted(key, lines), model=model, sizes=dict(sizes or {})))


def registered() -> dict[str, Callable[[], Derivation]]:
    """Return a copy of all that decorators have registered so far, by key."""
    return dict(_BUILDERS)


def taken_since(before: Collection[str]) -> dict[str, Callable[[], Derivation]]:
    """Take all that was registered since out of the registry, and return it by key."""
    return {key: _BUILDERS.pop(key) for key in [k for k in _BUILDERS if k not in before]}


def built(key: str) -> Derivation:
    """Return the derivation of a key whose module was imported."""
    return _BUILDERS[key]()


def _sorted(
    key: str, lines: Iterable[Line]
) -> tuple[tuple[Assumption, ...], tuple[Step, ...], tuple[Prose, ...]]:
    assumptions: list[Assumption] = []
    steps: list[Step] = []
    remarks: list[Prose] = []
    for line in lines:
        if isinstance(line, Step):
            steps.append(line)
        elif isinstance(line, Remark):
            remarks.append(line.words)
        elif isinstance(line, (Domain, Random, AtLeast, Condition, AnyFunction, Text, Definition)):
            if steps:
                message = f"{key}: wanted assumptions before the steps, got {line}"
                raise StatementError(message)
            assumptions.append(line)
        else:
            message = f"{key}: wanted an assumption, a step or a remark, got {line!r}"
            raise StatementError(message)
    return tuple(assumptions), tuple(steps), tuple(remarks)


def _checked(made: Derivation) -> Derivation:
    """Refuse a derivation with a letter or index that nobody declared, or with no result."""
    scope = Scope.of(made.assumptions)
    for number, line in enumerate(made.steps, 1):
        try:
            if isinstance(line.claim, Definition):
                scope.define(line.claim)
            else:
                scope.refuse(line.claim)
                normalised(line.claim, scope)
        except StatementError as error:
            message = f"{made.key}, step {number}: {error}"
            raise StatementError(message) from None
    if not made.results:
        message = f"{made.key}: wanted a result, got only steps"
        raise StatementError(message)
    for words in made.remarks:
        _refuse_bad_words(made.key, words)
        for part in words:
            if isinstance(part, Claim):
                scope.refuse(part)
    for text in (t for t in made.assumptions if isinstance(t, Text)):
        _refuse_bad_words(made.key, text.words)
        if any(isinstance(part, Claim) for part in text.words):
            message = f"{made.key}: wanted a Condition for a claim that is assumed, got it in words"
            raise StatementError(message)
    return made


def _refuse_bad_words(key: str, words: Prose) -> None:
    for part in words:
        if not isinstance(part, (str, Expr, Claim)):
            message = f"{key}: wanted words, formulas and claims in a sentence, got {part!r}"
            raise StatementError(message)

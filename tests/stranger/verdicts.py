"""What a stranger finds of each claim of a page: it agrees, it disagrees, or it is not evaluated."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from oracles.reader.cursor import Tree
from oracles.reader.read import read_formula

from stranger import means  # noqa: F401 - enters what means stand for
from stranger.evaluate import number_of, value
from stranger.instances import at_indices, free_indices, instance, told, varied
from stranger.integrals import nodes_of
from stranger.laws import family_law
from stranger.letters import Letter, letters_in, refer, whole
from stranger.means import Under
from stranger.page import Line, Page, claim_and_note, formulas, read_page
from stranger.values import Env, NotEvaluatedError, Scope, Table, UndeclaredError, Value
from stranger.words import Declared, ReadingError, declare, declared, enter

AGREES, DISAGREES, NOT_EVALUATED, DEFINES = "agrees", "disagrees", "not evaluated", "defines"
TOLERANCE = 2e-6
ENOUGH, ENOUGH_OF_BOUNDS = 3, 40
"""Instances of a claim that two sides are equal, or that one is at most the other."""
PATIENCE = 1.0
"""Seconds after which no further instance of a claim is tried."""


@dataclass(frozen=True)
class Verdict:
    """What is found of one claim, where it stands, and why."""

    line: Line
    finding: str
    reason: str = ""

    def __str__(self) -> str:
        """Return it as one line."""
        reason = f"  ({self.reason})" if self.reason else ""
        return f"{self.finding:13} {self.line.where:10} {self.line.text}{reason}"


class Stranger:
    """Someone who has read one page and tries its claims."""

    def __init__(self, text: str, seed: int = 1) -> None:
        self.page: Page = read_page(text)
        self.said: Declared = declared(self.page)
        self.seed = seed
        self._drawn: dict[int, Env] = {}

    def verdicts(self) -> list[Verdict]:
        """Return a verdict for every claim of the page, those of its sentences included."""
        found = [self.verdict(line) for line in self.page.statements]
        stated = {line.text: v for line, v in zip(self.page.statements, found, strict=True)}
        for line in self.page.results:
            if line.text not in stated:
                found.append(self.verdict(line))
        seen: set[str] = set()
        for sentence in self.page.sentences:
            if sentence.text not in seen:
                seen.add(sentence.text)
                found += self.of_sentence(sentence)
        return found

    def of_sentence(self, sentence: Line) -> list[Verdict]:
        """Return verdicts for the claims in a sentence, under the conditions that it states."""
        said, conditions = _more(self.said), list[Tree]()
        _given(sentence.text, said)
        found: list[Verdict] = []
        least = re.search(r"[Ii]n (\d+) dimensions or more", sentence.text)
        for text in formulas(sentence.text):
            tree = read_formula(text, "text")
            if not _is_condition(text, sentence.text):
                line = Line(f"in {sentence.where}", text)
                number = int(least[1]) if least else 0
                found.append(self.verdict(line, said, tuple(conditions), number))
            elif tree[1] == "~":
                _enter(text, said)
            else:
                conditions.append(tree)
        return found

    def alone(self, line: Line) -> Verdict:
        """Return a verdict for a claim that is not of the page, which may use all its letters."""
        said, conditions = _more(self.said), list[Tree]()
        mine = {whole(t) for t in letters_in(read_formula(line.text, "text"))}
        for sentence in self.page.sentences:
            _given(sentence.text, said)
            for text in formulas(sentence.text):
                tree = read_formula(text, "text")
                if not _is_condition(text, sentence.text):
                    continue
                if tree[1] == "~":
                    _enter(text, said)
                elif {whole(t) for t in letters_in(tree)} <= mine:
                    conditions.append(tree)
        return self.verdict(line, said, tuple(dict.fromkeys(conditions)))

    def verdict(
        self,
        line: Line,
        said: Declared | None = None,
        conditions: tuple[Tree, ...] = (),
        dimensions: int = 0,
    ) -> Verdict:
        """Return what is found of one claim at some instances."""
        try:
            tree = read_formula(line.text, "text")
        except ValueError as unread:
            return Verdict(line, NOT_EVALUATED, f"it cannot be read: {unread}")
        if tree[0] != "relation" or tree[1] == ":=" or self._new(tree):
            return Verdict(line, DEFINES)
        if unclear := [s for s in self.said.unclear if s in {whole(t) for t in letters_in(tree)}]:
            return Verdict(line, NOT_EVALUATED, f"{unclear[0]} is printed for two things")
        tried, began, reason = 0, time.process_time(), "no instance"
        for place in range(60):
            if tried >= (ENOUGH if tree[1] in {"=", "~"} else ENOUGH_OF_BOUNDS) or (tried and time.process_time() - began > PATIENCE):
                break
            try:
                env = self._instance(place, said or self.said)
                if dimensions:
                    env = env.holding({n: dimensions for n in self.said.sizes if str(n) == "D"})
                wrong, count = self._tried(tree, line, env, conditions)
            except NotEvaluatedError as why:
                reason = str(why)
                continue
            if wrong:
                return Verdict(line, DISAGREES, wrong)
            tried += count
        return Verdict(line, AGREES) if tried else Verdict(line, NOT_EVALUATED, reason)

    def _new(self, tree: Tree) -> bool:
        return any(tree[3] == body and tree[2][3][0][1][0] == density
                   for density, body in self.said.up_to)  # fmt: skip

    def _instance(self, place: int, said: Declared) -> Env:
        """Return one of the instances of the page; the larger sizes come first."""
        if place not in self._drawn:
            self._drawn[place] = instance(self.said, self.seed, place)
        env = self._drawn[place]
        if said.known == self.said.known:
            return env
        return replace(env, world=replace(env.world, said=said, known={}))

    def _tried(
        self, tree: Tree, line: Line, env: Env, conditions: tuple[Tree, ...]
    ) -> tuple[str, int]:
        """Return what is wrong at an instance, and at how many places of indices it was tried."""
        count = 0
        names = [n for n in free_indices(tree, env.world.said) if str(n) != line.note]
        for there in at_indices(names, env, most=3):
            here, wrong = self._complete(tree, line, there, conditions)
            if wrong:
                fine = replace(here.world, fine=True, budget=400_000, known={})
                wrong = compared(tree, line, replace(here, world=fine))
            if wrong is None:
                continue
            if wrong:
                return f"{wrong} at {_shown(tree, here)}", 1
            count = 1
        if not count:
            message = "a side has no value at the numbers drawn"
            raise NotEvaluatedError(message)
        return "", count

    def _complete(
        self, tree: Tree, line: Line, env: Env, conditions: tuple[Tree, ...]
    ) -> tuple[Env, str | None]:
        """Compare both sides, with numbers for the letters of which nothing is said."""
        for _ in range(12):
            try:
                if not all(_holds(c, env) for c in conditions):
                    return env, None
                return env, compared(tree, line, env)
            except UndeclaredError as missing:
                env = told(env, missing, tree)
        message = "too many letters of which nothing is said"
        raise NotEvaluatedError(message)


def _is_condition(text: str, sentence: str) -> bool:
    """Whether a relation follows the word *with*."""
    before = sentence[: sentence.index(text)]
    return re.search(r"\b[Ww]ith( [^,.;]* and)? $", before) is not None


def _enter(text: str, said: Declared) -> None:
    """Enter what a sentence says of a random letter of its own, under ``p``."""
    letter = whole(read_formula(text, "text")[2])
    if letter not in said.known:
        enter(text, ("name", "p", ()), said)
        said.known.add(letter)


def _given(sentence: str, said: Declared) -> None:
    """Enter what a rule says of letters of its own: ``Here u is a positive number.``."""
    for found in re.finditer(r"Here (\S+(?: and \S+)* (?:is|are each) [^.]+)\.", sentence):
        own = _more(said)
        own.domains.clear()
        try:
            declare(found[1], own)
        except ReadingError:
            continue
        said.domains.update({k: v for k, v in own.domains.items() if k not in said.known})
        said.known.update(own.domains)


def _more(said: Declared) -> Declared:
    random, domains = dict(said.random), dict(said.domains)
    return replace(said, random=random, domains=domains, known=set(said.known))


def _holds(condition: Tree, env: Env) -> bool:
    left, right = (number_of(s, env) for s in condition[2:])
    return bool(left < right if condition[1] == "<" else left <= right)


def compared(tree: Tree, line: Line, env: Env) -> str | None:
    """Return what is wrong with a claim at one place, nothing if it is not, None if undefined."""
    with np.errstate(all="ignore"):
        return _compared(tree, line, env)


def _compared(tree: Tree, line: Line, env: Env) -> str | None:
    _, sign, left, right = tree
    if sign == "~":
        return _distributed(left, right, env)
    if line.note:
        return _constant(left, right, line.note, env)
    first, second = float(number_of(left, env)), float(number_of(right, env))
    if not (np.isfinite(first) and np.isfinite(second)):
        return None
    slack = TOLERANCE * max(1.0, abs(first), abs(second))
    strict = 1e-13 * max(abs(first), abs(second))
    fine = {
        "=": abs(first - second) <= min(slack, 1e-4 * max(abs(first), abs(second)) + 1e-9),
        "<=": first <= second + slack,
        "<": first < second - strict if first >= second - slack else True,
    }
    if sign not in fine:
        message = f"no meaning for {sign}"
        raise NotEvaluatedError(message)
    return "" if fine[sign] else f"{first:.10g} against {second:.10g}"


CONST: Tree = ("name", "const", ())


def _constant(left: Tree, right: Tree, note: str, env: Env) -> str | None:
    """Return whether the two sides differ by what some letters do not change."""
    terms = right[1:] if right[0] == "add" else (right,)
    rest: Tree = ("add", ("num", 0), *(t for t in terms if t != CONST))
    for text in note.split(" and "):
        found = [
            float(number_of(left, e)) - float(number_of(rest, e))
            for e in varied(read_formula(text, "text"), env)
        ]
        if not np.isfinite(found).all():
            return None
        spread = max(found) - min(found)
        if spread > TOLERANCE * max(1.0, *map(abs, found)):
            return f"the constant is {min(found):.10g} and {max(found):.10g} as {text} varies"
    return ""


def _distributed(left: Tree, right: Tree, env: Env) -> str | None:
    """Compare means of waves of a random quantity with those under the distribution named."""
    said = env.world.said
    used = _random_letters(left, said)
    if not used:
        message = "nothing random on the left"
        raise NotEvaluatedError(message)
    scopes = {h: Scope(h) for h in used.values()}
    under = Under((), env)
    under.scopes = set(scopes.values())
    under.env = env.under((), Scope(("num", 0)))
    for name, head in used.items():
        under.env = under.env.under([name], scopes[head])
    if right[0] == "big":
        message = "a product of distributions"
        raise NotEvaluatedError(message)
    sample = value(left, env)
    size = len(sample.entries) if isinstance(sample, Table) else 0
    stated = family_law(right, env, size)
    nodes, weights = stated.rule(nodes_of(stated), 0)
    along = np.random.default_rng(size).uniform(0.4, 1.1, max(size, 1)) / max(size, 1)
    for wave in (np.cos, np.sin):
        for rate in (0.8, 1.9):
            first = float(under.mean(lambda e, w=wave, r=rate: w(r * _seen(value(left, e), along))))
            second = float(np.sum(weights * wave(rate * _seen(nodes, along))))
            if not (np.isfinite(first) and np.isfinite(second)):
                return None
            if abs(first - second) > TOLERANCE:
                return f"a mean is {first:.10g} against {second:.10g}"
    return ""


def _seen(found: Value, along: Value) -> Value:
    if isinstance(found, Table):
        return sum(a * found.entries[k] for a, k in zip(along, sorted(found.entries), strict=True))
    return found


def _random_letters(tree: Tree, said: Declared) -> dict[Letter, Tree]:
    """Return the random letters of a formula, through its definitions, with their distributions."""
    found: dict[Letter, Tree] = {}
    waiting, seen = [tree], set()
    while waiting:
        for one in letters_in(waiting.pop()):
            name = refer(one, said.known).letter
            if name in said.meanings and name not in seen:
                seen.add(name)
                waiting.append(said.meanings[name].body)
            for head, random in said.random:
                if random == name:
                    found.setdefault(name, head)
    return found


def _shown(tree: Tree, env: Env) -> str:
    """Return the numbers of a claim's own letters."""
    names = {refer(t, env.world.said.known).letter for t in letters_in(tree)}
    names |= {n for n in env.world.said.sizes if n in env.values}
    return ", ".join(f"{n} = {_rounded(env.values[n])}" for n in sorted(names, key=str) if n in env.values)


def _rounded(found: Value) -> str:
    if isinstance(found, Table):
        return "(" + ", ".join(_rounded(v) for v in found.entries.values()) + ")"
    return f"{float(found):.4g}"


def verdicts(text: str, seed: int = 1) -> Iterator[Verdict]:
    """Return a verdict for every claim of a printed derivation."""
    yield from Stranger(text, seed).verdicts()


def agrees(claim: str, derivation: str, seed: int = 1) -> Verdict:
    """Return what a stranger finds of a claim under the declarations of a printed derivation."""
    return Stranger(derivation, seed).alone(claim_and_note(claim))

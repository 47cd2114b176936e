"""What a stranger finds of each claim: it agrees, it disagrees, or it is not evaluated."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from oracles.reader.cursor import Tree
from oracles.reader.read import read_formula

from stranger import (
    differences,  # noqa: F401 - enters what its name says
    functions,  # noqa: F401 - the same
    means,  # noqa: F401 - the same
    new_densities,  # noqa: F401 - the same
)
from stranger.instances import at_indices, free_indices, instance, told
from stranger.letters import letters_in, whole
from stranger.page import Line, Page, claim_and_note, formulas, read_page
from stranger.sides import Wrong, compared, holds, random_letters, shown
from stranger.values import Env, NotEvaluatedError, UndeclaredError
from stranger.words import Declared, ReadingError, declare, declared, enter

AGREES, DISAGREES, NOT_EVALUATED, DEFINES = "agrees", "disagrees", "not evaluated", "defines"
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
        self._drawn: dict[tuple[int, bool], Env] = {}

    def verdicts(self) -> list[Verdict]:
        """Return a verdict for every claim of the page, those of its sentences included."""
        found = [self.verdict(line) for line in self.page.statements]
        stated = {line.text: v for line, v in zip(self.page.statements, found, strict=True)}
        found += [self.verdict(line) for line in self.page.results if line.text not in stated]
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
            if tried >= (ENOUGH if tree[1] in {"=", "~"} else ENOUGH_OF_BOUNDS) or (
                tried and time.process_time() - began > PATIENCE
            ):
                break
            try:
                env = self._instance(place, said or self.said, tree)
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

    def _instance(self, place: int, said: Declared, tree: Tree) -> Env:
        """Return one of the instances of the page; the larger sizes come first."""
        averages = bool(random_letters(tree, said))
        if (place, averages) not in self._drawn:
            self._drawn[place, averages] = instance(self.said, self.seed, place, means=averages)
        env = self._drawn[place, averages]
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
                again = compared(tree, line, replace(here, world=fine))
                if again and abs(again.gap - wrong.gap) > 0.1 * wrong.gap:
                    continue  # the numbers have not settled
                wrong = again
            if wrong is None:
                continue
            if wrong:
                return f"{wrong.text} at {shown(tree, here)}", 1
            count = 1
        if not count:
            message = "a side has no value at the numbers drawn"
            raise NotEvaluatedError(message)
        return "", count

    def _complete(
        self, tree: Tree, line: Line, env: Env, conditions: tuple[Tree, ...]
    ) -> tuple[Env, Wrong | None]:
        """Compare both sides, with numbers for the letters of which nothing is said."""
        for _ in range(12):
            try:
                if not all(holds(c, env) for c in conditions):
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


def verdicts(text: str, seed: int = 1) -> Iterator[Verdict]:
    """Return a verdict for every claim of a printed derivation."""
    yield from Stranger(text, seed).verdicts()


def agrees(claim: str, derivation: str, seed: int = 1) -> Verdict:
    """Return what a stranger finds of a claim under the declarations of a printed derivation."""
    return Stranger(derivation, seed).alone(claim_and_note(claim))

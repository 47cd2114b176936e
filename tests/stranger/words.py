"""What the sentences of a page declare: domains, sizes, distributions, definitions, functions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from oracles.reader.cursor import Tree
from oracles.reader.read import read_formula

from stranger.letters import (
    Letter,
    defined,
    is_letter,
    letters_in,
    refer,
    walk,
    whole,
)
from stranger.page import Page

REAL, POSITIVE, UNIT, ABOVE_ONE, COUNT, BIT, SIMPLEX, STATES = [
    "real",
    "positive",
    "unit",
    "above-one",
    "count",
    "bit",
    "simplex",
    "states",
]
_KINDS = {
    "real number": REAL, "positive number": POSITIVE, "number above 1": ABOVE_ONE,
    "number strictly between 0 and 1": UNIT, "whole number, zero or more": COUNT, "0 or 1": BIT,
    "numbers strictly between 0 and 1": UNIT, "numbers above 1": ABOVE_ONE,
    "whole numbers, zero or more": COUNT, "numbers that are 0 or 1": BIT,
    "real numbers": REAL, "positive numbers": POSITIVE,
    "positive probabilities that sum to one": SIMPLEX,
    "positive probabilities, each row summing to one": SIMPLEX,
}  # fmt: skip
_KIND = re.compile(r"(?:a |an )?(?:(?:vector|matrix|array) of (.+?) )??(" + "|".join(_KINDS) + ")$")
_STATES = re.compile(r"(?:an array of (.+) |one of the )states 1 to (.+)$")


class ReadingError(ValueError):
    """A sentence that says nothing a stranger can use."""


@dataclass(frozen=True)
class Domain:
    """What numbers a letter stands for, how many, and up to which state."""

    kind: str
    sizes: tuple[Tree, ...] = ()
    states: Tree | None = None


@dataclass(frozen=True)
class Part:
    """One random letter: its distribution, and the indices at which it is drawn independently."""

    head: Tree
    letter: Letter
    family: Tree
    plates: tuple[tuple[Letter, Tree, Tree], ...] = ()
    sentence: int = 0


@dataclass(frozen=True)
class Meaning:
    """What a letter or function is defined as, at its indices and arguments."""

    letter: Letter
    indices: tuple[Letter, ...]
    arguments: tuple[Letter, ...] | None
    body: Tree


@dataclass
class Declared:
    """All that a page declares."""

    domains: dict[Letter, Domain] = field(default_factory=dict)
    least: dict[Letter, int] = field(default_factory=dict)
    random: dict[tuple[Tree, Letter], Part] = field(default_factory=dict)
    meanings: dict[Letter, Meaning] = field(default_factory=dict)
    functions: set[Letter] = field(default_factory=set)
    conditions: list[Tree] = field(default_factory=list)
    up_to: list[tuple[Tree, Tree]] = field(default_factory=list)
    sizes: set[Letter] = field(default_factory=set)
    ranges: dict[Letter, tuple[Tree, Tree]] = field(default_factory=dict)
    known: set[Letter] = field(default_factory=set)
    unclear: set[Letter] = field(default_factory=set)

    def of_head(self, head: Tree) -> dict[Letter, Part]:
        """Return the random letters of ``p``, ``q`` or another distribution."""
        return {p.letter: p for (h, _), p in self.random.items() if h == head}

    def first_of(self, head: Tree) -> dict[Letter, Part]:
        """Return those of the first sentence on it: ``𝔼_q`` without arguments is under these."""
        found = self.of_head(head)
        first = min((p.sentence for p in found.values()), default=0)
        return {x: p for x, p in found.items() if p.sentence == first}


def declared(page: Page) -> Declared:
    """Return what a page declares, in its assumptions and in the definitions among its steps."""
    found = Declared()
    for sentence in page.assumptions:
        declare(sentence, found)
    trees = [read_formula(s.text, "text") for s in page.statements]
    for line, tree in zip(page.statements, trees, strict=True):
        if tree[:2] == ("relation", ":="):
            define(tree, found)
        elif line.note and _is_new_density(tree, found):
            found.up_to.append((tree[2][3][0][1][0], tree[3]))
    indexes(trees, found)
    return found


def declare(sentence: str, found: Declared) -> None:
    """Enter one sentence of the assumptions."""
    said = sentence.removesuffix(".")
    if said.startswith("Not checked:"):
        return
    if said.startswith("Let "):
        define(read_formula(said.removeprefix("Let "), "text"), found)
    elif said.startswith("Under "):
        _distributed(said.removeprefix("Under "), found)
    elif at_least := re.fullmatch(r"(\S+) is at least (\d+)", said):
        found.least[whole(read_formula(at_least[1], "text"))] = int(at_least[2])
    elif function := re.fullmatch(r"(.+) is any smooth function of .+", said):
        head = read_formula(function[1], "text")[1]
        found.functions.add(defined(head)[0])
    elif re.search(r" (is|are each) ", said):
        for clause in said.split("; "):
            _domain(clause, found)
    else:
        found.conditions.append(read_formula(said, "text"))


def _domain(clause: str, found: Declared) -> None:
    names, _, kind = re.split(r" (is|are each) ", clause, maxsplit=1)
    if states := _STATES.fullmatch(kind):
        domain = Domain(STATES, _by(states[1]), read_formula(states[2], "text"))
    elif counted := _KIND.fullmatch(kind):
        rows = (counted[1] or "").replace(" rows of ", " by ")
        domain = Domain(_KINDS[counted[2]], _by(rows))
    else:
        message = f"no meaning for: {clause}"
        raise ReadingError(message)
    for name in re.split(r", | and ", names):
        found.domains[whole(read_formula(name, "text"))] = domain


def _by(sizes: str | None) -> tuple[Tree, ...]:
    return tuple(read_formula(s, "text") for s in sizes.split(" by ")) if sizes else ()


def _distributed(said: str, found: Declared) -> None:
    head, _, rest = said.partition(": ")
    number = 1 + max((p.sentence for p in found.random.values()), default=0)
    for clause in rest.split("; "):
        enter(clause, read_formula(head, "text")[1], found, number)


def enter(clause: str, head: Tree, found: Declared, sentence: int = 0) -> None:
    """Enter ``z_k ~ 𝒩(μ_k, σ²_k), independently for k from 1 to K``."""
    stated, *independently = clause.split(", independently for ")
    left, right = re.split(r" ~ | has any distribution ", stated)
    plates = []
    for plate in independently[0].split(" and ") if independently else ():
        index, lower, upper = re.split(" from | to ", plate)
        letter = whole(read_formula(index, "text"))
        plates.append((letter, read_formula(lower, "text"), read_formula(upper, "text")))
        found.ranges.setdefault(letter, plates[-1][1:])
    letter, _ = defined(read_formula(left, "text"))
    part = Part(head, letter, read_formula(right, "text"), tuple(plates), sentence)
    before = found.random.get((head, letter))
    if before and plates and not before.plates:
        letter = letter._replace(plated=True)
        part = replace(part, letter=letter)
    elif before and (before.family, before.plates) != (part.family, part.plates):
        found.unclear.add(letter)
    found.random.setdefault((head, letter), part)


def define(tree: Tree, found: Declared) -> None:
    """Enter ``letter := value``, a letter at its indices or a function of arguments."""
    left, body = tree[2:]
    arguments = None
    if left[0] == "apply":
        arguments = tuple(whole(a) for a in left[3][0][1])
        left = left[1]
    letter, below = defined(left)
    if letter in found.meanings or letter in found.domains:
        message = f"{letter} is given a meaning twice"
        raise ReadingError(message)
    found.meanings[letter] = Meaning(letter, tuple(map(whole, below)), arguments, body)


def _is_new_density(tree: Tree, found: Declared) -> bool:
    """Whether a statement gives the log of a density up to a constant, and nothing else does."""
    match tree:
        case ("relation", "=", ("apply", ("name", "log", _), _, ((None, (density,)),)), _):
            heads = {head for head, _ in found.random}
            return density[0] == "apply" and density[1] not in heads
    return False


def indexes(trees: list[Tree], found: Declared) -> None:
    """Tell sizes and indices from other letters, by the sums and arrays they are used in."""
    meanings = [m.body for m in found.meanings.values()]
    everything = [*trees, *meanings, *(p.family for p in found.random.values())]
    bounds = [s for d in found.domains.values() for s in (*d.sizes, *([d.states] * bool(d.states)))]
    bounds += [b for p in found.random.values() for _, *ends in p.plates for b in ends]
    for tree in everything:
        for part in walk(tree):
            for entry in part[2] if part[0] == "big" else ():
                if len(entry) == 4:
                    found.ranges.setdefault(whole(entry[1]), entry[2:])
                    bounds += entry[2:]
    named = {whole(t) for b in bounds for t in letters_in(b)}
    taken = set(found.domains) | set(found.meanings) | {letter for _, letter in found.random}
    found.sizes |= (named - taken - set(found.ranges)) | set(found.least)
    found.unclear |= named & taken
    found.known |= taken | found.sizes | found.functions | set(found.ranges)
    for tree in everything:
        for part in walk(tree):
            _used_below(part, found, taken | found.sizes)


def _used_below(tree: Tree, found: Declared, others: set[Letter]) -> None:
    """Enter the range of an index that stands below a declared array, where no sum gives it."""
    if not is_letter(tree):
        return
    letter, below, *_ = refer(tree, found.known)
    domain = found.domains.get(letter)
    one: Tree = ("num", 1)
    ranges = [(one, size) for size in domain.sizes] if domain else []
    for (_, name), part in found.random.items():
        if name == letter and not ranges:
            ranges = [ends for _, *ends in part.plates]
    for index, ends in zip(below, ranges, strict=False):
        if is_letter(index) and whole(index) not in others:
            found.ranges.setdefault(whole(index), tuple(ends))
            found.known.add(whole(index))

"""The distributions of random letters, and which of them depend on which."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from oracles.reader.cursor import Tree

from stranger.evaluate import counted, value
from stranger.glossary import LAWS, Law, law
from stranger.letters import Letter, letters_in, refer, scripts
from stranger.values import Env, Unit, Value
from stranger.words import Declared, Part


def is_family(tree: Tree) -> bool:
    """Whether a formula is a named distribution, with or without a value before its parameters."""
    named = tree[0] == "apply" and tree[1][0] == "name"
    return named and (tree[1][1] in LAWS or tree[1][1:] == ("N", ("cal",)))


def family_law(tree: Tree, env: Env, length: int = 0) -> Law:
    """Return the distribution that ``𝒩(m, v)`` or ``𝒩(x | m, v)`` names."""
    parameters = [value(p, env) for p in tree[3][-1][1]]
    return law(tree[1][1], parameters, length)


def unit_law(unit: Unit, env: Env) -> Law:
    """Return the distribution of a random quantity given what it depends on."""
    part = part_of(unit[0], env)
    return family_law(part.family, at_plates(part, unit, env))


def at_plates(part: Part, unit: Unit, env: Env) -> Env:
    """Return the same at the plates of a random quantity."""
    names = [name for name, *_ in part.plates]
    return env.holding(dict(zip(names, unit[1], strict=True)))


def part_of(name: Letter, env: Env) -> Part:
    """Return what the page says of a random letter that is averaged."""
    return env.world.said.random[env.averaged[name].head, name]


def units_of(part: Part, given: tuple[Value, ...], env: Env) -> list[Unit]:
    """Return the random quantities of a letter, at its first plates or all of them."""
    rest = [counted(*ends, env) for _, *ends in part.plates[len(given) :]]
    first = tuple(int(g) for g in given[: len(part.plates)])
    return [(part.letter, (*first, *places)) for places in product(*rest)]


def parents(part: Part, said: Declared) -> set[Letter]:
    """Return the random letters of the same joint that a distribution's parameters depend on."""
    joint = said.of_head(part.head)
    found: set[Letter] = set()
    waiting, seen = [part.family], set()
    while waiting:
        for tree in letters_in(waiting.pop()):
            name = refer(tree, said.known).letter
            if name in joint:
                found.add(name)
            elif name in said.meanings and name not in seen:
                seen.add(name)
                waiting.append(said.meanings[name].body)
    return found


def ancestors(names: Iterable[Letter], head: Tree, said: Declared) -> set[Letter]:
    """Return the letters themselves and all that they depend on in a joint distribution."""
    joint = said.of_head(head)
    found: set[Letter] = set()
    waiting = [n for n in names if n in joint]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += parents(joint[name], said)
    return found


def chooses(name: Letter, env: Env) -> bool:
    """Whether the value of a random letter is the place of another random letter's entry."""
    known = env.world.known
    if ("chooses", name) not in known:
        said = env.world.said
        random = {r for _, r in said.random}
        known["chooses", name] = any(
            name in {refer(t, said.known).letter for b in scripts(tree)[1] for t in letters_in(b)}
            for part in said.random.values()
            for tree in letters_in(part.family)
            if refer(tree, said.known).letter in random
        )
    return bool(known["chooses", name])

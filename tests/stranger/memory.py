"""Numbers that were found before: a part of a formula whose letters stand for the same again."""

from __future__ import annotations

from collections.abc import Callable, Container

from oracles.reader.cursor import Tree

from stranger.letters import Letter, is_letter, letters_in, parts, refer
from stranger.values import Env, Table, Value
from stranger.words import Declared


def remembered(
    tree: Tree, env: Env, compute: Callable[[], Value], beside: Container[Letter] = ()
) -> Value:
    """Return what is computed, or was where all its letters but some stood for the same."""
    known = env.world.known
    if tree not in known:
        known[tree] = (tuple(n for n in used(tree, env) if n not in beside), [])
    names, found = known[tree]
    here = _meant(names, env)
    for there, value in found:
        if len(here) == len(there) and all(map(_same, here, there)):
            return value
    value = compute()
    found.append((here, value))
    del found[:-40]
    return value


def _same(one: Value, other: Value) -> bool:
    """Whether two values are the same, or are equal numbers, or tables of these."""
    if one is other:
        return True
    if isinstance(one, Table) and isinstance(other, Table):
        mine, theirs = one.entries, other.entries
        return mine.keys() == theirs.keys() and all(_same(v, theirs[k]) for k, v in mine.items())
    numbers = (int, float, tuple)
    return isinstance(one, numbers) and isinstance(other, numbers) and one == other


def _meant(names: tuple[Letter, ...], env: Env) -> list[Value]:
    """Return what letters stand for, those that a mean runs over by what they are bound to."""
    found: list[Value] = [env.depth]
    for name in names:
        scope = env.averaged.get(name)
        if scope is None:
            found.append(env.values.get(name))
        else:
            found.append(scope)
            found += [x for u, v in env.units.items() if u[0] == name for x in (u[1], v)]
    return found


def used(tree: Tree, env: Env) -> tuple[Letter, ...]:
    """Return all letters that the number of a formula may depend on."""
    said: Declared = env.world.said
    names: set[Letter] = set(said.sizes)
    waiting = [tree]
    joints: set[Tree] = set()
    while waiting:
        part = waiting.pop()
        for head in _heads(part) - joints:
            joints.add(head)
            for random in said.of_head(head).values():
                names |= {random.letter, *(n for n, *_ in random.plates)}
                waiting.append(random.family)
            waiting += [body for density, body in said.up_to if density[1] == head]
        for one in (*letters_in(part), *_heads(part)):
            if not is_letter(one):
                continue
            name = refer(one, said.known | set(env.values)).letter
            if name not in names:
                names.add(name)
                if name in said.meanings:
                    waiting.append(said.meanings[name].body)
                waiting += [p.family for (_, x), p in said.random.items() if x == name]
    return tuple(sorted(names, key=str))


def _heads(tree: Tree) -> set[Tree]:
    """Return the heads of functions and distributions in a formula."""
    found: set[Tree] = set()
    stack = [tree]
    while stack:
        part = stack.pop()
        if part[0] == "apply":
            found.add(part[1])
            if part[1][0] == "script":
                stack += [b for b in part[1][2] if isinstance(b, tuple)]
                found |= {
                    b[1] if b[0] == "apply" else b for b in part[1][2] if b[0] in {"name", "apply"}
                }
        stack += parts(part)
    return found

"""Random small instances: sizes, numbers from their domains, draws of random letters, indices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np
from oracles.reader.cursor import Tree

from stranger.evaluate import index_range, number_of
from stranger.laws import unit_law, units_of
from stranger.letters import Letter, letters_in, refer, walk, whole
from stranger.values import (
    Env,
    NotEvaluatedError,
    Scope,
    Table,
    UnboundError,
    UndeclaredError,
    Unit,
    Value,
    World,
)
from stranger.words import (
    ABOVE_ONE,
    BIT,
    COUNT,
    POSITIVE,
    REAL,
    SIMPLEX,
    STATES,
    UNIT,
    Declared,
    Domain,
)

PALETTES = ((4, 3, 2), (4, 2, 3), (3, 2), (2, 3), (2,))
"""The sizes that are tried, the first ones wherever they are not too large."""


def instance(said: Declared, seed: int, place: int, *, means: bool) -> Env:
    """Draw what every letter of a page stands for; after the first places numbers are wider apart.

    Where means are taken no number is so small that a density rises too fast for their nodes.
    """
    palette = PALETTES[place % len(PALETTES)]
    rng = np.random.default_rng([seed, place])
    width = min(place // len(PALETTES), 2)
    most = (2.6, 6.0, 20.0)[width] if not means else 2.6 + width
    least = 0.5 if means else (0.5, 0.2, 0.06)[width]
    env = Env(World(said, rng, least=least, most=most), {})
    for _ in range(200):
        values: dict[Letter, Value] = {}
        names = sorted(said.sizes, key=str)
        palette = palette if len(names) < 4 else palette[-2:]
        turned = list(rng.permutation(len(names))) if len(palette) > 1 else range(len(names))
        for turn, name in zip(turned, names, strict=True):
            values[name] = max(palette[turn % len(palette)], said.least.get(name, 1))
        env = Env(env.world, values)
        for name, domain in said.domains.items():
            env = env.holding({name: drawn(domain, env)})
        env = with_random(env)
        if all(_holds(c, env) for c in said.conditions):
            return env
    message = "no instance meets the conditions"
    raise NotEvaluatedError(message)


def _holds(condition: Tree, env: Env) -> bool:
    _, sign, left, right = condition
    first, second = number_of(left, env), number_of(right, env)
    return bool({"<": first < second, "<=": first <= second, "=": first == second}[sign])


def drawn(domain: Domain, env: Env) -> Value:
    """Draw numbers of a domain."""
    rng = env.world.rng
    sizes = [round(float(number_of(s, env))) for s in domain.sizes]
    if domain.kind == SIMPLEX:
        rows = {r: rng.dirichlet(np.full(sizes[-1], 2.0)) * 0.9 + 0.1 / sizes[-1]
                for r in product(*(range(1, s + 1) for s in sizes[:-1]))}  # fmt: skip
        return Table({(*r, k + 1): float(p) for r, row in rows.items() for k, p in enumerate(row)})
    places = product(*(range(1, s + 1) for s in sizes))
    states = round(float(number_of(domain.states, env))) if domain.states else 0
    entries = {p: _number(domain.kind, states, env.world) for p in places}
    return Table(entries) if sizes else entries[()]


def _number(kind: str, states: int, world: World) -> Value:
    rng = world.rng
    match kind:
        case _ if kind == REAL:
            return float(rng.uniform(-1.6, 1.6))
        case _ if kind == POSITIVE:
            return float(np.exp(rng.uniform(np.log(world.least), np.log(world.most))))
        case _ if kind == UNIT:
            return float(rng.uniform(0.1, 0.9) if world.least > 0.4 else rng.uniform(0.02, 0.98))
        case _ if kind == ABOVE_ONE:
            return 1.0 + float(np.exp(rng.uniform(-1.5, 1.0)))
        case _ if kind == COUNT:
            return int(rng.integers(0, 5))
        case _ if kind == BIT:
            return int(rng.integers(0, 2))
        case _ if kind == STATES:
            return int(rng.integers(1, states + 1))
    raise NotEvaluatedError(kind)


def with_random(env: Env) -> Env:
    """Return the same with a draw of every random letter that has no number yet."""
    said = env.world.said
    scopes = {head: Scope(head) for head, _ in said.random}
    waiting = {x: h for h, x in reversed(said.random) if x not in env.values}
    there = replace(env, averaged={x: scopes[h] for x, h in waiting.items()})
    units = [u for x, h in waiting.items() for u in units_of(said.random[h, x], (), env)]
    while units:
        unit = units.pop(0)
        try:
            there = there.bound(unit, unit_law(unit, there).draw(env.world.rng))
        except UnboundError as missing:
            units = [missing.unit, *(u for u in [*units, unit] if u != missing.unit)]
    found: dict[Letter, dict[tuple[int, ...], Value]] = {}
    for (name, places), value in there.units.items():
        row = value.entries if isinstance(value, Table) else {(): value}
        found.setdefault(name, {}).update({(*places, *k): v for k, v in row.items()})
    return env.holding({x: e[()] if () in e else Table(e) for x, e in found.items()})


def free_indices(tree: Tree, said: Declared) -> list[Letter]:
    """Return the indices of a claim that no sum in it runs over, in order."""
    bound = {whole(e[1]) for t in walk(tree) if t[0] == "big" for e in t[2]}
    free = {whole(t) for t in letters_in(tree)} & set(said.ranges)
    seen: set[Letter] = free | _written_unbound(tree, frozenset(), said)
    return sorted(seen - (bound - _written_unbound(tree, frozenset(), said)), key=str)


def _written_unbound(tree: Tree, bound: frozenset[Letter], said: Declared) -> set[Letter]:
    """Return the indices that stand somewhere outside the sums which run over them."""
    if tree[0] == "big":
        bound |= {whole(e[1]) for e in tree[2]}
    if tree[0] in {"name", "script"} and whole(tree) in said.ranges:
        return {whole(tree)} - bound
    found: set[Letter] = set()
    for part in tree:
        stack = [part]
        while stack:
            item = stack.pop()
            if isinstance(item, tuple) and item:
                if isinstance(item[0], str):
                    found |= _written_unbound(item, bound, said)
                else:
                    stack += item
    return found


def at_indices(names: list[Letter], env: Env, most: int) -> Iterator[Env]:
    """Return places of a claim's free indices: equal ones, different ones, and others at random."""
    ranges = {n: index_range(n, env) for n in names}
    every = list(product(*ranges.values()))
    order = list(env.world.rng.permutation(len(every)))
    equal = [n for n in order if len(set(every[n])) == 1][:1]
    for n in [*equal, *(n for n in order if n not in equal)][:most]:
        yield env.holding(dict(zip(ranges, every[n], strict=True)))


def told(env: Env, missing: UndeclaredError, tree: Tree) -> Env:
    """Return the same with numbers for a letter of a sentence, or one of which nothing is said."""
    rng = env.world.rng
    domain = env.world.said.domains.get(missing.letter)
    if domain is not None:
        sizes = {whole(t) for s in domain.sizes for t in letters_in(s)} - set(env.values)
        return env.holding(dict.fromkeys(sizes, 3)).holding(
            {missing.letter: drawn(domain, env.holding(dict.fromkeys(sizes, 3)))}
        )
    weights = {refer(p, env.world.said.known).letter for t in walk(tree) if t[0] == "apply"
               and t[1][0] == "name" and t[1][1] in {"Any", "Categorical"} for p in t[3][-1][1]
               if p[0] in {"name", "script"}}  # fmt: skip
    if missing.letter in weights:
        return env.holding({missing.letter: drawn(Domain(SIMPLEX, (("num", 3),)), env)})
    return env.holding({missing.letter: float(rng.uniform(-3.0, 3.0))})


def varied(text: Tree, env: Env) -> Iterator[Env]:
    """Return places that differ in one letter, or one index, and in nothing else."""
    said = env.world.said
    name, below, *_ = refer(text, said.known)
    if name in said.ranges:
        for place in index_range(name, env):
            yield env.holding({name: place})
        return
    places = tuple(int(number_of(b, env)) for b in below)
    for _ in range(4):
        if name in said.domains:
            fresh = drawn(said.domains[name], env)
        else:
            fresh = with_random(_without(env, name)).values[name]
        if not places:
            yield env.holding({name: fresh})
            continue
        old = env.values[name].entries
        inside = {k: v for k, v in fresh.entries.items() if k[: len(places)] == places}
        yield env.holding({name: Table({**old, **inside})})


def _without(env: Env, name: Letter) -> Env:
    return replace(env, values={k: v for k, v in env.values.items() if k != name})


__all__ = ["PALETTES", "Unit", "at_indices", "free_indices", "instance", "told", "varied"]

"""Densities that a page gives up to a constant: they are made to sum, or integrate, to one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from oracles.reader.cursor import Tree

from stranger.evaluate import MEANINGS, number_of, referred
from stranger.integrals import nodes_of
from stranger.laws import unit_law, units_of
from stranger.letters import Letter, refer, whole
from stranger.values import Env, NotEvaluatedError, Scope, Table, Unit, Value, at
from stranger.words import Part


def _new_density(tree: Tree, env: Env) -> Value:
    """Return a density that the page gives up to a constant: its values are made to sum to one."""
    said = env.world.said
    argument = tree[3][0][1][0]
    mine = refer(argument, said.known)
    for density, body in said.up_to:
        theirs = refer(density[3][0][1][0], said.known)
        if density[1] == tree[1] and theirs.letter == mine.letter:
            names = [whole(s) for s in theirs.subscripts]
            places = tuple(number_of(s, env) for s in mine.subscripts)
            inside = env.holding(dict(zip(names, places, strict=True)))
            return _normalised(mine.letter, places, body, inside, referred(argument, env))
    message = "a density that the page does not give"
    raise NotEvaluatedError(message)


def _normalised(
    name: Letter, places: tuple[Value, ...], body: Tree, env: Env, here: Value
) -> Value:
    said = env.world.said
    head = next(h for h, x in said.random if x == name)
    scope = Scope(head)
    random = env.under(said.of_head(head), scope)
    unit = (name, tuple(int(p) for p in places))
    above = {n: env.values[n] for n in said.of_head(head) if n in env.values}
    there = replace(random, units={**random.units, **_drawn(said.of_head(head), above, env)})
    base = unit_law(unit, there)
    if base.states:
        first = int(np.min(base.rule(1, 0)[0]))
        logs = np.stack(np.broadcast_arrays(
            *(_put(name, places, s, body, env) for s in range(first, first + base.states))
        ))  # fmt: skip
    else:
        nodes, weights = base.rule(nodes_of(base), env.depth)
        lifted = replace(env, depth=env.depth + 1)
        logs = np.log(weights) - base.log_density(nodes) + _put(name, places, nodes, body, lifted)
    top = np.max(logs, axis=0)
    total = top + np.log(np.sum(np.exp(logs - top), axis=0))
    return _put(name, places, here, body, env) - total


def _drawn(joint: dict[Letter, Part], values: dict[Letter, Value], env: Env) -> dict[Unit, Value]:
    units = [u for n in values for u in units_of(joint[n], (), env)]
    return {u: at(values[u[0]], u[1]) for u in units}


def _put(name: Letter, places: tuple[Value, ...], new: Value, body: Tree, env: Env) -> Value:
    """Return a formula where one unit of a letter is put at a value."""
    exact = tuple(int(p) for p in places)
    old = env.values[name]
    if not exact:
        return number_of(body, env.holding({name: new}))
    inside = (
        {(*exact, *k): v for k, v in new.entries.items()}
        if isinstance(new, Table)
        else {exact: new}
    )
    return number_of(body, env.holding({name: Table({**old.entries, **inside})}))


MEANINGS["new density"] = _new_density

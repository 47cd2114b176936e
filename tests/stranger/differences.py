"""Derivatives by central differences."""

from __future__ import annotations

import numpy as np
from oracles.reader.cursor import Tree

from stranger.evaluate import MEANINGS, letter, number_of
from stranger.letters import Letter, refer
from stranger.values import Env, NotEvaluatedError, Table, Value
from stranger.words import POSITIVE, SIMPLEX, UNIT

_STEPS = ((1, 3 / 4), (2, -3 / 20), (3, 1 / 60))


def derivative(by: Tree, body: Tree, env: Env) -> Value:
    """Return a derivative by central differences of the sixth order."""
    logarithm = by[0] == "apply"
    by = by[3][0][1][0] if logarithm else by
    name, below, *_ = refer(by, env.world.said.known | set(env.values))
    places = tuple(number_of(b, env) for b in below)
    old = letter(name, places, env)
    if isinstance(old, Table):
        message = "a derivative by a vector"
        raise NotEvaluatedError(message)
    domain = env.world.said.domains.get(name)
    narrow = logarithm or (domain and domain.kind in {POSITIVE, SIMPLEX, UNIT})
    scale = 0.01 * np.where(old == 0, 1.0, np.minimum(1.0, np.abs(old))) if narrow else 0.01
    if domain and domain.kind == UNIT:
        scale = scale * (1 - old)
    found: Value = 0.0
    for count, weight in _STEPS:
        for sign in (1, -1):
            step = sign * count * scale
            there = shifted(
                name, places, old * np.exp(step / old) if logarithm else old + step, env
            )
            found = found + sign * weight * number_of(body, there)
    return found / scale * (old if logarithm else 1.0)


def shifted(name: Letter, places: tuple[Value, ...], new: Value, env: Env) -> Env:
    """Return the same with one entry of a letter that stands for something else."""
    exact = tuple(int(p) for p in places)
    if name in env.averaged:
        plates = len(env.world.said.random[env.averaged[name].head, name].plates)
        unit, rest = (name, exact[:plates]), exact[plates:]
        old = env.units[unit]
        old = old() if callable(old) else old
        return env.bound(unit, Table({**old.entries, rest: new}) if rest else new)
    if not exact:
        return env.holding({name: new})
    return env.holding({name: Table({**letter(name, (), env).entries, exact: new})})


MEANINGS["derivative"] = derivative

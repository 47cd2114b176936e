"""Densities that a page names, of some random letters given others, by its conditionals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
from oracles.reader.cursor import Tree

from stranger.evaluate import MEANINGS, letter, number_of, value
from stranger.glossary import Law
from stranger.integrals import mean, touched
from stranger.laws import ancestors, chooses, family_law, is_family, unit_law, units_of
from stranger.letters import Letter, is_letter, refer
from stranger.memory import remembered
from stranger.values import (
    Env,
    NotEvaluatedError,
    Scope,
    Table,
    TooLargeError,
    UnboundError,
    Unit,
    Value,
    at,
)
from stranger.words import Declared, Part

MOST = 81
"""States that are gone through one by one."""


class Asked(NamedTuple):
    """A density's units with their values, and those that are given."""

    units: dict[Unit, Callable[[], Value]]
    given: dict[Unit, Callable[[], Value]]
    scope: Scope
    env: Env


def is_density(tree: Tree, env: Env) -> bool:
    """Whether a formula is the density of random letters, or of a named distribution."""
    if tree[0] != "apply" or tree[2] != "(":
        return False
    if is_family(tree):
        return len(tree[3]) == 2
    heads = {head for head, _ in env.world.said.random} | _new_heads(env.world.said)
    return tree[1] in heads


def _new_heads(said: Declared) -> set[Tree]:
    return {density[1] for density, _ in said.up_to}


def log_density(tree: Tree, env: Env) -> Value:
    """Return the log of a density at the values of its arguments."""
    if is_family(tree):
        found = value(tree[3][0][1][0], env)
        length = len(found.entries) if isinstance(found, Table) else 0
        return family_law(tree, env, length).log_density(found)
    if tree[1] in _new_heads(env.world.said):
        return MEANINGS["new density"](tree, env)
    asked = ask(tree, env)
    known = dict(asked.given) | asked.units
    inside = replace(asked.env, units={**asked.env.units, **known})
    product_holds = not _descends(asked)
    if product_holds:
        try:
            return sum((conditional(u, inside) for u in asked.units), 0.0)
        except UnboundError as missing:
            if missing.scope is not asked.scope:
                raise
    only = replace(asked.env, units={**asked.env.units, **asked.given})
    below = evidence(list(asked.given), only) if asked.given else 1.0
    return np.log(evidence(list(known), inside)) - np.log(below)


def _descends(asked: Asked) -> bool:
    """Whether something given depends on what the density is of."""
    said = asked.env.world.said
    names = {u[0] for u in asked.units}
    return any(ancestors([u[0]], asked.scope.head, said) & names for u in asked.given)


def conditional(unit: Unit, env: Env) -> Value:
    """Return the log density of one random quantity given what it depends on."""
    return unit_law(unit, env).log_density(letter(*unit, env))


def ask(tree: Tree, env: Env) -> Asked:
    """Read the arguments of a density: letters, values put in for them, and what is given."""
    said = env.world.said
    joint = said.of_head(tree[1])
    scope = Scope(tree[1])
    groups = tree[3]
    named = [_named(a, joint, env) for a in groups[0][1]]
    given = [_named(a, joint, env) for a in (groups[1][1] if len(groups) > 1 else ())]
    taken = {n[0].letter for n in (*named, *given) if n}
    left = [p for p in joint.values() if p.letter not in taken and not p.letter.plated]
    for place, argument in enumerate(groups[0][1]):
        if named[place] is None:
            if len(left) != 1:
                message = "an argument of a density that is none of its letters"
                raise NotEvaluatedError(message)
            named[place] = (left.pop(), (), argument)
    units = [u for n in named if n for u in _valued(*n, env)]
    conditions = [u for n in given if n for u in _valued(*n, env)]
    if not units or set(dict(units)) & set(dict(conditions)):
        message = "a density of nothing, or given its own variable"
        raise NotEvaluatedError(message)
    return Asked(dict(units), dict(conditions), scope, env.under(joint, scope))


def _named(
    argument: Tree, joint: dict[Letter, Part], env: Env
) -> tuple[Part, tuple[Tree, ...], Tree] | None:
    """Return the random letter that an argument names, its subscripts, and its value."""
    put_in = argument[0] == "relation"
    left = argument[2] if put_in else argument
    if not is_letter(left):
        return None
    found = refer(left, env.world.said.known)
    if found.letter not in joint or found.power is not None:
        return None
    return joint[found.letter], found.subscripts, argument[3] if put_in else argument


def _valued(
    part: Part, below: tuple[Tree, ...], argument: Tree, env: Env
) -> list[tuple[Unit, Callable[[], Value]]]:
    """Return the units of an argument, each with what it is put at, to be found when needed."""
    places = tuple(number_of(b, env) for b in below)
    if len(places) > len(part.plates):
        message = "a density of an entry of a random vector"
        raise NotEvaluatedError(message)
    units = units_of(part, places, env)
    if is_letter(argument):
        name, subscripts, power, inverse = refer(argument, env.world.said.known)
        if power is None and not inverse:
            own = len(part.plates) - len(places)
            return [(u, _at_letter(name, subscripts, u[1][len(u[1]) - own :], env)) for u in units]
    return [(u, _at_value(argument, u[1][len(places) :], env)) for u in units]


def _at_letter(
    name: Letter, below: tuple[Tree, ...], places: tuple[int, ...], env: Env
) -> Callable[[], Value]:
    return lambda: letter(name, (*(number_of(b, env) for b in below), *places), env)


def _at_value(argument: Tree, places: tuple[int, ...], env: Env) -> Callable[[], Value]:
    return lambda: at(value(argument, env), places)


def evidence(units: list[Unit], env: Env) -> Value:
    """Return the density of some quantities, the others of their joint summed or integrated out."""
    scopes = {env.averaged[u[0]] for u in units}
    needed: dict[Unit, dict[Unit, tuple[Value, Law]]] = {}
    looked: dict[Unit, set[Unit]] = {}
    for unit in units:
        env.world.seen.clear()
        needed[unit] = touched(lambda e, u=unit: conditional(u, e), env, scopes)
        looked[unit] = env.world.seen & env.units.keys()
    for unit in {t for n in needed.values() for t in n}:
        if chooses(unit[0], env):
            states = needed_states(unit, needed, env)
            _few(len(states) ** (1 + sum(u[0] == unit[0] for u in units)))
            return sum(evidence([*units, unit], env.bound(unit, s)) for s in states)
    found: Value = 1.0
    for group in _linked(units, needed):
        at_values = sorted(
            ((u, _held(u, env)) for u in set().union(*map(looked.get, group))), key=str
        )
        factor = partial(_together, group)
        compute = partial(mean, factor, env, scopes)
        if any(np.ndim(v) for _, v in at_values):
            found = found * compute()
            continue
        joint = env.world.said.of_head(next(iter(scopes)).head)
        families = [joint[u[0]].family for u in (*group, *(t for g in group for t in needed[g]))]
        key: Tree = (f"density of {group} at {at_values}", *families)
        found = found * remembered(key, env, compute, beside=joint)
    return found


def _few(states: int) -> None:
    if states > MOST:
        message = f"{states} states"
        raise TooLargeError(message)


def _held(unit: Unit, env: Env) -> Value:
    held = env.units[unit]
    return held() if callable(held) else held


def _together(group: list[Unit], env: Env) -> Value:
    return np.exp(sum(conditional(u, env) for u in group))


def _linked(units: list[Unit], needed: Mapping[Unit, Iterable[Unit]]) -> Iterator[list[Unit]]:
    """Return the quantities in groups whose others, which are integrated out, are apart."""
    waiting = set(units)
    while waiting:
        group = {waiting.pop()}
        linked = set().union(*(needed[u] for u in group))
        while more := {u for u in waiting if linked.intersection(needed[u])}:
            group |= more
            waiting -= more
            linked |= set().union(*(needed[u] for u in more))
        yield [u for u in units if u in group]


def needed_states(unit: Unit, needed: dict[Unit, dict[Unit, tuple[Value, Law]]], env: Env) -> range:
    """Return the states of a quantity whose parameters may themselves be random."""
    points = next(n for n in needed.values() if unit in n)
    there = replace(env, units={**env.units, **{k: v for k, (v, _) in points.items() if k != unit}})
    low = unit_law(unit, there)
    first = int(np.min(low.rule(2, 0)[0]))
    return range(first, first + low.states)


MEANINGS["is density"] = is_density
MEANINGS["log density"] = log_density

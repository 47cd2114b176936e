"""Expectations, variances, divergences, entropies, and sums over the states of random letters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np
from oracles.reader.cursor import Tree

from stranger.densities import MOST
from stranger.evaluate import MEANINGS, index_range, letter, number_of, value
from stranger.integrals import nodes_of
from stranger.laws import family_law, is_family, unit_law, units_of
from stranger.letters import Letter, refer
from stranger.under import Under
from stranger.values import Env, NotEvaluatedError, Scope, Table, TooLargeError, Value


def mean_of(tree: Tree, env: Env) -> Value:
    """Return an expectation, a variance, a divergence or an entropy."""
    head, groups = tree[1], tree[3]
    name = head[1] if head[0] == "name" else head[1][1]
    body = groups[0][1][0]
    if name == "KL":
        return _divergence(body, groups[1][1][0], env)
    log: Tree = ("name", "log", ())
    if name == "H":
        return -Under((body,), env).linear(("apply", log, "(", ((None, (body,)),)))
    under = Under(head[2] if head[0] == "script" else (), env)
    centre = under.linear(body)
    if name == "E":
        return centre
    if name == "Var":
        return under.mean(lambda e: (number_of(body, e) - centre) ** 2)
    message = f"no meaning for {name}[…]"
    raise NotEvaluatedError(message)


def _divergence(left: Tree, right: Tree, env: Env) -> Value:
    """Return the mean, under the first distribution, of the log of the ratio of both."""
    if is_family(left) and is_family(right):
        size = max(_length(left, env), _length(right, env))
        mine, theirs = family_law(left, env, size), family_law(right, env, size)
        nodes, weights = mine.rule(nodes_of(mine), env.depth)
        with np.errstate(divide="ignore"):
            ratio = mine.log_density(nodes) - theirs.log_density(nodes)
        return np.sum(weights * ratio, axis=0)
    if is_family(left) or is_family(right):
        message = "a divergence of a named distribution from a density of letters"
        raise NotEvaluatedError(message)
    log: Tree = ("name", "log", ())
    ratio_tree: Tree = ("apply", log, "(", ((None, (("div", left, right),)),))
    return Under((left,), env).linear(ratio_tree)


def _length(tree: Tree, env: Env) -> int:
    found = [value(p, env) for p in tree[3][-1][1]]
    return max((k[0] for t in found if isinstance(t, Table) for k in t.entries), default=0)


def states(entries: tuple[Tree, ...], env: Env) -> Iterator[Env]:
    """Return the joint states of random letters that a sum runs over."""
    names = [refer(e[1], env.world.said.known).letter for e in entries]
    every = [_states_of(name, env) for name in names]
    for places in product(*every):
        yield env.holding(dict(zip(names, places, strict=True)))


def _states_of(name: Letter, env: Env) -> list[Value]:
    """Return all values of a random letter that takes states, as one number or a table."""
    said = env.world.said
    head = next((h for h, x in said.random if x == name), None)
    if head is None:
        return list(index_range(name, env))
    part = said.random[head, name]
    drawn = {n: Scope(head) for n in said.of_head(head)}
    scope = Scope(head)
    there = replace(env, averaged={**env.averaged, **dict.fromkeys(drawn, scope)})
    units = units_of(part, (), env)
    others = {u: letter(*u, env) for n in drawn for u in units_of(said.random[head, n], (), env)}
    there = replace(there, units={**there.units, **others})
    counts = [unit_law(u, there).states for u in units]
    if not all(counts):
        message = f"a sum over {name}, which takes no states"
        raise NotEvaluatedError(message)
    if np.prod(counts) > MOST:
        message = f"a sum over {np.prod(counts)} states"
        raise TooLargeError(message)
    rows = product(*(range(1, c + 1) for c in counts))
    if units == [(name, ())]:
        return [r[0] for r in rows]
    return [Table({u[1]: s for u, s in zip(units, r, strict=True)}) for r in rows]


MEANINGS["mean"] = mean_of
MEANINGS["states"] = states

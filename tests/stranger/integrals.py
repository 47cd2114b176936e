"""Means over random quantities, one after another, as a formula asks for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from stranger.glossary import MANY, Law
from stranger.laws import chooses, unit_law
from stranger.values import Env, Scope, TooLargeError, UnboundError, Unit, Value

Formula = Callable[[Env], Value]
FEWEST = 8
MOST_STATES = 1500


def mean(formula: Formula, env: Env, scopes: set[Scope]) -> Value:
    """Return the mean of a formula over what is random in it, under the scopes named."""
    points = touched(formula, env, scopes)
    if not points:
        return formula(env)
    states = dimensions = 1
    for found in points.values():
        states *= found[1].states or 1
        dimensions += 0 if found[1].states else found[1].dimensions
    if states > MOST_STATES:
        message = f"{states} states"
        raise TooLargeError(message)
    return _over(formula, env, scopes, _count(states, dimensions - 1, env))


def _count(states: int, dimensions: int, env: Env) -> int:
    """Return how many nodes each dimension takes."""
    if not dimensions:
        return 1
    most = 91 if env.world.fine else 65
    count = min(most, int((env.world.budget / states) ** (1 / dimensions)))
    if dimensions == 2:
        count = min(count, 75 if env.world.fine else 45)
    if count < FEWEST:
        message = f"an integral of {dimensions} dimensions"
        raise TooLargeError(message)
    return count if count < MANY or count % 2 else count - 1


def nodes_of(law: Law) -> int:
    """Return how many nodes each dimension of one distribution takes."""
    return min(65, round(40_000 ** (1 / max(law.dimensions, 1))))


def _over(formula: Formula, env: Env, scopes: set[Scope], count: int) -> Value:
    try:
        return formula(env)
    except UnboundError as missing:
        if missing.scope not in scopes:
            raise
        unit = missing.unit
    unit, found = _ready(unit, env, scopes)
    if found.states and chooses(unit[0], env):
        nodes, weights = found.rule(count, 0)
        return sum(
            w * _over(formula, env.bound(unit, int(s)), scopes, count)
            for s, w in zip(nodes.ravel(), weights, strict=True)
        )
    nodes, weights = found.rule(count, env.depth)
    inner = _over(formula, env.bound(unit, nodes, axis=True), scopes, count)
    if np.ndim(inner) <= env.depth:
        return inner
    return np.sum(inner * weights, axis=0)


def _ready(unit: Unit, env: Env, scopes: set[Scope]) -> tuple[Unit, Law]:
    """Return the first random quantity that depends on none which is not bound, and its law."""
    while True:
        try:
            return unit, unit_law(unit, env)
        except UnboundError as missing:
            if missing.scope not in scopes:
                raise
            unit = missing.unit


def touched(formula: Formula, env: Env, scopes: set[Scope]) -> dict[Unit, tuple[Value, Law]]:
    """Return the random quantities that a formula depends on, each at a point and with its law."""
    points: dict[Unit, tuple[Value, Law]] = {}
    here = env
    while True:
        try:
            formula(here)
        except UnboundError as missing:
            if missing.scope not in scopes:
                raise
            unit, found = _ready(missing.unit, here, scopes)
        else:
            return points
        point = found.draw(np.random.default_rng(len(points)))
        points[unit] = (point, found)
        here = replace(here, units={**here.units, unit: point})

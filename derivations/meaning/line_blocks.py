"""Continuous random variables, and grids of nodes and weights for them.

The rule is the trapezoidal one on the whole line, after a change of variables.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from typing import Any

import numpy as np
from flint import arb, ctx
from numpy.typing import NDArray
from sympy import Expr, exp, log

from derivations.calculus.evaluate import State, compiled
from derivations.calculus.expressions import Array
from derivations.calculus.number_fields import BALLS
from derivations.calculus.point import Point
from derivations.families import Vector, family
from derivations.meaning.atoms import MeanError
from derivations.meaning.notation import FamilyAt
from derivations.meaning.random_values import written

SPACING = 0.25
"""The distance between the nodes of a rule, after the change of variables."""
TAIL = 42.0
"""A grid ends where the density weighs less than exp(-TAIL)."""
STEPS = (1 / 2, 0.2915, 0.4142, 0.1459)
"""The shift of the second rule along each axis, in units of the spacing. They differ: otherwise a
function of a sum or difference of two variables would be evaluated at the same values again."""
MOST_STEPS, AT_ONCE, MOST_KEPT, COARSER = 2000, 8, 2000, 1.6


@dataclass(frozen=True)
class Grid:
    """Nodes and weights for positions of a block; for a single one, also one minus the nodes."""

    values: tuple[NDArray[Any], ...]
    weights: NDArray[Any]
    left: Any = None


_GRIDS: dict[Hashable, Grid] = {}


@dataclass(frozen=True)
class LineBlock:
    """One continuous variable at known parameters."""

    key: Hashable
    at: FamilyAt
    parameters: tuple[Any, ...]

    def grid(self, positions: tuple[int, ...], shift: float, *, exact: bool) -> Grid:
        """Return the trapezoidal rule on the whole line, shifted by a fraction of the spacing."""
        del positions
        kept = (self._distribution, shift, exact, ctx.dps)
        if kept not in _GRIDS:
            if len(_GRIDS) > MOST_KEPT:
                _GRIDS.clear()
            _GRIDS[kept] = self._grid(shift, exact=exact)
        return _GRIDS[kept]

    def _grid(self, shift: float, *, exact: bool) -> Grid:
        spacing = SPACING if exact else COARSER * SPACING
        low, high = self.ends
        places = _places(self.scale, low, high, spacing, spacing * shift, ctx.dps)
        weights = self._weights(places) * spacing
        if exact:
            return Grid((places.values,), weights, places.left)
        return Grid((_floats(places.values),), _floats(weights), _floats(places.left))

    @cached_property
    def scale(self) -> tuple[str, float, float]:
        found = family(self.at.name)
        if found.support not in ("real", "positive"):
            return found.support, 0.0, 1.0  # the nodes do not depend on the parameters
        centre, scale = found.typical(tuple(float(p) for p in self.parameters))
        return found.support, float(centre), float(scale)

    @cached_property
    def _distribution(self) -> Hashable:
        return self.at.name, *map(written, self.parameters)

    def _weights(self, places: _Places) -> NDArray[Any]:
        """Return the densities at the nodes, times the derivative of the change of variables."""
        weights: NDArray[Any] = family_density(self.at, places, self.parameters) * places.slopes
        return weights

    @cached_property
    def ends(self) -> tuple[float, float]:
        """Return the ends of the grid: where the weight is far below its maximum."""
        key = (self._distribution, ctx.dps)
        if key not in _ENDS:
            if len(_ENDS) > MOST_KEPT:
                _ENDS.clear()
            _ENDS[key] = (self._end(-1), self._end(1))
        return _ENDS[key]

    def _end(self, direction: int) -> float:
        largest, start, ahead = -math.inf, 0, AT_ONCE
        while start < MOST_STEPS:
            ends = sorted((direction * start, direction * (start + ahead)))
            weights = self._weights(_places(self.scale, *ends, 1.0, 0.0, ctx.dps))
            for number, weight in enumerate(weights[::direction]):
                height = float(weight.log()) if weight > 0 else -math.inf
                largest = max(largest, height)
                if height < largest - TAIL:
                    return float(direction * (start + AT_ONCE * (number // AT_ONCE + 1)))
            start, ahead = start + ahead, 2 * ahead
        message = f"no grid for {self.at.name} at {[str(p) for p in self.parameters]}"
        raise MeanError(message)


_ENDS: dict[Hashable, tuple[float, float]] = {}
_BALL = np.frompyfunc(arb, 1, 1)
_ARRAYS = replace(
    BALLS,
    log=np.frompyfunc(BALLS.log, 1, 1),
    exp=np.frompyfunc(BALLS.exp, 1, 1),
    power=np.frompyfunc(BALLS.power, 2, 1),
)
"""Arrays of balls and single balls: factors that do not depend on the node are computed once."""


def _floats(values: NDArray[Any]) -> NDArray[np.float64]:
    return np.array([float(v) for v in values])


def moved(
    support: str, centre: float, scale: float, line: Any
) -> tuple[NDArray[Any], Any, NDArray[Any]]:
    """Return the points of the support that belong to points of the line, and the derivatives.

    The third value is one minus each point: subtracting a point near one would lose digits.
    """
    if support == "unit":
        tail = _ARRAYS.exp(-line)
        level = 1 / (1 + tail)
        left = level * tail
        return level, level * left, left
    if support == "positive":
        values = _ARRAYS.exp(line) * arb(centre)
        return values, values, 1 - values
    values = arb(centre) + line * arb(scale)
    return values, arb(scale), 1 - values


@dataclass(frozen=True)
class _Places:
    """Points of a support, with everything computed from them that depends on no parameter."""

    values: NDArray[Any]
    slopes: Any
    left: NDArray[Any]
    known: dict[tuple[Any, ...], Any]


@lru_cache(MOST_KEPT)
def _places(  # noqa: PLR0917 - the nodes depend on all of these
    scale: tuple[str, float, float], low: float, high: float, spacing: float, by: float, dps: int
) -> _Places:
    """Return the points that belong to a lattice on the line, in balls of the given precision."""
    del dps  # the working precision, for which the balls are cached
    places = moved(*scale, _BALL(np.arange(low, high, spacing) + by))
    known = {(log(1 - _value("unit")[()]),): _ARRAYS.log(places[2])} if scale[0] == "unit" else {}
    return _Places(*places, known)


def family_density(at: FamilyAt, places: _Places, parameters: Sequence[Any]) -> NDArray[Any]:
    """Return the density of a named family at some points, from its own formula."""
    formula, letter, letters = _letters(at)
    arrays: dict[Array, Any] = {letter: _Whole(places.values)}
    for array, parameter in zip(letters, parameters, strict=True):
        arrays[array] = np.array(parameter, dtype=object)
    state = State(Point({}, arrays), _ARRAYS, {}, dict(places.known))
    found: NDArray[Any] = np.broadcast_to(compiled(formula)(state), places.values.shape)
    for key, value in state.known.items():
        if key not in places.known and _is_of_place_alone(key[0], letter, letters):
            places.known[key] = value
    return found


@cache
def _is_of_place_alone(node: Expr, place: Array, parameters: tuple[Array, ...]) -> bool:
    return not node.has(*parameters) and bool(node.has(place))


@dataclass(frozen=True)
class _Whole:
    """An array whose one entry is looked up as many values at once."""

    values: NDArray[Any]

    def __getitem__(self, place: tuple[int, ...]) -> NDArray[Any]:
        return self.values


_FORMULAS: dict[str, tuple[Expr, Array, tuple[Array, ...]]] = {}


def _letters(at: FamilyAt) -> tuple[Expr, Array, tuple[Array, ...]]:
    """Return the density of a family of scalar parameters, in letters."""
    if at.name not in _FORMULAS:
        found = family(at.name)
        value = _value(found.support)
        letters = tuple(Array(p.name, (), domain=p.domain) for p in found.parameters)
        written = found.log_density(Vector(value[()]), tuple(Vector(a[()]) for a in letters))
        _FORMULAS[at.name] = (exp(written), value, letters)
    return _FORMULAS[at.name]


def _value(support: str) -> Array:
    """Return the letter of the value whose density it is."""
    return Array("value", (), domain=support if support in ("positive", "unit") else "real")

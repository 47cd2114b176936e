"""Numbers, arrays of numbers by their subscripts, and what letters stand for at one place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from oracles.reader.cursor import Tree

from stranger.letters import Letter
from stranger.words import Declared

Value = Any  # a number, an array of numbers at the nodes of means, or a Table of them
Unit = tuple[Letter, tuple[int, ...]]


class NotEvaluatedError(ValueError):
    """What cannot be computed, with the reason."""


class TooLargeError(NotEvaluatedError):
    """What takes too many nodes, or states, at the sizes drawn."""


class UndeclaredError(NotEvaluatedError):
    """A letter whose numbers are not printed."""

    def __init__(self, letter: Letter) -> None:
        super().__init__(f"nothing is said of {letter}")
        self.letter = letter


class UnboundError(Exception):
    """A random quantity is needed that a mean has yet to run over."""

    def __init__(self, unit: Unit, scope: Scope) -> None:
        super().__init__(unit)
        self.unit, self.scope = unit, scope


@dataclass(frozen=True)
class Table:
    """Numbers at subscripts, from one."""

    entries: Mapping[tuple[int, ...], Value]

    @property
    def rank(self) -> int:
        """How many subscripts an entry has."""
        return len(next(iter(self.entries)))

    def at(self, subscripts: Iterable[Value]) -> Value:
        """Return an entry, or the row at the first subscripts; a subscript may be an array."""
        places = tuple(subscripts)
        for n, place in enumerate(places):
            if np.ndim(place):
                found = {
                    int(s): self.at((*places[:n], int(s), *places[n + 1 :])) for s in _in(place)
                }
                return _chosen(place, found)
        exact = tuple(int(s) for s in places)
        if len(exact) == self.rank:
            if exact not in self.entries:
                message = f"no entry at {exact}"
                raise NotEvaluatedError(message)
            return self.entries[exact]
        rows = {k[len(exact) :]: v for k, v in self.entries.items() if k[: len(exact)] == exact}
        if not rows or not next(iter(rows)):
            message = f"no row at {exact}"
            raise NotEvaluatedError(message)
        return Table(rows)


def _in(place: Value) -> Value:
    return np.unique(np.asarray(place))


def _chosen(place: Value, found: Mapping[int, Value]) -> Value:
    """Return what is found at each place of an array."""
    first = next(iter(found.values()))
    if isinstance(first, Table):
        keys = first.entries
        return Table({k: _chosen(place, {s: t.entries[k] for s, t in found.items()}) for k in keys})
    total: Value = 0.0
    for state, value in found.items():
        total = total + np.where(place == state, value, 0.0)
    return total


def at(value: Value, subscripts: tuple[Value, ...]) -> Value:
    """Return a value's entry; a number has none."""
    if not subscripts:
        return value
    if not isinstance(value, Table):
        message = "a subscript on a number"
        raise NotEvaluatedError(message)
    return value.at(subscripts)


@dataclass(frozen=True, eq=False)
class Scope:
    """One mean, or one density, and the distribution that its letters are under."""

    head: Tree


@dataclass
class World:
    """What is drawn once: the numbers of letters and functions, and how fine means are taken."""

    said: Declared
    rng: np.random.Generator
    functions: dict[tuple[Any, ...], Callable[[list[Value]], Value]] = field(default_factory=dict)
    known: dict[Any, Any] = field(default_factory=dict)
    seen: set[Unit] = field(default_factory=set)
    budget: int = 60_000
    fine: bool = False
    least: float = 0.5
    most: float = 2.6


@dataclass(frozen=True)
class Env:
    """What letters stand for at one place of a formula; ``depth`` counts the axes of nodes."""

    world: World
    values: Mapping[Letter, Value]
    averaged: Mapping[Letter, Scope] = field(default_factory=dict)
    units: Mapping[Unit, Value] = field(default_factory=dict)
    depth: int = 0

    def holding(self, more: Mapping[Letter, Value]) -> Env:
        """Return the same with letters that stand for something else."""
        averaged = {k: s for k, s in self.averaged.items() if k not in more}
        return replace(self, values={**self.values, **more}, averaged=averaged)

    def bound(self, unit: Unit, value: Value, *, axis: bool = False) -> Env:
        """Return the same at a value, or at nodes on a new axis, of a random quantity."""
        return replace(self, units={**self.units, unit: value}, depth=self.depth + axis)

    def under(self, letters: Iterable[Letter], scope: Scope) -> Env:
        """Return the same with letters that are random, and not bound."""
        averaged = {**self.averaged, **dict.fromkeys(letters, scope)}
        units = {u: v for u, v in self.units.items() if averaged.get(u[0]) is not scope}
        return replace(self, averaged=averaged, units=units)

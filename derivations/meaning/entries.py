"""The entries of random variables as random values, created on first access."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from flint import arb
from sympy import Expr

from derivations.calculus.evaluate import State, compiled, integer_of
from derivations.calculus.expressions import Array
from derivations.calculus.point import Point
from derivations.families import COUNTS, family
from derivations.meaning.atoms import MeanError, NeedsState, Scalar
from derivations.meaning.blocks import FiniteBlock, SimplexBlock
from derivations.meaning.line_blocks import LineBlock
from derivations.meaning.notation import AnyPart, At, Entries, FamilyAt, MeanOver
from derivations.meaning.random_field import RANDOM
from derivations.meaning.random_values import (
    RandomValue,
    as_random,
    constant_of,
    identity,
    written,
)
from derivations.meaning.states import probability


@dataclass
class RandomEntries:
    """The variables of a mean at a point: which entries are random, and the current states."""

    node: MeanOver
    outer: State
    states: dict[Scalar, int] = field(default_factory=dict)
    assumed: dict[tuple[Any, ...], int] = field(default_factory=dict)

    @cached_property
    def parts(self) -> dict[Array, AnyPart]:
        return {p.array: p for p in self.node.parts}

    @cached_property
    def _random(self) -> list[tuple[Array, tuple[int, ...]]]:
        return [self._place(i) for i in self.node.random]

    @cached_property
    def _held(self) -> list[tuple[Array, tuple[int, ...]]]:
        return [self._place(i) for i in self.node.held]

    def _place(self, item: Expr) -> tuple[Array, tuple[int, ...]]:
        item = item.variable if isinstance(item, At) else item
        return item.array, tuple(integer_of(s)(self.outer) - 1 for s in item.subscripts)

    @cached_property
    def _roots(self) -> set[Array]:
        """Return the variables whose distribution depends on no other variable."""
        return {p.array for p in self.node.parts if not p.stated.family.has(*self.parts)}

    _blocks: dict[tuple[Array, tuple[int, ...]], Any] = field(default_factory=dict)
    _weights: dict[tuple[Array, tuple[int, ...]], list[tuple[int, Any]]] = field(
        default_factory=dict
    )

    def is_random(self, array: Array, place: tuple[int, ...]) -> bool:
        """Whether an entry is random here."""

        def among(items: list[tuple[Array, tuple[int, ...]]]) -> bool:
            return any(a == array and place[: len(lead)] == lead for a, lead in items)

        return (not self._random or among(self._random)) and not among(self._held)

    def state(self, places: dict[Any, int]) -> State:
        """Return a state in which the variables are random values."""
        arrays = dict(self.outer.point.arrays)
        for array in self.parts:
            arrays[array] = _Entries(self, array)
        point = Point(
            self.outer.point.sizes,
            arrays,
            self.outer.point.indices,
            self.outer.point.ranges,
        )
        return State(point, RANDOM, dict(places))

    def entry(self, array: Array, place: tuple[int, ...]) -> Any:
        """Return an entry of a variable as a random value, or as its current state."""
        if (array.name, place) in self.assumed:
            return self.assumed[array.name, place]
        if not self.is_random(array, place):
            return self.outer.point.arrays[array][place]
        one = self.parts[array]
        number = len(one.plates)
        copy, position = place[:number], place[number:]
        block = self._blocks.get((array, copy))
        if block is None:
            block = self._block(array, copy, one, self._places(one, copy))
            if array in self._roots:
                self._blocks[array, copy] = block
        if isinstance(block, RandomValue):
            return block
        scalar = Scalar(block, position[0] if position else 0)
        if scalar in self.states:
            return self.states[scalar]
        return identity(scalar)

    def _block(
        self, array: Array, copy: tuple[int, ...], one: AnyPart, places: dict[Any, int]
    ) -> Any:
        at = one.stated.family
        found = family(at.name)
        state = self.state(places)
        if found.support in ("states", "counts", "bits", "up to trials"):
            return self._finite(array, copy, one, state)
        parameters = [self._values(p, state) for p in at.parameters]
        flat = [v for p in parameters for v in p]
        constants = [constant_of(v) for v in flat]
        if all(c is not None for c in constants):
            key = (array.name, copy, at.name, tuple(map(written, constants)))
            if found.support == "simplex":
                return SimplexBlock(key, tuple(arb(c) for c in constants))
            if hasattr(found, "rows"):
                return FiniteBlock(key, *found.rows(constants))
            return LineBlock(key, FamilyAt(at.name), tuple(arb(c) for c in constants))
        if hasattr(found, "location_scale"):
            centre, scale = found.location_scale(tuple(flat), RANDOM)
            noise = LineBlock(("noise", array.name, copy), FamilyAt("Gaussian"), (arb(0), arb(1)))
            return as_random(centre) + scale * identity(Scalar(noise, 0))
        message = f"no mean over {array} whose parameters are random themselves"
        raise MeanError(message)

    def _finite(self, array: Array, copy: tuple[int, ...], one: AnyPart, state: State) -> Any:
        """Return a discrete variable as a block, with its weights unless these are random."""
        at = one.stated.family
        constants = [constant_of(v) for p in at.parameters for v in self._values(p, state)]
        key = (array.name, copy)
        if any(c is None for c in constants):
            scalar = Scalar(FiniteBlock(key, (), ()), 0)
            if scalar not in self.states:
                raise NeedsState(scalar)
            return scalar.block
        states = family(at.name).states(_rounded(at, self, state))
        weights = [probability(one, state, s) for s in states]
        return FiniteBlock(
            (*key, tuple(map(written, constants))),
            tuple((s,) for s in states),
            tuple(arb(constant_of(w)) for w in weights),
            is_cut=family(at.name).support == COUNTS,
        )

    def weights(self, scalar: Scalar) -> list[tuple[int, Any]]:
        """Return the states of a discrete variable with their probabilities."""
        name, copy = scalar.block.key[:2]
        (one,) = (p for p in self.node.parts if p.array.name == name)
        if (one.array, copy) not in self._weights:
            state = self.state(self._places(one, copy))
            states = family(one.stated.family.name).states(_rounded(one.stated.family, self, state))
            found = [(value, probability(one, state, value)) for value in states]
            if one.array not in self._roots:
                return found
            self._weights[one.array, copy] = found
        return self._weights[one.array, copy]

    def _places(self, one: AnyPart, copy: tuple[int, ...]) -> dict[Any, int]:
        """Return the index values at one copy of a variable: its plates, and those set outside."""
        own = {
            plate: at + self.outer.point.index_values(plate)[0]
            for plate, at in zip(one.plates, copy, strict=True)
        }
        return {**self.outer.places, **own}

    def _values(self, parameter: Expr, state: State) -> list[Any]:
        if isinstance(parameter, Entries):
            found = []
            for value in state.point.index_values(parameter.index):
                inner = State(state.point, RANDOM, {**state.places, parameter.index: value})
                found.append(compiled(parameter.body)(inner))
            return found
        return [compiled(parameter)(State(state.point, RANDOM, dict(state.places)))]


class _Entries:
    """The array of a random variable, whose entries are created on first access."""

    dtype = object

    def __init__(self, entries: RandomEntries, array: Array) -> None:
        self._entries, self._array = entries, array

    def __getitem__(self, place: tuple[int, ...]) -> Any:
        return self._entries.entry(self._array, place)


def _rounded(at: FamilyAt, entries: RandomEntries, state: State) -> tuple[Any, ...]:
    """Return the parameters as floats where they are known, for the number of states."""
    found: list[Any] = []
    for parameter in at.parameters:
        if isinstance(parameter, Entries):
            found.append([0.0] * len(state.point.index_values(parameter.index)))
        else:
            known = constant_of(entries._values(parameter, state)[0])  # noqa: SLF001 - of this module
            found.append(math.nan if known is None else float(known))
    return tuple(found)

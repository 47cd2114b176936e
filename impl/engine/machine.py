"""Run a program on arrays; what did not change since the last run is not computed again.

A program is a sequence of instructions, which `derivations.programs.instructions` describes. This
module reads their fields only and imports nothing of that package.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, special

from impl.engine.contraction import cheapest_path, contract, spread

Floats = NDArray[np.float64]
Value = Any
"""An array, or part of an instruction's detail."""


class Program(Protocol):
    """Instructions in order, and where each named result is."""

    @property
    def instructions(self) -> tuple[Any, ...]:
        """Each with ``kind``, ``operands``, ``labels``, ``lengths`` and ``detail``."""

    @property
    def results(self) -> dict[str, tuple[int, tuple[int, ...]]]:
        """The number of the instruction of each result."""


class Machine:
    """The state of a program: its arrays, and every value that is up to date.

    Integer arrays hold states, counted from one; zero stands for a state that is missing.
    """

    def __init__(
        self, program: Program, sizes: Mapping[str, int], arrays: Mapping[str, NDArray[Any]]
    ) -> None:
        self._program = program
        self._sizes = dict(sizes)
        self._arrays = {name: np.asarray(array) for name, array in arrays.items()}
        count = len(program.instructions)
        self._values: list[Any] = [None] * count
        self._made = [-1] * count
        self._changed = dict.fromkeys(self._arrays, 0)
        self._clock = 0
        self._needs = [_arrays_of(program, number) for number in range(count)]
        self._orders = {name: _before(program, at) for name, (at, _) in program.results.items()}
        self._paths: dict[int, Any] = {}
        self._matrices: dict[str, Any] = {}

    def put(self, name: str, array: Floats) -> None:
        """Replace an array."""
        self._clock += 1
        self._arrays[name] = array
        self._changed[name] = self._clock

    def array(self, name: str) -> NDArray[Any]:
        """Return an array as it stands."""
        return self._arrays[name]

    def value(self, name: str) -> Floats:
        """Return a result of the program."""
        with np.errstate(all="ignore"):
            for number in self._orders[name]:
                newest = max((self._changed[a] for a in self._needs[number]), default=0)
                if self._made[number] < newest:
                    self._values[number] = self._compute(number)
                    self._made[number] = newest
        found: Floats = self._values[self._program.results[name][0]]
        return found

    def _compute(self, number: int) -> Value:
        step = self._program.instructions[number]
        values = [self._values[n] for n, _ in step.operands]
        if step.kind == "contract":
            return self._contract(number, step, values)
        if step.kind in _OF_ARRAYS:
            return _OF_ARRAYS[step.kind](self, step, values)
        return _OTHERS[step.kind](self, step, values)

    def length(self, polynomial: Value) -> int:
        """Return a whole number that depends on sizes."""
        return sum(c * math.prod(self._sizes[s] for s in names) for c, names in polynomial)

    def shape(self, step: Value) -> tuple[int, ...]:
        """Return the shape of an instruction's tensor."""
        return tuple(map(self.length, step.lengths))

    def _contract(self, number: int, step: Value, values: list[Floats]) -> Floats:
        labels = [own for _, own in step.operands]
        if number not in self._paths:
            shapes = [v.shape for v in values]
            self._paths[number] = cheapest_path(shapes, labels, step.labels)
        return contract(values, labels, step.labels, self._paths[number])

    def _subscript(self, subscript: Value, shape: tuple[int, ...]) -> NDArray[Any]:
        """Return the values of a subscript over axes of a shape, counted from one."""
        constant, indices, states = subscript
        total: Any = np.asarray(self.length(constant))
        for coefficient, axis in indices:
            steps = np.arange(shape[axis]).reshape(
                [-1 if a == axis else 1 for a in range(len(shape))]
            )
            total = total + coefficient * steps
        for coefficient, name, inner in states:
            places = tuple(self._subscript(s, shape) - 1 for s in inner)
            total = total + coefficient * self._arrays[name][places]
        return np.asarray(total)

    def entries(self, step: Value, _: list[Floats]) -> Value:
        """Return entries of an array, or a view of it where they are all of it."""
        name, subscripts = step.detail
        array, shape = self._arrays[name], self.shape(step)
        plain = [axis for s in subscripts if (axis := _plain(s)) is not None]
        if sorted(plain) == list(range(array.ndim)) and array.shape == tuple(
            shape[axis] for axis in plain
        ):
            return np.transpose(array, np.argsort(plain)) if plain else array
        places = tuple(self._subscript(s, shape) - 1 for s in subscripts)
        return np.broadcast_to(array[places], shape)

    def equal(self, step: Value, _: list[Floats]) -> Floats:
        """Return one where two whole numbers agree, else zero."""
        left, right = (self._subscript(s, self.shape(step)) for s in step.detail)
        return np.broadcast_to(left == right, self.shape(step)).astype(float)

    def counts(self, step: Value, _: list[Floats]) -> Floats:
        """Return how often each state occurs."""
        name, order, _counted = step.detail
        states = np.transpose(self._arrays[name], order)
        *kept, number = self.shape(step)
        rows = states.reshape(math.prod(kept), -1)
        found = rows > 0
        places = np.arange(len(rows))[:, None] * number + rows - 1
        totals = np.bincount(places[found], minlength=len(rows) * number)
        return totals.reshape(*kept, number).astype(float)

    def gather(self, step: Value, values: list[Floats]) -> Floats:
        """Return entries at the states of an integer array; zero where a state is missing."""
        name, shared = step.detail
        states = self._arrays[name]
        axes = [
            np.arange(states.shape[a]).reshape([-1 if b == a else 1 for b in range(states.ndim)])
            for a in shared
        ]
        found: Floats = values[0][(*axes, states - 1)]
        if (states == 0).any():
            found[states == 0] = 0.0
        return found

    def scatter(self, step: Value, values: list[Floats]) -> Floats:
        """Return sums over all entries of an integer array with the same state."""
        name, counted = step.detail
        number = self.shape(step)[-1]
        if name not in self._matrices:
            states = self._arrays[name].ravel()
            found = np.flatnonzero(states)
            ones = np.ones(len(found))
            matrix = sparse.csr_array((ones, (states[found] - 1, found)), (number, len(states)))
            self._matrices[name] = matrix
        value = values[0]
        kept = value.shape[counted:]
        total = self._matrices[name] @ value.reshape(-1, math.prod(kept))
        return np.moveaxis(np.asarray(total).reshape(number, *kept), 0, -1)


def _plain(subscript: Value) -> int | None:
    """Return the axis that a subscript runs along in full, if it is that alone."""
    constant, indices, states = subscript
    if states or constant != ((1, ()),) or len(indices) != 1 or indices[0][0] != 1:
        return None
    return int(indices[0][1])


def _arrays_of(program: Program, number: int) -> frozenset[str]:
    return frozenset().union(
        *(_own_arrays(program.instructions[n]) for n in _before(program, number))
    )


def _own_arrays(step: Value) -> set[str]:
    if step.kind in {"entries", "counts", "gather", "scatter"}:
        name, *rest = step.detail
        return {name} | (_in_subscripts(rest[0]) if step.kind == "entries" else set())
    return _in_subscripts(step.detail) if step.kind == "equal" else set()


def _in_subscripts(subscripts: Value) -> set[str]:
    return {
        name
        for _, _, states in subscripts
        for _, array, inner in states
        for name in ({array} | _in_subscripts(inner))
    }


def _before(program: Program, number: int) -> list[int]:
    """Return the instructions that one needs, itself included, in order."""
    found, todo = set(), [number]
    while todo:
        at = todo.pop()
        if at not in found:
            found.add(at)
            todo += [n for n, _ in program.instructions[at].operands]
    return sorted(found)


def _aligned(step: Value, values: list[Floats]) -> list[Floats]:
    """Return operands with axes in the order of the result, of length one where they lack one."""
    return [
        spread(value, labels, step.labels)
        for value, (_, labels) in zip(values, step.operands, strict=True)
    ]


def _added(machine: Machine, step: Value, values: list[Floats]) -> Floats:
    first, *others = sorted(_aligned(step, values), key=np.size)
    for other in others:
        first = first + other
    return np.broadcast_to(first, machine.shape(step))


def _multiplied(machine: Machine, step: Value, values: list[Floats]) -> Floats:
    first, *others = sorted(_aligned(step, values), key=np.size)
    for other in others:
        first = first * other
    return np.broadcast_to(first, machine.shape(step))


def _power(_: Machine, step: Value, values: list[Floats]) -> Floats:
    exponent = step.detail
    if exponent == -1:
        return 1 / values[0]
    return np.power(values[0], int(exponent) if exponent.is_integer() else exponent)


def _polygamma(_: Machine, step: Value, values: list[Floats]) -> Floats:
    order = step.detail
    return special.digamma(values[0]) if order == 0 else special.polygamma(order, values[0])


def _range(machine: Machine, step: Value, _: list[Floats]) -> Floats:
    return machine.length(step.detail) + np.arange(machine.shape(step)[0], dtype=float)


Compute = Callable[[Machine, Any, list[Floats]], Any]
_OF_ARRAYS: dict[str, Compute] = {
    "entries": Machine.entries,
    "equal": Machine.equal,
    "counts": Machine.counts,
    "gather": Machine.gather,
    "scatter": Machine.scatter,
}
_OTHERS: dict[str, Compute] = {
    "number": lambda _, step, __: np.asarray(step.detail),
    "size": lambda machine, step, _: np.asarray(float(machine.length(step.detail))),
    "range": _range,
    "add": _added,
    "multiply": _multiplied,
    "product": lambda _, step, values: values[0].prod(
        axis=tuple(range(len(step.labels), values[0].ndim))
    ),
    "log": lambda _, __, values: np.log(values[0]),
    "exp": lambda _, __, values: np.exp(values[0]),
    "lgamma": lambda _, __, values: special.gammaln(values[0]),
    "polygamma": _polygamma,
    "power": _power,
    "raise": lambda _, step, values: np.power(*_aligned(step, values)),
    "abs": lambda _, __, values: np.abs(values[0]),
}

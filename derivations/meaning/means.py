"""Means over the variables of factors, in balls: by linearity, independence, states, quadrature.

A sum is averaged term by term, a product of functions of independent variables factor by factor.
What is left are means over few variables: finite sums, or the trapezoidal rule on the whole line
after a change of variables, taken twice with the nodes of one between those of the other. Where the
two differ the ball is as wide as that.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, lru_cache
from typing import Any

import numpy as np
from flint import arb, ctx
from numpy.typing import NDArray
from sympy import Add, Expr, Mul, exp

from derivations.calculus.binding import free_indices
from derivations.calculus.evaluate import _compiled, _integer, _State, compiles
from derivations.calculus.expressions import Array, IndexSum
from derivations.calculus.number_fields import BALLS
from derivations.calculus.point import Point
from derivations.families import COUNTS, Vector, family
from derivations.meaning.between_nodes import passed_over
from derivations.meaning.expansion import expand, vector
from derivations.meaning.gaussian_means import exact_mean
from derivations.meaning.notation import AnyPart, At, Entries, FamilyAt, MeanOver
from derivations.meaning.random_values import (
    INNER_MEAN,
    RANDOM,
    Atom,
    MeanError,
    NeedsState,
    Nodes,
    Product,
    RandomValue,
    Scalar,
    as_random,
    constant_of,
    identity,
    power_of_whole,
)

DIGITS = 60
"""Digits of the balls that are averaged: a grid comes nearer to an end than floats tell."""
SPACING = 0.25
TAIL = 42.0
"""A grid ends where the density weighs less than exp(-TAIL)."""
MOST_NODES = 3_000_000
MOST_STEPS, AT_ONCE, MOST_KEPT, COARSER = 2000, 8, 2000, 1.6
SAFETY = 16
"""How much wider than the difference of two rules a ball is made."""
LEAST, ROUNDING = 1e-16, 1e-13
"""Of the size of what is added up: what a rule may be off by, in balls and in floats."""
BEYOND, FADED = 100, 1e-6
"""How many times the outermost terms of a sum what lies beyond may be, if these are so small a part
of what is added up; where they are not, nothing is known."""
STEPS = (1 / 2, 0.2915, 0.4142, 0.1459)
"""By how much of a spacing the second rule is moved along each axis: by different parts, else a
function of a sum or difference of two variables is seen at the same places again."""


@dataclass(frozen=True)
class Grid:
    """Nodes and weights of some positions of a block; of one position also one less its nodes."""

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
        """Return the trapezoidal rule on the whole line, moved by part of a spacing."""
        del positions
        kept = (self.key, shift, exact, ctx.dps)
        if kept not in _GRIDS:
            if len(_GRIDS) > MOST_KEPT:
                _GRIDS.clear()
            _GRIDS[kept] = self._grid(shift, exact=exact)
        return _GRIDS[kept]

    def _grid(self, shift: float, *, exact: bool) -> Grid:
        spacing = SPACING if exact else COARSER * SPACING
        low, high = self._ends
        places = _places(self._scale, low, high, spacing, spacing * shift, ctx.dps)
        weights = self._weights(places) * spacing
        if exact:
            return Grid((places.values,), weights, places.left)
        return Grid((_floats(places.values),), _floats(weights), _floats(places.left))

    @cached_property
    def _scale(self) -> tuple[str, float, float]:
        found = family(self.at.name)
        if found.support not in ("real", "positive"):
            return found.support, 0.0, 1.0  # where the places lie does not depend on parameters
        centre, scale = found.typical(tuple(float(p) for p in self.parameters))
        return found.support, float(centre), float(scale)

    def _weights(self, places: _Places) -> NDArray[Any]:
        """Return the densities at places, times the slope of the change of variables."""
        weights: NDArray[Any] = family_density(self.at, places, self.parameters) * places.slopes
        return weights

    @cached_property
    def _ends(self) -> tuple[float, float]:
        """Return where the weight has fallen far below its largest, on both sides."""
        key = (self.key, ctx.dps)
        if key not in _ENDS:
            if len(_ENDS) > MOST_KEPT:
                _ENDS.clear()
            _ENDS[key] = (self._end(-1), self._end(1))
        return _ENDS[key]

    def _end(self, direction: int) -> float:
        largest = -math.inf
        for start in range(0, MOST_STEPS, AT_ONCE):
            ends = sorted((direction * start, direction * (start + AT_ONCE)))
            weights = self._weights(_places(self._scale, *ends, 1.0, 0.0, ctx.dps))
            for weight in weights[::direction]:
                height = float(weight.log()) if weight > 0 else -math.inf
                largest = max(largest, height)
                if height < largest - TAIL:
                    return float(direction * (start + AT_ONCE))
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
"""Arrays of balls, and single ones: what does not depend on the place is worked out once."""


def _floats(values: NDArray[Any]) -> NDArray[np.float64]:
    return np.array([float(v) for v in values])


def _moved(
    support: str, centre: float, scale: float, line: NDArray[Any]
) -> tuple[NDArray[Any], Any]:
    """Return the places on a support that belong to places on the line, and their slopes."""
    if support == "real":
        return arb(centre) + line * arb(scale), arb(scale)
    if support == "positive":
        values = _ARRAYS.exp(line) * arb(centre)
        return values, values
    tail = _ARRAYS.exp(-line)
    level = 1 / (1 + tail)
    return level, level * tail / (1 + tail)


@dataclass(frozen=True)
class _Places:
    """Places on a support, and what is known of them whatever the parameters are."""

    values: NDArray[Any]
    slopes: Any
    known: dict[tuple[Any, ...], Any]

    @cached_property
    def left(self) -> NDArray[Any]:
        """One less each place."""
        rest: NDArray[Any] = 1 - self.values
        return rest


@lru_cache(MOST_KEPT)
def _places(
    scale: tuple[str, float, float], low: float, high: float, spacing: float, by: float, dps: int
) -> _Places:
    """Return the places that belong to a lattice on the line, in balls of so many digits."""
    del dps  # the working precision, which the balls are kept for
    return _Places(*_moved(*scale, _BALL(np.arange(low, high, spacing) + by)), {})


def family_density(at: FamilyAt, places: _Places, parameters: Sequence[Any]) -> NDArray[Any]:
    """Return the density of a named family at places, from its own formula."""
    formula, letter, letters = _letters(at)
    arrays: dict[Array, Any] = {letter: _Whole(places.values)}
    for array, parameter in zip(letters, parameters, strict=True):
        arrays[array] = np.array(parameter, dtype=object)
    state = _State(Point({}, arrays), _ARRAYS, {}, dict(places.known))
    found: NDArray[Any] = np.broadcast_to(_compiled(formula)(state), places.values.shape)
    for key, value in state.known.items():
        if key not in places.known and not key[0].has(*letters) and key[0].has(letter):
            places.known[key] = value
    return found


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
        value = Array("value", (), domain=_domain(found.support))
        letters = tuple(Array(p.name, (), domain=p.domain) for p in found.parameters)
        written = found.log_density(Vector(value[()]), tuple(Vector(a[()]) for a in letters))
        _FORMULAS[at.name] = (exp(written), value, letters)
    return _FORMULAS[at.name]


def _domain(support: str) -> str:
    return support if support in ("positive", "unit") else "real"


@dataclass(frozen=True)
class SimplexBlock:
    """A Dirichlet variable: any of its entries by themselves, the others lumped together."""

    key: Hashable
    concentration: tuple[Any, ...]

    def __hash__(self) -> int:
        return hash(self.key)

    def _broken(self, positions: tuple[int, ...]) -> list[LineBlock]:
        """Return the parts broken off a stick, each a Beta variable; the last entry is the rest."""
        left = sum(self.concentration, arb(0))
        last = len(positions) == len(self.concentration)
        blocks = []
        for position in positions[:-1] if last else positions:
            own = self.concentration[position]
            left -= own
            key = ("stick", self.key, position, str(left))
            blocks.append(LineBlock(key, FamilyAt("Beta"), (own, left)))
        return blocks

    def in_parts(self, exponents: dict[int, Any]) -> list[Product]:
        """Return a product of powers of entries as products of powers of the parts of a stick."""
        positions = tuple(sorted(exponents))
        found: list[Product] = []
        for number, block in enumerate(self._broken(positions)):
            part = identity(Scalar(block, 0))
            rest = sum((exponents[p] for p in positions[number + 1 :]), 0)
            powers = power_of_whole(part, exponents[positions[number]]) * power_of_whole(1 - part, rest)
            found += powers.terms
        return found

    def grid(self, positions: tuple[int, ...], shift: float, *, exact: bool) -> Grid:
        """Return a rule for some entries, by breaking a stick: each part is a Beta variable."""
        last = len(positions) == len(self.concentration)
        grids = [
            b.grid((0,), shift * 2 * step, exact=exact)
            for b, step in zip(self._broken(positions), itertools.cycle(STEPS), strict=False)
        ]
        rest: Any = np.array(arb(1), dtype=object) if exact else np.array(1.0)
        weights: Any = np.array(arb(1), dtype=object) if exact else np.array(1.0)
        values = []
        for axis, grid in enumerate(grids):
            shape = [1] * len(grids)
            shape[axis] = -1
            part = grid.values[0].reshape(shape)
            values.append(rest * part)
            rest = rest * grid.left.reshape(shape)
            weights = weights * grid.weights.reshape(shape)
        if last:
            values.append(rest)
        shape = np.broadcast_shapes(*(np.shape(v) for v in values), np.shape(weights))
        flat = tuple(np.broadcast_to(v, shape).reshape(-1) for v in values)
        return Grid(flat, np.broadcast_to(weights, shape).reshape(-1))


@dataclass(frozen=True)
class FiniteBlock:
    """A discrete variable at known probabilities, its states one row each.

    There may be more states than these: it is then cut off.
    """

    key: Hashable
    rows: tuple[tuple[Any, ...], ...]
    weights: tuple[Any, ...]
    is_cut: bool = False

    def grid(self, positions: tuple[int, ...], shift: float, *, exact: bool) -> Grid:
        """Return its states."""
        del shift
        values = tuple(_array([row[p] for row in self.rows], exact=exact) for p in positions)
        return Grid(values, _array(list(self.weights), exact=exact))


def _array(numbers: list[Any], *, exact: bool) -> NDArray[Any]:
    if exact:
        return np.array([arb(v) for v in numbers], dtype=object)
    return np.array([float(v) for v in numbers])


def _integrated(atoms: Product) -> tuple[arb, float]:
    """Return the mean of a product of atoms, and the mean of its absolute value."""
    value, size = arb(1), 1.0
    for group in _connected(atoms):
        inner, large = _mean_of_group(group)
        value, size = value * inner, size * large
    return value, size


def _connected(atoms: Product) -> list[Product]:
    groups: list[tuple[set[Hashable], list[Atom]]] = []
    for atom in atoms:
        blocks = {s.block.key for s in atom.scalars}
        joined = [atom]
        rest = []
        for others, members in groups:
            if others & blocks:
                blocks |= others
                joined = [*members, *joined]
            else:
                rest.append((others, members))
        groups = [*rest, (blocks, joined)]
    return [tuple(members) for _, members in groups]


_MEANS: dict[Hashable, tuple[arb, float]] = {}


def _unmarked(atoms: Product) -> Product:
    """Return the atoms without the marks of inner means; two of one variable are refused."""
    seen: set[Scalar] = set()
    for own in (a.key[1] for a in atoms if a.name == INNER_MEAN):
        if own & seen:
            message = "no product of means over one variable that depend on others averaged outside"
            raise MeanError(message)
        seen |= own
    return tuple(a for a in atoms if a.name != INNER_MEAN) if seen else atoms


def _mean_of_group(atoms: Product) -> tuple[arb, float]:
    atoms = _unmarked(atoms)
    key = (tuple(sorted(hash(a.key) for a in atoms)), frozenset(a.key for a in atoms))
    if key not in _MEANS:
        if len(_MEANS) > 20_000:
            _MEANS.clear()
        exact = exact_mean(atoms)
        powers = None if exact is not None else _powers(atoms)
        if exact is not None:
            _MEANS[key] = (exact, abs(float(exact.mid())))
        elif powers is not None:
            parts = [_mean_of_group(p) for p in powers]
            _MEANS[key] = (math.prod((m for m, _ in parts), start=arb(1)), math.prod(s for _, s in parts))
        else:
            _MEANS[key] = _by_rules(atoms)
    return _MEANS[key]


def _powers(atoms: Product) -> list[Product] | None:
    """Return a product of powers of entries of a Dirichlet variable, in the parts of a stick.

    The parts are independent, so that each is averaged by itself. None for any other product.
    """
    scalars = {s for a in atoms for s in a.scalars}
    blocks = {s.block for s in scalars if isinstance(s.block, SimplexBlock)}
    if len(blocks) != 1 or len(scalars) < 2 or any(s.block not in blocks for s in scalars):  # noqa: PLR2004
        return None
    exponents: dict[int, Any] = {}
    for atom in atoms:
        found = _power_of_entry(atom)
        if found is None:
            return None
        position, exponent = found
        exponents[position] = exponents.get(position, 0) + exponent
    (block,) = blocks
    return block.in_parts(exponents)


def _power_of_entry(atom: Atom) -> tuple[int, Any] | None:
    """Return the position and exponent of a power of an entry."""
    if atom.key[0] == "scalar":
        (scalar,) = atom.scalars
        return scalar.position, 1
    if atom.name != "power" or atom.inner is None or len(atom.inner.terms) != 1:
        return None
    ((inner, coefficient),) = atom.inner.terms.items()
    if len(inner) != 1 or inner[0].key[0] != "scalar" or not coefficient == 1:
        return None
    (scalar,) = inner[0].scalars
    return scalar.position, atom.exponent


def _by_rules(atoms: Product) -> tuple[arb, float]:
    scalars = sorted({s for a in atoms for s in a.scalars}, key=lambda s: (str(s.block.key), s.position))
    blocks = {s.block.key: s.block for s in scalars}
    positions = {
        key: tuple(sorted({s.position for s in scalars if s.block.key == key})) for key in blocks
    }
    axes = sum(_axes(blocks[key], positions[key]) for key in blocks)
    finite = all(isinstance(b, FiniteBlock) for b in blocks.values())
    exact = axes <= 1 or finite
    shifts = (0.0,) if finite else (0.0, 1 / 3, 2 / 3) if _has_kinks(atoms) else (0.0, 0.5)
    found = [_by_rule(atoms, blocks, positions, shift, exact=exact) for shift in shifts]
    values, sizes, edges = zip(*found, strict=True)
    middle = sum(values, arb(0)) / len(values)
    size, edge = max(sizes), max(edges)
    off = SAFETY * max(float(abs(values[0] - v).upper()) for v in values)
    if not finite or any(b.is_cut for b in blocks.values()):
        off += BEYOND * edge + (LEAST if exact else ROUNDING) * size
    if edge > FADED * size or not math.isfinite(off) or not middle.is_finite():
        return arb("nan"), size
    if len(scalars) == 1 and not finite and off <= FADED * max(size, 1.0):
        off += _passed_over(atoms, scalars[0], size)
    return arb(middle.mid(), arb(off) + middle.rad()), size


def _passed_over(atoms: Product, scalar: Scalar, size: float) -> float:
    """Return how far off the mean over one variable may be by what is between the nodes."""
    block = scalar.block
    if isinstance(block, SimplexBlock):
        (block,) = block._broken((scalar.position,))  # noqa: SLF001 - of this module
    grid = block.grid((0,), 0.0, exact=True)

    def function(line: NDArray[Any]) -> NDArray[Any]:
        places = _moved(*block._scale, line)[0]  # noqa: SLF001 - as above
        return math.prod((a.at({scalar: places}) for a in atoms), start=np.full(len(line), arb(1)))

    values = math.prod(
        (a.at({scalar: grid.values[0]}) for a in atoms), start=np.full(len(grid.weights), arb(1))
    )
    low, high = block._ends  # noqa: SLF001 - as above
    line = np.arange(low, high, SPACING)
    return passed_over(function, line, values, grid.weights, size)


def _has_kinks(atoms: Product) -> bool:
    """Whether something is not smooth where it is zero, as an absolute value: two rules may agree.

    Moved by half a spacing a rule is as wrong where a kink is a quarter of it off a node.
    """
    return any(
        a.name == "abs"
        or (a.name == "power" and not isinstance(a.exponent, int))
        or (a.inner is not None and any(_has_kinks(p) for p in a.inner.terms))
        for a in atoms
    )


def _axes(block: Any, positions: tuple[int, ...]) -> int:
    if isinstance(block, FiniteBlock):
        return 0
    if isinstance(block, SimplexBlock):
        return min(len(positions), len(block.concentration) - 1)
    return 1


def _by_rule(
    atoms: Product,
    blocks: dict[Hashable, Any],
    positions: dict[Hashable, tuple[int, ...]],
    shift: float,
    *,
    exact: bool,
) -> tuple[arb, float, float]:
    grids = {
        key: b.grid(positions[key], shift * 2 * step, exact=exact)
        for (key, b), step in zip(blocks.items(), itertools.cycle(STEPS), strict=False)
    }
    total = math.prod(len(g.weights) for g in grids.values())
    if total > MOST_NODES:
        message = f"wanted a mean over few variables at once, got {len(grids)} with {total} nodes"
        raise MeanError(message)
    nodes: dict[Scalar, Any] = {}
    for axis, (key, grid) in enumerate(grids.items()):
        shape = [1] * len(grids)
        shape[axis] = -1
        for position, values in zip(positions[key], grid.values, strict=True):
            nodes[Scalar(blocks[key], position)] = values.reshape(shape)
    values: Any = 1
    for atom in atoms:
        values = values * atom.at(nodes)
    full = np.broadcast_to(values, [len(g.weights) for g in grids.values()])
    sizes, edge = np.abs(full), 0.0
    weights = [g.weights for g in grids.values()]
    for axis, key in enumerate(grids):
        if ends := _ends_of(blocks[key], positions[key]):
            outer = np.take(sizes, ends, axis)
            for other in reversed(range(len(weights))):
                own = weights[other][list(ends)] if other == axis else weights[other]
                outer = _weighted(np.moveaxis(outer, other, -1), own)
            edge = max(edge, float(_ball(outer)))
    for own in reversed(weights):
        full, sizes = _weighted(full, own), _weighted(sizes, own)
    return _ball(full), float(_ball(sizes)), edge


def _ends_of(block: Any, positions: tuple[int, ...]) -> tuple[int, ...]:
    """Return which nodes of a block are the outermost of what goes on beyond them."""
    if isinstance(block, FiniteBlock):
        return (-1,) if block.is_cut else ()
    return (0, -1) if _axes(block, positions) == 1 else ()


def _ball(number: Any) -> arb:
    return arb(number.item() if hasattr(number, "item") else number)


def _weighted(values: NDArray[Any], weights: NDArray[Any]) -> Any:
    if values.dtype == object:
        return (values * weights).sum(-1)
    return values @ weights


def mean_of(value: Any) -> tuple[arb, float]:
    """Return the mean of a random value and the size of what was added up."""
    total, size = arb(0), 0.0
    for atoms, coefficient in as_random(value).terms.items():
        inner, large = _integrated(atoms)
        total = total + inner * coefficient
        size += large * abs(float(arb(coefficient).mid()))
    return total, size


@dataclass
class _Integrator:
    """One mean at one point: which entries are random, and the states assumed so far."""

    node: MeanOver
    outer: _State
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
        return item.array, tuple(_integer(s)(self.outer) - 1 for s in item.subscripts)

    @cached_property
    def _roots(self) -> set[Array]:
        """Return the variables whose distribution depends on no other: it is found once."""
        return {p.array for p in self.node.parts if not p.stated.family.has(*self.parts)}

    _blocks: dict[tuple[Array, tuple[int, ...]], Any] = field(default_factory=dict)
    _weights: dict[tuple[Array, tuple[int, ...]], list[tuple[int, Any]]] = field(default_factory=dict)

    def is_random(self, array: Array, place: tuple[int, ...]) -> bool:
        """Whether an entry is random here."""

        def among(items: list[tuple[Array, tuple[int, ...]]]) -> bool:
            return any(a == array and place[: len(lead)] == lead for a, lead in items)

        return (not self._random or among(self._random)) and not among(self._held)

    def state(self, places: dict[Any, int]) -> _State:
        """Return a state in which the variables are random values."""
        arrays = dict(self.outer.point.arrays)
        for array in self.parts:
            arrays[array] = _Entries(self, array)  # type: ignore[assignment]
        point = Point(
            self.outer.point.sizes,
            arrays,
            self.outer.point.indices,
            self.outer.point.ranges,
        )
        return _State(point, RANDOM, dict(places))

    def entry(self, array: Array, place: tuple[int, ...]) -> Any:
        """Return an entry of a variable as a random value, or as the state assumed."""
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

    def _block(self, array: Array, copy: tuple[int, ...], one: AnyPart, places: dict[Any, int]) -> Any:
        at = one.stated.family
        found = family(at.name)
        state = self.state(places)
        if found.support in ("states", "counts", "bits", "up to trials"):
            return self._finite(array, copy, one, state)
        parameters = [self._values(p, state) for p in at.parameters]
        flat = [v for p in parameters for v in p]
        constants = [constant_of(v) for v in flat]
        if all(c is not None for c in constants):
            key = (array.name, copy, at.name, tuple(str(c) for c in constants))
            if found.support == "simplex":
                return SimplexBlock(key, tuple(arb(c) for c in constants))
            if hasattr(found, "rows"):
                return FiniteBlock(key, *found.rows(constants))
            return LineBlock(key, FamilyAt(at.name), tuple(arb(c) for c in constants))
        if hasattr(found, "location_scale"):
            centre, scale = found.location_scale(tuple(flat), RANDOM)
            noise = LineBlock(
                ("noise", array.name, copy), FamilyAt("Gaussian"), (arb(0), arb(1))
            )
            return as_random(centre) + scale * identity(Scalar(noise, 0))
        message = f"no mean over {array} whose parameters are random themselves"
        raise MeanError(message)

    def _finite(self, array: Array, copy: tuple[int, ...], one: AnyPart, state: _State) -> Any:
        """Return a discrete variable as a block; its weights, unless random, are known."""
        at = one.stated.family
        constants = [constant_of(v) for p in at.parameters for v in self._values(p, state)]
        key = (array.name, copy)
        if any(c is None for c in constants):
            scalar = Scalar(FiniteBlock(key, (), ()), 0)
            if scalar not in self.states:
                raise NeedsState(scalar)
            return scalar.block
        states = family(at.name).states(_rounded(at, self, state))
        weights = [_probability(one, state, s) for s in states]
        return FiniteBlock(
            (*key, tuple(str(c) for c in constants)),
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
            found = [(value, _probability(one, state, value)) for value in states]
            if one.array not in self._roots:
                return found
            self._weights[one.array, copy] = found
        return self._weights[one.array, copy]

    def _places(self, one: AnyPart, copy: tuple[int, ...]) -> dict[Any, int]:
        """Return the indices at one copy of a variable: its plates, and those placed outside."""
        own = {
            plate: at + self.outer.point.index_values(plate)[0]
            for plate, at in zip(one.plates, copy, strict=True)
        }
        return {**self.outer.places, **own}

    def _values(self, parameter: Expr, state: _State) -> list[Any]:
        if isinstance(parameter, Entries):
            found = []
            for value in state.point.index_values(parameter.index):
                inner = _State(state.point, RANDOM, {**state.places, parameter.index: value})
                found.append(_compiled(parameter.body)(inner))
            return found
        return [_compiled(parameter)(_State(state.point, RANDOM, dict(state.places)))]

    def mean(self, body: Expr, places: dict[Any, int]) -> Any:
        """Return the mean of a body, sums term by term."""
        if isinstance(body, Add):
            return sum((self.mean(a, places) for a in body.args), arb(0))
        if isinstance(body, IndexSum):
            ranges = [self.outer.point.index_values(i) for i in body.indices]
            total = arb(0)
            for values in itertools.product(*ranges):
                inner = {**places, **dict(zip(body.indices, values, strict=True))}
                total += self.mean(body.body, inner)
            return total
        if isinstance(body, Mul):
            fixed, rest = _split(body, self._own_arrays)
            if fixed:
                scale = math.prod(
                    (_compiled(a)(_State(self.outer.point, RANDOM, dict(places))) for a in fixed),
                    start=arb(1),
                )
                return _number(scale) * self.mean(rest, places)
        if not self._may_vary(body):
            return _number(_compiled(body)(_State(self.outer.point, RANDOM, dict(places))))
        value = as_random(self._spread(body, places))
        if not all(map(self._is_own, value.scalars)):
            return self._own_mean(value)
        found, size = mean_of(value)
        self.sizes.append(size)
        return found

    def _is_own(self, scalar: Scalar) -> bool:
        """Whether a random number is averaged here and not further out."""
        key = scalar.block.key
        name, copy = key[1:3] if isinstance(key[1], str) else key[:2]  # "noise" comes first
        array = next((a for a in self.parts if a.name == name), None)
        return array is not None and self.is_random(array, copy)

    def _own_mean(self, value: RandomValue) -> Any:
        """Average over what is random here, and leave what is averaged further out.

        What depends on both waits for the outer mean. It carries a mark, with which it may be
        added and multiplied, but no function be taken of it.
        """
        total = as_random(0)
        for atoms, coefficient in value.terms.items():
            term = RandomValue({(): arb(1)}) * coefficient
            for group in _connected(atoms):
                every = frozenset(s for a in group for s in a.scalars)
                waiting = {s for a in group if a.name == INNER_MEAN for s in a.key[1]}
                own = frozenset(s for s in every if s in waiting or self._is_own(s))
                if own == every:
                    term = term * _mean_of_group(group)[0]
                    continue
                new = own - waiting
                marks = (Atom((INNER_MEAN, new), new, _one, name=INNER_MEAN),) if new else ()
                term = term * RandomValue({(*group, *marks): arb(1)})
            total = total + term
        known = constant_of(total)
        return total if known is None else known

    sizes: list[float] = field(default_factory=list)

    def _may_vary(self, body: Expr) -> bool:
        return _varies(body, self._own_arrays)

    @cached_property
    def _own_arrays(self) -> frozenset[Array]:
        return frozenset(self.parts)

    def _own(self, needed: NeedsState) -> Scalar:
        """Return the variable whose states are needed, if it is random here and not further out."""
        name, copy = needed.scalar.block.key[:2]
        array = next((a for a in self.parts if a.name == name), None)
        if array is None or not self.is_random(array, copy):
            raise needed
        return needed.scalar

    def _spread(self, body: Expr, places: dict[Any, int]) -> Any:
        """Evaluate a body, going through the states of discrete variables where they are met."""
        try:
            return _compiled(body)(self.state(places))
        except NeedsState as needed:
            scalar = self._own(needed)
        while True:
            try:
                weighted = self.weights(scalar)
                break
            except NeedsState as needed:  # a parent's state comes first
                scalar = self._own(needed)
        total: Any = as_random(0)
        for value, weight in weighted:
            self.states[scalar] = self.assumed[scalar.block.key[:2]] = value
            term = weight * self._spread(body, places)
            total = total + term
        del self.states[scalar], self.assumed[scalar.block.key[:2]]
        if self._is_cut(scalar) and weighted:
            return _cut_off(as_random(total), as_random(term))
        return total

    def _is_cut(self, scalar: Scalar) -> bool:
        """Whether a discrete variable has more states than are gone through."""
        (one,) = (p for p in self.node.parts if p.array.name == scalar.block.key[0])
        return family(one.stated.family.name).support == COUNTS


def _cut_off(total: RandomValue, last: RandomValue) -> RandomValue:
    """Return a sum over states with the rest beyond its last term, which must have faded."""
    last_of = {p: abs(float(arb(c).mid())) for p, c in last.terms.items()}
    found = {}
    for atoms, coefficient in total.terms.items():
        size, edge = abs(float(arb(coefficient).mid())), last_of.get(atoms, 0.0)
        off = BEYOND * edge + LEAST * size if edge <= FADED * size else math.nan
        found[atoms] = arb(coefficient) + (arb(0, off) if math.isfinite(off) else arb("nan"))
    return RandomValue(found)


def _one(nodes: Nodes) -> int:
    del nodes
    return 1


def _number(value: Any) -> Any:
    """Return a number as a ball, unless it depends on what is averaged further out."""
    return value if isinstance(value, RandomValue) else arb(value)


@cache
def _varies(body: Expr, arrays: frozenset[Array]) -> bool:
    """Whether an expression mentions any of some arrays."""
    return bool(body.has(*arrays))


@cache
def _split(product: Mul, arrays: frozenset[Array]) -> tuple[tuple[Expr, ...], Expr]:
    """Split a product into the factors that mention none of some arrays, and the rest."""
    fixed = tuple(a for a in product.args if not _varies(a, arrays))
    return fixed, Mul(*(a for a in product.args if a not in fixed))


class _Entries:
    """The array of a random variable, each entry made when it is looked up."""

    dtype = object

    def __init__(self, integrator: _Integrator, array: Array) -> None:
        self._integrator, self._array = integrator, array

    def __getitem__(self, place: tuple[int, ...]) -> Any:
        return self._integrator.entry(self._array, place)


def _rounded(at: FamilyAt, integrator: _Integrator, state: _State) -> tuple[Any, ...]:
    """Return the parameters as floats where they are known, for the number of states."""
    found = []
    for parameter in at.parameters:
        if isinstance(parameter, Entries):
            found.append([0.0] * len(state.point.index_values(parameter.index)))
        else:
            known = constant_of(integrator._values(parameter, state)[0])  # noqa: SLF001
            found.append(math.nan if known is None else float(known))
    return tuple(found)


def _probability(one: AnyPart, state: _State, value: int) -> Any:
    """Return the probability of one state of a discrete variable, maybe random itself."""
    formula, letter = _weight_formula(one)
    shape = state.point.shape(letter)
    filled = np.full(shape, value, dtype=object)
    inner = _State(state.point.having({letter: filled}), RANDOM, dict(state.places))
    return _compiled(formula)(inner)


_WEIGHTS: dict[AnyPart, tuple[Expr, Array]] = {}


def _weight_formula(one: AnyPart) -> tuple[Expr, Array]:
    """Return the probability of a discrete variable's value, that value a letter of its own."""
    if one not in _WEIGHTS:
        array = one.array
        letter = Array(f"state of {array}", (), states=array.states)
        value = letter[()]
        at = one.stated.family
        written = family(at.name).log_density(
            Vector(value, vector(at.parameters[0]).index), tuple(vector(p) for p in at.parameters)
        )
        _WEIGHTS[one] = (exp(expand(written)), letter)
    return _WEIGHTS[one]


def _mean_over(node: MeanOver) -> Any:
    free = sorted(free_indices(node), key=str)

    def run(state: _State) -> arb:
        key = (node, *(state.places[i] for i in free))
        if key not in state.known:
            with ctx.workdps(max(DIGITS, ctx.dps)):
                integrator = _Integrator(node, state)
                state.known[key] = integrator.mean(node.body, dict(state.places))
        return state.known[key]

    return run


compiles(MeanOver)(_mean_over)

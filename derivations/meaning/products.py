"""Means of products of functions of few variables each: factor by factor, then by quadrature.

A quadrature rule is applied twice, the second time shifted. The difference of the two results gives
the width of the ball.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Hashable
from typing import Any

import numpy as np
from flint import arb, ctx
from numpy.typing import NDArray

from derivations.meaning.atoms import INNER_MEAN, Atom, MeanError, Product, Scalar
from derivations.meaning.between_nodes import passed_over
from derivations.meaning.blocks import FiniteBlock, SimplexBlock
from derivations.meaning.gaussian_means import exact_mean
from derivations.meaning.line_blocks import SPACING, STEPS, moved
from derivations.meaning.random_values import as_random

MOST_NODES, MOST_MEANS = 3_000_000, 20_000
SAFETY = 16
"""The width of a ball, in units of the difference of two rules."""
LEAST, ROUNDING = 1e-16, 1e-13
"""The error of a rule in balls and in floats, relative to the size of the terms it adds up."""
BEYOND, FADED = 100, 1e-6
"""The tail of a sum is at most the first number times its outermost terms, if these are at most the
second number times the sum; otherwise nothing is known."""


def _integrated(atoms: Product) -> tuple[arb, float]:
    """Return the mean of a product of atoms, and the mean of its absolute value."""
    value, size = arb(1), 1.0
    for group in connected(atoms):
        inner, large = mean_of_group(group)
        value, size = value * inner, size * large
    return value, size


def connected(atoms: Product) -> list[Product]:
    """Split a product into groups that share no block."""
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
    """Return the atoms without the marks of inner means; two marks of one variable are refused."""
    seen: set[Scalar] = set()
    for own in (a.key[1] for a in atoms if a.name == INNER_MEAN):
        if own & seen:
            message = "no product of means over one variable that depend on others averaged outside"
            raise MeanError(message)
        seen |= own
    return tuple(a for a in atoms if a.name != INNER_MEAN) if seen else atoms


def mean_of_group(atoms: Product) -> tuple[arb, float]:
    """Return the mean of a connected product, and of its absolute value; both are cached."""
    atoms = _unmarked(atoms)
    key = (ctx.dps, *sorted(atoms, key=hash))
    if key not in _MEANS:
        if len(_MEANS) > MOST_MEANS:
            _MEANS.clear()
        exact = exact_mean(atoms)
        powers = None if exact is not None else _powers(atoms)
        if exact is not None:
            _MEANS[key] = (exact, abs(float(exact.mid())))
        elif powers is not None:
            parts = [mean_of_group(p) for p in powers]
            _MEANS[key] = (
                math.prod((m for m, _ in parts), start=arb(1)),
                math.prod(s for _, s in parts),
            )
        else:
            _MEANS[key] = _by_rules(atoms)
    return _MEANS[key]


def _powers(atoms: Product) -> list[Product] | None:
    """Return a product of powers of Dirichlet entries in its stick-breaking variables.

    These are independent, so that each is averaged by itself. None for any other product.
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
    if len(inner) != 1 or inner[0].key[0] != "scalar" or coefficient != 1:
        return None
    (scalar,) = inner[0].scalars
    return scalar.position, atom.exponent


def _by_rules(atoms: Product) -> tuple[arb, float]:
    scalars = sorted(
        {s for a in atoms for s in a.scalars}, key=lambda s: (str(s.block.key), s.position)
    )
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
    """Return a bound on the error of a mean over one variable from values between the nodes."""
    block = scalar.block
    if isinstance(block, SimplexBlock):
        (block,) = block.broken((scalar.position,))
    grid = block.grid((0,), 0.0, exact=True)

    def function(line: NDArray[Any]) -> NDArray[Any]:
        support, centre, scale = block.scale
        places = moved(support, centre, scale, line)[0]
        return math.prod((a.at({scalar: places}) for a in atoms), start=np.full(len(line), arb(1)))

    values = math.prod(
        (a.at({scalar: grid.values[0]}) for a in atoms), start=np.full(len(grid.weights), arb(1))
    )
    low, high = block.ends
    line = np.arange(low, high, SPACING)
    return passed_over(function, line, values, grid.weights, size)


def _has_kinks(atoms: Product) -> bool:
    """Whether a factor is not smooth where it is zero, as an absolute value: two rules may agree.

    If the kink is a quarter of the spacing off a node, a rule that is shifted by half the spacing
    has the same error.
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
        for position, places in zip(positions[key], grid.values, strict=True):
            nodes[Scalar(blocks[key], position)] = places.reshape(shape)
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
    """Return which nodes of a block are the outermost, if its range continues beyond them."""
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
    """Return the mean of a random value, and the size of the terms that were added up."""
    total, size = arb(0), 0.0
    for atoms, coefficient in as_random(value).terms.items():
        inner, large = _integrated(atoms)
        total = total + inner * coefficient
        size += large * abs(float(arb(coefficient).mid()))
    return total, size

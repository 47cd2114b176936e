"""Blocks of dependent random variables: Dirichlet vectors, and discrete variables."""

from __future__ import annotations

import itertools
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb
from numpy.typing import NDArray

from derivations.meaning.atoms import Product, Scalar
from derivations.meaning.line_blocks import STEPS, Grid, LineBlock
from derivations.meaning.notation import FamilyAt
from derivations.meaning.random_values import identity, power_of_whole, written


@dataclass(frozen=True)
class SimplexBlock:
    """A Dirichlet variable: some of its entries, and the sum of the others."""

    key: Hashable
    concentration: tuple[Any, ...]

    def __hash__(self) -> int:
        return hash(self.key)

    def broken(self, positions: tuple[int, ...]) -> list[LineBlock]:
        """Return the Beta variables of stick breaking; the last entry is the rest."""
        left = sum(self.concentration, arb(0))
        last = len(positions) == len(self.concentration)
        blocks = []
        for position in positions[:-1] if last else positions:
            own = self.concentration[position]
            left -= own
            key = ("stick", self.key, position, written(left))
            blocks.append(LineBlock(key, FamilyAt("Beta"), (own, left)))
        return blocks

    def in_parts(self, exponents: dict[int, Any]) -> list[Product]:
        """Return a product of powers of entries as one in the variables of stick breaking."""
        positions = tuple(sorted(exponents))
        found: list[Product] = []
        for number, block in enumerate(self.broken(positions)):
            part = identity(Scalar(block, 0))
            rest = sum((exponents[p] for p in positions[number + 1 :]), 0)
            powers = power_of_whole(part, exponents[positions[number]]) * power_of_whole(
                1 - part, rest
            )
            found += powers.terms
        return found

    def grid(self, positions: tuple[int, ...], shift: float, *, exact: bool) -> Grid:
        """Return a quadrature rule for some entries, by stick breaking into Beta variables."""
        last = len(positions) == len(self.concentration)
        grids = [
            b.grid((0,), shift * 2 * step, exact=exact)
            for b, step in zip(self.broken(positions), itertools.cycle(STEPS), strict=False)
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
        whole = np.broadcast_shapes(*(np.shape(v) for v in values), np.shape(weights))
        flat = tuple(np.broadcast_to(v, whole).reshape(-1) for v in values)
        return Grid(flat, np.broadcast_to(weights, whole).reshape(-1))


@dataclass(frozen=True)
class FiniteBlock:
    """A discrete variable with known probabilities, one row for each state.

    A variable with more states than these is truncated.
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

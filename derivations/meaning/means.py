"""Means over the variables of factors, in balls: by linearity, independence, states, quadrature.

A sum is averaged term by term, and a product of functions of independent variables factor by
factor. The remaining means are over few variables, and are computed in ``products``.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from flint import arb, ctx
from sympy import Add, Expr, Mul

from derivations.calculus.binding import free_indices
from derivations.calculus.evaluate import State, compiled, compiles
from derivations.calculus.expressions import Array, IndexSum
from derivations.families import COUNTS, family
from derivations.meaning.atoms import INNER_MEAN, Atom, NeedsState, Nodes, Scalar
from derivations.meaning.entries import RandomEntries
from derivations.meaning.notation import MeanOver
from derivations.meaning.products import connected, mean_of, mean_of_group
from derivations.meaning.random_field import RANDOM
from derivations.meaning.random_values import RandomValue, as_random, constant_of
from derivations.meaning.states import cut_off, split, varies

DIGITS = 30
"""Least digits of the balls that are averaged: floats do not resolve nodes next to an end."""


@dataclass
class _Integrator:
    """One mean at one point."""

    entries: RandomEntries
    sizes: list[float] = field(default_factory=list)

    def mean(self, body: Expr, places: dict[Any, int]) -> Any:
        """Return the mean of a body, sums term by term."""
        if isinstance(body, Add):
            return sum((self.mean(a, places) for a in body.args), arb(0))
        if isinstance(body, IndexSum):
            ranges = [self.entries.outer.point.index_values(i) for i in body.indices]
            total = arb(0)
            for values in itertools.product(*ranges):
                inner = {**places, **dict(zip(body.indices, values, strict=True))}
                total += self.mean(body.body, inner)
            return total
        if isinstance(body, Mul):
            fixed, rest = split(body, self._own_arrays)
            if fixed:
                scale = math.prod(
                    (
                        compiled(a)(State(self.entries.outer.point, RANDOM, dict(places)))
                        for a in fixed
                    ),
                    start=arb(1),
                )
                return _number(scale) * self.mean(rest, places)
        if not self._may_vary(body):
            return _number(compiled(body)(State(self.entries.outer.point, RANDOM, dict(places))))
        value = as_random(self._spread(body, places))
        if not all(map(self._is_own, value.scalars)):
            return self._own_mean(value)
        found, size = mean_of(value)
        self.sizes.append(size)
        return found

    def _is_own(self, scalar: Scalar) -> bool:
        """Whether a random number is averaged here and not in an outer mean."""
        key = scalar.block.key
        name, copy = key[1:3] if isinstance(key[1], str) else key[:2]  # "noise" comes first
        array = next((a for a in self.entries.parts if a.name == name), None)
        return array is not None and self.entries.is_random(array, copy)

    def _own_mean(self, value: RandomValue) -> Any:
        """Average over what is random here, and leave what is averaged in an outer mean.

        A factor that depends on both is averaged in the outer mean. Until then it carries a mark:
        it may be added and multiplied, but no function may be applied to it.
        """
        total = as_random(0)
        for atoms, coefficient in value.terms.items():
            term = RandomValue({(): arb(1)}) * coefficient
            for group in connected(atoms):
                every = frozenset(s for a in group for s in a.scalars)
                waiting = {s for a in group if a.name == INNER_MEAN for s in a.key[1]}
                own = frozenset(s for s in every if s in waiting or self._is_own(s))
                if own == every:
                    term = term * mean_of_group(group)[0]
                    continue
                new = own - waiting
                marks = (Atom((INNER_MEAN, new), new, _one, name=INNER_MEAN),) if new else ()
                term = term * RandomValue({(*group, *marks): arb(1)})
            total = total + term
        known = constant_of(total)
        return total if known is None else known

    def _may_vary(self, body: Expr) -> bool:
        return varies(body, self._own_arrays)

    @cached_property
    def _own_arrays(self) -> frozenset[Array]:
        return frozenset(self.entries.parts)

    def _own(self, needed: NeedsState) -> Scalar:
        """Return the variable whose states are needed, if it is averaged here."""
        name, copy = needed.scalar.block.key[:2]
        array = next((a for a in self.entries.parts if a.name == name), None)
        if array is None or not self.entries.is_random(array, copy):
            raise needed
        return needed.scalar

    def _spread(self, body: Expr, places: dict[Any, int]) -> Any:
        """Evaluate a body, with a sum over the states of each discrete variable in it."""
        try:
            return compiled(body)(self.entries.state(places))
        except NeedsState as needed:
            scalar, weighted = self._weighted(self._own(needed))
        total, term = as_random(0), as_random(0)
        for value, weight in weighted:
            self.entries.states[scalar] = self.entries.assumed[scalar.block.key[:2]] = value
            term = weight * self._spread(body, places)
            total = total + term
        del self.entries.states[scalar], self.entries.assumed[scalar.block.key[:2]]
        if self._is_cut(scalar) and weighted:
            return cut_off(as_random(total), as_random(term))
        return total

    def _weighted(self, scalar: Scalar) -> tuple[Scalar, list[tuple[int, Any]]]:
        """Return a discrete variable with its states' probabilities; a parent's come first."""
        try:
            return scalar, self.entries.weights(scalar)
        except NeedsState as needed:
            return self._weighted(self._own(needed))

    def _is_cut(self, scalar: Scalar) -> bool:
        """Whether a discrete variable has more states than are summed over."""
        (one,) = (p for p in self.entries.node.parts if p.array.name == scalar.block.key[0])
        return family(one.stated.family.name).support == COUNTS


def _one(nodes: Nodes) -> int:
    del nodes
    return 1


def _number(value: Any) -> Any:
    """Return a number as a ball, unless it depends on variables of an outer mean."""
    return value if isinstance(value, RandomValue) else arb(value)


def _mean_over(node: MeanOver) -> Any:
    free = sorted(free_indices(node), key=str)

    def run(state: State) -> arb:
        key = (node, *(state.places[i] for i in free))
        if key not in state.known:
            with ctx.workdps(max(DIGITS, ctx.dps)):
                integrator = _Integrator(RandomEntries(node, state))
                state.known[key] = integrator.mean(node.body, dict(state.places))
        return state.known[key]

    return run


compiles(MeanOver)(_mean_over)

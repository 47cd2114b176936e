"""Printed formulas as functions of numbers: written out in what they mean, evaluated literally."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, replace
from typing import NamedTuple

import flint
import numpy as np
from flint import arb
from sympy import Basic, Expr, Rational, Symbol, log, preorder_traversal

from derivations.calculus.binding import free_indices, rewrite
from derivations.calculus.evaluate import evaluate
from derivations.calculus.expressions import Array
from derivations.calculus.indices import Index
from derivations.calculus.number_fields import BALLS
from derivations.calculus.point import Point
from derivations.claims.scope import Scope
from derivations.claims.statements import AT_MOST, EQUAL, Claim, Definition, Derivation
from derivations.index import derive
from derivations.meaning import means  # noqa: F401 - registers how means are evaluated
from derivations.meaning.family_forms import nameless
from derivations.meaning.notation import Expectation, FamilyAt, Independent, Joint

Floats = np.ndarray
DIGITS = 120
WIDEST = 1e-12
"""How little a formula's value may be known by, relative to the largest of them or to one."""


@dataclass(frozen=True)
class Formula:
    """What a formula means, as a function of the numbers that its arrays and sizes have."""

    written: Expr
    indices: tuple[Index, ...] = ()

    def __call__(self, **numbers: object) -> Floats:
        """Return the values at all values of the free indices.

        Arrays are given by their names, and so are sizes that no array has. States count from one.
        Numbers that the formula does not hold are passed over.
        """
        arrays = {a: _balls(a, numbers[a.name]) for a in self._arrays if a.name in numbers}
        sizes = {s: int(numbers[s.name]) for s in self._sizes if s.name in numbers}
        for array, values in arrays.items():
            sizes |= {s: n for s, n in zip(array.sizes, values.shape, strict=True) if s.is_Symbol}
        point = Point(sizes, arrays)
        ranges = [point.index_values(index) for index in self.indices]
        found = np.empty([len(values) for values in ranges])
        radii = np.zeros_like(found)
        with flint.ctx.workdps(DIGITS):
            for place in np.ndindex(*found.shape):
                at = {i: v[p] for i, v, p in zip(self.indices, ranges, place, strict=True)}
                ball = arb(evaluate(self.written, point.at(at), BALLS))
                found[place], radii[place] = float(ball.mid()), float(ball.rad())
        widest = np.max(radii) / max(1.0, np.max(np.abs(found)))
        assert widest <= WIDEST, f"known to {widest:.0e} alone: {self.written}"
        return found

    @property
    def _arrays(self) -> set[Array]:
        return self.written.atoms(Array)

    @property
    def _sizes(self) -> set[Symbol]:
        held = {s for a in self._arrays for extent in a.sizes for s in extent.free_symbols}
        bounds = {s for i in self.indices for s in (i.lower + i.upper).free_symbols}
        return held | bounds | self.written.free_symbols


def _balls(array: Array, values: object) -> np.ndarray:
    if array.states != 0:
        return np.asarray(values, dtype=int)
    return np.vectorize(arb, otypes=[object])(np.asarray(values, dtype=float))


class Printed:
    """A derivation's formulas as functions of numbers, its definitions put in."""

    def __init__(self, derivation: Derivation | str) -> None:
        derivation = derive(derivation) if isinstance(derivation, str) else derivation
        lines = (*derivation.assumptions, *(step.claim for step in derivation.steps))
        stated = [d for d in lines if isinstance(d, Definition)]
        self.claims = derivation.results
        self.definitions = {d.array.name: d for d in stated if not d.up_to}
        self.scope = Scope.of(a for a in lines if not isinstance(a, Claim))

    def __call__(
        self,
        form: Expr,
        *,
        kept: tuple[str, ...] = (),
        model: Mapping[Basic, Basic] | None = None,
        by: Expr | None = None,
    ) -> Formula:
        """Return any formula in these letters.

        ``kept`` letters are not put in. What holds of every model may be asked of one: ``model``
        says which distributions stand for those of the formula. The values run over the indices
        that are free, in the order in which ``by`` names them.
        """
        known = [d for d in self.scope.definitions if d.up_to or d.array.name not in kept]
        written = self.scope.having(known).meaning(form.xreplace(dict(model or {})))
        return Formula(written, _in_order(form if by is None else by))

    def left(self, number: int, **how: object) -> Formula:
        """Return the left side of a result."""
        return self(self.claims[number].left, **how)

    def right(self, number: int, **how: object) -> Formula:
        """Return the right side of a result, over the indices of the left."""
        claim = self.claims[number]
        return self(claim.right, by=claim.left, **how)

    def defined(self, name: str, **how: object) -> Formula:
        """Return what a letter is defined as."""
        return self(self.definitions[name].letter, **how)

    def log_density(self, number: int) -> Formula:
        """Return the log density of a result's distribution, at the array ``value``."""
        joint, value = nameless(self.claims[number].right, "value")
        return self(log(joint(value)))

    def false(self, *letters: str) -> Iterator[tuple[str, Printed]]:
        """Return the same, each time with one result, or definition of these, a little off."""
        for number, claim in enumerate(self.claims):
            for how, wrong in _false(claim):
                other = copy(self)
                other.claims = (*self.claims[:number], wrong, *self.claims[number + 1 :])
                yield f"{number}, {how}", other
        for letter in letters:
            other = copy(self)
            known = self.scope.definitions
            other.scope = self.scope.having([_wrong(d) if _is(d, letter) else d for d in known])
            yield f"{letter}, raised", other


def _is(definition: Definition, letter: str) -> bool:
    return not definition.up_to and definition.array.name == letter


def _wrong(definition: Definition) -> Definition:
    return replace(definition, value=_raised(definition.value))


def _in_order(form: Expr) -> tuple[Index, ...]:
    """Return the free indices of a formula in the order in which they first stand in it."""
    free, found = free_indices(form), list[Index]()
    nodes = preorder_traversal(form)
    for node in nodes:
        if isinstance(node, Joint):
            nodes.skip()
        elif node in free and node not in found:
            found.append(node)
    return tuple(found)


def _raised(form: Expr) -> Expr:
    return form * Rational(1001, 1000) + Rational(1, 1000)


def _false(claim: Claim) -> Iterator[tuple[str, Claim]]:
    right = claim.right
    if claim.relation == EQUAL:
        yield "raised", replace(claim, right=_raised(right))
    elif claim.relation == AT_MOST:
        yield "lowered", replace(claim, right=right - Rational(1, 1000))
    else:
        at = right.body if isinstance(right, Independent) else right
        for number, parameter in enumerate(at.parameters):
            changed = list(at.parameters)
            changed[number] = 2 * parameter
            yield (
                f"parameter {number} doubled",
                replace(claim, right=right.xreplace({at: FamilyAt(at.name, *changed)})),
            )


def at_draw(form: Expr) -> Expr:
    """Return a formula with what is averaged in the place of each mean: its value at one draw."""
    return rewrite(form, lambda n: n.body if isinstance(n, Expectation) else None)


class Pair(NamedTuple):
    """What the code gives and what the formula gives; ``scale`` where the latter is zero."""

    got: object
    wanted: object
    scale: float | None = None

    @property
    def error(self) -> float:
        """Return the largest error, relative to the largest number wanted; NaN stays NaN."""
        got, wanted = (np.asarray(side, dtype=float) for side in (self.got, self.wanted))
        assert got.shape == wanted.shape, (got.shape, wanted.shape)
        scale = np.max(np.abs(wanted)) if self.scale is None else self.scale
        assert not scale <= 0, "errors relative to zero"
        return float(np.max(np.abs(got - wanted)) / scale)


Comparison = Callable[[Printed, np.random.Generator], list[Pair]]
Numbers = Mapping[str, object]


def worst(pairs: list[Pair]) -> float:
    """Return the largest error of all; NaN if one is."""
    return float(np.max([pair.error for pair in pairs]))


def at_most(smaller: object, larger: object) -> Pair:
    """Return a pair without error only where the one number is at most the other."""
    return of_order_one(smaller, np.minimum(float(smaller), float(larger)))


def of_order_one(got: object, wanted: object) -> Pair:
    """Return a pair of numbers that may be near zero by chance: errors relative to one there."""
    return Pair(got, wanted, float(np.fmax(1.0, np.max(np.abs(wanted)))))


def gauss_hermite(dimensions: int, order: int) -> tuple[Floats, Floats]:
    """Return noise, shape (nodes, dimensions), and weights: exact to degree 2 order - 1 in each.

    Order two is the rule of all signs, of equal weights.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(order)
    grids = np.meshgrid(*[nodes] * dimensions, indexing="ij")
    each = np.meshgrid(*[weights / weights.sum()] * dimensions, indexing="ij")
    return np.stack([g.ravel() for g in grids], axis=1), np.prod(each, axis=0).ravel()

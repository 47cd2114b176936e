"""Sums over the states of discrete variables, and their probabilities."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
from flint import arb
from sympy import Expr, Mul, exp

from derivations.calculus.evaluate import State, compiled
from derivations.calculus.expressions import Array
from derivations.families import Vector, family
from derivations.meaning.expansion import expand
from derivations.meaning.family_forms import vector
from derivations.meaning.notation import AnyPart
from derivations.meaning.products import BEYOND, FADED, LEAST
from derivations.meaning.random_field import RANDOM
from derivations.meaning.random_values import RandomValue


def cut_off(total: RandomValue, last: RandomValue) -> RandomValue:
    """Return a truncated sum over states, with a bound on the tail from its last term."""
    last_of = {p: abs(float(arb(c).mid())) for p, c in last.terms.items()}
    found = {}
    for atoms, coefficient in total.terms.items():
        size, edge = abs(float(arb(coefficient).mid())), last_of.get(atoms, 0.0)
        off = BEYOND * edge + LEAST * size if edge <= FADED * size else math.nan
        found[atoms] = arb(coefficient) + (arb(0, off) if math.isfinite(off) else arb("nan"))
    return RandomValue(found)


@cache
def varies(body: Expr, arrays: frozenset[Array]) -> bool:
    """Whether an expression contains any of some arrays."""
    return bool(body.has(*arrays))


@cache
def split(product: Mul, arrays: frozenset[Array]) -> tuple[tuple[Expr, ...], Expr]:
    """Split a product into the factors that contain none of some arrays, and the rest."""
    fixed = tuple(a for a in product.args if not varies(a, arrays))
    return fixed, Mul(*(a for a in product.args if a not in fixed))


def probability(one: AnyPart, state: State, value: int) -> Any:
    """Return the probability of one state of a discrete variable, maybe random itself."""
    formula, letter = _weight_formula(one)
    shape = state.point.shape(letter)
    filled = np.full(shape, value, dtype=object)
    inner = State(state.point.having({letter: filled}), RANDOM, dict(state.places))
    return compiled(formula)(inner)


_WEIGHTS: dict[AnyPart, tuple[Expr, Array]] = {}


def _weight_formula(one: AnyPart) -> tuple[Expr, Array]:
    """Return the probability of a discrete variable's value, which has its own letter."""
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

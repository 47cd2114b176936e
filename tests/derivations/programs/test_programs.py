"""Compiled programs compute what the literal evaluation of the same formulas gives."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest
from harness import gallery
from sympy import Abs, Expr, Integer, Rational, exp, log, loggamma, pi, polygamma

from derivations.calculus.evaluate import evaluate
from derivations.calculus.expressions import (
    BITS,
    POSITIVE,
    Array,
    IndexProduct,
    IndexSum,
    Iverson,
)
from derivations.calculus.indices import Index, size
from derivations.calculus.point import Point
from derivations.families import BITS as SUPPORT_BITS
from derivations.families import STATES
from derivations.programs import of_models
from derivations.programs.compiling import Program, compile_expressions
from impl.engine.machine import _OF_ARRAYS, _OTHERS, Machine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from derivations.calculus.mean_field import MeanField

Wanted = dict[str, tuple[Expr, tuple[Index, ...]]]

N, K, D, L = (size(name) for name in "NKDL")
n, k, d, l_ = Index("n", 1, N), Index("k", 1, K), Index("d", 1, D), Index("l", 1, L)
z = Array("z", (N,), "z", states=K)
y = Array("y", (N, D), "y", states=L)
u, v = Array("u", (N,), "u", POSITIVE), Array("v", (K,), "v", POSITIVE)
w, a = Array("w", (K, D), "w", POSITIVE), Array("a", (N, K), "a", POSITIVE)
r = Array("r", (K + L - 1,), "r", POSITIVE)
q = Array("q", (K + L - 1, D), "q", POSITIVE)
s1, s2 = Array("s1", (N,), "s1", states=K), Array("s2", (N,), "s2", states=L)
bits = Array("bits", (N,), "b", BITS)

EXPRESSIONS: Wanted = {
    "number": (Integer(3) + Rational(1, 7) * pi, ()),
    "sizes": ((N - 2) * (K + 1), ()),
    "range": (k * u[n] + Integer(1), (n, k)),
    "transposed entries": (a[n, k], (k, n)),
    "an entry": (v[1] * v[K] * v[k], (k,)),
    "sum": (IndexSum(a[n, k] * v[k], n, k), ()),
    "sum of nothing that varies": (IndexSum(v[k], n), (k,)),
    "nested sums": (IndexSum(u[n] * IndexSum(a[n, k] * w[k, d], k), n), (d,)),
    "sum of a sum": (IndexSum(u[n] + IndexSum(a[n, k], k), n), ()),
    "contraction with a batch": (IndexSum(a[n, k] * w[k, d] * u[n], n), (k, d)),
    "product": (IndexProduct(a[n, k] / 2, k), (n,)),
    "product of what does not vary": (IndexProduct(u[n], k), (n,)),
    "counts": (IndexSum(Iverson(z[n], k), n), (k,)),
    "counts of rows": (IndexSum(Iverson(y[n, d], l_), d), (n, l_)),
    "gather": (IndexSum(u[n] * Iverson(z[n], k) * log(v[k]), k), (n,)),
    "gather of rows": (IndexSum(Iverson(z[n], k) * w[k, d] * a[n, k], k), (n, d)),
    "gather and sum": (IndexSum(Iverson(z[n], k) * w[k, d] * a[n, k], n, k), (d,)),
    "scatter": (IndexSum(Iverson(z[n], k) * u[n], n), (k,)),
    "scatter of rows": (IndexSum(Iverson(y[n, d], l_) * a[n, k], n, d), (k, l_)),
    "scatter beside the state": (IndexSum(Iverson(z[n], k) * a[n, k], n), (k,)),
    "two indicators": (IndexSum(Iverson(s1[n], k) * Iverson(s2[n], l_) * u[n], n), (k, l_)),
    "indicators that agree": (IndexSum(Iverson(z[n], k) * Iverson(s1[n], k), n, k), ()),
    "one indicator alone": (Iverson(z[n], k), (n, k)),
    "states that agree": (Iverson(z[n], s1[n]) * u[n], (n,)),
    "state of a number": (IndexSum(Iverson(z[n], 2) * u[n], n), ()),
    "selected by a state": (w[z[n], d] * u[n], (n, d)),
    "selected by two states": (q[s1[n] + s2[n] - 1, d], (n, d)),
    "affine subscript": (IndexSum(r[k + l_ - 1] * v[k], k), (l_,)),
    "affine indicator": (Iverson(k + l_, 3) * v[k], (k, l_)),
    "power": (v[k] ** 2 + v[k] ** -1 + v[k] ** Rational(1, 2) + v[k] ** -3, (k,)),
    "raise": (v[k] ** u[n], (n, k)),
    "functions": (log(v[k]) + exp(-v[k]) + loggamma(v[k]) + Abs(v[k] - 1), (k,)),
    "polygamma": (polygamma(0, v[k]) + polygamma(1, v[k]) * polygamma(3, v[k]), (k,)),
    "bits": (IndexSum(bits[n] * u[n], n), ()),
    "spread over an axis it lacks": (v[k], (n, k)),
}


def worst(program: Program, wanted: Wanted, point: Point) -> float:
    """Return the largest relative difference between a program and the literal evaluation."""
    sizes = {str(symbol): number for symbol, number in point.sizes.items()}
    machine = Machine(program, sizes, {a.name: value for a, value in point.arrays.items()})
    largest = 0.0
    for name, (expression, axes) in wanted.items():
        got = machine.value(name)
        lengths = [point.index_values(i) for i in axes]
        assert got.shape == tuple(map(len, lengths))
        for place in product(*lengths):
            right = float(evaluate(expression, point.at(dict(zip(axes, place, strict=True)))))
            left = float(got[tuple(p - 1 for p in place)])
            largest = max(largest, abs(left - right) / max(1.0, abs(right)))
    return largest


def point_of(wanted: Wanted, rng: np.random.Generator, masks: Mapping[Array, Array]) -> Point:
    """Return random sizes that all differ and values; where a mask is zero, a state is zero."""
    expressions = [e for e, _ in wanted.values()]
    axes = {i for _, own in wanted.values() for i in own}
    arrays = {x for e in expressions for x in e.atoms(Array)} | set(masks)
    ranges = {i for e in expressions for i in e.atoms(Index)} | axes
    symbols = {s for e in (*expressions, *(i.upper for i in ranges)) for s in e.free_symbols}
    symbols |= {s for x in arrays for extent in x.sizes for s in extent.free_symbols}
    sizes = gallery.random_sizes({s for s in symbols if s.is_Symbol}, rng)
    values = gallery.random_values(arrays, sizes, rng)
    for array, mask in masks.items():
        values[mask] = np.asarray(rng.integers(0, 2, values[array].shape))
        values[mask].flat[0], values[mask].flat[-1] = 0, 1
        values[array] = np.where(values[mask] == 1, values[array], 0)
    return Point(sizes, values)


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_each_kind_of_instruction_computes_what_literal_evaluation_gives(
    name: str, rng: np.random.Generator
) -> None:
    """To 1e-13, at random sizes that all differ."""
    wanted = {name: EXPRESSIONS[name]}
    assert worst(compile_expressions(wanted), wanted, point_of(wanted, rng, {})) < 1e-13


def test_the_expressions_use_every_kind_of_instruction() -> None:
    """No kind that a machine computes is left untried."""
    program = compile_expressions(EXPRESSIONS)
    assert {i.kind for i in program.instructions} == set(_OF_ARRAYS) | set(_OTHERS) | {"contract"}


def test_expressions_of_one_program_share_their_instructions() -> None:
    """A subexpression that occurs twice is one instruction, whatever its index is called."""
    m = n.renamed("m")
    wanted = {"one": (IndexSum(log(u[n]), n), ()), "two": (IndexSum(log(u[m]), m) + 1, ())}
    kinds = [i.kind for i in compile_expressions(wanted).instructions]
    assert kinds.count("log") == kinds.count("contract") == 1


def test_a_node_without_an_instruction_is_refused() -> None:
    """The message names it."""
    from sympy import sin  # noqa: PLC0415 - a function that no formula has

    with pytest.raises(NotImplementedError, match="sin"):
        compile_expressions({"x": (sin(u[n]), (n,))})


def formulas(mean_field: MeanField) -> Wanted:
    """Return every update of a mean field and its bound, as `compiled` names them."""
    found: Wanted = {}
    for factor in mean_field.factors:
        discrete = factor.family.support in {STATES, SUPPORT_BITS}
        array = factor.variable.array
        vectors = mean_field.expected_naturals(array) if discrete else mean_field.update(array)
        for parameter, vector in zip(factor.parameters, vectors, strict=True):
            axes = (*factor.variable.plates, *([vector.index] if vector.index else []))
            found[parameter.name] = (vector.entry, axes)
    found[of_models.ELBO] = (mean_field.evidence_lower_bound, ())
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", gallery.NAMES)
def test_compiled_updates_and_bound_equal_literal_evaluation(
    name: str, rng: np.random.Generator
) -> None:
    """Of every model of the gallery, to 1e-12, at random sizes that all differ."""
    mean_field = gallery.model(name).mean_field
    wanted = formulas(mean_field)
    program = of_models.compiled(mean_field, frozenset()).program
    assert worst(program, wanted, point_of(wanted, rng, {})) < 1e-12


@pytest.mark.slow
@pytest.mark.parametrize("name", gallery.NAMES)
def test_compiled_updates_and_bound_equal_literal_evaluation_where_copies_are_missing(
    name: str, rng: np.random.Generator
) -> None:
    """The same with a mask of every observed variable and of what stands above it alone.

    A missing state is zero; the literal evaluation never looks up what an indicator of it selects.
    """
    mean_field = gallery.model(name).mean_field
    observed = {v.name: v.array for v in mean_field.model.variables if v.observed}
    masked, masks = of_models._masked(mean_field, observed)  # noqa: SLF001 - the formulas themselves
    wanted = formulas(masked)
    program = of_models.compiled(mean_field, frozenset(observed)).program
    point = point_of(wanted, rng, {observed[m]: mask for m, mask in masks.items() if m in observed})
    assert worst(program, wanted, point) < 1e-12


def test_a_program_with_one_instruction_altered_disagrees(rng: np.random.Generator) -> None:
    """Control: each arithmetic instruction of a program, changed on purpose, is seen."""
    name = "mixture_of_poissons"
    mean_field = gallery.model(name).mean_field
    wanted = formulas(mean_field)
    program = of_models.compiled(mean_field, frozenset()).program
    point = point_of(wanted, rng, {})
    swapped = {"add": "multiply", "multiply": "add", "log": "exp", "exp": "log", "lgamma": "log"}
    altered = 0
    for place, instruction in enumerate(program.instructions):
        one = len(instruction.operands) < 2 and instruction.kind in {"add", "multiply"}
        if instruction.kind not in swapped or one:
            continue
        changed = list(program.instructions)
        changed[place] = replace(instruction, kind=swapped[instruction.kind])
        difference = worst(replace(program, instructions=tuple(changed)), wanted, point)
        assert not difference < 1e-6, (place, instruction)
        altered += 1
    assert altered > 10

"""Determinants and inverses of matrices given by their entries: against NumPy, and refused."""

from __future__ import annotations

import flint
import numpy as np
import pytest
from harness.claimed import verdict
from sympy import Integer, log

from derivations.calculus.binding import free_indices, substitute
from derivations.calculus.derivative import differentiate
from derivations.calculus.evaluate import evaluate
from derivations.calculus.expressions import POSITIVE, Array, IndexSum, Iverson
from derivations.calculus.indices import Index, IndexOutOfRangeError, size
from derivations.calculus.matrices import Determinant, Inverse, InverseEntry
from derivations.calculus.normal_form import is_proved_equal
from derivations.calculus.number_fields import BALLS, VECTORS
from derivations.calculus.point import Point
from derivations.calculus.steps import Verdict
from derivations.claims.statements import Domain, equal

K, D = size("K"), size("D")
k, l, j = (Index(letter, 1, K) for letter in "klj")  # noqa: E741 - as printed
d, e = (Index(letter, 1, D) for letter in "de")
w, g = Array("w", (D, K)), Array("g", (K, K))
v = Array("v", (), domain=POSITIVE)[()]
small = IndexSum(w[d, k] * w[d, l], d) + v * Iverson(k, l)
large = IndexSum(w[d, k] * w[e, k], k) + v * Iverson(d, e)
inverse = Inverse(small, k, l)


def drawn(rng: np.random.Generator) -> tuple[Point, np.ndarray]:
    """A point with a matrix that is not symmetric."""
    values = rng.normal(size=(3, 3))
    return Point({K: 3}, {g: values}, {k: 3, l: 1}), values


def test_determinant_and_inverse_are_numpys(rng: np.random.Generator) -> None:
    """Rows are rows and columns columns, in floats and in balls."""
    point, values = drawn(rng)
    determinant = Determinant(g[k, l], k, l)
    entry = InverseEntry(Inverse(g[k, l], k, l), k, l)
    balls = point.having({g: np.vectorize(flint.arb, otypes=[object])(values)})
    for at, numbers in ((point, None), (balls, BALLS)):
        field = () if numbers is None else (numbers,)
        assert float(evaluate(determinant, at, *field)) == pytest.approx(
            np.linalg.det(values), rel=1e-9, abs=1e-12
        )
        got = float(evaluate(entry, at, *field))
        assert got == pytest.approx(np.linalg.inv(values)[2, 0], rel=1e-10, abs=1e-12)
    swapped = Determinant(g[l, k], l, k)
    assert evaluate(swapped, point) == pytest.approx(np.linalg.det(values), rel=1e-9, abs=1e-12)
    transposed = InverseEntry(Inverse(g[l, k], k, l), k, l)
    assert evaluate(transposed, point) == pytest.approx(
        np.linalg.inv(values)[0, 2], rel=1e-9, abs=1e-12
    )


def test_vectors_of_numbers_give_vectors(rng: np.random.Generator) -> None:
    """Every entry may be a vector or a number: one matrix for each place of the vectors."""
    several = rng.normal(size=(2, 2, 5))
    held = np.empty((2, 2), dtype=object)
    for place in np.ndindex(2, 2):
        held[place] = several[place] if place != (0, 1) else 0.5
    several[0, 1] = 0.5
    point = Point({K: 2}, {g: held}, {k: 1, l: 2})
    got = evaluate(Determinant(g[k, l], k, l), point, VECTORS)
    assert got == pytest.approx(np.linalg.det(np.moveaxis(several, -1, 0)), rel=1e-9, abs=1e-12)
    entry = evaluate(InverseEntry(Inverse(g[k, l], k, l), k, l), point, VECTORS)
    assert entry == pytest.approx(
        np.linalg.inv(np.moveaxis(several, -1, 0))[:, 0, 1], rel=1e-9, abs=1e-12
    )


GIVEN = Domain(w, v)


def test_what_defines_an_inverse_is_enclosed_and_a_wrong_one_is_not(seed: int) -> None:
    """Negative controls: one entry shifted, the sign of an identity, a dropped term."""
    product = IndexSum(substitute(small, {l: j}) * InverseEntry(inverse, j, l), j)
    determinants = log(Determinant(large, d, e)), log(Determinant(small, k, l))
    lemma = (D - K) * log(v) + determinants[1]
    for right in (equal(product, Iverson(k, l)), equal(determinants[0], lemma)):
        assert verdict(right, GIVEN, seed=seed) is Verdict.ESTABLISHED
    for left, right in (
        (product, 2 * Iverson(k, l)),
        (IndexSum(substitute(small, {l: j}) * InverseEntry(inverse, l, l), j), Iverson(k, l)),
        (determinants[0], determinants[1]),
        (determinants[0], lemma - 2 * (D - K) * log(v)),
    ):
        assert verdict(equal(left, right), GIVEN, seed=seed) is Verdict.REFUTED


def test_a_singular_matrix_is_unknown(seed: int) -> None:
    """Without an inverse nothing is established, and nothing raises."""
    singular = Inverse(v * Integer(1), k, l)
    entry = InverseEntry(singular, k, l)
    found = verdict(equal(entry, 2 * entry - entry), GIVEN, seed=seed)
    assert found is Verdict.UNKNOWN


def test_bound_indices_of_a_matrix_are_its_own() -> None:
    """The subscripts of an entry are free, rows and columns bound; a letter is not captured."""
    entry = InverseEntry(inverse, k, j)
    assert free_indices(entry) == {k, j}
    assert free_indices(Determinant(small, k, l)) == frozenset()
    assert substitute(entry, {k: l}) == InverseEntry(inverse, l, j)
    summed = IndexSum(InverseEntry(inverse, j, l), j)
    assert is_proved_equal(summed, IndexSum(InverseEntry(inverse, k, l), k))
    assert not is_proved_equal(summed, IndexSum(InverseEntry(inverse, l, k), k))


def test_what_is_no_matrix_is_refused() -> None:
    """Sizes that differ, a subscript out of range, a derivative nobody has a rule for."""
    with pytest.raises(ValueError, match="wanted a square matrix"):
        Determinant(w[d, k], d, k)
    with pytest.raises(IndexOutOfRangeError):
        InverseEntry(inverse, d, k)
    for node in (Determinant(small, k, l), InverseEntry(inverse, k, l)):
        with pytest.raises(NotImplementedError, match="no derivative rule"):
            differentiate(node, w[d, k])
        with pytest.raises(TypeError, match=r"calculus\.derivative"):
            node.diff(D)

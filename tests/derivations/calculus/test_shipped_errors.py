"""Derivatives that public code got wrong: rejected by the checks that ours pass."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from harness.claimed import verdict
from harness.historical import cases
from sympy import Expr, Integer, polygamma

from derivations.calculus.derivative import differentiate
from derivations.calculus.evaluate import evaluate
from derivations.calculus.expressions import POSITIVE, Array, Element, IndexSum
from derivations.calculus.indices import Index, size
from derivations.calculus.normal_form import is_proved_equal
from derivations.calculus.point import Point
from derivations.calculus.steps import Verdict
from derivations.claims.statements import Domain, equal
from derivations.meaning.notation import PartialDerivative

N = size("N")
i, m = Index("i", 1, N), Index("m", 1, N)
g, x = Array("g", (N,)), Array("x", (N,))
alpha = Array("alpha", (N,), domain=POSITIVE)
Differentiate = Callable[[Expr, Element], Expr]


def capturing(function: Expr, by: Element) -> Expr:
    """Pass the derivative under a sum as it stands, whatever the sum's index is called."""
    if isinstance(function, IndexSum):
        return IndexSum(capturing(function.body, by), *function.indices)
    return differentiate(function, by)


SUMS = {
    "over the point's letter": IndexSum(g[m] * x[m], m),
    "over another letter": IndexSum(g[i] * x[i], i),
    "of squares": IndexSum(g[m] * x[m] ** 2, m),
}


def check_derivative_of_sums(derivative: Differentiate, seed: int) -> None:
    """The derivative of every sum is that of its differences, whatever its index is called."""
    for words, function in SUMS.items():
        claim = equal(PartialDerivative(function, x[m]), derivative(function, x[m]))
        found = verdict(claim, Domain(g, x), seed=seed, sizes={N: (2, 3)})
        assert found is Verdict.ESTABLISHED, words


def test_derivative_of_a_sum_does_not_depend_on_its_letter(seed: int) -> None:
    """Differences establish the derivatives of sums by an element that uses their letter."""
    check_derivative_of_sums(differentiate, seed)


@pytest.mark.parametrize("faulty", cases({"index-capture": capturing}, kind="finite difference"))
def test_derivative_that_captures_is_rejected(faulty: Differentiate, seed: int) -> None:
    """The error fails the check that the rule passes, and is a sum where there is none."""
    assert is_proved_equal(faulty(SUMS["over the point's letter"], x[m]), IndexSum(g[i], i))
    with pytest.raises(AssertionError):
        check_derivative_of_sums(faulty, seed)


MEAN = IndexSum(g[i] * (polygamma(0, alpha[i]) - polygamma(0, IndexSum(alpha[m], m))), i)
"""A weighted sum of the E[log p_i] of a Dirichlet law."""


def curvature(argument: Expr) -> Expr:
    """The trigamma function."""
    return polygamma(1, argument)


FULL = curvature(alpha[m]) * g[m] - curvature(IndexSum(alpha[i], i)) * IndexSum(g[i], i)
DIAGONAL = (curvature(alpha[m]) - curvature(IndexSum(alpha[i], i))) * g[m]
SEEN = {FULL: (0.122, -1.059, 5.337), DIAGONAL: (0.343, -0.397, 5.116)}


@pytest.mark.parametrize(
    "faulty", cases({"jacobian-taken-as-diagonal": DIAGONAL}, kind="finite difference")
)
def test_dirichlet_jacobian_taken_as_diagonal_is_refuted(faulty: Expr, seed: int) -> None:
    """Every E[log p_i] falls as another concentration grows: differences see it, above one."""
    assert is_proved_equal(differentiate(MEAN, alpha[m]), FULL)
    sizes = {N: (3,)}
    for claimed, wanted in ((FULL, Verdict.ESTABLISHED), (faulty, Verdict.REFUTED)):
        claim = equal(PartialDerivative(MEAN, alpha[m]), claimed)
        assert verdict(claim, Domain(g, alpha), seed=seed, sizes=sizes) is wanted
    alone = Point({N: 1}, {alpha: np.array([1.3]), g: np.array([0.4])}, {m: 1})
    np.testing.assert_allclose([evaluate(form, alone) for form in (faulty, FULL)], 0, atol=1e-12)
    arrays = {alpha: np.array([1.3, 2.1, 0.7]), g: np.array([0.4, -1.2, 2.0])}
    for claimed, figures in SEEN.items():
        values = [evaluate(claimed, Point({N: 3}, arrays, {m: Integer(k)})) for k in (1, 2, 3)]
        np.testing.assert_allclose(np.array(values, dtype=float), figures, rtol=0, atol=5e-4)

"""Kumaraswamy and the softmax-Gaussian: every check stands, and errors that were shipped do not."""

import numpy as np
import pytest
from sympy import Expr, Integer, Pow, log, polygamma

from derivations import catalogue
from derivations.calculus.binding import component, replace_elements
from derivations.calculus.expressions import ABOVE_ONE, Array, IndexSum
from derivations.calculus.steps import Check, Verdict
from derivations.evidence.equality import at_most, enclosure
from derivations.evidence.finite_difference import finite_difference
from derivations.evidence.integration import equals_mean, mean_lies_between
from derivations.evidence.jacobian import determinant_is, integrates_to_one
from derivations.kumaraswamy import divergence, inverse, moments
from derivations.kumaraswamy.symbols import a, b, cdf, density, log_density, quantile, u, x
from derivations.softmax_gaussian import basis, matching
from derivations.softmax_gaussian.symbols import K, alpha, h, k, l, softmax
from derivations.softmax_gaussian.symbols import log_density as softmax_log_density

SAMPLERS = ("kumaraswamy.", "softmax_gaussian.")
KEYS = [e.key for e in catalogue.ENTRIES if e.key.startswith(SAMPLERS)]


def at_sample(expression: Expr) -> Expr:
    """An expression in x at the quantile of u."""
    return inverse.at_sample(expression)


swapped = replace_elements(moments.entropy, {a.array: lambda: b, b.array: lambda: a})
explicit = inverse.SHORT[b]
# As the derivation has it, where there is a mode: with a < 1 both would be NaN, and unknown.
above_a, above_b = (Array(f"{s}_above", (), s, ABOVE_ONE)[()] for s in "ab")
broken_mode = Pow((above_a - 1) / (above_a * above_b + 1), 1 / above_a)
variance_as_deviation = 1 / Pow(alpha[k], Integer(1) / 2)

FAULTY: dict[str, Check] = {
    "law: entropy with a and b swapped and the log's sign wrong, TFP PR 358": equals_mean(
        "entropy", u, -at_sample(log_density(x)), swapped + 2 * log(a) + 2 * log(b)
    ),
    "entropy with a and b swapped": equals_mean("entropy", u, -at_sample(log_density(x)), swapped),
    "entropy without its constant": equals_mean(
        "entropy", u, -at_sample(log_density(x)), moments.entropy - 1
    ),
    "quantile without the outer power": enclosure("level", cdf(1 - Pow(1 - u, 1 / b)), u),
    "quantile with a and b swapped": enclosure("level", cdf(Pow(1 - Pow(1 - u, 1 / a), 1 / b)), u),
    "density without the factor a": finite_difference("density", cdf(x), x, density(x) / a),
    "gradient: sign flipped, torch test suite": finite_difference(
        "gradient", quantile(u), b, -at_sample(explicit)
    ),
    "gradient without the factor b": finite_difference(
        "gradient", quantile(u), b, at_sample(explicit) * b
    ),
    "moment with b one less": equals_mean(
        "moment", u, log(quantile(u)), moments.mean_log_x + 1 / (a * b)
    ),
    "mode with the sign of one wrong": enclosure(
        "mode",
        replace_elements(
            (a - 1) / x - (b - 1) * a * Pow(x, a - 1) / (1 - Pow(x, a)),
            {
                x.array: lambda: broken_mode,
                a.array: lambda: above_a,
                b.array: lambda: above_b,
            },
        ),
        Integer(0),
    ),
    "tail bound a thousand times too small": mean_lies_between(
        "tail",
        u,
        -at_sample(log(1 - x)),
        divergence.series,
        divergence.series + divergence.tail_bound / 1000,
    ),
    "moment bound upside down": at_most("bound", Integer(1), moments.moment),
    "Beta equality where no parameter is one": enclosure(
        "equality", density(x), a * b * Pow(x, a - 1) * Pow(1 - x, b - 1)
    ),
    "Jacobian without K": determinant_is("Jacobian", softmax(k), h, basis.jacobian / K, K),
    "density without its Jacobian": integrates_to_one(
        "integral",
        replace_elements(
            IndexSum((alpha[k] - 1) * log(basis.pi[k]), k) - basis.log_beta,
            {basis.pi: component(softmax(k), (k,))},
        ),
        h,
        K,
    ),
    "density without log K": integrates_to_one("integral", softmax_log_density - log(K), h, K),
    "sampler: sigma = 1/sqrt(alpha), student notebooks": enclosure(
        "variance", basis.variance, variance_as_deviation
    ),
    "sampler: alpha ignored, student notebooks": enclosure("variance", basis.variance, 1 - 1 / K),
    "Laplace variance without the last term": enclosure(
        "variance", (1 - 2 / K) / alpha[k], basis.variance
    ),
    "gradient: Jacobian treated as diagonal, bayespy dirichlet.py": finite_difference(
        "gradient",
        matching.log_mean,
        alpha[l],
        matching.same(k, l) * polygamma(1, alpha[k]),
    ),
    "covariance taken as diagonal": enclosure(
        "covariance", basis.covariance(k, l), basis.same(k, l) * basis.variance
    ),
    "concentration back without 2 / K": enclosure(
        "back",
        replace_elements(
            (1 + Pow(K, -2)) / matching.spread[k],
            {matching.spread: component(basis.variance, (k,))},
        ),
        alpha[k],
    ),
    "matched mean with log for digamma": enclosure("mean", matching.matched_mean, basis.mode),
}


@pytest.mark.parametrize("row", FAULTY)
def test_an_error_that_was_shipped_is_refuted(row: str, rng: np.random.Generator) -> None:
    """A formula wrong in a way that public code was wrong is refuted, not merely unknown."""
    finding = FAULTY[row](rng)
    assert finding.verdict is Verdict.REFUTED, finding

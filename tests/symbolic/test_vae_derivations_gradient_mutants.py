"""Broken draws, gradients and variances of gradients: each is refuted.

Every row says by which check; the same check establishes the right formula.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from sympy import Expr, Integer, Pow, exp

from derivations.calculus.derivative import differentiate
from derivations.calculus.expressions import IndexSum
from derivations.calculus.matrices import Determinant
from derivations.calculus.steps import Check, Verdict
from derivations.evidence.equality import enclosure
from derivations.evidence.finite_difference import finite_difference
from derivations.gaussian_vae import (
    draws,
    linear_decoder,
    pathwise,
    sampled,
    variances,
)
from derivations.gaussian_vae.estimators import Estimator, mean_is
from derivations.gaussian_vae.symbols import (
    HALF,
    by_log,
    drawn,
    drawn_by_log,
    epsilon,
    j,
    k,
    log_encoder,
    log_variance,
    mean,
    standard_deviation,
    variance,
    z,
)

Row = tuple[Callable[[Expr], Check], Expr, Expr]
ONE = Integer(1)


def density(factor: Expr) -> Check:
    """The density of the draw, given the Jacobian's diagonal."""
    return enclosure("density", draws.log_changed(factor), draws.family_density())


law = partial(draws.generating_function, "law")
by_log_draw = partial(enclosure, "draw", by_log(drawn(k)))
determinant = partial(enclosure, "determinant", Determinant(draws.jacobian, k, j))
DRAWS: dict[str, Row] = {
    "noise scaled by the variance": (law, drawn(k), mean[k] + variance[k] * epsilon[k]),
    "noise not scaled": (law, drawn(k), mean[k] + epsilon[k]),
    "noise without the mean": (law, drawn(k), standard_deviation(k) * epsilon[k]),
    "one noise for all coordinates": (law, drawn(k), mean[k] + standard_deviation(k) * epsilon[1]),
    "log variance without its half": (
        by_log_draw,
        drawn_by_log(k),
        mean[k] + exp(log_variance[k]) * epsilon[k],
    ),
    "density without the Jacobian": (density, 1 / standard_deviation(k), ONE),
    "density with the Jacobian inverted": (density, 1 / standard_deviation(k), variance[k]),
    "density with the variance for its root": (density, 1 / standard_deviation(k), 1 / variance[k]),
    "determinant summed": (
        determinant,
        draws.determinant,
        IndexSum(1 / standard_deviation(k), k),
    ),
}


def slope(by: Expr, number: int) -> Callable[[Expr], Check]:
    """The mean of an estimator of a derivative, for one of the functions with a closed mean."""
    case = pathwise.INSTANCES[number]
    closed = differentiate(by_log(case.expectation), by)
    return lambda estimator: pathwise.noise_mean("estimator", case, estimator, closed)


PATHWISE: dict[str, Row] = {}
for number, case in enumerate(pathwise.INSTANCES):
    by_mean = pathwise.pathwise_slope(case, mean[k])
    by_spread = pathwise.pathwise_slope(case, log_variance[k])
    at_mean, at_spread = slope(mean[k], number), slope(log_variance[k], number)
    PATHWISE |= {
        f"gradient by the mean halved, {case.name}": (at_mean, by_mean, by_mean / 2),
        f"gradient by the mean with noise, {case.name}": (at_mean, by_mean, by_mean * epsilon[k]),
        f"gradient by the log variance not halved, {case.name}": (
            at_spread,
            by_spread,
            2 * by_spread,
        ),
        f"gradient by the variance taken for that by its log, {case.name}": (
            at_spread,
            by_spread,
            by_spread * exp(-log_variance[k]),
        ),
        f"gradient without the noise, {case.name}": (
            at_spread,
            by_spread,
            by_mean * exp(log_variance[k] / 2) / 2,
        ),
    }


def spread_of(one: Estimator) -> Callable[[Expr], Check]:
    """The variance of an estimator."""
    square = Pow(one.form - one.mean, 2)
    return lambda closed: mean_is("variance", square, closed, 2 * one.degree)


score, score_by_log = variances.PLAIN
path_mean, path_log = variances.PATHWISE
closed, whole, path = linear_decoder.ESTIMATORS
VARIANCES: dict[str, Row] = {
    f"variance of {one.name}, the squared mean not subtracted, {number}": (
        spread_of(one),
        one.variance,
        one.variance + Pow(one.mean, 2),
    )
    for number, one in enumerate(
        (*variances.PATHWISE, *variances.PLAIN, *variances.CENTRED, *sampled.SAMPLES)
    )
} | {
    "score-function variance without its cross term": (
        spread_of(score),
        score.variance,
        score.variance - 4 * variances.expectation,
    ),
    "score-function variance that forgets the function's": (
        spread_of(score_by_log),
        score_by_log.variance,
        score_by_log.variance - HALF * variances.spread,
    ),
    "variance of the path for that of the score": (
        spread_of(score),
        score.variance,
        path_mean.variance,
    ),
    "variance of the path with the standard deviation": (
        spread_of(path_mean),
        path_mean.variance,
        4 * standard_deviation(j),
    ),
    "the path alone said to vary like the sampled": (
        spread_of(sampled.PATHS[0]),
        sampled.PATHS[0].variance,
        sampled.SAMPLES[0].variance,
    ),
    "the bound's variance without the prior": (spread_of(whole), whole.variance, closed.variance),
    "the bound's variance with the score kept": (spread_of(path), path.variance, whole.variance),
    "a sampled divergence's mean without its half": (
        lambda value: mean_is("mean", sampled.SAMPLES[1].form, value, 2),
        sampled.SAMPLES[1].mean,
        2 * sampled.SAMPLES[1].mean,
    ),
    "the score of the log variance without its constant": (
        partial(finite_difference, "score", by_log(log_encoder), log_variance[j]),
        by_log(variances.score_of_log),
        by_log(variances.score_of_log + HALF),
    ),
    "the score of the mean by the standard deviation": (
        partial(finite_difference, "score", log_encoder, mean[j]),
        variances.score_of_mean,
        (z[j] - mean[j]) / standard_deviation(j),
    ),
}

ROWS = DRAWS | PATHWISE | VARIANCES


@pytest.mark.parametrize("row", ROWS)
def test_a_formula_broken_as_public_code_was_is_refuted(row: str, rng: np.random.Generator) -> None:
    """The check of the row establishes the right formula and refutes the broken one."""
    check, right, broken = ROWS[row]
    assert check(right)(rng).verdict is Verdict.ESTABLISHED
    assert check(broken)(rng).verdict is Verdict.REFUTED

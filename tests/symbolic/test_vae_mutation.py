"""Breaks that passed, or reached no check: each is refuted by the evidence of its own statement."""

from __future__ import annotations

import pytest
from sympy import Expr, Pow, exp, log

from derivations import catalogue
from derivations.calculus.binding import replace_elements
from derivations.calculus.expressions import IndexSum, Slice
from derivations.calculus.notation import Distribution, Divergence, Expectation, Mean
from derivations.evidence.mutation.judging import Fate, bench
from derivations.evidence.mutation.statements import Statement, statements
from derivations.gaussian_vae import draws, importance, likelihood, linear_decoder, variances
from derivations.gaussian_vae.pathwise import OF_Z, SLOPE
from derivations.gaussian_vae.symbols import (
    ENCODER,
    EVIDENCE,
    HALF,
    LIKELIHOOD,
    POSTERIOR,
    PRIOR,
    D,
    K,
    averaged,
    d,
    drawn,
    drawn_by_log,
    epsilon,
    j,
    k,
    log_variance,
    mean,
    normal,
    prior_mean,
    prior_variance,
    standard_deviation,
    variance,
    x,
    z,
)


def stating(name: str, formula: Expr) -> Statement:
    """The statement of a derivation of which a formula is the right side."""
    (found,) = (
        s
        for s in statements(catalogue.derive(f"gaussian_vae.{name}"))
        if s.relation.right == formula and s.side == "right"
    )
    return found


def reversed_from(form: Expr) -> Expr:
    """The same with the noise counted from the other end."""
    return replace_elements(form, {epsilon: lambda at: epsilon[K + 1 - at]})


def negated(form: Expr) -> Expr:
    """The same with the noise negated."""
    return replace_elements(form, {epsilon: lambda at: -epsilon[at]})


REVERSED, MEAN_RATIO = reversed_from(drawn(k)), Expectation(POSTERIOR / ENCODER) - 1
laws = [normal(Slice(a), Slice(b)) for a, b in ((mean, variance), (prior_mean, prior_variance))]
pixels, weights = likelihood.by_probability, importance.whole_average
squared_pixels = IndexSum(
    Pow(x[d], 2) * log(likelihood.theta[d]) + (1 - x[d]) * log(1 - likelihood.theta[d]), d
)
closed, sampled, _ = (one.printed for one in linear_decoder.ESTIMATORS)
plain, centred = variances.PLAIN[0].printed, variances.CENTRED[0].printed
gap = variances.GAPS[0]
Row = tuple[str, Expr, Expr]
ROWS: dict[str, Row] = {
    "the noise counted from the other end": ("reparameterization", drawn(k), REVERSED),
    "the noise negated": ("reparameterization", drawn(k), negated(drawn(k))),
    "the noise negated, in the log variance": (
        "reparameterization",
        drawn_by_log(k),
        negated(drawn_by_log(k)),
    ),
    "the log variance not halved": (
        "reparameterization",
        drawn_by_log(k),
        mean[k] + exp(log_variance[k]) * epsilon[k],
    ),
    "the noise solved for with the other sign": ("reparameterization", draws.noise, -draws.noise),
    "mean and variance of the law exchanged": (
        "reparameterization",
        draws.LAW,
        Distribution("N", *draws.LAW.parameters[::-1]),
    ),
    "a multiple of zero for the bound of minus a divergence": ("elbo", MEAN_RATIO, 2 * MEAN_RATIO),
    "the bound with the divergence added": (
        "elbo",
        Expectation(log(LIKELIHOOD)) - Divergence(ENCODER, PRIOR),
        Expectation(log(LIKELIHOOD)) + Divergence(ENCODER, PRIOR),
    ),
    "the log evidence doubled as an upper bound": ("elbo", log(EVIDENCE), 2 * log(EVIDENCE)),
    "the divergence the other way round is never negative": (
        "gaussian_kl",
        Divergence(*laws),
        Divergence(*laws[::-1]),
    ),
    "a pixel squared": ("bernoulli_logits", pixels, squared_pixels),
    "the pixels' mean for their sum": ("bernoulli_logits", pixels, pixels / D),
    "half the slope at the draw": (
        "pathwise_gradient",
        Expectation(SLOPE),
        Expectation(HALF * SLOPE),
    ),
    "the baseline forgotten, which moves no mean": ("gradient_variance", centred, plain),
    "a gap without the function's variance": (
        "gradient_variance",
        gap,
        gap - variances.V / variance[j],
    ),
    "the closed divergence for the sampled, of the same mean": (
        "sampled_kl_gradient",
        sampled,
        closed,
    ),
    "weights squared under the log": (
        "importance_weighted_bound",
        log(weights),
        log(replace_elements(weights, {importance.weight: lambda at: importance.weight[at] ** 2})),
    ),
    "a bound doubled": (
        "importance_weighted_bound",
        importance.bound[importance.one_more],
        2 * importance.bound[importance.one_more],
    ),
}


@pytest.mark.parametrize("row", ROWS)
def test_a_break_is_refuted_by_the_evidence_of_its_statement(row: str) -> None:
    """The checks made there say that the broken formula is wrong, and establish the right one."""
    name, formula, broken = ROWS[row]
    assert broken != formula
    assert bench(stating(name, formula), (0,)).judge(broken).fate is Fate.REFUTED


@pytest.mark.parametrize(
    "form",
    [Expectation(z[k]) ** 2, Expectation(z[k]) * Expectation(OF_Z), log(Mean(z[k], Slice(z)))],
    ids=str,
)
def test_what_is_not_linear_in_means_is_no_mean(form: Expr) -> None:
    """The mean of a square is not the square of the mean, so neither stands for the other."""
    with pytest.raises(NotImplementedError, match="linear"):
        averaged(form)


def test_what_is_linear_in_means_is_the_mean_of_what_is_averaged() -> None:
    """Numbers stay, and each mean gives way to its body."""
    form = 3 * Expectation(z[k]) / standard_deviation(k) - Mean(OF_Z, Slice(z)) + 2
    assert averaged(form) == 3 * z[k] / standard_deviation(k) - OF_Z + 2

"""Bounds, divergences and likelihoods broken as public code was: each is refuted.

Every row says by which check; the same check establishes the right formula.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from harness.historical import case
from sympy import Expr, Integer, Pow, exp, log

from derivations.calculus.binding import replace_elements
from derivations.calculus.expressions import IndexSum
from derivations.calculus.steps import Check, Verdict
from derivations.evidence.equality import at_most, enclosure
from derivations.evidence.finite_difference import finite_difference
from derivations.gaussian_vae import (
    bound,
    divergence,
    importance,
    likelihood,
)
from derivations.gaussian_vae.symbols import (
    HALF,
    D,
    K,
    by_log,
    d,
    k,
    log_variance,
    mean,
    prior_mean,
    prior_variance,
    variance,
    x,
)

Row = tuple[Callable[[Expr], Check], Expr, Expr]
ONE = Integer(1)


def kl(closed: Expr) -> Check:
    """The divergence of general laws, by quadrature of the log ratio."""
    return divergence.by_quadrature("divergence", divergence.log_ratio, closed)


def kl_of(by: Expr) -> Check:
    """The divergence from N(0, I) in the log variance, against the same in the variance."""
    return enclosure("divergence", by_log(divergence.standard), by)


general = divergence.general
swapped = HALF * IndexSum(
    divergence.summand(prior_mean[k], prior_variance[k], mean[k], variance[k]), k
)
as_deviation = HALF * IndexSum(
    Pow(mean[k], 2) + exp(2 * log_variance[k]) - 1 - 2 * log_variance[k], k
)
squared_prior = HALF * IndexSum(
    divergence.summand(mean[k], variance[k], prior_mean[k], Pow(prior_variance[k], 2)), k
)
without_mean = HALF * IndexSum(
    divergence.summand(mean[k], variance[k], mean[k], prior_variance[k]), k
)
DIVERGENCE: dict[str, Row] = {
    "kl-sign-flipped": (kl, general, -general),
    "divergence without the half": (kl, general, 2 * general),
    "kl-averaged-over-latents": (kl, general, general / K),
    "divergence the other way round": (kl, general, swapped),
    "divergence without its constant": (kl, general, general + K / 2),
    "kl-constant-lacks-latent-size": (kl, general, general + (K - 1) / 2),
    "prior variance read as standard deviation": (kl, general, squared_prior),
    "divergence that forgets the means": (kl, general, without_mean),
    "log-variance-as-deviation": (
        kl_of,
        divergence.standard_by_log,
        as_deviation,
    ),
    "variance without its exponential": (
        kl_of,
        divergence.standard_by_log,
        HALF * IndexSum(Pow(mean[k], 2) + log_variance[k] - 1 - log_variance[k], k),
    ),
}

logits = likelihood.log_likelihood
by_probability = likelihood.at_logits(likelihood.by_probability)
eta = likelihood.eta
loss_of = partial(enclosure, "loss", divergence.standard_by_log - by_probability)
image = partial(enclosure, "likelihood", by_probability)


def gradient(by: Expr) -> Check:
    """The gradient of the log likelihood, from the logs of the probabilities."""
    return finite_difference("gradient", by_probability, eta[d], by)


error = likelihood.at_logits(x[d] - likelihood.theta[d])
LIKELIHOOD: dict[str, Row] = {
    "likelihood with its sign flipped": (image, logits, -logits),
    "likelihood averaged over the pixels": (image, logits, logits / D),
    "likelihood without its normalizer": (image, logits, IndexSum(x[d] * eta[d], d)),
    "likelihood with the two values swapped": (
        image,
        logits,
        replace_elements(logits, {eta: lambda at: -eta[at]}),
    ),
    "gradient with its sign flipped": (gradient, error, -error),
    "gradient without the probability": (gradient, error, x[d]),
    "loss with the divergence subtracted": (
        loss_of,
        likelihood.loss,
        likelihood.loss - 2 * divergence.standard_by_log,
    ),
    "loss without the divergence": (
        loss_of,
        likelihood.loss,
        likelihood.loss - divergence.standard_by_log,
    ),
    "loss that is the bound itself": (loss_of, likelihood.loss, -likelihood.loss),
}


table = partial(enclosure, "bound", bound.table_bound)
rewritten = bound.table_mean(log(bound.likelihood)) - bound.table_divergence
k_bound = importance.enumerated_bound(importance.k)
more = importance.enumerated_bound(importance.one_more)
same_law = partial(
    enclosure,
    "left out",
    importance.enumerated(importance.one_more, lambda weight: log(importance.without_one(weight))),
)
BOUNDS: dict[str, Row] = {
    "bound with the divergence added": (table, rewritten, rewritten + 2 * bound.table_divergence),
    "bound without the divergence": (table, rewritten, rewritten + bound.table_divergence),
    "bound as the log evidence less the wrong divergence": (
        table,
        log(bound.evidence) - bound.table_gap,
        log(bound.evidence) - bound.table_divergence,
    ),
    "entropy-omitted": (
        table,
        rewritten,
        bound.table_mean(log(bound.joint)),
    ),
    "bound-above-evidence, by its gap": (
        lambda smaller: at_most("bound", smaller, log(bound.evidence)),
        bound.table_bound,
        log(bound.evidence) + bound.table_gap,
    ),
    "bound-above-evidence, at a normal variable": (
        lambda smaller: at_most("bound", smaller, bound.log_evidence),
        bound.expected_fit - bound.to_prior,
        bound.log_evidence + bound.to_posterior,
    ),
    "bound at a normal variable, the divergence the other way round": (
        partial(bound.normal_mean, "bound", bound.log_joint - bound.log_law),
        bound.expected_fit - bound.to_prior,
        bound.expected_fit - HALF * divergence.summand(Integer(0), ONE, bound.centre, bound.spread),
    ),
    "bound-above-evidence, weighted": (
        lambda smaller: at_most("bound", smaller, log(importance.evidence)),
        k_bound,
        2 * log(importance.evidence) - k_bound,
    ),
    "weighted bound that sums the weights": (
        partial(enclosure, "at the posterior", log(importance.evidence)),
        importance.at_posterior(importance.bound[importance.k]),
        importance.at_posterior(importance.bound[importance.k]) + log(importance.k),
    ),
    "weighted bound falling with the samples": (
        lambda larger: at_most("bound", k_bound, larger),
        more,
        2 * k_bound - more,
    ),
    "average without one sample divided by all": (
        same_law,
        k_bound,
        k_bound + log(importance.k) - log(importance.one_more),
    ),
    "average of averages that leaves nothing out": (
        partial(enclosure, "averages", importance.whole_average),
        IndexSum(importance.without_one(lambda at: importance.weight[at]), importance.j)
        / importance.one_more,
        IndexSum(importance.weight[importance.i], importance.i) / importance.k,
    ),
}

ROWS = DIVERGENCE | LIKELIHOOD | BOUNDS


@pytest.mark.parametrize(
    "row",
    [
        case(name, name, kind="enumeration" if check is kl else "enclosure")
        for name, (check, _, _) in ROWS.items()
    ],
)
def test_a_formula_broken_as_public_code_was_is_refuted(row: str, rng: np.random.Generator) -> None:
    """The check of the row establishes the right formula and refutes the broken one."""
    check, right, broken = ROWS[row]
    assert check(right)(rng).verdict is Verdict.ESTABLISHED
    assert check(broken)(rng).verdict is Verdict.REFUTED

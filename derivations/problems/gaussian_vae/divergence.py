"""The divergence between two normal distributions with diagonal covariances, in K dimensions."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import exp, log

from derivations.calculus.expressions import POSITIVE, Array, IndexSum
from derivations.claims.registry import Line, derivation
from derivations.claims.statements import (
    Domain,
    Random,
    Rule,
    at_most,
    equal,
    result,
    step,
)
from derivations.meaning.notation import Divergence, Expectation
from derivations.problems.gaussian_vae.symbols import (
    BY_LOG,
    ENCODER,
    HALF,
    ONE,
    PRIOR,
    ZERO,
    X,
    Z,
    k,
    log_variance,
    mean,
    normals,
    prior_mean,
    prior_variance,
    variance,
    x,
    z,
)

t = Array("t", (), "t", POSITIVE)[()]

DEFINITION = Rule(
    "definition", "The divergence is the mean, under its first distribution, of the log ratio."
)
LOG_RATIO = Rule(
    "log ratio", "The coordinates are independent: both log densities are sums. Constants cancel."
)
OWN_SQUARE = Rule(
    "second moment", "The mean squared distance from a variable's own mean is its variance."
)
OTHER_SQUARE = Rule(
    "second moment about another point", "The squared distance of the two points is added."
)
LINEARITY = Rule("linearity", "Both means are put in, coordinate by coordinate.")
STANDARD = Rule("standard normal prior", "The prior's means are zero and its variances one.")
LOG_VARIANCE = Rule("log variance", "The encoder gives the log of each variance.")
SIGN = Rule(
    "never negative",
    (
        "Besides the squared distances of the means it is a sum of terms ",
        t - 1 - log(t),
        ", and ",
        at_most(0, t - 1 - log(t)),
        ", with equality where the two variances agree. So it is never negative.",
    ),
    given=(Domain(t),),
)


@derivation(
    "gaussian_vae.gaussian_kl",
    question="5.2",
    title="The divergence of diagonal normal distributions",
    code=("impl.vae.objectives.gaussian_divergence", "impl.vae.objectives.divergence_between"),
)
def gaussian_kl() -> Iterator[Line]:
    """Derive the divergence for a general prior, then for N(0, I), in the log variance."""
    q, p = ENCODER(Z, given=X), PRIOR(Z)
    own, other = normals(mean[k], variance[k]), normals(prior_mean[k], prior_variance[k])
    standard = Divergence(own, normals(ZERO, ONE))
    apart = (mean[k] - prior_mean[k]) ** 2
    log_ratio = log(prior_variance[k]) - log(variance[k])
    squares = (z[k] - prior_mean[k]) ** 2 / prior_variance[k] - (z[k] - mean[k]) ** 2 / variance[k]
    terms = log_ratio + (variance[k] + apart) / prior_variance[k] - 1
    yield Domain(x, mean, log_variance, prior_mean, prior_variance)
    yield BY_LOG
    yield Random(ENCODER)
    yield Random(PRIOR)
    yield step(DEFINITION, equal(Divergence(q, p), Expectation(q, log(q / p))))
    yield step(LOG_RATIO, equal(log(q / p), HALF * IndexSum(log_ratio + squares, k)))
    yield step(OWN_SQUARE, equal(Expectation(q, (z[k] - mean[k]) ** 2), variance[k]))
    yield step(
        OTHER_SQUARE, equal(Expectation(q, (z[k] - prior_mean[k]) ** 2), variance[k] + apart)
    )
    yield result(LINEARITY, equal(Divergence(own, other), HALF * IndexSum(terms, k)))
    yield result(
        STANDARD,
        equal(standard, HALF * IndexSum(mean[k] ** 2 + variance[k] - 1 - log(variance[k]), k)),
    )
    yield result(
        LOG_VARIANCE,
        equal(
            standard, HALF * IndexSum(mean[k] ** 2 + exp(log_variance[k]) - 1 - log_variance[k], k)
        ),
    )
    yield step(SIGN, at_most(HALF * IndexSum(apart / prior_variance[k], k), Divergence(own, other)))

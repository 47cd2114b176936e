"""The Bernoulli likelihood of an image in logits, and the loss."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import exp, log

from derivations.calculus.expressions import BITS, UNIT, Array, IndexSum, Slice
from derivations.claims.registry import Line, derivation
from derivations.claims.statements import (
    Domain,
    Random,
    Rule,
    at_most,
    define,
    equal,
    result,
    step,
)
from derivations.meaning.notation import Divergence, FamilyAt, Joint, PartialDerivative, part
from derivations.problems.gaussian_vae.symbols import (
    BY_LOG,
    HALF,
    ONE,
    ZERO,
    D,
    Z,
    d,
    k,
    log_variance,
    mean,
    normals,
    variance,
    z,
)

x = Array("pixel", (D,), "x", BITS)
grey = Array("grey", (D,), "y", UNIT)
eta = Array("eta", (D,), "eta")
theta = Array("theta", (D,), "theta", UNIT)
estimate = Array("estimate", (), "hat(cal(L))")[()]

DECODER = Joint("p", (part(x[d], FamilyAt("Bernoulli", theta[d]), d),), given=(Z,))

LOG_ODDS = Rule(
    "log odds",
    "The decoder gives the logit of each probability. Solved for, it is the log of the odds.",
)
INDEPENDENT = Rule(
    "independent pixels",
    "Given the latent variables the log probability of an image is the sum over its pixels.",
)
SOFTPLUS = Rule(
    "logs of both probabilities",
    "Both logs are written in the logit, so that no probability is rounded to zero or one.",
)
GATHER = Rule("gather", "The logs are put in. The pixel multiplies the logit alone.")
STABLE = Rule(
    "no large exponential",
    "Of the two forms the one whose exponential is at most one is evaluated.",
)
GRADIENT = Rule("gradient", "The log likelihood is differentiated by one logit.")
ESTIMATE = Rule(
    "estimate of the bound",
    "The log likelihood at one draw of the latent variables, less the divergence from the prior.",
)
LOSS = Rule("minus the bound", "The loss is minus the estimate, summed over the images of a batch.")
GREY = Rule(
    "grey levels",
    "For a grey level the same expression is minus a cross entropy, and no longer the log of a "
    "probability. It is still largest where the probability is the grey level.",
)


@derivation(
    "gaussian_vae.bernoulli_logits",
    question="5.3",
    title="The Bernoulli likelihood and the loss",
    code=("impl.vae.objectives.bernoulli_log_likelihood",),
)
def bernoulli_logits() -> Iterator[Line]:
    """Derive the log likelihood in logits, its gradient, and the loss."""
    likelihood = log(DECODER(Slice(x), given=Z))
    softplus = log(1 + exp(eta[d]))
    at_grey = grey[d] * log(theta[d]) + (1 - grey[d]) * log(1 - theta[d])
    at_most_grey = grey[d] * log(grey[d]) + (1 - grey[d]) * log(1 - grey[d])
    to_prior = Divergence(normals(mean[k], variance[k]), normals(ZERO, ONE))
    closed = HALF * IndexSum(mean[k] ** 2 + exp(log_variance[k]) - 1 - log_variance[k], k)
    yield Domain(z, eta, mean, log_variance, grey)
    yield BY_LOG
    yield define(theta[d], 1 / (1 + exp(-eta[d])))
    yield Random(DECODER)
    yield step(LOG_ODDS, equal(eta[d], log(theta[d] / (1 - theta[d]))))
    yield step(
        INDEPENDENT,
        equal(likelihood, IndexSum(x[d] * log(theta[d]) + (1 - x[d]) * log(1 - theta[d]), d)),
    )
    yield step(SOFTPLUS, equal(log(theta[d]), eta[d] - softplus))
    yield step(SOFTPLUS, equal(log(1 - theta[d]), -softplus))
    yield result(GATHER, equal(likelihood, IndexSum(x[d] * eta[d] - softplus, d)))
    yield step(STABLE, equal(softplus, eta[d] + log(1 + exp(-eta[d]))))
    yield result(GRADIENT, equal(PartialDerivative(likelihood, eta[d]), x[d] - theta[d]))
    yield step(ESTIMATE, define(estimate, likelihood - to_prior))
    yield result(LOSS, equal(-estimate, IndexSum(softplus - x[d] * eta[d], d) + closed))
    yield step(GREY, at_most(at_grey, at_most_grey))

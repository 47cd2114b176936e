"""The evidence lower bound, rewritten twice, and that it lies below the log evidence."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import log

from derivations.calculus.expressions import POSITIVE, Array
from derivations.claims.registry import Line, derivation
from derivations.claims.statements import (
    Domain,
    Random,
    Rule,
    Text,
    at_most,
    equal,
    result,
    step,
)
from derivations.meaning.notation import Divergence, Expectation
from derivations.problems.gaussian_vae.any_model import (
    BY_ENCODER,
    ELBO,
    ENCODER,
    EVIDENCE,
    JOINT,
    LIKELIHOOD,
    MODEL,
    POSTERIOR,
    TABLES,
    Z,
    elbo,
    x,
)

u = Array("u", (), "u", POSITIVE)[()]

FINITE = Text(
    ("All densities are positive on the same values. The means of their logarithms are finite.",)
)

DEFINITION = Rule(
    "definition", "The bound is the mean of the log ratio under the encoder.", "kingma2014"
)
PRODUCT = Rule("product rule", "The joint is the likelihood times the prior.")
SPLIT = Rule("log of a product", "The log of a product is a sum, and expectations are linear.")
DIVERGENCE = Rule("definition of the divergence", "The last term is minus a divergence.")
OTHER_PRODUCT = Rule("the other product", "The joint is also the posterior times the evidence.")
CONSTANT = Rule(
    "the evidence is constant",
    "It does not depend on the latent variable. The rest is again minus a divergence.",
    "blei2017",
)
TURNED = Rule("log of a ratio", "The log of the inverse ratio has the opposite sign.")
GIBBS = Rule(
    "Gibbs' inequality",
    ("The log lies below its tangent: ", at_most(log(u), u - 1), "."),
    given=(Domain(u),),
)
NORMALISED = Rule("total probability", "The posterior sums, or integrates, to one.")
BOUND = Rule("lower bound", "So the divergence from the posterior is never negative.")
TIGHT = Rule(
    "equality", "With the posterior as encoder the log ratio is the log evidence everywhere."
)


@derivation(
    "gaussian_vae.elbo",
    question="5.1",
    title="The evidence lower bound, rewritten twice",
    code=("impl.vae.objectives.loss", "impl.vae.notebook.loss_function"),
    sources=("kingma2014", "blei2017"),
)
def evidence_lower_bound() -> Iterator[Line]:
    """Derive both forms of the bound, and that it is one, for any model and any encoder."""
    q, prior = BY_ENCODER, MODEL(Z)
    to_posterior = Divergence(q, POSTERIOR)
    yield Domain(x, *TABLES)
    yield Random(MODEL)
    yield Random(ENCODER)
    yield FINITE
    yield step(DEFINITION, ELBO)
    yield step(PRODUCT, equal(elbo, Expectation(q, log(LIKELIHOOD * prior / q))))
    yield step(SPLIT, equal(elbo, Expectation(q, log(LIKELIHOOD)) + Expectation(q, log(prior / q))))
    yield result(DIVERGENCE, equal(elbo, Expectation(q, log(LIKELIHOOD)) - Divergence(q, prior)))
    yield step(OTHER_PRODUCT, equal(elbo, Expectation(q, log(POSTERIOR * EVIDENCE / q))))
    yield result(CONSTANT, equal(elbo, log(EVIDENCE) - to_posterior))
    yield step(TURNED, equal(-to_posterior, Expectation(q, log(POSTERIOR / q))))
    yield step(
        GIBBS, at_most(Expectation(q, log(POSTERIOR / q)), Expectation(q, POSTERIOR / q) - 1)
    )
    yield step(NORMALISED, equal(Expectation(q, POSTERIOR / q), 1))
    yield result(BOUND, at_most(elbo, log(EVIDENCE)))
    yield step(TIGHT, equal(Expectation(POSTERIOR, log(JOINT / POSTERIOR)), log(EVIDENCE)))

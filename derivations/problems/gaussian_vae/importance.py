"""The importance-weighted bound: it rises with the number of samples, up to the log evidence."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Expr, log

from derivations.calculus.expressions import Array, IndexSum, Slice
from derivations.calculus.indices import Index, size
from derivations.claims.registry import Line, derivation
from derivations.claims.statements import (
    Domain,
    Random,
    Rule,
    Text,
    at_most,
    define,
    equal,
    result,
    step,
)
from derivations.meaning.notation import At, Expectation, Joint, part
from derivations.problems.gaussian_vae.any_model import (
    BY_ENCODER,
    ENCODER,
    EVIDENCE,
    JOINT,
    MODEL,
    POSTERIOR,
    TABLES,
    S,
    T,
    X,
    Z,
    any_table,
    encoder,
    s,
    x,
)

k = size("k")
one_more: Expr = k + 1
i, j = (Index(name, 1, one_more) for name in "ij")
first = Index("i", 1, k)

sample = Array("sample", (one_more,), "tilde(z)", states=S)
weight = Array("weight", (one_more,), "w")
bound = Array("bound", (one_more,), "cal(L)")

SAMPLES = Joint("q", (part(sample[i], any_table(encoder[x[()], s], s), i),), given=(X,))
"""Independent draws from the encoder of one image."""
FINITE = Text(("The weights are positive, and the log of one has a finite mean.",))

WEIGHTS = Rule("importance weights", "The joint over the encoder's density.")
MEAN_WEIGHT = Rule("mean weight", "The mean of a weight is the sum, or integral, of the joint.")
DEFINITION = Rule(
    "definition", "The mean of the log of the average weight of the samples.", "burda2016"
)
ONE_SAMPLE = Rule("one sample", "The log of a single weight has the evidence lower bound as mean.")
LEAVE_OUT = Rule(
    "average of averages",
    "Each sample is left out in turn. In all the averages each weight is left out once.",
)
JENSEN = Rule(
    "Jensen's inequality",
    "The log is concave: the average of logs is at most the log of the average.",
)
ALIKE = Rule(
    "samples are alike", "Whichever is left out, the others are as many independent draws."
)
RISE = Rule("take the mean", "The two sides of Jensen's inequality are averaged over the samples.")
BELOW = Rule(
    "Jensen's inequality once more",
    "The mean of the log is at most the log of the mean, and the average weight has the evidence "
    "as its mean.",
)
TIGHT = Rule("equality", "With the posterior as encoder every weight is the evidence.")


@derivation(
    "gaussian_vae.importance_weighted_bound",
    question="beyond the sheet",
    title="The importance-weighted bound",
    code=(
        "impl.vae.objectives.importance_weighted_bound",
        "impl.vae.evaluation.importance_sampled_log_likelihood",
    ),
    sources=("burda2016",),
    sizes={k: (2, 3), S: (2,), T: (2, 3, 4)},
)
def importance_weighted_bound() -> Iterator[Line]:
    """Derive L_1 = ELBO, L_k <= L_{k+1} and L_k <= log p(x)."""
    q = SAMPLES(Slice(sample), given=X)
    at_sample = At(Z, sample[i])
    ratio = MODEL(X, at_sample) / ENCODER(at_sample, given=X)
    average = IndexSum(weight[i], i) / one_more
    left_out = (IndexSum(weight[i], i) - weight[j]) / k
    yield Domain(x, *TABLES)
    yield Random(MODEL)
    yield Random(ENCODER)
    yield Random(SAMPLES)
    yield FINITE
    yield step(WEIGHTS, define(weight[i], ratio))
    yield step(MEAN_WEIGHT, equal(Expectation(q, weight[i]), EVIDENCE))
    yield step(
        DEFINITION, define(bound[k], Expectation(q, log(IndexSum(weight[first], first) / k)))
    )
    yield result(ONE_SAMPLE, equal(bound[1], Expectation(BY_ENCODER, log(JOINT / BY_ENCODER))))
    yield step(LEAVE_OUT, equal(average, IndexSum(left_out, j) / one_more))
    yield step(JENSEN, at_most(IndexSum(log(left_out), j) / one_more, log(average)))
    yield step(ALIKE, equal(Expectation(q, log(left_out)), bound[k]))
    yield result(RISE, at_most(bound[k], bound[one_more]))
    yield result(BELOW, at_most(bound[k], log(EVIDENCE)))
    yield step(TIGHT, equal(JOINT / POSTERIOR, EVIDENCE))

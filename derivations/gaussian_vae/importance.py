"""The importance-weighted bound: it rises with the number of samples, up to the log evidence."""

from __future__ import annotations

from collections.abc import Callable

from sympy import Expr, Integer, Tuple, log

from derivations.calculus.binding import replace_elements
from derivations.calculus.expressions import (
    POSITIVE,
    SIMPLEX,
    Array,
    Density,
    IndexProduct,
    IndexSum,
    Slice,
    StateSum,
)
from derivations.calculus.indices import Index, size
from derivations.calculus.notation import Expectation
from derivations.calculus.steps import AT_MOST, Derivation, Prose, Relation, Rule, Step
from derivations.derive.brief import Brief
from derivations.evidence.equality import at_most, enclosure, proof
from derivations.gaussian_vae.symbols import EVIDENCE, K, elbo, x

k, S = size("k"), size("S")
one_more: Expr = k + 1
i, j = (Index(name, 1, one_more) for name in "ij")
first = Index("i", 1, k)
s = Index("s", 1, S)

samples = Array("z", (one_more, K))
weight = Array("weight", (one_more,), "w", POSITIVE)
bound = Array("bound", (one_more,), "cal(L)")
law = Array("law", (S,), "q", SIMPLEX)
joint = Array("joint", (S,), "p", POSITIVE)
"""Of any latent variable with S values: the encoder's probabilities, and p(x, z) at each value."""

ASSUMPTIONS: tuple[Prose, ...] = (
    (
        "The samples ",
        Slice(samples, first),
        " are independent draws from the encoder's law of one image, which is positive wherever "
        "the joint is; the weights ",
        weight[i],
        " are positive, and the log of one has a finite mean.",
    ),
)
REMARKS: tuple[Prose, ...] = (
    (
        "The identity between averages is proved for any numbers; the means are tried by going "
        "through every outcome of the samples, for latent variables of a few values with random "
        "probabilities.",
    ),
)

WEIGHTS = Rule(
    "importance weights",
    "The joint over the encoder's density; its mean is the sum, or integral, of the joint.",
)
DEFINITION = Rule(
    "definition", "The mean of the log of the average weight of the samples.", "burda2016"
)
ONE_SAMPLE = Rule("one sample", "The log of a single weight has the evidence lower bound as mean.")
LEAVE_OUT = Rule(
    "average of averages",
    "Each sample is left out in turn; every weight is left out once in all the averages.",
)
JENSEN = Rule(
    "Jensen's inequality",
    "The log is concave: the average of logs is at most the log of the average.",
)
SAME_LAW = Rule(
    "samples are alike", "Whichever is left out, the others are as many independent draws."
)
RISE = Rule("take the mean", "The two sides of Jensen's inequality are averaged over the samples.")
BELOW = Rule(
    "Jensen's inequality once more",
    "The mean of the log is at most the log of the mean, and the average weight has the evidence "
    "as its mean.",
)


def average(term: Callable[[Index], Expr], index: Index) -> Expr:
    """Return the average of a term over an index."""
    return IndexSum(term(index), index) / index.count


def without_one(term: Callable[[Index], Expr]) -> Expr:
    """Return the average of a term over all k + 1 samples but the j-th."""
    return (IndexSum(term(i), i) - term(j)) / k


def enumerated(count: Expr, of_weights: Callable[[Callable[[Index], Expr]], Expr]) -> Expr:
    """Return a mean over so many samples, as a sum over all their joint outcomes."""
    drawn = Array("drawn", (count,), "z", states=S)
    each = Index("i", 1, count)

    def weight_at(index: Index) -> Expr:
        return joint[drawn[index]] / law[drawn[index]]

    return StateSum(IndexProduct(law[drawn[each]], each) * of_weights(weight_at), drawn)


def enumerated_bound(count: Expr) -> Expr:
    """Return the bound of so many samples."""
    each = Index("i", 1, count)
    return enumerated(count, lambda weights: log(average(weights, each)))


evidence: Expr = IndexSum(joint[s], s)
averaged_logs: Expr = IndexSum(log(without_one(lambda at: weight[at])), j) / one_more
whole_average: Expr = average(lambda at: weight[at], i)


def importance_weighted_bound_derivation(brief: Brief) -> Derivation:
    """Derive L_1 = ELBO, L_k <= L_{k+1} and L_k <= log p(x)."""
    sample = Slice(samples, first)
    ratio = Density("p", Tuple(Slice(x), sample)) / Density("q", sample, (Slice(x),))
    left = without_one(lambda at: weight[at])
    this, following = bound[k], bound[one_more]
    single = enclosure(
        "the bound of one sample",
        enumerated_bound(Integer(1)),
        IndexSum(law[s] * log(joint[s] / law[s]), s),
    )
    rises = at_most(
        "over all outcomes of the samples", enumerated_bound(k), enumerated_bound(one_more)
    )
    below = at_most("over all outcomes of the samples", enumerated_bound(k), log(evidence))
    tight = enclosure(
        "equal for the posterior, at which all weights are the evidence",
        enumerated_at_posterior(k),
        log(evidence),
    )
    return brief.derivation(
        steps=(
            Step(
                WEIGHTS,
                Relation(weight[first], ratio),
                (
                    proof(
                        "the mean weight is the evidence",
                        IndexSum(law[s] * (joint[s] / law[s]), s),
                        evidence,
                    ),
                ),
            ),
            Step(
                DEFINITION,
                Relation(this, Expectation(log(average(lambda at: weight[at], first)))),
                (
                    enclosure(
                        "the mean average weight is the evidence, over all outcomes",
                        enumerated(k, lambda weights: average(weights, first)),
                        evidence,
                    ),
                    tight,
                ),
            ),
            Step(ONE_SAMPLE, Relation(bound[1], elbo), (single,)),
            Step(
                LEAVE_OUT,
                Relation(whole_average, IndexSum(left, j) / one_more),
                (
                    proof(
                        "equal for any numbers, both sides times k (k + 1)",
                        k * IndexSum(weight[i], i),
                        IndexSum(IndexSum(weight[i], i) - weight[j], j),
                    ),
                    enclosure("equal for any numbers", whole_average, IndexSum(left, j) / one_more),
                ),
            ),
            Step(
                JENSEN,
                Relation(averaged_logs, log(whole_average), AT_MOST),
                (at_most("at random weights", averaged_logs, log(whole_average)),),
            ),
            Step(
                SAME_LAW,
                Relation(Expectation(log(left)), this),
                (
                    enclosure(
                        "over all outcomes, whichever is left out",
                        enumerated(one_more, lambda weights: log(without_one(weights))),
                        enumerated_bound(k),
                    ),
                ),
            ),
            Step(RISE, Relation(this, following, AT_MOST), (rises,)),
            Step(BELOW, Relation(this, log(EVIDENCE), AT_MOST), (below, tight)),
        ),
        results=(
            Relation(bound[1], elbo),
            Relation(this, following, AT_MOST),
            Relation(this, log(EVIDENCE), AT_MOST),
        ),
        checks=(single, rises, below, tight),
        sources=("burda2016",),
        remarks=REMARKS,
    )


def enumerated_at_posterior(count: Expr) -> Expr:
    """Return the bound of so many samples with the posterior for the encoder's law."""
    posterior = {law: lambda at: joint[at] / evidence}
    body = enumerated_bound(count)
    return StateSum(replace_elements(body.body, posterior), *body.arrays)

"""The importance-weighted bound: it rises with the number of samples, up to the log evidence."""

from __future__ import annotations

from collections.abc import Callable

from sympy import Expr, Tuple, log

from derivations.calculus.binding import replace_elements, rewrite
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
from derivations.calculus.steps import AT_MOST, Check, Derivation, Prose, Relation, Rule, Step
from derivations.derive.brief import Brief
from derivations.evidence.drawing import Sizes
from derivations.evidence.equality import at_most, enclosure, proof
from derivations.gaussian_vae.symbols import EVIDENCE, K, elbo, x

k, S = size("k"), size("S")
one_more: Expr = k + 1
i, j = (Index(name, 1, one_more) for name in "ij")
first = Index("i", 1, k)
s, r = (Index(name, 1, S) for name in "sr")

samples = Array("z", (one_more, K))
weight = Array("weight", (one_more,), "w", POSITIVE)
bound = Array("bound", (one_more,), "cal(L)")
law = Array("law", (S,), "q", SIMPLEX)
joint = Array("joint", (S,), "p", POSITIVE)
"""Of any latent variable with S values: the encoder's probabilities, and p(x, z) at each value."""
every_weight = Array("every_weight", (), "w", POSITIVE)[()]
PAIR: Sizes = {k: (2,)}

SAMPLE = Slice(samples, first)
JOINT = Density("p", Tuple(Slice(x), SAMPLE))
ENCODER = Density("q", SAMPLE, (Slice(x),))

ASSUMPTIONS: tuple[Prose, ...] = (
    (
        "The samples ",
        SAMPLE,
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

    def weight_at(index: Index) -> Expr:
        return joint[drawn[index]] / law[drawn[index]]

    drawn = outcomes(count)
    return over_outcomes(count, of_weights(weight_at))


def outcomes(count: Expr) -> Array:
    """Return the values that so many samples take."""
    return Array("drawn", (count,), "z", states=S)


def over_outcomes(count: Expr, value: Expr) -> Expr:
    """Return the mean of a function of the values of so many samples."""
    drawn, each = outcomes(count), Index("i", 1, count)
    return StateSum(IndexProduct(law[drawn[each]], each) * value, drawn)


def enumerated_bound(count: Expr) -> Expr:
    """Return the bound of so many samples."""
    each = Index("i", 1, count)
    return enumerated(count, lambda weights: log(average(weights, each)))


evidence: Expr = IndexSum(joint[s], s)
single_bound: Expr = IndexSum(law[s] * log(joint[s] / law[s]), s)
two_samples: Expr = IndexSum(
    law[s] * law[r] * log((joint[s] / law[s] + joint[r] / law[r]) / 2), s, r
)


def mean_over_outcomes(form: Expr) -> Expr:
    """Return the mean of a function of the i-th sample's densities, over all outcomes of k."""
    value = outcomes(k)[first]
    return over_outcomes(k, form.xreplace({JOINT: joint[value], ENCODER: law[value]}))


def weights_over_outcomes(form: Expr) -> Expr:
    """Return the mean of a function of the weights, over all outcomes of k samples."""
    return _weights_over(k, form)


def _weights_over(count: Expr, form: Expr) -> Expr:
    return enumerated(count, lambda weights: replace_elements(form, {weight: weights}))


def in_full(form: Expr) -> Expr:
    """Put sums in the place of means over k samples, of bounds, and of the evidence."""
    means = {e: weights_over_outcomes(e.body) for e in form.atoms(Expectation)}
    form = form.xreplace({**means, elbo: single_bound, EVIDENCE: evidence})
    return replace_elements(form, {bound: enumerated_bound})


def in_full_of_one_more(form: Expr) -> Expr:
    """Put a sum in the place of a mean over k + 1 samples."""

    def rule(node: Expr) -> Expr | None:
        return _weights_over(one_more, node.body) if isinstance(node, Expectation) else None

    return rewrite(form, rule)


def at_posterior(form: Expr) -> Expr:
    """Return the same with the posterior for the encoder's law."""
    return replace_elements(in_full(form), {law: lambda at: joint[at] / evidence})


def alike(form: Expr) -> Expr:
    """Put one number in the place of every weight."""
    return replace_elements(form, {weight: lambda _: every_weight})


averaged_logs: Expr = IndexSum(log(without_one(lambda at: weight[at])), j) / one_more
whole_average: Expr = average(lambda at: weight[at], i)


def importance_weighted_bound_derivation(brief: Brief) -> Derivation:
    """Derive L_1 = ELBO, L_k <= L_{k+1} and L_k <= log p(x)."""
    definition = Expectation(log(average(lambda at: weight[at], first)))
    left = without_one(lambda at: weight[at])
    this, following = bound[k], bound[one_more]
    single = enclosure(
        "the bound of one sample",
        in_full(bound[1]),
        in_full(elbo),
    )
    rises = (
        at_most("over all outcomes of the samples", in_full(this), in_full(following)),
        _tight(following),
    )
    below = at_most("over all outcomes of the samples", in_full(this), in_full(log(EVIDENCE)))
    tight = _tight(this)
    return brief.derivation(
        steps=(
            Step(
                WEIGHTS,
                Relation(weight[first], JOINT / ENCODER),
                (
                    enclosure(
                        "the mean weight is the evidence, over all outcomes",
                        mean_over_outcomes(JOINT / ENCODER),
                        evidence,
                    ),
                ),
            ),
            Step(
                DEFINITION,
                Relation(this, definition),
                (
                    enclosure(
                        "the mean average weight is the evidence, over all outcomes",
                        enumerated(k, lambda weights: average(weights, first)),
                        evidence,
                    ),
                    enclosure(
                        "of two samples, over both", in_full(definition), two_samples, sizes=PAIR
                    ),
                    _tight(definition),
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
                (
                    at_most("at random weights", averaged_logs, log(whole_average)),
                    enclosure(
                        "equal where all weights are", alike(log(whole_average)), log(every_weight)
                    ),
                ),
            ),
            Step(
                SAME_LAW,
                Relation(Expectation(log(left)), this),
                (
                    enclosure(
                        "over all outcomes, whichever is left out",
                        enumerated(one_more, lambda weights: log(without_one(weights))),
                        in_full(this),
                    ),
                ),
            ),
            Step(RISE, Relation(this, following, AT_MOST), rises),
            Step(BELOW, Relation(this, log(EVIDENCE), AT_MOST), (below, tight)),
        ),
        results=(
            Relation(bound[1], elbo),
            Relation(this, following, AT_MOST),
            Relation(this, log(EVIDENCE), AT_MOST),
        ),
        checks=(single, *rises, below, tight),
        sources=("burda2016",),
        remarks=REMARKS,
        readings=(
            mean_over_outcomes,
            in_full,
            at_posterior,
            alike,
            weights_over_outcomes,
            in_full_of_one_more,
        ),
    )


def _tight(form: Expr) -> Check:
    """Claim that a bound is reached."""
    return enclosure(
        "equal for the posterior, at which all weights are the evidence",
        at_posterior(form),
        in_full(log(EVIDENCE)),
    )

"""The Gaussian with the moments of the Dirichlet in the softmax basis: the closest one."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Expr, Integer, log, polygamma

from derivations.calculus.expressions import REAL, Array, IndexSum, Iverson, Slice
from derivations.calculus.indices import Index
from derivations.calculus.matrices import Determinant, Inverse, InverseEntry
from derivations.claims.registry import Line, derivation
from derivations.claims.statements import (
    AtLeast,
    Condition,
    Domain,
    Random,
    Rule,
    at_most,
    define,
    equal,
    less,
    result,
    step,
)
from derivations.meaning.notation import Applied, Entries, Expectation, PartialDerivative
from derivations.problems.softmax_gaussian.symbols import (
    DIRICHLET,
    TOTAL,
    K,
    alpha,
    h,
    i,
    k,
    l,
    pi,
)

MEANS = Rule(
    "expected statistics",
    "The mean of log π is the gradient of the Dirichlet's log normalizer.",
    "bishop2006, sec. 2.4",
)
COVARIANCES = Rule(
    "covariance of the statistics",
    "The covariance of log π is the second derivative of the log normalizer.",
    "bishop2006, sec. 2.4",
)
CENTRE = Rule("softmax basis", "The coordinates are the logs less their mean over the entries.")
LINEAR = Rule("linearity", "Mean and covariance of the coordinates follow.")
FREE = Rule(
    "free coordinates",
    "The last coordinate is minus the sum of the others: a Gaussian of the first K - 1 is wanted.",
)
PRECISION = Rule("precision matrix", "Any product of a matrix with its transpose.")
OBJECTIVE = Rule(
    "log density of the Gaussian",
    "The divergence of the Dirichlet from a Gaussian is least where the mean of the Gaussian's log "
    "density is largest. Its constant is left out.",
    "bishop2006, sec. 10.7",
)
QUADRATIC = Rule(
    "moments alone",
    "The mean of a quadratic form depends on the distribution by its mean and covariance alone.",
)
BOUND = Rule("an upper bound", "No Gaussian does better than this.")
MATCH = Rule(
    "moment matching",
    "The Gaussian with the mean and the covariance of the coordinates attains the bound.",
    "bishop2006, sec. 10.7",
)

a, b, c = (Index(letter, 1, K - 1) for letter in "abc")
moment = Array("mu", (K - 1,), "mu")
centre = Array("centre", (K - 1,), "nu", REAL)
root = Array("root", (K - 1, K - 1), "R", REAL)
block = Array("block", (K - 1, K - 1), "C")
precision = Array("precision", (K - 1, K - 1), "Lambda")
objective = Array("fit", (), "J")[()]
fit = Applied(objective, Slice(centre), Slice(precision))


def matched_mean(entry: Index) -> Expr:
    """Return the mean of one coordinate."""
    return polygamma(0, alpha[entry]) - IndexSum(polygamma(0, alpha[i]), i) / K


def matched_covariance(first: Index, second: Index) -> Expr:
    """Return the covariance of two coordinates."""
    of_first, of_second = (polygamma(1, alpha[entry]) for entry in (first, second))
    whole = IndexSum(polygamma(1, alpha[i]), i) / K**2
    return Iverson(first, second) * of_first - (of_first + of_second) / K + whole


@derivation(
    "softmax_gaussian.moment_matching",
    question="beyond the sheet",
    title="Moment matching",
    code=("impl.samplers.dirichlet_fits.fit_dirichlet",),
    sources=("bishop2006",),
    sizes={K: (2, 3)},
)
def moment_matching() -> Iterator[Line]:
    """Derive the mean and covariance that minimise KL(Dirichlet || logistic normal)."""

    def mean(form: Expr) -> Expr:
        return Expectation(DIRICHLET, form)

    def covariance(first: Expr, second: Expr) -> Expr:
        return mean(first * second) - mean(first) * mean(second)

    of_log = mean(log(pi[k]))
    of_logs = Iverson(k, l) * polygamma(1, alpha[k]) - polygamma(1, TOTAL)
    apart = (h[a] - centre[a]) * (h[b] - centre[b])
    gap = (moment[a] - centre[a]) * (moment[b] - centre[b])
    determinant = log(Determinant(precision[a, b], a, b))
    by_moments = (determinant - IndexSum(precision[a, b] * (block[a, b] + gap), a, b)) / 2
    largest = -(log(Determinant(block[a, b], a, b)) + K - 1) / 2
    inverse = InverseEntry(Inverse(block[a, b], a, b), a, b)
    best = Applied(objective, Entries(moment[a], a), Entries(inverse, a, b))
    yield Domain(alpha, centre, root)
    yield Random(DIRICHLET)
    yield AtLeast(K, 2)
    yield Condition(less(Integer(0), Determinant(root[a, b], a, b) ** 2))
    yield step(MEANS, equal(of_log, polygamma(0, alpha[k]) - polygamma(0, TOTAL)))
    yield step(COVARIANCES, equal(PartialDerivative(of_log, alpha[l]), of_logs))
    yield step(COVARIANCES, equal(covariance(log(pi[k]), log(pi[l])), of_logs))
    yield step(CENTRE, define(h[k], log(pi[k]) - IndexSum(log(pi[i]), i) / K))
    yield result(LINEAR, equal(mean(h[k]), matched_mean(k)))
    yield result(LINEAR, equal(covariance(h[k], h[l]), matched_covariance(k, l)))
    yield step(FREE, define(moment[a], matched_mean(a)))
    yield step(FREE, define(block[a, b], matched_covariance(a, b)))
    yield step(PRECISION, define(precision[a, b], IndexSum(root[a, c] * root[b, c], c)))
    yield step(
        OBJECTIVE,
        define(fit, (determinant - mean(IndexSum(precision[a, b] * apart, a, b))) / 2),
    )
    yield step(QUADRATIC, equal(fit, by_moments))
    yield step(BOUND, at_most(by_moments, largest))
    yield result(MATCH, equal(best, largest))

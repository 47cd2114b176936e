"""The variance of the pathwise estimator beside the score-function estimator's, both closed."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Expr, Mul, log

from derivations.calculus.expressions import Array, Element, IndexSum
from derivations.claims.registry import Line, Remark, derivation
from derivations.claims.statements import (
    Domain,
    Random,
    Rule,
    define,
    equal,
    less,
    result,
    step,
)
from derivations.meaning.notation import Applied, Expectation, PartialDerivative, Variance
from derivations.problems.gaussian_vae.symbols import (
    BY_LOG,
    ENCODER,
    HALF,
    K,
    X,
    Z,
    half,
    j,
    k,
    log_variance,
    mean,
    variance,
    x,
    z,
)

c = Array("c", (K,))
f = Array("f", ())[()]

GROWTH = Remark(
    (
        "With the number of coordinates the score-function estimator's variance grows as the "
        "square, with the mean of the function as its baseline linearly. The pathwise "
        "estimator's does not depend on the other coordinates.",
    )
)
OTHERS = Remark(
    (
        "This is one function. For another, as a cosine of high frequency, the pathwise estimator "
        "varies more.",
    )
)

MOMENTS = Rule("moments of the function", "The coordinates are independent. Each moment is closed.")
SCORE = Rule("score", "The log density is differentiated by a parameter at a fixed draw.")
PATH = Rule(
    "pathwise estimators",
    "The derivative of the function times the rate at which the draw moves: one with its mean, "
    "half its distance from the mean with its log variance.",
)
BY_SCORE = Rule("score-function estimators", "The function times the score.", "mohamed2020")
BASELINE = Rule(
    "baseline",
    "The mean of the function is subtracted from it. The score has mean zero, so the estimators "
    "stay unbiased.",
    "mohamed2020",
)
UNBIASED = Rule(
    "unbiased", "The mean of each estimator is the derivative of the function's expectation."
)
SPREAD = Rule(
    "variance",
    "The mean square less the squared mean, by moments of a normal variable up to the eighth.",
)
COMPARE = Rule("difference", "The two variances are subtracted.")
LARGER = Rule("comparison", "Even with that baseline the score-function estimators vary more here.")

OF_Z = Applied(f, Z)
Q = ENCODER(Z, given=X)
E, V = Expectation(Q, OF_Z), Variance(Q, OF_Z)
offset: Expr = mean[j] - c[j]
slope = PartialDerivative(OF_Z, z[j])
score, score_by_log = (PartialDerivative(log(Q), by) for by in (mean[j], log_variance[j]))


def letter(base: str, kind: str) -> Element:
    """Return the letter of an estimator: g by means, h by log variances."""
    return Array(f"{base}_{kind}", (K,), f"{base}^{kind}")[j]


g_path, g_score, g_baseline = (letter("g", kind) for kind in ("path", "score", "baseline"))
h_path, h_score, h_baseline = (letter("h", kind) for kind in ("path", "score", "baseline"))


def unbiased(by_mean: Expr, by_log: Expr) -> Iterator[Line]:
    """State that two estimators are those of a gradient."""
    yield step(UNBIASED, equal(Expectation(Q, by_mean), PartialDerivative(E, mean[j])))
    yield step(UNBIASED, equal(Expectation(Q, by_log), PartialDerivative(E, log_variance[j])))


@derivation(
    "gaussian_vae.gradient_variance",
    question="beyond the sheet",
    title="Variances of pathwise and score-function gradients",
    code=("impl.vae.estimators.pathwise_gradients", "impl.vae.estimators.score_function_gradients"),
    sources=("mohamed2020",),
    sizes={K: (2, 3)},
)
def gradient_variance() -> Iterator[Line]:
    """Derive both estimators' variances, by means and by log variances."""
    spread = 4 * variance[k] * (mean[k] - c[k]) ** 2 + 2 * variance[k] ** 2
    bends = 8 * variance[j] * offset**2 + 13 * variance[j] ** 2
    yield Domain(x, mean, log_variance, c)
    yield BY_LOG
    yield Random(ENCODER)
    yield define(OF_Z, IndexSum((z[k] - c[k]) ** 2, k))
    yield step(MOMENTS, equal(E, IndexSum((mean[k] - c[k]) ** 2 + variance[k], k)))
    yield step(MOMENTS, equal(V, IndexSum(spread, k)))
    yield step(SCORE, equal(score, (z[j] - mean[j]) / variance[j]))
    yield step(SCORE, equal(score_by_log, half((z[j] - mean[j]) ** 2 / variance[j] - 1)))
    yield step(PATH, define(g_path, slope))
    yield step(PATH, equal(g_path, 2 * (z[j] - c[j])))
    yield step(PATH, define(h_path, Mul(HALF, z[j] - mean[j], slope)))
    yield step(PATH, equal(h_path, (z[j] - mean[j]) * (z[j] - c[j])))
    yield from unbiased(g_path, h_path)
    yield step(BY_SCORE, define(g_score, OF_Z * score))
    yield step(BY_SCORE, define(h_score, OF_Z * score_by_log))
    yield from unbiased(g_score, h_score)
    yield result(SPREAD, equal(Variance(Q, g_path), 4 * variance[j]))
    yield result(SPREAD, equal(Variance(Q, h_path), variance[j] * offset**2 + 2 * variance[j] ** 2))
    yield result(
        SPREAD,
        equal(
            Variance(Q, g_score),
            (E**2 + V) / variance[j] + 4 * E + 4 * offset**2 + 8 * variance[j],
        ),
    )
    yield result(
        SPREAD,
        equal(Variance(Q, h_score), HALF * E**2 + HALF * V + 4 * variance[j] * E + bends),
    )
    yield step(BASELINE, define(g_baseline, (OF_Z - E) * score))
    yield step(BASELINE, define(h_baseline, (OF_Z - E) * score_by_log))
    yield from unbiased(g_baseline, h_baseline)
    yield step(
        SPREAD,
        equal(Variance(Q, g_baseline), V / variance[j] + 4 * offset**2 + 8 * variance[j]),
    )
    yield step(SPREAD, equal(Variance(Q, h_baseline), HALF * V + bends))
    yield result(
        COMPARE,
        equal(
            Variance(Q, g_baseline) - Variance(Q, g_path),
            V / variance[j] + 4 * offset**2 + 4 * variance[j],
        ),
    )
    yield result(
        COMPARE,
        equal(
            Variance(Q, h_baseline) - Variance(Q, h_path),
            HALF * V + 7 * variance[j] * offset**2 + 11 * variance[j] ** 2,
        ),
    )
    yield step(LARGER, less(Variance(Q, g_path), Variance(Q, g_baseline)))
    yield step(LARGER, less(Variance(Q, h_path), Variance(Q, h_baseline)))
    yield GROWTH
    yield OTHERS

"""The bound's gradient with the divergence in closed form, sampled, and sampled without score."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Expr, Mul, log

from derivations.calculus.expressions import POSITIVE, Array, Element, IndexSum, Iverson, Slice
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
from derivations.meaning.notation import (
    Divergence,
    Expectation,
    Joint,
    PartialDerivative,
    Variance,
    Where,
    part,
)
from derivations.problems.gaussian_vae.symbols import (
    BY_LOG,
    DRAW,
    DRAWN,
    ENCODER,
    HALF,
    OF_NOISE,
    ONE,
    ZERO,
    D,
    K,
    X,
    Z,
    d,
    half,
    i,
    j,
    k,
    log_variance,
    mean,
    normal,
    variance,
    x,
    z,
)

W = Array("W", (D, K))
c = Array("c", (D,))
tau = Array("tau", (), "tau", POSITIVE)[()]
G = Array("G", (K, K))

MODEL = Joint(
    "p",
    (
        part(z[k], normal(ZERO, ONE), k),
        part(x[d], normal(c[d] + IndexSum(W[d, i] * z[i], i), tau), d),
    ),
)
"""The linear decoder; the estimators of the divergence need its prior alone."""
Q, PRIOR = ENCODER(Z, given=X), MODEL(Z)

NEITHER = Remark(
    (
        "Neither the closed form nor the path alone is always the better. Where the decoder "
        "ignores the latent variables the closed form does not vary, and the path alone does "
        "unless the variances are one. At the exact posterior it is the other way round.",
    )
)
CONSTANT = Remark(
    (
        "Where the encoder's covariance is the inverse of ",
        Slice(G),
        ", which is that of the posterior, the estimator by the path alone does not vary at all, "
        "whatever the means.",
    )
)

CLOSED = Rule("closed divergence", "The closed form is differentiated: nothing varies.")
SAMPLED = Rule(
    "sampled divergence",
    "The log ratio at the draw is differentiated. Its parameters move the draw and the density.",
)
SCORE = Rule("score", "This is the part by the density's own parameters, at a fixed draw.")
PATH = Rule("path alone", "The score is left out: the parameters move the draw alone.")
UNBIASED = Rule("equal means", "Sampled or not, the mean is the derivative of the closed form.")
ZERO_MEAN = Rule(
    "mean of the score",
    "It is zero, as the density integrates to one at all parameters. Leaving it out changes no "
    "mean.",
)
SPREAD = Rule("variance", "The mean square less the squared mean, by moments of a normal variable.")
CURVATURE = Rule(
    "precision of the posterior", "Minus the second derivative of the log joint, which is constant."
)
WHOLE = Rule(
    "derivative of the bound",
    "The log likelihood at the draw is differentiated by the mean, and each estimator of the "
    "divergence's derivative subtracted.",
)
WHOLE_MEAN = Rule("unbiased", "The mean of each is the derivative of the bound.")
LINEAR = Rule(
    "variance of a linear form",
    "All are linear in the latent variables: their factors, squared, weigh the variances.",
)
COMPARE = Rule("difference", "The sums are subtracted. All but one term cancels.")
LARGER = Rule(
    "comparison", "No diagonal entry of the precision is below one: sampling costs variance."
)


def letter(base: str, kind: str) -> Element:
    """Return an estimator's letter: g by means, h by log variances, u for the whole bound."""
    return Array(f"{base}_{kind}", (K,), f"{base}^{kind}")[k]


g_sampled, g_score, g_path = (letter("g", kind) for kind in ("sampled", "score", "path"))
h_sampled, h_score, h_path = (letter("h", kind) for kind in ("sampled", "score", "path"))
u_closed, u_sampled, u_path = (letter("u", kind) for kind in ("closed", "sampled", "path"))
distance: Expr = z[k] - mean[k]
to_prior = Divergence(Q, PRIOR)


def estimators() -> Iterator[Line]:
    """State the estimators of the divergence's derivatives."""
    moved = log(Q / PRIOR)
    at_draw = Where(moved, Z, DRAWN)
    by_z = PartialDerivative(moved, z[k])
    yield step(CLOSED, equal(PartialDerivative(to_prior, mean[k]), mean[k]))
    yield step(CLOSED, equal(PartialDerivative(to_prior, log_variance[k]), half(variance[k] - 1)))
    for one, by, form in (
        (g_sampled, mean[k], z[k]),
        (h_sampled, log_variance[k], half(z[k] * distance - 1)),
    ):
        yield step(SAMPLED, define(one, form))
        yield step(SAMPLED, equal(PartialDerivative(at_draw, by), Where(one, Z, DRAWN)))
    for one, by, form in (
        (g_score, mean[k], distance / variance[k]),
        (h_score, log_variance[k], half(distance**2 / variance[k] - 1)),
    ):
        yield step(SCORE, define(one, PartialDerivative(log(Q), by)))
        yield step(SCORE, equal(one, form))
    for one, whole, score, rate in (
        (g_path, g_sampled, g_score, (ONE,)),
        (h_path, h_sampled, h_score, (HALF, distance)),
    ):
        yield step(PATH, define(one, whole - score))
        yield step(PATH, equal(one, Mul(*rate, by_z)))
        yield step(PATH, equal(one, Mul(*rate, z[k] - distance / variance[k])))


def moments() -> Iterator[Line]:
    """State the means and variances of the estimators of the divergence's derivatives."""
    squared = mean[k] ** 2 * variance[k] / 4
    for one, closed in ((g_sampled, mean[k]), (h_sampled, half(variance[k] - 1))):
        yield result(UNBIASED, equal(Expectation(Q, one), closed))
    for one in (g_score, h_score):
        yield result(ZERO_MEAN, equal(Expectation(Q, one), 0))
    for one, spread in (
        (g_sampled, variance[k]),
        (h_sampled, squared + HALF * variance[k] ** 2),
        (g_path, (1 - variance[k]) ** 2 / variance[k]),
        (h_path, squared + HALF * (1 - variance[k]) ** 2),
    ):
        yield result(SPREAD, equal(Variance(Q, one), spread))


def whole_bound() -> Iterator[Line]:
    """State the estimators of the whole bound's derivative, and how much they vary."""
    log_joint, bound = log(MODEL(X, Z)), Expectation(Q, log(MODEL(X, Z) / Q))
    fit = PartialDerivative(log(MODEL(X, given=Z)), z[k])
    same = Iverson(k, j)
    curvature = -PartialDerivative(PartialDerivative(log_joint, z[k]), z[j])
    yield step(CURVATURE, define(G[k, j], curvature))
    yield step(CURVATURE, equal(G[k, j], same + IndexSum(W[d, k] * W[d, j], d) / tau))
    for one, subtracted in (
        (u_closed, PartialDerivative(to_prior, mean[k])),
        (u_sampled, g_sampled),
        (u_path, g_path),
    ):
        yield step(WHOLE, define(one, fit - subtracted))
        yield step(WHOLE_MEAN, equal(Expectation(Q, one), PartialDerivative(bound, mean[k])))
    for one, factor in (
        (u_closed, G[k, j] - same),
        (u_sampled, G[k, j]),
        (u_path, G[k, j] - same / variance[j]),
    ):
        yield result(LINEAR, equal(Variance(Q, one), IndexSum(variance[j] * factor**2, j)))
    yield result(
        COMPARE,
        equal(Variance(Q, u_sampled) - Variance(Q, u_closed), variance[k] * (2 * G[k, k] - 1)),
    )
    yield result(
        COMPARE,
        equal(
            Variance(Q, u_path) - Variance(Q, u_closed),
            (variance[k] - 1) * (2 * G[k, k] - 1 - 1 / variance[k]),
        ),
    )
    yield step(LARGER, less(Variance(Q, u_closed), Variance(Q, u_sampled)))


@derivation(
    "gaussian_vae.sampled_kl_gradient",
    question="beyond the sheet",
    title="The gradient with the KL in closed form or sampled",
    code=("impl.vae.objectives.log_importance_weights",),
    sizes={K: (2, 3), D: (2, 3)},
)
def sampled_kl_gradient() -> Iterator[Line]:
    """Derive the estimators with the divergence closed and sampled: equal means, variances."""
    yield Domain(mean, log_variance, W, c, tau)
    yield BY_LOG
    yield Random(MODEL)
    yield Random(ENCODER)
    yield Random(OF_NOISE)
    yield DRAW
    yield from estimators()
    yield from moments()
    yield from whole_bound()
    yield NEITHER
    yield CONSTANT

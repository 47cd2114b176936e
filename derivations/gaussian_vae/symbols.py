"""The variational autoencoder's symbols: one image, K latent variables, D pixels."""

from __future__ import annotations

from sympy import Add, Expr, Integer, Mul, Pow, Rational, Tuple, exp, log, pi

from derivations.calculus.binding import replace_elements
from derivations.calculus.expressions import (
    POSITIVE,
    REAL,
    Array,
    Density,
    IndexSum,
    Iverson,
    Slice,
)
from derivations.calculus.indices import Index, size
from derivations.calculus.notation import Distribution, Expectation, Mean
from derivations.calculus.steps import Prose, Rule

HALF = Rational(1, 2)

K, D = size("K"), size("D")
k, j, i = (Index(letter, 1, K) for letter in ("k", "j", "i"))
d = Index("d", 1, D)

x = Array("x", (D,), "x", REAL)
z = Array("z", (K,), "z", REAL)
epsilon = Array("epsilon", (K,), "epsilon", REAL)
mean = Array("mean", (K,), "mu", REAL)
variance = Array("variance", (K,), "sigma^2", POSITIVE)
log_variance = Array("log_variance", (K,), "lambda", REAL)
prior_mean = Array("prior_mean", (K,), "m", REAL)
prior_variance = Array("prior_variance", (K,), "s^2", POSITIVE)
elbo = Array("elbo", (), "cal(L)")[()]

LIKELIHOOD = Density("p", Slice(x), (Slice(z),))
PRIOR = Density("p", Slice(z))
JOINT = Density("p", Tuple(Slice(x), Slice(z)))
EVIDENCE = Density("p", Slice(x))
POSTERIOR = Density("p", Slice(z), (Slice(x),))
ENCODER = Density("q", Slice(z), (Slice(x),))


def normal(centre: Expr, spread: Expr) -> Distribution:
    """Return the notation of a normal law with a diagonal covariance."""
    return Distribution("N", centre, Distribution("diag", spread))


STANDARD_NORMAL = Distribution("N", Integer(0), Array("identity", (), "I")[()])


def same(first: Index, second: Index) -> Expr:
    """Return the Kronecker delta of two indices."""
    return Iverson(first, second)


def standard_deviation(index: Index) -> Expr:
    """Return the root of the variance."""
    return Pow(variance[index], HALF)


def drawn(index: Index) -> Expr:
    """Return ``z = mean + sqrt(variance) epsilon`` in one coordinate."""
    return mean[index] + standard_deviation(index) * epsilon[index]


def drawn_by_log(index: Index) -> Expr:
    """Return the same draw, written in the log variance."""
    return mean[index] + exp(log_variance[index] / 2) * epsilon[index]


def at_draw(expression: Expr) -> Expr:
    """Put the draw in the place of z."""
    return replace_elements(expression, {z: drawn})


def by_log(expression: Expr) -> Expr:
    """Write the exponential of the log variance for the variance."""
    return replace_elements(expression, {variance: lambda index: exp(log_variance[index])})


def averaged(form: Expr) -> Expr:
    """Return what has a formula as its mean, one that is linear in its expectations."""
    means = form.atoms(Expectation, Mean)
    for term in Add.make_args(form):
        varying = [factor for factor in Mul.make_args(term) if factor.has(*means)] if means else []
        if len(varying) > 1 or not means.issuperset(varying):
            message = f"wanted a formula that is linear in its expectations, got {form}"
            raise NotImplementedError(message)
    return form.xreplace({e: e.body for e in means})


def at_draw_by_log(expression: Expr) -> Expr:
    """Put the draw in the place of z, all written in the log variance."""
    return replace_elements(by_log(expression), {z: drawn_by_log})


def in_front(factor: Expr, terms: Expr) -> Expr:
    """Return a number times a sum of terms, the number kept in front of the parentheses."""
    return Mul(factor, terms, evaluate=False)


def likewise(rule: Rule, what: str) -> Rule:
    """Return a rule for a step that does the same again."""
    return Rule(rule.name, f"The same, {what}.", rule.source)


def log_normal(value: Expr, centre: Expr, spread: Expr, *over: Index) -> Expr:
    """Return the log density of normal variables, in nats, summed over indices.

    ``spread`` is their variance.
    """
    inner = Pow(value - centre, 2) / spread + log(spread) + log(2 * pi)
    return -HALF * IndexSum(inner, *over) if over else in_front(-HALF, inner)


log_encoder: Expr = log_normal(z[k], mean[k], variance[k], k)
log_prior: Expr = log_normal(z[k], prior_mean[k], prior_variance[k], k)
log_standard: Expr = log_normal(z[k], Integer(0), Integer(1), k)

GAUSSIAN: tuple[Prose, ...] = (
    (
        "The encoder's law of the ",
        K,
        " latent variables of an image is normal with independent coordinates: ",
        Slice(mean),
        " are the means, ",
        Slice(variance),
        " the variances, all positive, and ",
        Slice(log_variance),
        " their logarithms.",
    ),
)

"""Models of other families than the dice: one declaration each, with its mean field."""

from __future__ import annotations

from derivations.calculus.expressions import BITS, COUNTS, POSITIVE, SIMPLEX, UNIT, Array, Element
from derivations.calculus.indices import Index, size
from derivations.calculus.mean_field import Factor, MeanField
from derivations.calculus.model import Model, Variable
from derivations.families import (
    Bernoulli,
    Beta,
    Categorical,
    Dirichlet,
    Gamma,
    Gaussian,
    GaussianByPrecision,
    Poisson,
    Vector,
)
from oracles.user_families import Exponential

N, K, D = (size(letter) for letter in "NKD")
n, k, d = Index("n", 1, N), Index("k", 1, K), Index("d", 1, D)


def positive(name: str, *sizes: object) -> Array:
    """An array of positive numbers."""
    return Array(name, sizes, domain=POSITIVE)


def numbers(*entries: Element) -> tuple[Vector, ...]:
    """Parameters that are numbers."""
    return tuple(Vector(entry) for entry in entries)


def mean_field(model: Model, *parameters: tuple[Array, ...]) -> MeanField:
    """A factor for each latent variable, in the order of declaration."""
    pairs = zip(model.latent, parameters, strict=True)
    return MeanField(model, tuple(Factor(v, given) for v, given in pairs))


a0, b0, v = positive("a0"), positive("b0"), positive("v")
m0, v0 = Array("m0", ()), positive("v0")
a_hat, b_hat = positive("a_hat"), positive("b_hat")
m, s = Array("m", ()), positive("s")
alpha, alpha_hat = positive("alpha", K), positive("alpha_hat", K)
pi, z = Array("pi", (K,), domain=SIMPLEX), Array("z", (N,), states=K)
r = Array("r", (N, K), domain=SIMPLEX)
a_k, b_k = positive("a_k", K), positive("b_k", K)
m_k, s_k = Array("m_k", (K,)), positive("s_k", K)
mu, tau = Array("mu", ()), positive("tau")
mu_k, tau_k = Array("mu_k", (K,)), positive("tau_k", K)
v_k = positive("v_k", K)
rate, rate_k = positive("rate"), positive("rate_k", K)
x = Array("x", (N,))
counts, bits = Array("c", (N,), domain=COUNTS), Array("b", (N,), domain=BITS)
theta = Array("theta", (), domain=UNIT)
theta_kd, bits_nd = Array("theta_kd", (K, D), domain=UNIT), Array("b_nd", (N, D), domain=BITS)
a_kd, b_kd = positive("a_kd", K, D), positive("b_kd", K, D)
waits, waiting_rate = positive("w", N), positive("waiting_rate")

WEIGHTS = Variable(pi, Dirichlet(), (Vector(alpha[k], k),))
STATES = Variable(z, Categorical(), (Vector(pi[k], k),), plates=(n,))


def data(
    array: Array, family: object, *entries: Element, plates: tuple[Index, ...] = (n,)
) -> Variable:
    """An observed variable."""
    return Variable(array, family, numbers(*entries), plates=plates, observed=True)


MODELS: dict[str, MeanField] = {
    "gamma_poisson": mean_field(
        Model(
            "gamma_poisson",
            (
                Variable(rate, Gamma(), numbers(a0[()], b0[()])),
                data(counts, Poisson(), rate[()]),
            ),
        ),
        (a_hat, b_hat),
    ),
    "normal_gamma": mean_field(
        Model(
            "normal_gamma",
            (
                Variable(mu, Gaussian(), numbers(m0[()], v0[()])),
                Variable(tau, Gamma(), numbers(a0[()], b0[()])),
                data(x, GaussianByPrecision(), mu[()], tau[()]),
            ),
        ),
        (m, s),
        (a_hat, b_hat),
    ),
    "unknown_precision": mean_field(
        Model(
            "unknown_precision",
            (
                WEIGHTS,
                Variable(mu_k, Gaussian(), numbers(m0[()], v0[()]), plates=(k,)),
                Variable(tau_k, Gamma(), numbers(a0[()], b0[()]), plates=(k,)),
                STATES,
                data(x, GaussianByPrecision(), mu_k[z[n]], tau_k[z[n]]),
            ),
        ),
        (alpha_hat,),
        (m_k, s_k),
        (a_k, b_k),
        (r,),
    ),
    "variance_per_component": mean_field(
        Model(
            "variance_per_component",
            (
                WEIGHTS,
                Variable(mu_k, Gaussian(), numbers(m0[()], v0[()]), plates=(k,)),
                STATES,
                data(x, Gaussian(), mu_k[z[n]], v_k[z[n]]),
            ),
        ),
        (alpha_hat,),
        (m_k, s_k),
        (r,),
    ),
    "poisson_mixture": mean_field(
        Model(
            "poisson_mixture",
            (
                WEIGHTS,
                Variable(rate_k, Gamma(), numbers(a0[()], b0[()]), plates=(k,)),
                STATES,
                data(counts, Poisson(), rate_k[z[n]]),
            ),
        ),
        (alpha_hat,),
        (a_k, b_k),
        (r,),
    ),
    "bernoulli_mixture": mean_field(
        Model(
            "bernoulli_mixture",
            (
                WEIGHTS,
                Variable(theta_kd, Beta(), numbers(a0[()], b0[()]), plates=(k, d)),
                STATES,
                data(bits_nd, Bernoulli(), theta_kd[z[n], d], plates=(n, d)),
            ),
        ),
        (alpha_hat,),
        (a_kd, b_kd),
        (r,),
    ),
    "beta_bernoulli": mean_field(
        Model(
            "beta_bernoulli",
            (
                Variable(theta, Beta(), numbers(a0[()], b0[()])),
                data(bits, Bernoulli(), theta[()]),
            ),
        ),
        (a_hat, b_hat),
    ),
    "dirichlet_categorical": mean_field(
        Model(
            "dirichlet_categorical",
            (WEIGHTS, Variable(z, Categorical(), (Vector(pi[k], k),), plates=(n,), observed=True)),
        ),
        (alpha_hat,),
    ),
    "normal": mean_field(
        Model(
            "normal",
            (
                Variable(mu, Gaussian(), numbers(m0[()], v0[()])),
                data(x, Gaussian(), mu[()], v[()]),
            ),
        ),
        (m, s),
    ),
    "gamma_exponential": mean_field(
        Model(
            "gamma_exponential",
            (
                Variable(waiting_rate, Gamma(), numbers(a0[()], b0[()])),
                data(waits, Exponential(), waiting_rate[()]),
            ),
        ),
        (a_hat, b_hat),
    ),
    "beta_geometric": mean_field(
        Model(
            "beta_geometric",
            (
                Variable(theta, Beta(), numbers(a0[()], b0[()])),
                data(counts, "Geometric", theta[()]),
            ),
        ),
        (a_hat, b_hat),
    ),
}
SIZES = {N: 3, K: 2, D: 2}

"""What the laws say, in mpmath: values at any precision, from textbook formulas.

Every formula here is held to a quadrature in tests/project/test_audit.py. Arguments are numbers or
lists of numbers, by the names that programs use. At the ends of a support a log density is its
limit from inside: 0 log 0 is 0.
"""

from __future__ import annotations

from collections.abc import Sequence

import mpmath as mp
from oracles import kumaraswamy as kumaraswamy_oracle

Number = mp.mpf
Vector = Sequence[Number]


def xlogy(factor: Number, x: Number) -> Number:
    """Factor times log x; 0 where the factor is 0."""
    if factor == 0:
        return mp.mpf(0)
    return factor * (mp.log(x) if x != 0 else mp.ninf)


def beta_log_density(a: Number, b: Number, x: Number) -> Number:
    """Log density of Beta(a, b)."""
    return dirichlet_log_density([a, b], [x, 1 - x])


def beta_entropy(a: Number, b: Number) -> Number:
    """Entropy of Beta(a, b)."""
    return dirichlet_entropy([a, b])


def beta_mode(a: Number, b: Number) -> Number:
    """Mode of Beta(a, b), a and b above 1."""
    return (a - 1) / (a + b - 2)


def beta_divergence(a: Number, b: Number, c: Number, d: Number) -> Number:
    """KL(Beta(a, b), Beta(c, d))."""
    return dirichlet_divergence([a, b], [c, d])


def beta_from_uniform(c: Number, d: Number) -> Number:
    """KL(Uniform(0, 1), Beta(c, d)): E[log x] = E[log(1-x)] = -1."""
    return (c - 1) + (d - 1) + _log_beta([c, d])


def beta_distribution(a: Number, b: Number, x: Number) -> Number:
    """F(x) of Beta(a, b)."""
    return mp.betainc(a, b, 0, x, regularized=True)


def _log_beta(alpha: Vector) -> Number:
    return mp.fsum(mp.loggamma(v) for v in alpha) - mp.loggamma(mp.fsum(alpha))


def dirichlet_log_density(alpha: Vector, x: Vector) -> Number:
    """Log density of Dirichlet(alpha), with respect to all coordinates but one."""
    return mp.fsum(xlogy(a - 1, v) for a, v in zip(alpha, x, strict=True)) - _log_beta(alpha)


def dirichlet_mean_log(alpha: Vector) -> list[Number]:
    """E[log x_k] = psi(alpha_k) - psi(alpha_0)."""
    whole = mp.digamma(mp.fsum(alpha))
    return [mp.digamma(a) - whole for a in alpha]


def dirichlet_entropy(alpha: Vector) -> Number:
    """Entropy of Dirichlet(alpha): minus the mean log density."""
    logs = dirichlet_mean_log(alpha)
    return _log_beta(alpha) - mp.fsum((a - 1) * v for a, v in zip(alpha, logs, strict=True))


def dirichlet_mode(alpha: Vector) -> list[Number]:
    """Mode of Dirichlet(alpha), all entries above 1."""
    rest = mp.fsum(alpha) - len(alpha)
    return [(a - 1) / rest for a in alpha]


def dirichlet_divergence(alpha: Vector, beta: Vector) -> Number:
    """KL(Dirichlet(alpha), Dirichlet(beta))."""
    logs = dirichlet_mean_log(alpha)
    linear = mp.fsum((a - b) * v for a, b, v in zip(alpha, beta, logs, strict=True))
    return linear - _log_beta(alpha) + _log_beta(beta)


def dirichlet_jacobian_times(alpha: Vector, g: Vector) -> list[Number]:
    """Jacobian of E[log x] by alpha, times g: psi'(alpha_k) g_k - psi'(alpha_0) sum g."""
    whole = mp.polygamma(1, mp.fsum(alpha)) * mp.fsum(g)
    return [mp.polygamma(1, a) * v - whole for a, v in zip(alpha, g, strict=True)]


def kumaraswamy_log_density(a: Number, b: Number, x: Number) -> Number:
    """Log density of Kumaraswamy(a, b)."""
    if 0 < x < 1:
        return kumaraswamy_oracle.log_density(x, a, b)
    # Near 1, 1 - x^a is a(1-x) to first order: the exponent of 1-x is that of a Beta.
    return mp.log(a * b) + xlogy(a - 1, x) + xlogy(b - 1, 1 - x)


def kumaraswamy_entropy(a: Number, b: Number) -> Number:
    """Entropy of Kumaraswamy(a, b); H(b) is the harmonic number."""
    harmonic = mp.digamma(b + 1) + mp.euler
    return (1 - 1 / b) + (1 - 1 / a) * harmonic - mp.log(a * b)


def kumaraswamy_mode(a: Number, b: Number) -> Number:
    """Mode of Kumaraswamy(a, b), a and b above 1."""
    return mp.power((a - 1) / (a * b - 1), 1 / a)


def kumaraswamy_beta_divergence(a: Number, b: Number, c: Number, d: Number) -> Number:
    """KL(Kumaraswamy(a, b), Beta(c, d)), by quadrature over the uniform number behind a draw."""

    def log_ratio(u: Number) -> Number:
        log_x = kumaraswamy_oracle.log_x(u, a, b)
        log1m_x = kumaraswamy_oracle.log1m_x(u, a, b)
        other = (c - 1) * log_x + (d - 1) * log1m_x - _log_beta([c, d])
        return kumaraswamy_oracle.log_density_at_log(log_x, a, b) - other

    with mp.workdps(30):
        return mp.quad(log_ratio, [0, mp.mpf(1) / 2, 1])


def kumaraswamy_distribution(a: Number, b: Number, x: Number) -> Number:
    """F(x) of Kumaraswamy(a, b)."""
    return kumaraswamy_oracle.cdf(x, a, b)


def kumaraswamy_quantile(a: Number, b: Number, u: Number) -> Number:
    """The x at which F(x) = u."""
    return kumaraswamy_oracle.quantile(u, a, b)


def gaussian_log_density(m: Number, s: Number, x: Number) -> Number:
    """Log density of the Gaussian of mean m and standard deviation s."""
    return -(((x - m) / s) ** 2) / 2 - mp.log(s) - mp.log(2 * mp.pi) / 2


def gaussian_entropy(m: Number, s: Number) -> Number:  # noqa: ARG001 - a law's two parameters
    """Entropy of a Gaussian."""
    return (1 + mp.log(2 * mp.pi)) / 2 + mp.log(s)


def gaussian_mode(m: Number, s: Number) -> Number:  # noqa: ARG001 - a law's two parameters
    """Mode of a Gaussian."""
    return m


def gaussian_divergence(m: Number, s: Number, c: Number, d: Number) -> Number:
    """KL(N(m, s^2), N(c, d^2))."""
    return (s**2 + (m - c) ** 2) / (2 * d**2) - mp.mpf(1) / 2 + mp.log(d / s)


def gaussian_distribution(m: Number, s: Number, x: Number) -> Number:
    """F(x) of a Gaussian."""
    return mp.ncdf((x - m) / s)


def categorical_log_density(p: Vector, x: Number) -> Number:
    """Log probability of an outcome; p is normalized, as every library does."""
    chosen = p[int(mp.nint(x))]
    return mp.log(chosen / mp.fsum(p)) if chosen else mp.ninf


def categorical_entropy(p: Vector) -> Number:
    """Entropy of outcomes."""
    whole = mp.fsum(p)
    return -mp.fsum(xlogy(v / whole, v / whole) for v in p)


def categorical_divergence(p: Vector, q: Vector) -> Number:
    """KL(p, q): infinite where p has an outcome that q has not."""
    first, second = mp.fsum(p), mp.fsum(q)
    pairs = [(v / first, w / second) for v, w in zip(p, q, strict=True) if v]
    if any(w == 0 for _, w in pairs):
        return mp.inf
    return mp.fsum(v * mp.log(v / w) for v, w in pairs)


def logistic_normal_log_density(m: Vector, s: Vector, x: Vector) -> Number:
    """Log density where Y_k = log(x_k / (1 - x_1 - .. - x_k)) are independent N(m_k, s_k^2).

    The map from x to Y has a triangular Jacobian with dY_k/dx_k = 1/x_k + 1/rest_k.
    """
    total, rest = mp.mpf(0), mp.mpf(1)
    for mean, deviation, part in zip(m, s, x[:-1], strict=True):
        rest -= part
        y = mp.log(part / rest)
        total += gaussian_log_density(mean, deviation, y) + mp.log(1 / part + 1 / rest)
    return total


def softmax_gaussian_log_density(m: Vector, s: Vector, x: Vector) -> Number:
    """Log density where x = softmax(eta), eta_k independent N(m_k, s_k^2).

    The common shift of eta is integrated out by hand: of log x_k + t, t has a Gaussian integral.
    """
    logs = [mp.log(v) for v in x]
    weights = [1 / v**2 for v in s]
    deviations = [v - c for v, c in zip(logs, m, strict=True)]
    whole = mp.fsum(weights)
    centre = mp.fsum(w * d for w, d in zip(weights, deviations, strict=True)) / whole
    square = mp.fsum(w * (d - centre) ** 2 for w, d in zip(weights, deviations, strict=True))
    constant = mp.fsum(mp.log(v) for v in s) + (len(x) - 1) * mp.log(2 * mp.pi) / 2
    return -square / 2 - constant - mp.log(whole) / 2 - mp.fsum(logs)

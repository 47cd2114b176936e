"""What the distributions are, in mpmath: textbook formulas at any precision.

Every formula is held to a quadrature or a derivative in tests/project/test_audit_judges.py.
Arguments have the names that programs use. At an end of a support a log density is its limit from
inside: 0 log 0 is 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mpmath as mp
from oracles import kumaraswamy

Number = mp.mpf
Vector = Sequence[Number]


def xlogy(factor: Number, x: Number) -> Number:
    """Factor times log x; 0 where the factor is 0."""
    if factor == 0:
        return mp.mpf(0)
    return factor * (mp.log(x) if x != 0 else mp.ninf)


def log_beta(alpha: Vector) -> Number:
    """Logarithm of the multivariate beta function."""
    return mp.fsum(map(mp.loggamma, alpha)) - mp.loggamma(mp.fsum(alpha))


def dirichlet_log_density(alpha: Vector, x: Vector) -> Number:
    """Log density with respect to all coordinates but one."""
    return mp.fsum(xlogy(a - 1, v) for a, v in zip(alpha, x, strict=True)) - log_beta(alpha)


def mean_log(alpha: Vector) -> list[Number]:
    """E[log x_k] = psi(alpha_k) - psi(alpha_0)."""
    return [mp.digamma(a) - mp.digamma(mp.fsum(alpha)) for a in alpha]


def dirichlet_divergence(alpha: Vector, beta: Vector) -> Number:
    """KL(Dirichlet(alpha), Dirichlet(beta))."""
    terms = ((a - b) * v for a, b, v in zip(alpha, beta, mean_log(alpha), strict=True))
    return mp.fsum(terms) - log_beta(alpha) + log_beta(beta)


def dirichlet_entropy(alpha: Vector) -> Number:
    """Entropy: minus the divergence from the uniform distribution, and the log of its volume."""
    return -dirichlet_divergence(alpha, [mp.mpf(1)] * len(alpha)) + log_beta([1] * len(alpha))


def natural_gradient(alpha: Vector, g: Vector) -> list[Number]:
    """Jacobian of E[log x] by alpha, times g: psi'(alpha_k) g_k - psi'(alpha_0) sum g."""
    whole = mp.polygamma(1, mp.fsum(alpha)) * mp.fsum(g)
    return [mp.polygamma(1, a) * v - whole for a, v in zip(alpha, g, strict=True)]


def kumaraswamy_log_density(a: Number, b: Number, x: Number) -> Number:
    """Log density of Kumaraswamy(a, b)."""
    if 0 < x < 1:
        return kumaraswamy.log_density(x, a, b)
    # Near 1, 1 - x^a is a(1-x) to first order: the exponent of 1-x is that of a Beta.
    return mp.log(a * b) + xlogy(a - 1, x) + xlogy(b - 1, 1 - x)


def kumaraswamy_beta_divergence(a: Number, b: Number, c: Number, d: Number) -> Number:
    """KL(Kumaraswamy(a, b), Beta(c, d)), by quadrature over the uniform number behind a draw."""

    def log_ratio(u: Number) -> Number:
        log_x, log1m_x = kumaraswamy.log_x(u, a, b), kumaraswamy.log1m_x(u, a, b)
        other = (c - 1) * log_x + (d - 1) * log1m_x - log_beta([c, d])
        return kumaraswamy.log_density_at_log(log_x, a, b) - other

    with mp.workdps(30):
        return mp.quad(log_ratio, [0, mp.mpf(1) / 2, 1])


def gaussian_log_density(m: Number, s: Number, x: Number) -> Number:
    """Log density of the Gaussian of mean m and standard deviation s."""
    return -(((x - m) / s) ** 2) / 2 - mp.log(s) - mp.log(2 * mp.pi) / 2


def categorical_log_density(p: Vector, x: Number) -> Number:
    """Log probability of an outcome; p is normalized, as every library does."""
    chosen = p[int(mp.nint(x))]
    return mp.log(chosen / mp.fsum(p)) if chosen else mp.ninf


def categorical_divergence(p: Vector, q: Vector) -> Number:
    """KL(p, q): infinite where p has an outcome that q has not."""
    pairs = [(v / mp.fsum(p), w / mp.fsum(q)) for v, w in zip(p, q, strict=True) if v]
    return mp.fsum(v * mp.log(v / w) if w else mp.inf for v, w in pairs)


def logistic_normal_log_density(m: Vector, s: Vector, x: Vector) -> Number:
    """Log density where Y_k = log(x_k / (1 - x_1 - .. - x_k)) are independent N(m_k, s_k^2).

    The map from x to Y has a triangular Jacobian with dY_k/dx_k = 1/x_k + 1/rest_k.
    """
    total, rest = mp.mpf(0), mp.mpf(1)
    for mean, deviation, part in zip(m, s, x[:-1], strict=True):
        rest -= part
        total += gaussian_log_density(mean, deviation, mp.log(part / rest))
        total += mp.log(1 / part + 1 / rest)
    return total


def softmax_gaussian_log_density(m: Vector, s: Vector, x: Vector) -> Number:
    """Log density where x = softmax(eta), eta_k independent N(m_k, s_k^2).

    The common shift of eta is integrated out by hand: of log x_k + t, t has a Gaussian integral.
    """
    logs = [mp.log(v) for v in x]
    weights = [1 / v**2 for v in s]
    deviations = [v - c for v, c in zip(logs, m, strict=True)]
    centre = mp.fdot(weights, deviations) / mp.fsum(weights)
    square = mp.fsum(w * (d - centre) ** 2 for w, d in zip(weights, deviations, strict=True))
    constant = mp.fsum(map(mp.log, s)) + (len(x) - 1) * mp.log(2 * mp.pi) / 2
    return -square / 2 - constant - mp.log(mp.fsum(weights)) / 2 - mp.fsum(logs)


TRUTHS: dict[str, dict[str, Callable[..., Any]]] = {
    "Beta": {
        "log density": lambda a, b, x: dirichlet_log_density([a, b], [x, 1 - x]),
        "entropy": lambda a, b: dirichlet_entropy([a, b]),
        "mode": lambda a, b: (a - 1) / (a + b - 2),
        "distribution function": lambda a, b, x: mp.betainc(a, b, 0, x, regularized=True),
        "divergence": lambda a, b, c, d: dirichlet_divergence([a, b], [c, d]),
        # E[log x] = E[log(1-x)] = -1.
        "divergence from uniform": lambda c, d: (c - 1) + (d - 1) + log_beta([c, d]),
    },
    "Kumaraswamy": {
        "log density": kumaraswamy_log_density,
        "entropy": lambda a, b: (1 - 1 / b) + (1 - 1 / a) * mp.harmonic(b) - mp.log(a * b),
        "mode": lambda a, b: mp.power((a - 1) / (a * b - 1), 1 / a),
        "distribution function": lambda a, b, x: kumaraswamy.cdf(x, a, b),
        "quantile": lambda a, b, u: kumaraswamy.quantile(u, a, b),
        "divergence from Beta": kumaraswamy_beta_divergence,
    },
    "Dirichlet": {
        "log density": dirichlet_log_density,
        "entropy": dirichlet_entropy,
        "mode": lambda alpha: [(a - 1) / (mp.fsum(alpha) - len(alpha)) for a in alpha],
        "divergence": dirichlet_divergence,
        "mean log": mean_log,
        "natural gradient": natural_gradient,
    },
    "Gaussian": {
        "log density": gaussian_log_density,
        "entropy": lambda m, s: (1 + mp.log(2 * mp.pi)) / 2 + mp.log(s) + 0 * m,
        "mode": lambda m, s: m + 0 * s,
        "distribution function": lambda m, s, x: mp.ncdf((x - m) / s),
        "divergence": lambda m, s, c, d: (
            (s**2 + (m - c) ** 2) / (2 * d**2) - mp.mpf(1) / 2 + mp.log(d / s)
        ),
    },
    "Categorical": {
        "log density": categorical_log_density,
        "entropy": lambda p: -categorical_divergence(p, [1] * len(p)) + mp.log(len(p)),
        "divergence": categorical_divergence,
    },
    "logistic normal": {"log density": logistic_normal_log_density},
    "softmax-Gaussian": {"log density": softmax_gaussian_log_density},
}
"""By distribution and question: a number or a list of them, from the parameters by name."""

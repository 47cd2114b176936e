"""Expectations under a Dirichlet by quadrature: no Gamma or digamma identity is used."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.special import roots_jacobi

Floats = NDArray[np.float64]


def beta_expected_log(first: float, second: float) -> float:
    """Return ``E[log x]`` under Beta(first, second) in nats.

    QUADPACK's rule for algebraic and logarithmic end points integrates both the numerator and the
    normalizer; each factor ``x^(a-1)`` and ``log x`` is in the weight, so nothing is singular.
    """
    ends = (first - 1, second - 1)
    numerator, _ = quad(_one, 0, 1, weight="alg-loga", wvar=ends, epsabs=0, epsrel=1e-13)
    normalizer, _ = quad(_one, 0, 1, weight="alg", wvar=ends, epsabs=0, epsrel=1e-13)
    return float(numerator / normalizer)


def _one(_: float) -> float:
    return 1.0


def dirichlet_expected_log(concentration: Floats) -> Floats:
    """Return ``E[log x_i]`` for every entry, each from its Beta marginal; zero if there is one."""
    if concentration.shape[-1] == 1:
        return np.zeros_like(concentration)
    total = concentration.sum(-1, keepdims=True)
    return np.vectorize(beta_expected_log)(concentration, total - concentration)


def dirichlet_rule(concentration: Floats, nodes: int) -> tuple[Floats, Floats]:
    """Return points on the simplex and weights: a tensor Gauss-Jacobi rule for Dirichlet(c).

    A stick is broken at ``v_i ~ Beta(c_i, c_{i+1} + ...)``, each v with its Gauss-Jacobi rule;
    polynomials of degree up to ``2 nodes - 1`` are integrated exactly.
    """
    sticks, weights = [], []
    for i in range(len(concentration) - 1):
        place, weight = roots_jacobi(nodes, concentration[i + 1 :].sum() - 1, concentration[i] - 1)
        sticks.append((1 + place) / 2)
        weights.append(weight / weight.sum())
    points = []
    for broken in itertools.product(*sticks):
        left = np.concatenate([[1.0], np.cumprod(1 - np.array(broken))])
        points.append(left * np.append(broken, 1.0))
    products = [np.prod(w) for w in itertools.product(*weights)]
    return np.array(points), np.array(products)

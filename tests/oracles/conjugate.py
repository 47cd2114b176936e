"""Exact log evidences of conjugate models, in closed form."""

from __future__ import annotations

import numpy as np
from scipy import stats
from scipy.special import betaln, gammaln

Floats = np.ndarray


def log_beta(concentration: Floats) -> float:
    """Return the logarithm of the multivariate Beta function."""
    return float(gammaln(concentration).sum() - gammaln(concentration.sum()))


def log_evidence_of_counts(x: Floats, a: float, b: float) -> float:
    """Return the log evidence of Poisson counts whose rate is Gamma(a, b)."""
    total = a * np.log(b) - (a + x.sum()) * np.log(b + len(x))
    return float(total + gammaln(a + x.sum()) - gammaln(a) - gammaln(x + 1).sum())


def bits_evidence(x: Floats) -> float:
    """Return the log evidence of rows of bits, each column with a Beta(1.3, 0.7) prior."""
    heads = x.sum(axis=0)
    each = betaln(1.3 + heads, 0.7 + len(x) - heads) - betaln(1.3, 0.7)
    return float(np.sum(each))


def normal_evidence(x: Floats) -> float:
    """Return the log evidence of numbers of variance 0.8 whose mean is N(0.5, 2)."""
    covariance = 0.8 * np.eye(len(x)) + 2.0
    return float(stats.multivariate_normal(np.full(len(x), 0.5), covariance).logpdf(x))

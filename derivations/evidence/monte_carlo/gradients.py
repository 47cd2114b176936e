"""Gradients of expectations: estimators against values, velocities against the transport equation.

A sampler ``x(theta)`` that is differentiated along its paths has a velocity ``v = dx/dtheta``.
Then for every test function phi

    d/dtheta E[phi(x)] = E[grad phi(x) . v],

the weak form of the continuity equation ``d p/dtheta + div(p v) = 0`` [jankowiak2018]. It needs
only draws of x and v, so that it also applies to samplers that are not smooth for a fixed seed
(rejection, implicit gradients). In one dimension v is unique. In several dimensions it is not. Test
functions of one coordinate depend only on that coordinate's marginal, and a velocity can be right
for each marginal but wrong for the joint distribution: test functions must mix coordinates.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import digamma, gammaln

from derivations.evidence.monte_carlo.budget import STANDARD, Plan
from derivations.evidence.monte_carlo.means import mean_equals
from derivations.evidence.monte_carlo.sampling import (
    Floats,
    SampledCheck,
    Sampler,
    UnfitDrawsError,
    real_numbers,
)

Powers = NDArray[np.int64]
PathSampler = Callable[[np.random.Generator, int], tuple[Any, Any]]
"""Draws and their velocities by one parameter, each of shape ``(draws, dimension)``."""


@dataclass(frozen=True)
class Probe:
    """A test function: its gradient at draws, and the exact derivative of its expectation.

    ``variance_bound`` bounds the variance of ``grad phi(x) . v`` for the velocity claimed.
    """

    name: str
    gradient: Callable[[Floats], Floats]
    derivative: float
    variance_bound: float


def gradient_unbiased(
    claim: str,
    gradient_sampler: Sampler,
    value: ArrayLike,
    *,
    detects: ArrayLike,
    variance_bound: ArrayLike,
    relative: bool = False,
    plan: Plan = STANDARD,
) -> SampledCheck:
    """Claim that an estimator's expectation is an exactly known gradient, in every component.

    The estimator gives shape ``(draws, parameters)``; its variance is bounded by the derivation.
    With ``relative``, ``detects`` is a share of the gradient, as in ``mean_equals``.
    """
    return mean_equals(
        claim,
        gradient_sampler,
        value,
        detects=detects,
        relative=relative,
        variance_bound=variance_bound,
        plan=plan,
    )


def transport_equation(
    claim: str,
    sampler: PathSampler,
    probes: Sequence[Probe],
    *,
    dimension: int,
    detects: ArrayLike,
    relative: bool = False,
    plan: Plan = STANDARD,
) -> SampledCheck:
    """Claim the transport equation for the velocities, tested by every probe at once.

    ``detects`` is in units of ``d/dtheta E[phi]``, a number or one for each probe; with
    ``relative`` it is a share of each probe's derivative, as in ``mean_equals``. The equation is
    established for these probes only, and not for all test functions.
    """

    def sides(rng: np.random.Generator, draws: int) -> Floats:
        def of_shape(part: object, name: str) -> Floats:
            numbers = real_numbers(part, name)
            if numbers.shape != (draws, dimension):
                msg = f"{name} want shape {(draws, dimension)}; got {numbers.shape}"
                raise UnfitDrawsError(msg)
            return numbers

        drawn, moving = sampler(rng, draws)
        points, velocities = of_shape(drawn, "draws"), of_shape(moving, "velocities")
        slopes = [of_shape(p.gradient(points), f"gradients of {p.name}") for p in probes]
        return np.stack([np.einsum("ni,ni->n", s, velocities) for s in slopes], axis=1)

    return mean_equals(
        claim,
        sides,
        np.array([probe.derivative for probe in probes]),
        detects=detects,
        relative=relative,
        variance_bound=np.array([probe.variance_bound for probe in probes]),
        plan=plan,
    )


def dirichlet_monomials(
    concentration: ArrayLike, component: int, *, degree: int, velocity_square: float
) -> tuple[Probe, ...]:
    """Return the monomials up to a degree as probes of d/dc_j for draws of Dirichlet(c).

    With ``E[prod x_i^k_i] = B(c + k) / B(c)`` the derivative by ``c_j`` is

        E[prod x_i^k_i] (psi(c_j + k_j) - psi(c_j) - psi(c_0 + k_0) + psi(c_0)),

    ``c_0`` and ``k_0`` being the sums. The last coordinate is left out, being 1 less the others.
    ``velocity_square`` bounds ``E|v|^2``; times the largest ``|grad phi|^2`` on the simplex it
    bounds the variance.
    """
    c = np.asarray(concentration, dtype=np.float64)
    powers = itertools.product(range(degree + 1), repeat=len(c) - 1)
    return tuple(
        _monomial(c, np.array([*power, 0]), component, velocity_square)
        for power in powers
        if 0 < sum(power) <= degree
    )


def _monomial(c: Floats, k: Powers, j: int, velocity_square: float) -> Probe:
    whole, degree = c.sum(), k.sum()
    moment = math.exp(
        gammaln(c + k).sum() - gammaln(c).sum() - gammaln(whole + degree) + gammaln(whole)
    )
    slope = digamma(c[j] + k[j]) - digamma(c[j]) - digamma(whole + degree) + digamma(whole)
    lowered = [np.where(np.arange(len(c)) == i, k - 1, k) for i in range(len(c))]

    def gradient(x: Floats) -> Floats:
        columns = [
            k[i] * np.prod(x**lower, axis=1) if k[i] else np.zeros(len(x))
            for i, lower in enumerate(lowered)
        ]
        return np.stack(columns, axis=1)

    steepest = sum(
        float(k[i]) ** 2 * _largest(lower) ** 2 for i, lower in enumerate(lowered) if k[i]
    )
    name = " ".join(f"x{i + 1}^{power}" for i, power in enumerate(k) if power)
    return Probe(name, gradient, float(moment * slope), steepest * velocity_square)


def _largest(powers: Powers) -> float:
    """Return the largest value of ``prod x_i^k_i`` on the simplex, at ``x = k / sum(k)``."""
    total = powers.sum()
    return float(np.prod((powers / total) ** powers)) if total else 1.0

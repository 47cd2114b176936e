"""Problem 1.1 of assignment 1B (2024), typed from the sheet in plain Python, and nothing else.

    p(pi^1) = Dirichlet(alpha^1)                      p(pi^2) = Dirichlet(alpha^2)
    p(Z^1_n | pi^1) = Categorical(pi^1)               p(Z^2_n | pi^2) = Categorical(pi^2)
    p(X_n | Z^1_n + Z^2_n = k, rho_k) = Categorical(rho_k)
    p(rho_k) = Dirichlet(beta_k)

``J`` rolls of each point are drawn from the die that its two class variables choose. Faces run from
one, so that the smallest sum is two, and belongs to the first of the ``K`` dice.
"""

from __future__ import annotations

from math import lgamma, log

Vector = list[float]


def log_density(
    *,
    alpha1: Vector,
    alpha2: Vector,
    beta: list[Vector],
    pi1: Vector,
    pi2: Vector,
    rho: list[Vector],
    z1: list[int],
    z2: list[int],
    x: list[list[int]],
) -> float:
    """Return ``log p(X, Z^1, Z^2, pi^1, pi^2, rho | alpha^1, alpha^2, beta)`` in nats.

    Raises
    ------
    ValueError
        If the shapes are not those of the sheet.
    """
    dice = len(alpha1) + len(alpha2) - 1
    alike = (len(pi1), len(pi2), len(rho), len(beta)) == (len(alpha1), len(alpha2), dice, dice)
    faces, rolls = {len(row) for row in (*beta, *rho)}, {len(row) for row in x}
    if not alike or len(faces) > 1 or len(rolls) > 1 or not len(z1) == len(z2) == len(x):
        message = f"wanted {dice} dice of equal size, and two classes and rolls for each point"
        raise ValueError(message)
    total = _log_dirichlet(pi1, alpha1) + _log_dirichlet(pi2, alpha2)
    for die, concentration in zip(rho, beta, strict=True):
        total += _log_dirichlet(die, concentration)
    for first, second, point in zip(z1, z2, x, strict=True):
        total += log(pi1[first - 1]) + log(pi2[second - 1])
        die = rho[first + second - 2]
        for face in point:
            total += log(die[face - 1])
    return total


def _log_dirichlet(probabilities: Vector, concentration: Vector) -> float:
    total = lgamma(sum(concentration))
    for probability, weight in zip(probabilities, concentration, strict=True):
        total += (weight - 1) * log(probability) - lgamma(weight)
    return total

"""Ancestral simulation of the dice model."""

from dataclasses import dataclass

import numpy as np

from impl.dice.model import Floats, Integers, Priors
from impl.errors import InputError

__all__ = ["Dice", "Simulation", "Truth", "simulate", "simulate_further"]

_MOST_ROLLS = 10**12
_FURTHER = 1  # of a seed: further points share no random number with the dice they are drawn from


@dataclass(frozen=True)
class Dice:
    """Probabilities of every die.

    Attributes
    ----------
    first, second
        pi1 (D1,) and pi2 (D2,).
    roll
        rho, shape (K, D3).
    """

    first: Floats
    second: Floats
    roll: Floats


@dataclass(frozen=True)
class Truth(Dice):
    """The true dice of a simulation, and the faces that the hidden dice showed.

    Attributes
    ----------
    first, second
        pi1 (D1,) and pi2 (D2,).
    roll
        rho, shape (K, D3).
    first_faces, second_faces
        Z1 and Z2, from 0, shape (points,).
    """

    first_faces: Integers
    second_faces: Integers


@dataclass(frozen=True)
class Simulation:
    """Rolls, faces numbered from 0, shape (points, rolls), and the truth behind them."""

    rolls: Integers
    truth: Truth


def simulate(priors: Priors, *, points: int, rolls: int, seed: int) -> Simulation:
    """Draw dice and points from the model, parents before children.

        pi1 ~ Dirichlet(alpha1),  pi2 ~ Dirichlet(alpha2),  rho_k ~ Dirichlet(beta_k)
        Z1_n ~ Categorical(pi1),  Z2_n ~ Categorical(pi2),  X_nj ~ Categorical(rho_{Z1_n + Z2_n})

    Derivation: dice.graph

    Parameters
    ----------
    priors
        Concentrations alpha1 (D1,), alpha2 (D2,), beta (K, D3).
    points, rolls
        Number of points N, and of rolls J of each.
    seed
        The same seed gives the same output.

    Raises
    ------
    InputError
        If a size is below 1, or there are more than 10^12 rolls.

    Notes
    -----
    Faces count from 0. The sheet's rolled die k = Z1 + Z2 - 1 is k = Z1 + Z2 here.
    """
    _check(points, rolls)
    rng = np.random.default_rng(seed)
    first = rng.dirichlet(priors.first_concentration)
    second = rng.dirichlet(priors.second_concentration)
    roll = np.array([rng.dirichlet(row) for row in priors.roll_concentration])
    return _roll(Dice(first, second, roll), points, rolls, rng)


def simulate_further(dice: Dice, *, points: int, rolls: int, seed: int) -> Simulation:
    """Draw further points from known dice.

        Z1_n ~ Categorical(pi1),  Z2_n ~ Categorical(pi2),  X_nj ~ Categorical(rho_{Z1_n + Z2_n})

    Parameters
    ----------
    dice
        Probabilities pi1 (D1,), pi2 (D2,), rho (K, D3).
    points, rolls
        Number of points N, and of rolls J of each.
    seed
        The same seed gives the same output. The points are independent of those of `simulate`, also
        under the same seed.

    Raises
    ------
    InputError
        If a size is below 1, or there are more than 10^12 rolls.
    """
    _check(points, rolls)
    return _roll(dice, points, rolls, np.random.default_rng([seed, _FURTHER]))


def _check(points: int, rolls: int) -> None:
    for name, value in (("points", points), ("rolls", rolls)):
        if value < 1:
            raise InputError(source=name, wanted="at least 1", got=str(value))
    if points * rolls > _MOST_ROLLS:
        wanted, got = f"at most {_MOST_ROLLS:,}", f"{points:,} x {rolls:,}"
        raise InputError(source="points x rolls", wanted=wanted, got=got)


def _roll(dice: Dice, points: int, rolls: int, rng: np.random.Generator) -> Simulation:
    """Draw hidden faces and rolls of known dice."""
    first_faces = rng.choice(dice.first.size, size=points, p=dice.first)
    second_faces = rng.choice(dice.second.size, size=points, p=dice.second)
    die = first_faces + second_faces
    faces = np.empty((points, rolls), dtype=np.int64)
    for k, probabilities in enumerate(dice.roll):
        chosen = die == k
        size = int(chosen.sum()), rolls
        faces[chosen] = rng.choice(probabilities.size, size=size, p=probabilities)
    return Simulation(faces, Truth(dice.first, dice.second, dice.roll, first_faces, second_faces))

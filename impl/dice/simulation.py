"""Ancestral simulation of the dice model."""

from dataclasses import dataclass

import numpy as np

from impl.dice.model import Floats, Integers, Priors
from impl.errors import InputError

__all__ = ["Simulation", "Truth", "simulate"]

_MOST_ROLLS = 10**12


@dataclass(frozen=True)
class Truth:
    """What the rolls hide: probabilities of every die, and the faces of the hidden ones.

    Attributes
    ----------
    first, second
        pi1 (D1,) and pi2 (D2,).
    roll
        rho, shape (K, D3).
    first_faces, second_faces
        Z1 and Z2, from 0, shape (points,).
    """

    first: Floats
    second: Floats
    roll: Floats
    first_faces: Integers
    second_faces: Integers


@dataclass(frozen=True)
class Simulation:
    """Rolls, faces numbered from 0, shape (points, rolls), and the truth behind them."""

    rolls: Integers
    truth: Truth


def simulate(priors: Priors, *, points: int, rolls: int, seed: int) -> Simulation:
    """Draw from the dice model, parents before children.

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
        The same seed gives the same bits.

    Raises
    ------
    InputError
        If there is to be no point or no roll, or more than 10^12 rolls.

    Notes
    -----
    Faces count from 0: the sheet's die k = Z1 + Z2 - 1 is k = Z1 + Z2 here.
    """
    for name, value in (("points", points), ("rolls", rolls)):
        if value < 1:
            raise InputError(source=name, wanted="at least 1", got=str(value))
    if points * rolls > _MOST_ROLLS:
        wanted, got = f"at most {_MOST_ROLLS:,}", f"{points:,} x {rolls:,}"
        raise InputError(source="points x rolls", wanted=wanted, got=got)
    rng = np.random.default_rng(seed)
    first = rng.dirichlet(priors.first_concentration)
    second = rng.dirichlet(priors.second_concentration)
    roll = np.array([rng.dirichlet(row) for row in priors.roll_concentration])
    first_faces = rng.choice(first.size, size=points, p=first)
    second_faces = rng.choice(second.size, size=points, p=second)
    die = first_faces + second_faces
    faces = np.empty((points, rolls), dtype=np.int64)
    for k in range(roll.shape[0]):
        chosen = die == k
        faces[chosen] = rng.choice(roll.shape[1], size=(int(chosen.sum()), rolls), p=roll[k])
    return Simulation(faces, Truth(first, second, roll, first_faces, second_faces))

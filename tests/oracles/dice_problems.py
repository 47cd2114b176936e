"""Random problems for the dice model's tests: sizes all different, nothing symmetric."""

from dataclasses import dataclass

import numpy as np

from impl.dice.data import MISSING, Counts, count
from impl.dice.model import Floats, Integers, Posterior, Priors
from oracles import dice as oracle

SIZES = [  # (D1, D2, D3, points, rolls): no two alike in a row
    (2, 3, 5, 4, 6),
    (3, 2, 4, 1, 7),
    (4, 2, 6, 3, 1),
    (2, 4, 5, 3, 8),
]
MANY_POINTS = (3, 4, 5, 40, 6)


@dataclass(frozen=True)
class Problem:
    """Rolls, priors, and some mean-field law that is no fixed point, for code and oracle."""

    rolls: list[list[int]]
    counts: Counts
    priors: Priors
    posterior: Posterior

    @property
    def literal_priors(self) -> oracle.Dice:
        """Prior concentrations as the oracle takes them."""
        return (
            self.priors.first_concentration,
            self.priors.second_concentration,
            self.priors.roll_concentration,
        )

    @property
    def factors(self) -> oracle.Factors:
        """The mean-field law as the oracle takes it, point by point."""
        index = self.counts.index
        return oracle.Factors(
            self.posterior.first_concentration,
            self.posterior.second_concentration,
            self.posterior.roll_concentration,
            self.posterior.first_responsibilities[index],
            self.posterior.second_responsibilities[index],
        )


def padded(rolls: list[list[int]]) -> Integers:
    """Array of ragged rolls, short rows filled up with missing ones."""
    width = max(1, *(len(one_point) for one_point in rolls))
    table = np.full((len(rolls), width), MISSING)
    for point, one_point in enumerate(rolls):
        table[point, : len(one_point)] = one_point
    return table


def draw_problem(
    rng: np.random.Generator,
    sizes: tuple[int, ...],
    *,
    low: float = 0.3,
    high: float = 3.0,
    ragged: bool = True,
) -> Problem:
    """Draw a problem of sizes (D1, D2, D3, points, rolls), concentrations in [low, high]."""
    first, second, faces, points, rolls = sizes
    dice = first + second - 1

    def concentration(*shape: int) -> Floats:
        return np.exp(rng.uniform(np.log(low), np.log(high), size=shape))

    lengths = rng.integers(0, rolls + 1, size=points) if ragged else np.full(points, rolls)
    lengths[0] = rolls
    data = [rng.integers(faces, size=length).tolist() for length in lengths]
    counts = count(padded(data), faces)
    rows = counts.weights.size
    return Problem(
        data,
        counts,
        Priors(concentration(first), concentration(second), concentration(dice, faces)),
        Posterior(
            concentration(first),
            concentration(second),
            concentration(dice, faces),
            rng.dirichlet(np.ones(first), size=rows),
            rng.dirichlet(np.ones(second), size=rows),
        ),
    )

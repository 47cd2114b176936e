"""The dice fit against BayesPy's variational message passing on the same model and start."""

import numpy as np
import pytest
from oracles.dice_problems import draw_problem
from scipy.special import gammaln

from impl.dice.coordinate_ascent import ascend, start
from impl.dice.data import count

pytestmark = pytest.mark.peers


@pytest.mark.filterwarnings("ignore")  # BayesPy's own, under a NumPy newer than it
@pytest.mark.parametrize("sizes", [(3, 2, 4, 17, 6), (2, 4, 6, 25, 3)], ids=str)
def test_sweeps_equal_bayespy_on_bound_and_every_parameter(
    rng: np.random.Generator, sizes: tuple[int, ...]
) -> None:
    """Dice tied by Take under a MultiMixture give the same numbers, sweep by sweep.

    BayesPy's bound is of counts: it holds the multinomial coefficient that a sequence has not.
    """
    pytest.importorskip("bayespy")
    from bayespy.inference import VB  # noqa: PLC0415 - an optional peer
    from bayespy.nodes import (  # noqa: PLC0415
        Categorical,
        Dirichlet,
        MultiMixture,
        Multinomial,
        Take,
    )

    first, second, faces, points, rolls = sizes
    dice, sweeps = first + second - 1, 12
    priors = draw_problem(rng, sizes).priors
    counts = count(rng.integers(faces, size=(points, rolls)), faces)
    initial = start(counts, priors, rng)
    ours = ascend(counts, priors, initial, tolerance=0, max_sweeps=sweeps)

    pi1, pi2 = Dirichlet(priors.first_concentration), Dirichlet(priors.second_concentration)
    rho = Dirichlet(priors.roll_concentration, plates=(dice,))
    z1, z2 = Categorical(pi1, plates=(points,)), Categorical(pi2, plates=(points,))
    tied = Take(rho, np.add.outer(np.arange(first), np.arange(second)))
    x = MultiMixture([z1, z2], Multinomial, rolls, tied)
    x.observe(counts.by_point)
    pi1.initialize_from_parameters(initial.first_concentration)
    pi2.initialize_from_parameters(initial.second_concentration)
    rho.initialize_from_parameters(initial.roll_concentration)
    z2.initialize_from_parameters(initial.second_responsibilities[counts.index])
    peer = VB(x, z1, z2, pi1, pi2, rho)
    peer.update(z1, z2, pi1, pi2, rho, repeat=sweeps, tol=0, verbose=False)

    by_point = counts.by_point
    coefficient = (gammaln(by_point.sum(axis=1) + 1) - gammaln(by_point + 1).sum(axis=1)).sum()
    q = ours.posterior
    np.testing.assert_allclose(
        peer.L[:sweeps] - coefficient, ours.trace[:sweeps], rtol=1e-10, atol=0
    )
    for actual, expected in (
        (q.first_concentration, pi1.phi[0]),
        (q.second_concentration, pi2.phi[0]),
        (q.roll_concentration, rho.phi[0]),
        (q.first_responsibilities[counts.index], z1.get_moments()[0]),
        (q.second_responsibilities[counts.index], z2.get_moments()[0]),
    ):
        np.testing.assert_allclose(actual, expected, rtol=1e-10, atol=1e-14)

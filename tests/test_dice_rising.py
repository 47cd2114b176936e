"""Bound, evidence and predictive keep their digits at concentrations of any size."""

import math

import mpmath as mp
import numpy as np
import pytest
from oracles.dice_problems import draw_problem

from impl.dice.bound import evidence_lower_bound
from impl.dice.coordinate_ascent import fit
from impl.dice.data import count
from impl.dice.exact import log_evidence
from impl.dice.model import MOST, Priors
from impl.dice.predictive import log_predictive
from impl.dice.rising import log_rising

BASES = [1e-300, 1e-8, 0.3, 7.0, 99.5, 100.0, 104.0, 1e4, 1e9, 1e15, 1e100]


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("step", [0.0, 1e-12, 0.4, 1.0, 3.0, 250.0, 1e7])
def test_log_rising_is_right_to_the_last_digits(base: float, step: float) -> None:
    """Against mpmath in 400 digits, beside the sizes of what is subtracted."""
    with mp.workdps(400):
        exact = mp.loggamma(mp.mpf(base) + mp.mpf(step)) - mp.loggamma(mp.mpf(base))
        near = 0.0 if base >= 100 else abs(mp.loggamma(base)) + abs(mp.loggamma(base + step))
    found = float(log_rising(np.array(base), np.array(step)))
    assert found == pytest.approx(float(exact), rel=1e-14, abs=2e-15 * float(near) + 1e-18)


@pytest.mark.parametrize("base", [150.0, 1e6])
def test_log_rising_falls_back_as_it_rose(base: float) -> None:
    """A step down undoes the step up, on either side of where the series begins."""
    for step in (3.0, 49.0):
        up = float(log_rising(np.array(base), np.array(step)))
        down = float(log_rising(np.array(base + step), np.array(-step)))
        assert down == pytest.approx(-up, rel=1e-13)


@pytest.mark.parametrize("concentration", [1e6, 1e10, 1e13, MOST])
def test_sure_priors_leave_the_probability_of_known_dice(concentration: float) -> None:
    """As the rolled dice become surely fair, evidence and bound become that of fair rolls.

    With one sum only, nothing is hidden, so that the bound is the evidence; the limit is off by
    about the number of pairs of rolls over the concentration.
    """
    rolls = count([[0, 1, 1, 2, 0]], 3)
    priors = Priors.symmetric((1, 1, 3), roll=concentration)
    fair = -5 * math.log(3)
    assert log_evidence(rolls, priors) == pytest.approx(fair, abs=1e-13 + 20 / concentration)
    fitted = fit(rolls, priors, seed=1)
    assert fitted.elbo == pytest.approx(log_evidence(rolls, priors), abs=1e-12)
    assert log_predictive(rolls, fitted.posterior) == pytest.approx(
        fair, abs=1e-13 + 40 / concentration
    )


def test_bound_keeps_its_digits_at_any_concentration(rng: np.random.Generator) -> None:
    """Concentrations scaled up to 1e15 change a bound as mpmath says, not by rounding."""
    problem = draw_problem(rng, (2, 3, 4, 3, 5))
    bounds = []
    for scale in (1e9, 1e12, 1e15):
        priors = Priors.symmetric((2, 3, 4), first=scale, second=2 * scale, roll=3 * scale)
        fitted = fit(problem.counts, priors, seed=2)
        bounds.append(evidence_lower_bound(problem.counts, priors, fitted.posterior))
    assert bounds[1] == pytest.approx(bounds[0], abs=1e-6)
    assert bounds[2] == pytest.approx(bounds[1], abs=1e-9)

"""The stakes of a bounded mean's bets, worked out by hand: they decide how soon a check tells."""

import math

import numpy as np
import pytest

from derivations.evidence.monte_carlo.budget import Budget, Plan
from derivations.evidence.monte_carlo.wealth import LARGEST_BET, Bounded, Target

VALUE, DETECTS, ALPHA, MISS = 0.4, 0.3, 1e-3, 1e-2
LOW, HIGH = -0.5, 2.0
BATCHES = ([0.1, 0.9, 0.3], [1.7, -0.2])


def log_wealth(point: float, sign: int, level: float, draws: int) -> float:
    """Bet draw by draw against a mean that is not beyond a point, half by each kind of stake."""
    width = HIGH - LOW
    stake = math.sqrt(8 * math.log(1 / level) / draws) / width
    fixed = bets = 0.0
    seen: list[float] = []
    for batch in BATCHES:
        # The mean and the variance so far, of these draws and of one guess: the claimed value,
        # with the largest variance that the bounds allow.
        mean = (VALUE + math.fsum(seen)) / (1 + len(seen))
        squares = VALUE**2 + width**2 / 4 + math.fsum(x * x for x in seen)
        variance = squares / (1 + len(seen)) - mean**2
        edge = sign * (mean - point)
        most = LARGEST_BET / max(HIGH - point, point - LOW)
        share = min(max(edge / (variance + edge**2), 0.0), most)
        for x in batch:
            fixed += stake * sign * (x - point) - (stake * width) ** 2 / 8
            bets += math.log(1 + share * sign * (x - point))
        seen += batch
    return math.log((math.exp(fixed) + math.exp(bets)) / 2)


def test_bets_are_those_of_the_formulas_draw_by_draw() -> None:
    """Fixed stakes by Hoeffding's lemma, and shares that follow the draws: half of wealth each."""
    target = Target(np.array([VALUE]), np.array([DETECTS]))
    plan = Plan(alpha=ALPHA, miss=MISS, budget=Budget(1.0))
    bounded = Bounded(target, plan, np.array([LOW]), np.array([HIGH]))
    for batch in BATCHES:
        bounded.add(np.array(batch)[:, None])
    against, below, above = (float(wealth[0]) for wealth in bounded.logs())
    draws = bounded.draws_needed
    sides = [log_wealth(VALUE, sign, ALPHA / 4, draws) for sign in (1, -1)]
    assert against == pytest.approx(math.log(sum(map(math.exp, sides)) / 2), rel=1e-12, abs=0)
    expected = {log_wealth(VALUE + sign * DETECTS, -sign, MISS / 2, draws) for sign in (1, -1)}
    assert sorted((below, above)) == pytest.approx(sorted(expected), rel=1e-12, abs=0)

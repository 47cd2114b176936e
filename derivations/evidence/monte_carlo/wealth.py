"""Tests of a mean by betting: nonnegative supermartingales, which allow a verdict at any time.

A nonnegative supermartingale that starts at 1 reaches ``1/level`` at any time with probability at
most ``level`` (Ville). A check may therefore stop after any batch. For the claim ``mean = value``
with ``detects = d``, four such processes run for each component:

- ``over``, ``under`` bet at ``value`` that the mean is larger, or smaller. If the claim is true,
  their average reaches ``1/alpha`` with probability at most ``alpha``: the claim is then
  *refuted*;
- ``below`` bets at ``value + d`` that the mean is smaller, ``above`` at ``value - d`` that it is
  larger. If the mean is off by d or more, one of them is not expected to grow: both reach
  ``1/miss`` with probability at most ``miss``. Then the claim is *established*.

A bound on the variance is a premise, against which a further process bets. Where it wins, the claim
is *unknown*, and not refuted. A claim that is off, but by less than d, may get either verdict. The
number of draws until a verdict is given in ``Bounded`` and ``VarianceBounded``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from derivations.evidence.monte_carlo.budget import Plan
from derivations.evidence.monte_carlo.sampling import Floats

SIGNS = np.array([1.0, -1.0, -1.0, 1.0])
"""The direction in which each process bets: over, under, below, above."""
SHIFTS = np.array([0.0, 0.0, 1.0, -1.0])
"""Where each process bets, in units of ``detects`` from the value."""
LARGEST_BET = 0.5
"""The largest share of its wealth that a process may lose at a single draw."""
SHARES = 0.25 ** np.arange(1, 11)
"""Stakes of bets against the bound on the variance, each with a tenth of the wealth."""
FEWEST = 500
"""Draws before any verdict under a bound on the variance, so that a false bound can be seen."""
SPARE, MOST = 10.0, 1e12
"""A larger bound is this many times the variance that was seen, and at most that many times."""
FARTHEST = 1e150
"""Distances are truncated at this, which weakens a bet but keeps its square finite."""


@dataclass(frozen=True)
class Target:
    """``mean = value`` for every component, up to less than ``detects``; all of one shape."""

    value: Floats
    detects: Floats

    @property
    def points(self) -> Floats:
        """Where the four processes bet, shape ``(4, components)``."""
        return self.value + SHIFTS[:, None] * self.detects


class Bounded:
    """Wealth against the mean of draws between ``low`` and ``high``.

    Half of it plays a fixed stake: ``exp(s (x - m) - s^2 w^2 / 8)`` with ``w = high - low`` is not
    expected to grow, by Hoeffding's lemma. The other half bets a share that
    follows the mean and variance of earlier batches, ``1 + s (x - m)`` [waudbysmith2024], and
    wins early where the variance is small.

    With stakes ``sqrt(8 log(1/level) / n) / w`` the first half alone is conclusive after n draws,
    *always*: a claim not refuted has ``|average - value| < r_alpha``, and is established once
    ``|average - value| <= d - r_miss``, where ``r = w sqrt(log(1/level) / 2n)`` at the levels
    ``alpha / 4`` (two sides, two halves; shared by the components) and ``miss / 2`` (two halves).
    """

    def __init__(self, target: Target, plan: Plan, low: Floats, high: Floats) -> None:
        self.low, self.high = low, high
        width, components = high - low, len(target.value)
        logs = np.array([math.log(4 * components / plan.alpha)] * 2 + [math.log(2 / plan.miss)] * 2)
        needed = (width / target.detects) ** 2 * (math.sqrt(logs[0]) + math.sqrt(logs[2])) ** 2 / 2
        self.draws_needed = math.floor(float(needed.max())) + 1
        self.bound = "betting and Hoeffding, at any time"
        self.ready = True
        self.goal = math.log(1 / plan.miss)
        self._points = target.points
        self._stakes = np.sqrt(8 * logs[:, None] / self.draws_needed) / width
        self._cost = self._stakes**2 * width**2 / 8
        self._fixed = np.zeros_like(self._points)
        self._bets = np.zeros_like(self._points)
        # The prior guess for the first batch: one draw at the value, with the largest variance.
        self._number, self._sum = 1.0, target.value.copy()
        self._squares = target.value**2 + width**2 / 4

    def add(self, batch: Floats) -> None:
        """Bet on a batch, shape ``(size, components)``, with stakes set before it."""
        mean = self._sum / self._number
        variance = np.maximum(self._squares / self._number - mean**2, 0.0)
        edge = SIGNS[:, None] * (mean - self._points)
        most = LARGEST_BET / np.maximum(self.high - self._points, self._points - self.low)
        adaptive = np.clip(edge / np.maximum(variance + edge**2, 1e-300), 0.0, most)
        for k, (sign, point) in enumerate(zip(SIGNS, self._points, strict=True)):
            gain = sign * (batch - point)
            self._fixed[k] += self._stakes[k] * gain.sum(axis=0) - len(batch) * self._cost[k]
            self._bets[k] += np.log1p(adaptive[k] * gain).sum(axis=0)
        self._number += len(batch)
        self._sum += batch.sum(axis=0)
        self._squares += (batch**2).sum(axis=0)

    def unfit(self, batch: Floats) -> str:
        """Return the reason if a draw is outside the bounds."""
        outside = (batch < self.low) | (batch > self.high)
        if not outside.any():
            return ""
        row, column = np.argwhere(outside)[0]
        bounds = f"[{self.low[column]!r}, {self.high[column]!r}]"
        return f"a draw of {batch[row, column]!r} is outside the stated bounds {bounds}"

    def doubt(self, *, refuted: bool) -> str:  # noqa: ARG002 - as in VarianceBounded
        """Return the empty string: a draw outside the bounds is unfit, and no other contradicts."""
        return ""

    def larger(self) -> Bounded:
        """Return itself: bounds are never doubted."""
        return self

    def logs(self) -> tuple[Floats, Floats, Floats]:
        """Return log wealth against the claim, and of ``below`` and ``above``."""
        wealth = np.logaddexp(self._fixed, self._bets) - math.log(2)
        return np.logaddexp(wealth[0], wealth[1]) - math.log(2), wealth[2], wealth[3]


def influence(x: Floats) -> Floats:
    """Return Catoni's function: sign(x) log(1 + |x| + x^2/2), odd and increasing."""
    near = np.minimum(np.abs(x), FARTHEST)
    return np.copysign(np.log1p(near + near**2 / 2), x)


class VarianceBounded:
    """Wealth against the mean of draws with a variance of at most ``variance``.

    With Catoni's psi, ``-log(1 - x + x^2/2) <= psi(x) <= log(1 + x + x^2/2)`` [catoni2012], so for
    draws of mean m and variance at most v

        E exp(+-psi(a (x - m))) <= 1 + a^2 v / 2,

    and ``exp(sum +-psi(a (x - m)) - n log(1 + a^2 v / 2))`` is not expected to grow
    [wang2023]; psi increases, so the bet that the mean is larger does not grow either if the
    mean is smaller than m. ``over`` and ``under`` have a third of the wealth each.

    A further process bets against the bound, whatever the mean is: two draws have
    ``E (x - y)^2 / 2 <= v``, so that ``1 + s ((x - y)^2 / 2v - 1)`` is not expected to grow. If it
    reaches ``3/alpha``, the bound is taken to be false, and the claim is not established. It is so
    too where the claim would be refuted and the process has reached ``6/miss``, which is far less:
    under a bound too small, refutations of true claims are likely long before it is as certain that
    the bound is false as a refutation must be. The draws that are left may then still refute the
    claim, under a bound of ``SPARE`` times the variance seen so far (``larger``): a claim is often
    wrong together with a bound that was derived from it. No verdict is given before ``FEWEST``
    draws, after which a bound that is 1.5 times too small is seen for distributions without heavy
    tails. A smaller error of the bound may remain unseen, and raises the error probabilities: the
    bound is a premise.

    Power, by the same inequality at a point that is off by d: the expected inverse wealth after n
    draws is at most ``exp(-n g)``, ``g = -log(1 - a d + a^2 (v + d^2) / 2) - log(1 + a^2 v / 2)``.
    The stake is the a that makes g largest, and ``n = (log(3/alpha) + log(3/miss)) / g``. Then a
    claim off by d or more is refuted with probability at least ``1 - miss``: a third is for a
    wealth below ``3/alpha`` at the end, a half for an early end (the goal of ``below`` and
    ``above`` is ``2/miss``), a sixth for the bettor against the bound. A true claim is refuted with
    probability at most ``alpha``: a third each for ``over``, ``under`` and that bettor; and left
    unknown with as much: less than a quarter each for ``below`` and ``above``, a third for him.
    """

    def __init__(
        self, target: Target, plan: Plan, variance: Floats, *, named: str = "variance_bound"
    ) -> None:
        components = len(target.value)
        self._variance, self._named = variance, named
        self._points = target.points
        self._scale, gain = _stake(target.detects, variance)
        certain = math.log(3 * components / plan.alpha)
        self._doubts = certain, min(certain, math.log(6 * components / plan.miss))
        needed = (certain + math.log(3 / plan.miss)) / gain
        self.draws_needed = max(2 * FEWEST, math.floor(float(needed.max())) + 1)
        self.bound = "Catoni, at any time"
        self.goal = math.log(2 / plan.miss)
        self._wealth = np.zeros_like(self._points)
        self._premise = np.zeros((len(SHARES), components))
        self._number, self._pairs, self._ratios = 0, 0, np.zeros(components)
        self._target, self._plan = target, plan

    def add(self, batch: Floats) -> None:
        """Bet on a batch, shape ``(size, components)``."""
        cost = len(batch) * np.log1p(self._scale**2 * self._variance / 2)
        value, larger, smaller = (
            influence(self._scale * (batch - point)).sum(axis=0) for point in self._points[1:]
        )
        self._wealth += np.array([value, -value, -larger, smaller]) - cost
        even = len(batch) // 2 * 2
        halves = np.abs(batch[0:even:2] / 2 - batch[1:even:2] / 2)  # x - y might overflow
        ratio = np.minimum(2 * np.minimum(halves, FARTHEST) ** 2 / self._variance, FARTHEST)
        self._number += len(batch)
        self._pairs += even // 2
        self._ratios += ratio.sum(axis=0)
        for k, share in enumerate(SHARES):
            self._premise[k] += np.log1p(share * (ratio - 1)).sum(axis=0)

    def unfit(self, batch: Floats) -> str:  # noqa: ARG002 - every number is admitted
        """Accept any draw."""
        return ""

    def doubt(self, *, refuted: bool) -> str:
        """Say which bound the draws contradict, more readily if the claim would be refuted."""
        worst = int(np.argmax(self.premise()))
        if self.premise()[worst] < self._doubts[refuted]:
            return ""
        which = f"component {worst}: " if len(self._variance) > 1 else ""
        bound, seen = float(self._variance[worst]), float(self._seen()[worst])
        return (
            f"{which}the draws contradict the premise {self._named} = {bound:.4g}: "
            f"their variance is about {seen:.4g}; state a larger bound"
        )

    def larger(self) -> VarianceBounded:
        """Return the processes under a larger bound, for the n draws that are left.

        They only refute, at the scale ``sqrt(2 log(3/alpha) / n v)``, at which the smallest
        deviation of the mean reaches ``3/alpha`` in n draws: ``sqrt(2 v log(3/alpha) / n)``.
        """
        bound = np.clip(SPARE * self._seen(), self._variance, MOST * self._variance)
        made = VarianceBounded(self._target, self._plan, bound, named=self._named)
        left = max(self.draws_needed - self._number, 1)
        made.stake(np.sqrt(2 * self._doubts[False] / (left * bound)))
        return made

    def stake(self, scale: Floats) -> None:
        """Bet at another scale of Catoni's function from now on; any is valid."""
        self._scale = scale

    def _seen(self) -> Floats:
        return np.asarray(self._variance * self._ratios / self._pairs)

    @property
    def ready(self) -> bool:
        """Whether a verdict may be given."""
        return self._number >= FEWEST

    def premise(self) -> Floats:
        """Return log wealth against the bound on the variance."""
        wealth = np.logaddexp.reduce(self._premise, axis=0) - math.log(len(SHARES))
        return np.asarray(wealth)

    def logs(self) -> tuple[Floats, Floats, Floats]:
        """Return log wealth against the claim, and of ``below`` and ``above``."""
        against = np.logaddexp(self._wealth[0], self._wealth[1]) - math.log(3)
        return against, self._wealth[2], self._wealth[3]


def _stake(detects: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """Return Catoni's scale and the guaranteed gain of log wealth per draw it yields."""
    # Any scale is valid; the best one is near its limit for small effects.
    best = detects / (2 * variance + detects**2)
    scales = best * np.geomspace(0.5, 2.0, 201)[:, None]
    loss = np.log1p(-scales * detects + scales**2 * (variance + detects**2) / 2)
    gains = -loss - np.log1p(scales**2 * variance / 2)
    rows = np.argmax(gains, axis=0)
    columns = np.arange(len(detects))
    return scales[rows, columns], gains[rows, columns]
